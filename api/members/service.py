"""Members: listed, read, added, edited, marked as left, and loaded from a roster."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import IO, Any, ClassVar
from uuid import UUID

from sqlmodel import col

from api.access.about import check_about_member
from api.access.filters import begins_with
from api.access.permissions import OFFICERS
from api.access.scope import Access, Lock, hold, roles_reaching
from api.adapters.cipher import Cipher
from api.database import Work
from api.errors import Fact, FieldFault, Invalid, NotFound, Text
from api.language import Language
from api.members import elsewhere, leaving, life, queries, record, standing
from api.members.faults import LifeRule, RosterRule
from api.members.names import clean_name
from api.members.roster.intake import Intake
from api.members.roster.marked import Stage, check_cells, write_marked
from api.members.roster.outcomes import ImportedMembers
from api.members.roster.reading import Roster, branch_hints
from api.members.roster.rows import RosterRow
from api.members.rules import (
    POSTS_STAY_ENDED,
    BranchClosed,
    Dated,
    MemberHasLeft,
    NationalId,
    NotLeft,
    NotOnProbation,
    PlaceRule,
    check_confirmation,
    check_creating,
    check_edit,
    check_leaving,
    check_restoring,
    likely_status,
    read_mobile,
    read_national_id,
)
from api.organizations.rules import HOLDS_MEMBERS
from api.pagination import Pages
from api.uploads import WARNED, RowsRejected
from api.uploads import OnError as OnError
from api.versions import Expected
from models.enums import DatePrecision, LeavingKind, MemberStatus
from models.member import Member, MembershipEvent
from models.organization import Organization

CHUNK = 500
"""How many rows of a roster are looked up and written together."""

HOLDS_NO_MEMBERS = Text(
    "党员只能登记在党总支、党支部、联合党支部或党小组。", "Members belong to a general branch, a branch, a joint branch or a group."
)


class RosterRejected(RowsRejected):
    """A roster of which nothing is stored, since rows of it are at fault; `done` tells which."""

    leaves_trace: ClassVar[bool] = True
    text: ClassVar[Text] = Text(
        "花名册中有不能接受的行，全部未导入。请改正后重新上传，或选择跳过这些行。",
        "Rows of the roster are at fault, so nothing was stored. Correct them and send it again, or let them be skipped.",
    )
    tells: ClassVar[Mapping[str, Fact]] = {
        **RowsRejected.tells,
        **WARNED,
        "branch": Fact("the branch that rows without one would have been taken to", "石桥村第一党支部"),
    }
    done: ImportedMembers


def list_members(
    work: Work, access: Access, pages: Pages, *, beginning: str | None, organization_id: UUID | None, status: MemberStatus | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Members within reach by name, each with `organization_name` and `card_state`. Without a status, all who have not left.

    `organization_id` means that organisation and all below it; it raises `NotFound` outside the caller's reach.
    """
    found = access.listed(work, Member, organization_id=organization_id, status=status)
    if beginning:
        name = clean_name(beginning)
        found = found.where(begins_with(col(Member.full_name), beginning if isinstance(name, RosterRule) else name))
    if status is None:
        found = queries.not_left(found)
    members, following = pages.read(work, found.order_by(col(Member.full_name), col(Member.id)))
    return _listed(work, members), following


def show_member(work: Work, access: Access, member_id: UUID) -> Member:
    return access.get(work, Member, member_id)


def organization_of_member(work: Work, member_id: UUID) -> UUID | None:
    """Where a member belongs, for whoever may know of him."""
    return queries.organization_of(work, member_id)


def show_own_member(work: Work, access: Access) -> Member:
    """The member whose account asks, locked where the work writes. Raises `NotFound` where the account is no member's."""
    member = hold(work, Member, access.member_id) if access.member_id else None
    if member is None:
        raise NotFound
    return member


def create_member(work: Work, access: Access, organization_id: UUID, content: Mapping[str, Any], cipher: Cipher) -> Member:
    """Add a member to an open organisation within reach that holds members.

    `content` has the fields of a member, the sealed ones in clear. What is not given but follows from the identity number or the
    dates (gender, birth, status) is filled in. Raises `Invalid` with the faults, or as `standing.check_form`.
    """
    organization = access.get(work, Organization, organization_id, Lock.kept)
    if organization.kind not in HOLDS_MEMBERS:
        raise _invalid("organization_id", PlaceRule.holds_no_members, HOLDS_NO_MEMBERS)
    if organization.closed_on is not None:
        raise _invalid("organization_id", RosterRule.closed_branch, RosterRule.closed_branch.text)
    values, identity = _read(content, work.today)
    if identity:
        values["gender"] = values["gender"] or identity.gender
        if values["birth_date"] is None:
            values |= {"birth_date": identity.birth_date, "birth_precision": DatePrecision.day}
    _refuse(record.contradictions(values, work.today))
    joined = Dated(values["joined_on"], values["joined_precision"])
    confirmed = record.dated(values, "confirmed_on")
    values["status"] = values["status"] or likely_status(joined, confirmed, today=work.today)
    by_officer = _is_officer(work, access, organization.id)
    _refuse(check_creating(values["status"], joined, confirmed, today=work.today, by_officer=by_officer))
    member = record.made(values, organization.id, cipher)
    standing.check_form(work, access, organization, values, cipher)
    work.add(member)
    work.flush()
    work.record("create_member", member, fields=sorted(name for name, value in values.items() if value is not None))
    if member.party_post is not None:
        life.tell_posts(work, [member])
    return member


def edit_member(
    work: Work, access: Access, member_id: UUID, changes: Mapping[str, Any], cipher: Cipher, expected: Expected
) -> Member:
    """Change what `changes` names; None takes a value away. Raises as `create_member`, `MemberHasLeft`, `ForTheLevelAbove`, and
    `AboutOneself`: what is wrong in one's own record one asks to be corrected.
    """
    member = _about(work, access, member_id, expected)
    by_officer = _is_officer(work, access, member.organization_id)
    if changed := check_changes(member, changes, cipher, work.today, by_officer=by_officer):
        if standing.changes_who_it_is(changed):
            organization = work.get_one(Organization, member.organization_id)
            standing.check_form(work, access, organization, standing.particulars(member, changed), cipher, former=member)
        record.put(member, changed, cipher)
        work.record("edit_member", member, fields=sorted(changed))
        work.flush()
        if "party_post" in changed:
            life.tell_posts(work, [member])
    return member


def check_changes(
    member: Member, changes: Mapping[str, Any], cipher: Cipher, today: date, *, by_officer: bool = True
) -> dict[str, Any]:
    """What `changes` would change of a member, as it would be stored but in clear; nothing is written. `by_officer` tells whether
    one decides who is an officer there, as may be as long as it is only asked for.

    Raises as `edit_member`, but as `standing.check_form` does: that says something about somebody else, which only those
    who keep the roster may learn.
    """
    if member.status is MemberStatus.left:
        raise MemberHasLeft
    values, _ = _read(changes, today)
    changed = record.differing(member, values, cipher)
    _refuse(check_edit(member.status, changed, by_officer=by_officer))
    _refuse(record.contradictions_after(member, changed, cipher, today))
    return changed


def leave_member(
    work: Work, access: Access, member_id: UUID, kind: LeavingKind, left_on: date | None, reason: str, expected: Expected
) -> tuple[Member, list[dict[str, Any]]]:
    """Mark a member as left, together with whatever hangs on the membership. His post ends with it. Returned with him is who else
    of his branch is called so or nearly so, as `list_members` tells them.

    Without `left_on` it is today, or the day that stands where the kind does. Of one who has left the same again changes nothing;
    another leaving is recorded in place of the former, by whoever may take that back, and so is the same from above what the branch
    has recorded. Raises `AboutOneself`, `ForTheLevelAbove`, `MemberHasLeft` for one who was erased, `TooManyLeavings`, or
    `Invalid` with the faults of `check_leaving`.
    """
    member = _about(work, access, member_id, expected)
    if member.status is MemberStatus.left:
        if member.erased_on is not None:
            raise MemberHasLeft
        if leaving.is_told(work, access, member, kind, left_on, reason):
            return member, _listed(work, standing.namesakes(work, access, member))
        leaving.check_undone(work, access, member)
        leaving.check_room(work, access, member)
        left_on = left_on or (member.left_on if kind is member.left_kind else None)
    left_on, status = left_on or work.today, life.former_status(work, member)
    _refuse(check_leaving(kind, left_on, Dated(member.joined_on, member.joined_precision), status, today=work.today))
    life.leave(work, member, kind, left_on, reason)
    return member, _listed(work, standing.namesakes(work, access, member))


def confirm_member(work: Work, access: Access, member_id: UUID, confirmed_on: date, expected: Expected) -> Member:
    """Make a probationary member a full one (转正); the same day a second time changes nothing.

    Raises `AboutOneself`, `ForTheLevelAbove`, `MemberHasLeft`, `NotOnProbation`, or `Invalid` with the faults of
    `check_confirmation`.
    """
    member = _about(work, access, member_id, expected)
    if member.status is MemberStatus.left:
        raise MemberHasLeft
    if member.status is MemberStatus.full:
        if member.confirmed_on != confirmed_on:
            raise NotOnProbation
        return member
    _refuse(check_confirmation(Dated(confirmed_on), Dated(member.joined_on, member.joined_precision), today=work.today))
    life.confirm(work, member, Dated(confirmed_on))
    return member


def restore_member(
    work: Work, access: Access, member_id: UUID, status: MemberStatus, reason: str, expected: Expected
) -> tuple[Member, list[Text]]:
    """Take back a member who was marked as left by mistake, or has come back, as a full or probationary one.

    What the leaving took comes back as far as that is safe, and is told together with what does not: a card is issued where he had
    one, and the account enabled if the leaving shut it, each where the caller may do that directly; posts, other roles than a
    member's, and printed codes do not come back.
    Who belongs to the branch with this status already stays as he is. A leaving recorded from above it is taken back from there.

    Raises `AboutOneself`, `ForTheLevelAbove`, `NotLeft`, `BranchClosed`, `Invalid` (`check_restoring`), and as `life.restore`.
    """
    # The branch is held before the member, as wherever both are, so that it is not closed over somebody who comes back.
    branch = queries.branch_of(work, access.select(work, Member), member_id)
    member = _about(work, access, member_id, expected)
    if member.status is not MemberStatus.left:
        if member.status is not status:
            raise NotLeft
        return member, []
    leaving.check_undone(work, access, member)
    if branch is None or branch.closed_on is not None:
        raise BranchClosed
    standing.check_as_he_is(work, access, member, branch)
    _refuse(check_restoring(status, record.dated(member, "confirmed_on"), life.former_status(work, member)))
    return member, [*life.restore(work, member, status, reason), POSTS_STAY_ENDED]


def _listed(work: Work, members: Sequence[Member]) -> list[dict[str, Any]]:
    beside = queries.beside(work, [member.id for member in members])
    return [member.model_dump() | beside[member.id] for member in members]


def _about(work: Work, access: Access, member_id: UUID, expected: Expected) -> Member:
    """A member within reach about whom the caller may act, in the version that he has read."""
    member = access.get(work, Member, member_id)
    check_about_member(work, access, member.id)
    expected.check(member)
    return member


def list_membership_events(work: Work, access: Access, member_id: UUID) -> Sequence[MembershipEvent]:
    """What has happened in the membership of a member within reach, the newest first."""
    return queries.events_of(work, access.get(work, Member, member_id).id)


def import_members(
    work: Work,
    access: Access | None,
    roster: Roster,
    cipher: Cipher,
    *,
    organization_id: UUID | None = None,
    dry_run: bool,
    on_error: OnError,
    on_progress: Callable[[int], object] = lambda rows: None,
) -> ImportedMembers:
    """Bring the stored members in line with a roster. `access` is the caller's; None is the command line, which reaches all.

    A row is the member with its identity number; else the one of its branch with that name and birth (or, where the birth is not
    known on both sides, that day of joining), unless both have a number. Of a known member only what the row states is changed:
    an empty cell states nothing. So the same roster a second time changes nothing, and leaves no line in the audit trail.

    `organization_id` is the branch of the rows that name none, if the roster was read so. `on_progress` is told how many rows are
    done. A dry run tells the same and writes nothing; that an identity number is somebody's elsewhere has to be noted after it, by
    `note_dry_run`. Raises `NotFound` or `Invalid` where that branch cannot be, and
    `RosterRejected` where rows are at fault and `on_error` is `abort`; its `done` then counts nothing as created or updated.
    Memory holds a chunk of rows and a few bytes for each, beside what `roster` itself keeps.
    """
    branch = _branch_for_all(work, access, organization_id) if organization_id else None
    intake = Intake(work, access, roster, cipher, branch=branch, dry_run=dry_run, stops_at_faults=on_error is OnError.abort)
    done, rows = intake.done, roster.rows()
    entries = len(work.entries)
    with work.begin_nested() as all_of_it:
        while chunk := list(islice(rows, CHUNK)):
            intake.take(chunk)
            on_progress(done.rows)
        is_given_up = bool(done.rejected) and on_error is OnError.abort and not dry_run
        if is_given_up:
            all_of_it.rollback()
            del work.entries[entries:]
    if dry_run:
        return done
    elsewhere.note(work, access, done.told_elsewhere)
    if is_given_up:
        raise RosterRejected(done)
    if done.created or done.updated:
        counts = {"created": done.created, "updated": done.updated, "rejected": len(done.rejected)}
        work.record_batch("import_members", "member", organization_id=intake.top, **counts)
    return done


def mark_roster(
    work: Work,
    access: Access,
    roster: Roster,
    cipher: Cipher,
    target: IO[bytes],
    *,
    organization_id: UUID | None = None,
    language: Language,
) -> ImportedMembers:
    """Write to `target` a workbook: the sheets as they were sent, and beside each row what an import would do with it and what is
    wrong with it. Nothing is stored. Raises as `import_members` does for the branch, and `SpreadsheetTooLarge`."""
    check_cells(roster)
    done = import_members(work, access, roster, cipher, organization_id=organization_id, dry_run=True, on_error=OnError.skip)
    write_marked(roster, done, Stage.planned, target, language)
    return done


def read_ahead(roster: Roster) -> Roster:
    """The same roster with its rows held in memory, so that a transaction need not wait while a file is read."""
    return _HeldRoster(roster.tables, roster.today, roster.zone, roster.left_out, roster.is_of_one_branch, tuple(roster.rows()))


@dataclass(frozen=True)
class _HeldRoster(Roster):
    held: tuple[RosterRow, ...] = ()

    def branch_names(self) -> Collection[str]:
        hints = {hint for table in self.tables for hint in branch_hints(table)}
        return hints | {row.branch_name for row in self.held if row.branch_name is not None}

    def rows(self) -> Iterator[RosterRow]:
        return iter(self.held)


def _branch_for_all(work: Work, access: Access | None, organization_id: UUID) -> Organization:
    organization = access.get(work, Organization, organization_id, Lock.none) if access else work.get(Organization, organization_id)
    if organization is None:
        raise NotFound
    if organization.kind not in HOLDS_MEMBERS:
        raise _wrong_branch(PlaceRule.holds_no_members, HOLDS_NO_MEMBERS)
    if organization.closed_on is not None:
        raise _wrong_branch(RosterRule.closed_branch, RosterRule.closed_branch.text)
    return organization


def _wrong_branch(rule: str, text: Text) -> Invalid:
    return Invalid(faults=(FieldFault("query.organization_id", rule, text),))


def _read(content: Mapping[str, Any], today: date) -> tuple[dict[str, Any], NationalId | None]:
    """What people type in a form, read by the rules of the roster; and what the identity number says."""
    values = dict(content)
    readers: dict[str, Callable[[str], Any]] = {
        "full_name": clean_name,
        "national_id": lambda text: read_national_id(text, today=today),
        "mobile": read_mobile,
    }
    found = {name: read(values[name]) for name, read in readers.items() if values.get(name) is not None}
    _refuse(tuple(value for value in found.values() if isinstance(value, RosterRule)))
    identity: NationalId | None = found.get("national_id")
    if identity:
        found["national_id"] = identity.number
    for name, precision in record.DATES.items():
        if values.get(name) is not None and values.get(precision) is DatePrecision.month:
            found[name] = values[name].replace(day=1)
    return values | found, identity


def _is_officer(work: Work, access: Access, organization_id: UUID) -> bool:
    return bool(roles_reaching(work, access.account_id, organization_id) & OFFICERS)


def _refuse(rules: tuple[RosterRule | LifeRule, ...]) -> None:
    if rules:
        raise Invalid(faults=tuple(FieldFault(f"body.{rule.field}", rule.value, rule.text) for rule in rules))


def _invalid(name: str, rule: str, text: Text) -> Invalid:
    return Invalid(faults=(FieldFault(f"body.{name}", rule, text),))
