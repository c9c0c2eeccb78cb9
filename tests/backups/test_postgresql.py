"""PostgreSQL's own programs, chosen by the server's version, and told the password in no place where others can read it."""

import json
import shlex
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from api import schema
from api.adapters.postgresql import POSTGRESQL_OPTIONS, RESTORING
from api.backups import postgresql, proving, rules, service
from api.backups.archive import DATABASE, Archive
from api.backups.service import backup, restore, verify
from api.settings import Settings
from tests.backups.installation import (
    JSON,
    SILENT,
    Heard,
    Installation,
    change,
    is_empty,
    looking,
    rewritten,
    rows,
    serving,
    tools_folder,
)
from tests.postgresql import on_server

ON_ENGINES = ("postgresql",)
OWN = "/v1/accounts/mine"
PASSWORD = "纸鸢 over/the@lake"
BESIDE = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' UNION ALL SELECT extname FROM pg_extension ORDER BY 1"


def wrapped(folder: Path, log: Path) -> Path:
    """PostgreSQL's programs behind scripts that write down how they were called."""
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        script = folder / name
        script.write_text(
            "#!/bin/sh\n"
            f"{{ tr '\\0' ' ' < /proc/$$/cmdline; echo; tr '\\0' ' ' < /proc/$$/environ; echo; }} >> {shlex.quote(str(log))}\n"
            f'exec {shlex.quote(str(tools_folder() / name))} "$@"\n'
        )
        script.chmod(0o700)
    return folder


def saying(folder: Path, version: int) -> Path:
    """Programs that say that they are of this version, and do nothing."""
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}.3 (Debian)'\n")
        (folder / name).chmod(0o700)
    return folder


def asking(living: Installation) -> dict[str, str]:
    """The headers of somebody who is signed in there."""
    return JSON | living.district.sign_in_as(living.username).headers


def lost(_: postgresql.PostgresqlPlace) -> None:
    raise OSError("as if the connection were lost at the last step")


def server_version(settings: Settings) -> int:
    return int(rows(settings, "SHOW server_version_num")[0][0]) // 10000


def test_programs_older_than_the_server_are_refused_with_the_version_and_the_setting(living: Installation, tmp_path: Path) -> None:
    version = server_version(living.settings)
    (tmp_path / "none").mkdir()
    for folder in (tmp_path / "none", saying(tmp_path / "older", version - 1)):
        settings = living.settings.model_copy(update={"postgresql_tools": folder})
        with pytest.raises(rules.NoTool) as caught:
            backup(settings, tmp_path / "backup.tar", SILENT)
        for words in caught.value.sentence():
            assert f"PostgreSQL {version}" in words and "POSTGRESQL_TOOLS" in words and "pg_dump" in words
        assert not list(tmp_path.glob("*.tar")) and not list(tmp_path.glob(".*.part"))


def test_without_a_fitting_pg_restore_nothing_is_restored(living: Installation, elsewhere: Settings, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    backup(living.settings, path, SILENT)
    poor = elsewhere.model_copy(update={"postgresql_tools": saying(tmp_path / "older", server_version(living.settings) - 1)})
    for action in (verify, restore):
        with pytest.raises(rules.NoTool, match="pg_restore"):
            action(poor, path, SILENT)
    assert is_empty(elsewhere)


def test_a_backup_of_a_newer_server_is_refused(living: Installation, elsewhere: Settings, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    backup(living.settings, path, SILENT)
    newer = rewritten(path, living.settings, engine_version=server_version(living.settings) + 1)
    with pytest.raises(rules.OlderServer):
        restore(elsewhere, newer, SILENT)
    assert is_empty(elsewhere)


def test_a_dump_that_pg_restore_cannot_take_leaves_an_empty_database(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "backup.tar"
    backup(living.settings, path, SILENT)
    # A leftover that is no table gets in the way half through.
    change(elsewhere, "CREATE TYPE plate AS (x int)")
    with pytest.raises(rules.ToolFailed, match=r"pg_restore failed: .*plate") as caught:
        restore(elsewhere, path, SILENT)
    assert "CREATE" not in str(caught.value), "neither commands nor rows are repeated"
    assert is_empty(elsewhere)


def test_a_database_that_cannot_be_taken_back_is_told_and_does_not_hide_why_the_restoration_failed(
    living: Installation, archive: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    monkeypatch.setitem(POSTGRESQL_OPTIONS, "lock_timeout", "100ms")
    with ExitStack() as held:

        def hold_a_table_and_give_up(*_: object) -> None:
            held.enter_context(looking(elsewhere)).execute(text("LOCK TABLE plate"))
            raise rules.UnsoundDatabase(why="tested")

        monkeypatch.setattr(proving, "walk", hold_a_table_and_give_up)
        with pytest.raises(rules.UnsoundDatabase):
            restore(elsewhere, archive, heard.voice)
    assert "could not be removed" in heard.said[-1]
    with pytest.raises(schema.HalfRestored):
        schema.check(elsewhere.database_url)
    # Nor does a server read from it that was left on.
    there, headers = elsewhere.model_copy(update={"token_secret": living.settings.token_secret}), asking(living)
    with serving(there) as client:
        for asked in (OWN, f"/C/{living.holder.code}"):
            assert client.get(asked, headers=headers).status_code == 503
    monkeypatch.undo()
    restore(elsewhere, archive, SILENT)
    schema.check(elsewhere.database_url)


def test_what_lies_beside_our_schema_is_in_no_archive_and_keeps_none_from_being_restored(
    living: Installation, new_place: Callable[[], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(
        living.settings,
        f"CREATE SCHEMA {RESTORING}",
        "CREATE SCHEMA mine",
        "CREATE TABLE mine.mine (a int)",
        "CREATE EXTENSION vector SCHEMA mine",
    )
    now, former = tmp_path / "now.tar", tmp_path / "former.tar"
    with monkeypatch.context() as of_former_times:
        of_former_times.setattr(schema, "check_whole", lambda _: None)
        backup(living.settings, now, SILENT)
        of_former_times.setattr(postgresql, "OURS_ALONE", ("-B", "--no-comments", "--no-security-labels"))
        backup(living.settings, former, SILENT)
    for path in (now, former):
        place = new_place()
        before = rows(place, BESIDE)
        with pytest.raises(rules.NotProven, match="relation mine mine r"):
            verify(place, path, SILENT)
        restore(place, path, SILENT)
        schema.check(place.database_url)
        assert rows(place, "SELECT count(*) FROM member") == rows(living.settings, "SELECT count(*) FROM member")
        assert rows(place, BESIDE) == before


def test_where_a_table_lies_on_one_server_is_not_asked_of_another(
    living: Installation, elsewhere: Settings, database_url: str, tmp_path: Path
) -> None:
    for statement in (
        "SET allow_in_place_tablespaces = on",
        "DROP TABLESPACE IF EXISTS fast",
        "CREATE TABLESPACE fast LOCATION ''",
    ):
        on_server(database_url, statement)
    change(
        living.settings,
        "ALTER TABLE scan_count SET TABLESPACE fast",
        "ALTER INDEX pk_plate SET TABLESPACE fast",
        "CREATE ACCESS METHOD mine TYPE TABLE HANDLER heap_tableam_handler",
        "ALTER TABLE appeal SET ACCESS METHOD mine",
        "ALTER TABLE member ALTER COLUMN full_name SET COMPRESSION pglz",
    )
    path, script = tmp_path / "backup.tar", tmp_path / "script"
    backup(living.settings, path, SILENT)
    with pytest.raises(rules.NotProven, match="needs access method mine"):
        verify(living.settings, path, SILENT)
    change(
        living.settings,
        "ALTER TABLE scan_count SET TABLESPACE pg_default",
        "ALTER INDEX pk_plate SET TABLESPACE pg_default",
        "ALTER TABLE appeal SET ACCESS METHOD heap",
        "ALTER TABLE member ALTER COLUMN full_name SET COMPRESSION DEFAULT",
        "DROP ACCESS METHOD mine",
    )
    on_server(database_url, "DROP TABLESPACE fast")
    restore(elsewhere, path, SILENT)
    schema.check(elsewhere.database_url)
    with Archive(path) as archive:
        archive.extract(DATABASE, tmp_path / "dump")
    subprocess.run([tools_folder() / "pg_restore", "--schema-only", f"--file={script}", tmp_path / "dump"], check=True)
    assert "CREATE TABLE public.member" in (said := script.read_text(encoding="utf-8")) and "COMPRESSION" not in said


def test_a_restoration_that_was_taken_back_is_given_again_whatever_else_the_database_held(
    living: Installation, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(living.settings, "CREATE SCHEMA mine", "CREATE SEQUENCE mine", "CREATE SEQUENCE mine.mine")
    path = tmp_path / "backup.tar"
    backup(living.settings, path, SILENT)
    with monkeypatch.context() as failing:
        failing.setattr(postgresql.PostgresqlPlace, "finish", lost)
        with pytest.raises(OSError, match="at the last step"):
            restore(elsewhere, path, SILENT)
    assert is_empty(elsewhere) and rows(elsewhere, "SELECT count(*) FROM pg_sequences")[0][0] == 0
    with pytest.raises(rules.NotProven, match="not_as_made"):
        restore(elsewhere, path, SILENT)
    schema.check(elsewhere.database_url)
    assert rows(elsewhere, "SELECT count(*) FROM member") == rows(living.settings, "SELECT count(*) FROM member")


def test_a_restoration_that_is_taken_back_leaves_alone_what_another_session_has_for_itself(
    archive: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql.PostgresqlPlace, "finish", lost)
    with looking(elsewhere) as other:
        for statement in (
            "CREATE TEMP TABLE mine (a int)",
            "CREATE FUNCTION pg_temp.mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION pg_temp.mine()",
            "CREATE TRIGGER also BEFORE UPDATE ON mine FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        ):
            other.execute(text(statement))
        other.commit()
        with pytest.raises(OSError, match="at the last step"):
            restore(elsewhere, archive, SILENT)
        assert is_empty(elsewhere)
        other.execute(text("INSERT INTO mine VALUES (1)"))


def test_nothing_is_restored_beside_a_sequence_that_a_restoration_which_is_taken_back_would_remove(
    archive: Path, elsewhere: Settings
) -> None:
    change(elsewhere, "CREATE SEQUENCE mine")
    with pytest.raises(rules.DatabaseNotEmpty, match=r"public\.mine"):
        restore(elsewhere, archive, SILENT)
    assert rows(elsewhere, "SELECT sequencename FROM pg_sequences") == [("mine",)]


def test_the_password_stands_in_no_argument_and_our_keys_in_no_environment(
    living: Installation, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, log = tmp_path / "backup.tar", tmp_path / "log"
    monkeypatch.setenv("AUDIT_KEY", living.settings.audit_key.get_secret_value())
    tools = wrapped(tmp_path / "tools", log)

    def with_password(settings: Settings) -> Settings:
        url = make_url(settings.database_url).set(password=PASSWORD).render_as_string(hide_password=False)
        return settings.model_copy(update={"database_url": url, "postgresql_tools": tools})

    backup(with_password(living.settings), path, SILENT)
    restore(with_password(elsewhere), path, SILENT)
    called = log.read_text(encoding="utf-8").splitlines()
    arguments, environments = called[0::2], called[1::2]
    assert any("--snapshot=" in line for line in arguments) and any("--single-transaction" in line for line in arguments)
    assert PASSWORD not in json.dumps(arguments, ensure_ascii=False) and "%E7" not in "".join(arguments)
    assert any(f"PGPASSWORD={PASSWORD}" in line for line in environments)
    assert "AUDIT_KEY" not in "".join(environments)
    assert PASSWORD.encode() not in path.read_bytes()


def test_a_server_that_cannot_be_reached_is_told_without_the_password(living: Installation, tmp_path: Path) -> None:
    url = f"postgresql://nobody:{'geheim-9f3a'}@127.0.0.1:1/nothing"
    with pytest.raises(Exception) as caught:
        backup(living.settings.model_copy(update={"database_url": url}), tmp_path / "backup.tar", SILENT)
    assert "geheim" not in str(caught.value)
    assert not list(tmp_path.glob("*.tar")) and not list(tmp_path.glob(".*.part"))


def test_a_backup_that_would_leave_a_table_out_is_refused_by_the_table_s_name(living: Installation, tmp_path: Path) -> None:
    change(living.settings, "CREATE EXTENSION vector")
    # One with rows, and one without.
    for table in ("member", "appeal"):
        change(living.settings, f"ALTER EXTENSION vector ADD TABLE {table}")
        with pytest.raises(rules.LeftOut, match=f"leaves out these tables: {table}[.]"):
            backup(living.settings, tmp_path / "backup.tar", SILENT)
        assert not list(tmp_path.glob("*.tar")) and not list(tmp_path.glob(".*.part"))
        change(living.settings, f"ALTER EXTENSION vector DROP TABLE {table}")
    backup(living.settings, tmp_path / "backup.tar", SILENT)


@pytest.mark.parametrize("asked", [OWN, "/C/{code}"])
def test_nothing_is_restored_while_a_server_is_connected_and_none_serves_before_all_is_proven(
    living: Installation, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    path, asked = tmp_path / "backup.tar", asked.format(code=living.holder.code)
    backup(living.settings, path, SILENT)
    headers = asking(living)
    there = elsewhere.model_copy(update={"token_secret": living.settings.token_secret})
    with serving(there) as client:
        assert client.get(OWN, headers=headers).status_code == 500
        with pytest.raises(rules.BeingServed):
            restore(there, path, SILENT)
        assert is_empty(there)

    answered, proven = [], proving.prove

    def meanwhile(*given: Any) -> Any:
        answered.append(client.get(asked, headers=headers).status_code)
        return proven(*given)

    monkeypatch.setattr(service, "prove", meanwhile)
    with serving(there) as client:
        restore(there, path, SILENT)
        assert answered == [503]
        answered.append(client.get(asked, headers=headers).status_code)
    assert answered in ([503, 200], [503, 401])
