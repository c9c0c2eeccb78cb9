"""Whoever has a second account decides no more about pledges by it than by his own."""

from typing import Any
from uuid import UUID

from models.enums import EvaluationSource, Grade, PledgeOutcome, PledgeState, Role
from tests.access.person import made_by
from tests.accounts.people import enrol
from tests.conftest import Caller, District
from tests.outcomes import refused
from tests.pledges.kept import keep_grade, keep_member, keep_pledge

BECAUSE = {"reason": "另有安排"}


def two_hands(district: District) -> tuple[Caller, Caller]:
    """A town officer, and a second account that he has made."""
    first, second = (district.sign_in(Role.town_officer, "T1") for _ in range(2))
    made_by(first, second, district, column="created_by")
    return first, second


def entered_by(caller: Caller) -> UUID:
    return UUID(caller.account_id)


def test_an_organisations_own_pledge_is_not_decided_by_the_other_hand_of_who_entered_it(district: District) -> None:
    first, second = two_hands(district)
    for enters, decides in ((first, second), (second, first)):
        content: dict[str, Any] = {"state": PledgeState.submitted, "review_organization_id": district.ids["T1"]}
        key = keep_pledge(district, "B11", entered_by=entered_by(enters), **content)
        answer = decides.post(f"/v1/pledges/{key}/approve", json={"secrecy_checked": True})
        refused(answer, 403, "about_oneself")


def test_a_paper_pledge_takes_a_vote_by_the_other_hand_of_who_entered_it_too(district: District) -> None:
    first, second = two_hands(district)
    content: dict[str, Any] = {"state": PledgeState.submitted, "review_organization_id": district.ids["T1"]}
    key = keep_pledge(district, "B11", keep_member(district, "B11"), entered_by=entered_by(second), **content)
    refused(first.post(f"/v1/pledges/{key}/approve", json={"secrecy_checked": True}), 403, "about_oneself")


def test_what_one_hand_has_decided_the_other_does_not_reopen(district: District) -> None:
    first, second = two_hands(district)
    settled = {"state": PledgeState.exempted, "outcome": PledgeOutcome.exempted, "outcome_reason": "生病"}
    content: dict[str, Any] = settled | {"decided_by": entered_by(first), "review_organization_id": district.ids["T1"]}
    key = keep_pledge(district, "B11", keep_member(district, "B11"), **content)
    refused(second.post(f"/v1/pledges/{key}/reopen", json=BECAUSE), 403, "about_oneself")


def test_nobody_learns_or_voids_by_another_hand_what_the_masses_say_of_him(district: District) -> None:
    member_id = enrol(district, "B11", "方秀兰")[0]
    named = district.sign_in(Role.member, "B11", member_id=member_id)
    second = district.sign_in(Role.town_officer, "T1")
    made_by(named, second, district, column="created_by")
    rating = keep_grade(district, keep_pledge(district, "B11", member_id), Grade.dissatisfied, source=EvaluationSource.masses)
    assert second.get("/v1/evaluations").json()["items"] == []
    refused(second.post(f"/v1/evaluations/{rating}/void", json=BECAUSE), 404, "not_found")
