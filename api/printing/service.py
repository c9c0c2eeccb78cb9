"""Batches of plates: chosen, told of, drawn part by part from what is true then, and printed again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from api.access.about import barred
from api.access.scope import Access, Lock, hold, hold_subtree
from api.adapters.storage import Storage
from api.cards import plates
from api.codes import qr
from api.database import Database, Origin, Work
from api.errors import NotFound
from api.files import service as files
from api.pagination import MOST_ROWS_WITH_THEIRS, Pages
from api.printing import queries, rules
from api.printing.drawing import Face, Paper
from api.printing.faces import Faces
from api.printing.queries import OneItem, Told
from api.printing.templates import TEMPLATES, Template
from api.turns import Turns
from models.card import Plate
from models.file import StoredFile
from models.organization import Organization
from models.print_enums import LeftOutReason, PrintKind, PrintLayout
from models.printing import PrintBatch, PrintItem, PrintLeftOut
from models.venue import Venue

WAIT_SECONDS: Final = 5.0

# Drawing keeps a whole core busy for seconds: of a process that answers others it gets one at a time.
_turns = Turns(1)


@dataclass(frozen=True)
class Asked:
    """What is to be printed: the plates of these members, or the signs of these venues, or of all of an organisation and everything
    below it. With `make_missing` a member who has no such plate is given one; that of a post, or of a window, only where he
    holds one."""

    kind: PrintKind
    organization_id: UUID
    layout: PrintLayout
    emblem: bool = False
    make_missing: bool = False
    member_ids: Collection[UUID] | None = None
    venue_ids: Collection[UUID] | None = None


@dataclass(frozen=True)
class BatchTold:
    """A batch with how many were left out and who were the first of them, and, where one is shown alone, its plates."""

    batch: PrintBatch
    left_out_count: int
    left_out: Sequence[Told]
    items: Sequence[OneItem] = ()

    @property
    def parts(self) -> int:
        return rules.parts(self.batch.count)


class DrawnPlate(NamedTuple):
    """A plate as it is printed now, with its position in the batch and whose it is, which does not stand on every kind."""

    position: int
    name: str
    face: Face


@dataclass(frozen=True)
class Drawn:
    """The plates of a batch, or of a part of it, that may be printed now, by their positions in it."""

    batch: PrintBatch
    plates: Sequence[DrawnPlate]


def list_print_templates() -> Sequence[Template]:
    return list(TEMPLATES.values())


def create_print_batch(work: Work, access: Access | None, asked: Asked, paper: Paper) -> BatchTold:
    """Choose what is printed, make what lacks, and keep both. Without a caller, as on the command line, anywhere.

    Raises `NotFound`, `DoesNotFit`, `EmblemNotAllowed`, `CodeTooSmall`, `TooManyPlates`, `NothingToPrint`, or at last `NoEmblem`.
    """
    top = _hold(work, access, asked)
    rules.check_layout(asked.kind, asked.layout)
    rules.check_emblem_use(asked.kind, emblem=asked.emblem)
    rules.check_code(asked.kind, _modules(paper))
    if asked.kind is PrintKind.venue_sign:
        batch = _keep(work, asked, *_choose_venues(work, top, asked, paper))
    else:
        batch = _keep(work, asked, *_choose_members(work, access, top, asked, paper))
    work.record("create_print_batch", batch, plates=batch.count, made=batch.made, plate_kind=batch.kind)
    return _told(work, batch)


def list_print_batches(
    work: Work, access: Access, pages: Pages, *, organization_id: UUID | None
) -> tuple[list[BatchTold], str | None]:
    """The batches within reach, the newest first. Raises `NotFound`."""
    found, following = pages.read(work, queries.batches(work, access, organization_id), most=MOST_ROWS_WITH_THEIRS)
    keys = [batch.id for batch in found]
    counts, left_out = queries.count_left_out(work, keys), queries.left_out(work, keys, 1, rules.MOST_LEFT_OUT_LISTED)
    return [BatchTold(batch, counts.get(batch.id, 0), left_out.get(batch.id, ())) for batch in found], following


def show_print_batch(work: Work, access: Access, batch_id: UUID) -> BatchTold:
    """A batch with all its plates. Raises `NotFound`."""
    return _told(work, access.get(work, PrintBatch, batch_id))


def list_left_out(work: Work, access: Access, pages: Pages, batch_id: UUID) -> tuple[Sequence[Told], str | None]:
    """Who was left out of a batch, in the order in which it was chosen. Raises `NotFound`."""
    batch = access.get(work, PrintBatch, batch_id)
    found, following = pages.read(work, queries.left_out_of(batch.id))
    if not found:
        return (), following
    return queries.left_out(work, [batch.id], found[0].position, found[-1].position)[batch.id], following


def told_batch(work: Work, batch_id: UUID) -> BatchTold:
    """The same for the command line."""
    batch = work.get(PrintBatch, batch_id)
    if batch is None:
        raise NotFound
    return _told(work, batch)


def reasons_left_out(work: Work, batch_id: UUID) -> Sequence[tuple[LeftOutReason, str | None]]:
    """Why each of those who were left out of a batch was, and which characters no font has, for the command line."""
    return queries.reasons_left_out(work, batch_id)


def reprint_batch(work: Work, access: Access, batch_id: UUID, reason: str, paper: Paper) -> BatchTold:
    """Print the plates of a batch again, with the codes that they have, but for those that may not be any more.

    Raises `NotFound`, `CodeTooSmall`, `NothingToPrint` or `NoEmblem`.
    """
    former = access.get(work, PrintBatch, batch_id, Lock.kept)
    rules.check_code(former.kind, _modules(paper))
    found = queries.items(work, former, 1, former.count)
    faces = _faces(work, former, found, paper)
    kept: list[PrintItem] = []
    left: list[PrintLeftOut] = []
    for item in found:
        reason_now, missing = _why_not_again(faces, item)
        if reason_now is None:
            kept.append(PrintItem(plate_id=item.plate_id, venue_id=item.venue.id if item.venue else None))
        else:
            left.append(_left_out(reason_now, missing, item.person.member_id if item.person else None, item.venue))
    asked = Asked(former.kind, former.organization_id, former.layout, former.emblem)
    batch = _keep(work, asked, kept, left, 0, reprint_of=former.id, reason=reason)
    work.record("reprint_batch", batch, plates=batch.count, former=str(former.id))
    return _told(work, batch)


def draw_plates(
    database: Database, origin: Origin, storage: Storage, access: Access | None, batch_id: UUID, part: int, paper: Paper
) -> bytes:
    """A part of a batch as PDF. Raises `NotFound`, `NothingToPrint`, `NoEmblem`, or `Unavailable` where others are still being
    drawn."""
    with _turns.take(WAIT_SECONDS, retry_after=2):
        with database.reading(origin) as work:
            drawn = part_of_batch(work, access, batch_id, part, paper)
        if not drawn.plates:
            raise rules.NothingToPrint
        emblem = _emblem(database, origin, storage) if drawn.batch.emblem else None
        return paper.print([plate.face for plate in drawn.plates], drawn.batch.kind, drawn.batch.layout, emblem)


def _emblem(database: Database, origin: Origin, storage: Storage) -> bytes:
    def find(work: Work) -> StoredFile:
        if (file := queries.emblem(work)) is None:
            raise rules.NoEmblem
        return file

    content = files.read_file(database, origin, storage, find, ()).content
    assert content is not None
    return content


def part_of_batch(work: Work, access: Access | None, batch_id: UUID, part: int | None, paper: Paper) -> Drawn:
    """The plates of a part of a batch, or of all of it, that may be printed now. Raises `NotFound`."""
    batch = access.get(work, PrintBatch, batch_id) if access else work.get(PrintBatch, batch_id)
    if batch is None or (part is not None and part > rules.parts(batch.count)):
        raise NotFound
    first, last = (1, batch.count) if part is None else ((part - 1) * rules.PART + 1, part * rules.PART)
    found = queries.items(work, batch, first, last)
    faces = _faces(work, batch, found, paper)
    shown = [(item, face) for item in found if (face := faces.shown(item)) is not None]
    return Drawn(batch, [DrawnPlate(item.position, item.name, face) for item, face in shown])


def _faces(work: Work, batch: PrintBatch, found: Sequence[OneItem], paper: Paper) -> Faces:
    paths, member_ids = {item.path for item in found}, queries.members_among(found)
    return Faces.of(work, batch.kind, emblem=batch.emblem, font=paper.font, paths=paths, member_ids=member_ids)


def _why_not_again(faces: Faces, item: OneItem) -> tuple[LeftOutReason | None, str]:
    if item.is_withdrawn:
        return LeftOutReason.withdrawn, ""
    if item.person is not None:
        return faces.why_left_out(item.person, has_valid_card=item.has_valid_card)
    assert item.venue is not None
    missing = faces.missing(faces.of_venue(item.venue, item.path))
    return (LeftOutReason.missing_glyph if missing else None), missing


def _hold(work: Work, access: Access | None, asked: Asked) -> Organization:
    """The organisation; held with everything below it where plates are made, so that two batches never make the same ones."""

    def find(lock: Lock = Lock.none) -> Organization:
        if access is not None:
            return access.get(work, Organization, asked.organization_id, lock)
        organization = hold(work, Organization, asked.organization_id, lock)
        if organization is None:
            raise NotFound
        return organization

    return hold_subtree(work, find) if asked.make_missing else find(Lock.kept)


def _modules(paper: Paper) -> int:
    """How many modules a printed code has from edge to edge of its quiet zone."""
    return 17 + 4 * qr.fits(paper.base_url).printed + 2 * qr.QUIET_ZONE


def _choose_members(
    work: Work, access: Access | None, top: Organization, asked: Asked, paper: Paper
) -> tuple[list[PrintItem], list[PrintLeftOut], int]:
    chosen, kind = queries.chosen_members(top, asked.member_ids), rules.plate_kind(asked.kind)
    # Before their cards, as whoever erases a member does.
    queries.hold_people(work, chosen, Lock.for_change if asked.make_missing else Lock.kept)
    people = queries.people(work, chosen, rules.MOST_PLATES + 1)
    if len(people) > rules.MOST_PLATES:
        raise rules.TooManyPlates
    if asked.member_ids is not None and len(people) < len(set(asked.member_ids)):
        raise NotFound(keys=tuple({*asked.member_ids} - {person.member_id for person in people}))
    cards = queries.valid_cards(work, chosen)
    standing = queries.plates(work, chosen, kind, cards)
    ids = [person.member_id for person in people]
    faces = Faces.of(
        work, asked.kind, emblem=asked.emblem, font=paper.font, paths={person.path for person in people}, member_ids=ids
    )
    # What was taken away from somebody is given back by one who may act about him; the first one comes with those of all others.
    kept_from = barred(work, access, list(standing)) if access and asked.make_missing else {}
    rows: list[tuple[UUID, Plate | None]] = []
    left: list[PrintLeftOut] = []
    for person in people:
        reason, missing = faces.why_left_out(person, has_valid_card=person.member_id in cards)
        own = standing.get(person.member_id, [])
        in_use = [plate for plate in own if plate.withdrawn_at is None]
        makes = asked.make_missing and person.member_id not in kept_from and faces.has_what_for(person.member_id)
        if reason is None and not in_use and not makes:
            reason = LeftOutReason.withdrawn if own else LeftOutReason.no_plate
        if reason is not None:
            left.append(_left_out(reason, missing, person.member_id))
        else:
            rows += [(person.member_id, plate) for plate in in_use] or [(person.member_id, None)]
    if len(rows) > rules.MOST_PLATES:
        raise rules.TooManyPlates
    made = iter(plates.add_plates(work, [cards[key] for key, plate in rows if plate is None], kind))
    return [PrintItem(plate_id=(plate or next(made)).id) for _, plate in rows], left, sum(plate is None for _, plate in rows)


def _choose_venues(work: Work, top: Organization, asked: Asked, paper: Paper) -> tuple[list[PrintItem], list[PrintLeftOut], int]:
    venues = queries.venues(work, top, asked.venue_ids, rules.MOST_PLATES + 1)
    if len(venues) > rules.MOST_PLATES:
        raise rules.TooManyPlates
    if asked.venue_ids is not None and len(venues) < len(set(asked.venue_ids)):
        raise NotFound(keys=tuple({*asked.venue_ids} - {venue.id for venue, _ in venues}))
    paths = {path for _, path in venues}
    faces = Faces.of(work, asked.kind, emblem=False, font=paper.font, paths=paths, member_ids=())
    kept, left = [], []
    for venue, path in venues:
        missing = faces.missing(faces.of_venue(venue, path))
        if venue.closed_on is not None or missing:
            reason = LeftOutReason.withdrawn if venue.closed_on is not None else LeftOutReason.missing_glyph
            left.append(_left_out(reason, missing, None, venue))
        else:
            kept.append(PrintItem(venue_id=venue.id))
    return kept, left, 0


def _left_out(reason: LeftOutReason, missing: str, member_id: UUID | None, venue: Venue | None = None) -> PrintLeftOut:
    characters = missing[: rules.MOST_CHARACTERS] if reason is LeftOutReason.missing_glyph else None
    return PrintLeftOut(member_id=member_id, venue_id=venue.id if venue else None, reason=reason, characters=characters)


def _keep(
    work: Work,
    asked: Asked,
    kept: Sequence[PrintItem],
    left: Sequence[PrintLeftOut],
    made: int,
    *,
    reprint_of: UUID | None = None,
    reason: str | None = None,
) -> PrintBatch:
    """Write a batch down. Raises `NothingToPrint` or `NoEmblem`."""
    if not kept:
        told = [_as_told(one) for one in left[: rules.MOST_LEFT_OUT]]
        raise rules.NothingToPrint(members={"left_out": told, "left_out_count": len(left)})
    if asked.emblem and queries.emblem(work) is None:
        raise rules.NoEmblem
    batch = PrintBatch(
        organization_id=asked.organization_id,
        kind=asked.kind,
        layout=asked.layout,
        emblem=asked.emblem,
        count=len(kept),
        made=made,
        reprint_of=reprint_of,
        reason=reason,
        created_by=work.origin.actor_id,
    )
    work.add(batch)
    work.flush()
    for rows in (kept, left):
        for position, row in enumerate(rows, 1):
            row.batch_id, row.position = batch.id, position
        work.add_all(rows)
    work.flush()
    return batch


def _as_told(left: PrintLeftOut) -> dict[str, object]:
    keys = {"member_id": left.member_id, "venue_id": left.venue_id}
    told: dict[str, object] = {name: str(key) for name, key in keys.items() if key is not None}
    told["reason"] = left.reason.value
    return told | ({"characters": left.characters} if left.characters else {})


def _told(work: Work, batch: PrintBatch) -> BatchTold:
    count = queries.count_left_out(work, [batch.id]).get(batch.id, 0)
    left_out = queries.left_out(work, [batch.id], 1, rules.MOST_LEFT_OUT).get(batch.id, ())
    return BatchTold(batch, count, left_out, queries.items(work, batch, 1, batch.count))
