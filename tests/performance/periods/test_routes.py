from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import col, select

from api.performance.periods.rules import span_of
from models.audit import AuditLine
from models.complaint import Complaint
from models.enums import Role
from models.indicator import Period
from tests.access.person import Person
from tests.conftest import Caller, District
from tests.outcomes import deeds, refused
from tests.performance.entering import OVER, RUNNING, SUMMED, counted, enter, enter_some, keep_active, officer_of, values, versions
from tests.races import at_once
from tests.verification.holders import hold

URL = "/v1/periods"


@pytest.fixture
def officer(district: District) -> Caller:
    return officer_of(district)


def told(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def period_id(district: District, code: str = OVER) -> Any:
    with district.work() as work:
        return work.exec(select(Period.id).where(col(Period.code) == code)).one()


def correction(district: District, place: str, *numbers: int | None) -> dict[str, Any]:
    own = {"own_numerator": numbers[0], "own_denominator": numbers[1]}
    return {"organization_id": str(district.ids[place]), "indicator": "night_study", **own, "reason": "签到表漏登一人"}


def test_periods_are_there_by_the_calendar(officer: Caller) -> None:
    found = told(officer.get(f"{URL}?year=2031"))["items"]
    assert [(one["code"], one["kind"], one["starts_on"], one["ends_on"]) for one in found] == [
        ("2031-Q1", "quarter", "2031-01-01", "2031-03-31"),
        ("2031-Q2", "quarter", "2031-04-01", "2031-06-30"),
        ("2031-Q3", "quarter", "2031-07-01", "2031-09-30"),
        ("2031-Q4", "quarter", "2031-10-01", "2031-12-31"),
        ("2031", "year", "2031-01-01", "2031-12-31"),
    ]
    untouched = {"state": "open", "as_of": None, "done": 0, "of": 0, "closed_at": None}
    assert all(untouched.items() <= one.items() for one in found)
    assert told(officer.get(f"{URL}/2031-Q2")) == found[1]
    assert RUNNING in [one["code"] for one in told(officer.get(URL))["items"]]
    for code in ("2031-Q5", "2031Q1", "31", "2031-q1", "夏"):
        assert "2026-Q3" in refused(officer.get(f"{URL}/{code}"), 404, "not_found")["detail"]


def test_values_are_provisional_until_the_period_closes_once_and_for_all(district: District, officer: Caller) -> None:
    keep_active(district, "card_coverage", "verification_count")
    enter_some(officer, district)
    assert values(officer) == {}
    begun = counted(district, officer.post(f"{URL}/{OVER}/refresh"))
    assert (begun["state"], begun["done"], begun["of"]) == ("open", 0, 3)
    assert values(officer) == SUMMED
    enter(officer, district, "B21", 5, 5)
    assert values(officer) == SUMMED
    counted(district, officer.post(f"{URL}/{OVER}/refresh"))
    again = told(officer.get(f"{URL}/{OVER}"))
    assert again["done"] == again["of"] == 3 and again["as_of"] > begun["as_of"]
    assert values(officer)["南塘村"] == (0, 0, 5, 5) and len(versions(officer, district.ids["B21"])) == 1

    closing = counted(district, officer.post(f"{URL}/{OVER}/close", json={}))
    assert (closing["state"], closing["done"], closing["closed_at"]) == ("closing", 0, None)
    closed = told(officer.get(f"{URL}/{OVER}"))
    assert closed["state"] == "closed" and closed["as_of"] == closing["as_of"] < closed["closed_at"]
    before = told(officer.get(f"{URL}/{OVER}/values"))
    assert told(officer.post(f"{URL}/{OVER}/close")) == closed
    assert told(officer.get(f"{URL}/{OVER}/values")) == before and told(officer.get(f"{URL}/{OVER}")) == closed
    assert refused(officer.post(f"{URL}/{OVER}/refresh"), 409, "period_closed")["state"] == "closed"
    done = deeds(district, period_id(district))
    assert done == ["refresh_period", "refresh_period", "close_period", *["count_indicator"] * 3, "end_closing"]


@pytest.mark.parametrize(("role", "where"), [(Role.deputy, "B11"), (Role.secretary, "B11"), (Role.town_officer, "T1")])
def test_no_figure_tells_whoever_reads_boards_that_he_was_reported_before_the_period_is_closed(
    district: District, officer: Caller, role: Role, where: str
) -> None:
    keep_active(district, "complaint_closing")
    reported, other = Person(district), hold(district.house, district.ids["B11"], "李建国")
    reported.holds(role, where)

    def report(code: str, state: str) -> None:
        body = {"code": code, "kind": "misused", "key": uuid4().hex}
        assert district.client.post("/v1/complaints", json=body).status_code == 201
        with district.work() as work:
            newest = work.exec(select(Complaint).order_by(col(Complaint.id).desc())).first()
            assert newest is not None
            key, newest.created_at = newest.id, work.begin_of(span_of(OVER).ends_on)
        told(officer.post(f"/v1/complaints/{key}/close", json={"state": state, "reason": "核实"}))

    def figures() -> dict[str, Any]:
        """The figure as the branch's board tells it, and as it is stored."""
        counted(district, officer.post(f"{URL}/{OVER}/refresh"))
        pillars = told(reported.account.get(f"/v1/boards/{district.ids['B11']}?period={OVER}"))["pillars"]
        live = [(one["numerator"], one["denominator"]) for pillar in pillars for one in pillar["indicators"]]
        return {"live": live, "stored": values(reported.account, "complaint_closing").get("上塘村第一党支部")}

    before = figures()
    assert before == {"live": [(None, None)], "stored": None}
    report(reported.holder.code, "founded")
    assert figures() == before
    report(other.code, "unfounded")
    assert figures() == {"live": [(1, 1)], "stored": (1, 1, 1, 1)}
    counted(district, officer.post(f"{URL}/{OVER}/close"))
    assert values(officer, "complaint_closing")["上塘村第一党支部"] == (2, 2, 2, 2)


def test_only_what_is_over_closes_and_only_what_has_begun_is_counted(district: District, officer: Caller) -> None:
    refused(officer.post(f"{URL}/{RUNNING}/close"), 409, "period_not_over")
    refused(officer.post(f"{URL}/2098/close"), 409, "period_not_over")
    refused(officer.post(f"{URL}/2098/refresh"), 409, "period_not_begun")
    refused(officer.post(f"{URL}/2098-Q7/refresh"), 404, "not_found")
    assert counted(district, officer.post(f"{URL}/{RUNNING}/refresh"))["state"] == "open"


def test_a_correction_is_a_version_there_and_at_each_organisation_above_by_the_difference(
    district: District, officer: Caller
) -> None:
    keep_active(district)
    enter_some(officer, district)
    url = f"{URL}/{OVER}/corrections"
    assert refused(officer.post(url, json=correction(district, "B11", 4, 5)), 409, "period_not_closed")["state"] == "open"
    counted(district, officer.post(f"{URL}/{OVER}/close"))
    fault = refused(officer.post(url, json=correction(district, "B11", 4, None)), 422, "invalid")["errors"]
    assert [(one["field"], one["rule"]) for one in fault] == [("body.own_denominator", "denominator_missing")]
    stray = officer.post(url, json=correction(district, "B11", 4, 5) | {"indicator": "evening_study"})
    assert [one["field"] for one in refused(stray, 404, "not_found")["errors"]] == ["body.indicator"]

    # The branch is moved after the closing: what was counted with it then is corrected, and not what it belongs to since.
    moved = officer.post(f"/v1/organizations/{district.ids['B11']}/move", json={"parent_id": str(district.ids["V2"])})
    assert moved.status_code == 200, moved.text
    made = officer.post(url, json=correction(district, "B11", 4, 5))
    first = told(made, 201)
    assert (first["version"], first["numerator"], first["denominator"], first["value"]) == (2, 4, 5, 80.0)
    assert [one["version"] for one in told(officer.get(made.headers["Location"]))["items"]] == [2, 1]
    assert values(officer) == SUMMED | {
        "上塘村第一党支部": (4, 5, 4, 5),
        "上塘村": (2, 2, 7, 11),
        "云溪镇": (0, 0, 7, 11),
        "明湖区": (0, 0, 7, 16),
    }
    told(officer.post(url, json=correction(district, "B22", 1, 2)), 201)
    told(officer.post(url, json=correction(district, "B11", 0, 0)), 201)
    assert values(officer)["明湖区"] == (0, 0, 4, 13) and values(officer)["南塘村第二党支部"] == (1, 2, 1, 2)
    found = versions(officer, district.ids["V1"])
    assert [(one["version"], one["numerator"], one["denominator"], one["value"], one["reason"]) for one in found] == [
        (3, 3, 6, 50.0, "签到表漏登一人"),
        (2, 7, 11, 63.6, "签到表漏登一人"),
        (1, 6, 10, 60.0, None),
    ]
    assert versions(officer, district.ids["B11"])[0]["value"] is None
    with district.work() as work:
        lines = work.exec(select(AuditLine).where(col(AuditLine.action) == "correct_value").order_by(col(AuditLine.seq))).all()
    assert lines[0].organization_id == district.ids["B11"] and lines[0].details == {"indicator": "night_study", "version": 2}


def test_values_are_shown_as_far_as_one_reaches(district: District, officer: Caller) -> None:
    keep_active(district)
    enter_some(officer, district)
    counted(district, officer.post(f"{URL}/{OVER}/close"))
    deputy, town = district.sign_in(Role.deputy, "B11"), district.sign_in(Role.town_officer, "T1")
    assert set(values(deputy)) == {"上塘村第一党支部"}
    assert set(values(town)) == {"云溪镇", "上塘村", "上塘村第一党支部", "上塘村第二党支部"}
    refused(town.get(f"{URL}/{OVER}/values?organization_id={district.ids['B21']}"), 404, "not_found")
    refused(town.get(f"{URL}/2026-Q9/values"), 404, "not_found")


def test_two_who_close_at_once_close_once(district: District, officer: Caller) -> None:
    keep_active(district)
    enter_some(officer, district)
    answers = at_once(*[lambda: officer.post(f"{URL}/{OVER}/close")] * 2)
    assert {answer.status_code for answer in answers} <= {200, 202}
    counted(district, next(answer for answer in answers if answer.status_code == 202))
    done = deeds(district, period_id(district))
    assert done == ["close_period", "count_indicator", "end_closing"] and values(officer) == SUMMED
