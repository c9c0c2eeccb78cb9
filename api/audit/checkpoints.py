"""Checkpoints of the audit trail: signed, written into the log and into the storage, and read again to hold the trail against.

Neither place is the database's, so whoever may do anything there cannot take back what was noted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Final

import structlog

from api.adapters.storage import NoSuchObject, Storage
from api.audit import queries
from api.audit.rules import LONGEST, Break, Checkpoint, Occasion, genuine, is_ahead, signed
from api.audit.service import genuine_head, walk
from api.database import Database, Origin
from api.errors import Unavailable
from api.foreign import read_json

FOLDER: Final = "audit"
"""Where checkpoints lie in the storage; nothing sweeps there."""
EVENT: Final = "audit_checkpoint"
A_DAY: Final = timedelta(days=1)
_NAME: Final = re.compile(rf"{FOLDER}/[0-9t.]+z-({'|'.join(Occasion)})-([0-9]+)")

log = structlog.get_logger("liangxian")


class Contradicted(Exception):
    """The trail is not what was noted of it."""


@dataclass(frozen=True)
class Noted:
    """What was found of checkpoints: the genuine ones, and by their names those that nobody with the key has signed."""

    checkpoints: list[Checkpoint] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)

    def add(self, name: str, text: str | bytes, key: bytes) -> None:
        """Add what stands somewhere, as in a line of a log."""
        self._add(name, genuine(text, key))

    def add_object(self, name: str, text: bytes, key: bytes) -> None:
        """Add what lies under a name in the storage or in an archive, where a copy under another one is not genuine either."""
        self._add(name, _genuine_object(name, text, key))

    def _add(self, name: str, checkpoint: Checkpoint | None) -> None:
        if checkpoint is not None:
            self.checkpoints.append(checkpoint)
        else:
            self.forged.append(name)


def write_daily(database: Database, storage: Storage, key: bytes, now: datetime) -> int:
    """Note where the trail ends, if that was not noted yet or a day ago, once the trail was walked to there from the highest line
    that was noted and binds it. Returns of how many: so one that is older than `OVERDUE` was never written, or taken away.

    Raises `Contradicted` where it does not hold, where somebody without the key has set the end of the trail, or where its tables
    are not what the schema makes; `Unavailable` while the storage cannot be reached: then the trail is walked from its first line,
    and the log has the checkpoint already.
    """
    newest, highest, away = None, None, None
    try:
        newest, highest = _last(storage, key)
    except Unavailable as error:
        away = error
    with database.reading(Origin("checkpoint", now)) as work:
        head = genuine_head(queries.head(work.connection()), key)
        if head is None:
            raise _contradicted(None)
        if highest is not None and (head.seq < highest.seq or not queries.holds(work, highest.seq, highest.mac)):
            raise _contradicted(highest)
        is_new = newest is not None and not is_ahead(newest, now) and now < newest.written_at + A_DAY
        if away is None and (head.seq == 0 or (highest is not None and head.seq == highest.seq and is_new)):
            return 0
        walked = walk(work, key, behind=highest)
    if walked.broken is not None:
        raise _contradicted(highest, walked.broken)
    due = Checkpoint(Occasion.day, now, walked.lines, walked.mac)
    if away is not None:
        log.info(EVENT, checkpoint=signed(due, key))
        raise away
    write(storage, key, due)
    return 1


def write(storage: Storage, key: bytes, checkpoint: Checkpoint) -> str:
    """Sign a checkpoint, and write it into the log and the storage; returns the key of the object. Raises `Unavailable`, when it
    stands in the log already.

    Its moment is put after that of the newest one, so that a clock that was set back changes no order; then it tells what the clock
    says too.
    """
    try:
        newest, _ = _last(storage, key)
    except Unavailable:
        log.info(EVENT, checkpoint=signed(checkpoint, key))
        raise
    if newest is not None and checkpoint.at <= newest.at:
        checkpoint = replace(checkpoint, at=newest.at + timedelta(microseconds=1), clock=checkpoint.at)
    text = signed(checkpoint, key)
    log.info(EVENT, checkpoint=text)
    name = f"{FOLDER}/{checkpoint.name}"
    storage.put(name, BytesIO(text.encode()), "application/json")
    return name


def noted_in_storage(storage: Storage, key: bytes) -> Noted:
    """All that the storage has. Raises `Unavailable`."""
    noted = Noted()
    for name in sorted(item.key for item in storage.objects(FOLDER)):
        noted.add_object(name, _content(storage, name), key)
    return noted


def highest_noted(storage: Storage, key: bytes) -> list[Checkpoint]:
    """Of those in the storage that bind the trail the one of the highest line, whose code covers every line before it; none where
    nothing was noted. Raises `Unavailable`."""
    _, highest = _last(storage, key)
    return [] if highest is None else [highest]


def days(storage: Storage, key: bytes) -> Iterator[Checkpoint]:
    """Those that were written once a day, in their order. Raises `Unavailable`."""
    for name in sorted(item.key for item in storage.objects(FOLDER)):
        told = _NAME.fullmatch(name)
        if (
            told is not None
            and told[1] == Occasion.day
            and (one := _genuine_object(name, _content(storage, name), key)) is not None
        ):
            yield one


def add_from_log(noted: Noted, name: str, lines: Iterable[str], key: bytes) -> None:
    """Add those that stand in a log among whatever else does; `name` is the log's."""
    for number, line in enumerate(lines, start=1):
        if f'"{EVENT}"' not in line:
            continue
        try:
            told = read_json(line[line.index("{") :])
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("event") == EVENT:
            noted.add(f"{name}:{number}", str(told.get("checkpoint")), key)


def _contradicted(checkpoint: Checkpoint | None, broken: Break | None = None) -> Contradicted:
    where = {} if broken is None else broken.facts
    log.error("audit_trail_contradicted", checkpoint=checkpoint and checkpoint.name, **where)
    return Contradicted()


def _last(storage: Storage, key: bytes) -> tuple[Checkpoint | None, Checkpoint | None]:
    """The newest one in the storage, and among those that bind the trail the one of the highest line: a later one of a lower line
    would tell nothing of what was noted behind that. Raises `Unavailable`.

    Only those are read whose names tell that they matter, so that their number costs nothing.
    """
    newest: Checkpoint | None = None
    highest: Checkpoint | None = None
    for name in sorted((item.key for item in storage.objects(FOLDER)), reverse=True):
        told = _NAME.fullmatch(name)
        if told is None or (highest is not None and told[1] != Occasion.restore and int(told[2]) <= highest.seq):
            continue
        if (one := _genuine_object(name, _content(storage, name), key)) is None:
            continue
        newest = newest or one
        if highest is None or one.seq > highest.seq:
            highest = one
        if one.occasion is Occasion.restore:
            break
    return newest, highest


def _genuine_object(name: str, text: bytes, key: bytes) -> Checkpoint | None:
    """The checkpoint of an object that bears its name, so that objects are in the order of the moments that were signed."""
    checkpoint = genuine(text, key)
    return checkpoint if checkpoint is not None and name == f"{FOLDER}/{checkpoint.name}" else None


def _content(storage: Storage, name: str) -> bytes:
    try:
        with storage.open(name) as source:
            return source.read(LONGEST + 1)
    except NoSuchObject:
        return b""
