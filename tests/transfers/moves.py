"""Members who are moved, and what is asked about them."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select

from api.audit.service import verify
from api.database import Origin
from models.audit import AuditLine
from models.card import Card
from models.enums import CardState
from models.member import Member
from tests.conftest import Caller, District

WHY = {"reason": "工作调动"}
BACK = {"reason": "材料不全"}


def asked(caller: Caller, district: District, member_id: UUID | str, code: str, **more: Any) -> Any:
    body = {"member_id": str(member_id), "to_organization_id": str(district.ids[code]), **WHY, **more}
    return caller.post("/v1/transfers", json=body)


def requested(caller: Caller, district: District, member_id: UUID | str, code: str, **more: Any) -> str:
    """The id of a new transfer of that member to the organisation of that code."""
    answer = asked(caller, district, member_id, code, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def decide(caller: Caller, transfer_id: str, decision: str, **more: Any) -> Any:
    body = {} if decision == "accept" else {"json": BACK}
    return caller.post(f"/v1/transfers/{transfer_id}/{decision}", **body, **more)


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(fault["field"], fault["rule"]) for fault in answer.json()["errors"]]


def member_of(district: District, member_id: UUID) -> Member:
    with district.house.database.reading(Origin("test")) as work:
        member: Member = work.get_one(Member, member_id)
        return member


def cards_of(district: District, member_id: UUID) -> list[tuple[CardState, UUID]]:
    """The state and the issuing organisation of each card of a member, the oldest first."""
    with district.house.database.reading(Origin("test")) as work:
        cards = work.exec(select(Card).where(col(Card.member_id) == member_id).order_by(col(Card.id))).all()
        return [(card.state, card.organization_id) for card in cards]


def lines(district: District, action: str, target_id: str) -> list[UUID | None]:
    """The organisations at which the audit trail tells of that deed."""
    with district.house.database.reading(Origin("test")) as work:
        query = select(AuditLine).where(col(AuditLine.action) == action, col(AuditLine.target_id) == UUID(target_id))
        return [line.organization_id for line in work.exec(query.order_by(col(AuditLine.seq))).all()]


def trail_holds(district: District) -> bool:
    with district.house.database.reading(Origin("test")) as work:
        return verify(work, district.house.audit_key)[1] is None
