from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, update

from api.database import Origin
from api.pledges.figures.rules import Counts, Ratio, summed
from api.pledges.figures.service import count_each
from models.enums import (
    ClaimOutcome,
    EvaluationSource,
    Grade,
    MemberStatus,
    PledgeKind,
    PledgeState,
    PledgeVisibility,
    TextDecision,
)
from models.organization import Organization
from models.pledge_text import PledgeText
from tests.conftest import District
from tests.pledges.kept import keep_grade, keep_member, keep_pledge, somebody

S = PledgeState
MIDSUMMER = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
IN_MAY = date(2026, 5, 31)
Counted = Callable[..., Counts]


@pytest.fixture
def counted(district: District) -> Counted:
    def count(code: str = "B11", year: int = 2026, at: datetime = MIDSUMMER) -> Counts:
        with district.house.database.reading(Origin("test", at)) as work:
            return summed(count_each(work, work.get_one(Organization, district.ids[code]), year)[0].values())

    return count


def test_a_member_has_pledged_with_two_annual_pledges_published(district: District, counted: Counted) -> None:
    for states in ([S.published, S.evaluated], [S.published], [S.published, S.withdrawn], [S.exempted, S.unfulfilled], []):
        member_id = keep_member(district, "B11")
        for state in states:
            _keep(district, member_id, state)
    one = keep_member(district, "B11")
    _keep(district, one, S.published)
    keep_pledge(district, "B11", one, kind=PledgeKind.instant, due_on=IN_MAY)
    assert counted().pledge_rate == Ratio(2, 6)
    assert counted().below_two == 4


def test_probationary_members_owe_pledges_and_those_who_have_left_or_are_free_do_not(district: District, counted: Counted) -> None:
    keep_member(district, "B11", status=MemberStatus.probationary)
    keep_member(district, "B11", status=MemberStatus.left, left_on=date(2026, 2, 1))
    free = keep_member(district, "B11", pledges_voluntary=True)
    _keep(district, free, S.published)
    _keep(district, free, S.published)
    assert counted().pledge_rate == Ratio(0, 1)


def test_a_pledge_counts_as_due_once_it_is_settled_or_its_day_has_come(district: District, counted: Counted) -> None:
    for state in (S.fulfilled, S.unfulfilled, S.exempted, S.withdrawn, S.approved, S.published):
        keep_pledge(district, "B11", state=state, due_on=date(2026, 12, 31))
    keep_pledge(district, "B11", due_on=date(2026, 7, 1))
    keep_pledge(district, "B11", due_on=date(2026, 7, 2))
    keep_pledge(district, "B11", state=S.fulfilled, due_on=date(2027, 1, 1))
    found = counted()
    assert found.fulfillment_rate == Ratio(1, 3)
    assert (found.exempted, found.withdrawn) == (1, 1)


def test_what_is_withdrawn_before_it_was_published_is_not_counted(district: District, counted: Counted) -> None:
    keep_pledge(district, "B11", state=S.withdrawn, published_at=None, due_on=IN_MAY)
    assert counted() == Counts(texts=1, texts_on_time=1)


def test_a_pledge_is_overdue_from_the_day_after_its_last_unless_its_author_claims(district: District, counted: Counted) -> None:
    keep_pledge(district, "B11", due_on=date(2026, 6, 30))
    keep_pledge(district, "B11", due_on=date(2026, 7, 1))
    claimed: dict[str, Any] = {"claim_outcome": ClaimOutcome.prevented, "claimed_at": MIDSUMMER}
    keep_pledge(district, "B11", due_on=date(2026, 6, 30), **claimed)
    assert counted().overdue == 1


@pytest.mark.parametrize(
    ("waited", "decided", "ratio"),
    [
        (timedelta(days=6), None, Ratio(0, 0)),
        (timedelta(days=7), None, Ratio(0, 1)),
        (timedelta(days=30), timedelta(days=7), Ratio(1, 1)),
        (timedelta(days=30), timedelta(days=7, seconds=1), Ratio(0, 1)),
        (timedelta(days=1), timedelta(hours=1), Ratio(1, 1)),
    ],
)
def test_a_text_is_reviewed_on_time_within_seven_days(
    district: District, counted: Counted, waited: timedelta, decided: timedelta | None, ratio: Ratio
) -> None:
    pledge_id = keep_pledge(district, "B11", state=S.submitted, due_on=date(2026, 12, 31))
    submitted_at = MIDSUMMER - waited
    values: dict[str, Any] = {"submitted_at": submitted_at}
    if decided is not None:
        values |= {"decided_at": submitted_at + decided, "decision": TextDecision.returned}
    with district.work() as work:
        work.execute(update(PledgeText).where(col(PledgeText.pledge_id) == pledge_id).values(**values))
    assert counted().review_on_time_rate == ratio


def test_only_grades_of_the_masses_that_count_and_are_not_void_make_the_satisfaction(district: District, counted: Counted) -> None:
    pledge_id = keep_pledge(district, "B11", due_on=date(2026, 12, 31))
    void: dict[str, Any] = {"void_reason": "刷票", "voided_at": MIDSUMMER, "voided_by": somebody(district)}
    for grade in Grade:
        keep_grade(district, pledge_id, grade, counts_from=MIDSUMMER)
    keep_grade(district, pledge_id, Grade.dissatisfied, counts_from=MIDSUMMER + timedelta(seconds=1))
    keep_grade(district, pledge_id, Grade.dissatisfied, counts_from=MIDSUMMER, **void)
    keep_grade(district, pledge_id, Grade.dissatisfied, EvaluationSource.peers, counts_from=MIDSUMMER)
    assert counted().satisfaction_rate == Ratio(2, 4)


def test_figures_are_of_one_year_and_summed_up_the_tree(district: District, counted: Counted) -> None:
    for code, due_on in (("B11", IN_MAY), ("B12", IN_MAY), ("B21", IN_MAY), ("T1", IN_MAY), ("B11", date(2025, 5, 31))):
        keep_pledge(district, code, due_on=due_on, visibility=PledgeVisibility.branch)
        keep_member(district, "B11" if code == "T1" else code)
    assert [(counted(code).overdue, counted(code).owing) for code in ("B11", "V1", "T1", "D")] == [(1, 3), (2, 4), (3, 4), (4, 5)]
    assert counted("D", 2025).overdue == 1


def _keep(district: District, member_id: UUID, state: PledgeState) -> None:
    keep_pledge(district, "B11", member_id, state=state, due_on=IN_MAY)
