"""The taking in of a sheet of venues: what each row means for what is stored."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import ClassVar
from uuid import UUID

from api.access.scope import Access
from api.adapters.tables import CellFault, RejectedRow
from api.allowance import each
from api.codes.reading import new_venue_code
from api.database import Work
from api.errors import Fact, FieldFault, Text
from api.uploads import WARNED, Imported, OnError, RowsRejected, Warned
from api.venues import queries, rules
from api.venues.rules import BadParent, TooManyVenues
from api.venues.venue_file import TEXTS, VenueFile, VenueRow, VenueRowRule
from models.enums import VenueKind
from models.organization import Organization
from models.venue import Venue

R = VenueRowRule


@dataclass
class ImportedVenues(Imported):
    """What became of the rows of a sheet of venues; `warnings` are what is worth a look about rows that are taken."""

    warnings: list[Warned] = field(default_factory=list)


class VenuesRejected(RowsRejected):
    """A sheet of venues of which nothing is stored, since rows of it are at fault; `done` tells which."""

    done: ImportedVenues

    tells: ClassVar[Mapping[str, Fact]] = {**RowsRejected.tells, **WARNED}
    text: ClassVar[Text] = Text(
        "阵地表中有不能接受的行，全部未导入。请改正后重新上传，或选择跳过这些行。",
        "Rows of the sheet are at fault, so nothing was stored. Correct them and send it again, or let them be skipped.",
    )


def import_venues(work: Work, access: Access, file: VenueFile, *, dry_run: bool, on_error: OnError) -> ImportedVenues:
    """Load venues from a sheet. A row is the venue of that organisation, kind and name, of which only what the row states is
    changed; there being none, a new one. Rows may stand in any order. A row at fault is rejected with its reasons; a dry run tells
    the same and writes nothing. Raises `VenuesRejected` where rows are at fault and `on_error` is `abort`.
    """
    loading = _Loading(work, access, file)
    done = loading.run(writes=not dry_run)
    if dry_run:
        return done
    if done.rejected and on_error is OnError.abort:
        raise VenuesRejected(done)
    if done.created or done.updated:
        work.flush()
        work.record_batch(
            "import_venues",
            "venue",
            organization_id=access.organization_id,
            created=done.created,
            updated=done.updated,
            rejected=len(done.rejected),
        )
    return done


class _AtFault(Exception):
    def __init__(self, column: str, rule: VenueRowRule, **params: object) -> None:
        self.fault = CellFault(column, rule.value, TEXTS[rule].fill(**params))


class _Loading:
    """One run over the rows of a sheet, which decides alike whether it writes or not."""

    def __init__(self, work: Work, access: Access, file: VenueFile) -> None:
        self.work, self.file = work, file
        self.done = ImportedVenues(sheets=file.sheets, left_out=file.left_out)
        rows = [row for row in file.rows if isinstance(row, VenueRow)]
        found: dict[str, list[Organization]] = {}
        for one in queries.organizations_called(work, access, {row.organization for row in rows}):
            for word in {one.code, one.name}:
                found.setdefault(word, []).append(one)
        self.organizations = {word: _the_open_one(called) for word, called in found.items()}
        named = {one.id for one in self.organizations.values() if isinstance(one, Organization)}
        self.known: dict[tuple[UUID, VenueKind, str], list[Venue]] = {}
        self.counts: Counter[UUID] = Counter()
        self.parents: dict[tuple[UUID | None, str, VenueKind], list[Venue]] = {}
        """What others may stand in: two at most of a name and kind, anywhere and in each organisation."""
        self.called = cache(partial(queries.called, work, access))
        for venue in queries.of_organizations(work, named):
            self.counts[venue.organization_id] += 1
            self.known.setdefault((venue.organization_id, venue.kind, venue.name), []).append(venue)
            if venue.closed_on is None:
                self.may_hold(venue)
        self.met: dict[tuple[UUID, VenueKind, str], int] = {}

    def run(self, *, writes: bool) -> ImportedVenues:
        rejected: list[tuple[int, RejectedRow]] = []
        warned: list[tuple[int, Warned]] = []
        for place, row in each(self.parents_first()):
            if isinstance(row, RejectedRow):
                rejected.append((place, row))
                continue
            try:
                self.take(row, writes=writes)
            except _AtFault as fault:
                rejected.append((place, row.table.reject(row.number, [fault.fault])))
            else:
                warned += [(place, Warned(row.table.sheet.title, row.number, hints)) for hints in _hints(row)]
        self.done.rows = len(self.file.rows)
        self.done.rejected = [row for _, row in sorted(rejected, key=lambda one: one[0])]
        self.done.warnings = [one for _, one in sorted(warned, key=lambda one: one[0])]
        return self.done

    def parents_first(self) -> Iterable[tuple[int, VenueRow | RejectedRow]]:
        """The rows with their places in the file, so ordered that what a venue stands in comes before it."""
        return sorted(enumerate(self.file.rows), key=lambda one: rules.depth(one[1].kind) if isinstance(one[1], VenueRow) else 0)

    def take(self, row: VenueRow, *, writes: bool) -> None:
        owner = self.owner(row)
        key = owner.id, row.kind, row.name
        if key in self.met:
            raise _AtFault("name", R.duplicate_row, row=self.met[key])
        known = self.known.get(key, [])
        if len(known) > 1:
            raise _AtFault("name", R.several_namesakes)
        parent_id = self.parent(row, owner, known[0] if known else None)
        self.met[key] = row.number
        values = {**row.stated, "parent_id": parent_id}
        if known:
            self.change(row, known[0], values, writes=writes)
            return
        try:
            rules.check_room(self.counts[owner.id])
        except TooManyVenues:
            raise _AtFault("organization", R.too_many_venues) from None
        self.counts[owner.id] += 1
        self.done.created += 1
        venue = Venue(organization_id=owner.id, kind=row.kind, name=row.name, code=new_venue_code(), **{"services": [], **values})
        self.may_hold(venue)
        if writes:
            self.work.add(venue)
            self.work.record("create_venue", venue)

    def may_hold(self, venue: Venue) -> None:
        for place in (venue.organization_id, None):
            known = self.parents.setdefault((place, venue.name, venue.kind), [])
            if len(known) < 2:
                known.append(venue)

    def named(self, place: UUID | None, name: str, kinds: Iterable[VenueKind]) -> list[Venue]:
        return [one for kind in kinds for one in self.parents.get((place, name, kind), ())]

    def owner(self, row: VenueRow) -> Organization:
        found = self.organizations.get(row.organization, R.unknown_organization)
        if isinstance(found, VenueRowRule):
            raise _AtFault("organization", found)
        return found

    def parent(self, row: VenueRow, owner: Organization, known: Venue | None) -> UUID | None:
        """The venue that a row stands in: of those of that name the one of its own organisation, or else the only one. A known
        venue stays where it is if its row names none."""
        if row.parent is None:
            if known is None:
                _check(row, None)
            return known.parent_id if known else None
        kinds = rules.PARENTS.get(row.kind, frozenset())
        found = self.named(owner.id, row.parent, kinds)
        if not found:
            # Of a name that many venues bear, two are enough to know that it is not the only one.
            found = list({one.id: one for one in (*self.named(None, row.parent, kinds), *self.called(row.parent, kinds))}.values())
        if not found:
            is_there = self.named(None, row.parent, VenueKind) or self.called(row.parent)
            raise _AtFault("parent", R.bad_parent if is_there else R.unknown_parent)
        if len(found) > 1:
            raise _AtFault("parent", R.ambiguous_parent)
        return found[0].id

    def change(self, row: VenueRow, venue: Venue, values: dict[str, object], *, writes: bool) -> None:
        changed = {name: value for name, value in values.items() if value != getattr(venue, name)}
        if not changed:
            self.done.unchanged += 1
            return
        self.done.updated += 1
        columns = dict.fromkeys(_COLUMN_OF.get(name, name) for name in sorted(changed))
        self.file.sheets[row.order].changes[row.number] = tuple(row.table.heading(column) for column in columns)
        if writes:
            for name, value in changed.items():
                setattr(venue, name, value)
            self.work.record("edit_venue", venue, fields=sorted(changed), by_import=True)


def _the_open_one(called: list[Organization]) -> Organization | VenueRowRule:
    still_open = [one for one in called if one.closed_on is None]
    if len(still_open) == 1:
        return still_open[0]
    return R.ambiguous_organization if still_open else R.closed_organization


_COLUMN_OF = {"lat": "latitude", "lon": "longitude", "parent_id": "parent"}


def _check(row: VenueRow, parent: VenueKind | None) -> None:
    try:
        rules.check_parent(row.kind, parent)
    except BadParent:
        raise _AtFault("parent", R.bad_parent) from None


def _hints(row: VenueRow) -> list[tuple[FieldFault, ...]]:
    if "lat" in row.stated:
        return []
    fault = CellFault("longitude", R.position_missing.value, TEXTS[R.position_missing])
    return [(row.table.tell(row.number, fault),)]
