from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import SQLModel

from models.base import Erased, Keep, OwnedRecord, Personal, column, plain, words
from models.enums import ClaimOutcome, PledgeCategory, PledgeKind, PledgeOutcome, PledgeState, PledgeVisibility

BASIC = Personal.basic
KEPT = Keep.membership

CLAIMED = text("state = 'published' AND claim_outcome IS NOT NULL")
AMENDED = text("state = 'published' AND amendment_no IS NOT NULL")
RETURNED = text("state = 'returned'")
UNSETTLED = text("state = 'published' AND claim_outcome IS NULL")
NOT_PUBLISHED = text("state <> 'published'")
INSTANT = text("kind = 'instant'")
"""The conditions of partial indexes. A query has to hold the very same words, or the index is not used."""


def _of(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Voted(SQLModel):
    """What a meeting has voted; all null where there was no vote. `vote_eligible`, how many may vote, is told of a meeting of
    all members of the branch (党员大会)."""

    vote_held_on: date | None = plain(default=None)
    vote_eligible: int | None = plain(default=None)
    votes_for: int | None = plain(default=None)
    votes_against: int | None = plain(default=None)
    votes_abstained: int | None = plain(default=None)


def a_vote_is_whole() -> CheckConstraint:
    """What holds in every table of `Voted`: its columns but `vote_eligible` are all told or none."""
    return CheckConstraint(
        "(vote_held_on IS NULL) = (votes_for IS NULL) AND (vote_held_on IS NULL) = (votes_against IS NULL) "
        "AND (vote_held_on IS NULL) = (votes_abstained IS NULL) AND (vote_held_on IS NOT NULL OR vote_eligible IS NULL)",
        name="a_vote_is_whole",
    )


class PledgeBase(SQLModel):
    kind: PledgeKind = plain(sa_type=words(PledgeKind))
    category: PledgeCategory = plain(sa_type=words(PledgeCategory))
    content: str = column(BASIC, KEPT, max_length=300)
    measure: str = column(BASIC, KEPT, max_length=200)
    due_on: date = plain()
    visibility: PledgeVisibility = plain(sa_type=words(PledgeVisibility))
    weight: int = plain(default=1)


class Pledge(Voted, PledgeBase, OwnedRecord, table=True):
    """A pledge (承诺) of a member, owned by his branch; or, without `member_id`, an organisation's own.

    Content, measure, day and visibility are those of the text `text_no`, or of the draft; an amended text that waits beside it is
    `amendment_no`. `published_at` is when it was first published. The vote is the one by which its fulfilment was confirmed.
    `weight_below` sums the weights of those pledges below it that count for it, `points_below` each weight times its percentage.
    """

    __table_args__ = (
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight_in_range"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_in_range"),
        CheckConstraint("(claim_outcome IS NULL) = (claimed_at IS NULL)", name="a_claim_has_a_time"),
        CheckConstraint(
            "(state IN ('fulfilled', 'unfulfilled', 'exempted', 'evaluated')) = (outcome IS NOT NULL)",
            name="settled_has_an_outcome",
        ),
        CheckConstraint("outcome IS NULL OR state = 'evaluated' OR state = outcome", name="outcome_is_the_state"),
        CheckConstraint("state <> 'evaluated' OR outcome <> 'exempted'", name="exempted_is_not_evaluated"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="an_outcome_has_a_time"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_reason IS NOT NULL)", name="withdrawn_has_a_reason"),
        CheckConstraint("state <> 'draft' OR text_no = 0", name="a_draft_was_never_submitted"),
        CheckConstraint("amendment_no IS NULL OR amendment_no > text_no", name="an_amendment_follows"),
        a_vote_is_whole(),
        Index(None, "member_id", "year"),
        Index(None, "year", "organization_id"),
        Index(None, "year", "id"),
        Index(None, "review_organization_id", "state"),
        _of("ix_pledge_not_published", "state", "id", where=NOT_PUBLISHED.text),
        _of("ix_pledge_instant", "id", where=INSTANT.text),
        _of("ix_pledge_instant_year", "year", "id", where=INSTANT.text),
        _of("ix_pledge_claimed", "review_organization_id", where=CLAIMED.text),
        _of("ix_pledge_amended", "review_organization_id", where=AMENDED.text),
        _of("ix_pledge_returned", "entered_by", where=RETURNED.text),
        _of("ix_pledge_unsettled", "due_on", where=UNSETTLED.text),
        _of("ix_pledge_parent_id", "parent_id", where="parent_id IS NOT NULL"),
        _of("ix_pledge_campaign_id", "campaign_id", where="campaign_id IS NOT NULL"),
    )

    member_id: UUID | None = plain(default=None, whose="member", foreign_key="member.id")
    year: int = plain()
    parent_id: UUID | None = plain(default=None, foreign_key="pledge.id")
    campaign_id: UUID | None = plain(default=None, foreign_key="campaign.id")
    state: PledgeState = plain(default=PledgeState.draft, sa_type=words(PledgeState))
    percent: int = plain(default=0)
    weight_below: int = plain(default=0, sa_type=BigInteger)
    points_below: int = plain(default=0, sa_type=BigInteger)
    text_no: int = plain(default=0)
    amendment_no: int | None = plain(default=None)
    review_organization_id: UUID | None = plain(default=None, foreign_key="organization.id")
    entered_by: UUID = plain(foreign_key="account.id")
    published_at: datetime | None = plain(default=None)
    claim_outcome: ClaimOutcome | None = plain(default=None, sa_type=words(ClaimOutcome))
    claim_note: str | None = column(BASIC, KEPT, default=None, max_length=200)
    claimed_at: datetime | None = plain(default=None)
    outcome: PledgeOutcome | None = plain(default=None, sa_type=words(PledgeOutcome))
    outcome_reason: str | None = column(BASIC, KEPT, default=None, max_length=200)
    decided_by: UUID | None = plain(default=None, foreign_key="account.id")
    decided_at: datetime | None = plain(default=None)
    withdrawn_reason: str | None = column(BASIC, KEPT, erased=Erased.replaced, default=None, max_length=200)
