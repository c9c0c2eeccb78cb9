"""How the database means to carry out what a function asks of it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from api.database import Origin, Work
from api.house import House


def plans(house: House, asks: str, ask: Callable[[Work], object], *, choosing: bool = False) -> list[str]:
    """The plan of each statement that `ask` sends and that holds the text `asks`.

    PostgreSQL is kept from reading whole tables, as it does with small ones whatever indexes there are, unless it is `choosing`.
    """
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
        how = "EXPLAIN QUERY PLAN " if house.database.is_sqlite else "EXPLAIN "
        return [str(connection.exec_driver_sql(how + statement, parameters).all()) for statement, parameters in seen]
