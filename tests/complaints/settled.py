from collections.abc import Mapping
from uuid import UUID, uuid4

from api.database import Work
from models.complaint import Complaint
from models.enums import ComplaintKind


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    complaint = Complaint(
        organization_id=ids["organization_id"],
        card_id=ids["card_id"],
        kind=ComplaintKind.forged,
        receipt_no=uuid4().hex[:8],
        sent_digest=uuid4().hex,
    )
    work.add(complaint)
    return {"complaint_id": complaint.id}
