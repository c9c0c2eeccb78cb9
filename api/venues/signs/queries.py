from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import locking
from api.database import Work
from models.enums import SignState
from models.sign import Sign


def of_venue(venue_id: UUID) -> SelectOfScalar[Sign]:
    """All signs of a venue, by their codes."""
    return select(Sign).where(col(Sign.venue_id) == venue_id).order_by(col(Sign.code), col(Sign.id))


def standing(work: Work, venue_id: UUID) -> Sequence[Sign]:
    """The signs of a venue that were not taken down."""
    return work.exec(of_venue(venue_id).where(col(Sign.state) != SignState.retired)).all()


def sign(work: Work, venue_id: UUID, sign_id: UUID) -> Sign | None:
    """One sign of a venue, held where the work writes."""
    query = select(Sign).where(col(Sign.id) == sign_id, col(Sign.venue_id) == venue_id)
    return work.exec(locking(work, query, Sign)).first()
