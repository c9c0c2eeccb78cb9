from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, delete, select, update

from api.access.scope import within
from api.database import Work
from models.account import Account, RefreshToken, RoleGrant, SignInLimit, SignInSession
from models.enums import Role, SessionEnd
from models.organization import Organization


def account_named(work: Work, username: str) -> Account | None:
    return work.exec(select(Account).where(col(Account.username) == username)).first()


def account_of_member(work: Work, member_id: UUID) -> Account | None:
    return work.exec(select(Account).where(col(Account.member_id) == member_id)).first()


def living_session(work: Work, session_id: UUID) -> tuple[SignInSession, Account] | None:
    query = (
        select(SignInSession, Account)
        .join(Account, col(Account.id) == col(SignInSession.account_id))
        .where(col(SignInSession.id) == session_id, col(SignInSession.ended_at).is_(None), col(Account.disabled_at).is_(None))
    )
    return work.exec(query).first()


def living_sessions(work: Work, account_id: UUID, at: datetime) -> Sequence[SignInSession]:
    query = select(SignInSession).where(
        col(SignInSession.account_id) == account_id, col(SignInSession.ended_at).is_(None), col(SignInSession.expires_at) > at
    )
    return work.exec(query.order_by(col(SignInSession.last_used_at).desc())).all()


def has_signed_in_from(work: Work, account_id: UUID, network_digest: str) -> bool:
    query = select(SignInSession.id).where(
        col(SignInSession.account_id) == account_id, col(SignInSession.network_digest) == network_digest
    )
    return work.exec(query.limit(1)).first() is not None


def end_sessions(work: Work, account_id: UUID, reason: SessionEnd, *, but: UUID | None = None) -> int:
    """End an account's living sessions, all or all but one. Returns how many."""
    query = update(SignInSession).where(col(SignInSession.account_id) == account_id, col(SignInSession.ended_at).is_(None))
    if but is not None:
        query = query.where(col(SignInSession.id) != but)
    return work.exec(query.values(ended_at=work.at, end_reason=reason)).rowcount


def refresh_token(work: Work, digest: str) -> RefreshToken | None:
    return work.exec(select(RefreshToken).where(col(RefreshToken.digest) == digest)).first()


def session_for_update(work: Work, session_id: UUID) -> SignInSession:
    return work.exec(select(SignInSession).where(col(SignInSession.id) == session_id).with_for_update()).one()


def used_successor(work: Work, parent_id: UUID, *, other_than: UUID | None = None) -> bool:
    """Whether a token that succeeded this parent has been used, apart from the one named."""
    query = select(RefreshToken.id).where(col(RefreshToken.parent_id) == parent_id, col(RefreshToken.used_at).is_not(None))
    if other_than is not None:
        query = query.where(col(RefreshToken.id) != other_than)
    return work.exec(query.limit(1)).first() is not None


def living_grants(work: Work, account_id: UUID) -> Sequence[RoleGrant]:
    query = select(RoleGrant).where(col(RoleGrant.account_id) == account_id, col(RoleGrant.ended_at).is_(None))
    return work.exec(query.order_by(col(RoleGrant.created_at))).all()


def roles_reaching(work: Work, account_id: UUID, organization_id: UUID) -> frozenset[Role]:
    """The roles that an account holds at an organisation or anywhere above it."""
    top, below = aliased(Organization), aliased(Organization)
    query = (
        select(RoleGrant.role)
        .join(top, col(RoleGrant.organization_id) == top.id)
        .join(below, within(top, below))
        .where(below.id == organization_id, col(RoleGrant.account_id) == account_id, col(RoleGrant.ended_at).is_(None))
    )
    return frozenset(Role(role) for role in work.exec(query).all())


def other_administrators(work: Work, but_grant: UUID | None, but_account: UUID | None) -> int:
    """How many living administrator grants of enabled accounts there are apart from these, their rows locked."""
    query = (
        select(RoleGrant)
        .join(Account, col(Account.id) == col(RoleGrant.account_id))
        .where(col(RoleGrant.role) == Role.administrator, col(RoleGrant.ended_at).is_(None), col(Account.disabled_at).is_(None))
        .order_by(col(RoleGrant.id))
        .with_for_update()
    )
    return sum(grant.id != but_grant and grant.account_id != but_account for grant in work.exec(query).all())


def root(work: Work) -> Organization | None:
    return work.exec(select(Organization).where(col(Organization.parent_id).is_(None))).first()


def forget_old_limits(work: Work, before: datetime) -> None:
    work.exec(delete(SignInLimit).where(col(SignInLimit.window_started_at) < before))
