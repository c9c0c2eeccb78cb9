"""In which order the operations lock rows on PostgreSQL, and whether any of them could wait for each other for ever.

What each transaction of the application locks is read from its statements: rows that it selects to hold them, that it updates or
deletes, and those that a new or changed foreign key refers to. Rows of one table are taken for one another here: that several
of them are locked in the order of their keys is the promise of `access/scope.py`, and tried by `test_contention.py`.
"""

import os
import re
from collections.abc import Collection, Iterator
from enum import IntEnum
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Engine, UniqueConstraint, event
from sqlalchemy.orm import Session

from api.database import Work
from models import metadata


class Mode(IntEnum):
    """PostgreSQL's locks of rows that are in use here, so numbered that two hold each other off if their sum is at least 4."""

    kept = 1
    for_change = 2
    alone = 3


Held = tuple[str, Mode]
Step = tuple[Held, Held, int]
"""What a transaction holds while it asks for the other; and how much of the other's table it holds already, 0 for nothing."""

STEPS: Final[dict[Step, str]] = {}
"""Each with the test in which it was seen first."""

PASSING: Final = " SKIP LOCKED"
_WAYS = {"NO KEY UPDATE": Mode.for_change, "UPDATE": Mode.alone, "KEY SHARE": Mode.kept}
_SELECTED = re.compile(r"\bFOR (NO KEY UPDATE|UPDATE|KEY SHARE) OF (\w+(?:, \w+)*)$")
_INSERTED = re.compile(r"^INSERT INTO (?:public\.)?(\w+) \(([^)]*)\)")
_UPDATED = re.compile(r"^UPDATE (?:ONLY )?(?:public\.)?(\w+) SET (.*?) WHERE ", re.DOTALL)
_DELETED = re.compile(r"^DELETE FROM (\w+)")
_WHOLE = re.compile(r"^LOCK TABLE (\w+)")
_ALIAS = re.compile(r"\b(\w+) AS (\w+)\b")


def locks_of(statement: str, unsaid: Collection[str] = ()) -> Iterator[Held]:
    """What a statement locks, in its order; what it would pass over is not waited for. Columns that are `unsaid` get no value, and
    so refer to nothing."""
    if statement.rstrip(") ").endswith("SKIP LOCKED"):
        return
    aliases = {alias: table for table, alias in _ALIAS.findall(statement)}
    if found := _SELECTED.search(statement.strip()):
        for name in found[2].split(", "):
            yield aliases.get(name, name), _WAYS[found[1]]
    elif found := _INSERTED.search(statement):
        yield from _referred(found[1], {*re.findall(r"\w+", found[2])} - {*unsaid})
    elif found := _UPDATED.search(statement):
        changed = {*re.findall(r"(\w+)=", found[2])} - {*unsaid}
        yield found[1], Mode.alone if _keys(found[1]) & changed else Mode.for_change
        yield from _referred(found[1], changed)
    elif found := _DELETED.search(statement) or _WHOLE.search(statement):
        yield found[1], Mode.alone


def _referred(table: str, columns: Collection[str]) -> Iterator[Held]:
    for key in sorted(metadata.tables[table].foreign_keys, key=lambda key: key.parent.name):
        if key.parent.name in columns:
            yield key.column.table.name, Mode.kept


def _keys(table: str) -> set[str]:
    """The columns that a foreign key could refer to: to change one of them takes the row alone."""
    found = metadata.tables[table]
    unique = [rule for rule in found.constraints if isinstance(rule, UniqueConstraint)]
    return {column.name for rule in (found.primary_key, *unique) for column in rule.columns} | {
        column.name
        for index in found.indexes
        if index.unique and index.dialect_options["postgresql"]["where"] is None
        for column in index.columns
    }


def take(held: dict[str, Mode], lock: Held) -> list[Step]:
    """Add a lock to what a transaction holds; what it held while it asked for it. What it has already it does not wait for."""
    table, mode = lock
    if held.get(table, 0) >= mode:
        return []
    steps = [((other, its), lock, int(held.get(table, 0))) for other, its in held.items()]
    held[table] = mode
    return steps


def circle_of(steps: Collection[Step]) -> list[Held]:
    """Locks of which each is held by somebody who waits for the one before it; empty where there is no such circle."""
    graph = TopologicalSorter[tuple[str, Held, int]]()
    locks = {lock for had, wanted, _ in steps for lock in (had, wanted)}
    for had, wanted, has in steps:
        graph.add(("waits", wanted, has), ("holds", had, 0))
        for table, mode in locks:
            # Whoever holds a row and asks for more of it waits only for those who can hold it beside him.
            if table == wanted[0] and mode + wanted[1] >= 4 > mode + has:
                graph.add(("holds", (table, mode), 0), ("waits", wanted, has))
    try:
        graph.prepare()
    except CycleError as error:
        return [lock for what, lock, _ in error.args[1][1:] if what == "holds"]
    return []


def circle() -> Iterator[str]:
    """A circle among what was seen, if there is one: each step of it with a test that shows it."""
    found = circle_of(STEPS)
    for had, following in pairwise([*found, *found[:1]]):
        seen = next(test for (held, wanted, _), test in STEPS.items() if held == had and wanted[0] == following[0])
        yield f"{had[0]} ({had[1].name}) is held while {following[0]} is asked for: {seen}"


def record() -> None:
    """Note from now on what the application locks in this process; what the tests themselves write stays apart."""
    event.listen(Session, "after_begin", _begin)
    event.listen(Engine, "before_cursor_execute", _note)
    # Whoever is lent the connection next, and is no piece of work, holds nothing of what the last one held.
    event.listen(Engine, "commit", _end)
    event.listen(Engine, "rollback", _end)


def _end(connection: Any) -> None:
    if not connection.invalidated:
        connection.info.pop("held", None)


def _begin(session: Session, transaction: Any, connection: Any) -> None:
    if not transaction.nested:
        counts = isinstance(session, Work) and session.writes and session.origin.request_id != "test"
        connection.info["held"] = {} if counts and connection.dialect.name == "postgresql" else None


def _unsaid(parameters: Any) -> set[str]:
    """The columns for which no row of a statement has a value."""
    named = [item for row in (parameters if isinstance(parameters, list) else [parameters or {}]) for item in row.items()]
    columns = [(re.sub(r"__\d+$", "", name), value) for name, value in named]
    return {name for name, _ in columns} - {name for name, value in columns if value is not None}


def _note(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
    held = connection.info.get("held")
    if held is not None:
        for lock in locks_of(statement.removesuffix(PASSING), _unsaid(parameters)):
            for step in take(held, lock) if not statement.endswith(PASSING) else take(held, lock)[:0]:
                STEPS.setdefault(step, os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0])
