"""What is told to be a good backup is one that can be restored, whatever somebody has made of the database's definitions."""

import sqlite3
from pathlib import Path

import pytest

from api.backups.service import backup, restore, verify
from api.backups.sqlite import path_of
from api.counted import file_of
from api.settings import Settings
from tests.backups.installation import SILENT, Installation, change, is_empty, rows

COUNTED_HERE = (
    "CREATE TABLE scan_count (hour, card_id, outcome, count)",
    "CREATE UNIQUE INDEX mine ON scan_count (hour, card_id, outcome)",
    "INSERT INTO scan_count VALUES (NULL, 'x', 'valid', 1)",
)


@pytest.mark.engine("sqlite")
def test_a_table_of_counts_that_somebody_has_put_into_the_database_keeps_nobody_from_restoring(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    there = sqlite3.connect(file_of(path_of(living.settings.database_url)))
    wanted = there.execute("SELECT count(*) FROM scan_count").fetchone()
    there.close()
    change(living.settings, *COUNTED_HERE)
    path = tmp_path / "counted.tar"
    backup(living.settings, path, SILENT)
    verify(living.settings, path, SILENT)
    restore(elsewhere, path, SILENT)
    counts = sqlite3.connect(file_of(path_of(elsewhere.database_url)))
    assert counts.execute("SELECT count(*) FROM scan_count WHERE card_id <> 'x'").fetchone() == wanted
    counts.close()
    assert rows(elsewhere, "SELECT * FROM sqlite_master WHERE name = 'scan_count'") == []


@pytest.mark.engine("sqlite")
def test_counts_that_no_restoration_can_part_are_told_where_the_backup_is_verified(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    file_of(path_of(living.settings.database_url)).unlink()
    change(living.settings, "CREATE TABLE scan_count (x)")
    path = tmp_path / "uncounted.tar"
    backup(living.settings, path, SILENT)
    for action, place in ((verify, living.settings), (restore, elsewhere)):
        with pytest.raises(sqlite3.Error, match="no such column"):
            action(place, path, SILENT)
    assert is_empty(elsewhere)
