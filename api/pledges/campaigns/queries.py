from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.permissions import Permission
from api.access.scope import Access, at_or_above, within
from api.database import Work
from api.pledges.figures.queries import owing
from api.pledges.rules import STANDING
from models.campaign import Campaign
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge


def seen(work: Work, access: Access) -> SelectOfScalar[Campaign]:
    """The campaigns of organisations at or above the caller's own, and of those where he may enter pledges; the newest first."""
    home, above = aliased(Organization), aliased(Organization)
    homes = col(home.id) == access.organization_id
    if access.member_id is not None:
        his = select(Member.organization_id).where(col(Member.id) == access.member_id)
        homes = or_(homes, col(home.id).in_(his))
    places = select(above.id).join(home, at_or_above(home, above)).where(homes)
    covered = access.using(Permission.pledge_write).reach(work).covers(col(Campaign.organization_id))
    query = select(Campaign).where(or_(col(Campaign.organization_id).in_(places), covered))
    return query.order_by(col(Campaign.id).desc())


def joined(work: Work, campaign_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many members have submitted a pledge for each of some campaigns."""
    query = select(Pledge.campaign_id, func.count(func.distinct(col(Pledge.member_id)))).where(
        col(Pledge.campaign_id).in_(campaign_ids), col(Pledge.state).in_(STANDING)
    )
    return {key: number for key, number in work.exec(query.group_by(col(Pledge.campaign_id))).all() if key is not None}


def eligible(work: Work, organization_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many members at or below each of some organisations owe pledges."""
    top, place = aliased(Organization), aliased(Organization)
    query = (
        select(top.id, func.count())
        .join(place, within(top, place))
        .join(Member, col(Member.organization_id) == place.id)
        .where(col(top.id).in_(organization_ids), owing())
    )
    return dict(work.exec(query.group_by(col(top.id))).all())
