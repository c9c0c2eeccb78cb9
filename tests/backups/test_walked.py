"""Whatever signs an end of the audit trail signs the one that its own walk has come to, of the very state that it is about."""

from collections.abc import Sequence
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from api.adapters.storages import open_storage
from api.audit import checkpoints
from api.audit.rules import Occasion
from api.backups import proving, rules, service
from api.backups.service import backup, restore, verify
from api.database import Work
from api.settings import Settings, derive
from tests.backups.installation import SILENT, Heard, Installation, change, rewritten, rows


def noted(settings: Settings) -> checkpoints.Noted:
    return checkpoints.noted_in_storage(open_storage(settings), derive(settings.audit_key, "audit"))


def for_as_long_as_it_is_copied(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, before: Sequence[str], afterwards: Sequence[str]
) -> None:
    copied = service._take_snapshot

    def copy(*given: Any) -> Any:
        change(settings, *before)
        try:
            return copied(*given)
        finally:
            change(settings, *afterwards)

    monkeypatch.setattr(service, "_take_snapshot", copy)


@pytest.mark.parametrize("by", [100, -1, -1000])
def test_an_end_of_the_trail_that_somebody_has_set_while_it_was_copied_is_not_noted(
    living: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: int
) -> None:
    """From then on the trail would be taken for one that was cut off."""
    settings, heard, path = living.settings, Heard(), tmp_path / "backup.tar"
    ((seq, mac),) = rows(settings, "SELECT seq, mac FROM audit_head")
    for_as_long_as_it_is_copied(
        monkeypatch,
        settings,
        [f"UPDATE audit_head SET seq = {max(seq + by, 0)}, mac = '{'ab' * 32}'"],
        [f"UPDATE audit_head SET seq = {seq}, mac = '{mac}'"],
    )
    backup(settings, path, heard.voice)
    assert any("cut_off" in said and "no checkpoint of it was noted" in said for said in heard.said)
    assert noted(settings) == checkpoints.Noted([], [])
    with pytest.raises(rules.NotProven, match="cut_off"):
        verify(settings, path, SILENT)


def test_a_line_that_was_another_one_only_while_it_was_copied_is_told_and_nothing_is_noted(
    living: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    settings, heard, path = living.settings, Heard(), tmp_path / "backup.tar"
    off, on = [], []
    if engine == "sqlite":
        ((made,),) = rows(settings, "SELECT sql FROM sqlite_master WHERE name = 'audit_line_stays_update'")
        off, on = ["DROP TRIGGER audit_line_stays_update"], [made]
    else:
        off, on = (["ALTER TABLE audit_line DISABLE TRIGGER USER"], ["ALTER TABLE audit_line ENABLE TRIGGER USER"])
    ((action,),) = rows(settings, "SELECT action FROM audit_line WHERE seq = 2")
    for_as_long_as_it_is_copied(
        monkeypatch,
        settings,
        [*off, "UPDATE audit_line SET action = 'nothing' WHERE seq = 2", *on],
        [*off, f"UPDATE audit_line SET action = '{action}' WHERE seq = 2", *on],
    )
    backup(settings, path, heard.voice)
    assert any("broken at line 2: altered" in said and "no checkpoint of it was noted" in said for said in heard.said), heard.said
    assert noted(settings) == checkpoints.Noted([], [])
    with pytest.raises(rules.NotProven, match="broken at line 2: altered"):
        verify(settings, path, SILENT)
    monkeypatch.undo()
    backup(settings, tmp_path / "next.tar", SILENT)
    assert [one.occasion for one in noted(settings).checkpoints] == [Occasion.backup]


def test_of_a_trail_that_could_not_be_walked_nothing_is_noted(
    living: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    monkeypatch.setattr(service, "walked", lambda *_: None)
    backup(living.settings, tmp_path / "backup.tar", heard.voice)
    assert any("could not be walked, and no checkpoint of it was noted" in said for said in heard.said)
    assert noted(living.settings) == checkpoints.Noted([], [])


@pytest.mark.engine("postgresql")
def test_a_backup_is_written_also_where_the_database_ends_the_transaction_of_the_walk(
    living: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(work: Work, *_: Any) -> None:
        work.connection().exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    heard, path = Heard(), tmp_path / "backup.tar"
    monkeypatch.setattr(proving, "walk", ended)
    backup(living.settings, path, heard.voice)
    assert any("could not be walked, and no checkpoint of it was noted" in said for said in heard.said)
    assert noted(living.settings) == checkpoints.Noted([], [])
    monkeypatch.undo()
    verify(living.settings, path, SILENT)


@pytest.mark.engine("postgresql")
def test_a_backup_may_take_longer_than_the_database_lets_a_transaction_last(
    living: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if rows(living.settings, "SELECT current_setting('server_version_num')::int")[0][0] < 170000:
        pytest.skip("this server lets a transaction last as long as it will")
    ((name,),) = rows(living.settings, "SELECT current_database()")
    change(living.settings, f'ALTER DATABASE "{name}" SET transaction_timeout = 2000')
    walked = proving.walked

    def slowly(*given: Any) -> Any:
        sleep(2.1)
        return walked(*given)

    monkeypatch.setattr(service, "walked", slowly)
    backup(living.settings, tmp_path / "backup.tar", SILENT)
    assert [one.occasion for one in noted(living.settings).checkpoints] == [Occasion.backup]


def test_a_restoration_signs_the_end_that_it_has_walked_to_whatever_the_archive_tells_of_it(
    living: Installation, archive: Path, elsewhere: Settings
) -> None:
    ((seq, mac),) = rows(living.settings, "SELECT seq, mac FROM audit_head")
    path = rewritten(archive, living.settings, audit_seq=seq + 100, audit_mac="ab" * 32)
    with pytest.raises(rules.NotProven):
        restore(elsewhere, path, SILENT)
    (signed,) = noted(elsewhere).checkpoints
    assert (signed.occasion, signed.seq, signed.mac) == (Occasion.restore, seq, mac)
