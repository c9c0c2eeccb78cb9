"""What posts tell of their holders, changed and ended by those who may act about them."""

from datetime import date
from typing import Any

import pytest

from models.enums import PartyPost, Role
from tests.conftest import Caller, District
from tests.outcomes import refused
from tests.pledges.kept import keep_member
from tests.posts.kept import create, edit, keep_held, keep_post


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
