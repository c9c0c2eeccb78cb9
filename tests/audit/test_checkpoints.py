"""Where the trail ended is noted outside the database, and the trail is held against it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from api import logs
from api.audit import queries
from api.audit.checkpoints import FOLDER, Contradicted, noted_in_storage, write, write_daily
from api.audit.rules import LONGEST, Checkpoint, Occasion, binding, genuine, restorations, signed
from api.audit.service import FIRST
from api.cli import app
from api.database import Origin
from api.errors import Unavailable
from api.files.sweep import sweep_files
from api.house import House
from api.housekeeping import CHORES, keep_house, keep_house_daily
from api.settings import Settings
from models.audit import AuditHead, AuditLine
from tests.audit.trail import cut, fill, lines_of, tampering
from tests.serving import environment

ON_ENGINES = ("sqlite",)
KEY = b"k" * 32
NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)
CHORE = {"checkpoints_written": CHORES["checkpoints_written"]}


def note(house: House, now: datetime = NOON) -> int:
    return write_daily(house.database, house.storage, house.audit_key, now)


def noted(house: House) -> list[tuple[Occasion, int]]:
    return [(one.occasion, one.seq) for one in noted_in_storage(house.storage, house.audit_key).checkpoints]


def logged(capfd: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    return [line for line in lines if line["event"] == event]


def verified(settings: Settings, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["audit", "verify", *options], env=environment(settings) | {"COLUMNS": "1000"})
    return done.exit_code, done.output


def at(hour: int, seq: int, occasion: Occasion = Occasion.day) -> Checkpoint:
    return Checkpoint(occasion, NOON + timedelta(hours=hour), seq, f"{seq:064x}")


@pytest.fixture
def unreachable(house: House) -> Iterator[Callable[[], None]]:
    """The storage refuses everything, until this is called."""

    def refuse(*_: object) -> None:
        raise Unavailable(retry_after=5)

    with pytest.MonkeyPatch.context() as patched:
        for name in ("put", "open", "objects"):
            patched.setattr(type(house.storage), name, refuse)
        yield patched.undo


def test_what_was_signed_is_genuine_and_nothing_else_is() -> None:
    checkpoint = Checkpoint(Occasion.restore, NOON, 12, "a" * 64, "b" * 64)
    text = signed(checkpoint, KEY)
    assert genuine(text, KEY) == genuine(text.encode(), KEY) == checkpoint and len(text) < LONGEST
    assert genuine(text, b"o" * 32) is None
    for place in range(len(text)):
        assert genuine(text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :], KEY) is None, place
        assert genuine(text[:place], KEY) is None
    for junk in ("", "null", "[]", "{}", '{"code":1}', "[" * 5000, text + " " * LONGEST, text.encode() + b"\xff", b"\x00"):
        assert genuine(junk, KEY) is None


def test_names_are_in_the_order_of_time() -> None:
    moments = [NOON + timedelta(microseconds=count) for count in (0, 1, 999_999, 1_000_000, 86_400_000_000)]
    names = [Checkpoint(Occasion.day, moment, 1, "").name for moment in moments]
    assert names == sorted(names)


def test_the_last_restoration_and_what_was_noted_after_it_bind_the_trail() -> None:
    noted = [at(4, 7), at(1, 5), at(3, 4, Occasion.restore), at(2, 9, Occasion.backup)]
    assert [one.seq for one in binding(noted)] == [4, 7]
    assert [one.seq for one in binding(noted[:2])] == [5, 7] and list(binding([])) == []
    assert [(one.checkpoint.seq, one.until) for one in restorations(noted)] == [(4, 9)]
    twice = [*noted, at(5, 6, Occasion.restore), at(6, 6, Occasion.restore)]
    assert [(one.checkpoint.seq, one.until) for one in restorations(twice)] == [(4, 9), (6, 7), (6, 6)]


def test_a_day_on_which_something_was_written_is_noted_once_in_the_storage_and_in_the_log(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    assert keep_house(house, CHORE) == {"checkpoints_written": 0}, "where nothing was written, nothing is noted"
    fill(house, 5)
    assert keep_house(house, CHORE) == {"checkpoints_written": 1}
    assert keep_house(house, CHORE) == {"checkpoints_written": 0}
    fill(house, 2)
    assert keep_house(house, CHORE) == {"checkpoints_written": 1}
    assert noted(house) == [(Occasion.day, 5), (Occasion.day, 7)]
    told = [genuine(line["checkpoint"], house.audit_key) for line in logged(capfd, "audit_checkpoint")]
    assert told == noted_in_storage(house.storage, house.audit_key).checkpoints
    assert [one and one.mac for one in told] == [lines_of(house)[seq - 1].mac for seq in (5, 7)]


def test_a_copy_of_an_earlier_checkpoint_under_a_later_name_is_not_the_newest_and_is_told(house: House, settings: Settings) -> None:
    fill(house, 3)
    note(house)
    (first,) = house.storage.objects(FOLDER)
    with house.storage.open(first.key) as source:
        copied = source.read()
    with house.database.reading(Origin("test")) as work:
        end = queries.head(work.connection())
    assert end is not None
    fill(house, 3)
    note(house, NOON + timedelta(days=2))
    later = f"{FOLDER}/99991231t235959.999999z-day-1"
    house.storage.put(later, BytesIO(copied), "application/json")
    assert noted_in_storage(house.storage, house.audit_key).forged == [later]
    assert noted(house) == [(Occasion.day, 3), (Occasion.day, 6)]
    exit_code, told = verified(settings)
    assert exit_code == 1 and later in told
    with house.database.engine.begin() as connection:
        connection.execute(update(AuditHead).values(end._asdict()))
    with pytest.raises(Contradicted):
        note(house, NOON + timedelta(days=4))


def test_nothing_sweeps_checkpoints_away(house: House) -> None:
    fill(house, 1)
    note(house)
    sweep_files(house.database, house.storage, datetime.now(UTC) + timedelta(days=1000))
    assert noted(house) == [(Occasion.day, 1)]


def test_while_the_storage_is_away_the_log_has_it_and_nothing_else_fails(
    house: House, unreachable: Callable[[], None], capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    fill(house, 3)
    done = keep_house(house, {**CHORE, "other": lambda *_: 1})
    unreachable()
    assert done == {"checkpoints_written": None, "other": 1}
    (line,) = logged(capfd, "audit_checkpoint")
    told = genuine(line["checkpoint"], house.audit_key)
    assert told is not None and told.seq == 3
    assert keep_house(house, CHORE) == {"checkpoints_written": 1}
    assert noted(house) == [(Occasion.day, 3)]


def test_a_chore_that_has_failed_is_tried_again_before_the_day_is_over_and_the_others_are_not(house: House) -> None:
    done, tries, others = Event(), [0], [0]

    def fail_once(*_: object) -> int:
        tries[0] += 1
        if tries[0] == 1:
            raise Unavailable(retry_after=1)
        done.set()
        return 1

    def count(*_: object) -> int:
        others[0] += 1
        return 1

    ended = keep_house_daily(house, chores={"fail": fail_once, "count": count}, again=timedelta(milliseconds=10))
    assert done.wait(30)
    ended.set()
    assert (tries, others) == ([2], [1])


def test_a_trail_that_is_not_what_was_noted_of_it_is_told_the_next_day_and_not_noted_again(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    fill(house, 9)
    note(house)
    newest = noted_in_storage(house.storage, house.audit_key).checkpoints[-1]
    with tampering(house) as work:
        cut(work, 7, 8, 9)
        earlier = work.get_one(AuditLine, 6)
        work.connection().execute(update(AuditHead).values(seq=6, mac=earlier.mac))
        work.connection().commit()
    for _ in range(2):
        with pytest.raises(Contradicted):
            note(house, NOON + timedelta(days=1))
        assert logged(capfd, "audit_trail_contradicted")
    assert noted(house) == [(Occasion.day, newest.seq)]


def test_an_end_set_to_before_the_first_line_is_told_the_next_day(house: House) -> None:
    fill(house, 6)
    note(house)
    with tampering(house) as work:
        work.connection().execute(update(AuditHead).values(seq=0, mac=FIRST, seal=""))
        work.connection().commit()
    with pytest.raises(Contradicted):
        note(house, NOON + timedelta(days=1))


def test_a_clock_that_was_set_back_changes_no_order(house: House) -> None:
    for hour, seq in ((5, 1), (3, 2), (4, 3)):
        write(house.storage, house.audit_key, at(hour, seq))
    assert [seq for _, seq in noted(house)] == [1, 2, 3]
    assert [one.seq for one in binding(noted_in_storage(house.storage, house.audit_key).checkpoints)] == [1, 2, 3]


def test_a_day_on_which_nothing_was_written_is_noted_too_so_that_an_old_checkpoint_tells_that_none_is_written(
    house: House, settings: Settings
) -> None:
    start = datetime.now(UTC) - timedelta(days=4)
    fill(house, 2)
    assert [note(house, start + timedelta(days=days)) for days in (0, 0.9, 1)] == [1, 0, 1]
    code, told = verified(settings)
    assert code == 1 and told.startswith("审计记录 2 条全部相符。") and "已有 3 天 0 小时没有新的检查点" in told
    note(house, datetime.now(UTC) - timedelta(hours=30))
    code, told = verified(settings)
    assert code == 0 and told.endswith("最新的检查点写于 1 天 6 小时前。\n")


def test_a_clock_that_was_ahead_takes_from_nobody_how_old_the_newest_checkpoint_is(house: House, settings: Settings) -> None:
    now = datetime.now(UTC)
    fill(house, 2)
    note(house, now + timedelta(days=365))
    code, told = verified(settings)
    assert code == 0 and "时间尚未到来" in told
    assert [note(house, now - timedelta(days=days)) for days in (4, 3.9)] == [1, 0]
    code, told = verified(settings)
    assert code == 1 and "已有 4 天 0 小时没有新的检查点" in told
    assert note(house, now) == 1
    code, told = verified(settings)
    assert code == 0 and told.endswith("最新的检查点写于 0 天 0 小时前。\n")
    ordered = noted_in_storage(house.storage, house.audit_key).checkpoints
    assert len({one.at for one in ordered}) == 3 and all(genuine(signed(one, KEY), KEY) == one for one in ordered)


def test_the_command_names_the_first_fault_and_the_checkpoint_that_tells_it(
    house: House, settings: Settings, tmp_path: Path
) -> None:
    fill(house, 4)
    note(house, datetime.now(UTC))
    fill(house, 5)
    assert verified(settings) == (0, "审计记录 9 条全部相符。\n与 1 个检查点一致。\n最新的检查点写于 0 天 0 小时前。\n")

    log = tmp_path / "server.log"
    later = Checkpoint(Occasion.day, datetime.now(UTC) + timedelta(days=1), 11, "0" * 64)
    line = json.dumps({"checkpoint": signed(later, house.audit_key), "event": "audit_checkpoint"})
    log.write_text(f'{{"event": "request"}}\nnot JSON "audit_checkpoint"\nkernel: {line}\n', encoding="utf-8")
    code, told = verified(settings, "--log", str(log))
    assert code == 1 and f"第 10 条起不可信：末尾被截去（见检查点 {later.name}）。之前的 9 条相符" in told

    house.storage.put(f"{FOLDER}/forged", BytesIO(signed(later, KEY).encode()), "application/json")
    code, told = verified(settings)
    assert code == 1 and "检查点 audit/forged" in told
    house.storage.delete(f"{FOLDER}/forged")

    wrong = Checkpoint(Occasion.day, datetime.now(UTC) + timedelta(days=2), 6, "0" * 64)
    write(house.storage, house.audit_key, wrong)
    code, told = verified(settings)
    assert code == 1 and f"第 6 条起不可信：与检查点所记不符（见检查点 {wrong.name}）。之前的 5 条相符" in told
    with house.database.reading(Origin("test")) as work:
        assert work.get_one(AuditHead, 1).seq == 9
