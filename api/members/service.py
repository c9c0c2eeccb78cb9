"""Members: listed, read, added, edited, marked as left, and loaded from a roster."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from sqlmodel import col

from api.access.scope import Access
from api.adapters.cipher import Cipher, Place
from api.adapters.tables import RejectedRow, reject
from api.database import Work
from api.errors import Conflict, FieldFault, Invalid, NotFound, Text
from api.members import queries
from api.members.faults import RosterRule
from api.members.roster import Roster, RosterEntry, RosterRow
from api.members.rules import (
    Dated,
    NationalId,
    agree,
    check_dates,
    check_identity,
    clean_name,
    likely_status,
    precedes,
    read_mobile,
    read_national_id,
)
from api.organizations.rules import HOLDS_MEMBERS
from api.pagination import Pages
from api.versions import Expected
from models.enums import DatePrecision, MemberStatus
from models.member import Member
from models.organization import Organization

CHUNK = 500
"""How many rows of a roster are looked up and written together."""

SEALED = ("national_id", "mobile", "home_address")
DIGESTED = ("national_id", "mobile")
DATES = {"birth_date": "birth_precision", "joined_on": "joined_precision", "confirmed_on": "confirmed_precision"}
WORDS = ("full_name", "gender", "ethnicity", "education", "native_place", "party_post", "employer", "job_title", "remark")
FLAGS = ("is_mobile", "is_out_of_contact")

when_a_member_leaves: list[Callable[[Work, Member], object]] = []
"""What other rooms do in the same transaction when a member leaves; the composition root fills it, as this room knows none of
them."""


class IdentityNumberTaken(Conflict):
    text: ClassVar[Text] = Text("该公民身份号码已登记在另一名党员名下。", "Another member has this identity number.")


class MemberHasLeft(Conflict):
    text: ClassVar[Text] = Text("该党员已离开，资料不再修改。", "This member has left; the record is no longer changed.")


class OnError(StrEnum):
    """What a rejected row means for the other rows of a roster."""

    abort = "abort"
    skip = "skip"


@dataclass
class ImportedMembers:
    """What became of the rows of a roster, or would have in a dry run; `warnings` stand by the number of their row."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    warnings: list[tuple[int, tuple[FieldFault, ...]]] = field(default_factory=list)


class RosterRejected(Invalid):
    """A roster of which nothing is stored, since rows of it are at fault."""

    text: ClassVar[Text] = Text(
        "花名册中有不能接受的行，全部未导入。请改正后重新上传，或选择跳过这些行。",
        "Rows of the roster are at fault, so nothing was stored. Correct them and send it again, or let them be skipped.",
    )

    def __init__(self, done: ImportedMembers) -> None:
        super().__init__()
        self.done = done


class ImportRule(NamedTuple):
    """What keeps a row from being taken that only shows beside what is stored."""

    field: str
    value: str
    text: Text


BRANCH_DIFFERS = ImportRule(
    "branch_name",
    "branch_differs",
    Text(
        "该党员登记在另一个党组织。换组织请办理转接，不能用导入。",
        "This member belongs to another branch; to move is a transfer, not an import.",
    ),
)
HAS_LEFT = ImportRule(
    "full_name",
    "has_left",
    Text("该党员已标记为离开，不能用导入恢复。", "This member was marked as left; an import does not undo that."),
)
SEVERAL_NAMESAKES = ImportRule(
    "full_name",
    "several_namesakes",
    Text("该党组织有几名同名党员，请填写身份证号。", "Several members of the branch may be meant; give the identity number."),
)
HOLDS_NO_MEMBERS = ImportRule(
    "organization_id",
    "holds_no_members",
    Text(
        "党员只能登记在党总支、党支部、联合党支部或党小组。",
        "Members belong to a general branch, a branch, a joint branch or a group.",
    ),
)
LEFT_IN_FUTURE = ImportRule("left_on", "left_in_future", Text("离开日期在今天之后。", "The day of leaving is in the future."))
LEFT_BEFORE_JOINED = ImportRule(
    "left_on", "left_before_joined", Text("离开日期早于入党日期。", "The day of leaving is before that of joining.")
)

Rule = RosterRule | ImportRule


def list_members(
    work: Work, access: Access, pages: Pages, *, beginning: str | None, organization_id: UUID | None, status: MemberStatus | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Members within reach by name, each with `organization_name`. Without a status, all who have not left.

    `organization_id` means that organisation and all below it; it raises `NotFound` outside the caller's reach.
    """
    found = access.select(Member)
    if beginning:
        name = clean_name(beginning)
        found = queries.beginning_with(found, beginning if isinstance(name, RosterRule) else name)
    if organization_id:
        found = queries.under(found, access.get(work, Organization, organization_id))
    found = found.where(col(Member.status) == status) if status else queries.not_left(found)
    members, following = pages.read(work, found.order_by(col(Member.full_name), col(Member.id)))
    names = queries.organization_names(work, (member.organization_id for member in members))
    return [{**member.model_dump(), "organization_name": names[member.organization_id]} for member in members], following


def show_member(work: Work, access: Access, member_id: UUID) -> Member:
    return access.get(work, Member, member_id)


def show_own_member(work: Work, access: Access) -> Member:
    """The member whose account asks. Raises `NotFound` where the account is no member's."""
    member = work.get(Member, access.member_id) if access.member_id else None
    if member is None:
        raise NotFound
    return member


def masked(member: Member, cipher: Cipher) -> dict[str, Any]:
    """What may be shown of a member's sealed values: the last four characters of the identity number, both ends of the
    telephone number, and whether there is an address."""
    number, mobile = _opened(member, "national_id", cipher), _opened(member, "mobile", cipher)
    return {
        "national_id": number and "*" * (len(number) - 4) + number[-4:],
        "mobile": mobile and mobile[:3] + "*" * (len(mobile) - 7) + mobile[-4:],
        "has_home_address": member.home_address_sealed is not None,
    }


def create_member(
    work: Work, access: Access, organization_id: UUID, content: Mapping[str, Any], cipher: Cipher, today: date
) -> Member:
    """Add a member to an open organisation within reach that holds members.

    `content` has the fields of a member, the sealed ones in clear. What is not given but follows from the identity number or the
    dates (gender, birth, status) is filled in. Raises `Invalid` with the faults, or `IdentityNumberTaken`.
    """
    organization = access.get(work, Organization, organization_id)
    if organization.kind not in HOLDS_MEMBERS:
        raise _invalid(HOLDS_NO_MEMBERS)
    if organization.closed_on is not None:
        raise _invalid(HOLDS_NO_MEMBERS._replace(value=RosterRule.closed_branch.value, text=RosterRule.closed_branch.text))
    values, identity = _read(content, today)
    if identity:
        values["gender"] = values["gender"] or identity.gender
        if values["birth_date"] is None:
            values |= {"birth_date": identity.birth_date, "birth_precision": DatePrecision.day}
    if wrong := _contradictions(values, identity, today):
        raise _invalid(*wrong)
    joined, confirmed = Dated(values["joined_on"], values["joined_precision"]), _dated(values, "confirmed_on")
    values["status"] = values["status"] or likely_status(joined, confirmed, today=today)
    member = _made(values, organization.id, cipher)
    _check_number_is_free(work, member)
    work.add(member)
    work.flush()
    work.record("create_member", member, fields=sorted(name for name, value in values.items() if value is not None))
    return member


def edit_member(
    work: Work, access: Access, member_id: UUID, changes: Mapping[str, Any], cipher: Cipher, today: date, expected: Expected
) -> Member:
    """Change what `changes` names; None takes a value away. Raises as `create_member`, and `MemberHasLeft`."""
    member = access.get(work, Member, member_id)
    expected.check(member)
    if member.status is MemberStatus.left:
        raise MemberHasLeft
    values, _ = _read(changes, today)
    changed = _differing(member, values, cipher)
    if wrong := _contradictions_after(member, changed, cipher, today):
        raise _invalid(*wrong)
    if changed:
        _put(member, changed, cipher)
        with work.no_autoflush:
            _check_number_is_free(work, member)
        work.record("edit_member", member, fields=sorted(changed))
        work.flush()
    return member


def leave_member(
    work: Work, access: Access, member_id: UUID, left_on: date, reason: str, today: date, expected: Expected
) -> Member:
    """Mark a member as left, together with whatever hangs on the membership; one who has left stays so."""
    member = access.get(work, Member, member_id)
    expected.check(member)
    if member.status is MemberStatus.left:
        return member
    if left_on > today:
        raise _invalid(LEFT_IN_FUTURE)
    if precedes(Dated(left_on), Dated(member.joined_on, member.joined_precision)):
        raise _invalid(LEFT_BEFORE_JOINED)
    member.status, member.left_on, member.left_reason = MemberStatus.left, left_on, reason
    work.record("leave_member", member)
    work.flush()
    for follow in when_a_member_leaves:
        follow(work, member)
    return member


def import_members(
    work: Work, access: Access | None, roster: Roster, cipher: Cipher, *, dry_run: bool, on_error: OnError
) -> ImportedMembers:
    """Bring the stored members in line with a roster. `access` is the caller's; None is the command line, which reaches all.

    A row is the member with its identity number; else the one of its branch with that name and birth (or, where the birth is not
    known on both sides, that day of joining), unless both have a number. Of a known member only what the row states is changed,
    see `_stated`. So the same roster a second time changes nothing, and leaves no line in the audit trail.

    A dry run tells the same and writes nothing. Raises `RosterRejected` where rows are at fault and `on_error` is `abort`; its
    `done` then counts nothing as created or updated. Memory holds one chunk of rows, beside what `roster` itself keeps.
    """
    run = _Import(work, access, roster, cipher, keeps_going=on_error is OnError.skip, dry_run=dry_run)
    done = run.done
    rows = roster.rows()
    while chunk := list(islice(rows, CHUNK)):
        run.take(chunk)
    if done.rejected and on_error is OnError.abort and not dry_run:
        done.created = done.updated = 0
        raise RosterRejected(done)
    if run.top is not None and (done.created or done.updated) and not dry_run:
        work.record_batch(
            "import_members",
            "member",
            organization_id=run.top,
            created=done.created,
            updated=done.updated,
            unchanged=done.unchanged,
            rejected=len(done.rejected),
        )
    return done


def read_ahead(roster: Roster) -> Roster:
    """The same roster with its rows held in memory, so that a transaction need not wait while a file is read."""
    return _HeldRoster(roster.table, roster.today, tuple(roster.rows()))


@dataclass(frozen=True)
class _HeldRoster(Roster):
    held: tuple[RosterRow, ...]

    def rows(self) -> Iterator[RosterRow]:
        return iter(self.held)


class _AtFault(Exception):
    def __init__(self, *rules: Rule) -> None:
        self.rules = rules


class _Import:
    """One run over a roster. What it remembers of earlier rows makes the later of two that mean one person be rejected, and is
    the same in a dry run."""

    def __init__(
        self, work: Work, access: Access | None, roster: Roster, cipher: Cipher, *, keeps_going: bool, dry_run: bool
    ) -> None:
        self.work, self.access, self.roster, self.cipher = work, access, roster, cipher
        self.keeps_going, self.dry_run = keeps_going, dry_run
        self.done = ImportedMembers()
        self.top: UUID | None = access.organization_id if access else None
        self.branches: dict[str, Organization | RosterRule] = {}
        self.reached: dict[UUID, bool] = {}
        self.created: set[UUID] = set()
        self.met: set[UUID] = set()
        self.people: set[tuple[UUID, str, date]] = set()

    @property
    def writes(self) -> bool:
        return not self.dry_run and (self.keeps_going or not self.done.rejected)

    def take(self, rows: list[RosterRow]) -> None:
        """Decide about a chunk of rows, and write what follows."""
        self.find_branches({row.branch_name for row in rows if row.branch_name} - self.branches.keys())
        entries: list[tuple[RosterEntry, Organization, str | None]] = []
        for row in rows:
            self.done.rows += 1
            branch = self.branches[row.branch_name] if row.branch_name else None
            verdict = row.verdict(branch) if isinstance(branch, RosterRule) else row.verdict()
            if isinstance(verdict, RejectedRow):
                self.done.rejected.append(verdict)
            elif isinstance(branch, Organization):
                number = verdict.national_id
                entries.append((verdict, branch, self.cipher.digest("national_id", number) if number else None))
        numbers = queries.members_by_number(self.work, {digest for _, _, digest in entries if digest})
        self.find_reach({member.organization_id for member in numbers.values()})
        nameless = [(entry, branch) for entry, branch, digest in entries if digest not in numbers]
        namesakes = queries.namesakes(self.work, {branch.id for _, branch in nameless}, {entry.full_name for entry, _ in nameless})
        made = []
        for entry, branch, digest in entries:
            try:
                known = numbers.get(digest) if digest else None
                member = self.decide(entry, branch, known or self.namesake(entry, namesakes.get((branch.id, entry.full_name), ())))
            except _AtFault as fault:
                faults = [FieldFault(self.roster.heading(rule.field), rule.value, rule.text) for rule in fault.rules]
                self.done.rejected.append(reject(entry.row, faults))
                continue
            if member:
                made.append(member)
            if entry.warnings:
                self.done.warnings.append((entry.row, entry.warnings))
        self.done.rejected.sort(key=lambda rejected: rejected.row)
        if self.writes:
            self.work.add_all(made)
            self.work.flush()

    def decide(self, entry: RosterEntry, branch: Organization, known: Member | None) -> Member | None:
        """Count an entry, changing the member that it means; returns a new member that is still to be written."""
        person = (branch.id, entry.full_name, entry.joined_on)
        if (known and known.id in self.met) or (not entry.national_id and not entry.birth_date and person in self.people):
            raise _AtFault(RosterRule.duplicate_person)
        if known is None:
            self.people.add(person)
            return self.create(entry, branch)
        if known.organization_id != branch.id:
            raise _AtFault(BRANCH_DIFFERS if self.reached[known.organization_id] else RosterRule.id_elsewhere)
        if known.status is MemberStatus.left:
            raise _AtFault(HAS_LEFT)
        changed = _differing(known, _stated(entry, known, self.roster.table.places), self.cipher)
        if wrong := _contradictions_after(known, changed, self.cipher, self.roster.today):
            raise _AtFault(*wrong)
        self.people.add(person)
        self.met.add(known.id)
        self.done.updated += bool(changed)
        self.done.unchanged += not changed
        if changed and self.writes:
            _put(known, changed, self.cipher)
            self.work.record("edit_member", known, fields=sorted(changed))
        return None

    def create(self, entry: RosterEntry, branch: Organization) -> Member | None:
        self.done.created += 1
        if not self.writes:
            return None
        names = (*WORDS, *FLAGS, *SEALED, *DATES, *DATES.values(), "status")
        values = {name: getattr(entry, name) for name in names}
        member = _made(values, branch.id, self.cipher)
        self.created.add(member.id)
        self.work.record("create_member", member, fields=sorted(name for name, value in values.items() if value is not None))
        return member

    def namesake(self, entry: RosterEntry, namesakes: Iterable[Member]) -> Member | None:
        """The stored member of that name in the branch who may be the one; the most alike, and rather one who has not left."""
        possible = [
            member
            for member in namesakes
            if member.id not in self.created and not (entry.national_id and member.national_id_digest) and _may_be(entry, member)
        ]
        alike = [member for member in possible if all(getattr(member, name) == getattr(entry, name) for name in DATES)]
        found = alike or possible
        found = [member for member in found if member.status is not MemberStatus.left] or found
        if len(found) > 1:
            raise _AtFault(SEVERAL_NAMESAKES)
        return found[0] if found else None

    def find_branches(self, names: set[str]) -> None:
        """Learn what these names mean: an open organisation, or the rule that they break. A code is as good as a name."""
        if not names:
            return
        found: dict[str, list[Organization]] = {}
        for organization in queries.branches_called(self.work, self.access, names):
            found.setdefault(organization.name, []).append(organization)
            found.setdefault(organization.code, []).append(organization)
            self.reached[organization.id] = True
            self.top = self.top or UUID(organization.path[:32])
        for name in names:
            self.branches[name] = _branch_of(found.get(name, []))

    def find_reach(self, organization_ids: set[UUID]) -> None:
        """Learn which of these organisations the caller reaches."""
        unknown = organization_ids - self.reached.keys()
        if not unknown:
            return
        within = unknown
        if self.access:
            within = set(self.work.exec(self.access.organizations().where(col(Organization.id).in_(unknown))).all())
        self.reached |= {key: key in within for key in unknown}


def _branch_of(called: list[Organization]) -> Organization | RosterRule:
    still_open = [organization for organization in called if organization.closed_on is None]
    if len(still_open) == 1:
        return still_open[0]
    if still_open:
        return RosterRule.ambiguous_branch
    return RosterRule.closed_branch if called else RosterRule.unknown_branch


def _may_be(entry: RosterEntry, member: Member) -> bool:
    name = "birth_date" if entry.birth_date and member.birth_date else "joined_on"
    stated, stored = _dated(entry, name), _dated(member, name)
    return stated is not None and stored is not None and agree(stated, stored)


def _stated(entry: RosterEntry, member: Member, columns: Mapping[str, int]) -> dict[str, Any]:
    """What a row says of a known member. An empty cell says nothing, except in a column to be ticked, where it means no; a month
    says nothing where the day in it is known; and the status counts only if the roster has a column for it."""
    stated = {name: value for name in (*WORDS, *SEALED) if (value := getattr(entry, name)) is not None}
    stated |= {name: getattr(entry, name) for name in (*FLAGS, "status") if name in columns}
    for name, precision in DATES.items():
        given, stored = _dated(entry, name), _dated(member, name)
        is_vaguer = stored and given and given.precision is DatePrecision.month and stored.precision is DatePrecision.day
        if given and not (is_vaguer and stored and agree(given, stored)):
            stated |= {name: given.day, precision: given.precision}
    return stated


def _read(content: Mapping[str, Any], today: date) -> tuple[dict[str, Any], NationalId | None]:
    """Read what people type in a form by the rules of the roster; the values as they are kept, and what the number says."""
    values, identity, wrong = dict(content), None, []
    for name, read in {"full_name": clean_name, "mobile": read_mobile}.items():
        if values.get(name) is not None:
            values[name] = read(values[name])
            wrong += [values[name]] if isinstance(values[name], RosterRule) else []
    if values.get("national_id") is not None:
        number = read_national_id(values["national_id"], today=today)
        if isinstance(number, RosterRule):
            wrong.append(number)
        else:
            identity, values["national_id"] = number, number.number
    if wrong:
        raise _invalid(*wrong)
    return values, identity


def _invalid(*rules: Rule) -> Invalid:
    return Invalid(faults=tuple(FieldFault(f"body.{rule.field}", rule.value, rule.text) for rule in rules))


def _dated(values: Mapping[str, Any] | Member | RosterEntry, name: str) -> Dated | None:
    """One of the three dates with its precision."""
    get = values.__getitem__ if isinstance(values, Mapping) else lambda key: getattr(values, key)
    day = get(name)
    return None if day is None else Dated(day, get(DATES[name]))


def _contradictions(values: Mapping[str, Any], identity: NationalId | None, today: date) -> tuple[RosterRule, ...]:
    birth, joined, confirmed = (_dated(values, name) for name in DATES)
    wrong = (*check_identity(identity, values["gender"], birth), *check_dates(birth, joined, confirmed, today=today))
    return wrong


def _contradictions_after(member: Member, changed: Mapping[str, Any], cipher: Cipher, today: date) -> tuple[RosterRule, ...]:
    """What would be wrong with a member once changed. What was stored in agreement is not judged anew."""
    if not changed.keys() & {"national_id", "gender", *DATES, *DATES.values()}:
        return ()
    number = changed["national_id"] if "national_id" in changed else _opened(member, "national_id", cipher)
    identity = read_national_id(number, today=today) if number else None
    values = {name: getattr(member, name) for name in ("gender", *DATES, *DATES.values())} | changed
    return _contradictions(values, None if isinstance(identity, RosterRule) else identity, today)


def _made(values: Mapping[str, Any], organization_id: UUID, cipher: Cipher) -> Member:
    member = Member(organization_id=organization_id)
    _put(member, values, cipher)
    return member


def _put(member: Member, values: Mapping[str, Any], cipher: Cipher) -> None:
    """Set values, sealing those that are kept sealed."""
    for name, value in values.items():
        if name not in SEALED:
            setattr(member, name, value)
            continue
        column = f"{name}_sealed"
        setattr(member, column, cipher.seal_text(value, Place("member", column, member.id)) if value else None)
        if name in DIGESTED:
            setattr(member, f"{name}_digest", cipher.digest(name, value) if value else None)


def _opened(member: Member, name: str, cipher: Cipher) -> str | None:
    sealed: bytes | None = getattr(member, f"{name}_sealed")
    return cipher.open_text(sealed, Place("member", f"{name}_sealed", member.id)) if sealed else None


def _differing(member: Member, values: Mapping[str, Any], cipher: Cipher) -> dict[str, Any]:
    """Those of the values that are not what is stored."""

    def stored(name: str) -> Any:
        return _opened(member, name, cipher) if name in SEALED else getattr(member, name)

    return {name: value for name, value in values.items() if value != stored(name)}


def _check_number_is_free(work: Work, member: Member) -> None:
    digest = member.national_id_digest
    if digest and any(other.id != member.id for other in queries.members_by_number(work, {digest}).values()):
        raise IdentityNumberTaken
