"""What is done once a day without anybody asking for it."""

import shutil
import sqlite3
import subprocess
import sys
import time
from asyncio import CancelledError
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from itertools import pairwise
from pathlib import Path
from signal import SIGTERM
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Uuid, bindparam, event, text
from sqlmodel import select, update
from typer.testing import CliRunner

from api import database, housekeeping, logs
from api.access.devices import UNUSED
from api.audit.checkpoints import noted_in_storage, write
from api.audit.clock import note_time
from api.audit.rules import LONGEST_PAUSE, NEW, Checkpoint, Occasion
from api.audit.service import FIRST
from api.cards import rules
from api.cards import service as cards
from api.cli import app
from api.database import Origin, Work
from api.errors import Unavailable
from api.house import House
from api.housekeeping import BY_ANY_CLOCK, CHORES, FOR_GOOD, keep_house, keep_house_daily
from api.settings import Settings
from api.unfinished import Ended
from api.verification.counts import KEPT
from models.account import KnownDevice, RefusalCount, RoleGrant, SignInLimit
from models.audit import AuditHead
from models.card import Card, ScanCount
from models.complaint import Complaint
from models.enums import CardState, Role, ScanOutcome
from models.erasure import Erasure
from models.erasure_enums import ErasureGround
from models.file import StoredFile
from models.profile import Profile
from models.sign_in_enums import Guess
from models.transfer import Transfer
from tests.audit.trail import fill
from tests.clock import Ahead, ahead, district_day
from tests.conftest import District
from tests.serving import environment
from tests.transfers.moves import requested
from tests.verification.holders import Holder, change, hold

__all__ = ["ahead"]

ONE_OF_EACH = dict.fromkeys(CHORES, 1) | {"periods_counted": 2, "former_values_cleared": 0, "members_checked": 0}
"""A quarter and a year are always there to be counted, of former values nobody knows how many there are, and what is only checked
counts nothing."""
LONG_AGO = date(2020, 1, 1)
A_WHILE = timedelta(hours=1)


@pytest.fixture
def overdue(district: District, house: House) -> Holder:
    """One thing for each chore, and a card that has lapsed."""
    one, other = hold(house, district.ids["B11"]), hold(house, district.ids["B11"], "李建国")
    change(house, Card, one.card_id, expires_on=LONG_AGO)
    transfer = requested(district.sign_in(Role.secretary, "B11"), district, other.member_id, "B21")
    change(house, Transfer, UUID(transfer), due_on=LONG_AGO)
    complaint = {"code": other.code, "kind": "forged", "key": uuid4().hex}
    assert district.client.post("/v1/complaints", json=complaint).status_code == 201
    helper = district.sign_in(None, "B11")
    upload = district.sign_in(Role.member, "B11").post("/v1/files/uploads", json={"media_type": "image/png"}).json()
    with district.work() as work:
        account_id, place = UUID(helper.account_id), district.ids["B11"]
        work.add(RoleGrant(account_id=account_id, role=Role.deputy, organization_id=place, until=LONG_AGO))
        work.get_one(Profile, one.member_id).posts = None
        work.get_one(StoredFile, UUID(upload["file"]["id"])).awaited_until = work.at - timedelta(minutes=1)
        work.add(ScanCount(card_id=one.card_id, hour=work.at - KEPT, outcome=ScanOutcome.valid, count=1))
        a_week_ago = work.at - timedelta(days=7)
        work.add(RefusalCount(key="-", guess=Guess.sign_in, count=3, told=2, window_started_at=a_week_ago, last_at=a_week_ago))
        work.add(KnownDevice(account_id=account_id, digest="-", last_used_at=work.at - UNUSED - timedelta(days=1)))
        work.add(Erasure(person_digest="0" * 64, erased_on=LONG_AGO, ground=ErasureGround.asked_for))
        for row in work.exec(select(Complaint)):
            row.created_at = work.at - timedelta(days=3)
    return one


def test_what_is_old_is_forgotten_whatever_somebody_has_written_into_its_key(district: District, house: House, engine: str) -> None:
    first, *others = (hold(house, district.ids["B11"]).card_id for _ in range(3))
    with district.work() as work:
        for key in (first, *others):
            work.add(ScanCount(card_id=key, hour=work.at - KEPT - timedelta(days=1), outcome=ScanOutcome.valid, count=1))
        work.flush()
        spoilt = "'-infinity'" if engine == "postgresql" else "'2020-01-01 00:00:00'"
        work.execute(
            text(f"UPDATE scan_count SET hour = {spoilt} WHERE card_id = :card").bindparams(bindparam("card", first, Uuid()))
        )
        if engine == "sqlite":
            work.execute(text("UPDATE scan_count SET card_id = '!' WHERE card_id = :card"), {"card": others[0].hex})
    assert keep_house(house, {"x": CHORES["scan_counts_forgotten"]}, is_clock_right=True) == {"x": 3}


def state_of(house: House, holder: Holder) -> CardState:
    with house.database.reading(Origin("test")) as work:
        return work.get_one(Card, holder.card_id).state


def wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_each_chore_is_done_and_then_there_is_nothing_left_to_do(house: House, overdue: Holder) -> None:
    assert keep_house(house) == ONE_OF_EACH
    assert keep_house(house) == dict.fromkeys(CHORES, 0) | {"checkpoints_written": 1}, "the trail tells of what was done"
    assert keep_house(house) == dict.fromkeys(CHORES, 0)
    assert state_of(house, overdue) is CardState.expired


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("name", ["values_forgotten", "files_swept"])
def test_nobody_is_kept_from_writing_while_what_is_due_is_looked_for_in_vain(house: House, overdue: Holder, name: str) -> None:
    keep_house(house)
    begun: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        begun.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", note)
    assert keep_house(house, {name: CHORES[name]}) == {name: 0}
    searched = [before for before, statement in pairwise(begun) if statement.startswith("SELECT CAST(")]
    assert searched and "BEGIN IMMEDIATE" not in searched


@pytest.mark.engine("sqlite")
def test_who_waits_to_write_does_not_wait_until_what_is_due_was_found(house: House, overdue: Holder) -> None:
    begun: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        begun.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", note)
    assert keep_house(house, {"x": CHORES["values_forgotten"], "y": CHORES["files_swept"]}) == {"x": 1, "y": 1}
    held = [
        statement for before, statement in pairwise(begun) if before == "BEGIN IMMEDIATE" and statement.startswith("SELECT CAST(")
    ]
    assert held and all(" >= " in statement for statement in held)


def test_where_the_trail_ends_is_noted_before_what_may_go_on_for_ever(house: House, overdue: Holder) -> None:
    """A trigger that puts back what a chore has disposed of lets it go on."""
    others = [name for name in CHORES if name != "checkpoints_written"]

    def for_ever(house: House, _: datetime) -> int:
        raise KeyboardInterrupt

    for name in others:
        fill(house, 1)
        before = noted_in_storage(house.storage, house.audit_key).checkpoints
        with pytest.raises(KeyboardInterrupt):
            keep_house(house, {**CHORES, name: for_ever})
        assert len(noted_in_storage(house.storage, house.audit_key).checkpoints) == len(before) + 1, name


def test_a_chore_that_fails_leaves_nothing_and_stops_none_of_the_others(house: House, overdue: Holder) -> None:
    def half_done(house: House, _: datetime) -> int:
        with house.database.writing(Origin("test")) as work:
            work.get_one(Card, overdue.card_id).state = CardState.revoked
            work.flush()
            raise OSError

    assert keep_house(house, {**CHORES, "cards_expired": half_done}) == {**ONE_OF_EACH, "cards_expired": None}
    assert state_of(house, overdue) is CardState.valid


def test_cards_that_lapse_on_one_day_expire_in_pieces_and_what_was_done_before_it_was_killed_stays_done(
    district: District, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "AT_ONCE", 2)
    monkeypatch.setattr(housekeeping, "PAUSE_SECONDS", 0)
    holders = [hold(house, district.ids["B11"], name) for name in ("王秀兰", "李建国", "方秀兰", "陈志强", "赵桂香")]
    for holder in holders:
        change(house, Card, holder.card_id, expires_on=LONG_AGO)
    chore = {"cards_expired": CHORES["cards_expired"]}

    def expired() -> list[bool]:
        return [state_of(house, holder) is CardState.expired for holder in holders]

    pieces: list[int] = []
    expire = cards._expire

    def killed_in_the_second(work: Work, some: Sequence[Card]) -> int:
        pieces.append(len(some))
        done = expire(work, some)
        if len(pieces) == 2:
            raise OSError
        return done

    monkeypatch.setattr(cards, "_expire", killed_in_the_second)
    assert keep_house(house, chore) == {"cards_expired": None}
    assert sum(expired()) == 2
    assert keep_house(house, chore) == {"cards_expired": 3}
    assert all(expired()) and pieces == [2, 2, 2, 1, 0]


@pytest.mark.parametrize("by", [LONGEST_PAUSE + A_WHILE, -LONGEST_PAUSE - A_WHILE], ids=["ahead", "behind"])
def test_by_a_clock_that_is_far_off_nothing_is_forgotten_until_somebody_says_that_it_is_right(
    house: House, overdue: Holder, settings: Settings, ahead: Ahead, by: timedelta, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("ERROR")
    assert keep_house(house, {"time_noted": CHORES["time_noted"]}) == {"time_noted": 1}
    ahead(by)
    for occasion in Occasion:
        told = Checkpoint(occasion, datetime.now(UTC) + by, 0, FIRST, None if occasion is Occasion.day else "0" * 64)
        write(house.storage, house.audit_key, told)
    for _ in range(2):
        done = keep_house(house)
        assert {name for name, number in done.items() if number is not None} == BY_ANY_CLOCK, "whatever checkpoints tell"
        assert state_of(house, overdue) is CardState.valid
        (line,) = [line for line in capfd.readouterr().err.splitlines() if '"clock_doubtful"' in line]
        assert "--clock-is-right" in line and '"days":60' in line.replace(" ", "")
    told_off = CliRunner().invoke(app, ["housekeeping"], env=environment(settings))
    assert told_off.exit_code == 1 and state_of(house, overdue) is CardState.valid
    done_all = CliRunner().invoke(app, ["housekeeping", "--clock-is-right"], env=environment(settings))
    assert done_all.exit_code == 0
    assert None not in keep_house(house).values(), "what somebody has said is written down"


def test_a_clock_that_jumps_while_house_is_kept_is_seen_before_the_next_chore(house: House, overdue: Holder, ahead: Ahead) -> None:
    def jump(*_: object) -> int:
        ahead(LONGEST_PAUSE + A_WHILE)
        return 1

    keep_house(house, {"time_noted": CHORES["time_noted"]})
    done = keep_house(house, {"jump": jump, **CHORES})
    assert done["jump"] == 1 and done["cards_expired"] is done["time_noted"] is None
    assert state_of(house, overdue) is CardState.valid


@pytest.mark.parametrize("name", sorted(FOR_GOOD))
def test_what_is_for_good_goes_by_the_moment_that_was_held_for_right_however_the_clock_jumps_meanwhile(
    house: House, overdue: Holder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    moments: list[datetime] = []

    class Jumping(datetime):
        """Right when it is looked at first, and seven years ahead from then on."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            moments.append(datetime.now(tz) + len(moments) * timedelta(days=2557))
            return moments[-1]

    keep_house(house, {"time_noted": CHORES["time_noted"]})
    change(house, Card, overdue.card_id, expires_on=district_day() + timedelta(days=30))
    monkeypatch.setattr(rules, "AT_ONCE", 1)
    for module in [module for known, module in sys.modules.items() if known.startswith("api.") and hasattr(module, "datetime")]:
        monkeypatch.setattr(module, "datetime", Jumping)
    assert None not in keep_house(house, {name: CHORES[name]}).values()
    assert len(moments) == 1
    assert state_of(house, overdue) is CardState.valid


def test_a_storage_that_tells_no_time_is_not_gone_by_unless_the_installation_is_new(
    house: House, overdue: Holder, ahead: Ahead, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("ERROR")
    assert keep_house(house) == ONE_OF_EACH
    change(house, Card, overdue.card_id, state=CardState.valid)
    root = Path(house.storage.root)  # type: ignore[attr-defined]
    root.rename(root.with_name("mounted"))
    root.mkdir()
    ahead(NEW + A_WHILE)
    for _ in range(2):
        done = keep_house(house)
        assert {name for name, number in done.items() if number is not None} == BY_ANY_CLOCK
        assert state_of(house, overdue) is CardState.valid
        (line,) = [line for line in capfd.readouterr().err.splitlines() if '"last_time_unknown"' in line]
        assert "mounted" in line and "--clock-is-right" in line
    shutil.rmtree(root)
    root.with_name("mounted").rename(root)
    assert None not in keep_house(house).values()
    assert state_of(house, overdue) is CardState.expired


def test_a_trail_that_does_not_hold_is_told_each_day_and_keeps_nothing_else_from_being_done(
    house: House, overdue: Holder, ahead: Ahead, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("ERROR")
    assert keep_house(house) == ONE_OF_EACH
    with house.database.writing(Origin("test")) as work:
        work.connection().execute(update(AuditHead).values(seal="x"))
    capfd.readouterr()
    for month in range(1, 5):
        ahead(timedelta(days=30 * month))
        assert {name for name, number in keep_house(house).items() if number is None} == {"checkpoints_written"}
        assert '"audit_trail_contradicted"' in capfd.readouterr().err


@pytest.mark.engine("sqlite")
def test_what_goes_where_the_file_is_written_anew_is_told_before(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    """A trigger that is called one in other letters is in force, and SQLite does not copy it."""
    logs.configure("ERROR")
    fill(house, 1)
    house.database.close()
    with closing(sqlite3.connect(str(house.database.engine.url.database), isolation_level=None)) as connection:
        connection.execute("CREATE TRIGGER mine AFTER UPDATE ON card BEGIN DELETE FROM card; END")
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET type = 'Trigger' WHERE name = 'mine'")
    assert {name for name, number in keep_house(house).items() if number is None} == {"checkpoints_written"}
    assert '"audit_trail_contradicted"' in capfd.readouterr().err
    with house.database.reading(Origin("test")) as work:
        assert not work.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'mine'")).all()


@pytest.mark.usefixtures("overdue")
@pytest.mark.parametrize("words", [["retention"], ["files", "sweep"], ["housekeeping"]], ids=" ".join)
def test_no_command_forgets_by_such_a_clock_either_until_somebody_says_that_it_is_right(
    house: House, settings: Settings, words: list[str]
) -> None:
    long_ago = datetime.now(UTC) - LONGEST_PAUSE - A_WHILE
    assert note_time(house.storage, house.audit_key, long_ago) == 1
    with house.database.writing(Origin("test")) as work:
        work.add(SignInLimit(key="0" * 64, window_started_at=work.at - timedelta(days=400)))

    def is_all_there() -> bool:
        with house.database.reading(Origin("test")) as work:
            return bool(work.exec(select(SignInLimit)).all())

    refused = CliRunner().invoke(app, words, env=environment(settings))
    assert refused.exit_code == 1 and is_all_there(), refused.output
    done = CliRunner().invoke(app, [*words, "--clock-is-right"], env=environment(settings))
    assert done.exit_code == 0, done.output
    assert is_all_there() is (words == ["files", "sweep"])
    assert None not in keep_house(house).values(), "what somebody has said is written down"


def test_after_a_pause_that_is_not_too_long_house_is_kept_as_ever(house: House, overdue: Holder, ahead: Ahead) -> None:
    assert keep_house(house, {"time_noted": CHORES["time_noted"]}) == {"time_noted": 1}
    ahead(LONGEST_PAUSE - A_WHILE)
    assert None not in keep_house(house).values()


def test_while_the_storage_is_away_which_knows_the_last_day_nothing_is_ended_or_forgotten(
    house: House, overdue: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable(retry_after=1)

    monkeypatch.setattr(type(house.storage), "objects", away)
    done = keep_house(house)
    assert {name for name, number in done.items() if number is None} == FOR_GOOD | BY_ANY_CLOCK | {"erasures_noted"}
    assert state_of(house, overdue) is CardState.valid


def test_in_the_background_it_is_done_at_once_and_again_after_each_pause_whatever_fails(house: House) -> None:
    done = Event()
    times: list[float] = []

    def fail(*_: object) -> int:
        times.append(time.monotonic())
        if len(times) == 3:
            done.set()
        raise OSError

    ended = keep_house_daily(house, timedelta(seconds=0.05), {"fail": fail})
    assert done.wait(10)
    ended.set()
    assert all(later - earlier >= 0.05 for earlier, later in pairwise(times))


class Panic(BaseException):
    """What libraries that are not written in Python raise where they have no exception of their own."""


@pytest.mark.parametrize("error", [Panic, SystemExit, CancelledError, MemoryError, OSError])
def test_a_chore_that_fails_in_whatever_way_stops_none_of_the_others(house: House, error: type[BaseException]) -> None:
    def fail(*_: object) -> int:
        raise error

    assert keep_house(house, {"fail": fail, "work": lambda *_: 1}) == {"fail": None, "work": 1}


@pytest.mark.parametrize("error", [KeyboardInterrupt, partial(Ended, SIGTERM)], ids=["interrupted", "ended"])
def test_whoever_ends_the_command_ends_it_at_once(house: House, error: Callable[[], BaseException]) -> None:
    def stop(*_: object) -> int:
        raise error()

    with pytest.raises((KeyboardInterrupt, Ended)):
        keep_house(house, {"stop": stop})


@pytest.mark.parametrize("where", ["chore", "log", "close"])
def test_in_the_background_nothing_ends_it(house: House, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    done = Event()
    times: list[float] = []

    def fail(*_: object, **__: object) -> None:
        raise Panic

    def chore(*_: object) -> int:
        times.append(time.monotonic())
        if len(times) == 3:
            done.set()
        if where == "chore":
            fail()
        return 1

    if where == "log":
        monkeypatch.setattr(housekeeping.log, "info", fail)
    if where == "close":
        monkeypatch.setattr(house.database, "close", fail)
    ended = keep_house_daily(house, timedelta(seconds=0.05), {"chore": chore})
    assert done.wait(10)
    ended.set()
    monkeypatch.undo()


def test_the_command_tells_what_was_done_and_ends_with_a_failure_where_something_was_not(
    settings: Settings, overdue: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command() -> tuple[int, list[str]]:
        done = CliRunner().invoke(app, ["housekeeping"], env=environment(settings))
        return done.exit_code, done.stdout.splitlines()

    assert command() == (0, [f"{name}: {number}" for name, number in ONE_OF_EACH.items()])
    monkeypatch.setitem(CHORES, "files_swept", lambda *_: 1 // 0)
    code, lines = command()
    assert code == 1 and "files_swept: 没有完成，原因见日志" in lines


@pytest.mark.engine("sqlite")
def test_a_large_database_is_written_anew_only_by_hand(house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "REWRITTEN_BYTES", 0)
    file = Path(str(house.database.engine.url.database))
    for arguments, is_left in (((), True), (("--rewrite",), False)):
        with closing(sqlite3.connect(file, isolation_level=None)) as leaving:
            leaving.execute("PRAGMA secure_delete=OFF")
            leaving.execute("CREATE TABLE gap AS SELECT 'a-canary'")
            leaving.execute("DROP TABLE gap")
        done = CliRunner().invoke(app, ["housekeeping", *arguments], env=environment(settings))
        assert done.exit_code == 0, done.stdout
        assert (b"a-canary" in file.read_bytes()) is is_left


@pytest.mark.engine("sqlite")
def test_the_server_does_it_beside_serving(settings: Settings, house: House, overdue: Holder) -> None:
    command = [sys.executable, "-m", "api", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment(settings), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: state_of(house, overdue) is CardState.expired)
            assert server.poll() is None
        finally:
            server.terminate()
