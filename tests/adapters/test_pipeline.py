"""Many questions to PostgreSQL over one connection."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from api.adapters import pipeline
from api.adapters.pipeline import Broken, Late, Pipeline, connection_string
from tests import postgresql

ON_ENGINES = ("postgresql",)

STATEMENTS = {
    b"twice": "SELECT $1::int * 2, NULL, '亮' WHERE $1 >= 0",
    b"slow": "SELECT pg_sleep($1::float)",
    b"long": "SELECT length($1::text)",
    b"wrong": "SELECT 1 / $1::int",
}


def run(url: str, ask: Callable[[Pipeline], Awaitable[None]]) -> None:
    async def asked() -> None:
        asking = await Pipeline.open(connection_string(url, {"statement_timeout": "30s"}), STATEMENTS, {})
        try:
            await ask(asking)
        finally:
            asking.close()

    asyncio.run(asked())


def test_each_of_many_gets_the_answer_to_its_own_question(database_url: str) -> None:
    async def ask(asking: Pipeline) -> None:
        for _ in range(3):
            answers = await asyncio.gather(*(asking.ask(b"twice", [b"%d" % number]) for number in range(-5, 500)))
            assert answers == [None] * 5 + [(str(2 * number), None, "亮") for number in range(500)]
            assert await asking.ask(b"twice", [b"7"]) == ("14", None, "亮")

    run(database_url, ask)


def test_more_than_the_network_takes_at_once_is_sent_in_parts(database_url: str) -> None:
    async def ask(asking: Pipeline) -> None:
        lengths = [100_000 + number for number in range(200)]
        answers = await asyncio.gather(*(asking.ask(b"long", [b"x" * length]) for length in lengths))
        assert answers == [(str(length),) for length in lengths]

    run(database_url, ask)


def test_a_connection_that_ends_fails_all_that_wait_and_is_told_from_a_living_one(database_url: str) -> None:
    async def ask(asking: Pipeline) -> None:
        waiting = [asyncio.ensure_future(asking.ask(b"slow", [b"20"])) for _ in range(3)]
        await asyncio.sleep(0.2)
        postgresql.end_connections(database_url)
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Broken] * 3
        assert not asking.is_open
        with pytest.raises(Broken):
            await asking.ask(b"twice", [b"1"])

    run(database_url, ask)


def test_an_idle_connection_that_ends_is_seen_at_once(database_url: str) -> None:
    async def ask(asking: Pipeline) -> None:
        postgresql.end_connections(database_url)
        for _ in range(100):
            await asyncio.sleep(0.02)
            if not asking.is_open:
                return
        raise AssertionError("the end of the connection was not seen")

    run(database_url, ask)


def test_a_question_that_the_server_refuses_breaks_the_connection(database_url: str) -> None:
    async def ask(asking: Pipeline) -> None:
        answers = await asyncio.gather(
            asking.ask(b"twice", [b"1"]), asking.ask(b"wrong", [b"0"]), asking.ask(b"twice", [b"2"]), return_exceptions=True
        )
        assert answers[0] == ("2", None, "亮")
        assert all(isinstance(answer, Broken) for answer in answers[1:])
        assert not asking.is_open

    run(database_url, ask)


def test_a_server_that_does_not_answer_is_given_up(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "PATIENCE", 1.0)

    async def ask(asking: Pipeline) -> None:
        assert await asking.ask(b"slow", [b"0.01"]) == ("",)
        quick = asyncio.ensure_future(asking.ask(b"slow", [b"0.2"]))
        # What is asked in one turn of the loop is answered together.
        await asyncio.sleep(0.01)
        slow = asyncio.ensure_future(asking.ask(b"slow", [b"20"]))
        assert await quick == ("",)
        with pytest.raises(Late):
            await asyncio.wait_for(slow, timeout=15)

    run(database_url, ask)


def test_only_so_many_may_wait(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "MOST_WAITING", 3)

    async def ask(asking: Pipeline) -> None:
        waiting = [asking.ask(b"twice", [b"1"]) for _ in range(3)]
        with pytest.raises(Broken):
            asking.ask(b"twice", [b"1"])
        assert await asyncio.gather(*waiting) == [("2", None, "亮")] * 3
        assert await asking.ask(b"twice", [b"1"]) == ("2", None, "亮")

    run(database_url, ask)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Broken):
        asyncio.run(Pipeline.open(connection_string(f"postgresql://nobody@/none?host={tmp_path}", {}), {}, {}))


def test_every_host_of_an_address_is_tried_and_a_blank_in_a_password_ends_nothing() -> None:
    told = connection_string("postgresql://lx:a%20b@/district?host=a:5432&host=b:5433", {"lock_timeout": "4s"})
    assert conninfo_to_dict(told) == {
        "user": "lx",
        "password": "a b",
        "dbname": "district",
        "host": "a,b",
        "port": "5432,5433",
        "options": "-c lock_timeout=4s -c datestyle=ISO",
        "client_encoding": "utf8",
        "connect_timeout": "2",
        "keepalives_idle": "30",
    }


def test_an_address_that_libpq_cannot_read_is_told_before_anybody_asks() -> None:
    with pytest.raises(psycopg.ProgrammingError):
        connection_string("postgresql://lx@/district?nonsense=1", {})


def test_an_answer_that_cannot_be_read_keeps_nobody_waiting(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(asking: Pipeline) -> None:
        monkeypatch.setattr(pipeline, "_row", lambda result: result.get_value(0, 0).decode("ascii") and 1 / 0)
        answers = await asyncio.wait_for(
            asyncio.gather(*(asking.ask(b"twice", [b"1"]) for _ in range(3)), return_exceptions=True), timeout=5
        )
        assert [type(answer) for answer in answers] == [Broken] * 3

    run(database_url, ask)


def test_who_gives_up_waiting_does_not_let_others_wait_longer(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "PATIENCE", 2.0)

    async def ask(asking: Pipeline) -> None:
        first, second = (asyncio.ensure_future(asking.ask(b"slow", [b"20"])) for _ in range(2))
        await asyncio.sleep(1)
        first.cancel()
        began = asyncio.get_running_loop().time()
        with pytest.raises(Late):
            await second
        assert asyncio.get_running_loop().time() - began < 2

    run(database_url, ask)
