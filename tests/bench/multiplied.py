"""First rows of tables, as the application has them, which the engine itself multiplies."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlmodel import SQLModel, col, select

from api.database import Origin, Work
from api.house import House
from models.base import Record, metadata
from models.organization import Organization
from tests.bench.seeding import YEAR

R = TypeVar("R", bound=Record)
BEGAN: Final = datetime(YEAR - 1, 12, 31, 16, 0)
"""When the year began in the district, in UTC."""


def numbered(table: str, columns: str, condition: str = "1 = 1", every: int = 1) -> str:
    """The rows of a table, counted from 1 in the order of their keys; or every so-many-th."""
    rows = f"SELECT {columns}, row_number() OVER (ORDER BY id) AS no FROM {table} WHERE {condition}"
    return f"(SELECT * FROM ({rows}) AS counted WHERE no % {every} = 0) AS a"


def written(work: Work, model: type[R]) -> R:
    """The row of a table that the application has written: its key comes after those of all that were made of it."""
    return work.exec(select(model).order_by(col(model.id).desc()).limit(1)).one()


class Multiplied:
    """Statements that multiply the first rows, in the words of the engine at hand."""

    def __init__(self, house: House, firsts: Callable[[Work], Iterator[SQLModel]]) -> None:
        self._engine, self._is_sqlite = house.database.engine, house.database.is_sqlite
        with house.database.writing(Origin("bench")) as work:
            self._firsts = {type(row): row for row in firsts(work)}
            self._kinds = list(self._firsts)
            self.organizations = len(work.exec(select(Organization.id)).all())

    def put(self, model: type[SQLModel], source: str, times: int, **own: str) -> None:
        """Multiply the first row of a table: so many `times` for each row `a` of a source, counted as `n` from 0."""
        table = metadata.tables[str(model.__tablename__)]
        if "id" in table.columns:
            own.setdefault("id", self.key(model, times))
        names = [column.name for column in table.columns]
        told = ", ".join(own.get(name, f"first.{name}") for name in names)
        numbers = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(times))
        keys = {column.name: getattr(self._firsts[model], column.name) for column in table.primary_key if column.name != "hour"}
        is_first = " AND ".join(f"first.{name} = '{key.hex if isinstance(key, UUID) else key}'" for name, key in keys.items())
        with self._engine.begin() as connection:
            if not self._is_sqlite:
                # A million rows are not looked up one by one.
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 0")
            connection.execute(
                text(
                    f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {told} "
                    f"FROM {table.name} AS first, {source}, ({numbers}) AS numbers WHERE {is_first}"
                )
            )

    def key(self, model: type[SQLModel], times: int, number: str = "") -> str:
        """The key of one of the rows that are made of a model, by its number."""
        kind, counted = 0x019C0000 + self._kinds.index(model), number or f"(a.no * {times} + n)"
        if self._is_sqlite:
            return f"printf('%08x%024x', {kind}, {counted})"
        return f"CAST(lpad(to_hex({kind}), 8, '0') || lpad(to_hex({counted}), 24, '0') AS uuid)"

    def literal(self, key: UUID) -> str:
        """A key as the engine has it in a statement."""
        return f"'{key.hex}'" if self._is_sqlite else f"uuid '{key}'"

    def hours(self, number: str) -> str:
        """A moment so many hours after the year began."""
        if self._is_sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', '{BEGAN}', ({number}) || ' hours')"
        return f"timestamptz '{BEGAN}+00' + ({number}) * interval '1 hour'"

    def days(self, number: str) -> str:
        """The day so many after the first one of the year."""
        if self._is_sqlite:
            return f"date('{date(YEAR, 1, 1)}', ({number}) || ' days')"
        return f"date '{date(YEAR, 1, 1)}' + CAST({number} AS int)"

    def measure(self) -> None:
        """Let PostgreSQL plan by what there is, as it does by itself where it is served. SQLite is never told, there either."""
        if not self._is_sqlite:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM (ANALYZE)")
