"""What a request brings into the storage, before the transaction begins that may give it a row.

The object always comes first, under a random key, and its row after it. One that has no row when its request ends is deleted at
once, since nobody counts it. What a crash leaves, and what cannot be deleted now, the sweep takes a day later.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO
from uuid import UUID

import structlog

from api.adapters.pictures import MEDIA_TYPE, Picture, read_picture
from api.adapters.storage import Storage, is_key
from api.allowance import current
from api.database import Database, Origin
from api.errors import Unavailable
from api.files import queries, rules
from models.enums import FilePurpose

DISCARDING_SECONDS = 0.5
"""How long a request that has waited for all that it may still waits to delete what it has brought for nothing."""

log = structlog.get_logger("liangxian")


@dataclass(frozen=True)
class Prepared:
    """A picture that has been drawn anew and lies in the storage under `key`, and that no row knows yet."""

    key: str
    purpose: FilePurpose
    size: int
    width: int
    height: int
    digest: str
    media_type: str = MEDIA_TYPE


@dataclass(frozen=True)
class Place:
    """Where a request stores what it brings, and where it learns whether a row names that in the end."""

    storage: Storage
    database: Database
    origin: Origin


def prepare_picture(storage: Storage, content: BinaryIO, purpose: FilePurpose, brought_by: UUID | None) -> Prepared:
    """Draw a picture of an account anew and store it, where no request brings it. Raises as `read_picture`, and `Unavailable`."""
    picture = read_picture(content, purpose, brought_by)
    prepared = _unstored(picture, purpose)
    storage.put(prepared.key, BytesIO(picture.content), picture.media_type)
    return prepared


@contextmanager
def stored_for_request(place: Place, picture: Picture, purpose: FilePurpose) -> Iterator[Prepared]:
    """Store a picture that was drawn anew before the transaction begins that may give it a row, and delete it behind that, if none
    names it: refused, replayed, failed or not needed. Raises `Unavailable`."""
    prepared = _unstored(picture, purpose)
    try:
        place.storage.put(prepared.key, BytesIO(picture.content), picture.media_type)
        yield prepared
    finally:
        discard_unless_named(place, prepared.key)


@contextmanager
def drawn_for_request(place: Place, content: BinaryIO, purpose: FilePurpose, brought_by: UUID) -> Iterator[Prepared]:
    """Draw a picture of an account anew, and store it as `stored_for_request` does. Raises as `read_picture`, and `Unavailable`."""
    with stored_for_request(place, read_picture(content, purpose, brought_by), purpose) as prepared:
        yield prepared


def discard(storage: Storage, keys: Iterable[str]) -> None:
    """Delete objects that no row of a file that is ready has ever named. What the storage does not delete now, the sweep takes
    later."""
    for key in keys:
        try:
            delete_object(storage, key)
        except Unavailable:
            log.warning("object_left_for_the_sweep")


def delete_object(storage: Storage, key: str) -> None:
    """Delete an object that a row names, if it is of a file. Raises `Unavailable`."""
    if names_a_file(key):
        storage.delete(key)


def names_a_file(key: str) -> bool:
    """Whether an object that a row names is of a file; any other is told in the log. What is signed lies in the same storage, where
    nobody reaches it who can only write rows."""
    is_of_a_file = rules.is_of_a_file(key) and is_key(key)
    if not is_of_a_file:
        log.error("object_of_no_file", folder=key.partition("/")[0])
    return is_of_a_file


def discard_unless_named(place: Place, key: str) -> None:
    """Delete an object of a request whose transaction has ended, unless a row names it.

    While nobody knows whether the commit that would name it stands, it is left for the sweep: a server that was lost meanwhile may
    still carry it out.
    """
    if place.origin.has_committed is None:
        return
    if (allowance := current()) is not None:
        allowance.extend(max(0.0, DISCARDING_SECONDS - allowance.left))
    try:
        if place.origin.has_committed:
            with place.database.reading(place.origin) as work:
                if queries.known_keys(work, [key]):
                    return
    except Unavailable:
        log.warning("object_left_for_the_sweep")
        return
    discard(place.storage, [key])


def new_key(folder: str) -> str:
    """A random key of an object in a folder."""
    # Two characters in between keep each folder of a disk small.
    name = secrets.token_hex(20)
    return f"{folder}/{name[:2]}/{name[2:]}"


def _unstored(picture: Picture, purpose: FilePurpose) -> Prepared:
    key, size = new_key(purpose.value), len(picture.content)
    return Prepared(key, purpose, size, picture.width, picture.height, picture.digest, picture.media_type)
