"""The names that stand beside keys wherever rows are shown, so that nobody has to ask for them one by one."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, literal_column, null
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from models.account import Account
from models.base import Record, metadata
from models.enums import NameDisplay, OrganizationKind
from models.member import Member
from models.organization import Organization


def organization_names(work: Work, keys: Iterable[UUID]) -> dict[UUID, str]:
    """The names of organisations anywhere, for whoever may be told them."""
    query = select(Organization.id, Organization.name).where(col(Organization.id).in_(set(keys)))
    return {key: name for key, name in work.exec(query).all()}


def name_display(one: Any = Organization) -> Any:
    """How strangers read the name of who belongs to an organisation: of one in a group also by its branch's rule, the more guarded
    of the two."""
    branch = aliased(Organization)
    above = select(branch.name_display).where(branch.id == one.parent_id).scalar_subquery()
    is_by_branch = (one.kind == _GROUP) & (one.name_display == _FULL)
    return case((is_by_branch, above), else_=one.name_display).label("name_display")


# As literals: the scan door numbers its parameters, and has none of these among them.
_GROUP: Any = literal_column(f"'{OrganizationKind.group.value}'")
_FULL: Any = literal_column(f"'{NameDisplay.full.value}'")


def named(work: Work, access: Access, rows: Sequence[Record], *, as_author: bool = False) -> list[dict[str, Any]]:
    """The fields of rows of one kind, and beside each key of an organisation, of a member, or of the account of whoever has done
    something, the name: `organization_name` beside `organization_id`, `decided_by_name` beside `decided_by`.

    Whose an account is, is told to himself and to whoever may read members where he stands; it is None for all others, but that a
    caller `as_author` of the rows is told which member has dealt with what is his. An account that is no member's has its user name
    for a name. One statement, however many rows there are.
    """
    if not rows:
        return []
    query, columns = _beside(type(rows[0]))
    told = work.execute(query, {"keys": [row.id for row in rows]}).all()
    names = {key: dict(zip(columns, zip(cells[::3], cells[1::3], cells[2::3], strict=True), strict=True)) for key, *cells in told}
    reach = None
    if any(path for beside in names.values() for _, path, _ in beside.values()):
        reach = access.using(Permission.member_read).reach(work)
    oneself = {access.account_id, access.member_id} - {None}

    def name_of(row: Record, column: str) -> str | None:
        name, path, of_member = names[row.id][column]
        is_known = path is None or getattr(row, column) in oneself or (reach is not None and reach.includes(path))
        return name if is_known else of_member if as_author else None

    return [row.model_dump() | {_label(column): name_of(row, column) for column in columns} for row in rows]


def one_named(work: Work, access: Access, row: Record) -> Mapping[str, Any]:
    """The same of one row."""
    return named(work, access, [row])[0]


def _label(column: str) -> str:
    return f"{column.removesuffix('_id')}_name"


@cache
def _beside(model: type[Record]) -> tuple[Any, tuple[str, ...]]:
    """The statement that reads names beside rows, and the columns that they stand beside: of each the name, and, where it is told
    by whose account it is, the path of the organisation at which he stands, and his name if he is a member."""
    query: Any = select(col(model.id))
    columns = []
    for column in metadata.tables[str(model.__tablename__)].columns:
        target = next((key.column.table.name for key in column.foreign_keys), None)
        place, person, account = aliased(Organization), aliased(Member), aliased(Account)
        name: Any
        path: Any = null()
        of_member: Any = null()
        if target == "organization":
            query, name = query.outerjoin(place, place.id == column), place.name
        elif target == "member":
            query, name = query.outerjoin(person, person.id == column), person.full_name
            if model is Account:
                query, path = query.outerjoin(place, place.id == person.organization_id), place.path
        elif target == "account" and column.name.endswith("_by"):
            query = query.outerjoin(account, account.id == column).outerjoin(person, person.id == account.member_id)
            stands_at = func.coalesce(person.organization_id, account.organization_id)
            query, path = query.outerjoin(place, place.id == stands_at), place.path
            name, of_member = func.coalesce(person.full_name, account.username), person.full_name
        else:
            continue
        query = query.add_columns(name, path, of_member)
        columns.append(column.name)
    return query.where(col(model.id).in_(bindparam("keys", expanding=True))), tuple(columns)


def paths_of(work: Work, organization_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The paths of some organisations, by their keys."""
    query = select(Organization.id, Organization.path).where(col(Organization.id).in_(set(organization_ids)))
    return dict(work.exec(query).all())
