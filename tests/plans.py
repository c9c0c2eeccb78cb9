"""How the database means to carry out what a function asks of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from api.database import Origin, Work
from api.house import House


def plans(house: House, asks: str, ask: Callable[[Work], object], *, choosing: bool = False) -> list[str]:
    """The plan of each statement that `ask` sends and that holds the text `asks`.

    PostgreSQL is kept from reading whole tables, as it does with small ones whatever indexes there are, unless it is `choosing`.
    """
    with _explaining(house, asks, ask, choosing=choosing) as (connection, seen):
        how = "EXPLAIN QUERY PLAN " if house.database.is_sqlite else "EXPLAIN "
        return [str(connection.exec_driver_sql(how + statement, parameters).all()) for statement, parameters in seen]


def effort(house: House, asks: str, table: str, ask: Callable[[Work], object], *, choosing: bool = False) -> int:
    """What the statements cost that `ask` sends and that hold the text `asks`: tens of steps of SQLite's machine, or the rows that
    PostgreSQL's nodes go through, which has just counted what is in a `table`."""
    with _explaining(house, asks, ask, choosing=choosing) as (connection, seen):
        if not house.database.is_sqlite:
            connection.exec_driver_sql(f"ANALYZE {table}")
            explain = "EXPLAIN (ANALYZE, FORMAT JSON) "
            plans_found = [
                connection.exec_driver_sql(explain + statement, parameters).scalar_one() for statement, parameters in seen
            ]
            return sum(_rows(found[0]["Plan"]) for found in plans_found)
        steps: list[None] = []
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(lambda: steps.append(None), 10)
        for statement, parameters in seen:
            connection.exec_driver_sql(statement, parameters).all()
        driver.set_progress_handler(None, 0)
        return len(steps)


def _rows(node: dict[str, Any]) -> int:
    removed = sum(count for what, count in node.items() if what.startswith("Rows Removed"))
    return int((node["Actual Rows"] + removed) * node["Actual Loops"]) + sum(map(_rows, node.get("Plans", ())))


@contextmanager
def _explaining(
    house: House, asks: str, ask: Callable[[Work], object], *, choosing: bool = False
) -> Iterator[tuple[Connection, list[tuple[str, Any]]]]:
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if asks in statement:
            seen.append((statement, parameters))

    engine = house.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        with house.database.reading(Origin("test")) as work:
            ask(work)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        if not house.database.is_sqlite and not choosing:
            connection.exec_driver_sql("SET enable_seqscan = off")
        yield connection, seen
