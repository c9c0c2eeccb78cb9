from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import SQLModel

from models.base import Decided, Keep, OwnedRecord, Personal, Record, column, open_until_decided, plain, words
from models.enums import PartyPost, RequestState
from models.post_enums import HoldingHow, PostKind, PostSlot

STANDS = text("party_post IS NOT NULL AND closed_on IS NULL")
WAITS = text("state = 'open'")
"""The conditions of partial indexes. A query has to hold the very same words, or the index is not used."""
_IN_VENUE = text("venue_id IS NOT NULL")
_SENT = text("sent_by_id IS NOT NULL")


class PostBase(SQLModel):
    kind: PostKind = plain(sa_type=words(PostKind))
    title: str = plain(max_length=80)
    catalogue_code: str | None = plain(default=None, max_length=32)
    party_post: PartyPost | None = plain(default=None, sa_type=words(PartyPost))
    seats: int = plain(default=1)
    is_public: bool = plain(default=True)
    duties: list[dict[str, Any]] = plain(sa_type=JSON)


class Post(PostBase, OwnedRecord, table=True):
    """A post (岗位) of an organisation, with its duties in their order.

    `seats` are how many hold it at once in each slot. Members may apply for it until `announced_until`, that day included. Of a
    post within the Party the roster says who holds it.
    """

    __table_args__ = (
        CheckConstraint("(kind = 'party') = (party_post IS NOT NULL)", name="a_party_post_has_its_word"),
        CheckConstraint("seats BETWEEN 1 AND 50", name="one_to_fifty_seats"),
        Index("uq_post_party", "organization_id", "party_post", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
        Index("ix_post_venue_id", "venue_id", sqlite_where=_IN_VENUE, postgresql_where=_IN_VENUE),
    )

    venue_id: UUID | None = plain(default=None, foreign_key="venue.id")
    announced_until: date | None = plain(default=None)
    closed_on: date | None = plain(default=None)
    closed_reason: str | None = plain(default=None, max_length=200)


class PostHolding(Record, table=True):
    """Who holds a post, from `since` until the day before `until`; on no day where both are the same.

    Of a first secretary or a secondment, `sent_by_id` is the organisation that has sent him.
    """

    __tablename__ = "post_holding"
    __table_args__ = (
        CheckConstraint("until IS NULL OR until >= since", name="ends_after_it_begins"),
        Index(None, "member_id", "until"),
        Index("ix_post_holding_sent_by_id", "sent_by_id", sqlite_where=_SENT, postgresql_where=_SENT),
    )

    post_id: UUID = plain(foreign_key="post.id", index=True)
    member_id: UUID = plain(whose="member", foreign_key="member.id")
    slot: PostSlot = plain(sa_type=words(PostSlot))
    since: date = plain()
    until: date | None = plain(default=None)
    sent_by_id: UUID | None = plain(default=None, foreign_key="organization.id")
    how: HoldingHow = plain(sa_type=words(HoldingHow))
    end_reason: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)


class PostApplication(Decided, OwnedRecord, table=True):
    """That a member should be given a post (申报, 推荐), asked for by himself or by whoever recommends him, and decided by the
    organisation of the post. `holding_id` is what became of it."""

    __tablename__ = "post_application"
    __table_args__ = (
        Index("uq_post_application_open", "post_id", "member_id", unique=True, sqlite_where=WAITS, postgresql_where=WAITS),
        Index("ix_post_application_waits", "organization_id", sqlite_where=WAITS, postgresql_where=WAITS),
        Index("ix_post_application_waits_id", "id", sqlite_where=WAITS, postgresql_where=WAITS),
        CheckConstraint("(state = 'accepted') = (holding_id IS NOT NULL)", name="accepted_with_a_holding"),
        CheckConstraint("how IN ('applied', 'recommended')", name="applied_or_recommended"),
        open_until_decided(),
    )

    post_id: UUID = plain(foreign_key="post.id", index=True)
    member_id: UUID = plain(whose="member", foreign_key="member.id", index=True)
    how: HoldingHow = plain(sa_type=words(HoldingHow))
    statement: str = column(Personal.basic, Keep.membership, max_length=500)
    state: RequestState = plain(default=RequestState.open, sa_type=words(RequestState))
    asked_by: UUID = plain(foreign_key="account.id")
    holding_id: UUID | None = plain(default=None, foreign_key="post_holding.id")
