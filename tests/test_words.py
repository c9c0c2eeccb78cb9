"""Whatever a client writes is kept without what nobody sees, and refused where it cannot stand on a page."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from api.adapters.typed_text import is_shown_well, legible
from api.schemas import Line, Lines, Medium, Short, Written
from models.enums import Role
from tests.conftest import District
from tests.verification.holders import hold

ON_ENGINES = ("sqlite",)
HIDDEN = [
    "石\u202e桥\u2066村1",
    "1390\u200b0000\u3164111",
    "AB-1\U000e0041\uffa0",
    "abc.\u2060\u2800def",
    "\u3164\u3164\u115f\u2800",
]
UNKNOWN = ["石桥\ue000", "石桥\u0378", "石\u0301\u0302\u0303桥", "\u3164\u2800", "\u200b"]


def fields(schema: type[Written] = Written) -> Iterator[tuple[str, FieldInfo]]:
    for below in schema.__subclasses__():
        yield from ((f"{below.__name__}.{name}", field) for name, field in below.model_fields.items())
        yield from fields(below)


def read(kind: Any, text: str) -> Any:
    """What becomes of a text that is sent; None where it is refused."""
    try:
        return TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return None


def test_every_word_of_every_body_is_kept_without_what_nobody_sees(app: FastAPI) -> None:
    """`app` has loaded the schemas of all rooms."""
    found = dict(fields())
    assert {"MemberWrite.job_title", "ComplaintWrite.details", "Because.reason", "OrganizationWrite.name"} <= found.keys()
    for name, field in found.items():
        for text in HIDDEN:
            kept = read(Annotated[field.annotation, field], text)
            assert not isinstance(kept, str) or kept == legible(kept), name


@pytest.mark.parametrize("kind", [Line, Short, Medium, Lines])
@pytest.mark.parametrize("text", UNKNOWN)
def test_a_line_that_cannot_stand_on_a_page_is_refused(kind: Any, text: str) -> None:
    assert read(kind, text) is None and not is_shown_well(legible(text))


def test_the_ends_of_lines_stay() -> None:
    assert read(Lines, "第一行\n第\u202e二行\t甲") == "第一行\n第二行 甲"


def test_a_job_that_nobody_could_read_reaches_no_page(district: District) -> None:
    holder, officer = hold(district.house, district.ids["B11"]), district.sign_in(Role.town_officer, "T1")
    path, any_version = f"/v1/members/{holder.member_id}", {"If-Match": "*"}
    assert officer.patch(path, json={"job_title": "村\ue000会"}, headers=any_version).status_code == 422
    edited = officer.patch(path, json={"job_title": "村\u202e委会\u3164主任"}, headers=any_version)
    assert edited.json()["job_title"] == "村委会主任", edited.text
    sheet = "姓名,入党日期,转正日期,所在支部,工作岗位\n钱多多,1995-07-01,1996-07-01,上塘村第一党支部,会\ue000计\n"
    sent = officer.post("/v1/members/import?on_error=skip", files={"file": ("roster.csv", sheet.encode())})
    (row,) = sent.json()["rejected"]
    assert row["rule"] == "text_unreadable", row
