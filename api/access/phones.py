"""Whom to call about what an organisation does: its own telephone, or the nearest one above it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import func, literal_column
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from api.access.scope import at_or_above
from models.organization import Organization


def nearest_phone(one: Any = Organization) -> Any:
    """An organisation's telephone, or else the nearest one above it; null where there is none up to the district. What has one of
    its own is not looked beyond."""
    return _own_or_above(one, lambda above: col(above.service_phone))


def nearest_phone_named(one: Any = Organization) -> Any:
    """The same, and behind one from above the name of whose it is, as `Phone.read` takes it."""
    return _own_or_above(one, lambda above: col(above.service_phone).concat(_TAB).concat(col(above.name)))


class Phone(NamedTuple):
    """A telephone, None where there is none, and the organisation above whose it is, None of one's own."""

    number: str | None
    of: str | None = None

    @classmethod
    def read(cls, told: str | None) -> "Phone":
        number, _, name = (told or "").partition("\t")
        return cls(number or None, name or None)


_TAB: Any = literal_column("'\t'")
"""Between a telephone and a name: neither can hold one."""


def _own_or_above(one: Any, told: Callable[[Any], Any]) -> Any:
    above = aliased(Organization)
    found = select(told(above)).where(at_or_above(one, above), col(above.service_phone).is_not(None))
    # As literals: the scan door numbers its parameters, and has none of these among them.
    lowest = found.order_by(func.length(above.path).desc()).limit(literal_column("1")).offset(literal_column("0")).correlate(one)
    return func.coalesce(one.service_phone, lowest.scalar_subquery())
