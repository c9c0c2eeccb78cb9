from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from api.performance.periods.rules import PeriodKind, kind_of, value_of
from api.schemas import Line, Reason, Shown, Written, example
from models.indicator import IndicatorValue, Period
from models.performance_enums import IndicatorUnit, PeriodState

MOST: int = 1_000_000_000

Number = Annotated[int, Field(ge=0, le=MOST)]
"""How many there are of something."""


class PeriodShown(Shown):
    code: str = Field(examples=["2026-Q3"])
    kind: PeriodKind
    starts_on: date = Field(examples=["2026-07-01"])
    ends_on: date = Field(examples=["2026-09-30"])
    state: PeriodState = Field(description="`closing` until all indicators are counted once and for all")
    as_of: AwareDatetime | None = Field(description="the moment as of which its values are counted; null before any are")
    done: int = Field(description="how many indicators are counted as of then", examples=[13])
    of: int = Field(description="how many are to be", examples=[13])
    closed_at: AwareDatetime | None

    @classmethod
    def of_row(cls, period: Period) -> Self:
        return cls.model_validate(period.model_dump() | {"kind": kind_of(period.code)})


class PeriodsShown(Shown):
    items: list[PeriodShown] = Field(description="the four quarters, and the year itself")


class ValueShown(Shown):
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    indicator: str = Field(examples=["card_coverage"])
    version: int = Field(description="1 is what was counted; each correction adds one", examples=[1])
    own_numerator: int = Field(examples=[27])
    own_denominator: int = Field(description="0 for a count", examples=[31])
    numerator: int = Field(description="with everything below it", examples=[27])
    denominator: int = Field(examples=[31])
    value: float | None = Field(
        description="in per cent with one decimal, or the count; null where there is nothing to measure", examples=[87.1]
    )
    reason: str | None = Field(description="why it was corrected", examples=[None])
    created_at: AwareDatetime

    @classmethod
    def of(cls, value: IndicatorValue, unit: IndicatorUnit, name: str) -> Self:
        told = {"organization_name": name, "value": value_of(unit, value.numerator, value.denominator)}
        return cls.model_validate(value.model_dump() | told)


class ValuesShown(Shown):
    items: list[ValueShown] = Field(description="all versions, the newest first")


class ValueCorrection(Written):
    model_config = Written.model_config | example(
        organization_id="019ac3f0-5b7e-7c1e-9d53-0242ac120002",
        indicator="card_coverage",
        own_numerator=28,
        own_denominator=31,
        reason="漏计一名党员的身份卡",
    )

    organization_id: UUID
    indicator: Annotated[Line, StringConstraints(max_length=40)] = Field(description="the indicator's code")
    own_numerator: Number = Field(description="what the organisation has of its own, without what is below it")
    own_denominator: Number | None = Field(default=None, description="null for a count")
    reason: Reason
