"""The day's checkpoint is of an end that the trail was walked to, from the highest line that was noted of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from api import logs
from api.audit import queries
from api.audit.checkpoints import Contradicted, noted_in_storage, write, write_daily
from api.audit.rules import Checkpoint, Occasion
from api.errors import Unavailable
from api.house import House
from tests.audit.trail import fill, lines_of, owning

NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)


def note(house: House, days: float = 0) -> int:
    return write_daily(house.database, house.storage, house.audit_key, NOON + timedelta(days=days))


def noted(house: House) -> list[tuple[Occasion, int]]:
    return [(one.occasion, one.seq) for one in noted_in_storage(house.storage, house.audit_key).checkpoints]


def at(house: House, hours: int, occasion: Occasion, seq: int) -> Checkpoint:
    return Checkpoint(occasion, NOON + timedelta(hours=hours), seq, lines_of(house)[seq - 1].mac)


def kept_end(house: House) -> dict[str, Any]:
    with house.database.engine.connect() as connection:
        return dict(connection.execute(text("SELECT seq, mac, seal FROM audit_head")).mappings().one())


def set_end(connection: Connection, **end: Any) -> None:
    connection.execute(text("UPDATE audit_head SET seq = :seq, mac = :mac, seal = :seal"), end)


def test_what_was_noted_of_a_later_line_binds_the_trail_although_something_newer_is_of_an_earlier_one(house: House) -> None:
    fill(house, 6)
    earlier = kept_end(house)
    fill(house, 3)
    assert note(house) == 1
    with owning(house) as connection:
        connection.exec_driver_sql("DELETE FROM audit_line WHERE seq > 6")
        set_end(connection, **earlier)
    write(house.storage, house.audit_key, at(house, 1, Occasion.backup, 6))
    for days in (1, 2, 3):
        with capture_logs() as lines, pytest.raises(Contradicted):
            note(house, days)
        (line,) = (line for line in lines if line["event"] == "audit_trail_contradicted")
        assert line["checkpoint"].endswith("-day-9")
        fill(house, 2)
    assert noted(house) == [(Occasion.day, 9), (Occasion.backup, 6)]


def test_what_was_noted_before_a_restoration_binds_it_no_more(house: House) -> None:
    fill(house, 9)
    note(house)
    end = at(house, 0, Occasion.day, 9)
    write(house.storage, house.audit_key, Checkpoint(Occasion.day, NOON + timedelta(hours=1), 40, end.mac))
    write(house.storage, house.audit_key, at(house, 2, Occasion.restore, 7))
    fill(house, 2)
    assert note(house, 1) == 1
    assert noted(house) == [(Occasion.day, 9), (Occasion.day, 40), (Occasion.restore, 7), (Occasion.day, 11)]


@pytest.mark.parametrize("seq", [4, 6])
def test_lines_that_do_not_hold_from_the_last_checkpoint_on_are_told_and_nothing_is_noted(house: House, seq: int) -> None:
    fill(house, 4)
    note(house)
    fill(house, 4)
    with owning(house) as connection:
        connection.exec_driver_sql(f"UPDATE audit_line SET action = 'nothing' WHERE seq = {seq}")
    with capture_logs() as lines, pytest.raises(Contradicted):
        note(house, 1)
    (line,) = (line for line in lines if line["event"] == "audit_trail_contradicted")
    assert (line["seq"], line["why"]) == (seq, "altered")
    assert noted(house) == [(Occasion.day, 4)]


def test_an_end_that_the_program_has_sealed_behind_one_of_somebody_elses_is_not_noted(house: House) -> None:
    fill(house, 4)
    note(house)
    fill(house, 4)
    with owning(house) as connection:
        set_end(connection, seq=8, mac="ab" * 32, seal="cd" * 32)
    fill(house, 2)
    with pytest.raises(Contradicted):
        note(house, 1)
    assert noted(house) == [(Occasion.day, 4)]


def test_neither_more_lines_nor_more_checkpoints_of_before_are_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(8):
        fill(house, 3)
        assert note(house, days) == 1
    fill(house, 3)
    read, opened = [], []
    every_line, store = queries.every_line, type(house.storage)
    open_object: Callable[..., Any] = store.open

    def lines(*given: Any, **more: Any) -> Iterator[Any]:
        for line in every_line(*given, **more):
            read.append(line.seq)
            yield line

    def counted(storage: Any, key: str) -> Any:
        opened.append(key)
        return open_object(storage, key)

    monkeypatch.setattr(queries, "every_line", lines)
    monkeypatch.setattr(store, "open", counted)
    assert note(house, 8) == 1
    assert read == [25, 26, 27] and len(set(opened)) == 1


def test_while_the_storage_is_away_the_log_has_no_end_that_the_trail_does_not_hold_to(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable(retry_after=5)

    logs.configure("INFO")
    fill(house, 6)
    monkeypatch.setattr(type(house.storage), "objects", refuse)
    with capture_logs() as lines, pytest.raises(Unavailable):
        note(house)
    assert [line["event"] for line in lines] == ["audit_checkpoint"]
    with owning(house) as connection:
        connection.exec_driver_sql("UPDATE audit_line SET action = 'nothing' WHERE seq = 2")
    with capture_logs() as lines, pytest.raises(Contradicted):
        note(house)
    assert [line["event"] for line in lines] == ["audit_trail_contradicted"]
