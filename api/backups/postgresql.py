"""A PostgreSQL database: dumped and restored by PostgreSQL's own programs, of a version that fits the server.

The password reaches them by their environment alone, never by their arguments, which other users of the machine can read.
"""

import os
import re
import subprocess
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

from psycopg import pq
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.exc import OperationalError

from api.adapters.postgresql import POSTGRESQL_SPELLING, RESTORING, SERVER_ALONE, SERVING, as_options, by_the_server_alone
from api.audit.definitions.changing import defined, defined_now
from api.backups.archive import DATABASE, Archive
from api.backups.mark import Mark
from api.backups.private import private_folder
from api.backups.rules import (
    BeingRestored,
    BeingServed,
    ChangedMeanwhile,
    DatabaseNotEmpty,
    LeftOut,
    NoTool,
    OlderServer,
    ToolFailed,
)
from api.database import create_engine
from api.settings import Settings

DEBIAN = Path("/usr/lib/postgresql")
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
LOCK_WAIT = "60s"
OURS_ALONE = ("--schema=public", "--no-comments", "--no-security-labels")
"""Nothing of other schemas, of which one may bear the name of the mark, of extensions and of large objects; nor of comments and
labels, of which we have none, and which any role may make: their texts would stand among the rows when those are read."""
LIST = "list"
_ROWS = re.compile(r"^\d+; \d+ \d+ TABLE DATA public (\w+) ", re.MULTILINE)
"""How pg_restore's list names the rows of a table."""
_RELATIONS = (
    "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ({kinds}) AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' "
    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype IN ({passed})) ORDER BY 1"
)
TABLES = text(_RELATIONS.format(kinds="'r', 'p'", passed="'e'"))
"""Every table that is neither the server's own nor an extension's."""
SEQUENCES = text(_RELATIONS.format(kinds="'S'", passed="'e', 'a', 'i'"))
"""So of sequences, but for those that go with the table of a column."""
TRIGGER_FUNCTIONS = text(
    "SELECT DISTINCT CAST(CAST(tgfoid AS regprocedure) AS text) FROM pg_catalog.pg_trigger t "
    "JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal AND relpersistence <> 't' AND tgfoid >= 16384"
)
MARKED = text(f"SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = '{RESTORING}'")
"""The text of the mark."""

CLAIMING = 7_205_760_405
"""The number of the advisory lock that keeps a second process from restoring into the same database."""
LEFT_BEHIND = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'pg_restore'"
)
"""Ends a pg_restore that goes on although whoever has started it was killed."""


def server_version(connection: Connection) -> int:
    """The major version of the server."""
    return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000


def export_snapshot(connection: Connection) -> tuple[str, Counter[Row[Any]]]:
    """The name by which another connection sees what this transaction sees, for as long as it lasts; and what that has defined."""
    # This transaction waits for pg_dump, however long that takes.
    timeouts = ["statement_timeout", "idle_in_transaction_session_timeout"]
    if server_version(connection) >= 17:
        timeouts.append("transaction_timeout")
    for setting in timeouts:
        connection.execute(text(f"SET LOCAL {setting} = 0"))
    return str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()), defined(connection)


def dump(settings: Settings, engine: Engine, snapshot: str, server: int, target: Path, tables: Collection[str]) -> int:
    """Write what the snapshot sees into `target`. Returns pg_dump's major version. Raises `NoTool` or `ToolFailed`; `LeftOut` where
    it has not all these tables of ours, such as those that an extension was given."""
    tool, version = find_tool("pg_dump", settings, server, server)
    arguments = ["--format=custom", *OURS_ALONE, f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WAIT}", f"--file={target}"]
    # How rows are kept is each server's own affair, and another may lack it: this is left out here, the rest by pg_restore.
    arguments.append("--no-toast-compression")
    _run(tool, arguments, engine)
    lister, _ = find_tool("pg_restore", settings, version, server)
    listed = target.with_name(LIST)
    _run(lister, ["--list", f"--file={listed}", str(target)], None)
    if left_out := sorted(set(tables) - set(_ROWS.findall(listed.read_text(encoding="utf-8")))):
        raise LeftOut(tables=", ".join(left_out))
    listed.unlink()
    return version


def check_unchanged(engine: Engine, before: Counter[Row[Any]]) -> None:
    """Raise `ChangedMeanwhile` where any definition is not what was `defined` in the snapshot that was dumped, or was changed and
    changed back. The server tells pg_dump some things as of the snapshot, such as what a function is called, and others as of now,
    such as which one a trigger runs: of both together no database can be made again. To be asked last: the walk of the trail too
    goes by what is defined now. What keeps the trail from being walked may have ended the snapshot's transaction by then."""
    if defined_now(engine) != before:
        raise ChangedMeanwhile


def write_rows(settings: Settings, archive: Archive, server: int, written_by: int, target: Path) -> None:
    """Have pg_restore write the rows of our tables in the dump into `target`, as a script. Raises `NoTool` or `ToolFailed`."""
    tool, _ = find_tool("pg_restore", settings, written_by, server)
    content = target.with_name(DATABASE)
    archive.extract(DATABASE, content)
    _run(tool, ["--data-only", "--schema=public", f"--file={target}", str(content)], None)
    content.unlink()


class PostgresqlPlace:
    """An empty database that a dump is restored into, wholly or not at all.

    An empty schema marks it from before the first table stands until all is proven: whatever a restoration that was killed has left
    is known by it, and cleared away by the next one. The mark's text is the comment on the schema.
    """

    def __init__(self, settings: Settings, mark: Mark, *, server: int, written_by: int) -> None:
        """`server` and `written_by` are the major versions of the server and the pg_dump that the dump comes from."""
        self._mark = mark
        self._settings, self._server, self._written_by = settings, server, written_by
        self.url = settings.database_url
        self._held: _Engine | None = None
        self._claiming: Connection | None = None
        """Holds the locks, as long as it lasts; when we are killed the server ends it."""
        self._is_marked = False
        self.stands = self.was_killed = False

    def claim(self) -> None:
        """Raise `DatabaseNotEmpty`, `BeingRestored`, `BeingServed`, `OlderServer`, or `NoTool` without a fitting program."""
        self._held = _Engine(self.url)
        self._claiming = connection = self._held.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql(f"SET search_path = {SERVER_ALONE}")
        here = server_version(connection)
        try:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({CLAIMING})")
        except OperationalError as error:
            raise BeingRestored from error
        self.was_killed = self._mark.is_genuine(connection.execute(MARKED).scalar() or "")
        if not self.was_killed:
            _check_empty(connection)
        # For the session, which ends with this place.
        if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({SERVING})").scalar_one():
            raise BeingServed
        if self.was_killed:
            _clear(self._held)
            _check_empty(connection)
        if here < self._server:
            raise OlderServer(found=self._server, here=here)
        find_tool("pg_restore", self._settings, self._written_by, here)

    def take(self, archive: Archive) -> None:
        assert self._held is not None
        tool, version = find_tool("pg_restore", self._settings, self._written_by, self._server)
        with self._held.engine.begin() as connection:
            # Nothing is there, so that whoever has made such a schema has marked nothing by it.
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {RESTORING}")
            connection.exec_driver_sql(f"CREATE SCHEMA {RESTORING}")
            connection.exec_driver_sql(f"COMMENT ON SCHEMA {RESTORING} IS '{self._mark.text}'")
        self._is_marked = True
        with private_folder() as folder:
            content = folder / DATABASE
            archive.extract(DATABASE, content)
            # Without the schema itself, which is there; and whatever else an archive of former times holds.
            whole = ["--schema=public", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
            whole += ["--no-tablespaces", *(["--no-table-access-method"] if version >= 15 else [])]
            _run(tool, [*whole, str(content)], self._held.engine)

    def finish(self) -> None:
        assert self._held is not None
        with self._held.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {RESTORING}")
        self.stands = True

    def drop(self) -> None:
        """Remove every table of what did not come to stand: before it was taken, there was none.

        Raises a `DBAPIError` where that cannot be done.
        """
        if self._held is None:
            return
        try:
            if self._is_marked and not self.stands:
                _clear(self._held)
        finally:
            if self._claiming is not None:
                self._claiming.invalidate()
            self._held.close()


def _check_empty(connection: Connection) -> None:
    if (found := connection.execute(TABLES).scalar() or connection.execute(SEQUENCES).scalar()) is not None:
        raise DatabaseNotEmpty(place=found)


def _clear(held: "_Engine") -> None:
    """Remove all that a restoration has put into the database, and its mark."""
    with held.engine.begin() as connection, by_the_server_alone(connection):
        connection.exec_driver_sql(LEFT_BEHIND)
        # The functions are asked for while their triggers, which go with the tables, still name them.
        functions = connection.execute(TRIGGER_FUNCTIONS).scalars().all()
        if tables := connection.execute(TABLES).scalars().all():
            connection.exec_driver_sql(f"DROP TABLE {', '.join(tables)} CASCADE")
        if sequences := connection.execute(SEQUENCES).scalars().all():
            connection.exec_driver_sql(f"DROP SEQUENCE {', '.join(sequences)}")
        for function in functions:
            connection.exec_driver_sql(f"DROP FUNCTION {function}")
        connection.exec_driver_sql(f"DROP SCHEMA {RESTORING}")


def find_tool(name: str, settings: Settings, needed: int, server: int) -> tuple[Path, int]:
    """The oldest of PostgreSQL's programs of that name whose major version is at least `needed`. Raises `NoTool`.

    Where POSTGRESQL_TOOLS is set, only that folder counts; else the path and Debian's place.
    """
    if settings.postgresql_tools is not None:
        folders = [settings.postgresql_tools]
    else:
        folders = [Path(part) for part in os.get_exec_path() if part] + sorted(DEBIAN.glob("*/bin"))
    found = [(version, folder / name) for folder in folders if (version := _version(folder / name)) >= needed]
    if not found:
        raise NoTool(tool=name, version=server, needed=needed)
    version, tool = min(found, key=lambda item: item[0])
    return tool, version


class _Engine:
    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)

    def close(self) -> None:
        self.engine.dispose()


def _version(tool: Path) -> int:
    """The major version that a program tells; 0 where there is none that runs."""
    try:
        told = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=10, env=_environment(None)).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(match[1]) if match else 0


def _run(tool: Path, arguments: list[str], engine: Engine | None) -> None:
    password = None
    if engine is not None:
        _, options = engine.dialect.create_connect_args(engine.url)
        password = options.get("password")
        # Those of libpq's own options that it does not itself call secret.
        open_ones = {option.keyword.decode() for option in pq.Conninfo.get_defaults() if option.dispchar != b"*"}
        usual = str(options.get("options") or os.environ.get("PGOPTIONS", ""))
        options["options"] = f"{usual} {as_options(POSTGRESQL_SPELLING)}".strip()
        conninfo = make_conninfo(**{name: value for name, value in options.items() if name in open_ones})
        arguments = ["--no-password", f"--dbname={conninfo}", *arguments]
    done = subprocess.run(
        [tool, *arguments],
        env=_environment(password),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        # Other lines repeat the command, or the row, in which names may stand.
        lines = [line for line in done.stderr.splitlines() if re.search(r"error:|ERROR:|FATAL:", line)]
        why = " ".join(lines)[:400] or f"status {done.returncode}"
        raise ToolFailed(tool=tool.name, why=why.replace(password, "***") if password else why)


def _environment(password: str | None) -> dict[str, str]:
    # None of our own secrets, which may stand in our environment, is handed on.
    passed = {name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith("PG")}
    return {**passed, "PGPASSWORD": password} if password else passed
