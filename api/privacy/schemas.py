from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.schemas import Shown, Written, example
from models.erasure_enums import CopyReason, ErasureGround

MEMBER = "019ac3f0-5b7e-7c1e-9d53-0242ac120002"
Asked = Literal[ErasureGround.asked_for, ErasureGround.consent_withdrawn, ErasureGround.not_needed, ErasureGround.unlawful]


class CopyWrite(Written):
    """Of whom, and why."""

    model_config = Written.model_config | example(member_id=MEMBER, reason="asked_for")

    member_id: UUID
    reason: CopyReason = Field(description="`asked_for`: the person asks for it; `authority`: the law obliges to give it out")


class ErasureWrite(Written):
    """Of whom, and why."""

    model_config = Written.model_config | example(member_id=MEMBER, ground="asked_for")

    member_id: UUID
    ground: Asked = Field(description="why it must be erased (PIPL, article 47)")


class ErasureShown(Shown):
    """What was erased of a member."""

    model_config = Shown.model_config | example(erased_on="2026-11-27", rows={"member": 1, "pledge": 3})

    erased_on: date
    rows: dict[str, int] = Field(description="how many rows of each table were changed or deleted; none where nothing was left")
