"""What the checker promises whatever it is given."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.codes.reading import ALPHABET
from api.offline.checker import Checked
from api.offline.rules import STATES, Age, Outcome, Reason, age
from api.offline.words import HEADINGS, MEANINGS
from api.status_lists.rules import Status
from models.enums import ScanOutcome
from tests.offline.vectors import CASES, Hand, at_of, hand

BY_NAME: dict[str, dict[str, Any]] = {case["name"]: case for case in CASES}
GOOD = BY_NAME["dynamic"]
PRINTED = BY_NAME["printed"]
HAND = hand(GOOD["lists"], GOOD["packs"])
AT = at_of(GOOD)
NOTHING = Hand({}, [], [])


def tell(text: str, at: datetime = AT, held: Hand = HAND) -> Checked:
    return held.check(text, at)


def test_no_bit_of_a_dynamic_code_can_be_flipped() -> None:
    number = int(GOOD["text"][1:])
    assert tell(GOOD["text"]).outcome is Outcome.valid
    found = {tell(f"1{number ^ 1 << bit:0198d}").outcome for bit in range(82 * 8)}
    assert found == {Outcome.not_found}


def test_no_character_of_a_code_can_be_changed() -> None:
    for case, letters in ((GOOD, "0123456789"), (PRINTED, ALPHABET)):
        text = case["text"]
        for at, was in enumerate(text):
            for letter in letters:
                if letter != was:
                    changed = tell(text[:at] + letter + text[at + 1 :])
                    assert (changed.outcome, changed.holder) == (Outcome.not_found, None), (at, letter)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(),
        st.text("0123456789", min_size=190, max_size=202).map(lambda digits: "1" + digits),
        st.integers(0, 2**656 - 1).map(lambda number: f"1{number:0198d}"),
        st.integers(1 << 648, (2 << 648) - 1).map(lambda number: f"1{number:0198d}"),
        st.text(ALPHABET, min_size=14, max_size=16),
        st.text().map(lambda rest: f"https://lx.example.gov.cn/C/{rest}"),
        st.text(max_size=40).map(lambda rest: GOOD["text"] + rest if rest else "x"),
    ),
    st.datetimes(datetime(1970, 1, 2), datetime(9990, 1, 1), timezones=st.just(UTC)),
)
def test_whatever_the_text_and_the_time_it_answers_and_never_says_valid(text: str, at: datetime) -> None:
    for held in (HAND, NOTHING):
        checked = held.check(text, at)
        assert checked.outcome is not Outcome.valid
        assert checked.holder is None


@settings(max_examples=300, deadline=None)
@given(st.integers(-2 * 86400, 2 * 86400), st.sampled_from(CASES))
def test_nothing_is_valid_before_it_was_signed_or_after_it_has_lapsed(seconds: int, case: dict[str, Any]) -> None:
    held = hand(case["lists"], case["packs"])
    at = AT + timedelta(seconds=seconds)
    checked = held.check(case["text"], at)
    assert checked.holder is None or checked.outcome is Outcome.valid
    if checked.outcome is Outcome.valid:
        assert checked.status_as_of is not None
        assert checked.status_as_of - timedelta(seconds=30) <= at < checked.status_as_of + timedelta(hours=24)
        assert checked.freshness in (Age.fresh, Age.amber)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-31, Age.early),
        (-30, Age.fresh),
        (0, Age.fresh),
        (300, Age.fresh),
        (301, Age.amber),
        (86399, Age.amber),
        (86400, Age.lapsed),
    ],
)
def test_what_is_signed_is_fresh_for_its_ttl_amber_after_it_and_nothing_after_its_end(seconds: int, expected: str) -> None:
    assert age(AT, 300, AT + timedelta(hours=24), AT + timedelta(seconds=seconds)) == expected


def test_the_outcomes_are_the_doors_but_for_one_more_and_one_that_no_list_tells() -> None:
    words = {outcome.value for outcome in ScanOutcome}
    assert {outcome.value for outcome in Outcome} == words - {"transferred"} | {"status_unknown"}


def test_every_entry_of_a_list_has_its_state() -> None:
    assert set(STATES) == set(Status)


def test_every_outcome_and_reason_has_its_words_and_a_vector() -> None:
    assert set(HEADINGS) == set(Outcome)
    assert set(MEANINGS) == set(Reason)
    assert {case["expected"]["outcome"] for case in CASES} == set(Outcome)
    assert {case["expected"]["reason"] for case in CASES} == set(Reason)


def test_an_unknown_printed_code_is_not_told_from_another_organisations() -> None:
    assert "别的党组织" in MEANINGS[Reason.not_in_packs].zh and "another Party organisation" in MEANINGS[Reason.not_in_packs].en
