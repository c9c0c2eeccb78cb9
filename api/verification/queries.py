"""What the scan door reads: one statement for each kind of code, written once and prepared for the engine at hand."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import ARRAY, Integer, Select, Uuid, bindparam, func, literal
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.orm import aliased
from sqlmodel import col, delete

from api.database import POSTGRESQL_OPTIONS, Work
from api.errors import Unavailable
from models.base import metadata
from models.card import Card, Plate, ScanCount
from models.enums import ScanOutcome
from models.file import StoredFile
from models.member import Member
from models.organization import Organization
from models.photo import Photo
from models.signing_key import SigningKey

_COLUMNS: Final = metadata.tables["scan_count"].columns
_KEY: Final = ["card_id", "hour", "outcome"]
_COUNTED: Final = [*_KEY, "count"]

PRESENT = aliased(Organization)
"""Where the member belongs now, which after a transfer is not who issued the card."""

FACTS: tuple[Any, ...] = (
    col(Card.id),
    col(Card.state),
    col(Card.expires_on),
    col(Member.full_name),
    col(Member.party_post),
    col(Member.status),
    col(Organization.name),
    col(Organization.name_display),
    col(Organization.service_phone),
    col(PRESENT.name),
    col(StoredFile.storage_key),
)
"""What `service.py` makes `CardFacts` of, in this order."""


def _of_card(*more: Any) -> Select[Any]:
    return (
        columns(*FACTS, *more)
        .select_from(Card)
        .join(Member, col(Member.id) == col(Card.member_id))
        .join(Organization, col(Organization.id) == col(Card.organization_id))
        .join(PRESENT, col(PRESENT.id) == col(Member.organization_id))
        .outerjoin(Photo, col(Photo.member_id) == col(Member.id))
        .outerjoin(StoredFile, col(StoredFile.id) == col(Photo.file_id))
    )


BY_PLATE = (
    _of_card(col(Plate.withdrawn_at)).join(Plate, col(Plate.card_id) == col(Card.id)).where(col(Plate.code) == bindparam("code"))
)
BY_CREDENTIAL = (
    _of_card(col(SigningKey.public_x), col(SigningKey.public_y))
    .join(SigningKey, col(SigningKey.slot) == bindparam("slot"))
    .where(col(Card.credential_number) == bindparam("number"), col(SigningKey.withdrawn_at).is_(None))
)


class Reader(Protocol):
    """Reads one row of the door's statements as the driver gives it, with no session and no transaction around it.

    Raises `Unavailable` while the database cannot be reached.
    """

    async def open(self) -> None: ...

    async def by_plate(self, code: str) -> tuple[Any, ...] | None: ...

    async def by_credential(self, number: int, slot: int) -> tuple[Any, ...] | None: ...

    async def close(self) -> None: ...


class SqliteReader:
    """Reads in the event loop itself: a row by its key takes less time than handing the work to a thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._plate, self._credential = _text(BY_PLATE, "sqlite"), _text(BY_CREDENTIAL, "sqlite")

    async def open(self) -> None:
        self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA query_only=ON")
        self._connection.execute("PRAGMA busy_timeout=2000")
        # Whoever writes makes this connection forget its pages: mapped ones need not be read again.
        self._connection.execute(f"PRAGMA mmap_size={1 << 30}")

    async def by_plate(self, code: str) -> tuple[Any, ...] | None:
        return self._one(self._plate, {"code": code})

    async def by_credential(self, number: int, slot: int) -> tuple[Any, ...] | None:
        return self._one(self._credential, {"number": number, "slot": slot})

    async def close(self) -> None:
        self._connection.close()

    def _one(self, statement: str, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        except sqlite3.OperationalError as error:
            raise Unavailable(retry_after=2) from error
        return row


class PostgresqlReader:
    """Reads through an asynchronous pool in autocommit, each statement prepared once a connection."""

    def __init__(self, url: str) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_OPTIONS.items())
        parsed = make_url(url)
        # Not as one address: a blank in a password would end it.
        given: dict[str, Any] = parsed.translate_connect_args(username="user", database="dbname") | dict(parsed.query)
        known = make_conninfo(**given)
        self._plate, self._credential = _text(BY_PLATE, "postgresql"), _text(BY_CREDENTIAL, "postgresql")
        self._pool = AsyncConnectionPool(
            known,
            kwargs={"autocommit": True, "options": options, "prepare_threshold": 0, "row_factory": tuple_row},
            min_size=1,
            max_size=8,
            timeout=2,
            max_waiting=200,
            open=False,
        )
        self._idle: list[AsyncConnection[Any]] = []
        """Borrowed from the pool and kept while nobody waits for one there: each taking costs the pool as much as a read."""
        self._waiting = 0

    async def open(self) -> None:
        await self._pool.open()

    async def by_plate(self, code: str) -> tuple[Any, ...] | None:
        return await self._one(self._plate, {"code": code})

    async def by_credential(self, number: int, slot: int) -> tuple[Any, ...] | None:
        return await self._one(self._credential, {"number": number, "slot": slot})

    async def close(self) -> None:
        await self._give_back()
        await self._pool.close()

    async def _give_back(self) -> None:
        while self._idle:
            await self._pool.putconn(self._idle.pop())

    async def _one(self, statement: str, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        try:
            return await self._read(statement, values)
        except psycopg.OperationalError:
            # The server may have been restarted: then every connection that was kept is broken, and a new one is not.
            await self._give_back()
        try:
            return await self._read(statement, values)
        except psycopg.OperationalError as error:
            raise Unavailable(retry_after=2) from error

    async def _read(self, statement: str, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        connection = self._idle.pop() if self._idle else await self._borrow()
        try:
            cursor = await connection.execute(statement, values, binary=True)
            row: tuple[Any, ...] | None = await cursor.fetchone()
        except BaseException:
            # The pool looks after a connection that may be broken, or in the midst of something.
            await self._pool.putconn(connection)
            raise
        if self._waiting:
            await self._pool.putconn(connection)
        else:
            self._idle.append(connection)
        return row

    async def _borrow(self) -> AsyncConnection[Any]:
        self._waiting += 1
        try:
            return await self._pool.getconn()
        finally:
            self._waiting -= 1


def reader(url: str) -> Reader:
    """The reader for a database's address."""
    parsed = make_url(url)
    return SqliteReader(parsed.database or "") if parsed.get_backend_name() == "sqlite" else PostgresqlReader(url)


@cache
def _text(statement: Select[Any], engine: str) -> str:
    """A statement as the driver of that engine takes it, with named parameters."""
    dialect: Any = sqlite.dialect(paramstyle="named") if engine == "sqlite" else postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
    return str(statement.compile(dialect=dialect))


def facts_of_card(work: Work, card_id: UUID) -> tuple[Any, ...]:
    """The facts of one card, as a scan of it reads them."""
    return tuple(work.execute(_of_card().where(col(Card.id) == card_id)).one())


def add_counts(work: Work, counts: Mapping[tuple[UUID, datetime, ScanOutcome], int]) -> None:
    """Add to the scan counts of cards, by card, hour and outcome.

    All cards of an hour and outcome go in one statement: a statement for each of them costs as much as half a scan.
    """
    kinds: dict[tuple[datetime, ScanOutcome], list[tuple[str, int]]] = {}
    for (card, hour, outcome), number in counts.items():
        kinds.setdefault((hour, outcome), []).append((card.hex, number))
    adding = _add_on_sqlite if work.get_bind().dialect.name == "sqlite" else _add_on_postgresql
    # The order keeps two workers from locking the same rows crosswise.
    for (hour, outcome), cards in sorted(kinds.items()):
        adding(work, hour, outcome, sorted(cards))


def _add_on_sqlite(work: Work, hour: datetime, outcome: ScanOutcome, cards: list[tuple[str, int]]) -> None:
    each = func.json_each(literal(json.dumps(cards))).table_valued("value")
    rows = columns(
        func.json_extract(each.c.value, "$[0]"),
        literal(hour, _COLUMNS.hour.type),
        literal(outcome, _COLUMNS.outcome.type),
        func.json_extract(each.c.value, "$[1]"),
    )
    # Without a WHERE, SQLite takes the ON of ON CONFLICT for a join's.
    insert = sqlite_insert(ScanCount).from_select(_COUNTED, rows.where(each.c.value.is_not(None)))
    work.execute(insert.on_conflict_do_update(index_elements=_KEY, set_={"count": _sum(insert)}))


def _add_on_postgresql(work: Work, hour: datetime, outcome: ScanOutcome, cards: list[tuple[str, int]]) -> None:
    rows = columns(
        func.unnest(literal([UUID(card) for card, _ in cards], ARRAY(Uuid))),
        literal(hour, _COLUMNS.hour.type),
        literal(outcome, _COLUMNS.outcome.type),
        func.unnest(literal([number for _, number in cards], ARRAY(Integer))),
    )
    insert = postgresql_insert(ScanCount).from_select(_COUNTED, rows)
    work.execute(insert.on_conflict_do_update(index_elements=_KEY, set_={"count": _sum(insert)}))


def _sum(insert: Any) -> Any:
    return _COLUMNS["count"] + insert.excluded["count"]


def forget_counts(work: Work, before: datetime) -> int:
    """Delete the scan counts of the hours before a moment. Returns how many."""
    return work.exec(delete(ScanCount).where(col(ScanCount.hour) < before)).rowcount
