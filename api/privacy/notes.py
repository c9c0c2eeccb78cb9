"""Whose data was erased, as it is kept outside the database: signed, by a keyed digest and the day, in the storage and in a file
that somebody takes along. A backup from before is made to forget them again by it.

Both say up to which moment they know of all erasures. In the storage each erasure is an object of its own; one more, the tally,
says how many there were at which moment, so that none is taken away unseen. It is named by that moment: of two that are written at
one time the newest tells the moment, and whichever counts more how many.
"""

import hmac
import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from itertools import islice
from typing import Any, Final, NamedTuple

import structlog

from api.adapters.storage import NoSuchObject, Storage
from api.audit.rules import AHEAD
from api.database import Database, Origin, Work
from api.errors import Unavailable
from api.foreign import read_json
from api.privacy import queries
from api.texts import text_of
from models.erasure import Erasure
from models.erasure_enums import ErasureGround

log = structlog.get_logger("liangxian")

FOLDER: Final = "erasures"
TALLIES: Final = f"{FOLDER}/tallies"
AT_ONCE: Final = 500
MOST_NAMED: Final = 10
LARGEST: Final = 1 << 26
"""Bytes of the longest list that is read: some 400,000 erasures."""
NOTE: Final = "erasures"
COUNTED: Final = "erasures counted"
LIST: Final = "erasures as of"
"""What is signed, told apart by the code."""
_DIGEST: Final = re.compile("[0-9a-f]{64}")


class NotTheList(Exception):
    """A list of erasures that is damaged, was altered, or was signed with another key."""


class EarlierForm(Exception):
    """A genuine list of erasures that bears no moment, so that nobody can tell what came after it."""


@dataclass(frozen=True, order=True)
class Noted:
    """That what was kept of somebody was erased."""

    person_digest: str
    erased_on: date
    ground: ErasureGround


@dataclass(frozen=True)
class Known:
    """Erasures that are known, `as_of` the moment up to which that should be all; None where nothing tells of one."""

    erasures: frozenset[Noted]
    as_of: datetime | None
    wanted: int = 0
    """How many there were at that moment."""


class Elsewhere(NamedTuple):
    """Erasures that the storage tells, by their digests, and the names of what lies among them and nobody here has signed."""

    erasures: dict[str, Noted]
    forged: list[str]


def read_list(key: bytes, raw: bytes, where: str) -> Known:
    """What an exported list says. Raises `EarlierForm`, or `NotTheList` for one that this house has not signed so."""
    try:
        as_of, erasures = _opened(key, raw, where, LIST, "as_of", "erasures")
    except NotTheList:
        _opened(key, raw, where, NOTE, "erasures")
        raise EarlierForm(where) from None
    return Known(frozenset(_noted(erasures)), datetime.fromisoformat(as_of), len(erasures))


def export_erasures(database: Database, storage: Storage, key: bytes, now: datetime) -> tuple[bytes, int | None]:
    """The signed list, as JSON, of all erasures up to a moment that the database or the storage tells, but for those that the log
    tells to be malformed; and how many the storage tells that the database has lost: None where it cannot be reached, so that the
    list has what the database tells."""
    with suppress(Unavailable):
        # Before the database, which comes to know of an erasure first.
        there = digests_in(storage)
        with database.reading(Origin("erasures", now)) as work:
            stored = [*_stored(work)]
        lost = told_by(storage, key, there.difference(one.person_digest for one in stored)).erasures
        return _list(key, [*stored, *lost.values()], now), len(lost)
    with database.reading(Origin("erasures", now)) as work:
        return _list(key, _stored(work), now), None


def _list(key: bytes, erasures: Iterable[Noted], now: datetime) -> bytes:
    return _signed(key, LIST, as_of=now.isoformat(), erasures=_told(erasures))


def _stored(work: Work) -> Iterator[Noted]:
    yield from filter(None, map(_said, queries.erasures(work, AT_ONCE)))


def lost_among(work: Work, digests: frozenset[str]) -> frozenset[str]:
    """Those of some digests by which no erasure is written down, as each list of erasures would tell it. All that are written down
    are gone through, once."""
    return digests.difference(one.person_digest for one in _stored(work))


def lost_erasures(database: Database, storage: Storage, key: bytes, now: datetime) -> Elsewhere:
    """Those erasures which the storage tells and the database has lost. Raises `Unavailable`."""
    # Before the database, which comes to know of an erasure first.
    there = digests_in(storage)
    with database.reading(Origin("erasures", now)) as work:
        lost = lost_among(work, there)
    return told_by(storage, key, lost)


def written_down(work: Work, digests: Collection[str]) -> dict[str, Noted]:
    """Those erasures of these digests, by them, that are written down, as each list of erasures will tell them."""
    return {one.person_digest: one for one in filter(None, map(_said, queries.erasures_by(work, digests)))}


def write_down(work: Work, noted: Noted) -> None:
    """Write an erasure down, in place of what bears its digest and tells none."""
    queries.strike_out(work, noted.person_digest)
    work.add(Erasure(person_digest=noted.person_digest, erased_on=noted.erased_on, ground=noted.ground))


def write_down_lost(database: Database, lost: Collection[Noted], now: datetime) -> None:
    """Write down anew erasures that the database has lost."""
    left = iter(lost)
    while few := [*islice(left, AT_ONCE)]:
        with database.writing(Origin("erasures", now)) as work:
            for noted in few:
                write_down(work, noted)


def _said(told: queries.Told) -> Noted | None:
    """What a row tells; nothing, and told in the log, where the program has not written it so: somebody else's row is to keep no
    erasure from being told."""
    try:
        said = Noted(told.person_digest, date.fromisoformat(told.erased_on), ErasureGround(told.ground))
    except ValueError:
        said = None
    if said is None or said.erased_on.isoformat() != told.erased_on or not _DIGEST.fullmatch(said.person_digest):
        log.error("erasure_malformed", erasure=text_of(told.key))
        return None
    return said


def note_erasures(database: Database, storage: Storage, key: bytes, now: datetime) -> int:
    """Write those erasures into the storage that it does not have yet, one object each, and then how many there are. Returns how
    many were written. Raises `Unavailable`.

    Only what lies there is counted: each restoration to come would miss what is said to be noted and is not. That is noted anew,
    and the log tells how much.
    """
    done = 0
    # Before the database is asked, which only comes to know of more.
    before = max((count for _, count in _tallies(storage, key)), default=0)
    # All of these are noted, or said to be, before the storage is looked through.
    with database.reading(Origin("erasures", now)) as work:
        known = frozenset(queries.digests(work, AT_ONCE))
    while True:
        with database.reading(Origin("erasures", now)) as work:
            found = queries.unnoted_erasures(work, AT_ONCE)
        genuine = [*filter(None, map(_said, found))]
        for noted in genuine:
            _note(storage, key, noted)
        done += len(genuine)
        if found:
            with database.writing(Origin("erasures", now)) as work:
                is_told = queries.tell_noted(work, found)
            if not is_told:
                # Rows without a key: the same would be found again and again.
                log.error("erasures_not_told", count=len(found))
                break
        if len(found) < AT_ONCE:
            break
    there = digests_in(storage)
    if absent := known - there:
        with database.reading(Origin("erasures", now)) as work:
            missing = [one for one in _stored(work) if one.person_digest in absent]
        if missing:
            log.error("erasures_not_there", count=len(missing))
        for noted in missing:
            _note(storage, key, noted)
        there, done = digests_in(storage), done + len(missing)
    if before > len(known):
        log.error("erasures_contradicted", were=before, are=len(known))
    # Whoever writes into one of the two alone has nothing counted that is not.
    _write_tally(storage, key, now, max(before, len(there & known)))
    return done


def _note(storage: Storage, key: bytes, noted: Noted) -> None:
    name = f"{FOLDER}/{noted.erased_on.isoformat()}-{noted.person_digest}.json"
    storage.put(name, BytesIO(_signed(key, NOTE, erasures=_told([noted]))), "application/json")


def digests_in(storage: Storage) -> frozenset[str]:
    """By what those are known whose erasures the storage tells of, as the names of its objects say, whoever has given them."""
    names = (item.key for item in storage.objects(FOLDER) if not item.key.startswith(f"{TALLIES}/"))
    return frozenset(map(_digest_in, names))


def _digest_in(name: str) -> str:
    return name.removesuffix(".json").rpartition("-")[2]


def told_by(storage: Storage, key: bytes, digests: frozenset[str]) -> Elsewhere:
    """What the storage tells of erasures by these digests. The log names what is not genuine. Raises `Unavailable`."""
    found = Elsewhere({}, [])
    for item in storage.objects(FOLDER) if digests else ():
        if _digest_in(item.key) in digests:
            with suppress(NoSuchObject), storage.open(item.key) as source:
                raw = source.read(LARGEST)
                try:
                    told = [*_noted(*_opened(key, raw, item.key, NOTE, "erasures"))]
                except NotTheList:
                    found.forged.append(item.key)
                    continue
                found.erasures.update((one.person_digest, one) for one in told if one.person_digest in digests)
    if found.forged:
        log.error("erasures_forged", count=len(found.forged), objects=found.forged[:MOST_NAMED])
    return found


def _write_tally(storage: Storage, key: bytes, now: datetime, told: int) -> None:
    """Write how many erasures there were at a moment. None is ever taken back: where the database knows of fewer than before, the
    log tells it, and a restoration goes on missing what does not lie there."""
    name = _name(now)
    storage.put(name, BytesIO(_signed(key, COUNTED, as_of=now.isoformat(), count=told)), "application/json")
    ahead = _name(now + AHEAD)
    for other, counted in _tallies(storage, key):
        # One of an earlier moment may have been written meanwhile and know of more. One of a moment that is yet to come is of a
        # clock that was ahead, and tells nobody what it has known.
        if (other < name or other > ahead) and counted <= told:
            storage.delete(other)


def _name(at: datetime) -> str:
    return f"{TALLIES}/{at.astimezone(UTC):%Y%m%dt%H%M%S.%fz}.json"


def _tallies(storage: Storage, key: bytes) -> list[tuple[str, int]]:
    """Each tally and what it says: nothing where it is not genuine, of which a restoration says where it lies."""
    found = []
    for item in storage.objects(TALLIES):
        with suppress(NoSuchObject), storage.open(item.key) as source:
            raw = source.read(LARGEST)
            try:
                counted = int(_opened(key, raw, item.key, COUNTED, "as_of", "count")[1])
            except NotTheList:
                counted = 0
            found.append((item.key, counted))
    return found


def noted_in(storage: Storage, key: bytes) -> Known:
    """What the storage tells of erasures. Raises `NotTheList` or `Unavailable`."""
    now = datetime.now(UTC)
    found: set[Noted] = set()
    tallies: list[tuple[datetime, int]] = []
    for item in storage.objects(FOLDER):
        try:
            with storage.open(item.key) as source:
                raw = source.read(LARGEST)
        except NoSuchObject:
            # A tally that has just made way for a newer one.
            continue
        if item.key.startswith(f"{TALLIES}/"):
            as_of, count = _opened(key, raw, item.key, COUNTED, "as_of", "count")
            tallies.append((datetime.fromisoformat(as_of), count))
        else:
            found.update(_noted(*_opened(key, raw, item.key, NOTE, "erasures")))
    moments = [as_of for as_of, _ in tallies]
    # Of a clock that was ahead, unless nothing else is there: then whoever asks is told so.
    newest = max((one for one in moments if one <= now + AHEAD), default=max(moments, default=None))
    return Known(frozenset(found), newest, max((count for _, count in tallies), default=0))


def _told(noted: Iterable[Noted]) -> list[list[str]]:
    return [[one.person_digest, one.erased_on.isoformat(), one.ground.value] for one in sorted(noted)]


def _noted(told: list[list[str]]) -> Iterator[Noted]:
    for digest, day, ground in told:
        yield Noted(digest, date.fromisoformat(day), ErasureGround(ground))


def _signed(key: bytes, purpose: str, **content: Any) -> bytes:
    return json.dumps({**content, "mac": _mac(key, purpose, *content.values())}, separators=(",", ":")).encode()


def _opened(key: bytes, raw: bytes, where: str, purpose: str, *names: str) -> list[Any]:
    """Some values of what was signed for a purpose. Raises `NotTheList`."""
    try:
        told = read_json(raw)
        values = [told[name] for name in names]
        genuine = hmac.compare_digest(str(told["mac"]), _mac(key, purpose, *values))
    # What could just be read may be nested too deeply to be written.
    except (ValueError, LookupError, TypeError, RecursionError):
        genuine = False
    if not genuine:
        raise NotTheList(where)
    return values


def _mac(key: bytes, purpose: str, *values: Any) -> str:
    text = json.dumps([purpose, *values], separators=(",", ":"))
    return hmac.new(key, text.encode(), sha256).hexdigest()
