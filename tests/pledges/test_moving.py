"""What becomes of pledges when their organisation is hung under another, or their author has moved."""

from typing import Any

from api.pledges.review.service import AUTHOR_IS_ELSEWHERE
from models.enums import PledgeState, Role
from tests.conftest import District
from tests.pledges.asking import CHECKED, WHY, claimed, do, done, people, published, stored, submitted
from tests.pledges.kept import keep_pledge
from tests.problems import assert_problem
from tests.transfers.moves import decide, requested

ANY = {"If-Match": "*"}


def under(district: District, code: str, parent: str) -> None:
    """Hang an organisation under another."""
    officer = district.sign_in(Role.district_officer, "D")
    answer = officer.post(
        f"/v1/organizations/{district.ids[code]}/move", json={"parent_id": str(district.ids[parent])}, headers=ANY
    )
    assert answer.status_code == 200, answer.text


def test_what_is_decided_above_an_organisation_is_decided_above_its_new_place_once_it_has_moved(district: District) -> None:
    folk, ids = people(district), district.ids
    own: dict[str, Any] = {"organization_id": str(ids["B11"])}
    waits, stands = submitted(folk.secretary, **own), published(folk.secretary, folk.village, **own)
    settled = claimed(folk.secretary, folk.village, **own)
    done(folk.village, settled, "confirm")
    of_secretary, of_member = published(folk.secretary, folk.village), published(folk.member, folk.secretary)
    under(district, "B11", "V2")
    above, officer = district.sign_in(Role.secretary, "V2"), district.sign_in(Role.town_officer, "T2")
    for former in (folk.village, folk.officer):
        for key, verb, body in (
            (waits, "approve", CHECKED),
            (stands, "exempt", WHY),
            (settled, "reopen", WHY),
            (of_secretary, "exempt", WHY),
        ):
            assert do(former, key, verb, body).status_code in (403, 404), (key, verb)
    assert folk.village.todo()["counts"].get("pledge_review") is None
    assert above.todo()["counts"]["pledge_review"] == 1
    for key, verb, body in ((waits, "approve", CHECKED), (stands, "exempt", WHY), (of_secretary, "exempt", WHY)):
        done(above, key, verb, body)
    done(officer, settled, "reopen", WHY)
    assert stored(district, of_member).review_organization_id == ids["B11"]


def test_what_is_reviewed_below_an_organisation_that_moves_stays_where_it_is(district: District) -> None:
    own, below = keep_pledge(district, "V1", review_organization_id=district.ids["T1"]), keep_pledge(district, "B11")
    above = keep_pledge(district, "B11", review_organization_id=district.ids["V1"])
    draft = keep_pledge(district, "V1", state=PledgeState.draft)
    under(district, "V1", "T2")
    places = [stored(district, str(key)).review_organization_id for key in (own, below, above, draft)]
    assert places == [district.ids["T2"], district.ids["B11"], district.ids["V1"], None]


def test_what_was_settled_is_not_reopened_once_its_author_is_of_another_branch(district: District) -> None:
    folk, officer = people(district), district.sign_in(Role.district_officer, "D")
    settled, own = claimed(folk.member, folk.secretary), claimed(folk.other, folk.secretary)
    for key in (settled, own):
        done(folk.secretary, key, "confirm")
    assert decide(officer, requested(officer, district, folk.member_id, "B21"), "accept").status_code == 200
    before = stored(district, settled)
    for reviewer in (folk.village, folk.officer, officer):
        answer = do(reviewer, settled, "reopen", WHY)
        told = assert_problem(answer, 409, "not_in_this_state")
        assert (told["state"], told["detail"]) == ("fulfilled", AUTHOR_IS_ELSEWHERE.zh)
    after = stored(district, settled)
    assert (after.state, after.version, after.organization_id) == (before.state, before.version, district.ids["B11"])
    done(folk.village, own, "reopen", WHY)


def test_a_member_who_goes_into_a_group_of_his_branch_stays_with_what_was_settled_there(district: District) -> None:
    folk, officer = people(district), district.sign_in(Role.district_officer, "D")
    district.add_group()
    settled = claimed(folk.member, folk.secretary)
    done(folk.secretary, settled, "confirm")
    assert decide(officer, requested(officer, district, folk.member_id, "G"), "accept").status_code == 200
    done(folk.village, settled, "reopen", WHY)


def test_nothing_unsettled_counts_any_more_for_what_its_organisation_has_left(district: District) -> None:
    folk = people(district)
    of_village, of_town = keep_pledge(district, "V1"), keep_pledge(district, "T1")
    runs, ends, stays, rests = (published(folk.member, folk.secretary, parent_id=str(of_village)) for _ in range(4))
    high = published(folk.member, folk.secretary, parent_id=str(of_town))
    for key in (ends, rests):
        done(folk.member, key, "claim", {"outcome": "fulfilled", "note": "见台账。"})
        done(folk.secretary, key, "confirm")
    done(folk.member, runs, "progress", {"note": "装好了", "percent": 60})
    done(folk.secretary, stays, "exempt", WHY)
    assert stored(district, str(of_village)).percent == 86
    under(district, "V2", "T1")
    under(district, "B11", "V2")
    parents = [stored(district, key).parent_id for key in (runs, ends, stays, rests, high)]
    assert parents == [None, of_village, of_village, of_village, of_town]
    assert stored(district, str(of_village)).percent == 100
    done(folk.officer, ends, "reopen", WHY)
    done(district.sign_in(Role.secretary, "V2"), stays, "reopen", WHY)
    assert [stored(district, key).parent_id for key in (ends, stays)] == [None, None]
    assert stored(district, str(of_village)).percent == 100
