"""What the scan door reads: one statement for each kind of code, written once and prepared for the engine at hand."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Select, bindparam
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.orm import aliased
from sqlmodel import col, delete

from api.database import POSTGRESQL_OPTIONS, Work
from api.errors import Unavailable
from models.card import Card, Plate, ScanCount
from models.file import StoredFile
from models.member import Member
from models.organization import Organization
from models.photo import Photo
from models.signing_key import SigningKey

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
        self._plate = _text(BY_PLATE, sqlite.dialect(paramstyle="named"))
        self._credential = _text(BY_CREDENTIAL, sqlite.dialect(paramstyle="named"))

    async def open(self) -> None:
        self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA query_only=ON")
        self._connection.execute("PRAGMA busy_timeout=2000")

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
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
        self._plate = _text(BY_PLATE, dialect)
        self._credential = _text(BY_CREDENTIAL, dialect)
        self._pool = AsyncConnectionPool(
            plain,
            kwargs={"autocommit": True, "options": options, "prepare_threshold": 0, "row_factory": tuple_row},
            min_size=1,
            max_size=8,
            timeout=2,
            max_waiting=200,
            open=False,
        )

    async def open(self) -> None:
        await self._pool.open()

    async def by_plate(self, code: str) -> tuple[Any, ...] | None:
        return await self._one(self._plate, {"code": code})

    async def by_credential(self, number: int, slot: int) -> tuple[Any, ...] | None:
        return await self._one(self._credential, {"number": number, "slot": slot})

    async def close(self) -> None:
        await self._pool.close()

    async def _one(self, statement: str, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(statement, values)
                row: tuple[Any, ...] | None = await cursor.fetchone()
        except psycopg.OperationalError as error:
            raise Unavailable(retry_after=2) from error
        return row


def reader(url: str) -> Reader:
    """The reader for a database's address."""
    parsed = make_url(url)
    return SqliteReader(parsed.database or "") if parsed.get_backend_name() == "sqlite" else PostgresqlReader(url)


def _text(statement: Select[Any], dialect: Any) -> str:
    return str(statement.compile(dialect=dialect))


def facts_of_card(work: Work, card_id: UUID) -> tuple[Any, ...]:
    """The facts of one card, as a scan of it reads them."""
    return tuple(work.execute(_of_card().where(col(Card.id) == card_id)).one())


def add_counts(work: Work, rows: list[dict[str, Any]]) -> None:
    """Add to the scan counts of cards."""
    insert = sqlite_insert if work.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(ScanCount)
    work.execute(
        statement.on_conflict_do_update(
            index_elements=["card_id", "hour", "outcome"],
            set_={"count": col(ScanCount.count) + statement.excluded["count"]},
        ),
        rows,
    )


def forget_counts(work: Work, before: datetime) -> int:
    """Delete the scan counts of the hours before a moment. Returns how many."""
    return work.exec(delete(ScanCount).where(col(ScanCount.hour) < before)).rowcount
