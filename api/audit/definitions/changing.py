"""Whether what PostgreSQL has defined changes meanwhile: its catalogues are told as of a snapshot, its tables found as of now."""

from collections import Counter
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, text

from api.adapters.postgresql import by_the_server_alone

_OF: Final = "IN (SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace)"
_LOOKED_AT: Final = {
    "pg_namespace": ("oid", "nspname = 'public'"),
    "pg_class": ("oid", f"oid {_OF}"),
    "pg_attribute": ("attrelid", f"attrelid {_OF}"),
    "pg_attrdef": ("oid", f"adrelid {_OF}"),
    "pg_index": ("indexrelid", f"indrelid {_OF}"),
    "pg_inherits": ("inhrelid", f"inhrelid {_OF} OR inhparent {_OF}"),
    "pg_rewrite": ("oid", f"ev_class {_OF}"),
    "pg_policy": ("oid", f"polrelid {_OF}"),
    "pg_trigger": ("oid", f"tgrelid {_OF}"),
    "pg_constraint": ("oid", "connamespace = 'public'::regnamespace"),
    "pg_proc": ("oid", "pronamespace = 'public'::regnamespace"),
    "pg_type": ("oid", "typnamespace = 'public'::regnamespace"),
}
"""By catalogues which column numbers their rows, and which of these pg_dump writes, or make what is read another thing."""
_DEFINED: Final = text(
    " UNION ALL ".join(
        f"SELECT '{name}', CAST({key} AS bigint), CAST(xmin AS text) FROM pg_catalog.{name} WHERE {which}"
        for name, (key, which) in _LOOKED_AT.items()
    )
)
"""Every definition in our schema, by the transaction that has last written it."""
_HAS_WRITTEN: Final = text("SELECT pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL")


def defined(connection: Connection) -> Counter[Row[Any]]:
    """What this transaction sees defined."""
    with by_the_server_alone(connection):
        return Counter(connection.execute(_DEFINED).all())


def defined_now(engine: Engine) -> Counter[Row[Any]]:
    """What a transaction of its own sees defined."""
    with engine.connect() as now:
        return defined(now)


def defined_before(connection: Connection) -> Counter[Row[Any]] | None:
    """What a transaction that is to read sees defined, to be held against what is defined behind that; None on SQLite, where one
    state is read, and where the transaction has written, and may itself have changed what no other sees."""
    if connection.dialect.name == "sqlite" or connection.execute(_HAS_WRITTEN).scalar_one():
        return None
    return defined(connection)
