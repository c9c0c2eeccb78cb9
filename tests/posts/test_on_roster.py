"""A post within the Party that somebody has given to a whole branch by the roster."""

from typing import Any

import pytest

from api.posts import rules
from models.enums import PartyPost, Role
from models.member import Member
from tests.conftest import District
from tests.fetched import fetched
from tests.outcomes import refused
from tests.pledges.kept import keep_member
from tests.posts.kept import URL, WHY, create


def test_a_post_that_the_roster_gives_to_more_than_ever_hold_one_is_not_written_on_all_their_cards(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    assert rules.MOST_ON_ROSTER <= 100
    monkeypatch.setattr(rules, "MOST_ON_ROSTER", 2)
    district.add_group("G")
    of_party: dict[str, Any] = {"kind": "party", "party_post": "group_leader", "title": "组长", "duties": []}
    keep_member(district, "B11", party_post=PartyPost.group_leader)
    leaders = [keep_member(district, "G", party_post=PartyPost.group_leader)]
    made = [create(secretary, district, **of_party | {"party_post": word}) for word in ("group_leader", "publicity_commissioner")]
    assert [one.status_code for one in made] == [201, 201]
    path, other = (f"{URL}/{one.json()['id']}" for one in made)

    def rows() -> int:
        with fetched(district.house) as statements:
            answer = secretary.patch(path, json={"title": "党小组长"}, headers={"If-Match": "*"})
        refused(answer, 409, "too_many_on_roster")
        return sum(one.rows for one in statements)

    leaders.append(keep_member(district, "G", party_post=PartyPost.group_leader))
    few = rows()
    leaders += [keep_member(district, "G", party_post=PartyPost.group_leader) for _ in range(20)]
    assert rows() == few
    refused(secretary.post(f"{path}/close", json=WHY), 409, "too_many_on_roster")
    assert secretary.patch(other, json={"title": "宣传"}, headers={"If-Match": "*"}).status_code == 200

    with district.work() as work:
        for key in leaders[1:]:
            work.get_one(Member, key).party_post = PartyPost.publicity_commissioner
    assert secretary.patch(path, json={"title": "党小组长"}, headers={"If-Match": "*"}).status_code == 200
    assert secretary.post(f"{path}/close", json=WHY).status_code == 200
    for key in leaders[1:4]:
        with district.work() as work:
            work.get_one(Member, key).party_post = PartyPost.group_leader
    refused(create(secretary, district, **of_party), 409, "too_many_on_roster")
