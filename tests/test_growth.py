"""What concerns few costs the same however many organisations the district has, and however much has ever happened in it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlmodel import select

from api.access.permissions import Permission
from api.access.scope import Access
from api.accounts.following import move_account_of_member
from api.database import Work
from api.pledges.queries import keep_places
from api.posts.queries import held, rostered
from api.web.queries import somebody_moved_away_since
from models.enums import OrganizationKind, RequestState, Role
from models.member import Member
from models.organization import Organization
from models.transfer import Transfer
from tests.conftest import District
from tests.plans import effort, plans
from tests.verification.holders import hold

MORE = 400
Ask = Callable[[Work], object]


@pytest.fixture
def asked(district: District) -> dict[str, tuple[str, str, Ask]]:
    """By name what is asked, with the words by which its statement is known and the table that it is about."""
    member_id = hold(district.house, district.ids["B11"]).member_id
    district.sign_in(Role.member, "B11", member_id=member_id)
    key = UUID(district.sign_in(Role.town_officer, "T1").account_id)
    access = Access(key, key, district.ids["T1"], None, Permission.card_write, ())

    def move(work: Work) -> None:
        move_account_of_member(work, work.get_one(Member, member_id), district.ids["B21"])

    return {
        "places": ("organization.kind", "organization", lambda work: keep_places(work, {district.ids["B11"]})),
        "paths": ("FROM organization", "organization", move),
        "moves": ("FROM transfer", "transfer", lambda work: somebody_moved_away_since(work, access, work.at - timedelta(days=1))),
    }


@pytest.mark.parametrize("name", ["places", "paths", "moves"])
def test_what_concerns_few_costs_the_same_among_many(district: District, asked: dict[str, tuple[str, str, Ask]], name: str) -> None:
    few = effort(district.house, *asked[name])
    _fill(district)
    many = effort(district.house, *asked[name])
    assert many <= few + 20, (few, many)


def test_whoever_holds_a_post_is_read_by_keys_and_not_joined_with_all_there_are(district: District) -> None:
    key, house = UUID(int=1), district.house
    for ask in (partial(held, post_ids=[key]), partial(held, member_ids=[key]), partial(rostered, member_ids=[key])):
        for plan in plans(house, "FROM ", ask):
            assert "Join" not in plan and "Nested" not in plan and plan.count("SEARCH") < 2, plan


def _fill(district: District) -> None:
    officer = UUID(district.sign_in(Role.town_officer, "T1").account_id)
    with district.work() as work:
        above, member = work.get_one(Organization, district.ids["V1"]), work.exec(select(Member.id)).first()
        for number in range(MORE):
            one = Organization(
                code=f"X{number}", name=f"第{number}党支部", kind=OrganizationKind.branch, parent_id=above.id, path=""
            )
            one.path = f"{above.path}{one.id.hex}/"
            work.add(one)
            work.flush()
            work.add(
                Transfer(
                    member_id=member,
                    organization_id=one.id,
                    to_organization_id=district.ids["B21"],
                    reason="工作调动",
                    due_on=work.today,
                    state=RequestState.accepted,
                    requested_by=officer,
                    decided_by=officer,
                    decided_at=work.at - timedelta(days=90),
                )
            )
