"""Several people act on one entry or appeal at the same moment: one of them wins, and what is left is consistent."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from api.performance.scores import service
from models.enums import Role
from tests.conftest import District
from tests.performance.scores.asking import appeal, appealed, chosen, decide, enter, entered, reverse, score
from tests.performance.scores.kept import YEAR
from tests.pledges.asking import People, people
from tests.races import at_once, codes

ROUNDS = 2


@pytest.fixture
def folk(district: District) -> People:
    return people(district)


def reversals(folk: People, key: str) -> int:
    """How many entries take one back."""
    told = score(folk.member)
    assert told["total"] <= 50
    return len([entry for entry in told["entries"] if entry["reverses_id"] == key])


def test_of_two_who_reverse_at_once_one_does(folk: People) -> None:
    for _ in range(ROUNDS):
        key = entered(folk.secretary, folk.member_id)
        answers = at_once(partial(reverse, folk.secretary, key), partial(reverse, folk.village, key))
        assert codes(answers) == [(201, None), (409, "already_reversed")]
        assert reversals(folk, key) == 1


def test_of_two_who_decide_at_once_one_does(folk: People) -> None:
    for _ in range(ROUNDS):
        key = entered(folk.secretary, folk.member_id)
        at_issue = appealed(folk.member, key)
        answers = at_once(partial(decide, folk.village, at_issue, "upheld"), partial(decide, folk.officer, at_issue, "refused"))
        assert codes(answers) == [(200, None), (409, "already_decided")]
        assert reversals(folk, key) == (answers[0].status_code == 200)


def test_an_appeal_that_is_sent_twice_is_made_once(folk: People) -> None:
    key = entered(folk.secretary, folk.member_id)
    assert codes(at_once(*[partial(appeal, folk.member, key)] * 2)) == [(201, None), (409, "already_appealed")]


def test_an_appeal_against_a_reversal_leaves_what_one_after_the_other_would(folk: People) -> None:
    for _ in range(ROUNDS):
        key = entered(folk.secretary, folk.member_id)
        answers = at_once(partial(appeal, folk.member, key), partial(reverse, folk.secretary, key))
        assert answers[1].status_code == 201
        assert codes(answers)[1] in ((201, None), (409, "already_reversed"))
        assert reversals(folk, key) == 1


def test_a_decision_against_a_reversal_takes_an_entry_back_once(folk: People) -> None:
    for _ in range(ROUNDS):
        key = entered(folk.secretary, folk.member_id)
        at_issue = appealed(folk.member, key)
        answers = at_once(partial(decide, folk.village, at_issue, "exempted"), partial(reverse, folk.secretary, key))
        assert answers[0].status_code == 200 and codes(answers)[1] in ((201, None), (409, "already_reversed"))
        assert reversals(folk, key) == 1


def test_a_scheme_is_not_changed_under_the_first_entry_of_a_year(folk: People) -> None:
    officer = folk.district.sign_in(Role.district_officer, "D")
    secretary_id = UUID(folk.secretary.get("/v1/members/mine").json()["id"])
    answers = at_once(
        partial(enter, folk.secretary, folk.member_id, "veto", None),
        partial(chosen, officer, "vanguard_ningbo"),
        partial(enter, folk.officer, secretary_id, "bonus"),
    )
    entered_veto, chose, entered_bonus = (answer.status_code == 201 for answer in answers)
    told = score(folk.member, year=YEAR)
    assert entered_bonus and told["scheme"] == ("vanguard_ningbo" if chose else "pledge_50_30_20")
    assert not entered_veto or chose, "without the scheme that has a veto there is none"
    assert told["is_vetoed"] is entered_veto


@pytest.mark.engine("postgresql")
def test_the_scheme_by_which_something_is_entered_is_held_until_it_stands(folk: People, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = list[bool]()

    def check(*told: Any) -> None:
        with folk.district.house.database.engine.connect() as other:
            try:
                other.execute(text("SELECT id FROM score_year FOR UPDATE NOWAIT"))
            except OperationalError:
                taken.append(False)
            else:
                taken.append(True)

    entered(folk.secretary, folk.member_id)
    monkeypatch.setattr(service, "check_entry", check)
    entered(folk.secretary, folk.member_id)
    assert taken == [False], "who would choose another scheme waits"
