"""A district officer who writes lists, and what he sends."""

from io import BytesIO
from typing import Any

import openpyxl
from sqlmodel import col, select

from models.enums import Role
from models.list_edition import ListEdition
from models.list_enums import ListKind
from tests.conftest import Caller, District
from tests.files.drawings import drawn

URL = "/v1/lists"
POWER = f"{URL}/power"
DRAFT = f"{POWER}/draft"
NEW = {"title": "村级权力清单", "change_note": "首次公布。"}
FLOW = [{"step": "受理", "who": "代办员", "days": 1}, {"step": "办结", "who": "村书记", "days": None}]
ITEM: dict[str, Any] = {
    "number": 3,
    "title": "公章使用",
    "text": "先登记。\n再由书记审批。",
    "applies_to": ["village", "cooperative"],
    "flow": FLOW,
}
HEADINGS = ("序号", "事项", "内容", "适用", "流程")


def officer_of(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def answered(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def drafted(officer: Caller, based_on: int | None = None, kind: str = "power") -> dict[str, Any]:
    return answered(officer.post(f"{URL}/{kind}/draft", json=NEW | {"based_on": based_on}), 201)


def added(officer: Caller, kind: str = "power", **more: Any) -> dict[str, Any]:
    return answered(officer.post(f"{URL}/{kind}/draft/items", json=ITEM | more), 201)


def edited(officer: Caller, item: int, **changes: Any) -> Any:
    return officer.patch(f"{DRAFT}/items/{item}", json=changes, headers={"If-Match": "*"})


def published(officer: Caller, kind: str = "power") -> dict[str, Any]:
    return answered(officer.post(f"{URL}/{kind}/draft/publish"))


def picture(officer: Caller, size: tuple[int, int] = (90, 120)) -> str:
    return str(answered(officer.post("/v1/files", files={"file": ("图.png", drawn("PNG", size))}), 201)["id"])


def key_of(district: District, number: int) -> str:
    """The key of an edition of the powers."""
    with district.work() as work:
        query = select(ListEdition.id).where(ListEdition.kind == ListKind.power, col(ListEdition.number) == number)
        return str(work.exec(query).one())


def sheet(*rows: tuple[Any, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    book, target = openpyxl.Workbook(), BytesIO()
    page = book.active
    assert page is not None
    page.title = "清单"
    for row in (headings, *rows):
        page.append(row)
    book.save(target)
    return target.getvalue()


def load(officer: Caller, content: bytes, **query: Any) -> Any:
    return officer.post(f"{DRAFT}/import", files={"file": ("清单.xlsx", content)}, params=query)
