"""What an organisation's move ends of those who belong to it, as a move of their own would."""

from typing import Any
from uuid import UUID

from models.enums import RequestState, Role
from models.post import PostApplication, PostHolding
from models.post_enums import PostKind
from tests.conftest import District
from tests.organizations.holding import holds, roles
from tests.pledges.kept import keep_member
from tests.posts.kept import add_application, keep_held, keep_post
from tests.verification.holders import hold


def under(district: District, code: str, parent: str) -> None:
    """Hang an organisation under another."""
    officer = district.sign_in(Role.district_officer, "D")
    body = {"parent_id": str(district.ids[parent])}
    answer = officer.post(f"/v1/organizations/{district.ids[code]}/move", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


def test_roles_held_as_a_member_of_what_is_above_no_more_end_with_the_move(district: District) -> None:
    ids = district.ids
    district.add_group()
    deputy = district.sign_in(Role.deputy, "V1", member_id=keep_member(district, "G"))
    member = district.sign_in(Role.member, "V1", member_id=keep_member(district, "B11", "陈晓梅"))
    officer = district.sign_in(Role.town_officer, "T1", member_id=keep_member(district, "B11", "周明"))
    other = district.sign_in(Role.deputy, "V1", member_id=keep_member(district, "B12", "吴海"))
    holds(district, deputy, Role.secretary, "B11")
    holds(district, deputy, Role.deputy, "D")
    assert deputy.get("/v1/members").status_code == 200
    under(district, "B11", "V2")
    assert roles(district, deputy) == {(Role.secretary, ids["B11"]), (Role.deputy, ids["D"])}
    assert roles(district, member) == {(Role.member, ids["B11"])}
    assert roles(district, officer) == {(Role.town_officer, ids["T1"])}
    assert roles(district, other) == {(Role.deputy, ids["V1"])}


def test_posts_of_what_is_above_no_more_and_what_was_asked_for_there_end_with_the_move(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    holder, other = hold(district.house, district.ids["B11"]), keep_member(district, "B12")
    village, town, own = (keep_post(district, code, title=f"{code}岗") for code in ("V1", "T1", "B11"))
    over = keep_post(district, "D", title="D岗")
    sent = keep_post(district, "V1", title="选派岗", kind=PostKind.first_secretary)
    held = [keep_held(district, post, holder.member_id) for post in (village, town, own, over)]
    held += [keep_held(district, sent, holder.member_id, sent_by_id=district.ids["D"]), keep_held(district, village, other)]
    wanted = [keep_post(district, code, title=f"{code}缺岗") for code in ("V1", "B11")]
    with district.work() as work:
        asked = [add_application(work, post, holder.member_id, UUID(officer.account_id)) for post in wanted]
    under(district, "B11", "V2")
    with district.work() as work:
        found = [work.get_one(PostHolding, one.id) for one in held]
        states = [work.get_one(PostApplication, one.id).state for one in asked]
    assert [one.end_reason for one in found] == ["member_moved", "member_moved", None, None, None, None]
    assert [one.until is None for one in found] == [False, False, True, True, True, True]
    assert states == [RequestState.withdrawn, RequestState.open]
    card: dict[str, Any] = district.client.get(f"/C/{holder.code}", headers={"Accept": "application/json"}).json()["card"]
    assert [post["title"] for post in card["posts"]] == ["书记", "B11岗", "D岗", "选派岗"]
