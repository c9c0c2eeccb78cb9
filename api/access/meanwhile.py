"""What is asked once more at the end of a piece of writing work: whether that stands by which it was decided.

On PostgreSQL others write meanwhile. By then they have written their lines of the audit trail, or wait: so whatever stands in it
that was not there when it was read how far the caller reaches has come in between, in the very order that the trail tells.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from api.access import queries
from api.access.names import paths_of
from api.access.rules import ForTheLevelAbove, Standing, check_acting_about
from api.access.scope import TRAIL_READ, Access, held_standings
from api.database import Database, Origin, Work
from api.errors import Unauthenticated, Unavailable
from models.base import Record
from models.enums import Role


def acts_about(work: Work, keys: Iterable[UUID]) -> None:
    """Note about whom a piece of work is, by the keys of members or accounts, before it is asked what they hold."""
    _noted(work, "acts about").update(keys)


def leans_on(work: Work, account_id: UUID) -> None:
    """Note by whose roles, beside the caller's, a piece of work is decided, before it is asked what he holds."""
    _noted(work, "leans on").add(account_id)


def falls_with_leaving(work: Work, falls: Callable[[Collection[UUID]], bool]) -> None:
    """Note what tells, once a leaving of these members was recorded meanwhile, whether a piece of work may not stand."""
    _asked_of_who_left(work).append(falls)


def _asked_of_who_left(work: Work) -> list[Callable[[Collection[UUID]], bool]]:
    asked: list[Callable[[Collection[UUID]], bool]] = work.info.setdefault("falls with leaving", [])
    return asked


def told_of_behind(work: Work, kind: type[Record]) -> set[UUID]:
    """The keys of the rows of a kind of which the trail tells anything of others that was not in it when the work began."""
    line: int | None = work.info.get(TRAIL_READ)
    return set() if line is None else queries.targets_behind(work, line, str(kind.__tablename__))


def _noted(work: Work, what: str) -> set[UUID]:
    noted: set[UUID] = work.info.setdefault(what, set())
    return noted


def check_stands(work: Work, access: Access) -> None:
    """Whether whoever asks is signed in still, and holds each role that he held, when what he asked for is done but not yet
    committed: it may have taken long. Raises `Unauthenticated`; or `Unavailable` where something else is not any more as it was
    when it decided: asked again, it is decided by what stands then."""
    line: int | None = work.info.get(TRAIL_READ)
    stands, may_differ = queries.session_stands(work, access.session_id, [one.grant_id for one in access.granted], line)
    if not stands:
        raise Unauthenticated
    if line is not None and may_differ and _differs(work, access, line):
        raise Unavailable(retry_after=1)


def _differs(work: Work, access: Access, line: int) -> bool:
    """Whether, as the trail tells behind a line, an organisation that this work is about was moved out of the caller's reach,
    whoever it leans on has lost a role or was shut out, somebody about whom it is was given a role that the caller is not above, or
    has one whose place was moved from below him, or somebody has left by whose leaving it is decided.
    """
    changes = queries.changes_behind(work, line)
    places = {entry.organization_id for entry in work.entries if entry.organization_id}
    moved = {one.target_id for one in changes if one.action == queries.MOVED}
    if queries.some_moved_out(work, places, moved, access.reach(work)):
        return True
    left = {one.target_id for one in changes if one.action == queries.LEFT and one.target_id}
    if left and any(falls(left) for falls in _asked_of_who_left(work)):
        return True
    leant_on, about = _noted(work, "leans on"), _noted(work, "acts about")
    if not leant_on.isdisjoint({one.target_id for one in changes if one.action in queries.ENDED}):
        return True
    given = [(one.target_id, one.organization_id, one.details) for one in changes if one.action == queries.GIVEN]
    concerned = queries.accounts_among(work, {key for key, *_ in given}, about)
    paths = paths_of(work, {place for _, place, _ in given if place})
    acting = [one for key in (access.account_id, *leant_on) for one in held_standings(work, key)]
    held = [Standing(Role(str(told["role"])), paths[place]) for key, place, told in given if place and key in concerned]
    held += [Standing(Role(role), path) for role, path in queries.offices_moved(work, moved, about)]
    try:
        check_acting_about(acting, held)
    except ForTheLevelAbove:
        return True
    return False


@contextmanager
def writing_for(database: Database, origin: Origin, access: Access) -> Iterator[Work]:
    """A transaction beside that of the door which writes for a caller, and ends by asking the same. Raises as `check_stands`."""
    with database.writing(origin) as work:
        work.last.append(partial(check_stands, access=access))
        yield work
