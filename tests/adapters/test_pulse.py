"""A slow statement is waited for as long as its server lives; what happens where it does not is in `tests/test_outages.py`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from psycopg.errors import ConnectionTimeout
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from api.adapters import pulse
from api.adapters.pulse import Locked, Pulse, Silent, TooLong, Watched
from api.allowance import allowed, current
from api.database import create_engine
from tests import postgresql

ON_ENGINES = ("postgresql",)


@pytest.fixture
def hasty(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose statements are all slow."""
    monkeypatch.setattr(pulse.Watched, "quiet_seconds", 0.0)
    return create_engine(database_url)


def test_a_slow_statement_is_waited_for_while_its_server_answers_something_else(
    hasty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    answers = Pulse._answers

    def watched(self: Pulse) -> bool:
        asked.append(answers(self))
        return asked[-1]

    monkeypatch.setattr(Pulse, "_answers", watched)
    with hasty.connect() as connection:
        assert connection.execute(text("SELECT 'done' FROM pg_sleep(0.3)")).scalar_one() == "done"
    assert asked and all(asked)
    hasty.dispose()


def test_who_asks_by_a_connection_that_was_ended_meanwhile_asks_by_another(database_url: str, hasty: Engine) -> None:
    for _ in range(2):
        with hasty.connect() as connection:
            assert connection.execute(text("SELECT 1 FROM pg_sleep(0.2)")).scalar_one() == 1
        postgresql.end_connections(database_url)
    hasty.dispose()


def test_a_server_that_does_not_answer_is_given_up_with_the_connection(hasty: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with hasty.connect() as connection:
        connection.execute(text("SELECT 1"))
        monkeypatch.setattr(Pulse, "_answers", lambda self: False)
        with pytest.raises(OperationalError) as failed:
            connection.execute(text("SELECT pg_sleep(0.3)"))
        assert connection.invalidated and isinstance(failed.value.orig, Silent)
        connection.rollback()
    monkeypatch.undo()
    hasty.dispose()


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_server_that_takes_no_connection_in_time_is_silent_only_where_nothing_else_is_heard_of_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch, is_heard: bool
) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:

        def take_none(*_: object, **__: object) -> Watched:
            if is_heard:
                connection.execute(text("SELECT 1"))
            raise ConnectionTimeout

        monkeypatch.setattr(Watched, "connect", take_none)
        with pytest.raises(OperationalError) as failed:
            engine.connect()
        assert isinstance(failed.value.orig, ConnectionTimeout)
        with pytest.raises(OperationalError) as failed:
            engine.connect()
        assert isinstance(failed.value.orig, ConnectionTimeout if is_heard else Silent)
    engine.dispose()


@pytest.fixture
def usual(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    with allowed():
        yield engine
    engine.dispose()


def use_up() -> None:
    """Use up what this request may wait."""
    own = current()
    assert own
    own.extend(-own.left)


def test_who_has_waited_for_too_long_in_all_goes_on_where_the_server_is_quick(usual: Engine) -> None:
    with usual.connect() as connection:
        for _ in range(2):
            use_up()
            assert connection.execute(text("SELECT 'done' FROM pg_sleep(0.15)")).scalar_one() == "done"


def test_who_has_waited_for_too_long_in_all_gives_up_where_the_server_is_slow(
    usual: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with usual.connect() as connection:
        monkeypatch.setattr(pulse, "_DOING", pulse._DOING.replace("pg_stat_activity", "pg_stat_activity, pg_sleep(0.15)"))
        use_up()
        with pytest.raises(OperationalError) as failed:
            connection.execute(text("SELECT pg_sleep(0.15)"))
        assert connection.invalidated and type(failed.value.orig) is TooLong
        connection.rollback()
    with pytest.raises(OperationalError) as failed, usual.connect():
        pass
    assert isinstance(failed.value.orig, TooLong), "no connection is made either"


@contextmanager
def computing(turn: float) -> Iterator[None]:
    """Let a thread compute meanwhile, which lets go of Python's lock once in so many seconds."""
    ends, usual_turn = Event(), sys.getswitchinterval()

    def compute() -> None:
        while not ends.is_set():
            sum(range(1000))

    thread = Thread(target=compute)
    sys.setswitchinterval(turn)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        sys.setswitchinterval(usual_turn)
        thread.join()


def test_a_server_is_neither_slow_nor_silent_for_what_this_process_computes(usual: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "PATIENCE", 6 * pulse.BRISK)
    with usual.connect() as connection, computing(7 * pulse.BRISK):
        use_up()
        assert connection.execute(text("SELECT 'done' FROM pg_sleep(0.15)")).scalar_one() == "done"


def test_who_has_waited_for_too_long_in_all_does_not_wait_for_a_lock(usual: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "BRISK", 20.0)
    with usual.connect() as holding, usual.connect() as connection:
        holding.execute(text("LOCK TABLE organization IN ACCESS EXCLUSIVE MODE"))
        use_up()
        with pytest.raises(OperationalError) as failed:
            connection.execute(text("SELECT count(*) FROM organization"))
        assert isinstance(failed.value.orig, Locked)
        connection.rollback()
