from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.orm import aliased
from sqlmodel import col, func, literal, or_, select, update
from sqlmodel.sql.expression import SelectOfScalar

from api.access.permissions import BRANCHES
from api.access.phones import Phone, nearest_phone, nearest_phone_named
from api.access.scope import PATH_END, below, locking, within
from api.database import Work
from api.organizations.rules import HOLDS_MEMBERS
from models.account import RoleGrant
from models.base import Personal, metadata
from models.enums import MemberStatus, OrganizationKind, Role
from models.member import Member
from models.organization import Organization

_ACCOUNT: Final = metadata.tables["account"]


def by_code(work: Work, code: str) -> Organization | None:
    return work.exec(select(Organization).where(col(Organization.code) == code)).first()


def all_by_code(work: Work, codes: Iterable[str]) -> dict[str, Organization]:
    """The organisations of these codes, held against a move or a renaming until the commit where the work writes."""
    query = select(Organization).where(col(Organization.code).in_(list(codes))).order_by(col(Organization.id))
    return {row.code: row for row in work.exec(locking(work, query, Organization)).all()}


def telephones(work: Work, key: UUID) -> tuple[str, str | None, Phone]:
    """The name of an organisation, the nearest telephone at or above it, and the nearest above it."""
    parent = aliased(Organization)
    told: tuple[Any, ...] = col(Organization.name), parent.name, nearest_phone(Organization), nearest_phone_named(parent)
    query: Any = select(*told).where(col(Organization.id) == key)
    name, name_above, nearest, above = work.exec(query.outerjoin(parent, col(parent.id) == col(Organization.parent_id))).one()
    number, of = Phone.read(above)
    return name, nearest, Phone(number, (of or name_above) if number else None)


def branches(work: Work, keys: Iterable[UUID]) -> dict[UUID, Organization]:
    """Those of these organisations that are branches, general branches or joint branches."""
    query = select(Organization).where(col(Organization.id).in_(set(keys)), col(Organization.kind).in_(BRANCHES))
    return {row.id: row for row in work.exec(query).all()}


def named(organizations: SelectOfScalar[Organization], words: str) -> SelectOfScalar[Organization]:
    """Narrow a select to those whose name contains these words, or whose code is just that."""
    return organizations.where(or_(col(Organization.name).contains(words, autoescape=True), col(Organization.code) == words))


def without_telephone(organizations: SelectOfScalar[Organization]) -> SelectOfScalar[Organization]:
    """Narrow a select to the open ones that hold members and have no telephone."""
    return organizations.where(
        col(Organization.kind).in_(HOLDS_MEMBERS),
        col(Organization.closed_on).is_(None),
        col(Organization.service_phone).is_(None),
    )


def under(organizations: SelectOfScalar[Organization], top: Organization) -> SelectOfScalar[Organization]:
    return organizations.where(within(top))


def move_subtree(work: Work, old_path: str, new_path: str) -> None:
    """Give everything from `old_path` down its new path, in one statement."""
    rest = func.substr(col(Organization.path), len(old_path) + 1)
    work.exec(
        update(Organization)
        .where(col(Organization.path) >= old_path, col(Organization.path) < old_path + PATH_END)
        .values(path=literal(new_path).concat(rest), moved_at=work.at)
        .execution_options(synchronize_session=False)
    )


def count_below(work: Work, path: str) -> int:
    """How many organisations stand below that of a path, closed ones among them."""
    query = select(func.count()).where(col(Organization.path) > path, col(Organization.path) < path + PATH_END)
    return work.exec(query).one()


def has_open_below(work: Work, top: Organization) -> bool:
    query = under(select(Organization), top).where(col(Organization.id) != top.id, col(Organization.closed_on).is_(None))
    return work.exec(query.limit(1)).first() is not None


def has_records_below(work: Work, top: Organization) -> bool:
    """Whether anything that tells of a person lies in an organisation or below it, but for accounts: a member, one who has left, or
    what stays where somebody has gone on from."""
    # By their keys: of those that a query finds PostgreSQL expects that a row soon fits, and would go through a whole table.
    keys = work.exec(below(top)).all()
    return any(work.execute(one.where(place.in_(keys)).limit(1)).first() is not None for one, place in _places())


@cache
def _places() -> tuple[tuple[Any, Any], ...]:
    """For each table that tells of people a select of what lies somewhere, with the column that tells where: of its rows, or of the
    rows on which at least one of them hangs."""
    owned = {table: table.c.organization_id for table in metadata.sorted_tables if "organization_id" in table.c}
    found = [(select(literal(1)).select_from(table), place) for table, place in owned.items() if _tells(table)]
    for table in metadata.sorted_tables:
        if table not in owned and _tells(table):
            owners = ((key.parent, key.column) for column in table.c for key in column.foreign_keys if key.column.table in owned)
            found += [
                (select(literal(1)).select_from(key.table).where(_has_one(table, own == key)), owned[key.table])
                for own, key in owners
                if key.table is not _ACCOUNT and not _tells(key.table)
            ]
    return tuple(found)


def _has_one(table: Table, hangs: Any) -> Any:
    # Asked of one row after the other, and so never begun from all that hangs anywhere.
    return select(literal(1)).select_from(table).where(hangs).limit(1).correlate_except(table).scalar_subquery().is_not(None)


def _tells(table: Table) -> bool:
    """Whether a table tells of people by itself, and not of whoever holds an account."""
    is_of_account = table is _ACCOUNT or any(column.info["whose"] == _ACCOUNT.name for column in table.c)
    keys = (key for column in table.c if not column.nullable for key in column.foreign_keys)
    leads_to_people = any(key.column.table.name in ("member", "card") for key in keys)
    return not is_of_account and (leads_to_people or any(column.info["personal"] is not Personal.none for column in table.c))


def has_members(work: Work, organization_id: UUID) -> bool:
    query = select(Member.id).where(col(Member.organization_id) == organization_id, col(Member.status) != MemberStatus.left)
    return work.exec(query.limit(1)).first() is not None


class Office(NamedTuple):
    """A role over more than a branch, as an account holds it or has held it."""

    account_id: UUID
    organization_id: UUID
    kind: OrganizationKind
    created_at: datetime
    ended_at: datetime | None
    until: date | None


def offices_over_branches(work: Work, account_ids: Collection[UUID], roles: Collection[Role]) -> list[Office]:
    """Whatever some accounts hold or have ever held of some roles over more than a branch."""
    told: list[Any] = [RoleGrant.account_id, Organization.id, Organization.kind]
    told += [RoleGrant.created_at, RoleGrant.ended_at, RoleGrant.until]
    query: Any = select(*told)
    query = query.join(Organization, col(Organization.id) == col(RoleGrant.organization_id))
    query = query.where(col(RoleGrant.account_id).in_(account_ids), col(RoleGrant.role).in_(roles))
    found = work.execute(query.where(col(Organization.kind).not_in(BRANCHES - {OrganizationKind.general_branch}))).all()
    return [Office(*row) for row in found]
