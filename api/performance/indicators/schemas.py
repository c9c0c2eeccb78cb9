from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from api.performance.indicators.service import is_counted
from api.performance.periods.schemas import Number
from api.performance.rules import MOST_PICTURES
from api.schemas import ACTOR_NAME, UNSENT, Edited, Line, RecordShown, Shown, Written, example
from api.written import plain
from models.indicator import Indicator
from models.performance_enums import FigureName, IndicatorDirection, IndicatorUnit, Pillar

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$"), AfterValidator(plain)]
Name = Annotated[Line, StringConstraints(max_length=40)]
Weight = Annotated[int, Field(ge=0, le=100, description="how much it counts in the index, beside the others")]
Target = Annotated[int, Field(ge=1, le=1_000_000, description="what is aimed at, in the unit")]


class IndicatorWrite(Written):
    model_config = Written.model_config | example(
        code="night_study",
        pillar="performance",
        name="周二夜学到课率",
        unit="percent",
        weight=5,
        target=90,
        direction="up",
        source="区委组织部年度工作要点",
    )

    code: Code
    pillar: Pillar
    name: Name
    unit: IndicatorUnit = IndicatorUnit.percent
    weight: Weight
    target: Target = 100
    direction: IndicatorDirection = Field(default=IndicatorDirection.up, description="`down` where less of it is better")
    source: Line = Field(default="OURS", description="who has set it, and where; `OURS` where nobody has published it")


class IndicatorEdit(Edited):
    model_config = Edited.model_config | example(weight=10, target=95)

    name: Name = UNSENT
    weight: Weight = UNSENT
    target: Target = UNSENT
    is_active: bool = UNSENT


class IndicatorShown(RecordShown):
    code: str = Field(examples=["card_coverage"])
    pillar: Pillar
    name: str = Field(examples=["党员身份卡覆盖率"])
    figure: FigureName = Field(description="what it counts; `entered`: by hand")
    unit: IndicatorUnit
    weight: int = Field(examples=[15])
    target: int = Field(examples=[100])
    direction: IndicatorDirection
    is_active: bool
    source: str = Field(examples=["OURS"])
    is_available: bool = Field(description="whether it is counted, or entered; one that is not has no values")

    @classmethod
    def of(cls, indicator: Indicator) -> Self:
        return cls.model_validate(indicator.model_dump() | {"is_available": is_counted(indicator)})


class IndicatorsShown(Shown):
    items: list[IndicatorShown]


class EntryWrite(Written):
    model_config = Written.model_config | example(
        organization_id="019ac3f0-5b7e-7c1e-9d53-0242ac120002",
        period="2026-Q3",
        numerator=28,
        denominator=31,
        evidence="夜学签到表，9月29日",
    )

    organization_id: UUID
    period: Annotated[Line, StringConstraints(max_length=7)] = Field(description="a quarter or a year")
    numerator: Number
    denominator: Number | None = Field(default=None, description="null for a count")
    evidence: Line = Field(description="what shows it")
    attachment_ids: list[UUID] = Field(
        default=[], max_length=MOST_PICTURES, description="pictures that one has brought oneself by `POST /v1/files`"
    )


class EntryShown(Shown):
    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    indicator: str = Field(examples=["night_study"])
    period: str = Field(examples=["2026-Q3"])
    numerator: int = Field(examples=[28])
    denominator: int | None = Field(examples=[31])
    evidence: str = Field(examples=["夜学签到表，9月29日"])
    attachment_ids: list[UUID]
    entered_by: UUID
    entered_by_name: str | None = ACTOR_NAME
    created_at: AwareDatetime
