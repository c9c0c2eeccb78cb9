from datetime import UTC, date, datetime, timedelta

import pytest

from api.access.rules import AboutOneself
from api.errors import AlreadyDecided, Forbidden, Refusal
from api.pledges.evaluations import rules
from models.enums import EvaluationSource, WordsState

S = EvaluationSource


@pytest.mark.parametrize(
    ("source", "is_author", "is_of_the_branch", "refusal"),
    [
        (S.self, True, True, None),
        (S.self, False, True, Forbidden),
        (S.peers, False, True, None),
        (S.peers, True, True, AboutOneself),
        (S.peers, False, False, Forbidden),
        (S.organization, False, False, None),
    ],
)
def test_who_evaluates_as_what(source: S, is_author: bool, is_of_the_branch: bool, refusal: type[Refusal] | None) -> None:
    def check() -> None:
        rules.check_evaluator(source, is_author=is_author, is_of_the_branch=is_of_the_branch)

    if refusal is None:
        check()
    else:
        with pytest.raises(refusal):
            check()


@pytest.mark.parametrize(
    ("source", "asked", "today", "period"),
    [
        (S.self, None, date(2026, 3, 1), "2026"),
        (S.peers, "2026", date(2026, 3, 1), "2026"),
        (S.organization, "2026-H1", date(2026, 1, 1), "2026-H1"),
        (S.organization, "2026-H1", date(2027, 3, 31), "2026-H1"),
        (S.organization, "2026-H2", date(2026, 7, 1), "2026-H2"),
        (S.organization, None, date(2026, 3, 1), "2026"),
    ],
)
def test_author_and_peers_evaluate_a_year_and_the_organisation_halves_too(source: S, asked: str, today: date, period: str) -> None:
    assert rules.period_asked(source, 2026, asked, today) == period


@pytest.mark.parametrize(
    ("source", "asked", "today", "refusal"),
    [
        (S.self, "2026-H1", date(2026, 8, 1), rules.NotAPeriod),
        (S.peers, "2025", date(2026, 8, 1), rules.NotAPeriod),
        (S.organization, "2025-H2", date(2026, 8, 1), rules.NotAPeriod),
        (S.organization, "2026-H2", date(2026, 6, 30), rules.HalfNotBegun),
    ],
)
def test_a_period_is_of_the_pledges_year_and_has_begun(source: S, asked: str, today: date, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        rules.period_asked(source, 2026, asked, today)


def test_a_comment_on_half_a_year_needs_words() -> None:
    with pytest.raises(rules.WordsRequired):
        rules.check_words(S.organization, "2026-H1", None)
    rules.check_words(S.organization, "2026-H1", "进展顺利。")
    rules.check_words(S.organization, "2026", None)
    rules.check_words(S.self, "2026", None)


def test_a_grade_of_the_masses_is_for_the_quarter_of_its_receipt() -> None:
    assert rules.period_of_receipt(date(2026, 9, 30)) == "2026-Q3"
    assert rules.period_of_receipt(date(2026, 10, 1)) == "2026-Q4"


def test_a_grade_of_the_masses_counts_from_a_day_after_its_receipt_and_any_other_at_once() -> None:
    at = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
    assert rules.counts_from(S.masses, at) == at + timedelta(hours=24)
    assert {rules.counts_from(source, at) for source in S if source is not S.masses} == {at}


@pytest.mark.parametrize(
    ("from_network", "about_pledge", "has_room"), [(49, 19, True), (50, 0, False), (0, 20, False), (60, 30, False)]
)
def test_a_network_has_fifty_ratings_a_day_and_twenty_about_one_pledge(
    from_network: int, about_pledge: int, has_room: bool
) -> None:
    def check() -> None:
        rules.check_room(from_network, about_pledge, retry_after=7, service_phone="0574-00001234")

    if has_room:
        check()
    else:
        with pytest.raises(rules.TooManyEvaluations) as refused:
            check()
        assert (refused.value.retry_after, refused.value.members) == (7, {"service_phone": "0574-00001234"})


@pytest.mark.parametrize(("decision", "other"), [(WordsState.shown, WordsState.hidden), (WordsState.hidden, WordsState.shown)])
def test_words_are_held_until_they_are_shown_or_hidden_and_then_stay_so(decision: WordsState, other: WordsState) -> None:
    assert rules.DECIDING_WORDS.after(decision, WordsState.held) is decision
    for again in (decision, other):
        with pytest.raises(AlreadyDecided):
            rules.DECIDING_WORDS.after(decision, again)
