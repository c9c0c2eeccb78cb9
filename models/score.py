from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index

from models.base import Erased, Keep, OwnedRecord, Personal, Record, column, plain, words
from models.score_enums import ScoreScheme, ScoreSection

BASIC, KEPT = Personal.basic, Keep.membership


class ScoreYear(Record, table=True):
    """By which scheme a year is scored, in the whole district. Where nobody has chosen, its first entry makes the row."""

    __tablename__ = "score_year"

    year: int = plain(unique=True)
    scheme: ScoreScheme = plain(sa_type=words(ScoreScheme))
    reason: str | None = plain(default=None, max_length=200)
    chosen_by: UUID | None = plain(default=None, foreign_key="account.id")


class ScoreEntry(OwnedRecord, table=True):
    """One line (积分流水) of what a member's score of a year is made of, owned by his branch, with which it moves when he does.

    Entries are added and never changed. Of a mistake there is another entry, alike but for its `reverses_id`: neither counts then.
    """

    __tablename__ = "score_entry"
    __table_args__ = (
        CheckConstraint("half_points BETWEEN 0 AND 200", name="points_in_range"),
        CheckConstraint("half_points > 0 OR section = 'veto'", name="only_a_veto_has_no_points"),
        CheckConstraint("reverses_id <> id", name="reverses_another"),
        Index(None, "member_id", "year"),
    )

    member_id: UUID = plain(whose="member", foreign_key="member.id")
    year: int = plain(foreign_key="score_year.year", index=True)
    section: ScoreSection = plain(sa_type=words(ScoreSection))
    half_points: int = column(BASIC, KEPT, erased=Erased.stays)
    """Points come in steps of a half, and are counted in these."""
    reason: str = column(BASIC, KEPT, max_length=200)
    happened_on: date = plain()
    entered_by: UUID = plain(foreign_key="account.id")
    reverses_id: UUID | None = plain(default=None, foreign_key="score_entry.id", unique=True)
