"""What has become of a request: the refusal, the row as it is stored, and what the audit trail tells of it."""

from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select

from api.database import Origin
from models.audit import AuditLine
from models.base import Record
from tests.conftest import District

R = TypeVar("R", bound=Record)


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that a request was answered with, which is the one of that code."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body.get("code")) == (status, code), answer.text
    return body


def stored(district: District, model: type[R], key: str | UUID) -> R:
    """A row as it stands now."""
    with district.house.database.reading(Origin("test")) as work:
        return work.get_one(model, UUID(str(key)))


def entries(district: District, target_id: str | UUID) -> list[tuple[str, dict[str, object]]]:
    """What the trail tells of a thing, in its order: what was done, and the details."""
    with district.house.database.reading(Origin("test")) as work:
        lines = select(AuditLine).where(col(AuditLine.target_id) == UUID(str(target_id))).order_by(col(AuditLine.seq))
        return [(line.action, line.details) for line in work.exec(lines).all()]


def deeds(district: District, target_id: str | UUID) -> list[str]:
    """What was done to a thing, in the order of the trail."""
    return [action for action, _ in entries(district, target_id)]
