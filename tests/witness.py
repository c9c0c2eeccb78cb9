"""What the operations have answered and written in the tests: a whole run that leaves one out on an engine fails, and so does any
run in which one answers what the document does not name, or changes something of which the audit trail does not tell."""

import gzip
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.adapters.pipeline import Row
from api.database import Work
from api.verification.reader import Reader
from tests.routes import document, resolved

ALWAYS = {"etag", "location"}
"""The headers that an answer which names them always bears; others it bears when there is reason to."""


@dataclass
class Doings:
    """What a request has done in the database."""

    engines: set[str] = field(default_factory=set)
    """On which it has run a statement."""
    tables: set[str] = field(default_factory=set)
    """Into which it has written, but for what it has taken back."""
    before: list[frozenset[str]] = field(default_factory=list)
    """For each savepoint that stands, into which it had written before."""
    actions: set[str] = field(default_factory=set)
    """Of its audit entries."""


class Wrote(NamedTuple):
    """What an operation that has succeeded has written, and what it has told the audit trail of it."""

    operation: str
    status: int
    tables: tuple[str, ...]
    actions: tuple[str, ...]


class Answered(NamedTuple):
    """One sort of answer that an operation has given. `members` are those of a problem, and `headers` those, in small letters, that
    the document names anywhere."""

    operation: str
    status: int
    media_type: str
    code: str
    rules: tuple[str, ...]
    members: tuple[str, ...]
    headers: tuple[str, ...]


CALLED: set[tuple[str, str]] = set()
"""Each operation that has succeeded, with the engine on which it ran a statement, or with none where it ran none."""
SHOWN: set[str] = set()
"""Each operation that has made something which was then shown where its answer had said."""
ANSWERED: dict[Answered, str] = {}
"""Each sort of answer, with a test in which it was given."""
WRITTEN: dict[Wrote, str] = {}
"""What each operation has written, with a test in which it did."""


_DOINGS: ContextVar[Doings] = ContextVar("doings")
"""Of the request at hand."""
_WRITES = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) (?:ONLY )?(?:public\.)?"?(\w+)')

NAMED = {name.lower() for name in document()["components"]["headers"]}


class Witness:
    """Notes what each operation answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._made: dict[str, set[str]] = {}
        """The operations that have made something, by the address at which it is shown."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started: Message = {}
        body: list[bytes] = []
        doings = Doings()
        _DOINGS.set(doings)

        async def noting(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message
            elif started and "endpoint" in scope:
                body.append(message.get("body", b""))
                if not message.get("more_body"):
                    operation = scope["endpoint"].__name__
                    _note(operation, doings, started, b"".join(body))
                    self._follow(operation, scope, started)
                    started = {}
            await send(message)

        await self.app(scope, receive, noting)

    def _follow(self, operation: str, scope: Scope, started: Message) -> None:
        location = dict(started["headers"]).get(b"location")
        if started["status"] == 201 and location is not None:
            self._made.setdefault(location.decode(), set()).add(operation)
        elif scope["method"] == "GET" and started["status"] == 200:
            query = scope["query_string"].decode()
            SHOWN.update(self._made.get(f"{scope['path']}?{query}" if query else scope["path"], ()))


class WitnessedReader:
    """The scan door's reader, which asks the database by itself."""

    def __init__(self, reader: Reader, engine: str) -> None:
        self._reader, self._engine = reader, engine
        self.open, self.close, self.district = reader.open, reader.close, reader.district

    async def by_plate(self, code: str) -> Row | None:
        _ran_on(self._engine)
        return await self._reader.by_plate(code)

    async def by_credential(self, number: int, slot: int) -> Row | None:
        _ran_on(self._engine)
        return await self._reader.by_credential(number, slot)


def record() -> None:
    """Note from now on which requests of this process run statements."""
    event.listen(Engine, "before_cursor_execute", lambda connection, _, text, *__: _ran_on(connection.dialect.name, text))
    event.listen(Engine, "savepoint", _began)
    event.listen(Engine, "release_savepoint", lambda *_: _ended(takes_back=False))
    event.listen(Engine, "rollback_savepoint", lambda *_: _ended(takes_back=True))
    event.listen(Session, "after_commit", _committed)


def _ran_on(engine: str, statement: str = "") -> None:
    if (doings := _DOINGS.get(None)) is not None:
        doings.engines.add(engine)
        if written := _WRITES.match(statement):
            doings.tables.add(written[1])


def _began(*_: Any) -> None:
    if (doings := _DOINGS.get(None)) is not None:
        doings.before.append(frozenset(doings.tables))


def _ended(*, takes_back: bool) -> None:
    if (doings := _DOINGS.get(None)) is not None:
        before = doings.before.pop()
        if takes_back:
            doings.tables &= before


def _committed(session: Session) -> None:
    if isinstance(session, Work) and (doings := _DOINGS.get(None)) is not None:
        doings.actions.update(entry.action for entry in session.entries)


def _note(operation: str, doings: Doings, started: Message, body: bytes) -> None:
    headers = {name.decode().lower(): value.decode() for name, value in started["headers"]}
    media_type = headers.get("content-type", "").partition(";")[0]
    plain = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
    problem: dict[str, Any] = json.loads(plain) if body and media_type == "application/problem+json" else {"code": "", "errors": []}
    rules = tuple(sorted({fault["rule"] for fault in problem["errors"]}))
    if started["status"] < 400:
        CALLED.update((operation, engine) for engine in doings.engines or ("",))
        if doings.tables:
            wrote = Wrote(operation, started["status"], tuple(sorted(doings.tables)), tuple(sorted(doings.actions)))
            WRITTEN.setdefault(wrote, os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0])
    members = tuple(sorted(problem)) if problem["code"] else ()
    named = tuple(sorted(NAMED & headers.keys()))
    answered = Answered(operation, started["status"], media_type, problem["code"], rules, members, named)
    ANSWERED.setdefault(answered, os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0])


def uncalled(operations: Collection[str], engines: Collection[str], called: Collection[tuple[str, str]]) -> list[str]:
    """The operations that have never succeeded, and those that ask the database and never did so on one of the engines."""
    asking = {operation for operation, engine in called if engine and operation in operations}
    missing = set(operations) - {operation for operation, _ in called}
    once = {f"{operation} ({engine})" for operation in asking for engine in engines if (operation, engine) not in called}
    return sorted(missing | once)


def unshown() -> list[str]:
    """The operations that make something which was never shown where they said."""
    told = (operation for path in document()["paths"].values() for operation in path.values())
    return sorted({operation["operationId"] for operation in told if "201" in operation["responses"]} - SHOWN)


def _described(document: dict[str, Any], content: dict[str, Any]) -> set[str]:
    """The members that the schema of some content describes."""
    return set(resolved(document, content.get("schema", {})).get("properties", {}))


OF_ANOTHER_NAME = {202, 303}
"""The answers to what a second person has yet to agree to, which the trail tells as asked for, and to a form of a page, which does
what another operation does."""
BOOKKEEPING = {
    *("audit_head", "audit_line", "idempotent_request"),
    *("scan_count", "sign_in_limit", "refusal_count", "status_counter", "discarded_object"),
    *("profile", "status_list"),
}
"""Tables of which the trail need not tell: its own and those of requests; counts; and what is made anew from other tables."""


def unrecorded(written: Mapping[Wrote, str]) -> Iterator[str]:
    """The operations that have changed something without an audit entry of their own name, a line each.

    One for many things at once may have an entry for each of them.
    """
    for (operation, status, tables, actions), test in sorted(written.items()):
        changed = sorted({*tables} - BOOKKEEPING)
        own = {*actions} if status in OF_ANOTHER_NAME else {operation, operation.removesuffix("s")}
        if changed and not own & {*actions}:
            yield (
                f"{operation} writes to {', '.join(changed)}, and the audit trail tells {', '.join(actions) or 'nothing'}: "
                f'let its service function say work.record("{operation}", ...) ({test})'
            )


def unproved(written: Mapping[Wrote, str]) -> Iterator[str]:
    """The operations that have opened an account, or given a role that has not just followed a member, and do not ask for a fresh
    proof, a line each."""
    operations = [operation for path in document()["paths"].values() for operation in path.values()]
    proved = {one["operationId"] for one in operations if "step_up_required" in one["description"]}
    for (operation, _, _, actions), test in sorted(written.items()):
        gives = {"grant_role"} & {*actions} and not {"move_account", "end_grant"} & {*actions}
        if operation not in proved and (gives or {"create_account", "enable_account", "renew_slip"} & {*actions}):
            yield f"{operation} tells {', '.join(actions)}: let its route say requires(Permission.x, step_up=True) ({test})"


def unnamed() -> Iterator[str]:
    """What has been answered and does not stand in the document, a line each."""
    whole = document()
    told = {operation["operationId"]: operation for path in whole["paths"].values() for operation in path.values()}
    rules = set(whole["components"]["schemas"]["Fault"]["properties"]["rule"]["x-extensible-enum"])
    for answered, test in sorted(ANSWERED.items()):
        if answered.operation not in told:
            continue
        answer = resolved(whole, told[answered.operation]["responses"].get(str(answered.status), {}))
        content = answer.get("content", {})
        headers = {name.lower() for name in answer.get("headers", {})} & NAMED
        if not answer:
            what = "this status; let answers(...) of the door name the refusal"
        elif answered.media_type not in content and answered.status not in (204, 303, 304):
            what = f"content of the type {answered.media_type}"
        elif answered.code and answered.code not in content[answered.media_type].get("examples", {}):
            what = f"the code {answered.code}; let answers(...) of the door name the refusal"
        elif unlisted := set(answered.rules) - rules:
            what = f"the rules {', '.join(sorted(unlisted))}"
        elif undescribed := set(answered.members) - _described(whole, content.get(answered.media_type, {})):
            what = f"the members {', '.join(sorted(undescribed))}"
        elif extra := set(answered.headers) - headers:
            what = f"the headers {', '.join(sorted(extra))}"
        elif missing := (headers - set(answered.headers)) & ALWAYS:
            what = f"that there may be no {', '.join(sorted(missing))}"
        else:
            continue
        yield f"{answered.operation} {answered.status}: the document does not name {what} ({test})"
