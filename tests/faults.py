"""Every write of a request made to fail once, by a trigger: the first one, then, sent anew, the second, until none is left to fail.

So each INSERT and each UPDATE of an operation is a place where the database broke off. Such a request is answered by a problem and
has changed nothing; the last time, undisturbed, it succeeds.
"""

import json
import os
import re
from collections import Counter
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Connection, event, text
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.database import Database, Origin
from models import metadata
from tests.counts import tell

LONGEST: Final = 60
"""After that many rows one request is let through: a large import writes alike, row after row."""
READING: Final = {"GET", "HEAD", "OPTIONS"}
TIMES: Final = int(os.environ.get("FAULTS", "1"))
"""How many requests to an operation, of those that write, are made to fail in one process."""
SENT: Final[Counter[tuple[str, str, str]]] = Counter()
"""How many have been and succeeded in the end, by engine, method and path."""
KEY: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/C/)[^/]+")
"""What differs in the paths of one operation."""
TRIES: Final = metadata.tables["sign_in_limit"]
COUNTED: Final = {TRIES.name, "scan_count"}
"""Tables that count tries and scans, whatever becomes of a request."""
LATER: Final = re.compile(r"/v1/periods/[^/]+/(close|refresh)")
"""What is answered first and counted afterwards, step by step, which has tests of its own that break it off everywhere."""
BREACHES: Final[list[str]] = []
"""What was answered or left otherwise than is owed, a line each: the run that has seen one fails."""

POSTGRESQL: Final = """
    CREATE SEQUENCE fault MINVALUE -1000000000 START 1;
    CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('fault') = 0 THEN
            RAISE EXCEPTION 'fault at %% %%', TG_OP, TG_TABLE_NAME
                USING ERRCODE = CASE TG_OP WHEN 'INSERT' THEN 'disk_full' ELSE 'internal_error' END;
        END IF;
        RETURN NEW;
    END $$;
"""
"""Counts what is written with a sequence, which a rollback does not set back."""


class Faults:
    """The faults of one database: of all that is written next, the row of that number fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._left = 0
        self.at: str | None = None
        """Which write has failed, such as `INSERT member`."""
        if database.is_sqlite:
            database.engine.dispose()
            event.listen(database.engine, "connect", self._prepare)
        else:
            event.listen(database.engine, "handle_error", self._note)
            with database.engine.begin() as connection:
                connection.exec_driver_sql(POSTGRESQL)
                for table in metadata.sorted_tables:
                    connection.exec_driver_sql(
                        f'CREATE TRIGGER a_fault BEFORE INSERT OR UPDATE ON "{table.name}" FOR EACH ROW EXECUTE FUNCTION fault()'
                    )

    def arm(self, number: int) -> None:
        """Let the write of that number fail, the first being 1; with 0 none does."""
        self.at, self._left = None, number
        if not self._database.is_sqlite:
            with self._database.engine.begin() as connection:
                connection.execute(text("SELECT setval('fault', :at)"), {"at": -number or 1})

    def tries(self) -> list[dict[str, Any]]:
        """How often somebody has tried to sign in."""
        with self._database.engine.begin() as connection:
            return [dict(row) for row in connection.execute(TRIES.select()).mappings()]

    def forget_tries(self, counted: list[dict[str, Any]]) -> None:
        """Count no more than these: who failed for no fault of his own is not to be held up."""
        self.arm(0)
        with self._database.engine.begin() as connection:
            connection.execute(TRIES.delete())
            if counted:
                connection.execute(TRIES.insert(), counted)

    def everything(self) -> dict[str, Any]:
        """What the database holds, by table."""
        with self._database.reading(Origin("test")) as work:
            connection = work.connection()
            if self._database.is_sqlite:
                return {table.name: _rows(connection, table.name) for table in metadata.sorted_tables}
            hashes = (
                f"SELECT '{table.name}', md5(string_agg(md5(one::text), '' ORDER BY md5(one::text))) FROM \"{table.name}\" one"
                for table in metadata.sorted_tables
            )
            return {table: found for table, found in connection.exec_driver_sql(" UNION ALL ".join(hashes))}

    def _prepare(self, connection: Any, _: object) -> None:
        connection.create_function("fault", 1, self._count)
        for table in metadata.sorted_tables:
            for deed in ("INSERT", "UPDATE"):
                with suppress(Exception):
                    connection.execute(
                        f"CREATE TEMP TRIGGER fault_{deed}_{table.name} BEFORE {deed} ON main.{table.name} "
                        f"BEGIN SELECT fault('{deed} {table.name}'); END"
                    )

    def _count(self, where: str) -> None:
        self._left -= 1
        if self._left == 0:
            self.at = where
            raise RuntimeError(f"fault at {where}")

    def _note(self, context: Any) -> None:
        if found := re.search(r"fault at (\w+ \w+)", str(context.original_exception)):
            self.at = found[1]


class Faulty:
    """Sends each request that writes to the application behind once for each of its writes, to fail there, and then undisturbed."""

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._faults = Faults(database)
        self._name = f"faults on {database.engine.dialect.name}"
        self._is_busy = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in READING or self._is_busy:
            await self._app(scope, receive, send)
            return
        self._is_busy = True
        try:
            for message in await self._answer(scope, await _body(receive)):
                await send(message)
        finally:
            self._is_busy = False

    async def _answer(self, scope: Scope, body: bytes) -> list[Message]:
        """The answer to a request when nothing has failed any more."""
        sort = (self._name, scope["method"], KEY.sub("", scope["path"]))
        if SENT[sort] >= TIMES or LATER.fullmatch(scope["path"]):
            return await self._once(scope, body)
        before, tries = await run_in_threadpool(self._faults.everything), await run_in_threadpool(self._faults.tries)
        failed: Counter[str] = Counter()
        known = len(BREACHES)
        for number in range(1, LONGEST + 2):
            await run_in_threadpool(self._faults.arm, number if number <= LONGEST else 0)
            copy = {**scope, "state": dict(scope.get("state", {}))}
            answer = await self._once(copy, body)
            where = self._faults.at
            if where is None:
                break
            failed[where] += 1
            operation = getattr(copy.get("endpoint"), "__name__", scope["path"])
            told = f"{operation}, {where}: {answer[0]['status']} {answer[1].get('body', b'')[:300].decode(errors='replace')}"
            after = await run_in_threadpool(self._faults.everything)
            is_full = where.startswith("INSERT") and self._name.endswith("postgresql")
            if not _is_told(answer, is_full=is_full):
                BREACHES.append(f"{told}: this is not how a fault is answered")
            if changed := [name for name in before if name not in COUNTED and before[name] != after[name]]:
                BREACHES.append(f"{told}: left half written are {', '.join(changed)}")
            if answer[0]["status"] < 400:
                break
            await run_in_threadpool(self._faults.forget_tries, tries)
        await run_in_threadpool(self._faults.arm, 0)
        SENT[sort] += bool(failed) and answer[0]["status"] < 400
        tell(self._name, requests=bool(failed), faults=failed.total(), breaches=len(BREACHES) - known)
        if "FAULTS" in os.environ:
            tell(f"{self._name}, by write", **failed)
        return answer

    async def _once(self, scope: Scope, body: bytes) -> list[Message]:
        messages: list[Message] = []
        is_sent = False

        async def receive() -> Message:
            nonlocal is_sent
            if is_sent:
                return {"type": "http.disconnect"}
            is_sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        # A failure that was answered is raised once more, for the server to log.
        with suppress(Exception):
            await self._app(scope, receive, send)
        return messages


def _is_told(answer: list[Message], *, is_full: bool) -> bool:
    """Whether a failure is answered as it is to be: after a full disk, which passes by itself, one may come again; all else is a
    fault of ours, of which nobody learns more."""
    headers = {name.decode().lower(): value.decode() for name, value in answer[0]["headers"]}
    status, code = (503, "unavailable") if is_full else (500, "unexpected")
    if answer[0]["status"] != status or ("retry-after" in headers) != is_full:
        return False
    body = answer[1]["body"]
    if headers["content-type"].startswith("text/html"):
        return b"fault" not in body
    return headers["content-type"] == "application/problem+json" and json.loads(body)["code"] == code and b"fault" not in body


async def _body(receive: Receive) -> bytes:
    body, is_more = b"", True
    while is_more:
        message = await receive()
        body, is_more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _rows(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')), key=repr)
