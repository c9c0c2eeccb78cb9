"""Several people act on one thing to be put right at the same moment: one of them wins, whoever loses is told so by the contract's
code, nothing is half done, and the trail tells each deed once."""

from collections import Counter
from functools import partial

import pytest

from models.enums import Role
from models.rectification import Rectification
from tests.conftest import Caller, District
from tests.outcomes import deeds
from tests.races import at_once, codes
from tests.rectifications.kept import act, keep_rectification
from tests.standards.asking import answered, picture

ROUNDS = 3


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.town_officer, "T1")


@pytest.mark.parametrize("verbs", [("claim", "claim"), ("confirm", "return"), ("confirm", "confirm"), ("return", "return")])
def test_of_two_who_do_to_one_thing_what_only_one_can_one_does(officer: Caller, district: District, verbs: tuple[str, str]) -> None:
    deputy, secretary, other = (
        district.sign_in(role, code) for role, code in ((Role.deputy, "B11"), (Role.secretary, "B11"), (Role.town_officer, "T1"))
    )
    for _ in range(ROUNDS):
        row, before = keep_rectification(district, by=officer.account_id), []
        if verbs[0] != "claim":
            answered(act(deputy, row, "claim"))
            before = ["claim_rectification"]
        by = (deputy, secretary) if verbs[0] == "claim" else (officer, other)
        answers = at_once(*(partial(act, who, row, verb) for who, verb in zip(by, verbs, strict=True)))
        assert codes(answers) == [(200, None), (409, "not_in_this_state")]
        (won,) = [verb for verb, answer in zip(verbs, answers, strict=True) if answer.status_code == 200]
        expect(district, officer, row, before, [won])


@pytest.mark.parametrize("verb", ["return", "confirm"])
@pytest.mark.parametrize("state", ["open", "claimed", "returned"])
def test_claiming_against_checking_leaves_what_one_after_the_other_would(
    officer: Caller, district: District, verb: str, state: str
) -> None:
    deputy = district.sign_in(Role.deputy, "B11")
    before = {"open": [], "claimed": ["claim"], "returned": ["claim", "return"]}[state]
    for _ in range(ROUNDS):
        row = keep_rectification(district, by=officer.account_id)
        for step in before:
            answered(act(deputy if step == "claim" else officer, row, step))
        photo = picture(deputy)
        answers = dict(
            zip(
                ("claim", verb),
                at_once(partial(act, deputy, row, "claim", photo_ids=[photo]), partial(act, officer, row, verb)),
                strict=True,
            )
        )
        done = [step for step, answer in answers.items() if answer.status_code == 200]
        lost = [answer.json()["code"] for answer in answers.values() if answer.status_code != 200]
        # What is not claimed cannot be checked; what is claimed cannot be claimed again until it has been returned.
        possible = [["claim"], ["claim", verb]]
        if state == "claimed":
            possible = [[verb], [verb, "claim"]] if verb == "return" else [[verb]]
        assert Counter(done) in [Counter(one) for one in possible], answers
        assert lost == ["not_in_this_state"] * (2 - len(done))
        (order,) = [one for one in possible if Counter(one) == Counter(done)]
        expect(district, officer, row, [f"{step}_rectification" for step in before], order)
        # The picture of a claim that was refused hangs on nothing.
        told = answered(officer.get(f"/v1/rectifications/{row.id}"))["events"]
        assert [step["photo_ids"] for step in told[len(before) :]] == [[photo] if step == "claim" else [] for step in order]


def expect(district: District, caller: Caller, row: Rectification, before: list[str], done: list[str]) -> None:
    """After what was done before, just this was done to a thing, says the row, say its steps and says the trail."""
    told = answered(caller.get(f"/v1/rectifications/{row.id}"))
    assert told["state"] == {"claim": "claimed", "confirm": "confirmed", "return": "returned"}[done[-1]]
    assert [step["action"] for step in told["events"]][len(before) :] == done
    assert deeds(district, row.id) == [*before, *(f"{verb}_rectification" for verb in done)]
