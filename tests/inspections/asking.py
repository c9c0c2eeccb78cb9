"""What a phone sends of an inspection."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from models.venue import Venue
from tests.conftest import Caller
from tests.standards.asking import answered

URL = "/v1/inspections"
NOW = datetime.now(UTC)


def checklist(caller: Caller, venue: Venue) -> dict[str, Any]:
    return answered(caller.get(f"{URL}/checklist", params={"venue_id": str(venue.id)}))


def document(venue: Venue, *items: dict[str, Any], **told: Any) -> dict[str, Any]:
    """A draft of the phone; what is told replaces what stands here."""
    body = {"client_id": str(uuid4()), "venue_id": str(venue.id), "standard_number": 1, "unannounced": False, "revision": 1}
    return body | {"started_at": NOW.isoformat(), "items": list(items)} | told


def failing(code: str = "DK-01", **told: Any) -> dict[str, Any]:
    return {"code": code, "result": "fail", "note": "桌牌缺失", **told}


def passing(code: str) -> dict[str, Any]:
    return {"code": code, "result": "pass"}


def final(caller: Caller, venue: Venue, *failed: dict[str, Any], **told: Any) -> dict[str, Any]:
    """A final document in which everything passes but for what fails."""
    codes = {item["code"] for item in failed}
    passed = [passing(item["code"]) for item in checklist(caller, venue)["items"] if item["code"] not in codes]
    return document(venue, *failed, *passed, final=True, finished_at=NOW.isoformat(), **told)
