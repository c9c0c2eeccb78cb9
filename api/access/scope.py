"""Where a caller may do what he may do. Each query starts here, inside the caller's part of the tree."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import GenerativeSelect, false, func, inspect, literal_column
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.filters import has_value
from api.access.permissions import BRANCHES, COUNTED, PERMISSIONS, WIDE, Permission, roles_with
from api.access.rules import Standing
from api.database import Work
from api.errors import NotFound
from api.pagination import count_up_to, of_many
from models.account import RoleGrant
from models.audit import AuditHead
from models.base import OwnedRecord, Record
from models.enums import OrganizationKind, Role
from models.organization import Organization

R = TypeVar("R", bound=Record)
T = TypeVar("T", bound=SQLModel)
Q = TypeVar("Q", bound=GenerativeSelect)

PATH_END = "~"
"""Sorts after every character of a path, so that `path` up to `path~` is a whole subtree."""
PATH_STEP = 33
"""Characters of a path that stand for one organisation."""
DEEPEST = 10
"""Organisations on the longest path that a row has room for."""
FEW = 100
"""Branches of a town or department whose rows are sooner gathered and sorted than found one by one among those of all."""
WRITTEN_OUT = 20
"""Subtrees that stand in a query by their paths, by which the engines plan: as many as an account may hold roles. Of accounts that
hold more from before they are told by the grants that reach there, or the query would grow with them."""
TRAIL_READ = "trail read"
"""Under which a writing piece of work notes how far the audit trail went when it read first how far somebody reaches."""


class Lock(Enum):
    """How a row is held until the commit by a piece of writing work. SQLite has one writer at a time, who needs none of it.

    Rows are held in one order, so that two pieces of work never wait for each other: organisations, then members, then what hangs
    on a member, indicators and periods, the status lists, and last the head of the audit trail; several rows of a kind in the order
    of their keys. What concerns the members of many organisations holds these organisations first, `for_change`: such pieces of
    work take turns, and each then finds the members in whatever order it likes.

    How many there are already of what is limited is counted once nobody else can add to them: what they hang on is held
    `for_change`, or `take_turns` was called.
    """

    none = "none"
    kept = "kept"
    """It stays, with its key: an organisation is neither closed nor moved. Others may change it otherwise (FOR KEY SHARE)."""
    for_change = "for change"
    """Nobody else changes it. Rows that refer to it may come meanwhile (FOR NO KEY UPDATE)."""
    alone = "alone"
    """Nor does anything come that refers to it (FOR UPDATE)."""


@dataclass(frozen=True)
class Granted:
    role: Role
    grant_id: UUID


@dataclass(frozen=True)
class Access:
    """A caller who has shown who he is and holds the permission that the route asks for."""

    account_id: UUID
    session_id: UUID
    organization_id: UUID
    member_id: UUID | None
    permission: Permission
    granted: tuple[Granted, ...]
    top: tuple[str, OrganizationKind] | None = None
    """The path and the kind of what he asks about alone, with all below it; None where he asks about all that he reaches."""

    def holds(self, permission: Permission) -> bool:
        """Whether any role of his has a permission, wherever it reaches."""
        return any(permission in PERMISSIONS[grant.role] for grant in self.granted)

    def using(self, permission: Permission) -> "Access":
        """The same caller, as far as another permission of his reaches."""
        return replace(self, permission=permission)

    def about(self, top: Organization) -> "Access":
        """The same caller, as far as his permissions reach an organisation and everything below it."""
        return replace(self, top=(top.path, top.kind))

    def reach(self, work: Work, only: frozenset[Role] = frozenset(Role)) -> "Reach":
        """How far the permission reaches, by the grants and the tree as they stand now; of roles among these `only`."""
        roles, tops = roles_with(self.permission) & only, dict[str, list[UUID]]()
        for grant_id, role, path, _ in _held(work, self.account_id):
            if role in roles:
                tops.setdefault(path, []).append(grant_id)
        found = Reach({path: tuple(grants) for path, grants in tops.items() if not any(map(path.startswith, tops.keys() - {path}))})
        return found if self.top is None else found.below(self.top[0])

    def reaches_few(self, work: Work) -> bool:
        """Whether few branches lie within reach."""
        return _hold_few(work, self._places(work))

    def _places(self, work: Work) -> Mapping[str, str]:
        """The paths of what he asks about, or of all that he reaches, each with the kind of what stands there."""
        tops = self.reach(work).tops
        return dict([self.top]) if self.top else {path: kind for *_, path, kind in _held(work, self.account_id) if path in tops}

    def asks_little(self, work: Work, below: Organization | None, *wanted: Any) -> bool:
        """Whether a list of what lies within reach is of few rows, however many the district has."""
        return is_of_few(work, below, *wanted) or self.reaches_few(work)

    def reach_below(self, work: Work, organization_id: UUID | None) -> "Reach":
        """As much of the reach as is an organisation with everything below it, or all of it where none is named. Raises `NotFound`
        for one that does not lie within reach."""
        return self.reach_in(work, None if organization_id is None else self.get(work, Organization, organization_id))

    def reach_in(self, work: Work, top: Organization | None) -> "Reach":
        """The same of an organisation that was read already."""
        return self.reach(work) if top is None else self.reach(work).below(top.path)

    def paths_below(self, work: Work, organization_id: UUID | None) -> dict[UUID, str]:
        """The paths of the organisations there, by their keys. Raises `NotFound`."""
        reach = self.reach_below(work, organization_id)
        return dict(work.exec(select(Organization.id, Organization.path).where(reach.holds(Organization))).all())

    def organizations(self, work: Work) -> SelectOfScalar[UUID]:
        """The keys of the organisations within reach."""
        return select(Organization.id).where(self.reach(work).holds(Organization))

    def select(self, work: Work, model: type[R]) -> SelectOfScalar[R]:
        """Select the rows of a model that lie within reach."""
        return select(model).where(self.reach(work).holds(model))

    def listed(self, work: Work, model: type[R], *, organization_id: UUID | None = None, **wanted: Any) -> SelectOfScalar[R]:
        """Select the rows of a model for a list, with the filters that lists have: those of an organisation and of everything below
        it, and those with `wanted` values in columns of these names. What is None narrows nothing.

        Raises `NotFound` for an organisation that does not lie within reach.
        """
        top = None if organization_id is None else self.get(work, Organization, organization_id)
        found = select(model).where(self.reach_in(work, top).holds(model))
        little = self.asks_little(work, top, *wanted.values())
        for name, value in wanted.items():
            if value is not None:
                found = found.where(has_value(work, model, name, value, among_few=little))
        # A department has too few rows for it, however many branches.
        is_wide = not WIDE.isdisjoint([top.kind] if top else self._places(work).values())
        return of_many(found) if is_wide and not little else found

    def get(self, work: Work, model: type[R], key: UUID, lock: Lock = Lock.for_change) -> R:
        """Load one row within reach, locked where the work writes. Raises `NotFound` alike for a missing and a foreign one."""
        query = select(model).where(col(model.id) == key, self.reach(work).holds(model, one=True))
        row: R | None = work.exec(locking(work, query, model, lock=lock)).first()
        if row is None:
            raise NotFound(keys=(key,))
        return row

    def reaches(self, work: Work, keys: Iterable[UUID]) -> bool:
        """Whether all these organisations lie within reach."""
        asked = set(keys)
        return not asked or {*work.exec(self.organizations(work).where(col(Organization.id).in_(asked))).all()} == asked


def is_of_few(work: Work, below: Organization | None, *wanted: Any) -> bool:
    """Whether a list is of an organisation of few branches, or of a row of another kind, which a wanted value names."""
    return any(isinstance(value, UUID) for value in wanted) or (below is not None and _hold_few(work, {below.path: below.kind}))


def _hold_few(work: Work, places: Mapping[str, str]) -> bool:
    """Whether few branches stand in subtrees of these paths, each with the kind of what stands at its top."""
    counted = frozenset(path for path, kind in places.items() if kind in COUNTED)
    known: dict[frozenset[str], bool] = work.info.setdefault("few held", {frozenset(): True})
    if any(map(is_whole_district, places)):
        return False
    if counted not in known:
        # Once in a piece of work: by this it is chosen how rows are looked for, and not which.
        inside = or_(*(and_(col(Organization.path) >= path, col(Organization.path) < path + PATH_END) for path in sorted(counted)))
        branches = select(Organization).where(inside, col(Organization.kind).in_(BRANCHES))
        known[counted] = count_up_to(work, branches, FEW + 1) <= FEW
    return known[counted]


@dataclass(frozen=True)
class Reach:
    """Where a caller may do something: the paths of the subtrees, none inside another, each with the grants that decide it.

    The paths stand in a query as values, since the engines plan by them: a branch is found by its few rows, and for the whole
    district nothing is asked of the rows at all. Each query asks again whether a deciding grant stands, so that a role ends with
    the statement that takes it away. A path that has become out of date reaches nothing: it ends in the key of one organisation,
    which stands in the paths of that one and of what is below it, and in no others.
    """

    tops: Mapping[str, tuple[UUID, ...]]

    def below(self, path: str) -> "Reach":
        """As much of it as is the subtree of this path."""
        deciding = [grants for top, grants in self.tops.items() if path.startswith(top)]
        return Reach({path: deciding[0]} if deciding else {})

    @property
    def is_whole_district(self) -> bool:
        return any(map(is_whole_district, self.tops))

    def includes(self, path: str) -> bool:
        """Whether the organisation of that path lies within."""
        return any(path.startswith(top) for top in self.tops)

    def holds(self, model: type[Record], *, one: bool = False) -> Any:
        """The condition that a row of a model lies within. `one` tells that the row is named by its key."""
        if model is Organization:
            return _inside_any(tuple(self.tops.items()))
        return self.covers(col(model.organization_id) if issubclass(model, OwnedRecord) else col(model.id), one=one)

    def covers(self, owner: Any, *, one: bool = False) -> Any:
        """The condition that a column names an organisation that lies within; one that is null does not.

        Of `one` row it is asked whether its organisation stands there; of many, which organisations do: SQLite carries a query out
        as it is written, and would gather a whole town's for a single row.
        """
        for path, grants in self.tops.items():
            if is_whole_district(path):
                return and_(_one_stands(grants), owner.is_not(None)) if owner.nullable else _one_stands(grants)
        inside = _organizations_inside(tuple(self.tops.items()))
        return inside.where(col(Organization.id) == owner).exists() if one else owner.in_(inside)


# A caller's reach stands in each of two dozen statements of a to-do, and takes longer in writing than in asking.
@lru_cache(maxsize=1024)
def _organizations_inside(tops: tuple[tuple[str, tuple[UUID, ...]], ...]) -> SelectOfScalar[UUID]:
    return select(Organization.id).where(_inside_any(tops))


@lru_cache(maxsize=1024)
def _inside_any(tops: tuple[tuple[str, tuple[UUID, ...]], ...]) -> Any:
    if len(tops) <= WRITTEN_OUT:
        return or_(false(), *(_inside(path, grants) for path, grants in tops))
    grant: Any = aliased(RoleGrant)
    top: Any = aliased(Organization)
    one: Any = aliased(Organization)
    reached = select(one.id).select_from(grant).join(top, top.id == grant.organization_id).join(one, within(top, one))
    deciding = [grant_id for _, grants in tops for grant_id in grants]
    return col(Organization.id).in_(
        reached.where(grant.id.in_(deciding), grant.ended_at.is_(None), top.path.in_([path for path, _ in tops]))
    )


def _inside(path: str, grants: tuple[UUID, ...]) -> Any:
    """The condition that an organisation stands in a subtree, and that one of the grants that reach there stands."""
    if is_whole_district(path):
        return _one_stands(grants)
    return and_(col(Organization.path) >= path, col(Organization.path) < path + PATH_END, _one_stands(grants))


def is_whole_district(path: str) -> bool:
    """Whether a path is that of the root, below which everything stands."""
    return path.count("/") == 1


@lru_cache(maxsize=1024)
def _one_stands(grants: tuple[UUID, ...]) -> Any:
    return select(RoleGrant.id).where(col(RoleGrant.id).in_(grants), col(RoleGrant.ended_at).is_(None)).exists()


def _held(work: Work, account_id: UUID) -> Sequence[tuple[UUID, str, str, str]]:
    """The grants of an account that stand, each with the path and the kind of its organisation. A reading piece of work sees one
    state of the data, and so reads them once; of a writing one it is noted how far the trail went when it read them first.
    """
    known: dict[UUID, Sequence[tuple[UUID, str, str, str]]] = work.info.setdefault("grants held", {})
    if work.writes or account_id not in known:
        query: Any = select(RoleGrant.id, RoleGrant.role, Organization.path, Organization.kind)
        query = query.join(Organization, col(Organization.id) == col(RoleGrant.organization_id))
        query = query.where(col(RoleGrant.account_id) == account_id, stands(work.today))
        if work.writes and not work.is_sqlite and TRAIL_READ not in work.info:
            # By the same statement, so that nothing comes in between.
            found = work.execute(query.add_columns(select(AuditHead.seq).scalar_subquery())).all()
            if found:
                work.info[TRAIL_READ] = found[0][4] or 0
            known[account_id] = [(row[0], row[1], row[2], row[3]) for row in found]
        else:
            known[account_id] = work.exec(query).all()
    return known[account_id]


def held_standings(work: Work, account_id: UUID) -> list[Standing]:
    """The roles that an account holds now, each with where."""
    return [Standing(Role(role), path) for _, role, path, _ in _held(work, account_id)]


def locking(work: Work, query: Q, *models: type[SQLModel], lock: Lock = Lock.for_change, waits: bool = True) -> Q:
    """The same query, holding the rows of these models that it finds where the work writes, as they stand then. It must order them
    by their keys if it can find several. Without `waits` it passes over rows that somebody else holds."""
    if not work.writes or lock is Lock.none:
        return query
    ways = {Lock.kept: {"read": True, "key_share": True}, Lock.for_change: {"key_share": True}, Lock.alone: {}}
    held: Any = query.with_for_update(of=models, skip_locked=not waits, **ways[lock])
    # What the session has read before may have been changed by whoever held the row.
    locked: Q = held.execution_options(populate_existing=True)
    return locked


def hold(work: Work, model: type[T], key: Any, lock: Lock = Lock.for_change) -> T | None:
    """One row by its key, held where the work writes, whoever may see it; None where there is none."""
    (column,) = inspect(model).primary_key
    row: T | None = work.exec(locking(work, select(model).where(column == key), model, lock=lock)).first()
    return row


def hold_one(work: Work, model: type[T], key: Any, lock: Lock = Lock.for_change) -> T:
    """The same of a row of which it is known that it is there."""
    row = hold(work, model, key, lock)
    if row is None:
        raise NoResultFound
    return row


def hold_organizations(work: Work, condition: Any, lock: Lock = Lock.for_change) -> Sequence[Organization]:
    """The organisations that a condition names, held in the order of their keys."""
    query = select(Organization).where(condition).order_by(col(Organization.id))
    return work.exec(locking(work, query, Organization, lock=lock)).all()


def take_turns(work: Work, at: int | UUID) -> None:
    """Hold up all other work that names this number, or this key, until this piece has committed. SQLite has one writer at a time
    anyway."""
    if work.writes and not work.is_sqlite:
        number = at if isinstance(at, int) else int.from_bytes(at.bytes[8:], signed=True)
        work.execute(select(func.pg_advisory_xact_lock(number)))


def stands(today: date) -> Any:
    """The condition that a grant is alive on the district's day: not ended, nor past its last day."""
    return and_(col(RoleGrant.ended_at).is_(None), or_(col(RoleGrant.until).is_(None), col(RoleGrant.until) >= today))


def living_grants(work: Work, account_id: UUID) -> Sequence[RoleGrant]:
    """The roles that an account holds now, the oldest first."""
    query = select(RoleGrant).where(col(RoleGrant.account_id) == account_id, stands(work.today))
    return work.exec(query.order_by(col(RoleGrant.created_at), col(RoleGrant.id))).all()


def roles_reaching(work: Work, account_id: UUID, organization_id: UUID) -> frozenset[Role]:
    """The roles that an account holds at an organisation or anywhere above it."""
    top, one = aliased(Organization), aliased(Organization)
    query = (
        select(RoleGrant.role)
        .join(top, col(RoleGrant.organization_id) == top.id)
        .join(one, within(top, one))
        .where(one.id == organization_id, col(RoleGrant.account_id) == account_id, stands(work.today))
    )
    return frozenset(Role(role) for role in work.exec(query).all())


def actor_may(work: Work, permission: Permission, organization_id: UUID) -> bool:
    """Whether he whose work it is holds a permission at an organisation, also one that the door did not ask for. The command line
    may do everything."""
    actor_id = work.origin.actor_id
    return actor_id is None or bool(roles_reaching(work, actor_id, organization_id) & roles_with(permission))


def root_id(work: Work) -> UUID | None:
    """The key of the district; None before there is one."""
    return work.exec(select(Organization.id).where(col(Organization.parent_id).is_(None))).first()


def hold_root(work: Work) -> Organization:
    """The district, held: who begins something of which the district has one waits for whoever else does. Raises `NotFound`."""
    key = root_id(work)
    if key is None:
        raise NotFound
    return hold_one(work, Organization, key)


def below(top: Organization) -> SelectOfScalar[UUID]:
    """The keys of an organisation and of everything below it."""
    return select(Organization.id).where(within(top))


def within(top: Any, one: Any = Organization) -> Any:
    """The condition that an organisation is `top` or stands below it."""
    return and_(one.path >= top.path, one.path < top.path + PATH_END)


def at_or_above(one: Any, upper: Any) -> Any:
    """The condition that `upper` is an organisation `one` or stands above it; found from below, by the index over the paths."""
    # As literals: the scan door numbers its parameters, and has none of these among them.
    first: Any = literal_column("1")
    chain = [func.substr(one.path, first, literal_column(str(PATH_STEP * level))) for level in range(1, DEEPEST)]
    return col(upper.path).in_(chain)
