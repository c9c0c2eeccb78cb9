"""The letter of duty as it is printed."""

from typing import Any

import pypdfium2
import pytest

from models.enums import Role
from tests.conftest import Caller, District
from tests.outcomes import refused
from tests.pledges.kept import keep_member
from tests.posts.kept import URL, keep_held, keep_post

ON_ENGINES = ("sqlite",)


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def pages(answer: Any) -> list[str]:
    """What stands on each sheet."""
    assert answer.status_code == 200, answer.text
    with pypdfium2.PdfDocument(answer.content) as document:
        assert {tuple(map(round, page.get_size())) for page in document} == {(595, 842)}
        return [page.get_textpage().get_text_bounded() for page in document]


def test_it_names_who_has_which_duties_since_when_and_leaves_two_lines_to_sign(district: District, secretary: Caller) -> None:
    post = keep_post(district)
    holding = keep_held(district, post, keep_member(district, "B11"))
    (text,) = pages(secretary.get(f"{URL}/{post.id}/holdings/{holding.id}/letter.pdf"))
    told = ("岗位责任书", "上塘村第一党支部", "方秀兰", "政策宣传岗（A岗）", "2026年1月1日起", "每周三上门代办")
    assert all(words in text for words in (*told, "党组织负责人（签字、盖章）", "责任人（签字）"))
    refused(district.sign_in(Role.secretary, "B12").get(f"{URL}/{post.id}/holdings/{holding.id}/letter.pdf"), 404, "not_found")
    other = keep_post(district)
    refused(secretary.get(f"{URL}/{other.id}/holdings/{holding.id}/letter.pdf"), 404, "not_found")


def test_duties_that_fill_more_than_a_sheet_go_on_on_the_next(district: District, secretary: Caller) -> None:
    duties = [{"text": "走访" * 100, "list_kind": None, "list_number": None}] * 12
    post = keep_post(district, duties=duties)
    holding = keep_held(district, post, keep_member(district, "B11"))
    first, *_, last = pages(secretary.get(f"{URL}/{post.id}/holdings/{holding.id}/letter.pdf"))
    assert "12." not in first and "责任人（签字）" not in first and "责任人（签字）" in last


def test_a_character_that_no_font_has_is_told(district: District, secretary: Caller) -> None:
    post = keep_post(district)
    holding = keep_held(district, post, keep_member(district, "B11", "陈𠮷"))
    answer = secretary.get(f"{URL}/{post.id}/holdings/{holding.id}/letter.pdf")
    assert answer.headers["X-Missing-Characters"] == "U+20BB7" and "请手写" in pages(answer)[0]
