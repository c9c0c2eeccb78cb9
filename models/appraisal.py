from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index

from models.appraisal_enums import AppraisalGrade, AppraisalState
from models.base import Erased, Keep, OwnedRecord, Personal, Record, Whose, Withheld, column, plain, words

BASIC, KEPT, STAYS = Personal.basic, Keep.membership, Erased.stays


class Appraisal(OwnedRecord, table=True):
    """One round of appraisal (民主评议) of a branch and a year. Once it is closed, nothing of it changes.

    `held_on` is the day of the meeting, at which `present` voted about each member.
    """

    __table_args__ = (
        Index("uq_appraisal_year", "organization_id", "year", unique=True),
        Index(None, "year", "id"),
        CheckConstraint("(held_on IS NULL) = (present IS NULL)", name="a_meeting_has_a_day"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_a_time"),
        CheckConstraint("(closed_by IS NULL) = (closed_at IS NULL)", name="closed_by_somebody"),
    )

    year: int = plain()
    state: AppraisalState = plain(default=AppraisalState.open, sa_type=words(AppraisalState))
    held_on: date | None = plain(default=None)
    present: int | None = plain(default=None)
    # They may name a member, but nobody is found by them.
    remarks: str | None = column(BASIC, KEPT, default=None, max_length=2000, whose=Whose.nobody, ended="closed_at")
    closed_by: UUID | None = plain(default=None, foreign_key="account.id")
    closed_at: datetime | None = plain(default=None)


class AppraisalItem(Record, table=True):
    """What a round says of one member. Full members are graded; probationary ones take part without a grade.

    The five votes are all there or all missing. `is_counted` is false in a closed round whose branch its member had left
    before.
    """

    __tablename__ = "appraisal_item"
    __table_args__ = (
        Index("uq_appraisal_item_member", "appraisal_id", "member_id", unique=True),
        CheckConstraint(
            "(votes_excellent IS NULL) = (votes_qualified IS NULL)"
            " AND (votes_excellent IS NULL) = (votes_basically_qualified IS NULL)"
            " AND (votes_excellent IS NULL) = (votes_unqualified IS NULL)"
            " AND (votes_excellent IS NULL) = (votes_abstained IS NULL)",
            name="all_votes_or_none",
        ),
        CheckConstraint("(self_grade IS NULL) = (self_words IS NULL)", name="a_grade_of_oneself_has_words"),
    )

    appraisal_id: UUID = plain(foreign_key="appraisal.id")
    member_id: UUID = plain(whose="member", foreign_key="member.id", index=True)
    is_graded: bool = plain()
    is_counted: bool = plain(default=True)
    self_grade: AppraisalGrade | None = column(
        BASIC, KEPT, erased=STAYS, default=None, sa_type=words(AppraisalGrade, "appraisal_self_grade")
    )
    self_words: str | None = column(BASIC, KEPT, erased=Erased.replaced, default=None, max_length=1000)
    votes_excellent: int | None = column(BASIC, KEPT, erased=STAYS, default=None)
    votes_qualified: int | None = column(BASIC, KEPT, erased=STAYS, default=None)
    votes_basically_qualified: int | None = column(BASIC, KEPT, erased=STAYS, default=None)
    votes_unqualified: int | None = column(BASIC, KEPT, erased=STAYS, default=None)
    votes_abstained: int | None = column(BASIC, KEPT, erased=STAYS, default=None)
    grade: AppraisalGrade | None = column(BASIC, KEPT, erased=STAYS, default=None, sa_type=words(AppraisalGrade))
    comment: str | None = column(BASIC, KEPT, default=None, max_length=500)


class AppraisalPeer(Record, table=True):
    """The grade that another member of the branch gives a member (互评).

    `by_digest` is keyed over who gives it and the item: it knows the same person again about one item, and nobody anywhere else.
    """

    __tablename__ = "appraisal_peer"
    __table_args__ = (Index("uq_appraisal_peer_by", "item_id", "by_digest", unique=True),)

    item_id: UUID = plain(
        whose="appraisal_item",
        withheld=Withheld.one_judgement,
        foreign_key="appraisal_item.id",
    )
    grade: AppraisalGrade = column(BASIC, KEPT, erased=STAYS, sa_type=words(AppraisalGrade, "appraisal_peer_grade"))
    by_digest: str = column(BASIC, KEPT, erased=STAYS, max_length=64)
