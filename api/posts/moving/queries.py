"""What those of a moved organisation hold or ask for of what it stood under before. Nobody is waited for."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import and_, col, select

from api.access.scope import below, locking
from api.database import Work
from api.posts.queries import not_ended
from api.posts.rules import SENT
from models.enums import OrganizationKind
from models.member import Member
from models.organization import Organization
from models.post import WAITS, Post, PostApplication, PostHolding


def concerned(work: Work, organization: Organization, line: Collection[UUID]) -> set[UUID]:
    """The members of an organisation and of what is below it who hold a post of one in a line, but for those who are sent, or ask
    for one. Nothing is locked."""
    held = select(PostHolding.member_id).join(Post, col(Post.id) == col(PostHolding.post_id)).where(_held(work, line))
    asked = select(PostApplication.member_id).where(_asked(line))
    of_those = (select(Member.id).where(col(Member.id).in_(keys), _is_of(organization)) for keys in (held, asked))
    return {key for query in of_those for key in work.exec(query)}


def rostered_of_group(work: Work, organization: Organization) -> set[UUID]:
    """The members of a group who have a post within the Party; nobody of what is no group. Nothing is locked."""
    if organization.kind is not OrganizationKind.group:
        return set()
    query = select(Member.id).where(col(Member.organization_id) == organization.id, col(Member.party_post).is_not(None))
    return set(work.exec(query).all())


def held_free(
    work: Work, member_ids: Collection[UUID], line: Collection[UUID]
) -> tuple[Sequence[PostApplication], Sequence[PostHolding]] | None:
    """What these ask for and hold there, held; None where somebody else holds any of it."""
    asked = select(PostApplication).where(_asked(line), col(PostApplication.member_id).in_(member_ids))
    asked = asked.order_by(col(PostApplication.id))
    held = select(PostHolding).join(Post, col(Post.id) == col(PostHolding.post_id)).where(_held(work, line))
    held = held.where(col(PostHolding.member_id).in_(member_ids)).order_by(col(PostHolding.id))
    applications = work.exec(locking(work, asked, PostApplication, waits=False)).all()
    holdings = work.exec(locking(work, held, PostHolding, waits=False)).all()
    is_all = len(applications) == len(work.exec(asked).all()) and len(holdings) == len(work.exec(held).all())
    return (applications, holdings) if is_all else None


def _held(work: Work, line: Collection[UUID]) -> Any:
    return and_(not_ended(work.today), col(Post.organization_id).in_(line), col(Post.kind).not_in(SENT))


def _asked(line: Collection[UUID]) -> Any:
    return and_(WAITS, col(PostApplication.organization_id).in_(line))


def _is_of(organization: Organization) -> Any:
    return col(Member.organization_id).in_(below(organization))
