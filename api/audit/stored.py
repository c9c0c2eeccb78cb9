"""The audit trail as it stands stored, read so that nothing that somebody may have put there can keep it from being read.

Whoever owns the database may store what no type can be made of, or what says the same in other letters: a key in capitals is the
same key to a program and another one to a query, which then finds a line no more. So each column is read as its text, and a line is
one only if its text is the very one that the program writes.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from api.foreign import read_json

NO_TEXT: Final = b"\xff"
"""What a column is told to hold where that is of another kind than it should be; it is no text in UTF-8."""

_Raw = str | bytes | None


class Written(NamedTuple):
    """A line as it is about to be written, without its code. A large import has hundreds of thousands of them, which as rows of the
    session would cost more than what they tell of."""

    seq: int
    at: datetime
    actor_id: UUID | None
    action: str
    target_kind: str
    target_id: UUID | None
    organization_id: UUID | None
    request_id: str
    details: dict[str, object]


class Found(NamedTuple):
    """A line that was found: its number, None where it has none, and what it says with its code, None where the program writes no
    such line."""

    seq: int | None
    line: tuple[Written, str] | None


class Head(NamedTuple):
    """The end of the chain."""

    seq: int
    mac: str
    seal: str


def line_of(row: Sequence[_Raw], *, is_sqlite: bool) -> Found:
    """The line whose columns have these texts, in the order of the table."""
    try:
        seq = _number(row[0])
    except ValueError:
        return Found(None, None)
    try:
        at, request_id, details, mac = (_text(value) for value in (row[1], *row[7:]))
        actor_id, target_id, organization_id = (_key(row[place], is_sqlite) for place in (2, 5, 6))
        action, target_kind = _text(row[3]), _text(row[4])
        said = Written(
            seq, _moment(at, is_sqlite), actor_id, action, target_kind, target_id, organization_id, request_id, _details(details)
        )
    except (ValueError, OverflowError, RecursionError):
        return Found(seq, None)
    return Found(seq, (said, mac))


def head_of(row: Sequence[_Raw] | None) -> Head | None:
    """The end whose columns have these texts; None where there is none, or none that the program writes."""
    if row is None:
        return None
    try:
        return Head(_number(row[0]), _text(row[1]), _text(row[2]))
    except ValueError:
        return None


def same_text(one: _Raw, other: str) -> bool:
    """Whether a column holds a text."""
    try:
        return _text(one) == other
    except ValueError:
        return False


def _text(value: _Raw) -> str:
    if value is None:
        raise ValueError("null")
    # SQLite keeps whatever bytes it is given as a text.
    return value.decode() if isinstance(value, bytes) else value


def _number(value: _Raw) -> int:
    return int(_same(text := _text(value), str(int(text))))


def _key(value: _Raw, is_sqlite: bool) -> UUID | None:
    if value is None:
        return None
    key = UUID(text := _text(value))
    _same(text, key.hex if is_sqlite else str(key))
    return key


def _moment(text: str, is_sqlite: bool) -> datetime:
    at = datetime.fromisoformat(text)
    if not is_sqlite:
        # Written by the server itself, in one way: it knows no other spelling of a moment.
        return at.astimezone(UTC)
    _same(text, at.replace(tzinfo=None).isoformat(" ", "microseconds"))
    return at.replace(tzinfo=UTC)


def _details(text: str) -> dict[str, object]:
    details = read_json(text)
    if not isinstance(details, dict):
        raise ValueError("no object")
    spelled = json.dumps(details, ensure_ascii=False)
    if text != spelled:
        # Lines of earlier programs have whatever is no ASCII escaped.
        _same(text, json.dumps(details))
    spelled.encode()
    return details


def _same(text: str, canonical: str) -> str:
    if text != canonical:
        raise ValueError("another spelling")
    return text
