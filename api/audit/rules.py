"""What the audit trail is held against beside its own codes: checkpoints, noted where the database's owner does not write.

A checkpoint says that the trail ended with a certain line at a certain moment. Only who has AUDIT_KEY can sign one, so that nobody
else can explain away a line that is gone.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from api.errors import Conflict, Text
from api.foreign import read_json

LONGEST = 1000
"""Bytes of a signed checkpoint; what is longer is none."""
AHEAD = timedelta(minutes=10)
"""By how much one clock may be ahead of another."""
OVERDUE = timedelta(days=2)
"""How old the newest checkpoint becomes at the most where one is written each day."""
LONGEST_PAUSE = timedelta(days=60)
"""How long nobody may have kept house before the clock is rather taken for wrong."""
NEW = timedelta(days=7)
"""For how long after its first audit line nobody need have kept house in an installation."""


class ClockNotSure(Conflict):
    """By this clock what is to be kept for years might be forgotten, for good."""

    title = Text("本机时钟可能不对。", "This machine's clock may be wrong.")


class ClockDoubtful(ClockNotSure):
    text = Text(
        "本机时钟与上次日常维护的时间相差 {days} 天：时钟可能不对，所以没有清除任何内容。时钟确实正确的，请加 `--clock-is-right`。",
        "This machine's clock and the time when house was last kept lie {days} days apart: it may be wrong, and nothing was "
        "forgotten. If it is right, say `--clock-is-right`.",
    )


class LastTimeUnknown(ClockNotSure):
    text = Text(
        "文件存储没有说明上次日常维护的时间：可能没有挂载，或不是原来的位置，所以没有清除任何内容。文件存储和本机时钟都正确的，"
        "请加 `--clock-is-right`。",
        "The storage does not tell when house was last kept: it may not be mounted, or be another one, and nothing was forgotten. "
        "If it is the right one and so is this machine's clock, say `--clock-is-right`.",
    )


class Occasion(StrEnum):
    """When a checkpoint is written."""

    day = "day"
    backup = "backup"
    restore = "restore"


@dataclass(frozen=True)
class Checkpoint:
    """Where the trail ended: its last line and that line's code; `archive` is the SHA-256 of the manifest of the archive that was
    made of it, or that it was restored from."""

    occasion: Occasion
    at: datetime
    seq: int
    mac: str
    archive: str | None = None
    clock: datetime | None = None
    """When it was written, where `at` was put later for the sake of the order."""

    @property
    def written_at(self) -> datetime:
        return self.clock or self.at

    @property
    def name(self) -> str:
        """A name of its own; of two the later one's comes later in their order."""
        return f"{self.at:%Y%m%dt%H%M%S.%fz}-{self.occasion}-{self.seq}"


@dataclass(frozen=True)
class Break:
    """The first place where the trail does not hold: at which line, why, and which checkpoint tells so, if one does; and what was
    found in the database that the program has not made, or not found that it has."""

    seq: int
    why: str
    checkpoint: Checkpoint | None = None
    found: tuple[str, ...] = field(default=(), compare=False)

    @property
    def facts(self) -> dict[str, object]:
        """What the log tells of it."""
        return {"seq": self.seq, "why": self.why, **({"found": list(self.found)} if self.found else {})}


@dataclass(frozen=True)
class Restoration:
    """That the trail was set back to a line by whoever has AUDIT_KEY, and until which line it had been noted before."""

    checkpoint: Checkpoint
    until: int


def signed(checkpoint: Checkpoint, key: bytes) -> str:
    """A checkpoint as it is written: one line of JSON with its code."""
    content = {
        "occasion": checkpoint.occasion,
        "at": checkpoint.at.isoformat(),
        "seq": checkpoint.seq,
        "mac": checkpoint.mac,
        "archive": checkpoint.archive,
    } | ({"clock": checkpoint.clock.isoformat()} if checkpoint.clock is not None else {})
    return _text({**content, "code": _code(content, key)})


def genuine(text: str | bytes, key: bytes) -> Checkpoint | None:
    """The checkpoint that somebody with the key has signed; None for anything else."""
    if len(text) > LONGEST:
        return None
    try:
        content = read_json(text)
        code = str(content.pop("code"))
        if not hmac.compare_digest(code.encode(), _code(content, key).encode()):
            return None
        at, clock = (datetime.fromisoformat(told) for told in (content["at"], content.get("clock", content["at"])))
        occasion, seq, mac, archive = (content[name] for name in ("occasion", "seq", "mac", "archive"))
        return Checkpoint(Occasion(occasion), at, seq, mac, archive, clock if "clock" in content else None)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def signed_mark(kept_at: datetime, key: bytes) -> bytes:
    """The moment at which the house was kept, as it is written: with its code behind it."""
    told = kept_at.isoformat().encode()
    return told + b" " + _mark_code(told, key)


def genuine_mark(text: bytes, key: bytes) -> datetime | None:
    """The moment that somebody with the key has signed; None for anything else."""
    told, _, code = text.partition(b" ")
    return datetime.fromisoformat(told.decode()) if hmac.compare_digest(code, _mark_code(told, key)) else None


def is_apart(last: datetime, now: datetime) -> bool:
    """Whether a clock is too far from when the house was last kept to be sure of."""
    return abs(now - last) > LONGEST_PAUSE


def is_ahead(checkpoint: Checkpoint, now: datetime) -> bool:
    """Whether a checkpoint says that it was written at a moment that is yet to come."""
    return checkpoint.written_at > now + AHEAD


def binding(noted: Sequence[Checkpoint]) -> Sequence[Checkpoint]:
    """Those that the trail must hold, in the order of their time: the last restoration, and what was noted after it.

    The restoration's own code covers every line up to it, so that an earlier checkpoint could only tell of what it has taken away.
    """
    ordered = sorted(noted, key=lambda one: one.at)
    first = max((place for place, one in enumerate(ordered) if one.occasion is Occasion.restore), default=0)
    return ordered[first:]


def restorations(noted: Sequence[Checkpoint]) -> list[Restoration]:
    """The restorations in the order of their time."""
    found, until = [], 0
    for one in sorted(noted, key=lambda one: one.at):
        if one.occasion is Occasion.restore:
            found.append(Restoration(one, max(until, one.seq)))
            until = 0
        until = max(until, one.seq)
    return found


def _code(content: object, key: bytes) -> str:
    return hmac.new(key, f"checkpoint {_text(content)}".encode(), sha256).hexdigest()


def _mark_code(told: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"kept " + told, sha256).hexdigest().encode()


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
