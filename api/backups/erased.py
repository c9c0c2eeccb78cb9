"""A backup knows nothing of who was erased after it: a restoration is told by the list of erasures, and erases them again."""

from collections.abc import Collection
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from api.adapters.storages import open_storage
from api.backups.rules import ErasuresUnknown, NotTheErasures
from api.building import build
from api.privacy.notes import Noted, NotTheList, noted_in, read
from api.privacy.replay import replay_erasures
from api.settings import Settings, derive


def known_erasures(settings: Settings, listed: Path | None, *, without: bool) -> frozenset[Noted]:
    """Who was erased, by a list that `erasures export` has written and by what the storage tells. Raises
    `NotTheErasures`, or `ErasuresUnknown` where neither says anything, unless somebody has decided to do `without`."""
    if without:
        return frozenset()
    key = derive(settings.audit_key, "audit")
    try:
        found = noted_in(open_storage(settings), key)
        if listed is not None:
            found |= set(read(key, listed.read_bytes(), listed.name))
    except NotTheList as fault:
        raise NotTheErasures(where=fault) from None
    if listed is None and not found:
        raise ErasuresUnknown
    return frozenset(found)


def erase_again(url: str, settings: Settings, noted: Collection[Noted]) -> int:
    """Erase whoever of these is found in a restored database. Returns how many."""
    house = build(settings.model_copy(update={"database_url": url}))
    with closing(house.database):
        done = replay_erasures(house.database, house.cipher, noted, datetime.now(UTC))
        house.database.let_go_of_what_was()
    return done
