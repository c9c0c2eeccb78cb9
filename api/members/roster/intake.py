"""The taking in of a roster: what each row means for what is stored, chunk by chunk."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from api.access.about import barred
from api.access.permissions import OFFICERS
from api.access.rules import AboutOneself, ForTheLevelAbove
from api.access.scope import Access, roles_reaching
from api.adapters.cipher import Cipher
from api.adapters.tables import CellFault, RejectedRow
from api.allowance import each
from api.audit.service import last_edits
from api.audit.stored import Written
from api.database import Work
from api.days import day_of
from api.errors import FieldFault, Forbidden
from api.members import elsewhere, life, queries, record, standing
from api.members.faults import LifeRule, RosterRule, RosterWarning
from api.members.guarded import REGION, Guarded
from api.members.persons import Person, Persons
from api.members.record import DATES, SEALED, dated
from api.members.roster.branches import Branches
from api.members.roster.columns import COLUMNS
from api.members.roster.outcomes import ImportedMembers, Outcome, SheetImported
from api.members.roster.reading import Roster, branch_hints
from api.members.roster.refused import (
    ABOUT_ONESELF,
    BRANCH_DIFFERS,
    CALLED_AS_ONE_OUT,
    FOR_THE_LEVEL_ABOVE,
    HAS_LEFT,
    SEVERAL_NAMESAKES,
)
from api.members.roster.rows import RosterEntry, RosterRow, told_place
from api.members.rules import Dated, HasLeft, agree, check_confirmation, check_creating, check_edit, check_restoring, likely_status
from api.uploads import Warned
from models.enums import DatePrecision, MemberStatus
from models.member import Member
from models.organization import Organization

WORDS = ("full_name", "gender", "ethnicity", "education", "native_place", "party_post", "employer", "job_title", "remark")
FLAGS = ("is_mobile", "is_out_of_contact")
CONFIRMING = ("status", "confirmed_on", "confirmed_precision")
FIELDS = (*WORDS, *FLAGS, *SEALED, *DATES, *DATES.values(), "status")

MOST_ALIKE: Final = 3


class _AtFault(Exception):
    def __init__(self, *faults: CellFault) -> None:
        self.faults = faults


class Intake:
    """One run over a roster. What it remembers of earlier rows makes the later of two that mean one person be rejected, alike
    whether they are written or not. `branch` is where the rows belong that name none; without it, what their sheet is headed or
    called, if that names one."""

    def __init__(
        self,
        work: Work,
        access: Access | None,
        roster: Roster,
        cipher: Cipher,
        *,
        branch: Organization | None = None,
        dry_run: bool,
        stops_at_faults: bool,
    ) -> None:
        self.work, self.roster, self.cipher = work, roster, cipher
        self.dry_run, self.stops_at_faults = dry_run, stops_at_faults
        self.done = ImportedMembers(left_out=roster.left_out)
        self.top: UUID | None = access.organization_id if access else None
        self.access = access
        self.barred: dict[UUID, type[Forbidden]] = {}
        self.gone: dict[UUID, standing.Gone] = {}
        self.namesakes: dict[tuple[UUID, str], Persons] = {}
        self.held: set[UUID] = set()
        self.officers: dict[UUID, bool] = {}
        self.may_tell: int | None = None
        self.branches = Branches(work, access)
        if not dry_run:
            self.branches.hold(roster.branch_names(), branch)
        self.whole = [branch or self.branches.find_whole(branch_hints(table)) for table in roster.tables]
        for table, whole in zip(roster.tables, self.whole, strict=True):
            self.done.sheets.append(
                SheetImported(table.sheet.title, hidden_columns=table.hidden_columns, branch=whole.name if whole else None)
            )
        self.made: set[UUID] = set()
        self.posted: list[Member] = []
        self.met: dict[UUID, int] = {}
        self.alike: Counter[str] = Counter()
        self.guarded = Guarded(work, access, cipher)
        self.people: dict[tuple[UUID, str, date], int] = {}
        self.changed: dict[int, tuple[UUID, list[str]]] = {}
        self.uncompared: dict[int, list[str]] = {}
        self.fields: dict[tuple[str, ...], list[str]] = {}
        self.headings: dict[tuple[str, ...], tuple[str, ...]] = {}

    @property
    def writes(self) -> bool:
        return not (self.dry_run or (self.stops_at_faults and self.done.rejected))

    def take(self, rows: list[RosterRow]) -> None:
        """Decide about a chunk of rows, and write what follows. Nothing of it stays in the session."""
        self.done.rows += len(rows)
        self.branches.find({row.branch_name for row in rows if row.branch_name})
        rejected: list[tuple[RosterRow, RejectedRow]] = []
        entries: list[tuple[RosterRow, RosterEntry, Organization, str | None]] = []
        for row in each(rows):
            self.done.sheets[row.order].rows += 1
            self.done.sheets[row.order].hidden += row.is_hidden
            branch = self.branch_of(row)
            verdict = row.verdict(branch) if isinstance(branch, RosterRule) else row.verdict()
            if isinstance(verdict, RejectedRow):
                rejected.append((row, verdict))
            elif isinstance(branch, Organization):
                self.top = self.top or UUID(branch.path[:32])
                number = verdict.national_id
                entries.append((row, verdict, branch, self.cipher.digest("national_id", number) if number else None))
        numbers = queries.members_by_number(self.work, {digest for *_, digest in entries if digest})
        numbers |= self.guarded.meant_by(
            {digest: entry.national_id for _, entry, _, digest in entries if entry.national_id and digest not in numbers}
        )
        unknown = [(entry, branch, digest) for _, entry, branch, digest in entries if digest not in numbers]
        self.namesakes = {(branch.id, entry.full_name): Persons() for entry, branch, _ in unknown}
        for person in queries.namesakes(self.work, {key for key, _ in self.namesakes}, {name for _, name in self.namesakes}):
            if (alike := self.namesakes.get((person.home, person.full_name))) and person.id not in self.made:
                alike.put(person)
        likely = {one.id for entry, branch, digest in unknown for one in self.likeliest(entry, branch, digest)}
        found = [*numbers.values(), *queries.members(self.work, likely).values()]
        self.barred, self.held = {}, set()
        self.hold(found, {branch.id for _, _, branch, _ in entries})
        named = ((branch, entry.full_name) for _, entry, branch, _ in entries)
        self.gone = standing.gone_from(self.work, self.access, named, self.gone)
        taken: list[tuple[RosterRow, RosterEntry]] = []
        for row, entry, branch, digest in each(entries):
            known = numbers.get(digest) if digest else None
            try:
                self.check_number(entry, known)
                known = known or self.namesake(entry, branch, digest)
                self.decide(row, entry, branch, digest, known)
                taken.append((row, entry))
            except _AtFault as fault:
                rejected.append((row, row.table.reject(row.number, fault.faults)))
        rejected.sort(key=lambda found: found[0].place)
        self.warn(taken, [row for row, _ in rejected])
        for row, refused in rejected:
            self.done.sheets[row.order].outcomes[row.number] = Outcome.rejected
            self.done.rejected.append(refused)
        if self.writes:
            self.work.flush_batch()
            life.tell_posts(self.work, self.posted)
        self.posted.clear()
        for member in [found for found in self.work if isinstance(found, Member)]:
            self.work.expunge(member)

    def hold(self, members: Collection[Member], branches: Collection[UUID]) -> None:
        """Hold those whom rows may mean and who belong to these branches, and learn of all whether the caller may change them."""
        keys = {member.id for member in members}
        for member in queries.hold_members(self.work, keys, branches):
            self.know(member)
        self.branches.find_reach({member.organization_id for member in members})
        if self.access is not None:
            self.barred |= barred(self.work, self.access, keys)
        self.held |= keys

    def know(self, member: Member) -> None:
        if (alike := self.namesakes.get((member.organization_id, member.full_name))) and member.id not in self.made:
            alike.put(Person.of(member))

    def branch_of(self, row: RosterRow) -> Organization | RosterRule | None:
        """The branch that a row means, or the rule that it breaks; None where it could not be read."""
        if row.branch_name is None:
            return None
        return self.branches[row.branch_name] if row.branch_name else self.whole[row.order] or RosterRule.branch_missing

    def warn(self, taken: list[tuple[RosterRow, RosterEntry]], rejected: Iterable[RosterRow]) -> None:
        """Note what is worth a look about rows that are taken, in their order; of a change also that it undoes a correction. Of
        rejected rows only that they are hidden: whoever looks for them does not see them."""
        edits = last_edits(self.work, "edit_member", {member_id for member_id, _ in self.changed.values()})
        for row, entry in taken:
            hints = entry.warnings
            if row.place in self.changed:
                member_id, columns = self.changed[row.place]
                hints += tuple(self.undone(row, columns, edits.get(member_id, {})))
            for column in self.uncompared.get(row.place, ()):
                hint = RosterWarning.not_compared
                hints += (row.table.tell(row.number, CellFault(column, hint.value, hint.text)),)
            if hints:
                self.done.warnings.append(Warned(row.table.sheet.title, row.number, hints))
        self.changed.clear()
        self.uncompared.clear()
        for row in rejected:
            if row.is_hidden:
                fault = _fault(RosterWarning.hidden_row)
                self.done.warnings.append(Warned(row.table.sheet.title, row.number, (row.table.tell(row.number, fault),)))

    def undone(self, row: RosterRow, columns: Iterable[str], edits: Mapping[str, Written]) -> Iterator[FieldFault]:
        """A hint for each column whose stored value was last written by somebody's hand and not by an import."""
        for column in columns:
            if (line := edits.get(column)) and not line.details.get("by_import"):
                hint = RosterWarning.undoes_correction
                text = hint.text.fill(day=day_of(line.at, self.roster.zone).isoformat())
                yield row.table.tell(row.number, CellFault(column, hint.value, text))

    def decide(self, row: RosterRow, entry: RosterEntry, branch: Organization, digest: str | None, known: Member | None) -> None:
        """Count an entry, and make or change the member that it means."""
        person = (branch.id, entry.full_name, entry.joined_on)
        is_vague = not entry.national_id and not entry.birth_date
        before = self.met.get(known.id) if known else None
        if before is None and is_vague:
            before = self.people.get(person)
        if before is not None:
            titles = [sheet.title for sheet in self.done.sheets]
            raise _AtFault(_fault(RosterRule.duplicate_person, **told_place(before, row.place, titles)))
        if known:
            self.met[known.id] = row.place
            self.change(row, entry, branch, digest, known)
        else:
            self.create(row, entry, branch, digest)
        self.people.setdefault(person, row.place)

    def check_number(self, entry: RosterEntry, known: Member | None) -> None:
        """Tell of a number that it is somebody's elsewhere only so often; beyond that, of a free one what of a taken one. Of those
        that differ in their region alone, which is all of one that is not shown, only a few are taken from a roster."""
        if entry.national_id:
            shown = entry.national_id[REGION:]
            self.alike[shown] += 1
            if self.alike[shown] > MOST_ALIKE:
                raise _AtFault(_fault(RosterRule.ids_alike))
        if self.access is None or not entry.national_id or (known is not None and self.branches.reached[known.organization_id]):
            return
        if self.may_tell is None:
            self.may_tell = elsewhere.left_today(self.work, self.access)
        if not self.may_tell:
            raise _AtFault(_fault(RosterRule.id_ask_above))
        if known is not None:
            self.may_tell -= 1
            self.done.told_elsewhere += 1
            raise _AtFault(_fault(RosterRule.id_elsewhere))

    def create(self, row: RosterRow, entry: RosterEntry, branch: Organization, digest: str | None) -> None:
        self.check_may_stand(branch, standing.particulars(entry), digest)
        joined, confirmed = Dated(entry.joined_on, entry.joined_precision), dated(entry, "confirmed_on")
        # Offices' old lists have no day of full membership: it is missed only of those who cannot be full members without one.
        is_long_ago = likely_status(joined, None, today=self.roster.today) is MemberStatus.full
        by_officer = is_long_ago or self.is_officer(branch)
        if wrong := check_creating(entry.status, joined, confirmed, today=self.roster.today, by_officer=by_officer):
            raise _AtFault(*map(_fault, wrong))
        self.count(row, Outcome.created)
        if self.writes:
            values = {name: getattr(entry, name) for name in FIELDS}
            member = record.made(values, branch.id, self.cipher)
            self.made.add(member.id)
            if member.party_post is not None:
                self.posted.append(member)
            self.work.add(member)
            self.work.record(
                "create_member", member, fields=self.named(name for name, value in values.items() if value is not None)
            )

    def change(self, row: RosterRow, entry: RosterEntry, branch: Organization, digest: str | None, known: Member) -> None:
        if known.organization_id != branch.id:
            is_reached = self.branches.reached[known.organization_id]
            raise _AtFault(BRANCH_DIFFERS if is_reached else _fault(RosterRule.id_elsewhere))
        if known.status is MemberStatus.left:
            raise _AtFault(HAS_LEFT)
        stated, refusal = _stated(entry, known, row.table.places), self.barred.get(known.id)
        if refusal is not None:
            # Whoever may not change what is kept sealed is not told either whether he has guessed it.
            self.uncompared[row.place] = [name for name in SEALED if stated.pop(name, None) is not None]
        changed = record.differing(known, stated, self.cipher)
        if changed and refusal is not None:
            raise _AtFault(ABOUT_ONESELF if refusal is AboutOneself else FOR_THE_LEVEL_ABOVE)
        if standing.changes_who_it_is(changed):
            self.check_may_stand(branch, standing.particulars(known, changed), digest or known.national_id_digest, former=known)
        if wrong := record.contradictions_after(known, changed, self.cipher, self.roster.today):
            raise _AtFault(*map(_fault, wrong))
        if not changed:
            self.count(row, Outcome.unchanged)
            return
        confirmed = _confirmed(known, changed, self.roster.today, by_officer=self.is_officer(branch))
        self.count(row, Outcome.updated)
        self.note(row, known, changed)
        if not self.writes:
            return
        edited = {name: value for name, value in changed.items() if not (confirmed and name in CONFIRMING)}
        if edited:
            record.put(known, edited, self.cipher)
            if "party_post" in edited:
                self.posted.append(known)
            self.work.record("edit_member", known, fields=self.named(edited), by_import=True)
        if confirmed:
            life.confirm(self.work, known, confirmed)
        self.know(known)

    def check_may_stand(
        self, branch: Organization, stated: Mapping[str, Any], digest: str | None, former: Member | None = None
    ) -> None:
        gone = self.gone[standing.home_of(branch)]
        try:
            standing.check_may_stand(self.work, self.access, branch, stated, digest, former=former, gone=gone)
        except HasLeft:
            raise _AtFault(HAS_LEFT) from None
        except ForTheLevelAbove:
            raise _AtFault(CALLED_AS_ONE_OUT) from None

    def is_officer(self, branch: Organization) -> bool:
        """Whether the caller's office is above a branch; the command line's is."""
        if branch.id not in self.officers:
            roles = roles_reaching(self.work, self.access.account_id, branch.id) if self.access else OFFICERS
            self.officers[branch.id] = bool(roles & OFFICERS)
        return self.officers[branch.id]

    def note(self, row: RosterRow, known: Member, changed: Iterable[str]) -> None:
        """Keep under which headings a row changes something, in the order of the columns."""
        dates = {precision: name for name, precision in DATES.items()}
        found = {dates.get(name, name) for name in changed}
        columns = [column for column in COLUMNS if column in found]
        self.changed[row.place] = known.id, columns
        headings = tuple(row.table.heading(column) for column in columns)
        self.done.sheets[row.order].changes[row.number] = self.headings.setdefault(headings, headings)

    def count(self, row: RosterRow, outcome: Outcome) -> None:
        self.done.sheets[row.order].outcomes[row.number] = outcome
        setattr(self.done, outcome, getattr(self.done, outcome) + 1)

    def named(self, fields: Iterable[str]) -> list[str]:
        """The names of fields as the audit trail tells them; one and the same list for all rows that state the same."""
        names = sorted(fields)
        return self.fields.setdefault(tuple(names), names)

    def likeliest(self, entry: RosterEntry, branch: Organization, digest: str | None) -> list[Person]:
        return self.namesakes[branch.id, entry.full_name].likeliest(entry, digest)

    def namesake(self, entry: RosterEntry, branch: Organization, digest: str | None) -> Member | None:
        """The stored member of that name in the branch who may be the one; the most alike, and rather one who has not left."""
        found = self.likeliest(entry, branch, digest)
        if len(found) > 1:
            raise _AtFault(SEVERAL_NAMESAKES)
        if not found:
            return None
        member = self.work.get_one(Member, found[0].id)
        if member.id not in self.held:
            self.hold([member], {branch.id})
        return member


def _confirmed(known: Member, changed: Mapping[str, Any], today: date, *, by_officer: bool) -> Dated | None:
    """Since when a row makes a probationary member a full one; None where it does not. Raises `_AtFault` where it must not be."""
    after = {name: changed.get(name, getattr(known, name)) for name in ("status", *DATES, *DATES.values())}
    confirmed, joined = dated(after, "confirmed_on"), dated(after, "joined_on")
    assert joined
    becomes_full = known.status is MemberStatus.probationary and after["status"] is MemberStatus.full
    if becomes_full:
        wrong = check_confirmation(confirmed, joined, today=today) if confirmed else (LifeRule.confirmed_missing,)
        edited = {name: value for name, value in changed.items() if name not in CONFIRMING}
        wrong += check_edit(known.status, edited, by_officer=by_officer)
    elif "status" in changed:
        wrong = check_restoring(after["status"], confirmed)
    else:
        wrong = check_edit(known.status, changed, by_officer=by_officer)
    if wrong:
        raise _AtFault(*map(_fault, wrong))
    return confirmed if becomes_full else None


def _fault(rule: RosterRule | LifeRule | RosterWarning, **params: object) -> CellFault:
    return CellFault(rule.field, rule.value, rule.text.fill(**params) if params else rule.text)


def _stated(entry: RosterEntry, member: Member, columns: Mapping[str, int]) -> dict[str, Any]:
    """What a row says of a known member. An empty cell says nothing, except in a column to be ticked, where it means no; a month
    says nothing where the day in it is known; and the status counts only if the roster has a column for it, or a date of full
    membership says it."""
    stated = {name: value for name in (*WORDS, *SEALED) if (value := getattr(entry, name)) is not None}
    stated |= {name: getattr(entry, name) for name in (*FLAGS, "status") if name in columns}
    if "status" not in columns and entry.confirmed_on:
        stated["status"] = MemberStatus.full
    for name, precision in DATES.items():
        given, stored = dated(entry, name), dated(member, name)
        if given and not (stored and _is_vaguer(given, stored)):
            stated |= {name: given.day, precision: given.precision}
    return stated


def _is_vaguer(given: Dated, stored: Dated) -> bool:
    """Whether a date says less than the stored one, and nothing against it."""
    return (given.precision, stored.precision) == (DatePrecision.month, DatePrecision.day) and agree(given, stored)
