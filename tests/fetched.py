"""How many rows statements answer with while something is done: rows instead of seconds, since a busy machine says nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import event

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
