"""How the scan door reads from PostgreSQL while connections come and go."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from api.adapters.pipeline import Broken, Late, Pipeline
from api.errors import Unavailable
from api.verification import reader as readers
from api.verification.reader import PostgresqlReader
from tests import postgresql
from tests.conftest import District
from tests.verification.holders import Holder, hold

ON_ENGINES = ("postgresql",)


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


def run(url: str, read: Callable[[PostgresqlReader], Awaitable[None]]) -> None:
    async def reading() -> None:
        reader = PostgresqlReader(url)
        await reader.open()
        try:
            await read(reader)
        finally:
            await reader.close()

    asyncio.run(reading())


def on_database(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload,unused-ignore]


def others_on(url: str) -> int:
    """How many connections of scans there are."""
    with psycopg.connect(url, autocommit=True) as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'liangxian-scans'"
        (count,) = connection.execute(f"SELECT count(*) {others}").fetchone() or (0,)
        return int(count)


def test_a_scan_whose_connection_has_just_been_lost_is_answered_over_another(database_url: str, holder: Holder) -> None:
    async def read(reader: PostgresqlReader) -> None:
        first = await reader.by_plate(holder.code)
        assert first is not None and first[0] == str(holder.card_id)
        # The loop has no turn in which it could learn of the end before the question is sent.
        postgresql.end_connections(database_url)
        assert await asyncio.gather(*(reader.by_plate(holder.code) for _ in range(50))) == [first] * 50

    run(database_url, read)


def test_a_column_that_has_changed_its_type_since_is_read_again(database_url: str, holder: Holder) -> None:
    async def read(reader: PostgresqlReader) -> None:
        first = await reader.by_plate(holder.code)
        on_database(database_url, "ALTER TABLE organization ALTER COLUMN name TYPE text")
        assert await reader.by_plate(holder.code) == first

    run(database_url, read)


def test_all_who_come_first_share_one_connection(database_url: str, holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    open_one = Pipeline.open

    async def counting(*given: object) -> Pipeline:
        opened.append(given)
        return await open_one(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(Pipeline, "open", counting)

    async def read(reader: PostgresqlReader) -> None:
        rows = await asyncio.gather(*(reader.by_plate(holder.code) for _ in range(50)))
        assert len(set(rows)) == 1 and len(opened) == 1

    run(database_url, read)


def test_where_no_connection_can_be_had_all_are_told_and_the_next_tries_again(
    database_url: str, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "MOST_WAITING", 5)
    tried = []

    async def refusing(*_: object) -> Pipeline:
        tried.append(1)
        await asyncio.sleep(0.05)
        raise Broken

    async def read(reader: PostgresqlReader) -> None:
        with monkeypatch.context() as down:
            down.setattr(Pipeline, "open", refusing)
            answers = await asyncio.gather(*(reader.by_plate(holder.code) for _ in range(20)), return_exceptions=True)
            assert [type(answer) for answer in answers] == [Unavailable] * 20
            assert len(tried) == 1
        assert await reader.by_plate(holder.code) is not None

    run(database_url, read)


def test_a_server_that_is_late_is_not_asked_again(database_url: str, holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def late(self: Pipeline, name: bytes, values: object) -> None:
        asked.append(name)
        raise Late

    async def read(reader: PostgresqlReader) -> None:
        await reader.by_plate(holder.code)
        with monkeypatch.context() as slow:
            slow.setattr(Pipeline, "ask", late)
            with pytest.raises(Unavailable):
                await reader.by_plate(holder.code)
        assert asked == [b"plate"]

    run(database_url, read)


def test_a_reader_that_is_closed_while_it_opens_leaves_nothing_open(
    database_url: str, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pipeline, "_answer", lambda _: asyncio.get_running_loop().create_future())

    async def read(reader: PostgresqlReader) -> None:
        waiting = asyncio.ensure_future(reader.by_plate(holder.code))
        while others_on(database_url) == 0:
            await asyncio.sleep(0.01)
        await reader.close()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, timeout=30)
        until = asyncio.get_running_loop().time() + 30
        while others_on(database_url) and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.01)
        assert others_on(database_url) == 0

    run(database_url, read)
