"""Several people work on one round at the same moment: what is left is consistent."""

from typing import Any

from sqlmodel import col, select

from models.appraisal import AppraisalItem, AppraisalPeer
from models.enums import Role
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.outcomes import deeds
from tests.performance.appraisals.kept import begin, begun, close, decide
from tests.pledges.kept import keep_member
from tests.races import at_once, codes

LEAVING = {"kind": "deceased", "left_on": district_day().isoformat(), "reason": "病故"}


def two(district: District) -> tuple[Caller, Caller]:
    return district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")


def ready(district: District, caller: Caller) -> tuple[str, list[Any]]:
    """A round in which three are decided about, one of them as excellent."""
    keys = [keep_member(district, "B11") for _ in range(3)]
    url = begun(caller, district)
    assert decide(caller, url, (keys[0], "excellent"), *((key, "qualified") for key in keys[1:])).status_code == 200
    return url, keys


def test_one_of_two_rounds_of_a_branch_and_year_begins(district: District) -> None:
    one, other = two(district)
    answers = at_once(lambda: begin(one, district), lambda: begin(other, district))
    assert codes(answers) == [(201, None), (409, "appraisal_exists")]


def test_one_of_two_closings_closes_and_stands_in_the_trail_once(district: District) -> None:
    one, other = two(district)
    url, _ = ready(district, one)
    answers = at_once(lambda: close(one, url, "甲"), lambda: close(other, url, "乙"))
    assert codes(answers) == [(200, None), (409, "appraisal_closed")]
    done = next(answer.json() for answer in answers if answer.status_code == 200)
    stays = one.get(url).json()
    assert (stays["remarks"], stays["version"]) == (done["remarks"], done["version"])
    assert deeds(district, done["id"]).count("close_appraisal") == 1


def test_a_decision_counts_before_a_closing_or_is_refused(district: District) -> None:
    one, other = two(district)
    url, keys = ready(district, one)
    decided, closed = at_once(lambda: decide(other, url, (keys[1], "excellent")), lambda: close(one, url))
    if decided.status_code == 200:
        assert codes([closed]) == [(409, "too_many_excellent")]
    else:
        assert codes([decided, closed]) == [(200, None), (409, "appraisal_closed")]


def test_who_leaves_at_that_moment_counts_or_does_not_but_no_more_than_a_third_are_excellent(district: District) -> None:
    one, other = two(district)
    url, keys = ready(district, one)
    left, closed = at_once(lambda: other.post(f"/v1/members/{keys[2]}/leave", json=LEAVING), lambda: close(one, url))
    assert left.status_code == 200
    if closed.status_code == 200:
        assert len(closed.json()["items"]) == 3 and closed.json()["most_excellent"] == 1
        assert one.get(url).json() == closed.json()
    else:
        assert codes([closed]) == [(409, "too_many_excellent")]


def test_what_a_peer_sends_twice_at_once_counts_once_and_all_that_come_at_once_count(district: District) -> None:
    keys = [keep_member(district, "B11") for _ in range(4)]
    members = [district.sign_in(Role.member, "B11", member_id=key) for key in keys[:3]]
    url = begun(district.sign_in(Role.secretary, "B11"), district)
    # He has come since, so that none of those who grade him finds an item of his.
    newcomer = keep_member(district, "B11")
    graded = {"member_id": str(newcomer), "grade": "excellent"}
    answers = at_once(*(lambda who=who: who.post(f"{url}/peers", json=graded) for who in (*members, members[0])))
    assert codes(answers) == [(204, None)] * 3 + [(409, "already_evaluated")]
    assert members[0].post(f"{url}/peers", json=graded | {"member_id": str(keys[1])}).status_code == 204
    with district.work() as work:
        of_him = select(AppraisalItem.id).where(col(AppraisalItem.member_id) == newcomer)
        assert len(work.exec(of_him).all()) == 1
        peers = work.exec(select(AppraisalPeer).where(col(AppraisalPeer.item_id).in_(of_him))).all()
        known = work.exec(select(AppraisalPeer.by_digest)).all()
    assert len(peers) == 3 and len(set(known)) == len(known) == 4, "nobody is known again from one item to another"
    told = district.sign_in(Role.deputy, "B11").get(url)
    assert next(one["peers"]["excellent"] for one in told.json()["items"] if one["member_id"] == str(newcomer)) == 3
