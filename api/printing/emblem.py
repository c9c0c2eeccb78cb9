"""The picture of the Party emblem (党徽), which the district brings; it is printed as it is, and never drawn here."""

from collections.abc import Collection
from typing import BinaryIO
from uuid import UUID

from api.access.scope import Access
from api.adapters.pictures import NotAPicture, Picture, PictureDamaged, colours_of, read_picture
from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.errors import NotFound
from api.files import service as files
from api.files.brought import Prepared
from api.files.service import ReadFile
from api.printing import queries, rules
from models.enums import FilePurpose
from models.file import StoredFile


def read_emblem(content: BinaryIO, brought_by: UUID) -> Picture:
    """Draw a picture anew and look whether it may be the emblem.

    Raises `EmblemTooLarge`, `EmblemNotPng`, `PictureDamaged`, `EmblemShape`, `EmblemColour` or `Unavailable`.
    """
    if len(content.read(rules.MOST_EMBLEM_BYTES + 1)) > rules.MOST_EMBLEM_BYTES:
        raise rules.EmblemTooLarge
    content.seek(0)
    try:
        picture = read_picture(content, FilePurpose.emblem, brought_by)
    except PictureDamaged:
        raise
    except NotAPicture as error:
        raise rules.EmblemNotPng from error
    colours = colours_of(picture)
    rules.check_emblem_picture(picture.width, picture.height, colours.hues, colours.uncoloured)
    return picture


def upload_emblem(work: Work, access: Access, prepared: Prepared) -> StoredFile:
    """Let plates bear this picture from now on, in place of the former one. Raises `NotFound`."""
    district = queries.district(work, access)
    if (former := queries.emblem(work)) is not None:
        files.remove_file(work, former)
    file = files.add_file(work, prepared, organization_id=district.id, uploaded_by=access.account_id, attached_to=district)
    work.record("upload_emblem", file, size=file.size)
    return file


def show_emblem(database: Database, origin: Origin, storage: Storage, access: Access, known: Collection[str]) -> ReadFile:
    """The picture. Raises `NotFound` where there is none."""

    def find(work: Work) -> StoredFile:
        queries.district(work, access)
        return _emblem(work)

    return files.read_file(database, origin, storage, find, known)


def remove_emblem(work: Work, access: Access) -> None:
    """Remove the picture. Raises `NotFound` where there is none."""
    queries.district(work, access)
    file = _emblem(work)
    files.remove_file(work, file)
    work.record("remove_emblem", file)


def _emblem(work: Work) -> StoredFile:
    file = queries.emblem(work)
    if file is None:
        raise NotFound
    return file
