"""Which rule of the schema a statement broke, and the refusal that stands for it.

Of two requests that pass the same check at the same moment, the schema lets one through; the other is then answered with the very
refusal that the check would have raised a moment later.
"""

from collections.abc import Iterator
from functools import cache
from typing import TypeVar

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from api.errors import Refusal
from models import metadata

K = TypeVar("K")


def refusal_for(error: IntegrityError) -> Refusal | None:
    """The refusal whose `breaks` names the constraint that an insert or update broke; None where none does."""
    name = broken_constraint(error)
    return next((kind() for kind in every_kind(Refusal) if kind.breaks is not None and kind.breaks == name), None)


def broken_constraint(error: IntegrityError) -> str | None:
    """The name of the constraint that an insert or update broke, on either engine."""
    if name := getattr(getattr(error.orig, "diag", None), "constraint_name", None):
        return str(name)
    rule, _, what = str(error.orig).partition(" constraint failed: ")
    if rule == "UNIQUE":
        return _by_columns().get(frozenset(what.removeprefix("index '").rstrip("'").split(", ")), what)
    return what or None


def every_kind(kind: type[K]) -> Iterator[type[K]]:
    """All classes below one."""
    for below in kind.__subclasses__():
        yield below
        yield from every_kind(below)


@cache
def _by_columns() -> dict[frozenset[str], str]:
    """SQLite names a broken unique constraint by its columns: which is it?"""
    found: dict[frozenset[str], str] = {}
    for table in metadata.tables.values():
        for rule in (*table.constraints, *table.indexes):
            if isinstance(rule, UniqueConstraint) or (isinstance(rule, Index) and rule.unique):
                found[frozenset(f"{table.name}.{column.name}" for column in rule.columns)] = str(rule.name)
    return found
