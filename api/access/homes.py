"""Where members of a group are at home: in the branch that it is a part of."""

from typing import Any

from sqlalchemy import literal_column
from sqlmodel import and_, case, or_

from models.enums import OrganizationKind


def home_of(place: Any) -> Any:
    """The branch of what belongs to a group; of everything else just where it belongs. `place` are organisations."""
    # Written out, since PostgreSQL takes no two parameters for the same in a GROUP BY.
    return case((place.kind == literal_column(f"'{OrganizationKind.group}'"), place.parent_id), else_=place.id)


def is_home_of(key: Any, place: Any) -> Any:
    """The condition that `home_of(place)` is the organisation of a key, by which engines find the places from it."""
    is_group = place.kind == literal_column(f"'{OrganizationKind.group}'")
    return or_(and_(place.id == key, ~is_group), and_(place.parent_id == key, is_group))
