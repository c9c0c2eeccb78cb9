import re
import time
from zoneinfo import ZoneInfo

import pytest

from api.complaints import rules
from models.enums import ComplaintState

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(("from_network", "has_room"), [(0, True), (49, True), (50, False), (51, False)])
def test_a_day_has_room_for_so_many_of_one_network(from_network: int, has_room: bool) -> None:
    def check() -> None:
        rules.check_room(from_network, retry_after=7, service_phone="0574-00001234")

    if has_room:
        check()
    else:
        with pytest.raises(rules.TooManyComplaints) as refused:
            check()
        assert refused.value.retry_after == 7
        assert refused.value.members == {"service_phone": "0574-00001234"}


@pytest.mark.parametrize(
    ("so_far", "is_known", "in_short"), [(19, True, False), (20, True, True), (299, False, False), (300, False, True)]
)
def test_beyond_a_measure_reports_about_one_card_are_taken_in_short(so_far: int, is_known: bool, in_short: bool) -> None:
    assert rules.in_short(so_far, is_known=is_known) is in_short


@pytest.mark.parametrize("decision", [ComplaintState.founded, ComplaintState.unfounded])
def test_a_decision_stands_and_may_be_sent_again(decision: ComplaintState) -> None:
    assert rules.CLOSING.after(decision, ComplaintState.open) is decision
    assert rules.CLOSING.after(decision, decision) is decision
    other = next(state for state in ComplaintState if state not in (ComplaintState.open, decision))
    with pytest.raises(rules.AlreadyClosed):
        rules.CLOSING.after(decision, other)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("a\r\nb\rc\n", "a\nb\nc"), (" \n ", None), ("", None), ("照片\x00不对\x1b", "照片 不对"), ("a\t\x7fb", "a b")],
)
def test_words_keep_their_lines_and_lose_what_cannot_be_read(written: str, kept: str | None) -> None:
    assert rules.plain_details(written) == kept


@pytest.mark.parametrize("words", [" " * 60_000 + "x", "\x00 " * 30_000])
def test_no_words_take_long_to_read(words: str) -> None:
    began = time.process_time()
    rules.plain_details(words)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("contact", "is_one"),
    [
        ("57400", True),
        ("0574-0000 1234 转 8021", True),
        ("找王秀兰，138 0013 8000", True),
        ("5740", False),
        ("打给我", False),
        ("5740\x000", False),
        ("057400001234\x00", False),
    ],
)
def test_a_telephone_number_is_five_digits_with_whatever_stands_beside_them(contact: str, is_one: bool) -> None:
    assert bool(re.match(rules.CONTACT, contact)) is is_one


def test_wide_digits_of_a_chinese_keyboard_are_a_telephone_number() -> None:
    assert rules.plain_contact(" ０５７４－０００１ ") == "0574-0001"
    assert rules.plain_contact("　") is None


def test_strangers_words_are_taken_as_far_as_they_fit_a_page() -> None:
    assert rules.plain_details("照\u202e片\u0301\u0302\u0303\u0304不\ue000对\u3164") == "照片\u0301\u0302不对"
