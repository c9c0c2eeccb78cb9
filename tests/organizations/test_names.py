"""What strangers read of an organisation cannot turn, hide or overrun what stands around it."""

from typing import Any

import pytest

from api.adapters.typed_text import is_shown_well, legible
from models.enums import Role
from tests.conftest import Caller, District

HIDDEN = ("\u200b\u200b\u200b", "党\u0301\u0302\u0303支部", "\u3164\u3164", "石桥\ue000支部", "石桥\u0378支部")
TURNED = "石桥\u202e支部\u2066"


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def make(officer: Caller, district: District, name: str) -> Any:
    body = {"code": "LX-9", "name": name, "kind": "branch", "parent_id": str(district.ids["V1"])}
    return officer.post("/v1/organizations", json=body)


@pytest.mark.parametrize("name", HIDDEN)
def test_a_name_that_is_not_seen_or_runs_over_is_refused(district: District, officer: Caller, name: str) -> None:
    assert make(officer, district, name).status_code == 422
    edited = officer.patch(f"/v1/organizations/{district.ids['B11']}", json={"name": name}, headers={"If-Match": "*"})
    assert edited.status_code == 422
    sheet = f"编码,名称,类型,上级编码\nLX-9,{name},党支部,V1\n"
    sent = officer.post("/v1/organizations/import?on_error=skip", files={"file": ("tree.csv", sheet.encode())})
    assert sent.json()["created"] == 0 and len(sent.json()["rejected"]) == 1, sent.text


def test_what_turns_the_words_around_is_left_out(district: District, officer: Caller) -> None:
    assert make(officer, district, TURNED).json()["name"] == "石桥支部"


def test_two_marks_on_a_letter_are_a_language_and_three_are_not() -> None:
    assert is_shown_well("e\u0301\u0323") and not is_shown_well("e\u0301\u0323\u0302") and not is_shown_well("\u0301")
    assert is_shown_well("\u0915\u093f") and not is_shown_well("石\U0001d165\U0001d165\U0001d165")


EMPTY = "\u00ad\u034f\u115f\u1160\u17b4\u180b\u180e\u200b\u202e\u2060\u2800\u3164\ufe0f\ufeff\uffa0\U0001d159\U000e0041"


@pytest.mark.parametrize("character", EMPTY)
def test_what_nobody_sees_stands_in_no_name(character: str) -> None:
    assert legible(f"石{character}桥") == "石桥" and not is_shown_well(legible(character))


@pytest.mark.parametrize("character", ["\ue000", "\U000f0000", "\U0010fffd", "\u0378", "\uffff", "\U0001ffff"])
def test_what_fonts_do_not_know_is_refused_but_for_rare_chinese_characters(character: str) -> None:
    assert not is_shown_well(f"石{character}桥")
    assert is_shown_well("石\U0002ebf0桥") and is_shown_well("石\U000323b0桥") and is_shown_well("葛\U000e0100")
