"""The tree of the district's organisations: made, renamed, moved, closed, and loaded from a file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from sqlmodel import col

from api.access.about import check_is_of_others
from api.access.names import paths_of
from api.access.phones import Phone
from api.access.scope import Access, Lock, root_id, take_turns
from api.access.subtrees import hold_subtree
from api.adapters.tables import CellFault, RejectedRow
from api.allowance import each
from api.database import Work
from api.errors import Fact, FieldFault, Invalid, NotFound, Refusal, Text
from api.organizations import queries, rules
from api.organizations.moving import is_to_move
from api.organizations.tree_file import Tree, TreeRow, TreeRule, parents_first
from api.pagination import Pages
from api.uploads import FIRST_ROWS, Imported, OnError, RowsRejected
from api.versions import Expected
from models.enums import NameDisplay, OrganizationKind
from models.organization import Organization

PLACING = 7_205_760_418
"""Who puts organisations below others waits for whoever else does: how many stand below one is counted first."""


@dataclass
class ImportedOrganizations(Imported):
    """What became of the rows of a tree. `without_telephone` are those of its rows whose organisation holds members and is left
    without a telephone: who scans a card of theirs has nobody to call."""

    without_telephone: list[TreeRow] = field(default_factory=list)


class TreeRejected(RowsRejected):
    """A tree of which nothing is stored, since rows of it are at fault; `done` tells which."""

    done: ImportedOrganizations

    tells: ClassVar[Mapping[str, Fact]] = {
        **RowsRejected.tells,
        "without_telephone": Fact(f"the rows whose organisation would be left without a telephone, {FIRST_ROWS}", type="array"),
        "without_telephone_count": Fact("how many rows that are", type="integer"),
    }
    text: ClassVar[Text] = Text(
        "组织表中有不能接受的行，全部未导入。请改正后重新上传，或选择跳过这些行。",
        "Rows of the tree are at fault, so nothing was stored. Correct them and send it again, or let them be skipped.",
    )


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
    found = access.listed(work, Organization, parent_id=parent_id, kind=kind)
    if words:
        found = queries.named(found, words)
    if not closed:
        found = found.where(col(Organization.closed_on).is_(None))
    return pages.read(work, found.order_by(col(Organization.name), col(Organization.id)))


def show_organization(work: Work, access: Access, organization_id: UUID) -> Organization:
    return access.get(work, Organization, organization_id)


@dataclass(frozen=True)
class Telephones:
    """Whom to call about what an organisation does: its own telephone or else the nearest above, and the nearest above it, with
    whose it is. None of what is above the district."""

    name: str
    nearest: str | None
    above: Phone


def telephones_of(work: Work, organization_id: UUID) -> Telephones:
    """The telephones of any organisation, for whoever may be told them."""
    return Telephones(*queries.telephones(work, organization_id))


def branches_of(work: Work, organization_ids: Iterable[UUID]) -> dict[UUID, Organization]:
    """The branch of whoever belongs to each of these organisations: the lowest branch, general or joint branch at or above it,
    since a member may stand in a group. The organisation above a branch is its `parent_id`. What has no branch is left out.
    """
    paths = paths_of(work, organization_ids)
    found = queries.branches(work, {key for path in paths.values() for key in rules.keys_of(path)})
    kinds = {key: branch.kind for key, branch in found.items()}
    lowest = {key: rules.lowest_branch(path, kinds) for key, path in paths.items()}
    return {key: found[branch] for key, branch in lowest.items() if branch is not None}


def branch_of(work: Work, organization_id: UUID) -> Organization | None:
    """The branch of whoever belongs to one organisation; None where it has none."""
    return branches_of(work, [organization_id]).get(organization_id)


def branch_or_itself(work: Work, organization_id: UUID) -> Organization:
    """The branch of whoever belongs to an organisation; what has none stands for itself."""
    return branch_of(work, organization_id) or work.get_one(Organization, organization_id)


def find_organization(work: Work, code: str) -> Organization:
    """An organisation by its code, for whoever sits at the server itself. Raises `NotFound`."""
    organization = queries.by_code(work, code)
    if organization is None:
        raise NotFound
    return organization


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
    term_ends_on: date | None,
) -> Organization:
    """Add an organisation below one within reach. Raises `Invalid` for a telephone that cannot be dialled, or
    `TooManyOrganizations`."""
    _check_phone(service_phone)
    take_turns(work, PLACING)
    parent = access.get(work, Organization, parent_id)
    organization = Organization(
        code=code,
        name=name,
        kind=kind,
        service_phone=service_phone,
        name_display=name_display,
        term_ends_on=term_ends_on,
        path="",
    )
    _place(organization, parent, there_is_a_root=True)
    if (top := rules.top_of(organization.path)) is not None:
        rules.check_room(queries.count_below(work, top) + 1)
    if queries.by_code(work, code):
        raise rules.CodeTaken
    work.add(organization)
    work.flush()
    work.record("create_organization", organization)
    return organization


def edit_organization(
    work: Work, access: Access, organization_id: UUID, changes: dict[str, Any], expected: Expected
) -> Organization:
    """Change the name, the telephone, how names are shown, or the end of the committee's term. Members' cards tell it from the next
    scan on.

    Raises `Invalid` for a telephone that cannot be dialled, `TooManyHoldPosts`, or, where the term dates the card of one about whom
    the caller may not act, `AboutOneself` or `ForTheLevelAbove`.
    """
    _check_phone(changes.get("service_phone"))
    organization = access.get(work, Organization, organization_id)
    expected.check(organization)
    for name, value in changes.items():
        setattr(organization, name, value)
    if changed := work.changes(organization):
        work.record("edit_organization", organization, fields=changed)
        work.flush()
    if "name" in changed:
        _tell_renamed(work, organization)
    if "term_ends_on" in changed:
        for follow in work.followers.term_changes:
            follow(work, organization)
    return organization


def move_organization(work: Work, access: Access, organization_id: UUID, parent_id: UUID, expected: Expected) -> Organization:
    """Hang an organisation and everything below it under another parent. Where anything tells of a person, it is for an officer
    over both parents, since it changes who reads that; before, also for an administrator. Raises `OfficerNeeded`,
    `TooManyOrganizations`, or, where he is of it, or somebody else is to end what would end by it, one of `ABOUT_SOMEBODY`."""

    def find() -> Organization:
        access.get(work, Organization, parent_id, Lock.none)
        return access.get(work, Organization, organization_id, Lock.none)

    # What is refused, or stands there already, holds nobody up: much may be below it.
    organization = find()
    if not is_to_move(work, access, organization, work.get_one(Organization, parent_id), expected):
        return organization
    take_turns(work, PLACING)
    # Paths are among what others refer to: all that change are held alone, together with the new parent.
    organization = hold_subtree(work, find, parent_id, lock=Lock.alone)
    parent = work.get_one(Organization, parent_id)
    if is_to_move(work, access, organization, parent, expected):
        old_path, former = organization.path, organization.parent_id
        organization.parent_id = parent.id
        work.flush()
        queries.move_subtree(work, old_path, rules.path_of(organization.id, parent.path))
        work.refresh(organization)
        work.record("move_organization", organization, former_parent=str(former), parent=str(parent.id))
        left = frozenset(rules.keys_of(old_path)) - frozenset(rules.keys_of(organization.path))
        for follow in work.followers.organization_moves:
            follow(work, organization, left)
    return organization


def close_organization(work: Work, access: Access, organization_id: UUID, expected: Expected) -> Organization:
    """Close an organisation that nothing open and no member belongs to any more; one that is closed already stays so. Raises
    one of `ABOUT_SOMEBODY` where the caller is of it, or somebody else is to take its posts from those who hold them."""
    organization = access.get(work, Organization, organization_id, Lock.alone)
    expected.check(organization)
    if organization.parent_id is None:
        raise rules.RootStays
    if organization.closed_on is None:
        if queries.has_open_below(work, organization):
            raise rules.StillOpenBelow
        if queries.has_members(work, organization.id):
            raise rules.StillHasMembers
        check_is_of_others(work, access, organization.id, rules.MOVED_BY_OTHERS)
        organization.closed_on = work.today
        work.record("close_organization", organization)
        work.flush()
        for follow in work.followers.organization_closes:
            follow(work, organization)
    return organization


def import_organizations(
    work: Work, access: Access | None, tree: Tree, *, dry_run: bool, on_error: OnError
) -> ImportedOrganizations:
    """Load a tree: new codes are added, of known ones the name and a stated telephone are changed, the rest is left alone.

    Rows may stand in any order. `access` is the caller's; None is the command line, which may also make the root. A row whose
    code, kind or parent cannot be is rejected with its reason, and so are the rows below it. A dry run tells the same and writes
    nothing. Raises `TreeRejected` where rows are at fault and `on_error` is `abort`.
    """
    loading = _Loading(work, access, writes=not dry_run)
    done = loading.run(tree)
    if dry_run:
        return done
    if done.rejected and on_error is OnError.abort:
        raise TreeRejected(done)
    if done.created or done.updated:
        work.flush()
        for organization in each(loading.renamed):
            _tell_renamed(work, organization)
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
        self.cell = CellFault(column, rule, sentence)


OUTSIDE = Text("不在您的管理范围内。", "This lies outside your organisations.")
PARENT_UNKNOWN = Text("找不到这个上级编码。", "There is no organisation with this parent code.")
KIND_CHANGED = Text("该编码已登记为另一类组织。", "This code belongs to an organisation of another kind.")
PARENT_CHANGED = Text("该编码已登记在另一上级之下，请用移动功能调整。", "This code stands under another parent; move it instead.")


class _Loading:
    """One run over the rows of a tree, which decides alike whether it writes or not."""

    def __init__(self, work: Work, access: Access | None, *, writes: bool) -> None:
        self.work, self.writes = work, writes
        take_turns(work, PLACING)
        self.done = ImportedOrganizations()
        self.reach = access.reach(work) if access else None
        self.has_root = root_id(work) is not None
        self.known: dict[str, Organization] = {}
        self.renamed: list[Organization] = []
        self.below: dict[str, int] = {}
        """How many stand below each of those under which something is made that stand directly under the district."""

    def run(self, tree: Tree) -> ImportedOrganizations:
        self.done.sheets, self.done.left_out = tree.sheets, tree.left_out
        rows: list[TreeRow] = []
        for row in each(tree.rows):
            self.done.rows += 1
            if isinstance(row, RejectedRow):
                self.done.rejected.append(row)
            else:
                rows.append(row)
        self.known = queries.all_by_code(
            self.work, {row.code for row in rows} | {row.parent_code for row in rows if row.parent_code}
        )
        for row in each(parents_first(rows)):
            try:
                self.take(row)
            except _Fault as fault:
                self.done.rejected.append(row.table.reject(row.number, [fault.cell]))
        order = {sheet.title: place for place, sheet in enumerate(tree.sheets)}
        self.done.rejected.sort(key=lambda rejected: (order[rejected.sheet], rejected.row))
        self.done.without_telephone.sort(key=lambda row: (order[row.table.sheet.title], row.number))
        return self.done

    def take(self, row: TreeRow) -> None:
        """Decide about a row whose parent, if the file has it, has been decided about before."""
        parent = self.known.get(row.parent_code) if row.parent_code else None
        if row.parent_code and parent is None:
            raise _Fault("parent_code", "parent_unknown", PARENT_UNKNOWN)
        standing = self.known.get(row.code)
        owner = standing or parent
        if self.reach is not None and (owner is None or not self.reach.includes(owner.path)):
            if owner is None and self.has_root:
                raise _Fault("kind", rules.SecondRoot.code(), rules.SecondRoot.text)
            raise _Fault("code", "outside", OUTSIDE)
        if standing is None:
            self.create(row, parent)
        elif standing.kind is not row.kind:
            raise _Fault("kind", "kind_changed", KIND_CHANGED)
        elif standing.parent_id != (parent.id if parent else None):
            raise _Fault("parent_code", "parent_changed", PARENT_CHANGED)
        else:
            self.change(row, standing)
        if row.kind in rules.HOLDS_MEMBERS and not row.service_phone and not (standing and standing.service_phone):
            self.done.without_telephone.append(row)

    def create(self, row: TreeRow, parent: Organization | None) -> None:
        organization = Organization.model_validate(
            {"code": row.code, "name": row.name, "kind": row.kind, "service_phone": row.service_phone, "path": ""}
        )
        try:
            _place(organization, parent, there_is_a_root=self.has_root)
        except Refusal as refusal:
            raise _Fault("kind", refusal.code(), refusal.text) from refusal
        self.check_room(organization)
        self.has_root = True
        self.known[row.code] = organization
        self.done.created += 1
        if self.writes:
            self.work.add(organization)
            self.work.record("create_organization", organization)

    def check_room(self, organization: Organization) -> None:
        top = rules.top_of(organization.path)
        if top is None:
            return
        if top not in self.below:
            self.below[top] = queries.count_below(self.work, top)
        try:
            rules.check_room(self.below[top] + 1)
        except rules.TooManyOrganizations as refusal:
            raise _Fault("parent_code", refusal.code(), refusal.text) from refusal
        self.below[top] += 1

    def change(self, row: TreeRow, standing: Organization) -> None:
        stated = {"name": row.name, "service_phone": row.service_phone or standing.service_phone}
        changed = {name: value for name, value in stated.items() if value != getattr(standing, name)}
        if not changed:
            self.done.unchanged += 1
            return
        self.done.updated += 1
        if self.writes:
            for name, value in changed.items():
                setattr(standing, name, value)
            self.work.record("edit_organization", standing, fields=sorted(changed))
            if "name" in changed:
                self.renamed.append(standing)


def _tell_renamed(work: Work, organization: Organization) -> None:
    for follow in work.followers.organization_is_renamed:
        follow(work, organization)


def _check_phone(phone: str | None) -> None:
    if phone is not None and not rules.can_be_dialled(phone):
        raise Invalid(faults=(FieldFault("body.service_phone", TreeRule.phone_undiallable, rules.PHONE_UNDIALLABLE),))


def _place(organization: Organization, parent: Organization | None, *, there_is_a_root: bool) -> None:
    rules.check_place(organization.kind, parent.kind if parent else None, there_is_a_root=there_is_a_root)
    if parent is not None and parent.closed_on is not None:
        raise rules.ParentClosed
    organization.parent_id = parent.id if parent else None
    organization.path = rules.path_of(organization.id, parent.path if parent else "")
