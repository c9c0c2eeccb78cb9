"""The posts that members hold, and what a stranger learns of them."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from api.database import Work
from api.posts import queries
from api.profiles.sections import Entries, Section
from api.profiles.service import write_section
from models.member import Member


def show_posts_of_members(work: Work, members: Sequence[Member]) -> None:
    """Let the next scan of these members' cards tell the posts that they hold now."""
    write_section(work, Section.posts, shown_posts, [member.id for member in members])


def shown_posts(work: Work, member_ids: Collection[UUID] | None) -> Mapping[UUID, Entries]:
    """The section `posts` of these members, or of all: what their records say."""
    return queries.shown(work, member_ids)
