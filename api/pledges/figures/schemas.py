from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from api.pledges.figures.rules import Ratio
from api.pledges.figures.service import Board, Figures
from api.schemas import Shown, example

RATES = ("pledge_rate", "review_on_time_rate", "fulfillment_rate", "satisfaction_rate")
NUMBERS = ("below_two", "overdue", "exempted", "withdrawn")
RATIO = {"numerator": 27, "denominator": 31, "value": 0.871}
ONE: dict[str, Any] = {
    "organization_id": "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e",
    "organization_name": "石桥村第一党支部",
    "year": 2026,
    "as_of": "2026-11-27",
    **dict.fromkeys(RATES, RATIO),
    **dict.fromkeys(NUMBERS, 4),
}


class RatioShown(Shown):
    numerator: int
    denominator: int
    value: float | None = Field(description="with four decimals, half up; null of nothing")

    @classmethod
    def of(cls, ratio: Ratio) -> Self:
        return cls(numerator=ratio.numerator, denominator=ratio.denominator, value=ratio.value)


class FiguresOfOne(Shown):
    model_config = Shown.model_config | example(**ONE)

    organization_id: UUID
    organization_name: str
    year: int
    as_of: date
    pledge_rate: RatioShown = Field(description="members with two annual pledges published, of those who owe pledges")
    review_on_time_rate: RatioShown = Field(description="texts decided within seven days, of those decided or as old")
    fulfillment_rate: RatioShown = Field(description="pledges fulfilled, of those settled or past their day, but for exempted ones")
    satisfaction_rate: RatioShown = Field(description="grades of the masses that are good, of those that count")
    below_two: int = Field(description="members who owe pledges and have not two annual ones published")
    overdue: int
    exempted: int
    withdrawn: int = Field(description="after they were published")

    @classmethod
    def told(cls, figures: Figures) -> dict[str, Any]:
        counts, organization = figures.counts, figures.organization
        return {
            "organization_id": organization.id,
            "organization_name": organization.name,
            "year": figures.year,
            "as_of": figures.as_of,
            **{name: RatioShown.of(getattr(counts, name)) for name in RATES},
            **{name: getattr(counts, name) for name in NUMBERS},
        }


class FiguresShown(FiguresOfOne):
    model_config = Shown.model_config | example(**ONE, children=[ONE])

    children: list[FiguresOfOne] = Field(description="each organisation directly below, with everything below that")

    @classmethod
    def of(cls, board: Board) -> Self:
        return cls.model_validate(cls.told(board) | {"children": [cls.told(child) for child in board.children]})
