"""Batches of plates: chosen, told of, drawn part by part from what is true then, and printed again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from api.access.scope import Access, Lock
from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.errors import NotFound
from api.files import service as files
from api.pagination import MOST_ROWS_WITH_THEIRS, Pages
from api.printing import making, queries, rules
from api.printing.choosing import Chosen, faces_of
from api.printing.drawing import Face, Paper
from api.printing.queries import OneItem, Told
from api.printing.templates import TEMPLATES, Template
from api.turns import Turns
from models.file import StoredFile
from models.print_enums import LeftOutReason
from models.printing import PrintBatch

WAIT_SECONDS: Final = 5.0

# Drawing keeps a whole core busy for seconds: of a process that answers others it gets one at a time.
_turns = Turns(1)


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


def create_print_batch(work: Work, access: Access | None, chosen: Chosen, paper: Paper) -> BatchTold:
    """Keep a batch that `choose_print_batch` has chosen, and make what lacks. Without a caller, as on the command line, anywhere.

    Raises `NotFound`, `TooManyPlates`, `NothingToPrint`, or at last `NoEmblem`; `Unavailable` where somebody whose plate was to be
    made has moved since.
    """
    told = _keep(work, making.make_missing(work, access, chosen, paper))
    work.record("create_print_batch", told.batch, plates=told.batch.count, made=told.batch.made, plate_kind=told.batch.kind)
    return told


def reprint_batch(work: Work, access: Access, chosen: Chosen) -> BatchTold:
    """Keep a batch of the plates of another one that was chosen by `choose_reprint`. Raises `NotFound` or `NoEmblem`."""
    assert chosen.reprint_of is not None
    former = access.get(work, PrintBatch, chosen.reprint_of, Lock.kept)
    told = _keep(work, chosen)
    work.record("reprint_batch", told.batch, plates=told.batch.count, former=str(former.id))
    return told


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
    return queries.left_out(work, [batch.id], found[0].position, found[-1].position).get(batch.id, ()), following


def told_batch(work: Work, batch_id: UUID) -> BatchTold:
    """The same for the command line."""
    batch = work.get(PrintBatch, batch_id)
    if batch is None:
        raise NotFound
    return _told(work, batch)


def reasons_left_out(work: Work, batch_id: UUID) -> Sequence[tuple[LeftOutReason, str | None]]:
    """Why each of those who were left out of a batch was, and which characters no font has, for the command line."""
    return queries.reasons_left_out(work, batch_id)


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
    faces = faces_of(work, batch, found, paper)
    shown = [(item, face) for item in found if (face := faces.shown(item)) is not None]
    return Drawn(batch, [DrawnPlate(item.position, item.name, face) for item, face in shown])


def _keep(work: Work, chosen: Chosen) -> BatchTold:
    """Write a batch down. Raises `NoEmblem`."""
    asked = chosen.asked
    if asked.emblem and queries.emblem(work) is None:
        raise rules.NoEmblem
    named = {one.left_out.member_id for one in chosen.left if one.left_out.characters}
    # Whoever was erased since he was chosen is told of nowhere.
    gone = named - queries.members_to_be_told(work, named) if named else set()
    left = [one for one in chosen.left if one.left_out.member_id is None or one.left_out.member_id not in gone]
    items = [item._replace(position=position) for position, item in enumerate(chosen.items, 1)]
    batch = PrintBatch(
        organization_id=asked.organization_id,
        kind=asked.kind,
        layout=asked.layout,
        emblem=asked.emblem,
        count=len(items),
        made=chosen.made,
        reprint_of=chosen.reprint_of,
        reason=chosen.reason,
        created_by=work.origin.actor_id,
    )
    work.add(batch)
    work.flush()
    queries.add_items(work, batch.id, items)
    queries.add_left_out(work, batch.id, left)
    return BatchTold(batch, len(left), left[: rules.MOST_LEFT_OUT], items)


def _told(work: Work, batch: PrintBatch) -> BatchTold:
    count = queries.count_left_out(work, [batch.id]).get(batch.id, 0)
    left_out = queries.left_out(work, [batch.id], 1, rules.MOST_LEFT_OUT).get(batch.id, ())
    return BatchTold(batch, count, left_out, queries.items(work, batch, 1, batch.count))
