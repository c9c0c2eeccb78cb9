"""Several people give and take posts at the same moment: what is left is consistent."""

from sqlmodel import col, select

from api.database import Origin
from models.enums import Role
from models.post import Post, PostHolding
from models.post_enums import PostKind
from tests.conftest import Caller, District
from tests.outcomes import stored
from tests.pledges.kept import keep_member
from tests.posts.kept import STATEMENT, URL, close, edit, end, give, keep_held, keep_post, on_card, today
from tests.races import at_once

ROUNDS = 3
LEAVING = {"kind": "deceased", "left_on": "2026-01-02", "reason": "病故"}


def secretaries(district: District) -> tuple[Caller, Caller]:
    return district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")


def test_the_last_seat_of_a_post_is_given_once(district: District) -> None:
    one, two = secretaries(district)
    for _ in range(ROUNDS):
        post = keep_post(district, seats=1)
        members = [keep_member(district, "B11") for _ in range(2)]
        answers = at_once(
            lambda key=post.id, who=members[0]: give(one, key, who),  # type: ignore[misc]
            lambda key=post.id, who=members[1]: give(two, key, who),  # type: ignore[misc]
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert sorted(len(on_card(district, key)) for key in members) == [0, 1]


def test_whoever_leaves_at_that_moment_holds_nothing_afterwards(district: District) -> None:
    one, two = secretaries(district)
    for _ in range(ROUNDS):
        post, member_id = keep_post(district), keep_member(district, "B11")
        left, given, told = at_once(
            lambda who=member_id: two.post(f"/v1/members/{who}/leave", json=LEAVING),  # type: ignore[misc]
            lambda key=post.id, who=member_id: give(one, key, who),  # type: ignore[misc]
            lambda key=post.id: edit(two, key, title="宣传岗"),  # type: ignore[misc]
        )
        assert left.status_code == 200 and given.status_code in (201, 409) and told.status_code == 200
        assert on_card(district, member_id) == []


def test_cards_tell_a_post_as_it_was_left_by_who_changed_it_last(district: District) -> None:
    one, two = secretaries(district)
    for _ in range(ROUNDS):
        post, member_id, other = keep_post(district, seats=9), keep_member(district, "B11"), keep_member(district, "B11")
        holding = give(one, post.id, member_id).json()["id"]
        answers = at_once(
            lambda key=post.id: edit(one, key, title="甲"),  # type: ignore[misc]
            lambda key=post.id, held=holding: end(two, key, held),  # type: ignore[misc]
            lambda key=post.id, who=other: give(two, key, who),  # type: ignore[misc]
        )
        assert {answer.status_code for answer in answers} <= {200, 201}
        assert on_card(district, member_id) == [] and on_card(district, other)[0]["title"] == "甲"


def test_nobody_holds_a_post_that_is_closed_at_that_moment(district: District) -> None:
    one, two = secretaries(district)
    for _ in range(ROUNDS):
        post, member_id = keep_post(district), keep_member(district, "B11")
        shut, given = at_once(
            lambda key=post.id: close(one, key),  # type: ignore[misc]
            lambda key=post.id, who=member_id: give(two, key, who),  # type: ignore[misc]
        )
        assert shut.status_code == 200 and given.status_code in (201, 409)
        assert on_card(district, member_id) == []


def test_one_of_two_applications_at_once_waits(district: District) -> None:
    one, _ = secretaries(district)
    member_id = keep_member(district, "B11")
    member = district.sign_in(Role.member, "B11", member_id=member_id)
    body = {"member_id": str(member_id), **STATEMENT}
    for _ in range(ROUNDS):
        post = keep_post(district, announced_until=today(district))
        answers = at_once(
            lambda key=post.id: member.post(f"{URL}/{key}/applications", json=STATEMENT),  # type: ignore[misc]
            lambda key=post.id: one.post(f"{URL}/{key}/recommend", json=body),  # type: ignore[misc]
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]


def test_one_of_two_posts_of_one_word_at_once_is_made(district: District) -> None:
    one, two = secretaries(district)
    body = {"organization_id": str(district.ids["B11"]), "kind": "party", "party_post": "secretary", "title": "书记"}
    answers = at_once(lambda: one.post(URL, json=body), lambda: two.post(URL, json=body))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


def test_no_open_post_is_left_with_an_organisation_that_closes_at_that_moment(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    one = district.sign_in(Role.secretary, "B12")
    sent = keep_member(district, "B21")
    post = keep_post(district, "B12", kind=PostKind.first_secretary)
    with district.work() as work:
        sent_by = {"sent_by_id": work.get_one(Post, post.id).organization_id}
    keep_held(district, post, sent, **sent_by)
    shut, made = at_once(
        lambda: officer.post(f"/v1/organizations/{district.ids['B12']}/close"),
        lambda: one.post(URL, json={"organization_id": str(district.ids["B12"]), "kind": "duty", "title": "岗"}),
    )
    assert shut.status_code == 200 and made.status_code in (201, 409)
    with district.house.database.reading(Origin("test")) as work:
        posts = work.exec(select(Post).where(col(Post.organization_id) == district.ids["B12"])).all()
        held = work.exec(select(PostHolding).where(col(PostHolding.post_id) == post.id)).all()
    assert all(one.closed_on for one in posts) and all(one.until for one in held)
    assert stored(district, Post, post.id).closed_on and on_card(district, sent) == []
