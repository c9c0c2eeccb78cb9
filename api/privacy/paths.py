"""What the tables say of themselves: whose a row is, and what becomes of it once it is erased or was kept for long enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Column, Table

from models.base import Erased, Keep, Personal, metadata

MEMBER: Final = metadata.tables["member"]
FILES: Final = metadata.tables["stored_file"]


def marked(table: Table) -> Column[Any] | None:
    """The column by which the person of a table's rows is found; None where its rows are about nobody."""
    return next((column for column in table.columns if column.info["whose"]), None)


def leads_to(table: Table) -> Table | None:
    """The table by whose rows a table's person is found, which is one step nearer to the members."""
    column = marked(table)
    return metadata.tables.get(column.info["whose"]) if column is not None else None


@cache
def of_persons() -> tuple[Table, ...]:
    """The tables whose rows lead to a member, his own first, and each after that to which it leads; files not among them, which
    hang on rows of any of these."""
    return tuple(table for table in metadata.sorted_tables if _reaches_members(table))


@cache
def of_anybody() -> tuple[Table, ...]:
    """These, and the tables that may tell of people by whom nothing is found."""
    found = (table for table in metadata.sorted_tables if marked(table) is not None and table is not FILES)
    return (MEMBER, *found)


def _reaches_members(table: Table) -> bool:
    above = leads_to(table)
    return table is MEMBER or (above is not None and _reaches_members(above))


def goes(table: Table) -> bool:
    """Whether a whole row goes when its person is erased."""
    column = marked(table)
    return column is not None and column.info["erased"] is Erased.row


def becomes(column: Column[Any]) -> Erased:
    """What becomes of a value that does not go with its row."""
    said: Erased | None = column.info["erased"]
    if said is not None and said is not Erased.row:
        return said
    if column.info["personal"] is Personal.none:
        return Erased.stays
    return Erased.emptied if column.nullable else Erased.replaced


def is_name(column: Column[Any]) -> bool:
    """Whether a value is one of a kind and gives way to another such. To change it holds its row against whoever refers to that,
    which is done in a transaction that holds nothing else."""
    return bool(column.unique) and becomes(column) is Erased.replaced


def changing(table: Table) -> tuple[Column[Any], ...]:
    """The columns of a table whose values do not stay, but for names."""
    return tuple(column for column in table.columns if becomes(column) is not Erased.stays and not is_name(column))


@dataclass(frozen=True)
class Span:
    """How long something of a table is kept by itself: some columns of it, or whole rows where these go, for so many days from the
    moment of an SQL expression on."""

    table: Table
    columns: tuple[Column[Any], ...]
    ended: str
    days: int
    of_row: bool
    """Whether the row as a whole has ended then: what hangs on it is kept no longer either."""


@cache
def spans() -> tuple[Span, ...]:
    """All spans that do not count from the end of a membership; a table that leads to another one comes before that."""
    return tuple(span for table in reversed(of_anybody()) for span in _spans_of(table))


def _spans_of(table: Table) -> Iterator[Span]:
    column = marked(table)
    of_row = column.info["ended"] if column is not None else None
    kept: dict[tuple[str, int], list[Column[Any]]] = {}
    for one in table.columns:
        ended, days = one.info["ended"] if one.info["ended"] and one is not column else of_row, one.info["retain_days"]
        if ended is not None and days is not None and (goes(table) or becomes(one) is not Erased.stays):
            kept.setdefault((ended, days), []).append(one)
    if goes(table) and len(kept) > 1:
        raise TypeError(f"the rows of {table.name} go as a whole, and so are kept for one span")
    for (ended, days), columns in kept.items():
        yield Span(table, tuple(columns), ended, days, ended == of_row)


def counts_from_membership(column: Column[Any]) -> bool:
    """Whether a value is kept until some time after the membership of its person has ended."""
    return column.info["retain_days"] == Keep.membership and not any(column in span.columns for span in spans())


def lasting(table: Table) -> tuple[Column[Any], ...]:
    """The columns whose values change when a person is erased and are kept for no span of their own; none where whole rows go."""
    spanned = {column for span in spans() if span.table is table for column in span.columns}
    return () if goes(table) else tuple(column for column in changing(table) if column not in spanned)
