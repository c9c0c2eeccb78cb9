from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas import Shown, example
from models.enums import OrganizationKind
from models.performance_enums import IndicatorDirection, IndicatorUnit, PeriodState, Pillar

INDEX: Any = Field(description="of 100, with one decimal; null where nothing that has a weight is measured", examples=[83.4])
ORGANIZATION: dict[str, Any] = {"organization_id": "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e", "organization_name": "云溪镇党委"}
INDICATOR: dict[str, Any] = {
    "code": "card_coverage",
    "name": "党员身份卡覆盖率",
    "unit": "percent",
    "numerator": 270,
    "denominator": 312,
    "value": 86.5,
    "target": 100,
    "direction": "up",
    "weight": 15,
    "attainment": 0.865,
    "before": 80.1,
}
PILLARS: list[dict[str, Any]] = [{"pillar": pillar.value, "index": 86.5} for pillar in Pillar]


class BoardIndicator(Shown):
    code: str
    name: str
    unit: IndicatorUnit
    numerator: int | None = Field(description="with everything below; null where there is no value")
    denominator: int | None = Field(description="0 of a count")
    value: float | None = Field(description="in its unit, with one decimal; null where nothing is measured")
    target: int
    direction: IndicatorDirection = Field(description="whether more is better, or less")
    weight: int
    attainment: float | None = Field(description="how far the target is met, from 0 to 1, with three decimals")
    before: float | None = Field(description="the value in the quarter or year before")


class BoardPillar(Shown):
    pillar: Pillar
    index: float | None = INDEX
    indicators: list[BoardIndicator]


class PillarIndex(Shown):
    pillar: Pillar
    index: float | None = INDEX


class BoardQuarter(Shown):
    period: str = Field(examples=["2026-Q3"])
    index: float | None = INDEX
    pillars: list[PillarIndex]


class BoardCoverage(Shown):
    branches: int
    with_cards: int | None = Field(description="those with a valid card; null where that is no indicator of the period, as below")
    with_pledges: int | None = Field(description="those with a member who has pledged as many as are owed")
    with_signs: int | None = Field(description="those with a venue whose signs are complete")


class BoardReason(Shown):
    indicator: str = Field(description="the code of the one that takes most from the index")
    value: float
    target: int


class WeakBranch(Shown):
    organization_id: UUID
    organization_name: str
    index: float
    movement: float | None = Field(description="since the quarter or year before, rounded once; null where that has no index")
    reason: BoardReason | None = Field(description="null where every target is met")


class BoardTodo(Shown):
    total: int
    counts: dict[str, int] = Field(description="by kind, those of which something waits for whoever asks, at this organisation")


class BoardShown(Shown):
    """What an organisation has reached in a period. No person stands in it."""

    model_config = Shown.model_config | example(
        **ORGANIZATION,
        kind="town",
        period="2026-Q3",
        state="closed",
        is_corrected=False,
        as_of="2026-10-08T02:00:00Z",
        index=86.5,
        index_before=80.1,
        pillars=[one | {"indicators": [INDICATOR] if one["pillar"] == "identity" else []} for one in PILLARS],
        trend=[{"period": "2026-Q3", "index": 86.5, "pillars": PILLARS}],
        coverage={"branches": 14, "with_cards": 14, "with_pledges": 12, "with_signs": 9},
        weakest=[
            ORGANIZATION
            | {"organization_name": "石桥村第一党支部", "index": 62.1, "movement": -3.2}
            | {"reason": {"indicator": "card_coverage", "value": 62.5, "target": 100}}
        ],
        todo=None,
    )

    organization_id: UUID
    organization_name: str
    kind: OrganizationKind
    period: str
    state: PeriodState
    is_corrected: bool = Field(description="whether one of its values was corrected after the period was closed")
    as_of: AwareDatetime | None = Field(description="when it was counted; null where it never was")
    index: float | None = INDEX
    index_before: float | None = Field(description="that of the quarter or year before")
    pillars: list[BoardPillar]
    trend: list[BoardQuarter] = Field(description="this quarter and the three before it, or those of a year; the last at the end")
    coverage: BoardCoverage | None = Field(description="null of a branch, and of what is below one")
    weakest: list[WeakBranch] = Field(description="at most ten branches, by their index and then by their names; none of a branch")
    todo: BoardTodo | None = Field(description="null above branches")
