import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, update

from api.access.scope import Access
from api.database import Work
from api.todo.service import gathered
from models.campaign import Campaign
from models.enums import (
    ClaimOutcome,
    EvaluationSource,
    Grade,
    PledgeState,
    PledgeVisibility,
    Role,
    TextDecision,
    WordsState,
)
from models.evaluation import Evaluation
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.pledge_text import PledgeText
from models.publication import Publication
from tests.conftest import Caller, District
from tests.plans import plans
from tests.pledges.kept import YEAR, keep_grade, keep_member, keep_pledge, somebody
from tests.pledges.waits import IN_MAY, SOURCES, keys, waiting
from tests.verification.holders import change

S = PledgeState
NEXT = YEAR + 1
IN_AUGUST = datetime(YEAR, 8, 2, 4, 0, tzinfo=UTC)
IN_FEBRUARY = datetime(NEXT, 2, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def test_the_start_of_a_year_waits_while_a_member_has_not_submitted_two(district: District, secretary: Caller) -> None:
    key = keep_member(district, "B11")
    keep_pledge(district, "B11", key, state=S.submitted)
    (item,) = waiting(district, secretary, "pledge_start").items
    assert item.target_id == district.ids["B11"] and item.due_on == date(YEAR, 1, 31)
    assert item.text.zh == "上塘村第一党支部还有 1 名党员没有提满两项年度承诺。"
    keep_pledge(district, "B11", key, state=S.approved)
    assert not waiting(district, secretary, "pledge_start").items


def test_what_a_year_asks_for_is_told_the_secretary_of_the_branch_and_not_those_above(district: District) -> None:
    keep_member(district, "B11")
    keep_member(district, "B12")
    village = waiting(district, district.sign_in(Role.secretary, "V1"), "pledge_start")
    assert sorted(keys(village)) == sorted([district.ids["B11"], district.ids["B12"]])
    for role, code in ((Role.secretary, "B21"), (Role.town_officer, "T1"), (Role.district_officer, "D")):
        assert not waiting(district, district.sign_in(role, code), "pledge_start").items, role


def test_a_quarter_waits_until_it_is_made_public(district: District, secretary: Caller) -> None:
    keep_pledge(district, "B11")
    (item,) = waiting(district, secretary, "pledge_quarter").items
    assert (item.text.en, item.due_on) == (
        f"上塘村第一党支部 has not made its pledges public for {YEAR}-Q1 yet.",
        date(YEAR, 4, 15),
    )
    assert len(waiting(district, secretary, "pledge_quarter", IN_AUGUST).items) == 2
    with district.work() as work:
        made = {"published_at": work.at, "published_by": UUID(secretary.account_id), "lines": []}
        work.add(Publication(organization_id=district.ids["B11"], quarter=f"{YEAR}-Q1", **made))
    assert not waiting(district, secretary, "pledge_quarter").items
    keep_pledge(district, "B12", visibility=PledgeVisibility.branch)
    assert not waiting(district, district.sign_in(Role.secretary, "B12"), "pledge_quarter").items


def test_a_half_waits_until_each_members_pledge_is_commented(district: District, secretary: Caller) -> None:
    pledge_id = keep_pledge(district, "B11", keep_member(district, "B11"))
    assert not waiting(district, secretary, "pledge_half").items
    (item,) = waiting(district, secretary, "pledge_half", IN_AUGUST).items
    assert item.due_on == date(YEAR, 7, 31) and "1 项承诺" in item.text.zh
    keep_grade(district, pledge_id, Grade.satisfied, EvaluationSource.organization, period=f"{YEAR}-H1")
    assert not waiting(district, secretary, "pledge_half", IN_AUGUST).items


def test_the_end_of_a_year_waits_until_all_is_evaluated(district: District, secretary: Caller) -> None:
    pledge_id = keep_pledge(district, "B11", state=S.fulfilled)
    assert not waiting(district, secretary, "pledge_year").items
    (item,) = waiting(district, secretary, "pledge_year", IN_FEBRUARY).items
    assert item.due_on == date(NEXT, 1, 31)
    assert not waiting(district, secretary, "pledge_year", datetime(NEXT, 4, 1, 4, 0, tzinfo=UTC)).items
    with district.work() as work:
        work.get_one(Pledge, pledge_id).state = S.evaluated
    assert not waiting(district, secretary, "pledge_year", IN_FEBRUARY).items


def test_a_submitted_text_waits_for_its_reviewer_for_seven_days(district: District, secretary: Caller) -> None:
    submitted = keep_pledge(district, "B11", keep_member(district, "B11", "李建国"), state=S.submitted)
    for state in (S.draft, S.returned, S.approved, S.withdrawn):
        keep_pledge(district, "B11", keep_member(district, "B11"), state=state)
    (item,) = waiting(district, secretary, "pledge_review").items
    assert (item.target_id, item.due_on, item.text.zh) == (submitted, date(YEAR, 1, 9), "李建国提交了承诺，请审诺。")
    assert not waiting(district, district.sign_in(Role.secretary, "B12"), "pledge_review").items
    assert keys(waiting(district, district.sign_in(Role.town_officer, "T1"), "pledge_review")) == [submitted]


def test_an_amendment_waits_for_the_reviewer_too(district: District, secretary: Caller) -> None:
    pledge_id = keep_pledge(district, "B11", keep_member(district, "B11"))
    amend(district, pledge_id)
    assert keys(waiting(district, secretary, "pledge_review")) == [pledge_id]
    with district.work() as work:
        values = {"decision": TextDecision.approved, "decided_at": work.at}
        work.execute(update(PledgeText).where(col(PledgeText.no) == 2).values(**values))
    assert not waiting(district, secretary, "pledge_review").items
    assert keys(waiting(district, secretary, "pledge_publish")) == [pledge_id]


def test_nobodys_own_pledge_waits_for_himself(district: District) -> None:
    key = keep_member(district, "B11")
    herself = district.sign_in(Role.secretary, "B11", member_id=key)
    keep_pledge(district, "B11", key, state=S.submitted)
    keep_pledge(district, "B11", state=S.submitted, entered_by=UUID(herself.account_id))
    assert not waiting(district, herself, "pledge_review").items
    assert waiting(district, district.sign_in(Role.secretary, "B11"), "pledge_review").total == 1, "her equal, about her branch"
    assert waiting(district, district.sign_in(Role.secretary, "V1"), "pledge_review").total == 2


def test_an_approved_text_waits_to_be_published(district: District, secretary: Caller) -> None:
    approved = keep_pledge(district, "B11", keep_member(district, "B11"), state=S.approved)
    keep_pledge(district, "B11", keep_member(district, "B11"))
    assert keys(waiting(district, secretary, "pledge_publish")) == [approved]


def test_a_claim_waits_for_the_reviewer(district: District, secretary: Caller) -> None:
    claimed: dict[str, Any] = {"claim_outcome": ClaimOutcome.fulfilled, "claimed_at": IN_MAY}
    pledge_id = keep_pledge(district, "B11", keep_member(district, "B11"), **claimed)
    keep_pledge(district, "B11", keep_member(district, "B11"))
    assert keys(waiting(district, secretary, "pledge_claim")) == [pledge_id]


def test_progress_of_public_pledges_waits_until_it_is_published_or_withdrawn(district: District, secretary: Caller) -> None:
    public = keep_pledge(district, "B11", keep_member(district, "B11"))
    inner = keep_pledge(district, "B11", keep_member(district, "B11"), visibility=PledgeVisibility.inner_party)
    with district.work() as work:
        rows = [PledgeProgress(pledge_id=one, happened_on=work.today, note="装好两户。") for one in (public, public, public, inner)]
        rows[1].published_on, rows[2].withdrawn_reason = work.today, "写错了"
        work.add_all(rows)
    assert keys(waiting(district, secretary, "pledge_progress")) == [rows[0].id]


def test_words_of_the_masses_wait_until_they_are_shown_or_hidden(district: District, secretary: Caller) -> None:
    pledge_id = keep_pledge(district, "B11", keep_member(district, "B11"))
    held, shown = (keep_grade(district, pledge_id, Grade.average) for _ in range(2))
    with district.work() as work:
        for key, state in ((held, WordsState.held), (shown, WordsState.shown)):
            row = work.get_one(Evaluation, key)
            row.words_sealed, row.words_state = b"-", state
    assert keys(waiting(district, secretary, "pledge_words")) == [held]


def test_a_pledge_that_was_sent_back_waits_for_its_author_and_for_whoever_has_entered_it(district: District) -> None:
    key = keep_member(district, "B11")
    member, deputy = district.sign_in(Role.member, "B11", member_id=key), district.sign_in(Role.deputy, "B11")
    returned = keep_pledge(district, "B11", key, state=S.returned, entered_by=UUID(deputy.account_id))
    own = keep_pledge(district, "B11", state=S.returned, entered_by=UUID(deputy.account_id))
    elsewhere = keep_pledge(district, "B12", state=S.returned, entered_by=UUID(deputy.account_id))
    keep_pledge(district, "B11", key, state=S.submitted)
    assert keys(waiting(district, member, "pledge_returned")) == [returned]
    assert sorted(keys(waiting(district, deputy, "pledge_returned"))) == sorted([returned, own]), elsewhere
    assert not waiting(district, district.sign_in(Role.secretary, "B11"), "pledge_returned").items
    change(district.house, Pledge, returned, state=S.submitted)
    assert not waiting(district, member, "pledge_returned").items


def test_a_members_pledge_past_its_day_waits_for_what_he_says(district: District) -> None:
    key = keep_member(district, "B11")
    member = district.sign_in(Role.member, "B11", member_id=key)
    late = keep_pledge(district, "B11", key, due_on=date(YEAR, 5, 1))
    keep_pledge(district, "B11", key, due_on=date(YEAR, 5, 2))
    keep_pledge(district, "B11", key, due_on=date(YEAR, 5, 1), claim_outcome=ClaimOutcome.prevented, claimed_at=IN_MAY)
    keep_pledge(district, "B11", keep_member(district, "B11"), due_on=date(YEAR, 5, 1))
    assert keys(waiting(district, member, "pledge_overdue")) == [late]
    assert not waiting(district, member, "pledge_overdue", datetime(NEXT, 4, 1, 4, 0, tzinfo=UTC)).items
    assert not waiting(district, district.sign_in(Role.member, "B11"), "pledge_overdue").items


def test_a_campaign_waits_for_each_member_whom_it_calls_on_until_he_joins_or_it_is_over(district: District) -> None:
    key = keep_member(district, "B11")
    member = district.sign_in(Role.member, "B11", member_id=key)
    free = district.sign_in(Role.member, "B11", member_id=keep_member(district, "B11", pledges_voluntary=True))
    day = date(YEAR, 5, 2)
    with district.work() as work:
        rows = [
            Campaign(organization_id=district.ids[code], title="清廉家风承诺", due_on=due_on, templates=[])
            for code, due_on in (("D", day), ("B11", day - timedelta(days=1)), ("B12", day))
        ]
        work.add_all(rows)
    (item,) = waiting(district, member, "pledge_campaign").items
    assert (item.target_id, item.organization_id, item.due_on) == (rows[0].id, district.ids["B11"], day)
    assert not waiting(district, free, "pledge_campaign").items
    keep_pledge(district, "B11", key, state=S.submitted, campaign_id=rows[0].id)
    assert not waiting(district, member, "pledge_campaign").items


def amend(district: District, pledge_id: UUID) -> None:
    account_id = somebody(district)
    with district.work() as work:
        pledge = work.get_one(Pledge, pledge_id)
        pledge.amendment_no = 2
        stated = {name: getattr(pledge, name) for name in ("content", "measure", "due_on", "visibility")}
        work.add(PledgeText(**stated, pledge_id=pledge_id, no=2, submitted_at=IN_MAY, submitted_by=account_id))


WAITING_ALONE = "undecided|unpublished|held|claimed|amended|returned|unsettled"
WHOLE_TABLE = re.compile(
    rf"SCAN (?:pledge\w*|evaluation|member)\b(?! USING (?:COVERING )?INDEX ix_\w+_(?:{WAITING_ALONE}))"
    r"|Seq Scan on (?:pledge\w*|evaluation|member)\b"
)
"""What a plan says of a table that is read as a whole, and not by an index of what waits alone."""


@pytest.mark.parametrize("kind", SOURCES)
def test_what_waits_is_found_without_reading_a_whole_table(district: District, kind: str) -> None:
    key = keep_member(district, "B11")
    keep_pledge(district, "B11", key)
    caller = district.sign_in(Role.secretary, "B11", member_id=key)
    source = SOURCES[kind]
    account_id = UUID(caller.account_id)
    access = Access(account_id, account_id, district.ids["B11"], key, source.permission, ())

    def ask(work: Work) -> None:
        work.origin.at = IN_FEBRUARY if kind == "pledge_year" else IN_AUGUST
        gathered(work, access, source)

    found = plans(district.house, "LIMIT", ask)
    assert found and not any(WHOLE_TABLE.search(plan) for plan in found), found
