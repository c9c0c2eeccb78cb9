"""A district officer who writes standards, and what he sends."""

from datetime import date, timedelta
from typing import Any

from sqlmodel import col, select

from api.standards.drafts import create_standard_draft, publish_standard_draft
from api.versions import Expected
from models.enums import Role
from models.standard import Standard
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.files.drawings import drawn

URL = "/v1/standards"
DRAFT = f"{URL}/draft"
TODAY = district_day()
NEW = {"based_on": "default", "title": "标识应用规范", "change_note": "首次发布。"}
ITEM: dict[str, Any] = {
    "code": "WN-09",
    "name": "窗口牌",
    "venue_kinds": ["window"],
    "element": "window_sign",
    "obligation": "mandatory",
    "sizes": [{"width_mm": 500, "height_mm": 250}],
    "tolerance_mm": 10,
    "emblem": "allowed",
    "emblem_max_mm": 80,
    "emblem_article": "第七条",
    "text_template": "{post} {name}",
    "basis": [{"about": "size", "text": "50×25 cm", "source": "天长市委组织部", "grade": "A"}],
}


def officer_of(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def answered(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def drafted(officer: Caller, based_on: Any = "default", **more: Any) -> dict[str, Any]:
    return answered(officer.post(DRAFT, json=NEW | {"based_on": based_on, **more}), 201)


def published(officer: Caller, day: date = TODAY) -> dict[str, Any]:
    return answered(officer.post(f"{DRAFT}/publish", json={"effective_on": day.isoformat()}))


def publish_default(district: District) -> None:
    """Let the default hold from today on, as one more version."""
    with district.work() as work:
        create_standard_draft(work, "default", "规范", "首次发布。")
        publish_standard_draft(work, work.today, Expected(None, required=False))


def edited(officer: Caller, which: str, **changes: Any) -> Any:
    return officer.patch(f"{DRAFT}/items/{which}", json=changes, headers={"If-Match": "*"})


def picture(officer: Caller, size: tuple[int, int] = (90, 120)) -> str:
    return str(answered(officer.post("/v1/files", files={"file": ("图.png", drawn("PNG", size))}), 201)["id"])


def let_hold_since(district: District, number: int, days: int) -> None:
    """Let a published version have been in force for some days, as time would."""
    with district.work() as work:
        row: Standard = work.exec(select(Standard).where(col(Standard.number) == number)).one()
        row.effective_on = TODAY - timedelta(days=days)
