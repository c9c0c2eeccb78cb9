from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, update

from api.database import Origin
from api.pledges.rhythm.queries import publishable_before
from api.pledges.rhythm.rules import RhythmKind, quarter_of, steps
from api.pledges.rhythm.service import _due, _reached
from models.enums import EvaluationSource, Grade, PledgeKind, PledgeState, PledgeVisibility, Role
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.pledges.kept import LONG_AGO, YEAR, keep_grade, keep_member, keep_pledge

S = PledgeState
URL = "/v1/pledges/publications"
CALENDAR = "/v1/pledges/calendar"
THIS_QUARTER = quarter_of(district_day())
LATER = datetime(YEAR + 1, 2, 15, 4, 0, tzinfo=UTC)
"""By when all steps of the year have opened and are late."""


def publish(caller: Caller, organization_id: UUID, quarter: str = THIS_QUARTER, status: int = 201) -> dict[str, Any]:
    answer = caller.post(URL, json={"organization_id": str(organization_id), "quarter": quarter})
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def due(district: District, period: str, kind: RhythmKind, code: str = "B11", at: datetime = LATER) -> Any:
    (step,) = [step for step in steps(YEAR) if step.period == period and step.kind is kind]
    with district.house.database.reading(Origin("test", at)) as work:
        return _due(work, step, _reached(work, work.get_one(Organization, district.ids[code]), step))


def test_of_many_pledges_made_public_the_first_are_told_and_how_many_there_are(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pledges.rhythm.schemas.MOST_LINES", 2)
    secretary = district.sign_in(Role.secretary, "B11")
    for _ in range(3):
        keep_pledge(district, "B11", keep_member(district, "B11"))
    body = publish(secretary, district.ids["B11"])
    assert (len(body["lines"]), body["line_count"]) == (2, 3)
    (listed,) = secretary.get("/v1/pledges/publications").json()["items"]
    assert listed == body


def test_a_quarter_is_made_public_once_with_what_is_published_by_then_for_others(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    key = keep_member(district, "B11")
    public = keep_pledge(district, "B11", key)
    inner = keep_pledge(district, "B11", visibility=PledgeVisibility.inner_party)
    keep_pledge(district, "B11", key, visibility=PledgeVisibility.branch)
    for state in (S.draft, S.submitted, S.approved, S.withdrawn):
        keep_pledge(district, "B11", key, state=state)
    keep_pledge(district, "B12")
    body = publish(secretary, district.ids["B11"])
    assert {line["id"] for line in body["lines"]} == {str(public), str(inner)}
    assert body["published_by"] == secretary.account_id
    assert publish(secretary, district.ids["B11"], status=409)["code"] == "already_published"


def test_what_was_made_public_stays_as_it_was_then(district: District) -> None:
    pledge_id = keep_pledge(district, "B11", percent=10)
    with district.work() as work:
        work.add(PledgeProgress(pledge_id=pledge_id, happened_on=work.today, note="装好两户。", published_on=work.today))
        work.add(PledgeProgress(pledge_id=pledge_id, happened_on=work.today, note="还没有公开。"))
    publish(district.sign_in(Role.secretary, "B11"), district.ids["B11"])
    with district.work() as work:
        work.execute(update(Pledge).where(col(Pledge.id) == pledge_id).values(percent=80))
    member = district.sign_in(Role.member, "B21")
    (told,) = member.get(URL, params={"organization_id": str(district.ids["B11"])}).json()["items"]
    (line,) = told["lines"]
    assert (line["percent"], line["last_progress"]["note"], line["state"]) == (10, "装好两户。", "published")


def test_a_branch_makes_public_what_is_of_its_groups_too(district: District) -> None:
    district.add_group("G")
    pledge_id = keep_pledge(district, "G", keep_member(district, "G"))
    body = publish(district.sign_in(Role.secretary, "B11"), district.ids["B11"])
    assert [line["id"] for line in body["lines"]] == [str(pledge_id)]
    assert publish(district.sign_in(Role.secretary, "V1"), district.ids["V1"], status=409)["code"] == "nothing_to_publish"


def test_a_quarter_that_has_not_begun_or_holds_nothing_is_not_made_public(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    assert publish(secretary, district.ids["B11"], status=409)["code"] == "nothing_to_publish"
    keep_pledge(district, "B11")
    assert publish(secretary, district.ids["B11"], f"{YEAR + 1}-Q1", 422)["code"] == "quarter_not_begun"
    assert publish(secretary, district.ids["B11"], f"{YEAR}-Q5", 422)["code"] == "invalid"
    assert publish(secretary, district.ids["B21"], status=404)["code"] == "not_found"
    assert secretary.get(URL).json()["items"] == []


def test_a_calendar_tells_the_eight_steps_of_a_year(district: District) -> None:
    deputy = district.sign_in(Role.deputy, "B11")
    items = deputy.get(CALENDAR, params={"organization_id": str(district.ids["B11"]), "year": YEAR}).json()["items"]
    assert [(one["kind"], one["period"]) for one in items] == [(step.kind.value, step.period) for step in steps(YEAR)]
    assert not any(one["is_open"] or one["is_overdue"] or one["done_at"] for one in items), "nothing is about anything yet"
    foreign = deputy.get(CALENDAR, params={"organization_id": str(district.ids["B12"]), "year": YEAR})
    assert foreign.status_code == 404


def test_the_year_has_started_when_each_eligible_member_has_submitted_two_annual_pledges(district: District) -> None:
    one, other = keep_member(district, "B11"), keep_member(district, "B11")
    keep_member(district, "B11", pledges_voluntary=True)
    for key, states in ((one, (S.submitted, S.published)), (other, (S.approved, S.draft, S.withdrawn))):
        for state in states:
            keep_pledge(district, "B11", key, state=state)
    keep_pledge(district, "B11", other, kind=PledgeKind.instant)
    found = due(district, str(YEAR), RhythmKind.pledge_start, at=datetime(YEAR, 2, 1, 4, 0, tzinfo=UTC))
    assert (found.done_at, found.is_open, found.is_overdue) == (None, True, True)
    keep_pledge(district, "B11", other)
    assert due(district, str(YEAR), RhythmKind.pledge_start).done_at == LONG_AGO


def test_a_quarter_is_done_by_its_publication_and_open_where_there_is_something_to_publish(district: District) -> None:
    quarter = f"{YEAR}-Q1"
    assert not due(district, quarter, RhythmKind.pledge_quarter).is_open
    keep_pledge(district, "B11", published_at=datetime(YEAR, 4, 1, tzinfo=UTC))
    assert not due(district, quarter, RhythmKind.pledge_quarter).is_open, "it was published after the quarter"
    keep_pledge(district, "B11", published_at=datetime(YEAR, 3, 31, tzinfo=UTC) - timedelta(days=1))
    assert due(district, quarter, RhythmKind.pledge_quarter).is_overdue
    body = publish(district.sign_in(Role.secretary, "B11"), district.ids["B11"], quarter)
    found = due(district, quarter, RhythmKind.pledge_quarter)
    assert found.done_at.isoformat().replace("+00:00", "Z") == body["published_at"] and not found.is_open


def test_a_half_is_done_when_each_members_pledge_published_by_then_is_commented(district: District) -> None:
    half = f"{YEAR}-H1"
    keep_pledge(district, "B11")
    assert not due(district, half, RhythmKind.pledge_half).is_open, "an organisation's own is not commented on"
    pledges = [keep_pledge(district, "B11", keep_member(district, "B11")) for _ in range(2)]
    keep_pledge(district, "B11", keep_member(district, "B11"), published_at=datetime(YEAR, 7, 2, tzinfo=UTC))
    keep_grade(district, pledges[0], Grade.satisfied, EvaluationSource.organization, period=half)
    keep_grade(district, pledges[1], Grade.satisfied, EvaluationSource.organization, period=f"{YEAR}-H2")
    assert due(district, half, RhythmKind.pledge_half).is_overdue
    keep_grade(district, pledges[1], Grade.satisfied, EvaluationSource.organization, period=half)
    found = due(district, half, RhythmKind.pledge_half)
    assert found.done_at is not None and not found.is_open and not found.is_overdue


def test_a_year_is_done_when_all_that_was_published_is_evaluated_exempted_or_withdrawn(district: District) -> None:
    evaluated = keep_pledge(district, "B11", state=S.evaluated)
    keep_grade(district, evaluated, Grade.satisfied, EvaluationSource.organization)
    for state in (S.exempted, S.withdrawn, S.submitted):
        keep_pledge(district, "B11", state=state)
    assert due(district, str(YEAR), RhythmKind.pledge_year).done_at is not None
    keep_pledge(district, "B11", state=S.unfulfilled)
    assert due(district, str(YEAR), RhythmKind.pledge_year).is_overdue


def test_what_is_told_of_an_organisation_holds_everything_below_it(district: District) -> None:
    keep_member(district, "B12")
    assert due(district, str(YEAR), RhythmKind.pledge_start, "V1").is_overdue
    assert not due(district, str(YEAR), RhythmKind.pledge_start, "B11").is_overdue
    with district.work() as work:
        assert publishable_before(work, district.ids["B12"], steps(YEAR)[1]) == 0
        assert work.get(Member, district.ids["B12"]) is None
