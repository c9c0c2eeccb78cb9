"""Where a caller may do what he may do. Each query starts here, inside the caller's part of the tree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.permissions import PERMISSIONS, Permission, roles_with
from api.database import Work
from api.errors import NotFound
from models.account import RoleGrant
from models.base import OwnedRecord, Record
from models.enums import Role
from models.organization import Organization

R = TypeVar("R", bound=Record)

PATH_END = "~"
"""Sorts after every character of a path, so that `path` up to `path~` is a whole subtree."""


class Lock(Enum):
    """How a row is held that a piece of writing work has loaded."""

    none = "none"
    for_change = "for change"
    """Nobody else changes it. Rows that refer to it may come meanwhile: otherwise a branch's cards and its own row would be
    locked in either order, and two pieces of work wait for each other for ever."""
    alone = "alone"
    """Nor does anything come that refers to it."""


@dataclass(frozen=True)
class Granted:
    role: Role
    organization_id: UUID


@dataclass(frozen=True)
class Access:
    """A caller who has shown who he is and holds the permission that the route asks for."""

    account_id: UUID
    session_id: UUID
    organization_id: UUID
    member_id: UUID | None
    permission: Permission
    granted: tuple[Granted, ...]

    def holds(self, permission: Permission) -> bool:
        """Whether any role of his has a permission, wherever it reaches."""
        return any(permission in PERMISSIONS[grant.role] for grant in self.granted)

    def using(self, permission: Permission) -> "Access":
        """The same caller, as far as another permission of his reaches."""
        return replace(self, permission=permission)

    def organizations(self) -> SelectOfScalar[UUID]:
        """The keys of the organisations within reach, by the grants that stand when the query runs."""
        top = aliased(Organization)
        return (
            select(Organization.id)
            .join(top, within(top))
            .join(RoleGrant, col(RoleGrant.organization_id) == top.id)
            .where(
                col(RoleGrant.account_id) == self.account_id,
                col(RoleGrant.role).in_(roles_with(self.permission)),
                col(RoleGrant.ended_at).is_(None),
            )
        )

    def select(self, model: type[R]) -> SelectOfScalar[R]:
        """Select the rows of a model that lie within reach."""
        return select(model).where(_owner(model).in_(self.organizations()))

    def listed(self, work: Work, model: type[R], *, organization_id: UUID | None = None, **wanted: Any) -> SelectOfScalar[R]:
        """Select the rows of a model for a list, with the filters that lists have: those of an organisation and of everything below
        it, and those with `wanted` values in columns of these names. What is None narrows nothing.

        Raises `NotFound` for an organisation that does not lie within reach.
        """
        found = self.select(model)
        if organization_id is not None:
            found = found.where(_owner(model).in_(below(self.get(work, Organization, organization_id))))
        for name, value in wanted.items():
            if value is not None:
                found = found.where(col(getattr(model, name)) == value)
        return found

    def get(self, work: Work, model: type[R], key: UUID, lock: Lock = Lock.for_change) -> R:
        """Load one row within reach, locked where the work writes. Raises `NotFound` alike for a missing and a foreign one."""
        query: Any = self.select(model).where(col(model.id) == key)
        if work.writes and lock is not Lock.none:
            query = query.with_for_update(of=model, key_share=lock is Lock.for_change)
        row: R | None = work.exec(query).first()
        if row is None:
            raise NotFound
        return row

    def reaches(self, work: Work, keys: Iterable[UUID]) -> bool:
        """Whether all these organisations lie within reach."""
        asked = set(keys)
        found = work.exec(self.organizations().where(col(Organization.id).in_(asked)).distinct()).all()
        return len(found) == len(asked)


def _owner(model: type[Record]) -> Any:
    """The column that names the organisation by which a row is found."""
    return col(model.organization_id) if issubclass(model, OwnedRecord) else col(model.id)


def living_grants(work: Work, account_id: UUID) -> Sequence[RoleGrant]:
    """The roles that an account holds now, the oldest first."""
    query = select(RoleGrant).where(col(RoleGrant.account_id) == account_id, col(RoleGrant.ended_at).is_(None))
    return work.exec(query.order_by(col(RoleGrant.created_at), col(RoleGrant.id))).all()


def roles_reaching(work: Work, account_id: UUID, organization_id: UUID) -> frozenset[Role]:
    """The roles that an account holds at an organisation or anywhere above it."""
    top, one = aliased(Organization), aliased(Organization)
    query = (
        select(RoleGrant.role)
        .join(top, col(RoleGrant.organization_id) == top.id)
        .join(one, within(top, one))
        .where(one.id == organization_id, col(RoleGrant.account_id) == account_id, col(RoleGrant.ended_at).is_(None))
    )
    return frozenset(Role(role) for role in work.exec(query).all())


def root_id(work: Work) -> UUID | None:
    """The key of the district; None before there is one."""
    return work.exec(select(Organization.id).where(col(Organization.parent_id).is_(None))).first()


def below(top: Organization) -> SelectOfScalar[UUID]:
    """The keys of an organisation and of everything below it."""
    return select(Organization.id).where(within(top))


def within(top: Any, one: Any = Organization) -> Any:
    """The condition that an organisation is `top` or stands below it."""
    return and_(one.path >= top.path, one.path < top.path + PATH_END)
