from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from api.inspections.figures.service import FIGURES, Figures, InspectionsCounted
from api.schemas import Shown
from models.enums import VenueKind


class InspectionRatio(Shown):
    numerator: int = Field(examples=[27])
    denominator: int = Field(examples=[31])


class InspectionTotals(Shown):
    sign_coverage: InspectionRatio = Field(
        description="open venues whose last inspection by others has no failed mandatory item left, of those where one is mandatory"
    )
    sign_pass: InspectionRatio = Field(description="items that passed, of those that passed or failed")
    rectification_on_time: InspectionRatio = Field(
        description="things claimed by their day, of those confirmed in the period, or due in it and not put right"
    )


class FiguresOfVenueKind(InspectionTotals):
    venue_kind: VenueKind


class FiguresOfOrganization(InspectionTotals):
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    level: int = Field(description="how many of these organisations stand above it", examples=[2])


class InspectionFigures(Shown):
    since: date
    until: date
    totals: InspectionTotals
    by_venue_kind: list[FiguresOfVenueKind]
    by_organization: list[FiguresOfOrganization] = Field(
        description="each with everything below it; without those that have nothing"
    )

    @classmethod
    def of(cls, told: Figures) -> Self:
        kinds = [{"venue_kind": kind, **_said(counted)} for kind, counted in told.by_venue_kind]
        own = [
            {"organization_id": key, "organization_name": name, "level": told.levels[key], **_said(one)}
            for key, name, one in told.by_organization
        ]
        days = {"since": told.since, "until": told.until}
        return cls.model_validate({**days, "totals": _said(told.totals), "by_venue_kind": kinds, "by_organization": own})


def _said(counted: InspectionsCounted) -> dict[str, Any]:
    return {name: getattr(counted, name) for name in FIGURES}
