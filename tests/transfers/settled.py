from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from api.database import Work
from models.organization import Organization
from models.transfer import Transfer


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    here = ids["organization_id"]
    root = work.exec(select(Organization.id).where(col(Organization.code) == "D")).one()
    elsewhere = work.exec(select(Organization.id).where(col(Organization.code) == "T2")).one() if here == root else root
    transfer = Transfer(
        member_id=ids["member_id"],
        organization_id=here,
        to_organization_id=elsewhere,
        reason="工作调动",
        due_on=date(2099, 12, 31),
        requested_by=ids["account_id"],
    )
    work.add(transfer)
    return {"transfer_id": transfer.id}
