from datetime import timedelta
from typing import Any

import pytest

from api.performance.periods.rules import Span, spans_before
from api.performance.words import period_words
from models.enums import Role
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.outcomes import entries, refused
from tests.performance.entering import (
    OVER,
    RUNNING,
    STUDY,
    counted,
    enter,
    keep_active,
    make,
    officer_of,
    predate,
    values,
    versions,
    written,
)

URL = "/v1/indicators"
ANY = {"headers": {"If-Match": "*"}}
PILLARS = ("signage", "identity", "duty", "performance")


@pytest.fixture
def officer(district: District) -> Caller:
    return officer_of(district)


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def told(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def listed(caller: Caller) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in told(caller.get(URL))["items"]}


def test_the_district_begins_with_indicators_over_all_four_pillars(district: District) -> None:
    found = listed(district.sign_in(Role.deputy, "B11"))
    assert len(found) == 13 and all(code == one["figure"] and one["source"] == "OURS" for code, one in found.items())
    for pillar in PILLARS:
        assert sum(one["weight"] for one in found.values() if one["pillar"] == pillar) == 25
    assert {(one["target"], one["direction"], one["is_active"], one["is_available"]) for one in found.values()} == {
        (100, "up", True, True)
    }
    assert [code for code, one in found.items() if one["unit"] == "count"] == ["verification_count"]


def test_an_indicator_that_is_entered_by_hand_is_made_and_weighed_anew(district: District, officer: Caller) -> None:
    made = officer.post(URL, json=STUDY | {"direction": "down", "target": 10})
    assert told(made, 201) == listed(officer)["night_study"] and made.json()["is_available"]
    assert told(officer.get(made.headers["Location"]))["items"][-1] == made.json()
    taken = refused(officer.post(URL, json=STUDY | {"name": "另一个"}), 409, "conflict")
    fault = {"field": "body.code", "rule": "code_taken", "detail": taken["detail"]}
    assert taken["errors"] == [fault] and "编号" in taken["detail"]
    refused(officer.post(URL, json=STUDY | {"code": "card_coverage"}), 409, "conflict")
    for code in ("Night", "a990101196803150028"):
        refused(officer.post(URL, json=STUDY | {"code": code}), 422, "invalid")
    url = f"{URL}/night_study"
    refused(officer.patch(url, json={"weight": 7}), 428, "precondition_required")
    edited = officer.patch(url, json={"weight": 7, "name": "周二夜学"}, headers={"If-Match": made.headers["ETag"]})
    assert (told(edited)["weight"], told(edited)["name"], told(edited)["version"]) == (7, "周二夜学", 2)
    refused(officer.patch(url, json={"weight": 8}, headers={"If-Match": made.headers["ETag"]}), 412, "precondition_failed")
    assert told(officer.patch(url, json={"weight": 7}, **ANY))["version"] == 2, "what changes nothing is no change"
    refused(officer.patch(f"{URL}/evening", json={"weight": 8}, **ANY), 404, "not_found")


def test_there_are_no_more_indicators_than_can_be_counted(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.performance.indicators.rules.MOST_INDICATORS", 14)
    told(officer.post(URL, json=STUDY), 201)
    told(officer.patch(f"{URL}/night_study", json={"is_active": False}, **ANY))
    refused(officer.post(URL, json=STUDY | {"code": "visits"}), 409, "too_many_indicators")
    refused(officer.post(URL, json=STUDY), 409, "conflict")


def test_closed_periods_keep_the_indicators_as_they_were(district: District, officer: Caller) -> None:
    keep_active(district)
    make(officer)
    enter(officer, district, "B11", 3, 4)
    counted(district, officer.post(f"/v1/periods/{OVER}/close"))
    told(officer.patch(f"{URL}/night_study", json={"weight": 50, "is_active": False}, **ANY))
    assert values(officer)["明湖区"] == (0, 0, 3, 4)
    refused(officer.post(f"{URL}/night_study/values", json=written(district, "B11", 4, 4)), 409, "indicator_not_active")


def test_a_secretary_enters_what_his_branch_has_and_the_newest_counts(
    district: District, officer: Caller, secretary: Caller
) -> None:
    keep_active(district)
    make(officer)
    make(officer, code="visits", name="入户走访", unit="count")
    url = f"{URL}/night_study/values"
    brought = [told(secretary.post("/v1/files", files={"file": ("签到.jpg", drawn())}), 201)["id"] for _ in range(3)]
    body = written(district, "B11", 3, 4) | {"attachment_ids": brought}
    made = secretary.post(url, json=body)
    entry = told(made, 201)
    assert body.items() <= entry.items() and entry["entered_by"] == secretary.account_id
    assert told(secretary.get(made.headers["Location"]))["items"] == []
    assert entries(district, entry["id"]) == [("enter_value", {"indicator": "night_study", "period": OVER, "pictures": 3})]
    assert district.sign_in(Role.deputy, "B11").get(f"/v1/files/{brought[0]}").status_code == 200
    refused(district.sign_in(Role.deputy, "B12").get(f"/v1/files/{brought[0]}"), 404, "not_found")
    enter(secretary, district, "B11", 4, 5)
    listed = told(officer.get(url, params={"period": OVER}))["items"]
    assert [(one["numerator"], one["id"] == entry["id"]) for one in listed] == [(4, False), (3, True)]
    assert (listed[1]["evidence"], sorted(listed[1]["attachment_ids"])) == (body["evidence"], sorted(brought))
    assert told(secretary.get(url, params={"organization_id": str(district.ids["B11"]), "period": RUNNING}))["items"] == []
    assert told(district.sign_in(Role.secretary, "B12").get(url))["items"] == []
    refused(officer.get(f"{URL}/evening/values"), 404, "not_found")
    enter(secretary, district, "B11", 12, None, code="visits")
    enter(district.sign_in(Role.secretary, "B12"), district, "B12", 7, None, code="visits")
    counted(district, officer.post(f"/v1/periods/{OVER}/refresh"))
    assert values(officer)["上塘村"] == (0, 0, 4, 5)
    (value,) = versions(officer, district.ids["V1"], "visits")
    assert (value["numerator"], value["denominator"], value["value"]) == (19, 0, 19.0)


def test_what_does_not_fit_is_not_entered(district: District, officer: Caller, secretary: Caller) -> None:
    keep_active(district)
    make(officer)
    url = f"{URL}/night_study/values"
    for place, numerator, denominator, rule in (("B11", 3, None, "denominator_missing"), ("B11", 1, 0, "nothing_to_measure")):
        answer = secretary.post(url, json=written(district, place, numerator, denominator))
        assert [fault["rule"] for fault in refused(answer, 422, "invalid")["errors"]] == [rule]
    refused(secretary.post(url, json=written(district, "B12", 3, 4)), 404, "not_found")
    refused(secretary.post(f"{URL}/evening/values", json=written(district, "B11", 3, 4)), 404, "not_found")
    unknown = refused(secretary.post(url, json=written(district, "B11", 3, 4, "2026-Q7")), 404, "not_found")
    assert unknown["errors"] == [{"field": "body.period", "rule": "not_found", "detail": unknown["detail"]}]
    refused(secretary.post(url, json=written(district, "B11", 3, 4, "2098")), 409, "period_not_begun")
    refused(secretary.post(f"{URL}/card_coverage/values", json=written(district, "B11", 3, 4)), 409, "not_entered_by_hand")
    refused(
        secretary.post(url, json=written(district, "B11", 3, 4) | {"attachment_ids": [officer.account_id]}), 404, "not_your_file"
    )
    counted(district, officer.post(f"/v1/periods/{OVER}/close"))
    assert refused(secretary.post(url, json=written(district, "B11", 3, 4)), 409, "period_closed")["state"] == "closed"
    enter(secretary, district, "B11", 3, 4, period=RUNNING)


@pytest.mark.engine("sqlite")
def test_what_is_not_entered_of_a_period_that_is_over_waits_for_the_secretary(
    district: District, officer: Caller, secretary: Caller
) -> None:
    def waiting() -> list[tuple[str, str, str]]:
        found = [item for item in secretary.todo()["items"] if item["kind"] == "indicator_entry"]
        assert {item["organization_id"] for item in found} <= {str(district.ids["B11"])}
        return [(item["target_type"], item["due_on"], item["text"]) for item in found]

    def owed(span: Span) -> tuple[str, str, str]:
        text = f"上塘村第一党支部还没有填报{period_words(span.code).zh}的“周二夜学到课率”，请填报。"
        return "indicator", (span.ends_on + timedelta(days=15)).isoformat(), text

    keep_active(district)
    quarter, year = spans_before(district_day())
    make(officer)
    assert waiting() == [], "what was over before the indicator was made is not asked for"
    first, last = sorted((quarter, year), key=lambda one: one.ends_on)
    predate(district, "night_study", first.ends_on + timedelta(days=1))
    assert waiting() == [owed(one) for one in (first, last) if one.ends_on > first.ends_on]
    predate(district, "night_study", first.ends_on)
    assert waiting() == sorted(map(owed, (first, last)), key=lambda one: one[1])
    enter(secretary, district, "B11", 3, 4)
    assert waiting() == [owed(year)]
    assert [item for item in officer.todo()["items"] if item["kind"] == "indicator_entry"] == []
    counted(district, officer.post(f"/v1/periods/{year.code}/close"))
    assert waiting() == []
