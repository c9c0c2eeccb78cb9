"""The keys of rows that are found one after another, as texts: what somebody else has written there keeps no other row from being
found."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Enum, Integer, Table, Uuid, and_, cast, func, literal, or_, true, tuple_
from sqlmodel.sql.sqltypes import UTCDateTime

from api.access.scope import Lock, locking
from api.database import Work
from api.texts import AS_TEXT, text_of


class Key(NamedTuple):
    """Where a row stands in the order of its table's key. What is stored as bytes, though it may be spelled like a key, is none."""

    table: Table
    texts: tuple[Any, ...]
    is_stored_so: bool = True
    is_included: bool = False
    """Whether what is looked for behind it may be the row itself."""

    def read(self) -> tuple[Any, ...]:
        """The key itself. Raises `ValueError` where none can be made of its texts."""
        if not self.is_stored_so:
            raise ValueError("a key is stored otherwise")
        try:
            return tuple(_read(column.type, text) for column, text in zip(self.table.primary_key, self.texts, strict=True))
        except OverflowError as error:
            raise ValueError("a key is of no moment that there is") from error

    def id(self) -> UUID:
        """The key of a row that has one alone. Raises `ValueError` alike."""
        (key,) = self.read()
        return UUID(str(key))

    @property
    def is_one(self) -> bool:
        """Whether a key can be made of its texts."""
        try:
            self.read()
        except ValueError:
            return False
        return True

    def said(self) -> str:
        """What stands in its place."""
        return " ".join("NULL" if one is None else text_of(one) for one in self.texts)


def _read(kind: Any, text: str | bytes | None) -> Any:
    if text is None:
        raise ValueError("a row bears no key")
    said = text.decode() if isinstance(text, bytes) else text
    if isinstance(kind, Uuid):
        key = UUID(said)
        return _as_spelled(key, said, key.hex if isinstance(text, bytes) else str(key))
    if isinstance(kind, UTCDateTime):
        moment = datetime.fromisoformat(said)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        return _as_spelled(moment, said, f"{moment:%Y-%m-%d %H:%M:%S.%f}" if isinstance(text, bytes) else said)
    if isinstance(kind, Enum):
        return kind.python_type(said)
    return int(said) if isinstance(kind, Integer) else said


def _as_spelled(key: Any, said: str, spelled: str) -> Any:
    if said != spelled:
        # No statement would find the row by it.
        raise ValueError("a key is spelled otherwise")
    return key


def next_keys(
    work: Work, table: Any, query: Any, after: Key | None, most: int, *, lock: Lock = Lock.for_change, waits: bool = True
) -> Sequence[Key]:
    """The keys of the next rows of a table that a query finds behind a key, `most` of them at the most, held where the work writes;
    without `waits`, those that somebody else holds are passed over."""
    columns = list(table.primary_key)
    is_stored_so = and_(true(), *(func.typeof(one) != "blob" for one in columns)) if work.is_sqlite else true()
    query = query.with_only_columns(*(cast(one, AS_TEXT) for one in columns), is_stored_so)
    if after is not None:
        query = query.where(_behind(work, columns, after))
    query = query.order_by(*columns).limit(most)
    found = [
        Key(table, tuple(texts), bool(is_so)) for *texts, is_so in work.execute(locking(work, query, table, lock=lock, waits=waits))
    ]
    # On SQLite bytes that are no text stand behind every text, also behind their own.
    return [] if after is not None and found[-1:] == [after] else found


def _behind(work: Work, columns: Sequence[Any], after: Key) -> Any:
    last = [cast(literal(text, AS_TEXT), one.type) for one, text in zip(columns, after.texts, strict=True)]
    if work.is_sqlite and None in after.texts:
        # There what is missing stands before all else, on PostgreSQL behind it; nothing is greater than it. Of a column that must
        # have a value SQLite takes for granted that it has one, unless it is asked for its type.
        greater = [
            func.typeof(one) != "null" if text is None else one > value
            for one, text, value in zip(columns, after.texts, last, strict=True)
        ]
        same = [one.is_not_distinct_from(value) for one, value in zip(columns, last, strict=True)]
        return or_(*(and_(*same[:place], one) for place, one in enumerate(greater)))
    place, behind = (tuple_(*columns), tuple_(*last)) if len(columns) > 1 else (columns[0], last[0])
    return place >= behind if after.is_included else place > behind
