"""Whose data was erased, as it is kept outside the database: signed, by a keyed digest and the day, in the storage and in a file
that somebody takes along. A backup from before is made to forget them again by it."""

import hmac
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.privacy import queries
from models.erasure_enums import ErasureGround

FOLDER: Final = "erasures/"
AT_ONCE: Final = 500
LARGEST: Final = 1 << 26
"""Bytes of the longest list that is read: some 400,000 erasures."""


class NotTheList(Exception):
    """A list of erasures that is damaged, was altered, or was signed with another key."""


@dataclass(frozen=True, order=True)
class Noted:
    """That what was kept of somebody was erased."""

    person_digest: str
    erased_on: date
    ground: ErasureGround


def written(key: bytes, noted: Collection[Noted]) -> bytes:
    """The signed list, as JSON."""
    content = [[one.person_digest, one.erased_on.isoformat(), one.ground.value] for one in sorted(noted)]
    return json.dumps({"erasures": content, "mac": _mac(key, content)}, separators=(",", ":")).encode()


def read(key: bytes, raw: bytes, where: str) -> list[Noted]:
    """What a list says. Raises `NotTheList` for one that this house has not signed so."""
    try:
        told = json.loads(raw)
        content = told["erasures"]
        if not hmac.compare_digest(str(told["mac"]), _mac(key, content)):
            raise NotTheList(where)
        return [Noted(digest, date.fromisoformat(day), ErasureGround(ground)) for digest, day, ground in content]
    except (ValueError, KeyError, TypeError):
        raise NotTheList(where) from None


def export_erasures(work: Work, key: bytes) -> bytes:
    """The signed list of all erasures."""
    return written(key, list(_stored(work)))


def _stored(work: Work) -> Iterator[Noted]:
    after = None
    while found := queries.erasures(work, after, AT_ONCE):
        yield from (Noted(one.person_digest, one.erased_on, one.ground) for one in found)
        after = found[-1].id


def note_erasures(database: Database, storage: Storage, key: bytes, now: datetime) -> int:
    """Write those erasures into the storage that it does not have yet, one object each. Returns how many. Raises `Unavailable`."""
    done = 0
    while True:
        with database.reading(Origin("erasures", now)) as work:
            found = queries.erasures(work, None, AT_ONCE, unnoted=True)
        for one in found:
            noted = Noted(one.person_digest, one.erased_on, one.ground)
            name = f"{FOLDER}{one.erased_on.isoformat()}-{one.person_digest}.json"
            storage.put(name, BytesIO(written(key, [noted])), "application/json")
        if found:
            with database.writing(Origin("erasures", now)) as work:
                queries.tell_noted(work, [one.id for one in found])
        done += len(found)
        if len(found) < AT_ONCE:
            return done


def noted_in(storage: Storage, key: bytes) -> set[Noted]:
    """What the storage tells of erasures. Raises `NotTheList` or `Unavailable`."""
    found: set[Noted] = set()
    for item in storage.objects():
        if item.key.startswith(FOLDER):
            with storage.open(item.key) as source:
                found.update(read(key, source.read(LARGEST), item.key))
    return found


def _mac(key: bytes, content: Any) -> str:
    text = json.dumps(["erasures", content], separators=(",", ":"))
    return hmac.new(key, text.encode(), sha256).hexdigest()
