"""What is told to be a good backup is one that can be restored, whatever somebody has made of the database's definitions."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.backups import postgresql, rules, service
from api.backups.proving import walked
from api.backups.service import backup, restore, verify
from api.backups.sqlite import path_of
from api.backups.voice import SESSIONS_STAND
from api.counted import file_of
from api.privacy.erasing import digest_of
from api.privacy.notes import Known, Noted
from api.settings import Settings
from models.erasure_enums import ErasureGround
from tests.backups.installation import SILENT, Heard, Installation, change, is_empty, rows
from tests.clock import district_day

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


def test_a_constraint_that_no_restoration_meets_keeps_nobody_from_being_erased_again(
    living: Installation, new_place: Callable[[], Settings], tmp_path: Path, engine: str
) -> None:
    cipher, other = living.district.house.cipher, "0" * 64
    former = f"'{uuid4()}', 1, '2026-01-01', '2026-01-01', '2026-01-01', 'asked_for', '2026-01-01', '{'1' * 64}'"
    check = f"CHECK (noted_at IS NOT NULL OR created_at > '2026-02-01' AND person_digest <> '{other}')"
    change(
        living.settings,
        f"INSERT INTO erasure (id, version, created_at, updated_at, erased_on, ground, noted_at, person_digest) VALUES ({former})",
        f"ALTER TABLE erasure ADD mine INTEGER {check}" if engine == "sqlite" else f"ALTER TABLE erasure ADD {check}",
    )
    path, heard = tmp_path / "kept.tar", Heard()
    backup(living.settings, path, SILENT)
    verify(living.settings, path, heard.voice)
    # Nothing of a dump of PostgreSQL is read but its rows.
    assert any("the storage will not be told of the erasures" in one for one in heard.said) == (engine == "sqlite")
    gone = [Noted(one, district_day(), ErasureGround.asked_for) for one in (digest_of(cipher, living.holder.member_id), other)]
    for known in (Known(frozenset(gone[:1]), datetime.now(UTC)), Known(frozenset(gone), datetime.now(UTC)), None):
        heard, place = Heard(), new_place()
        restore(place, path, heard.voice, known)
        assert any("the storage will not be told of the erasures" in one for one in heard.said)
        assert rows(place, "SELECT count(*) FROM member WHERE erased_on IS NOT NULL") == [(1 if known else 0,)]


SWALLOWING = {
    "sqlite": ("CREATE TRIGGER mine BEFORE INSERT ON audit_line BEGIN SELECT RAISE(IGNORE); END",),
    "postgresql": (
        "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER mine BEFORE INSERT ON audit_line FOR EACH ROW EXECUTE FUNCTION mine()",
    ),
}


def test_a_backup_whose_trail_takes_no_more_lines_is_restored_and_told(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str
) -> None:
    change(living.settings, *SWALLOWING[engine])
    path, heard = tmp_path / "swallowing.tar", Heard()
    backup(living.settings, path, SILENT)
    with pytest.raises(rules.NotProven, match=r"disguised|not_as_made"):
        restore(elsewhere, path, heard.voice)
    assert any(SESSIONS_STAND.zh in one or SESSIONS_STAND.en in one for one in heard.said)
    assert rows(elsewhere, "SELECT count(*) FROM member")[0][0] > 0


WHILE_DUMPED = {
    "function": (
        "ALTER FUNCTION audit_line_stays() RENAME TO audit_line_stay",
        "ALTER FUNCTION audit_line_stay() RENAME TO audit_line_stays",
    ),
    "trigger": tuple(
        f"CREATE OR REPLACE TRIGGER audit_line_stays BEFORE {deeds} ON audit_line EXECUTE FUNCTION audit_line_stays()"
        for deeds in ("UPDATE", "UPDATE OR DELETE OR TRUNCATE")
    ),
    "schema": ("ALTER SCHEMA public RENAME TO publik; ALTER SCHEMA publik RENAME TO public", "SELECT 1"),
    "constraint": ("ALTER TABLE card ADD CONSTRAINT mine FOREIGN KEY (id) REFERENCES card (id)", "SELECT 1"),
}
"""What somebody changes while pg_dump reads, and changes back."""
NOTHING_CHANGED = ("ANALYZE member", "CREATE TEMP TABLE mine (a int)", "UPDATE member SET joined_on = joined_on")


@pytest.mark.engine("postgresql")
@pytest.mark.parametrize("what", WHILE_DUMPED)
def test_a_definition_that_is_changed_while_it_is_dumped_makes_no_backup(
    living: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    before, after = WHILE_DUMPED[what]
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(postgresql, "_run", _doing(living.settings, before, after))
        with pytest.raises(rules.ChangedMeanwhile):
            backup(living.settings, tmp_path / "backup.tar", SILENT)
    assert not list(tmp_path.glob("*.tar")) and not list(tmp_path.glob(".*.part"))


@pytest.mark.engine("postgresql")
def test_a_definition_that_is_put_right_while_the_trail_is_walked_makes_no_backup(
    living: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, right = WHILE_DUMPED["trigger"]
    change(living.settings, changed)

    def walking(*arguments: Any) -> Any:
        change(living.settings, right)
        return walked(*arguments)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(service, "walked", walking)
        with pytest.raises(rules.ChangedMeanwhile):
            backup(living.settings, tmp_path / "backup.tar", SILENT)


@pytest.mark.engine("postgresql")
def test_what_is_written_while_a_database_is_dumped_changes_no_definition(
    living: Installation, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(postgresql, "_run", _doing(living.settings, "; ".join(NOTHING_CHANGED), "ANALYZE"))
        backup(living.settings, tmp_path / "backup.tar", SILENT)
    restore(elsewhere, tmp_path / "backup.tar", SILENT)


def _doing(settings: Settings, before: str, after: str) -> Callable[..., None]:
    """Runs a program of PostgreSQL's after one statement and before another."""
    run = postgresql._run

    def told(tool: Path, *arguments: Any) -> None:
        if tool.name != "pg_dump":
            run(tool, *arguments)
            return
        change(settings, before)
        run(tool, *arguments)
        change(settings, after)

    return told


@pytest.mark.engine("postgresql")
def test_what_a_database_had_beside_its_rows_is_told_again_where_the_backup_is_verified(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    change(
        living.settings, "ALTER FUNCTION audit_line_stays() LEAKPROOF", "ALTER TABLE card ADD CHECK (CURRENT_USER <> 'liangxian')"
    )
    path = tmp_path / "beside.tar"
    backup(living.settings, path, SILENT)
    with pytest.raises(rules.NotProven, match=r"not_as_made.*LEAKPROOF.*constraint card_check"):
        verify(elsewhere, path, SILENT)
