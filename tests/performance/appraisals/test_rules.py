"""How many may be excellent, which votes add up, and what keeps a round from being closed."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import Invalid
from api.performance.appraisals.rules import (
    AppraisalIncomplete,
    CommentRequired,
    Decided,
    HeldOnOutOfRange,
    NotGraded,
    TooManyExcellent,
    Votes,
    VotesDoNotAddUp,
    YearOutOfRange,
    check_closing,
    check_comments,
    check_graded,
    check_held_on,
    check_named_once,
    check_votes,
    check_year,
    due_day,
    most_excellent,
    year_asked_for,
)
from models.appraisal_enums import AppraisalGrade

ON_ENGINES = ("sqlite",)
G = AppraisalGrade
COUNTS = st.integers(0, 50)
VOTES = st.builds(Votes, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)


def key(number: int) -> UUID:
    return UUID(int=number)


@pytest.mark.parametrize(
    ("full_members", "most"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 1), (6, 2), (8, 2), (9, 3), (100, 33)]
)
def test_a_third_of_the_full_members_may_be_excellent_rounded_down(full_members: int, most: int) -> None:
    assert most_excellent(full_members) == most


@given(st.integers(0, 10_000))
def test_those_who_may_be_excellent_are_never_more_than_a_third_and_one_more_always_would_be(full_members: int) -> None:
    most = most_excellent(full_members)
    assert 3 * most <= full_members < 3 * (most + 1)


@given(st.lists(st.sampled_from(list(G)), max_size=40))
def test_a_round_is_closed_just_when_no_more_than_a_third_are_excellent(grades: list[G]) -> None:
    excellent = grades.count(G.excellent)
    by_member = {key(number): grade for number, grade in enumerate(grades)}
    if 3 * excellent <= len(grades):
        check_closing(by_member)
        return
    with pytest.raises(TooManyExcellent) as refused:
        check_closing(by_member)
    assert refused.value.members == {"excellent": excellent, "most_excellent": len(grades) // 3}
    assert refused.value.sentence().zh.startswith(f"优秀等次有 {excellent} 名，最多只能有 {len(grades) // 3} 名")


def test_whoever_has_no_grade_yet_is_named_before_the_excellent_are_counted() -> None:
    with pytest.raises(AppraisalIncomplete) as refused:
        check_closing({key(1): G.excellent, key(2): None, key(3): None})
    assert refused.value.members == {"member_ids": [str(key(2)), str(key(3))]}


@given(st.lists(VOTES, min_size=1, max_size=12), st.integers(0, 250))
def test_votes_add_up_just_when_those_about_each_are_as_many_as_were_present(some: list[Votes], present: int) -> None:
    by_member = {key(number): one for number, one in enumerate(some)}
    wrong = [
        number
        for number, one in enumerate(some)
        if one.excellent + one.qualified + one.basically_qualified + one.unqualified + one.abstained != present
    ]
    if not wrong:
        check_votes(by_member, present, list(by_member))
        return
    with pytest.raises(VotesDoNotAddUp) as refused:
        check_votes(by_member, present, list(by_member))
    assert refused.value.members == {"member_ids": [str(key(number)) for number in wrong]}
    assert [fault.field for fault in refused.value.faults] == [f"body.items.{number}" for number in wrong]


def test_votes_written_down_before_that_do_not_fit_another_number_present_are_the_fault_of_that_number() -> None:
    with pytest.raises(VotesDoNotAddUp) as refused:
        check_votes({key(1): Votes(3, 0, 0, 0, 0), key(2): Votes(2, 2, 0, 0, 0)}, 4, [key(2)])
    assert refused.value.members == {"member_ids": [str(key(1))]}
    assert [fault.field for fault in refused.value.faults] == ["body.present"]


@pytest.mark.parametrize("grade", G)
def test_who_falls_short_is_told_where(grade: G) -> None:
    decided = {key(1): Decided(G.qualified, None), key(2): Decided(grade, None)}
    check_comments({member_id: Decided(one.grade, "参加学习不够经常。") for member_id, one in decided.items()})
    if grade in (G.excellent, G.qualified):
        check_comments(decided)
        return
    with pytest.raises(CommentRequired) as refused:
        check_comments(decided)
    assert refused.value.members == {"member_ids": [str(key(2))]}
    assert [fault.field for fault in refused.value.faults] == ["body.items.1.comment"]


def test_whoever_is_not_graded_or_stands_twice_in_a_body_is_named() -> None:
    check_graded([key(1)], frozenset({key(1), key(2)}))
    with pytest.raises(NotGraded) as refused:
        check_graded([key(1), key(3)], frozenset({key(1), key(2)}))
    assert refused.value.members == {"member_ids": [str(key(3))]}
    assert [fault.field for fault in refused.value.faults] == ["body.items.1.member_id"]
    check_named_once([key(1), key(2)])
    with pytest.raises(Invalid) as twice:
        check_named_once([key(1), key(2), key(1)])
    assert [(fault.field, fault.rule) for fault in twice.value.faults] == [("body.items.2.member_id", "member_twice")]


def test_a_round_is_of_this_year_or_the_last_and_its_meeting_not_before_it_nor_in_the_future() -> None:
    today = date(2027, 2, 10)
    for year in (2026, 2027):
        check_year(year, today)
    for year in (2025, 2028):
        with pytest.raises(YearOutOfRange):
            check_year(year, today)
    for day in (date(2026, 1, 1), today):
        check_held_on(day, 2026, today)
    for day in (date(2025, 12, 31), date(2027, 2, 11)):
        with pytest.raises(HeldOnOutOfRange):
            check_held_on(day, 2026, today)


def test_a_branch_is_asked_for_its_round_from_december_to_the_end_of_march() -> None:
    asked = {
        date(2026, 11, 30): None,
        date(2026, 12, 1): 2026,
        date(2026, 12, 31): 2026,
        date(2027, 1, 1): 2026,
        date(2027, 3, 31): 2026,
        date(2027, 4, 1): None,
    }
    assert {day: year_asked_for(day) for day in asked} == asked
    assert due_day(2026) == date(2027, 3, 31)
