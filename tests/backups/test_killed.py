"""A restoration that was killed, wherever that was, is given again and ends well."""

import os
import signal
import traceback
import warnings
from contextlib import closing
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
from api.audit.rules import Occasion
from api.backups import postgresql, proving, rules, service, sqlite
from api.backups.service import restore
from api.backups.sqlite import SqlitePlace, path_of
from api.settings import Settings, derive
from tests.backups.installation import SILENT, Installation, stored

BEFORE, AFTER = False, True


def killed(settings: Settings, archive: Path, place: Any, name: str, after: bool, call: int = 1) -> None:
    """Restore in a process of its own, which is killed just before or after that call of a function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            _die_at(place, name, after, call)
            restore(settings, archive, SILENT)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"it did not come to {name}"


def _die_at(place: Any, name: str, after: bool, call: int) -> None:
    original, calls = getattr(place, name), 0

    def dying(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        made = original(*given, **named)
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
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
