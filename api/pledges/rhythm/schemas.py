from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from api.pledges.rhythm.rules import MOST_LINES, QUARTER, RhythmKind
from api.pledges.rhythm.service import Due
from api.profiles.lines import PledgeLine
from api.schemas import ACTOR_NAME, RecordShown, Shown, Written, example


class DueShown(Shown):
    kind: RhythmKind
    period: str = Field(description="the year, half or quarter that it is about", examples=["2026-Q3"])
    opens_on: date
    due_on: date
    done_at: AwareDatetime | None = Field(description="null where it is not done, or there is nothing that it could be about")
    is_open: bool = Field(description="there is something to do")
    is_overdue: bool

    @classmethod
    def of(cls, due: Due) -> Self:
        step = {name: getattr(due.step, name) for name in ("kind", "period", "opens_on", "due_on")}
        return cls.model_validate(step | {name: getattr(due, name) for name in ("done_at", "is_open", "is_overdue")})


class Calendar(Shown):
    items: list[DueShown] = Field(description="in the order in which they open")


class PublicationWrite(Written):
    model_config = Written.model_config | example(organization_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e", quarter="2026-Q3")

    organization_id: UUID
    quarter: Annotated[str, StringConstraints(pattern=QUARTER)] = Field(description="one that has begun", examples=["2026-Q3"])


class PublicationShown(RecordShown):
    id: UUID
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    quarter: str = Field(examples=["2026-Q3"])
    published_at: AwareDatetime
    published_by: UUID = Field(description="an account")
    published_by_name: str | None = ACTOR_NAME
    line_count: int = Field(description="how many pledges were made public", examples=[9])
    lines: list[PledgeLine] = Field(description=f"the first {MOST_LINES} of them as they stood then", max_length=MOST_LINES)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """`fields` are those of the publication with the names beside its keys."""
        lines = fields["lines"]
        return cls.model_validate({**fields, "line_count": len(lines), "lines": lines[:MOST_LINES]})
