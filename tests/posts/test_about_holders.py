"""What posts tell of their holders, changed and ended by those who may act about them."""

from datetime import date
from typing import Any

import pytest

from models.enums import PartyPost, Role
from models.member import Member
from models.post_enums import PostKind
from tests.conftest import Caller, District
from tests.outcomes import refused
from tests.pledges.kept import keep_member
from tests.posts.kept import create, edit, end, give, keep_held, keep_post, on_card


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


CHANGED: tuple[dict[str, Any], ...] = ({"title": "学习岗"}, {"duties": []}, {"is_public": False})


@pytest.mark.parametrize("change", CHANGED)
def test_what_cards_tell_of_a_post_is_changed_by_those_who_may_act_about_all_who_hold_it_or_will(
    district: District, secretary: Caller, change: dict[str, Any]
) -> None:
    own, above = keep_member(district, "B11"), keep_member(district, "B11")
    herself = district.sign_in(Role.secretary, "B11", member_id=own)
    district.sign_in(Role.town_officer, "T1", member_id=above)
    officer = district.sign_in(Role.district_officer, "D")
    for holder, caller, code in ((own, herself, "about_oneself"), (above, secretary, "for_the_level_above")):
        for since in (date(2026, 1, 1), date(2090, 1, 1)):
            post = keep_post(district)
            keep_held(district, post, holder, since=since)
            refused(edit(caller, post.id, **change), 403, code)
            as_it_is = {"title": post.title, "duties": post.duties, "is_public": True, "seats": 3}
            assert edit(caller, post.id, **as_it_is).status_code == 200
            assert edit(officer, post.id, **change).status_code == 200
            # What was hidden comes back to their cards by nobody else either.
            if "is_public" in change:
                refused(edit(caller, post.id, is_public=True), 403, code)


def test_nobody_names_the_post_within_the_party_that_the_roster_gives_to_himself(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11", party_post=PartyPost.secretary)
    herself = district.sign_in(Role.secretary, "B11", member_id=member_id)
    named: dict[str, Any] = {"kind": "party", "party_post": "secretary", "title": "优秀书记", "duties": []}
    refused(create(herself, district, **named), 403, "about_oneself")
    refused(create(secretary, district, **named), 403, "for_the_level_above")
    officer = district.sign_in(Role.town_officer, "T1")
    assert create(officer, district, **named).status_code == 201
    assert create(herself, district, **named | {"party_post": "group_leader"}).status_code == 201


@pytest.mark.parametrize("kind", [PostKind.first_secretary, PostKind.secondment])
def test_what_outlasts_a_move_is_ended_where_the_holder_belongs_and_keeps_its_words(
    district: District, secretary: Caller, kind: PostKind
) -> None:
    member_id = keep_member(district, "B11")
    post = keep_post(district, kind=kind)
    held = [give(secretary, post.id, member_id, sent_by_id=str(district.ids["V1"]), **days).json()["id"] for days in SPANS]
    assert edit(secretary, post.id, title="驻村干部").status_code == 200
    with district.work() as work:
        work.get_one(Member, member_id).organization_id = district.ids["B21"]
    changes: tuple[dict[str, Any], ...] = ({"title": "整改对象"}, {"duties": []}, {"title": "整改对象", "is_public": True})
    for change in changes:
        refused(edit(secretary, post.id, **change), 403, "for_the_level_above")
    assert edit(secretary, post.id, seats=3).status_code == 200
    assert edit(district.sign_in(Role.district_officer, "D"), post.id, title="挂职干部").status_code == 200
    assert edit(secretary, post.id, is_public=False).status_code == 200 and on_card(district, member_id) == []
    refused(edit(secretary, post.id, is_public=True), 403, "for_the_level_above")
    refused(end(district.sign_in(Role.secretary, "B22"), post.id, held[0]), 404, "not_found")
    there = district.sign_in(Role.secretary, "B21")
    answer = end(there, post.id, held[0])
    assert (answer.status_code, answer.json()["end_reason"]) == (200, "岗位调整")
    himself = district.sign_in(Role.secretary, "B21", member_id=member_id)
    (told,) = himself.get("/v1/posts/mine").json()["holdings"]
    assert (told["post_id"], told["id"]) == (str(post.id), held[1])
    refused(end(himself, post.id, held[1]), 403, "about_oneself")
    refused(end(there, post.id, held[1]), 403, "for_the_level_above")
    assert end(district.sign_in(Role.town_officer, "T2"), post.id, held[1]).status_code == 200
    assert edit(secretary, post.id, title="驻村干部", is_public=True).status_code == 200


SPANS: tuple[dict[str, str], ...] = ({"until": "2089-01-01"}, {"since": "2090-01-01"})


def test_what_does_not_outlast_a_move_is_ended_by_whoever_reaches_the_post(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11")
    post = keep_post(district, "V1")
    held = keep_held(district, post, member_id)
    refused(end(secretary, post.id, held.id), 404, "not_found")
    assert end(district.sign_in(Role.secretary, "V1"), post.id, held.id).status_code == 200


def test_nobody_is_sent_by_an_organisation_that_is_neither_within_reach_nor_above(district: District, secretary: Caller) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    for caller, sender, status in (
        (secretary, "T2", 404),
        (secretary, "B12", 404),
        (officer, "B12", 201),
        (officer, "V2", 404),
        (secretary, "B11", 201),
        (secretary, "V1", 201),
        (secretary, "D", 201),
    ):
        post = keep_post(district, kind=PostKind.secondment)
        answer = give(caller, post.id, keep_member(district, "B11"), sent_by_id=str(district.ids[sender]))
        assert answer.status_code == status, (sender, answer.text)
        if status == 404:
            assert [fault["field"] for fault in answer.json()["errors"]] == ["body.sent_by_id"]
