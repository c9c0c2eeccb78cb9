from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, exists, func
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, delete, or_, select, update
from sqlmodel.sql.expression import SelectOfScalar

from api.access.pieces import forget_some
from api.access.scope import PATH_END, Reach, hold, is_whole_district, locking, stands, within
from api.database import Work
from api.days import day_of
from models.account import (
    Account,
    KnownDevice,
    RefreshToken,
    RefusalCount,
    RoleGrant,
    SignInLimit,
    SignInSession,
    SlipRequest,
)
from models.audit import AuditLine
from models.enums import RequestState, Role
from models.organization import Organization
from models.sign_in_enums import Guess, SessionEnd

T = TypeVar("T", SignInLimit, RefusalCount)


def account_named(work: Work, username: str) -> Account | None:
    return work.exec(select(Account).where(col(Account.username) == username)).first()


def versions_of(work: Work, account_ids: Collection[UUID]) -> list[tuple[object, ...]]:
    """The keys and versions of some accounts, and of what is asked for them."""
    accounts = select(Account.id, Account.version).where(col(Account.id).in_(account_ids)).order_by(col(Account.id))
    asked = select(SlipRequest.id, SlipRequest.version).where(
        col(SlipRequest.account_id).in_(account_ids), col(SlipRequest.state) == RequestState.open
    )
    return [tuple(row) for query in (accounts, asked.order_by(col(SlipRequest.id))) for row in work.exec(query).all()]


def roles_of(work: Work, account_ids: Collection[UUID]) -> list[tuple[object, ...]]:
    """The roles that some accounts hold now, each with the path of where."""
    query = select(RoleGrant.account_id, RoleGrant.role, Organization.path)
    query = query.join(Organization, col(Organization.id) == col(RoleGrant.organization_id))
    query = query.where(col(RoleGrant.account_id).in_(account_ids), stands(work.today)).order_by(col(RoleGrant.id))
    return [tuple(row) for row in work.exec(query).all()]


def paths_below(work: Work, tops: Collection[str], before: datetime) -> Sequence[str]:
    """The paths of the organisations that stood before then in the subtrees of these paths, in order. The whole district is passed
    over: nothing is moved out of it."""
    path = col(Organization.path)
    inside = [and_(path >= top, path < top + PATH_END) for top in tops if not is_whole_district(top)]
    if not inside:
        return []
    return work.exec(select(path).where(or_(*inside), col(Organization.created_at) < before).order_by(path)).all()


def _is_open(at: Any) -> Any:
    """The condition that an account is open at a moment, as `rules.may_sign_in` says: a session that a slip began does not
    outlive it."""
    until = col(Account.one_time_until)
    return and_(col(Account.disabled_at).is_(None), or_(until.is_(None), until > at))


def living_session(work: Work, session_id: UUID) -> tuple[SignInSession, Account] | None:
    query = (
        select(SignInSession, Account)
        .join(Account, col(Account.id) == col(SignInSession.account_id))
        .where(col(SignInSession.id) == session_id, col(SignInSession.ended_at).is_(None), _is_open(work.at))
    )
    return work.exec(query).first()


def session_stands(work: Work, session_id: UUID, grant_ids: Collection[UUID], line: int | None = None) -> tuple[bool, bool]:
    """Whether a session, its account and these of its grants stand, or stood before this very piece of work; and whether the trail
    tells behind a line, if one is named, of anything of others by which something else may not stand."""
    asked = {"session_id": session_id, "grant_ids": grant_ids, "at": work.at}
    found = work.exec(_session_stands(), params={**asked, "line": line, "request_id": work.origin.request_id}).first()
    return found is not None, bool(found and found[1])


# Each write ends with it, and it takes longer in writing than in asking.
@cache
def _session_stands() -> Any:
    at: Any = bindparam("at")
    living = or_(col(SignInSession.ended_at).is_(None), col(SignInSession.ended_at) == at)
    grants: Any = bindparam("grant_ids", expanding=True)
    # One that has not ended compares with no moment.
    one_has_ended = exists().where(col(RoleGrant.id).in_(grants), col(RoleGrant.ended_at) != at)
    may_differ = exists().where(*_of_others_behind(bindparam("line", type_=BigInteger), bindparam("request_id")))
    query: Any = select(SignInSession.id, may_differ).join(Account, col(Account.id) == col(SignInSession.account_id))
    return query.where(col(SignInSession.id) == bindparam("session_id"), living, _is_open(at), ~one_has_ended)


MOVED, GIVEN, LEFT, ENDED = "move_organization", "grant_role", "leave_member", ("end_grant", "disable_account")
"""What the trail tells by which a decision of others may not stand."""


def _of_others_behind(line: Any, request_id: Any) -> tuple[Any, ...]:
    return (
        col(AuditLine.seq) > line,
        col(AuditLine.action).in_((MOVED, GIVEN, LEFT, *ENDED)),
        col(AuditLine.request_id) != request_id,
    )


def changes_behind(work: Work, line: int) -> Sequence[AuditLine]:
    """The lines of others that tell of it, behind a line of the trail."""
    return work.exec(select(AuditLine).where(*_of_others_behind(line, work.origin.request_id))).all()


def targets_behind(work: Work, line: int, kind: str) -> set[UUID]:
    """The keys of the things of a kind of which lines of others tell, behind a line of the trail."""
    query = select(AuditLine.target_id).where(col(AuditLine.seq) > line, col(AuditLine.target_kind) == kind)
    query = query.where(col(AuditLine.request_id) != work.origin.request_id, col(AuditLine.target_id).is_not(None))
    return {key for key in work.exec(query).all() if key is not None}


def some_moved_out(work: Work, keys: Collection[UUID], tops: Collection[UUID | None], reach: Reach) -> bool:
    """Whether some of these organisations, which are among those that were moved or stand below one, lie outside a reach."""
    if not tops:
        return False
    top = aliased(Organization)
    moved = select(Organization.id).join(top, within(top)).where(col(Organization.id).in_(keys), col(top.id).in_(tops))
    return work.exec(moved.where(~reach.holds(Organization)).limit(1)).first() is not None


def offices_moved(work: Work, tops: Collection[UUID | None], keys: Collection[UUID]) -> list[tuple[Role, str]]:
    """The offices that those hold whom these keys name, as accounts or by their members, at organisations that were moved or stand
    below one, each with the path of where."""
    if not tops:
        return []
    top = aliased(Organization)
    query: Any = select(Account.id, Account.member_id, RoleGrant.role, Organization.path)
    query = query.join(RoleGrant, col(RoleGrant.account_id) == col(Account.id)).where(col(RoleGrant.role) != Role.member)
    query = query.join(Organization, col(Organization.id) == col(RoleGrant.organization_id)).join(top, within(top))
    found = work.execute(query.where(stands(work.today), col(top.id).in_(tops))).all()
    return [(role, path) for *named, role, path in found if not {*named}.isdisjoint(keys)]


def accounts_among(work: Work, account_ids: Collection[UUID | None], keys: Collection[UUID]) -> frozenset[UUID]:
    """Those of some accounts that these keys name, as accounts or by their members."""
    found = work.exec(select(Account.id, Account.member_id).where(col(Account.id).in_(account_ids))).all()
    return frozenset(account_id for account_id, member_id in found if not {account_id, member_id}.isdisjoint(keys))


def sessions_to_list(work: Work, account_id: UUID) -> Sequence[tuple[SignInSession, UUID | None]]:
    """The sessions of an account that may live, and of each device that it knows the last, whether it may or not; each with its
    device, None for one that is a stranger. The last used come first."""
    later: Any = aliased(SignInSession)
    is_followed = exists().where(
        later.account_id == account_id,
        later.device_id == col(SignInSession.device_id),
        later.last_used_at > col(SignInSession.last_used_at),
    )
    may_live = and_(col(SignInSession.ended_at).is_(None), col(SignInSession.expires_at) > work.at)
    query = (
        select(SignInSession, KnownDevice.id)
        .outerjoin(KnownDevice, col(KnownDevice.id) == col(SignInSession.device_id))
        .where(
            col(SignInSession.account_id) == account_id,
            or_(may_live, and_(col(KnownDevice.id).is_not(None), ~is_followed)),
        )
    )
    return work.exec(query.order_by(col(SignInSession.last_used_at).desc())).all()


def roles_ended_since(work: Work, account_id: UUID, since: datetime) -> frozenset[Role]:
    """The roles of an account that have ended since a moment, also by their last day."""
    passed = and_(col(RoleGrant.until) < work.today, col(RoleGrant.until) >= day_of(since, work.zone))
    by_day = and_(col(RoleGrant.ended_at).is_(None), passed)
    query = select(RoleGrant.role).where(col(RoleGrant.account_id) == account_id, or_(col(RoleGrant.ended_at) > since, by_day))
    return frozenset(map(Role, work.exec(query).all()))


def end_sessions(work: Work, account_id: UUID, reason: SessionEnd, *, but: UUID | None = None) -> int:
    """End an account's living sessions, all or all but one. Returns how many."""
    query = update(SignInSession).where(col(SignInSession.account_id) == account_id, col(SignInSession.ended_at).is_(None))
    if but is not None:
        query = query.where(col(SignInSession.id) != but)
    return work.exec(query.values(ended_at=work.at, end_reason=reason)).rowcount


def end_every_session(work: Work, reason: SessionEnd) -> int:
    """End all living sessions there are. Returns how many."""
    query = update(SignInSession).where(col(SignInSession.ended_at).is_(None), col(SignInSession.expires_at) > work.at)
    return work.exec(query.values(ended_at=work.at, end_reason=reason)).rowcount


def end_sessions_beyond(work: Work, account_id: UUID, most: int) -> int:
    """End the living sessions of an account, which is held, but for so many that were used last. Returns how many."""
    mine = col(SignInSession.account_id) == account_id
    living = mine, col(SignInSession.ended_at).is_(None), col(SignInSession.expires_at) > work.at
    last_used = col(SignInSession.last_used_at).desc(), col(SignInSession.id).desc()
    kept = select(SignInSession.id).where(*living).order_by(*last_used).limit(most)
    query = update(SignInSession).where(*living, col(SignInSession.id).not_in(kept))
    return work.exec(query.values(ended_at=work.at, end_reason=SessionEnd.too_many)).rowcount


def refresh_token(work: Work, digest: str) -> RefreshToken | None:
    return work.exec(select(RefreshToken).where(col(RefreshToken.digest) == digest)).first()


def used_successor(work: Work, parent_id: UUID, *, other_than: UUID | None = None) -> bool:
    """Whether a token that succeeded this parent has been used, apart from the one named."""
    query = select(RefreshToken.id).where(col(RefreshToken.parent_id) == parent_id, col(RefreshToken.used_at).is_not(None))
    if other_than is not None:
        query = query.where(col(RefreshToken.id) != other_than)
    return work.exec(query.limit(1)).first() is not None


def count_successors(work: Work, parent_id: UUID) -> int:
    """How many successors a token was given."""
    return work.exec(select(func.count()).select_from(RefreshToken).where(col(RefreshToken.parent_id) == parent_id)).one()


def limits_among(work: Work, keys: Collection[str]) -> Sequence[SignInLimit]:
    """What has been counted under these keys, as it stands; nothing is held."""
    return work.exec(select(SignInLimit).where(col(SignInLimit.key).in_(keys))).all()


def forget_limits(work: Work, keys: Collection[str]) -> None:
    work.exec(delete(SignInLimit).where(col(SignInLimit.key).in_(keys)))


def forget_old_limits(work: Work, before: datetime) -> None:
    """Forget a piece of what was counted before then."""
    forget_some(work, SignInLimit, col(SignInLimit.window_started_at) < before)


def held_or_added(work: Work, row: T) -> T:
    """The row with the key of this one, held; this one where there is none. It takes the same statements either way, so that nobody
    is answered later because there was none."""
    adding: Any = sqlite_insert if work.is_sqlite else postgresql_insert
    found = None
    # Whoever has held it before may have removed it.
    while found is None:
        work.connection().execute(adding(type(row)).values(row.model_dump()).on_conflict_do_nothing(index_elements=["key"]))
        found = hold(work, type(row), row.key)
    return found


def refusals_due(work: Work, *, begun_before: datetime, over_before: datetime) -> Sequence[RefusalCount]:
    """The counts of which the audit trail was not told yet, or that may be given up or forgotten, since they were begun, or their
    windows, before these moments; held, passing over what others hold. What an account's holder is yet to be told is left alone."""
    untold = col(RefusalCount.count) != col(RefusalCount.told)
    given_up = col(RefusalCount.unfinished_at) < begun_before
    query = select(RefusalCount).where(or_(untold, given_up, and_(col(RefusalCount.window_started_at) < over_before, ~_waits())))
    return work.exec(locking(work, query.order_by(col(RefusalCount.key)), RefusalCount, waits=False)).all()


def _waits() -> Any:
    """The condition that the holder of an account is yet to be told of a count."""
    is_his = col(RefusalCount.account_id).is_not(None) & ~col(RefusalCount.held_up)
    at_sign_in = col(RefusalCount.guess) == Guess.sign_in
    return and_(is_his, at_sign_in, col(RefusalCount.count) + col(RefusalCount.unfinished) > 0)


def refusals_of(work: Work, account_id: UUID, guess: Guess) -> Sequence[RefusalCount]:
    """The counts of an account, held."""
    query = select(RefusalCount).where(col(RefusalCount.account_id) == account_id, col(RefusalCount.guess) == guess)
    return work.exec(locking(work, query.order_by(col(RefusalCount.key)), RefusalCount)).all()


def device_of(work: Work, digest: str) -> KnownDevice | None:
    """A device, held where the work writes."""
    return work.exec(locking(work, select(KnownDevice).where(col(KnownDevice.digest) == digest), KnownDevice)).first()


def devices_of(account_id: UUID, *, but_of_session: UUID | None) -> SelectOfScalar[UUID]:
    """The devices of an account, all or all but the one that a session was begun on."""
    query = select(KnownDevice.id).where(col(KnownDevice.account_id) == account_id)
    if but_of_session is None:
        return query
    its_own = exists().where(col(SignInSession.id) == but_of_session, col(SignInSession.device_id) == col(KnownDevice.id))
    return query.where(~its_own)


def device_alone(device_id: UUID) -> SelectOfScalar[UUID]:
    return select(KnownDevice.id).where(col(KnownDevice.id) == device_id)


def devices_beyond(account_id: UUID, most: int, *, settled_from: datetime) -> SelectOfScalar[UUID]:
    """The devices of an account but for so many that were used last of those known since a moment or longer, and so many of those
    that are newer."""
    mine, last_used = col(KnownDevice.account_id) == account_id, (col(KnownDevice.last_used_at).desc(), col(KnownDevice.id).desc())
    ages = col(KnownDevice.created_at) <= settled_from, col(KnownDevice.created_at) > settled_from
    kept = [select(KnownDevice.id).where(mine, age).order_by(*last_used).limit(most).subquery() for age in ages]
    return select(KnownDevice.id).where(mine, *(col(KnownDevice.id).not_in(select(one.c.id)) for one in kept))


def forget_devices(work: Work, which: SelectOfScalar[UUID]) -> None:
    work.exec(delete(KnownDevice).where(col(KnownDevice.id).in_(which)))


def forget_unused_devices(work: Work, before: datetime) -> int:
    """Forget a piece of the devices that nobody has used since then. Returns how many."""
    return forget_some(work, KnownDevice, col(KnownDevice.last_used_at) < before)
