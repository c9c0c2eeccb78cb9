"""What waits about corrections: requests that somebody else than the member himself decides."""

from typing import Final

from sqlmodel import col

from api.access.permissions import Permission
from api.corrections import queries
from api.database import Work
from api.errors import Text
from api.todo.service import Item, Source
from models.correction import CorrectionRequest


def _to_decide(work: Work, request: CorrectionRequest, name: str) -> Item:
    text = Text(
        f"{name}申请更正个人资料，请核对后采纳或退回。",
        f"{name} asks for a correction of the record; accept or refuse it.",
    )
    return Item(request.id, request.organization_id, text, request.created_at)


CORRECTIONS: Final = Source(
    "correction",
    CorrectionRequest,
    Permission.correction_decide,
    lambda work, access: queries.waiting(work, access),
    _to_decide,
    (col(CorrectionRequest.id),),
)
