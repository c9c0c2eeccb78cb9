from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index
from sqlmodel import SQLModel

from models.base import Keep, OwnedRecord, Personal, Record, Whose, column, now, ordered_text, plain, words
from models.performance_enums import FigureName, IndicatorDirection, IndicatorUnit, PeriodState, Pillar


class IndicatorBase(SQLModel):
    code: str = plain(max_length=40, unique=True)
    pillar: Pillar = plain(sa_type=words(Pillar))
    name: str = plain(max_length=40)
    unit: IndicatorUnit = plain(default=IndicatorUnit.percent, sa_type=words(IndicatorUnit))
    weight: int = plain()
    target: int = plain(default=100)
    direction: IndicatorDirection = plain(default=IndicatorDirection.up, sa_type=words(IndicatorDirection))
    is_active: bool = plain(default=True)
    source: str = plain(max_length=200)


class Indicator(IndicatorBase, Record, table=True):
    """One indicator (指标) of the district: which figure, how much it weighs in the index, and what is aimed at, in its unit.

    `source` says who has set it. It is never deleted: one that is not active is left out of the periods that are yet to close.
    """

    __table_args__ = (
        CheckConstraint("weight BETWEEN 0 AND 100", name="weight_in_range"),
        CheckConstraint("target >= 1", name="something_is_aimed_at"),
    )

    figure: FigureName = plain(sa_type=words(FigureName, "figure"))


class Period(Record, table=True):
    """A quarter (2026-Q3) or a year (2026) over which indicators are counted. One without a row is open.

    `indicators` is the copy of them by which the values are counted that were asked for last, as they stood at `as_of`: `done` of
    those `of` are counted. While some are left, the process that counts them holds the period until `leased_until`; past that,
    another one goes on. Whoever has asked for the closing is `closed_by`.
    """

    __table_args__ = (
        CheckConstraint("starts_on < ends_on", name="ends_after_it_begins"),
        CheckConstraint('done BETWEEN 0 AND "of"', name="no_more_done_than_there_are"),
        CheckConstraint("(as_of IS NULL) = (indicators IS NULL)", name="counted_at_a_moment"),
        CheckConstraint("state = 'open' OR as_of IS NOT NULL", name="closes_as_of_a_moment"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_a_moment"),
    )

    code: str = plain(max_length=7, unique=True)
    starts_on: date = plain()
    ends_on: date = plain()
    state: PeriodState = plain(default=PeriodState.open, sa_type=words(PeriodState))
    leased_until: datetime | None = plain(default=None)
    as_of: datetime | None = plain(default=None)
    done: int = plain(default=0)
    of: int = plain(default=0)
    indicators: list[dict[str, Any]] | None = plain(default=None, sa_type=JSON(none_as_null=True))
    closed_by: UUID | None = plain(default=None, foreign_key="account.id")
    closed_at: datetime | None = plain(default=None)


class IndicatorEntry(OwnedRecord, table=True):
    """What an organisation has of an indicator that is entered by hand, and what shows it, with its pictures. The newest one of a
    period counts; none is changed. A count has no denominator."""

    __tablename__ = "indicator_entry"
    __table_args__ = (
        Index(None, "period", "indicator", "organization_id"),
        CheckConstraint("numerator >= 0 AND denominator >= 0", name="counts_of_something"),
    )

    # What shows it may name a person, but nobody is found by it.
    indicator: str = plain(foreign_key="indicator.code", max_length=40, whose=Whose.nobody, ended="created_at")
    period: str = plain(foreign_key="period.code", max_length=7)
    numerator: int = plain(sa_type=BigInteger)
    denominator: int | None = plain(default=None, sa_type=BigInteger)
    evidence: str = column(Personal.basic, Keep.membership, max_length=200)
    entered_by: UUID = plain(foreign_key="account.id")


class IndicatorValue(SQLModel, table=True):
    """What an organisation has of an indicator in a period: of its own, and with everything below it in the tree as it was then,
    where it stood at `path`.

    While the period is open the one version is provisional, and counted anew. From the closing on nothing is changed: a correction
    adds a version, and says why. A count has no denominator: it is 0. Nobody is named by `created_by` where no person has counted.
    """

    __tablename__ = "indicator_value"
    __table_args__ = (CheckConstraint("(version = 1) OR (reason IS NOT NULL)", name="a_correction_says_why"),)

    period: str = plain(foreign_key="period.code", max_length=7, primary_key=True)
    organization_id: UUID = plain(foreign_key="organization.id", primary_key=True)
    indicator: str = plain(foreign_key="indicator.code", max_length=40, primary_key=True)
    version: int = plain(default=1, primary_key=True)
    path: str = plain(sa_type=ordered_text(330))
    own_numerator: int = plain(sa_type=BigInteger)
    own_denominator: int = plain(sa_type=BigInteger)
    numerator: int = plain(sa_type=BigInteger)
    denominator: int = plain(sa_type=BigInteger)
    reason: str | None = plain(default=None, max_length=200)
    created_by: UUID | None = plain(default=None, foreign_key="account.id")
    created_at: datetime = plain(default_factory=now)
