"""Things to be put right, as they are found: by what waits, by their keys, and with who stands above whom."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select, true
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import is_own, organizations_of
from api.access.scope import PATH_STEP, Access, at_or_above
from api.database import Work
from api.rectifications.rules import BETWEEN, NEAREST_FIRST
from models.organization import Organization
from models.rectification import CLAIMED, UNCLAIMED, UNCONFIRMED, Rectification, RectificationEvent
from models.venue import Venue


class Above(NamedTuple):
    """To whom what an organisation is late with goes: the nearest town or department above, if there is one, and the district."""

    nearest_id: UUID | None
    district_id: UUID | None


def unconfirmed(found: SelectOfScalar[Rectification]) -> SelectOfScalar[Rectification]:
    """Those that are not put right yet, which are few."""
    return found.where(UNCONFIRMED)


def overdue_only(found: SelectOfScalar[Rectification], today: date, *, overdue: bool) -> SelectOfScalar[Rectification]:
    """Those that are overdue, or those that are not."""
    late = and_(UNCLAIMED, col(Rectification.due_on) < today)
    return found.where(late if overdue else ~late)


def of_sources(work: Work, kind: str, keys: Collection[UUID]) -> dict[UUID, tuple[UUID, date]]:
    """The keys and days of what was opened for rows of a kind, by row."""
    query = select(Rectification.source_id, Rectification.id, col(Rectification.due_on)).where(
        col(Rectification.source_kind) == kind, col(Rectification.source_id).in_(keys)
    )
    return {source: (key, due_on) for source, key, due_on in work.exec(query)}


def count_events(work: Work, keys: Collection[UUID]) -> dict[UUID, int]:
    """How many steps some things have seen, by thing; without those that have seen none."""
    query = select(RectificationEvent.rectification_id, func.count()).where(col(RectificationEvent.rectification_id).in_(keys))
    return dict(work.exec(query.group_by(col(RectificationEvent.rectification_id))).all())


def events(work: Work, keys: Collection[UUID], most: int) -> Sequence[RectificationEvent]:
    """The newest steps of each of some things, the oldest first."""
    # Not by the time, which is that of the request: one that began first may have waited for another.
    of_one, newest = col(RectificationEvent.rectification_id), col(RectificationEvent.id).desc()
    place = func.row_number().over(partition_by=of_one, order_by=newest).label("place")
    numbered = select(RectificationEvent.id, place).where(of_one.in_(keys)).subquery()
    query = select(RectificationEvent).join(numbered, numbered.c.id == col(RectificationEvent.id)).where(numbered.c.place <= most)
    return work.exec(query.order_by(col(RectificationEvent.id))).all()


def event(work: Work, event_id: UUID) -> RectificationEvent | None:
    return work.exec(select(RectificationEvent).where(col(RectificationEvent.id) == event_id)).first()


def above(work: Work, keys: Collection[UUID]) -> dict[UUID, Above]:
    """Who stands above each of some organisations."""
    one, upper = aliased(Organization), aliased(Organization)
    is_above = and_(upper.id != one.id, at_or_above(one, upper))
    query = select(one.id, upper.id, upper.kind, upper.parent_id).join(upper, is_above).where(col(one.id).in_(keys))
    found = dict.fromkeys(keys, Above(None, None))
    for key, upper_id, kind, parent_id in work.exec(query.order_by(upper.path)):
        if parent_id is None:
            found[key] = found[key]._replace(district_id=upper_id)
        elif kind in BETWEEN:
            found[key] = found[key]._replace(nearest_id=upper_id)
    return found


def to_put_right(work: Work, access: Access) -> Any:
    """What waits for the organisations within reach, with the venue."""
    return _beside_venue(access.select(work, Rectification).where(UNCLAIMED))


def to_check(work: Work, access: Access) -> Any:
    """What is reported as done and may be confirmed by the caller."""
    query = access.select(work, Rectification).where(CLAIMED, _is_of_others(work, access))
    return _beside_venue(query.where(~is_own(work, access, col(Rectification.claimed_by))))


def overdue(work: Work, access: Access) -> Any:
    """What is late and has come to the caller: from the whole district only what no town or department is asked for any more, and
    otherwise nothing of his own organisation."""
    late = access.select(work, Rectification).where(UNCLAIMED, col(Rectification.due_on) < work.today)
    if access.reach(work).is_whole_district:
        one, upper = aliased(Organization), aliased(Organization)
        # They stand directly below the district, each by one path alone: PostgreSQL would hold every one against all organisations.
        between = and_(upper.id != one.id, col(upper.path) == func.substr(one.path, 1, 2 * PATH_STEP), col(upper.kind).in_(BETWEEN))
        is_between = select(upper.id).join(one, between).where(one.id == col(Rectification.organization_id)).exists()
        late = late.where(or_(col(Rectification.due_on) < work.today - NEAREST_FIRST, ~is_between))
    else:
        late = late.where(_is_of_others(work, access))
    return _beside_venue(late)


def _is_of_others(work: Work, access: Access) -> Any:
    """The condition that none has to put it right of which the caller may be."""
    # The few that are his, since PostgreSQL would hold all organisations against all that waits.
    his = organizations_of(work, access)
    return col(Rectification.organization_id).not_in(his) if his else true()


def _beside_venue(query: Any) -> Any:
    # Looked up for what is told, and not joined: beside a dear condition PostgreSQL does not weigh how it joins.
    name = select(Venue.name).where(col(Venue.id) == col(Rectification.venue_id)).scalar_subquery()
    return query.add_columns(name)
