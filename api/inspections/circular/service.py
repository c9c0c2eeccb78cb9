"""The circular (通报): the figures of a period and each item that failed, as a workbook, or on paper with pictures of it."""

from functools import partial
from pathlib import Path
from typing import IO, Final

from api.access.scope import Access
from api.adapters.paper import Drawn
from api.adapters.pictures import reduced
from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.files import service as files
from api.inspections.attachments import PICTURES
from api.inspections.circular.drawing import PIXELS, Photo, draw
from api.inspections.circular.rules import PHOTOS_EACH
from api.inspections.circular.telling import Circular, tell_circular
from api.inspections.circular.workbook import write
from api.inspections.rules import Asked
from api.turns import Turns
from models.file import StoredFile

WAIT_SECONDS: Final = 10.0
RETRY_AFTER: Final = 15

# One of the largest takes some seconds of a core.
_turns = Turns(2)


def write_inspection_circular(work: Work, access: Access, asked: Asked, target: IO[bytes]) -> Circular:
    """Write a circular as a workbook. Raises `NotFound`, `BadSpan` or `TooManyFindings`."""
    circular = tell_circular(work, access, asked)
    write(circular, target)
    return circular


def draw_inspection_circular(
    database: Database, origin: Origin, storage: Storage, access: Access, asked: Asked, font: Path | None
) -> tuple[Circular, Drawn]:
    """Draw a circular on paper. The transaction is over before the storage is asked for the first picture.

    Raises `NotFound`, `BadSpan`, `TooManyFindings` or `BadPaperFont`; and `Unavailable` where others are being drawn already, or
    while the storage cannot be reached.
    """
    with database.reading(origin) as work:
        circular = tell_circular(work, access, asked)
        hanging = files.attached_files(work, PICTURES, [one.found.item_id for one in circular.findings])
    photos = {key: [_photo(storage, one) for one in some[:PHOTOS_EACH]] for key, some in hanging.items()}
    with _turns.take(WAIT_SECONDS, RETRY_AFTER):
        return circular, draw(circular, photos, font)


def _photo(storage: Storage, file: StoredFile) -> Photo:
    return Photo(file.width or 1, file.height or 1, partial(_read, storage, file))


def _read(storage: Storage, file: StoredFile) -> bytes | None:
    content = files.content_of(storage, file)
    return None if content is None else reduced(content, PIXELS)
