"""How many rows statements answer with while something is done: rows instead of seconds, since a busy machine says nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, event

from api.house import House


class Fetched(NamedTuple):
    """A statement with the number of rows that it answers with."""

    rows: int
    statement: str


@contextmanager
def fetched(house: House) -> Iterator[list[Fetched]]:
    """Each statement that reads, in the order in which they were sent, with what it answers when it is sent once more."""
    seen: list[Fetched] = []

    def note(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip("( \n").upper().startswith(("SELECT", "WITH")):
            again = cursor.connection.cursor()
            again.execute(statement, parameters)
            seen.append(Fetched(len(again.fetchall()), statement))
            again.close()

    event.listen(house.database.engine, "after_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(house.database.engine, "after_cursor_execute", note)


@contextmanager
def sent_in_writing(house: House) -> Iterator[list[str]]:
    """Each statement that is sent in a transaction that writes; one for many rows is one."""
    sent: list[str] = []

    def note(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.get_execution_options().get("writes"):
            sent.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(house.database.engine, "before_cursor_execute", note)
