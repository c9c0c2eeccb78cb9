"""How every session of PostgreSQL is set, whatever has been set for its role."""

from collections.abc import Mapping
from typing import Final

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
    # Behind the server's own: what somebody has put beside our tables is never taken for what it compares with, nor what a trigger
    # has made for the session alone for our tables.
    "search_path": "public,pg_temp",
}


def as_options(settings: Mapping[str, str]) -> str:
    """Settings of PostgreSQL's server as libpq's `options` tell them; no value has a blank."""
    return " ".join(f"-c {name}={value}" for name, value in settings.items())
