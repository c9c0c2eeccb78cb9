"""Who decides about a pledge: whoever reviews where it was submitted to, and may decide about its author as he stands today."""

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from models.account import Account, RoleGrant
from models.enums import EvaluationSource, Grade, PledgeState, Role, WordsState
from tests.access.person import made_by
from tests.conftest import Caller, District
from tests.outcomes import refused
from tests.pledges.asking import MEETING, URL, WHY, do, done, drafted, people, published, submitted
from tests.pledges.kept import keep_grade, keep_member, keep_pledge
from tests.pledges.waits import keys, waiting

REVIEWERS = {"branch": (Role.secretary, "B11"), "village": (Role.secretary, "V1"), "town": (Role.town_officer, "T1")}
DECIDES: dict[tuple[Role, str], set[str]] = {
    (Role.member, "B11"): {"branch", "village", "town", "district"},
    (Role.deputy, "B11"): {"branch", "village", "town", "district"},
    (Role.secretary, "B11"): {"village", "town", "district"},
    (Role.secretary, "V1"): {"town", "district"},
    (Role.town_officer, "T1"): {"district"},
    (Role.district_officer, "D"): {"district"},
    (Role.administrator, "D"): {"district"},
    (Role.auditor, "T1"): {"district"},
}
"""By the role that the author of a branch's pledge holds today, who decides about it."""


def test_list_doors_and_to_do_name_the_same_reviewers_and_nobodys_pledge_is_left_without_one(district: District) -> None:
    callers = {name: district.sign_in(*held) for name, held in {**REVIEWERS, "district": (Role.district_officer, "D")}.items()}
    pledges: dict[tuple[Role, str], UUID] = {}
    for role, place in DECIDES:
        member_id = keep_member(district, "B11")
        district.sign_in(role, place, member_id=member_id)
        key = keep_pledge(district, "B11", member_id, state=PledgeState.submitted)
        keep_grade(district, key, Grade.average, words_sealed=b"-", words_state=WordsState.held)
        pledges[role, place] = key
    for name, caller in callers.items():
        his = {key for held, key in pledges.items() if name in DECIDES[held]}
        assert set(keys(waiting(district, caller, "pledge_review"))) == his, name
        answer = caller.post(f"{URL}/publish", json={"ids": [str(key) for key in pledges.values()]}).json()
        # Nothing is approved yet, so that whoever may decide is told of the state.
        reasons = {UUID(one["pledge_id"]): one["reason"] for one in answer["skipped"]}
        assert {key for key, reason in reasons.items() if reason == "not_in_this_state"} == his, name
        assert {reason for key, reason in reasons.items() if key not in his} <= {"for_the_level_above"}, name
        assert waiting(district, caller, "pledge_words").total == len(his), name


def test_another_hand_of_who_entered_an_organisations_own_pledge_finds_it_nowhere(district: District) -> None:
    first, second = (district.sign_in(Role.town_officer, "T1") for _ in range(2))
    made_by(first, second, district, column="created_by")
    content: dict[str, Any] = {"state": PledgeState.submitted, "review_organization_id": district.ids["T1"]}
    for enters in (first, second):
        keep_pledge(district, "B11", entered_by=UUID(enters.account_id), **content)
    assert waiting(district, first, "pledge_review").total == waiting(district, second, "pledge_review").total == 0
    assert waiting(district, district.sign_in(Role.town_officer, "T1"), "pledge_review").total == 2


def test_a_deputy_neither_writes_nor_leads_a_pledge_in_the_name_of_her_equals_or_those_above(district: District) -> None:
    folk = people(district)
    above = keep_member(district, "B11", "郑远")
    key = drafted(folk.deputy, member_id=str(above))
    district.sign_in(Role.secretary, "V1", member_id=above)
    refused(do(folk.deputy, key, "submit"), 403, "for_the_level_above")
    refused(folk.deputy.delete(f"{URL}/{key}"), 403, "for_the_level_above")


def entered(district: District, secretary: Caller) -> str:
    return submitted(secretary, member_id=str(keep_member(district, "B11", "王秀兰")))


@pytest.mark.parametrize("by_all", [False, True])
def test_who_has_entered_a_pledge_decides_how_it_ends_only_where_all_members_have_voted_for_it(
    district: District, by_all: bool
) -> None:
    folk = people(district)
    key = entered(district, folk.secretary)
    done(folk.officer, key, "approve", {"secrecy_checked": True, "vote": MEETING if by_all else None})
    done(folk.officer, key, "publish")
    organization = {"source": "organization", "grade": "satisfied", "words": "按期推进。", "period": None}
    for verb, body in (("fail", WHY), ("evaluations", organization), ("withdraw", WHY)):
        answer = do(folk.secretary, key, verb, body)
        if not by_all:
            refused(answer, 403, "about_oneself")
        else:
            assert answer.status_code in (200, 409), answer.text


def test_a_secretarys_peers_grade_her_though_she_has_handed_out_their_slips(district: District) -> None:
    folk = people(district)
    key = published(folk.member, folk.secretary)
    made_by(folk.member, folk.other, district, column="slip_made_by")
    grade = {"source": "peers", "grade": "satisfied"}
    done(folk.other, key, "evaluations", grade)
    refused(do(folk.member, key, "evaluations", grade), 403, "about_oneself")


def test_a_grade_is_made_void_above_the_branch_but_not_by_an_equal_of_the_author(district: District) -> None:
    member_id = keep_member(district, "B11")
    district.sign_in(Role.town_officer, "T1", member_id=member_id)
    pledge_id = keep_pledge(district, "B11", member_id)
    rating = keep_grade(district, pledge_id, Grade.dissatisfied, EvaluationSource.masses)
    refused(district.sign_in(Role.town_officer, "T1").post(f"/v1/evaluations/{rating}/void", json=WHY), 403, "for_the_level_above")
    assert district.sign_in(Role.district_officer, "D").post(f"/v1/evaluations/{rating}/void", json=WHY).status_code == 200


@pytest.mark.parametrize("gone", ["account", "role"])
def test_an_organisations_own_pledge_is_carried_on_by_whoever_may_once_its_enterer_may_no_more(
    district: District, gone: str
) -> None:
    folk = people(district)
    key = published(folk.deputy, folk.village, organization_id=str(district.ids["B11"]))
    claim = {"outcome": "fulfilled", "note": "见台账。"}
    refused(do(folk.secretary, key, "claim", claim), 403, "forbidden")
    with district.work() as work:
        account = work.get_one(Account, UUID(folk.deputy.account_id))
        if gone == "account":
            account.disabled_at = work.at
        else:
            (grant,) = work.exec(select(RoleGrant).where(col(RoleGrant.account_id) == account.id)).all()
            grant.ended_at = work.at
    refused(do(folk.member, key, "claim", claim), 403, "forbidden")
    refused(do(district.sign_in(Role.deputy, "B12"), key, "claim", claim), 403, "forbidden")
    told = done(folk.village, key, "claim", claim)
    assert told["entered_by"] == folk.village.account_id
    refused(do(folk.village, key, "confirm"), 403, "about_oneself")
    assert done(folk.officer, key, "confirm")["state"] == "fulfilled"
