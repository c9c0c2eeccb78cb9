"""The tree of the district's organisations: made, renamed, moved, closed, and loaded from a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access.scope import Access, root_id
from api.adapters.sheets import Sheet
from api.adapters.tables import RejectedRow, reject
from api.database import Work
from api.errors import FieldFault, Refusal, Text
from api.organizations import queries, rules
from api.organizations.tree_file import TreeRow, read_tree
from api.pagination import Pages
from api.versions import Expected
from models.enums import NameDisplay, OrganizationKind
from models.organization import Organization


@dataclass
class Imported:
    """What became of the rows of a file."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)


def list_organizations(
    work: Work,
    access: Access,
    pages: Pages,
    *,
    words: str | None,
    parent_id: UUID | None,
    kind: OrganizationKind | None,
    closed: bool,
) -> tuple[list[Organization], str | None]:
    """The organisations within reach by name; `closed` includes those that have been closed."""
    found = access.select(Organization)
    if words:
        found = queries.named(found, words)
    if parent_id:
        found = found.where(col(Organization.parent_id) == parent_id)
    if kind:
        found = found.where(col(Organization.kind) == kind)
    if not closed:
        found = found.where(col(Organization.closed_on).is_(None))
    return pages.read(work, found.order_by(col(Organization.name), col(Organization.id)))


def show_organization(work: Work, access: Access, organization_id: UUID) -> Organization:
    return access.get(work, Organization, organization_id)


def create_organization(
    work: Work,
    access: Access,
    *,
    code: str,
    name: str,
    kind: OrganizationKind,
    parent_id: UUID,
    service_phone: str | None,
    name_display: NameDisplay,
) -> Organization:
    """Add an organisation below one within reach."""
    parent = access.get(work, Organization, parent_id)
    organization = Organization.model_validate(
        {"code": code, "name": name, "kind": kind, "service_phone": service_phone, "name_display": name_display, "path": ""}
    )
    _place(work, organization, parent)
    if queries.by_code(work, code):
        raise rules.CodeTaken
    work.add(organization)
    work.flush()
    work.record("create_organization", organization)
    return organization


def edit_organization(
    work: Work, access: Access, organization_id: UUID, changes: dict[str, Any], expected: Expected
) -> Organization:
    """Change the name, the telephone or how names are shown. Members' cards tell it from the next scan on."""
    organization = access.get(work, Organization, organization_id)
    expected.check(organization)
    for name, value in changes.items():
        setattr(organization, name, value)
    if changed := work.changes(organization):
        work.record("edit_organization", organization, fields=changed)
        work.flush()
    return organization


def move_organization(work: Work, access: Access, organization_id: UUID, parent_id: UUID, expected: Expected) -> Organization:
    """Hang an organisation and everything below it under another parent."""
    organization = access.get(work, Organization, organization_id)
    expected.check(organization)
    if organization.parent_id is None:
        raise rules.RootStays
    parent = access.get(work, Organization, parent_id)
    rules.check_no_circle(organization.path, parent.path)
    rules.check_place(organization.kind, parent.kind, there_is_a_root=True)
    if parent.closed_on is not None:
        raise rules.ParentClosed
    if organization.parent_id != parent.id:
        queries.lock_subtree(work, organization)
        old_path, former = organization.path, organization.parent_id
        organization.parent_id = parent.id
        work.flush()
        queries.move_subtree(work, old_path, rules.path_of(organization.id, parent.path))
        work.refresh(organization)
        work.record("move_organization", organization, former_parent=str(former), parent=str(parent.id))
    return organization


def close_organization(work: Work, access: Access, organization_id: UUID, today: date, expected: Expected) -> Organization:
    """Close an organisation that nothing open and no member belongs to any more; one that is closed already stays so."""
    organization = access.get(work, Organization, organization_id)
    expected.check(organization)
    if organization.parent_id is None:
        raise rules.RootStays
    if organization.closed_on is None:
        if queries.has_open_below(work, organization):
            raise rules.StillOpenBelow
        if queries.has_members(work, organization.id):
            raise rules.StillHasMembers
        organization.closed_on = today
        work.record("close_organization", organization)
        work.flush()
    return organization


def import_organizations(work: Work, sheet: Sheet, access: Access | None) -> Imported:
    """Load a tree from a sheet: new codes are added, known ones renamed where the name differs, the rest left alone.

    Rows may stand in any order. `access` is the caller's; None is the command line, which may also make the root. A row whose
    code, kind or parent cannot be is rejected with its reason, and so are the rows below it.
    """
    done = Imported()
    waiting: list[TreeRow] = []
    for row in read_tree(sheet):
        done.rows += 1
        if isinstance(row, RejectedRow):
            done.rejected.append(row)
        else:
            waiting.append(row)
    known = queries.all_by_code(work, {row.code for row in waiting} | {row.parent_code for row in waiting if row.parent_code})
    within = set(work.exec(access.organizations()).all()) if access else None
    for row in _parents_first(waiting):
        try:
            _import_row(work, row, known, within, done)
        except _Fault as fault:
            done.rejected.append(reject(row.number, [FieldFault(row.heading(fault.column), fault.rule, fault.sentence)]))
    done.rejected.sort(key=lambda rejected: rejected.row)
    if done.created or done.updated:
        work.flush()
        work.record_batch(
            "import_organizations",
            "organization",
            organization_id=access.organization_id if access else root_id(work),
            created=done.created,
            updated=done.updated,
            rejected=len(done.rejected),
        )
    return done


class _Fault(Exception):
    def __init__(self, column: str, rule: str, sentence: Text) -> None:
        self.column, self.rule, self.sentence = column, rule, sentence


OUTSIDE = Text("不在您的管理范围内。", "This lies outside your organisations.")
PARENT_UNKNOWN = Text("找不到这个上级编码。", "There is no organisation with this parent code.")
KIND_CHANGED = Text("该编码已登记为另一类组织。", "This code belongs to an organisation of another kind.")
PARENT_CHANGED = Text("该编码已登记在另一上级之下，请用移动功能调整。", "This code stands under another parent; move it instead.")


def _import_row(work: Work, row: TreeRow, known: dict[str, Organization], within: set[UUID] | None, done: Imported) -> None:
    parent = known.get(row.parent_code) if row.parent_code else None
    if row.parent_code and parent is None:
        raise _Fault("parent_code", "parent_unknown", PARENT_UNKNOWN)
    standing = known.get(row.code)
    owner = standing or parent
    if within is not None and (owner is None or owner.id not in within):
        if owner is None and root_id(work) is not None:
            raise _Fault("kind", rules.SecondRoot.code(), rules.SecondRoot.text)
        raise _Fault("code", "outside", OUTSIDE)
    if standing is None:
        standing = Organization.model_validate({"code": row.code, "name": row.name, "kind": row.kind, "path": ""})
        try:
            _place(work, standing, parent)
        except Refusal as refusal:
            raise _Fault("kind", refusal.code(), refusal.text) from refusal
        work.add(standing)
        known[row.code] = standing
        if within is not None:
            within.add(standing.id)
        work.record("create_organization", standing)
        work.flush()
        done.created += 1
        return
    if standing.kind is not row.kind:
        raise _Fault("kind", "kind_changed", KIND_CHANGED)
    if standing.parent_id != (parent.id if parent else None):
        raise _Fault("parent_code", "parent_changed", PARENT_CHANGED)
    if standing.name != row.name:
        standing.name = row.name
        work.record("edit_organization", standing, fields=["name"])
        done.updated += 1
    else:
        done.unchanged += 1


def _place(work: Work, organization: Organization, parent: Organization | None) -> None:
    rules.check_place(
        organization.kind, parent.kind if parent else None, there_is_a_root=parent is not None or root_id(work) is not None
    )
    if parent is not None and parent.closed_on is not None:
        raise rules.ParentClosed
    organization.parent_id = parent.id if parent else None
    organization.path = rules.path_of(organization.id, parent.path if parent else "")


def _parents_first(rows: Iterable[TreeRow]) -> Iterator[TreeRow]:
    """The rows in an order in which each parent of the file comes before what stands below it; rows in a circle come last."""
    below: dict[str | None, list[TreeRow]] = {}
    codes = set()
    for row in rows:
        below.setdefault(row.parent_code, []).append(row)
        codes.add(row.code)
    ready = [row for parent, group in below.items() if parent not in codes for row in group]
    seen = set()
    while ready:
        row = ready.pop(0)
        if row.number not in seen:
            seen.add(row.number)
            yield row
            ready.extend(below.get(row.code, ()))
    yield from (row for group in below.values() for row in group if row.number not in seen)
