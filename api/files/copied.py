"""Pictures of things that are copied from one edition into the next: each file hangs on the thing for which it was brought, and
copies of that name the same file. To strangers they are shown by their digests, which are the same in every edition."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from api.access.scope import Access
from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.errors import NotFound
from api.files import service
from api.files.kinds import AttachmentKind
from models.file import StoredFile

Kept = dict[str, Any]
"""What a thing keeps of a picture, as JSON holds it: `id`, `digest`, `width` and `height`."""


def hang(
    work: Work, access: Access, kind: AttachmentKind, target_id: UUID, standing: Sequence[Kept], file_ids: Sequence[UUID]
) -> list[Kept]:
    """What a thing of a kind keeps of its pictures once it has these, in this order: some of those `standing`, and some that the
    caller has brought. Of the others those that hang on the thing itself are removed. Raises `NotYourFile`."""
    own = service.attachments(work, kind, [target_id]).get(target_id, [])
    of_older = {UUID(picture["id"]): picture for picture in standing if UUID(picture["id"]) not in own}
    wanted = list(dict.fromkeys(file_ids))
    its_own = service.replace_attached(work, access, [key for key in wanted if key not in of_older], kind, target_id)
    known = of_older | {file.id: _kept(file) for file in its_own}
    return [known[key] for key in wanted]


def told(picture: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A picture as strangers read of it; below `path` it is shown."""
    return {name: picture[name] for name in ("digest", "width", "height")} | {"url": f"{path}/{picture['digest']}"}


def show(
    database: Database,
    origin: Origin,
    storage: Storage,
    digest: str,
    known: Collection[str],
    find: Callable[[Work, str], StoredFile | None],
) -> service.ReadFile:
    """A picture by the SHA-256 of its content, in hexadecimal. Raises `NotFound` or `Unavailable`."""

    def found(work: Work) -> StoredFile:
        file = find(work, digest) if re.fullmatch("[0-9a-f]{64}", digest) else None
        if file is None:
            raise NotFound
        return file

    return service.read_file(database, origin, storage, found, known)


def _kept(file: StoredFile) -> Kept:
    return {"id": str(file.id), "digest": file.digest, "width": file.width, "height": file.height}
