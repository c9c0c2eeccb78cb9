"""A restoration that was killed, wherever that was, is given again and ends well; no copy of a database outlives what made it."""

import os
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from api import schema
from api.adapters.postgresql import POSTGRESQL_OPTIONS
from api.adapters.storage_folder import FolderStorage
from api.adapters.storages import open_storage
from api.audit import checkpoints
from api.audit.clock import MARK
from api.audit.rules import Checkpoint, Occasion
from api.backups import postgresql, proving, rules, service, sqlite
from api.backups.mark import FOLDER
from api.backups.service import backup, restore, verify
from api.backups.sqlite import SqlitePlace, path_of
from api.housekeeping import keep_house
from api.settings import Settings, derive
from api.unfinished import ended_by_signals
from tests.backups.installation import SILENT, Installation, change, rows, stored

BEFORE, AFTER = False, True


def killed(settings: Settings, archive: Path, place: Any, name: str, after: bool, call: int = 1) -> None:
    """Restore in a process of its own, which is killed just before or after that call of a function."""
    ended(signal.SIGKILL, lambda: restore(settings, archive, SILENT), place, name, after, call)


def ended(number: int, act: Callable[[], object], place: Any, name: str, after: bool, call: int = 1) -> None:
    """Carry out a command in a process of its own, to which a signal is sent just before or after that call of a function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            if number != signal.SIGKILL:
                # Whoever runs the tests may have had it ignored.
                signal.signal(number, signal.SIG_DFL)
            _die_at(number, place, name, after, call)
            with ended_by_signals():
                act()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == number, f"it did not come to {name}"


def _die_at(number: int, place: Any, name: str, after: bool, call: int) -> None:
    original, calls = getattr(place, name), 0

    def dying(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and not after:
            os.kill(os.getpid(), number)
        made = original(*given, **named)
        if calls == call:
            os.kill(os.getpid(), number)
        return made

    setattr(place, name, dying)


STEPS: dict[str, list[tuple[Any, str, bool, int]]] = {
    "sqlite": [
        (SqlitePlace, "claim", AFTER, 1),
        (FolderStorage, "put", AFTER, 3),
        (SqlitePlace, "take", AFTER, 1),
        (service, "prove", AFTER, 1),
        (checkpoints, "write", AFTER, 1),
        (sqlite, "move_into_place", AFTER, 1),
        (sqlite, "move_into_place", AFTER, 2),
    ],
    "postgresql": [
        (postgresql.PostgresqlPlace, "claim", AFTER, 1),
        (FolderStorage, "put", AFTER, 3),
        (postgresql, "_run", BEFORE, 1),
        (postgresql, "_run", AFTER, 1),
        (service, "prove", AFTER, 1),
        (checkpoints, "write", AFTER, 1),
    ],
}
"""The steps of a restoration, in their order; the file storage is asked to keep a small object first."""


def test_a_restoration_killed_at_each_of_its_steps_in_turn_ends_well_in_the_end(
    living: Installation, archive: Path, elsewhere: Settings, engine: str
) -> None:
    for step in STEPS[engine]:
        killed(elsewhere, archive, *step)
    with pytest.raises(schema.HalfRestored):
        schema.check(elsewhere.database_url)
    if engine == "postgresql":
        url = make_url(elsewhere.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        with closing(psycopg.connect(url, application_name="pg_restore")) as left_behind:
            left_behind.execute("LOCK TABLE plate")
            restore(elsewhere, archive, SILENT)
            with pytest.raises(psycopg.OperationalError):
                left_behind.execute("SELECT 1")
    else:
        restore(elsewhere, archive, SILENT)
        names = sorted(path.name for path in path_of(elsewhere.database_url).parent.iterdir())
        assert names == ["restored.db", "restored.db-counts"], "nothing of the killed ones lies about"
    schema.check(elsewhere.database_url)
    assert stored(elsewhere) == living.files
    noted = checkpoints.noted_in_storage(open_storage(elsewhere), derive(elsewhere.audit_key, "audit"))
    assert {one.occasion for one in noted.checkpoints} == {Occasion.restore} and not noted.forged
    with pytest.raises(rules.DatabaseNotEmpty):
        restore(elsewhere, archive, SILENT)


def test_nothing_is_backed_up_or_migrated_that_was_not_restored_to_the_end(
    living: Installation, archive: Path, elsewhere: Settings, engine: str, tmp_path: Path
) -> None:
    """Cron may do so at any hour, and would note an end of a trail that was not proven."""
    killed(elsewhere, archive, *([(service, "prove", AFTER, 1), (sqlite, "move_into_place", AFTER, 2)][engine == "sqlite"]))
    before = [one.key for one in open_storage(elsewhere).objects()]
    with pytest.raises(schema.HalfRestored):
        backup(elsewhere, tmp_path / "half.tar", SILENT)
    with pytest.raises(schema.HalfRestored):
        schema.migrate(elsewhere.database_url)
    assert [one.key for one in open_storage(elsewhere).objects()] == before and not list(tmp_path.glob("*half*"))
    restore(elsewhere, archive, SILENT)
    backup(elsewhere, tmp_path / "whole.tar", SILENT)


def test_no_restoration_clears_away_what_somebody_else_has_marked(
    living: Installation, archive: Path, elsewhere: Settings, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write there marks a living database with what he has read of a mark, here or of a rehearsal."""

    def mark(settings: Settings, said: str) -> None:
        if engine == "sqlite":
            path = schema.mark_of(path_of(settings.database_url))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(said, encoding="utf-8")
        else:
            change(settings, "DROP SCHEMA IF EXISTS restoring", "CREATE SCHEMA restoring")
            change(settings, f"COMMENT ON SCHEMA restoring IS '{said}'")

    def refused(settings: Settings, said: str) -> None:
        mark(settings, said)
        with pytest.raises(rules.DatabaseNotEmpty):
            restore(settings, archive, SILENT, same_storage=True)

    def meanwhile(*given: Any) -> Any:
        if engine == "sqlite":
            seen.append(schema.mark_of(path_of(elsewhere.database_url)).read_text(encoding="utf-8"))
        else:
            seen.append(rows(elsewhere, str(postgresql.MARKED))[0][0])
        refused(living.settings, seen[0])
        if engine == "sqlite":
            schema.mark_of(path_of(living.settings.database_url)).unlink()
        return taken(*given)

    seen, taken = list[str](), proving.prove
    mark(elsewhere, "")
    with monkeypatch.context() as rehearsal:
        rehearsal.setattr(service, "prove", meanwhile)
        restore(elsewhere, archive, SILENT)
    (genuine,) = seen
    number = genuine.partition(" ")[0]
    for said in ("", number, "é é", genuine.replace(number, "0" * 32), genuine[:-1], genuine):
        refused(elsewhere, said)
    with pytest.raises(schema.HalfRestored) as told:
        schema.check(elsewhere.database_url)
    assert "find out who" in told.value.text.en
    assert not list(open_storage(elsewhere).objects(FOLDER))


def test_a_killed_restoration_is_given_again_whatever_the_storage_tells_of_a_clock_that_was_ahead(
    living: Installation, archive: Path, elsewhere: Settings, engine: str
) -> None:
    """The former machine's: a house was kept, or a backup made, at a moment that is yet to come."""
    key, (seq, mac) = derive(elsewhere.audit_key, "audit"), rows(living.settings, "SELECT seq, mac FROM audit_head")[0]
    ahead = Checkpoint(Occasion.day, datetime.now(UTC) + timedelta(minutes=5), seq, mac)
    checkpoints.write(living.storage, key, ahead)
    heir = elsewhere.model_copy(update={"storage_url": living.settings.storage_url})
    place = SqlitePlace if engine == "sqlite" else postgresql.PostgresqlPlace
    ended(signal.SIGKILL, lambda: restore(heir, archive, SILENT, same_storage=True), place, "finish", BEFORE)
    if engine == "sqlite":
        # And whoever has moved the folder meanwhile.
        folder = path_of(heir.database_url).parent
        moved = folder.rename(folder.with_name("moved")) / "restored.db"
        heir = heir.model_copy(update={"database_url": f"sqlite:///{moved}"})
    restore(heir, archive, SILENT, same_storage=True)
    schema.check(heir.database_url)
    assert not list(living.storage.objects(FOLDER))


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_no_mark_is_written_through_a_link(
    archive: Path, elsewhere: Settings, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    mark, mine = schema.mark_of(path_of(elsewhere.database_url)), tmp_path / "mine"
    mine.write_text("mine")
    mark.parent.mkdir(parents=True, exist_ok=True)
    link(mine, mark)
    with pytest.raises(rules.DatabaseNotEmpty):
        restore(elsewhere, archive, SILENT)
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("verb", ["backup", "verify", "restore"])
def test_a_command_that_is_ended_leaves_no_copy_and_one_that_is_killed_leaves_it_for_a_day(
    living: Installation,
    archive: Path,
    elsewhere: Settings,
    verb: str,
    engine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary, kept = tmp_path / "temporary", tmp_path / "backups"
    temporary.mkdir()
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    archive = archive.rename(kept / archive.name)

    def left() -> list[Path]:
        beside = [] if engine == "postgresql" else path_of(elsewhere.database_url).parent.glob(".restored.db.*")
        return [*temporary.iterdir(), *(one for one in kept.iterdir() if one.name.startswith(".")), *beside]

    acts: dict[str, Callable[[], object]] = {
        "backup": lambda: backup(living.settings, kept / "other.bak", SILENT),
        "verify": lambda: verify(living.settings, archive, SILENT),
        "restore": lambda: restore(elsewhere, archive, SILENT),
    }
    at: tuple[Any, str, bool] = (service, "check_revision" if verb == "backup" else "prove", BEFORE)
    act = acts[verb]
    if (verb, engine) == ("restore", "postgresql"):
        at = (postgresql, "_run", AFTER)
    for number in (signal.SIGTERM, signal.SIGHUP):
        ended(number, act, *at)
        assert left() == [], number
    ended(signal.SIGKILL, act, *at)
    assert left()
    verify(living.settings, archive, SILENT)
    assert left(), "somebody may be writing there"
    for one in left():
        os.utime(one, (0, 0))
    foreign = [temporary / "liangxian-original", temporary / "liangxian-mine", kept / ".notes.part", kept / ".notes.12345678.txt"]
    for one in foreign[:2]:
        one.mkdir()
        (one / "letter.txt").write_text("mine")
    for one in foreign[2:]:
        one.write_text("mine")
    for one in foreign:
        os.utime(one, (0, 0))
    act()
    assert sorted(left()) == sorted(foreign)


def test_a_restoration_killed_while_it_put_checkpoints_of_then_back_is_given_again(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    house, path = living.district.house, tmp_path / "noted.tar"
    checkpoints.write_daily(house.database, house.storage, house.audit_key, datetime.now(UTC))
    backup(living.settings, path, SILENT)
    killed(elsewhere, path, FolderStorage, "put", AFTER, len(living.files) + 3)
    assert len(list(open_storage(elsewhere).objects(checkpoints.FOLDER))) == 1
    restore(elsewhere, path, SILENT)


def test_one_that_was_killed_is_not_given_again_with_the_storage_of_an_installation_that_keeps_house(
    living: Installation, elsewhere: Settings, engine: str, tmp_path: Path
) -> None:
    """What the killed one has left lies in its own storage: all that lies in this one is the archive's too."""
    house, path = living.district.house, tmp_path / "unnoted.tar"
    checkpoints.write_daily(house.database, house.storage, house.audit_key, datetime.now(UTC))
    change(living.settings, "UPDATE audit_head SET seal = 'x'")
    keep_house(house)
    backup(living.settings, path, SILENT)
    place = SqlitePlace if engine == "sqlite" else postgresql.PostgresqlPlace
    killed(elsewhere, path, place, "finish", BEFORE)
    with pytest.raises(rules.StorageInUse, match=MARK):
        restore(elsewhere.model_copy(update={"storage_url": living.settings.storage_url}), path, SILENT)
    with pytest.raises(rules.NotProven):
        restore(elsewhere, path, SILENT)


def test_two_do_not_restore_into_one_place_at_once(
    living: Installation, archive: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POSTGRESQL_OPTIONS, "lock_timeout", "100ms")
    refused = []
    taken = proving.prove

    def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(service, "prove", taken)
        with pytest.raises(rules.BeingRestored):
            restore(elsewhere, archive, SILENT)
        refused.append(1)
        return taken(*given)

    monkeypatch.setattr(service, "prove", meanwhile)
    restore(elsewhere, archive, SILENT)
    assert refused == [1]
    schema.check(elsewhere.database_url)
