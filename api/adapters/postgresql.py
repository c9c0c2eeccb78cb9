"""How every session of PostgreSQL is set, whatever has been set for its role; and how it tells a restoration that it is there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from psycopg import OperationalError
from sqlalchemy import Connection, Engine, event

POSTGRESQL_SPELLING: Final = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
}
"""How values are written as texts, whatever a role has set for its sessions, which any role may."""
POSTGRESQL_OPTIONS: Final = POSTGRESQL_SPELLING | {
    "statement_timeout": "30s",
    "lock_timeout": "1800ms",
    "idle_in_transaction_session_timeout": "60s",
    # What was acknowledged outlasts a server that is killed, whatever the server or a role says of its sessions.
    "synchronous_commit": "on",
    # Behind the server's own: what somebody has put beside our tables is not taken for what fits as well, nor what a trigger has
    # made for the session alone for our tables.
    "search_path": "public,pg_temp",
}
SERVER_ALONE: Final = "pg_catalog,pg_temp"
"""Where names are looked for while the catalogues are asked. Of all schemas that are looked through, PostgreSQL takes the operator
or the function whose types fit best, and only among equals the server's own; in the last of these it looks for neither."""

SERVING: Final = 7_205_760_419
"""The number of the advisory lock that every session of whoever serves from a database shares, and a restoration has alone: none
of them is there when it begins, and none comes before all is proven."""
RESTORING: Final = "restoring"
"""The name of the schema that stands in a database as long as it is restored and not proven yet."""
IS_MARKED: Final = f"SELECT count(*) > 0 FROM pg_catalog.pg_namespace WHERE nspname = '{RESTORING}'"
"""By the rows that a statement sees, which a function that looks a name up does not go by."""
MAY_SERVE: Final = ((f"SELECT pg_try_advisory_lock_shared({SERVING})", True), (IS_MARKED, False))
"""What a session asks that serves, one after the other, and what it is told where it may: the mark of a restoration that was killed
is looked for when no other can begin."""


class NotWhole(OperationalError):
    """Nothing is served from the database as long as it is being restored, nor where that did not come to its end."""


@contextmanager
def by_the_server_alone(connection: Connection) -> Iterator[None]:
    """What is asked meanwhile goes by nothing that somebody has put beside our tables, whatever he has set for the session; these
    are only found by the name of their schema. To be used within a transaction."""
    if connection.dialect.name == "sqlite":
        yield
        return
    connection.exec_driver_sql(f"SET LOCAL search_path = {SERVER_ALONE}")
    yield
    connection.exec_driver_sql(f"SET LOCAL search_path = {POSTGRESQL_OPTIONS['search_path']}")


def schema_of(connection: Connection) -> str | None:
    """The schema of our tables by its name, where there is more than one."""
    return None if connection.dialect.name == "sqlite" else "public"


def share(engine: Engine) -> None:
    """Have every connection of an engine share the lock, where it is PostgreSQL's. One that may not serve raises `NotWhole`."""
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _share)


def _share(connection: Any, _record: object) -> None:
    for statement, wanted in MAY_SERVE:
        if connection.execute(statement).fetchone() != (wanted,):
            connection.close()
            raise NotWhole
    # The lock is the session's.
    connection.rollback()


def as_options(settings: Mapping[str, str]) -> str:
    """Settings of PostgreSQL's server as libpq's `options` tell them; no value has a blank."""
    return " ".join(f"-c {name}={value}" for name, value in settings.items())
