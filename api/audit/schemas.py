from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas import Page, Shown


class AuditLineShown(Shown):
    seq: int = Field(examples=[1042])
    at: AwareDatetime
    actor_id: UUID | None
    action: str = Field(examples=["suspend_card"])
    target_kind: str = Field(examples=["card"])
    target_id: UUID | None
    organization_id: UUID | None
    organization_name: str | None = Field(examples=["石桥村第一党支部"])
    request_id: str = Field(examples=["9b0c3c1f5a7e2d48"])
    details: dict[str, Any]
    is_genuine: bool = Field(
        description="whether the program has written it behind the line that stands before it now; otherwise somebody has altered, "
        "made up or removed one of the two in the database, and nothing of it is to be believed",
        examples=[True],
    )


class AuditPage(Page[AuditLineShown]):
    """One page of the trail, with the numbers of those lines of it which cannot be shown, since somebody has altered them."""

    unreadable: list[int] = Field(examples=[[]])
