from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select

from api.database import Work
from api.profiles.sections import PostEntry
from models.member import Member


def shown(work: Work, member_ids: Collection[UUID] | None) -> dict[UUID, list[PostEntry]]:
    """The posts that members hold, as the section `posts` of a profile has them; of all members where none are named."""
    holders = select(Member.id, Member.party_post).where(col(Member.party_post).is_not(None))
    if member_ids is not None:
        holders = holders.where(col(Member.id).in_(member_ids))
    return {key: [{"post": post}] for key, post in work.exec(holders) if post is not None}
