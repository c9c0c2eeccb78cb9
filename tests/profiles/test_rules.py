"""Which pledges and honours a section holds, and what of it is shown on a day."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from api.profiles.lines import HonorLine
from api.profiles.rules import (
    MOST_KEPT,
    MOST_ON_A_CARD,
    HonorTold,
    honors_on_card,
    kept_honors,
    kept_pledges,
    pledge_line,
    pledges_on_card,
)
from api.profiles.sections import HonorEntry, Section
from tests.profiles.lines import pledge

TODAY = date(2026, 11, 27)


def ids(entries: Any) -> list[int]:
    return [int(entry.id[-12:]) for entry in entries]


def test_open_pledges_stand_first_by_their_day_then_the_settled_the_latest_first() -> None:
    entries = [
        pledge(1, state="fulfilled", settled_on="2026-05-04"),
        pledge(2, due_on="2026-12-31"),
        pledge(3, state="unfulfilled", settled_on="2026-09-03"),
        pledge(4, due_on="2026-03-01"),
    ]
    assert ids(kept_pledges(entries, TODAY)) == [4, 2, 3, 1]
    assert ids(kept_pledges(reversed(entries), TODAY)) == [4, 2, 3, 1]


@pytest.mark.parametrize(("day", "years"), [(date(2026, 3, 31), {2025, 2026, 2027}), (date(2026, 4, 1), {2026, 2027})])
def test_a_card_shows_ten_pledges_at_most_and_a_section_holds_no_more_than_a_card_may_show_from_then_on(
    day: date, years: set[int]
) -> None:
    entries = [pledge(year * 100 + number, year=year) for year in (2024, 2025, 2026, 2027) for number in range(12)]
    kept = kept_pledges(entries, day)
    assert {entry.year for entry in kept} == years and len(kept) == len(years) * MOST_ON_A_CARD
    assert kept_pledges(kept, day) == kept
    assert [line.id for line in pledges_on_card(kept, TODAY)] == [one.id for one in entries if one.year == 2026][:10]


@pytest.mark.parametrize(("day", "shown"), [(date(2026, 3, 31), [1, 2]), (date(2026, 4, 1), [2]), (date(2026, 12, 31), [2])])
def test_a_card_shows_this_years_pledges_and_last_years_until_31_march(day: date, shown: list[int]) -> None:
    entries = [pledge(1, year=2025, due_on="2025-12-01"), pledge(2), pledge(3, year=2027, due_on="2027-02-01")]
    assert sorted(int(line.id[-12:]) for line in pledges_on_card(entries, day)) == shown


@pytest.mark.parametrize(
    ("told", "overdue"),
    [
        ({"due_on": "2026-11-26"}, True),
        ({"due_on": "2026-11-27"}, False),
        ({"due_on": "2026-11-26", "is_claimed": True}, False),
        ({"due_on": "2026-11-26", "state": "unfulfilled", "settled_on": "2026-11-27"}, False),
    ],
)
def test_overdue_is_what_is_published_without_a_claim_and_past_its_day(told: dict[str, Any], overdue: bool) -> None:
    assert pledge_line(pledge(**told), TODAY).is_overdue is overdue


def test_a_pledge_is_told_as_archived_from_1_april_after_its_year() -> None:
    assert pledge_line(pledge(), date(2027, 3, 31)).state == "published"
    archived = pledge_line(pledge(), date(2027, 4, 1))
    assert (archived.state, archived.is_overdue) == ("archived", False)


def test_a_line_holds_nothing_but_what_is_promised() -> None:
    promised = "id,kind,category,content,measure,due_on,percent,state,is_overdue,outcome_reason,last_progress,settled_on"
    assert set(pledge_line(pledge(), TODAY).__struct_fields__) == set(promised.split(","))


def honor(number: int, until: str | None = None) -> HonorEntry:
    """The higher its number, the newer it is."""
    return HonorEntry(str(number), "town", "-", f"2026-01-{number:02}", until)


def numbers(entries: Iterable[HonorEntry | HonorTold]) -> list[int]:
    return [int(entry.title) for entry in entries]


def test_a_card_shows_the_newest_five_honours_that_are_borne_and_the_next_ones_when_these_have_ended() -> None:
    entries = [honor(number, "2026-12-31" if number in (7, 8) else None) for number in range(9, 0, -1)]
    kept = kept_honors(entries, TODAY)
    assert numbers(kept) == [9, 8, 7, 6, 5, 4, 3], "no day will come on which 2 and 1 are among the newest five"
    assert numbers(honors_on_card(kept, TODAY)) == [9, 8, 7, 6, 5]
    assert numbers(honors_on_card(kept, date(2027, 1, 1))) == [9, 6, 5, 4, 3]


@given(st.lists(st.one_of(st.none(), st.dates(date(2026, 11, 20), date(2026, 12, 20))), max_size=12))
def test_what_is_kept_of_honours_shows_what_all_would_on_every_day_to_come(ends: list[date | None]) -> None:
    entries = [honor(len(ends) - place, end.isoformat() if end else None) for place, end in enumerate(ends)]
    kept = kept_honors(entries, TODAY)
    for days in range(30):
        day = TODAY + timedelta(days=days)
        assert honors_on_card(kept, day) == honors_on_card(entries, day)
        assert kept == kept_honors(kept, TODAY)


@given(st.lists(st.dates(TODAY, TODAY + timedelta(days=10)), min_size=20, max_size=60).map(sorted))
def test_what_there_is_no_room_for_among_the_kept_honours_is_shown_on_none_of_the_next_days(ends: list[date]) -> None:
    entries = [honor(len(ends) - place, end.isoformat()) for place, end in enumerate(ends)]
    kept = kept_honors(entries, TODAY)
    assert len(kept) <= MOST_KEPT[Section.honors]
    for day in (TODAY + timedelta(days=days) for days in range(4)):
        assert honors_on_card(kept, day) == honors_on_card(entries, day)


def test_a_card_tells_no_more_of_an_honour_than_is_promised() -> None:
    (line,) = honors_on_card([honor(1, "2026-12-31")], TODAY)
    assert to_builtins(line).keys() == HonorLine.model_fields.keys()
