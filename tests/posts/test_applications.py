"""设岗定责: from the announcement to who holds the post."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.account import Account
from models.enums import LeavingKind, MemberStatus, Role
from models.post import Post
from models.post_enums import PostKind
from tests.conftest import Caller, District
from tests.outcomes import deeds, refused
from tests.pledges.kept import keep_member
from tests.posts.kept import STATEMENT, URL, WHY, announce, keep_held, keep_post, on_card, today

ACCEPTED = {"slot": "primary", "since": "2026-02-01"}


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def member(district: District) -> Caller:
    return district.sign_in(Role.member, "B11", member_id=keep_member(district, "B11"))


@pytest.fixture
def post(district: District) -> Post:
    return keep_post(district, announced_until=today(district))


def apply(caller: Caller, post: Post) -> Any:
    return caller.post(f"{URL}/{post.id}/applications", json=STATEMENT)


def applied(caller: Caller, post: Post) -> str:
    answer = apply(caller, post)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def decide(caller: Caller, key: str, verb: str) -> Any:
    body = {"accept": ACCEPTED, "refuse": WHY, "withdraw": None}[verb]
    return caller.post(f"{URL}/applications/{key}/{verb}", **({"json": body} if body else {}))


def waits(caller: Caller) -> list[str]:
    return [item["target_id"] for item in caller.todo()["items"] if item["kind"] == "post_application"]


def test_a_post_is_announced_for_one_to_sixty_days(district: District, secretary: Caller) -> None:
    post = keep_post(district)
    for days in (0, 61):
        problem = refused(announce(secretary, post.id, today(district, days)), 422, "bad_span")
        assert problem["errors"][0]["field"] == "body.until"
    for days in (60, 1):
        assert announce(secretary, post.id, today(district, days)).json()["announced_until"] == today(district, days).isoformat()
    assert announce(secretary, post.id, today(district, 1)).json()["version"] == 3
    assert deeds(district, post.id) == ["announce_post"] * 2


def test_who_applies_is_given_the_post_in_the_transaction_that_accepts_him(
    district: District, secretary: Caller, member: Caller, post: Post
) -> None:
    own = member.get(f"{URL}/mine").json()
    assert [one["id"] for one in own["announced"]] == [str(post.id)] and not own["holdings"] and not own["applications"]
    key = applied(member, post)
    assert waits(secretary) == [key] and waits(member) == []
    refused(apply(member, post), 409, "already_asked")
    told = decide(secretary, key, "accept")
    assert told.status_code == 200, told.text
    body = told.json()
    assert (body["state"], body["how"], body["post_title"]) == ("accepted", "applied", "政策宣传岗")
    assert decide(secretary, key, "accept").json()["version"] == body["version"]
    assert refused(decide(secretary, key, "refuse"), 409, "already_decided")["state"] == "accepted"
    assert deeds(district, body["holding_id"]) == ["add_holding"]
    assert deeds(district, key) == ["apply_for_post", "accept_post_application"]
    own = member.get(f"{URL}/mine").json()
    (held,) = own["holdings"]
    assert (held["id"], held["how"], held["since"], held["duties"]) == (
        *(body["holding_id"], "applied", "2026-02-01", ["每周三上门代办"]),
    )
    assert [one["state"] for one in own["applications"]] == ["accepted"] and waits(secretary) == []
    assert len(on_card(district, _member_of(member, district))) == 1


def _member_of(caller: Caller, district: District) -> UUID:
    with district.work() as work:
        key: UUID | None = work.get_one(Account, UUID(caller.account_id)).member_id
    assert key
    return key


def test_a_member_may_be_recommended_and_may_say_no(district: District, secretary: Caller, member: Caller, post: Post) -> None:
    body = {"member_id": str(_member_of(member, district)), **STATEMENT}
    answer = secretary.post(f"{URL}/{post.id}/recommend", json=body)
    assert answer.status_code == 201 and answer.json()["how"] == "recommended", answer.text
    assert [one["id"] for one in secretary.get(answer.headers["Location"]).json()["items"]] == [answer.json()["id"]]
    refused(apply(member, post), 409, "already_asked")
    refused(secretary.post(f"{URL}/{post.id}/recommend", json=body), 409, "already_asked")
    key = answer.json()["id"]
    assert decide(member, key, "withdraw").json()["state"] == "withdrawn"
    assert decide(member, key, "withdraw").json()["state"] == "withdrawn"
    refused(decide(secretary, key, "accept"), 409, "already_decided")
    assert secretary.post(f"{URL}/{post.id}/recommend", json=body).status_code == 201


def test_who_cannot_hold_it_is_not_recommended(district: District, post: Post, secretary: Caller) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    foreign = {"member_id": str(keep_member(district, "B12")), **STATEMENT}
    refused(officer.post(f"{URL}/{post.id}/recommend", json=foreign), 422, "not_of_this_organization")
    gone = keep_member(district, "B11", status=MemberStatus.left, left_on=date(2025, 1, 2), left_kind=LeavingKind.withdrew)
    refused(secretary.post(f"{URL}/{post.id}/recommend", json={"member_id": str(gone), **STATEMENT}), 409, "member_has_left")


def test_a_post_is_asked_for_only_in_one_s_branch_and_only_till_its_last_day(district: District, member: Caller) -> None:
    late = keep_post(district, announced_until=today(district) - timedelta(days=1))
    for post in (late, keep_post(district)):
        refused(apply(member, post), 409, "not_announced")
    for code in ("B12", "V1"):
        refused(apply(member, keep_post(district, code, announced_until=today(district))), 404, "not_found")
    refused(apply(district.sign_in(Role.secretary, "B11"), late), 404, "not_found")
    district.add_group("G")
    of_group = district.sign_in(Role.member, "G", member_id=keep_member(district, "G"))
    for code in ("G", "B11"):
        assert apply(of_group, keep_post(district, code, announced_until=today(district))).status_code == 201
    refused(apply(member, keep_post(district, "G", announced_until=today(district))), 404, "not_found")


def test_what_the_post_refuses_leaves_the_application_open(district: District, secretary: Caller, post: Post) -> None:
    key = applied(district.sign_in(Role.member, "B11", member_id=keep_member(district, "B11", "周明")), post)
    with district.work() as work:
        work.get_one(Post, post.id).seats = 1
    assert secretary.post(
        f"{URL}/{post.id}/holdings",
        json={"member_id": str(keep_member(district, "B11")), "slot": "primary", "since": "2026-01-01", "how": "elected"},
    ).is_success
    refused(decide(secretary, key, "accept"), 409, "no_seat")
    assert waits(secretary) == [key]
    assert decide(secretary, key, "refuse").json()["decision_reason"] == WHY["reason"]
    sent = keep_post(district, kind=PostKind.secondment, announced_until=today(district))
    other = applied(district.sign_in(Role.member, "B11", member_id=keep_member(district, "B11", "吴海")), sent)
    refused(decide(secretary, other, "accept"), 422, "sending_organization_missing")


def test_nobody_decides_his_own_application(district: District, post: Post) -> None:
    secretary = district.sign_in(Role.secretary, "B11", member_id=keep_member(district, "B11"))
    key = applied(secretary, post)
    assert waits(secretary) == []
    for verb in ("accept", "refuse"):
        refused(decide(secretary, key, verb), 403, "about_oneself")
    refused(decide(district.sign_in(Role.member, "B11", member_id=keep_member(district, "B11")), key, "withdraw"), 404, "not_found")


def test_what_a_member_asked_for_ends_as_he_leaves(district: District, secretary: Caller, member: Caller, post: Post) -> None:
    key = applied(member, post)
    body = {"kind": "deceased", "left_on": "2026-01-02", "reason": "病故"}
    assert secretary.post(f"/v1/members/{_member_of(member, district)}/leave", json=body).status_code == 200
    (told,) = secretary.get(f"{URL}/applications", params={"state": "withdrawn"}).json()["items"]
    assert (told["id"], told["decision_reason"]) == (key, "member_left")


@pytest.mark.engine("sqlite")
def test_what_an_equal_applies_for_waits_for_the_level_above_alone(district: District, secretary: Caller, post: Post) -> None:
    equal = district.sign_in(Role.secretary, "B11", member_id=keep_member(district, "B11"))
    key = applied(equal, post)
    refused(decide(secretary, key, "accept"), 403, "for_the_level_above")
    assert waits(secretary) == waits(equal) == []
    assert waits(district.sign_in(Role.town_officer, "T1")) == [key]


def test_who_holds_a_post_is_not_asked_to_apply_for_it(district: District, secretary: Caller, post: Post) -> None:
    holder_id = keep_member(district, "B11")
    holder = district.sign_in(Role.member, "B11", member_id=holder_id)
    keep_held(district, post, holder_id)
    assert holder.get(f"{URL}/mine").json()["announced"] == []
    refused(apply(holder, post), 409, "already_holds")
    recommended = secretary.post(f"{URL}/{post.id}/recommend", json={**STATEMENT, "member_id": str(holder_id)})
    refused(recommended, 409, "already_holds")
