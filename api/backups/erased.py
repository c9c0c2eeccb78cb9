"""A backup knows nothing of who was erased after it: a restoration is told by the list of erasures, and erases them again."""

from collections.abc import Collection
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from api.access.service import end_every_session
from api.adapters.storage import Storage
from api.adapters.storages import open_storage
from api.audit.rules import AHEAD
from api.audit.service import Swallowed
from api.backups.rules import (
    KEY_UNREAD,
    LOST_ERASURES,
    NOT_ERASED_AGAIN,
    ErasuresAhead,
    ErasuresMissing,
    ErasuresOlder,
    ErasuresUndated,
    ErasuresUnknown,
    NotErasedAgain,
    NotTheErasures,
)
from api.backups.voice import (
    ERASED_AGAIN,
    ERASURES_AS_OF,
    ERASURES_UNSOUND,
    NAMES_STAY,
    NOT_NOTED_ANEW,
    SESSIONS_ENDED,
    SESSIONS_STAND,
    Voice,
)
from api.building import build
from api.database import Database, Origin
from api.errors import Refusal, Text, Unavailable
from api.privacy.notes import EarlierForm, Known, Noted, NotTheList, lost_erasures, note_erasures, noted_in, read_list
from api.privacy.replay import note_all_anew, replay_erasures
from api.privacy.retention import forget_names
from api.settings import Settings, derive

UNREADABLE: Final = (DBAPIError, Refusal, Swallowed, ValueError, TypeError, LookupError)
"""What comes of rows that somebody else has written."""


def known_erasures(settings: Settings, listed: Path | None, *, without: bool) -> Known | None:
    """Who was erased, by a list that `erasures export` has written and by what the storage tells; None where somebody has decided
    to do `without`. Raises `ErasuresUnknown` where neither tells up to when it knows, `NotTheErasures`, `ErasuresUndated`, or
    `ErasuresMissing` where the storage has not all that it says there were."""
    if without:
        return None
    key = derive(settings.audit_key, "audit")
    try:
        known = noted_in(open_storage(settings), key)
        if listed is not None:
            told = read_list(key, listed.read_bytes(), listed.name)
            known = replace(known, erasures=known.erasures | told.erasures, as_of=told.as_of)
    except NotTheList as fault:
        raise NotTheErasures(where=fault) from None
    except EarlierForm as fault:
        raise ErasuresUndated(where=fault) from None
    if known.as_of is None:
        raise ErasuresUnknown
    _check_complete(known)
    return known


def _check_complete(known: Known) -> None:
    if (found := len({one.person_digest for one in known.erasures})) < known.wanted:
        raise ErasuresMissing(found=found, wanted=known.wanted)


def check_age(known: Known, made_at: datetime, settings: Settings, voice: Voice) -> None:
    """Tell how old is what is known of erasures. Raises `ErasuresAhead`, or `ErasuresOlder` where it is older than the backup
    that was `made_at`."""
    as_of = known.as_of or datetime.min.replace(tzinfo=UTC)
    moment, made = (at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M:%S") for at in (as_of, made_at))
    if as_of > datetime.now(UTC) + AHEAD:
        raise ErasuresAhead(as_of=moment)
    if as_of < made_at:
        raise ErasuresOlder(as_of=moment, made_at=made)
    hours = max(0, int((datetime.now(UTC) - as_of).total_seconds())) // 3600
    voice.say(ERASURES_AS_OF.fill(as_of=moment, days=hours // 24, hours=hours % 24, count=len(known.erasures)))


def note_all(settings: Settings, storage: Storage, voice: Voice) -> None:
    """Let the storage know of all erasures up to this moment, and tell it where it knows of some that the database has lost, or a
    restoration would not go by it. Raises `Unavailable` or a `DBAPIError`."""
    house = build(settings)
    with closing(house.database):
        lost = lost_erasures(house.database, storage, house.audit_key, datetime.now(UTC)).erasures
        note_erasures(house.database, storage, house.audit_key, datetime.now(UTC))
    if lost:
        voice.say(LOST_ERASURES.fill(count=len(lost)))
    try:
        _check_complete(noted_in(storage, house.audit_key))
    except ErasuresMissing as fault:
        voice.say(ERASURES_UNSOUND.fill(why=fault.sentence()))
    except NotTheList as fault:
        voice.say(ERASURES_UNSOUND.fill(why=NotTheErasures(where=fault).sentence()))


def end_sessions_of_then(url: str, settings: Settings, voice: Voice) -> None:
    """End the sessions of a restored database, and tell what of accounts it cannot know."""
    house = build(settings.model_copy(update={"database_url": url}))
    with closing(house.database):
        try:
            with house.database.writing(Origin("restore")) as work:
                ended = end_every_session(work)
        except UNREADABLE:
            voice.say(SESSIONS_STAND)
            return
    voice.say(SESSIONS_ENDED.fill(count=ended))


def erase_again(url: str, settings: Settings, erased: Known | None, voice: Voice) -> list[Text]:
    """Erase whoever of these is found in a restored database, and tell how many, and what has failed. Where somebody has decided to
    do without, what is kept of erasures is not even read: it may be anything. Returns who could not be erased, since what is
    kept of him cannot be read. Raises `NotErasedAgain` where nobody can be found among the others."""
    house = build(settings.model_copy(update={"database_url": url}))
    with closing(house.database):
        if erased is None:
            _note_anew(house.database, (), voice)
            return []
        try:
            done, left, unread = replay_erasures(house.database, house.cipher, erased.erasures, datetime.now(UTC))
        except Unavailable:
            raise
        except UNREADABLE as error:
            raise NotErasedAgain(why=type(error).__name__) from error
        _note_anew(house.database, erased.erasures, voice)
        try:
            forget_names(house.database, datetime.now(UTC))
        except Unavailable:
            raise
        except UNREADABLE as error:
            voice.say(NAMES_STAY.fill(why=type(error).__name__))
        house.database.let_go_of_what_was()
    if done:
        voice.say(ERASED_AGAIN.fill(count=done))
    told = [NOT_ERASED_AGAIN.fill(member=member, why=type(error).__name__) for member, error in left.items()]
    return told + [KEY_UNREAD.fill(key=key) for key in unread]


def _note_anew(database: Database, noted: Collection[Noted], voice: Voice) -> None:
    """What somebody has made of the table of erasures keeps nobody from being erased, and so from being restored."""
    try:
        note_all_anew(database, noted, datetime.now(UTC))
    except Unavailable:
        raise
    except UNREADABLE as error:
        voice.say(NOT_NOTED_ANEW.fill(why=type(error).__name__))
