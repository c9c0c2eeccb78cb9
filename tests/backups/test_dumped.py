"""A dump of PostgreSQL is read without a server, each value as it was."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.backups.dumped import load
from api.backups.rules import NotProven, UnsoundDatabase
from api.backups.service import backup, restore, verify
from api.settings import Settings
from tests.backups.installation import SILENT, Heard, Installation, change, rows
from tests.honors.kept import keep_honor

KEY = "0192f0c1-e5a8-7cc2-8000-000000000001"
COUNTS = "COPY public.scan_count (card_id, outcome) FROM stdin;"
ROWS = f"SET client_encoding = 'UTF8';\n{COUNTS}\n1\tone\\ttwo\\nthree\\\\N\\\\.\n2\t\\N\n\\.\n"


def test_rows_of_a_table_that_sqlite_keeps_elsewhere_are_read_with_whatever_stands_in_them(tmp_path: Path) -> None:
    script = tmp_path / "rows.sql"
    script.write_text(ROWS, encoding="utf-8")
    load(script, tmp_path / "copy", "head")
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT * FROM scan_count").fetchall() == [("1", "one\ttwo\nthree\\N\\."), ("2", None)]


def test_moments_and_keys_are_held_as_sqlite_holds_them(tmp_path: Path) -> None:
    columns = "id, created_at, updated_at, version, code, name, kind, name_display, path"
    row = f"{KEY}\t2026-11-27 18:00:00+08\t2026-11-27 10:00:00.5+00\t3\tD\t明湖区\tdistrict\tfull\tx/"
    script = tmp_path / "rows.sql"
    script.write_text(f"COPY public.organization ({columns}) FROM stdin;\n{row}\n\\.\n", encoding="utf-8")
    load(script, tmp_path / "copy", "head")
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        found = copy.execute("SELECT id, created_at, updated_at, version, name FROM organization").fetchone()
    assert found == (KEY.replace("-", ""), "2026-11-27 10:00:00.000000", "2026-11-27 10:00:00.500000", 3, "明湖区")


def test_rows_of_other_schemas_are_not_read_for_ours(tmp_path: Path) -> None:
    script, other = tmp_path / "rows.sql", COUNTS
    script.write_text(f"{ROWS}COPY other.scan_count (card_id, outcome) FROM stdin;\n{other}\n3\tx\n\\.\n", encoding="utf-8")
    load(script, tmp_path / "copy", "head")
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT card_id FROM scan_count").fetchall() == [("1",), ("2",)]


@pytest.mark.engine("postgresql")
def test_a_row_that_only_sqlite_would_not_let_stand_makes_no_damaged_backup(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    keep_honor(living.district, "B11", living.holder.member_id)
    change(living.settings, "UPDATE honor SET awarded_on = '9999-12-31', valid_until = '10001-01-01'")
    path = tmp_path / "late.tar"
    backup(living.settings, path, SILENT)
    verify(living.settings, path, SILENT)
    restore(elsewhere, path, SILENT)


@pytest.mark.engine("postgresql")
def test_what_somebody_has_put_beside_our_tables_and_columns_is_told_and_makes_no_damaged_backup(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    change(
        living.settings,
        'CREATE TABLE mine (a text, "A" text)',
        "CREATE TABLE sqlite_mine (a text)",
        'CREATE TABLE "Member" (id text)',
        'CREATE TABLE "an other" (id text)',
        'ALTER TABLE organization ADD "Name, too" text DEFAULT \'x\', ADD "NAME" text, ADD "a ""b""" text',
        'ALTER TABLE scan_count ADD "Count" text',
        "INSERT INTO mine VALUES ('1', '2')",
        "INSERT INTO \"Member\" VALUES ('1')",
    )
    path, heard = tmp_path / "beside.tar", Heard()
    backup(living.settings, path, heard.voice)
    assert any("the audit trail does not hold" in said for said in heard.said)
    for action, place in ((verify, living.settings), (restore, elsewhere)):
        with pytest.raises(NotProven, match="not_as_made") as told:
            action(place, path, SILENT)
        assert len(told.value.findings) == 1
    assert rows(elsewhere, "SELECT count(*) FROM organization") == rows(living.settings, "SELECT count(*) FROM organization")


@pytest.mark.engine("postgresql")
def test_a_row_that_refers_to_none_is_told_before_it_is_to_be_restored(living: Installation, tmp_path: Path) -> None:
    change(
        living.settings,
        "SET LOCAL session_replication_role = replica",
        f"UPDATE member SET organization_id = '{KEY}' WHERE id = '{living.holder.member_id}'",
    )
    path = tmp_path / "orphan.tar"
    backup(living.settings, path, SILENT)
    with pytest.raises(UnsoundDatabase, match="foreign key member > organization"):
        verify(living.settings, path, SILENT)


def test_a_dump_that_breaks_off_is_no_dump(tmp_path: Path) -> None:
    script = tmp_path / "rows.sql"
    script.write_text(ROWS.removesuffix("\\.\n"), encoding="utf-8")
    with pytest.raises(ValueError, match="ends within"):
        load(script, tmp_path / "copy", "head")
