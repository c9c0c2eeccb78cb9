"""Of which organisations somebody is: of those that any account is of whose other hand his may be."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from api.access.about import organizations_of
from api.access.permissions import Permission
from api.access.scope import Access
from models.account import Account
from models.enums import Role, VenueKind
from models.venue import Venue
from tests.access.person import ANY, made_by
from tests.conftest import Caller, District
from tests.inspections.asking import final
from tests.outcomes import refused
from tests.plans import effort
from tests.pledges.kept import keep_member
from tests.rectifications.kept import act, keep_rectification
from tests.standards.asking import answered, publish_default
from tests.venues.kept import keep_venue

HOW = ("made", "handed out, naming a member", "made by one that he has made")
WHO = ((Role.town_officer, "T1", HOW[0]), (Role.district_officer, "D", HOW[1]), (Role.town_officer, "T1", HOW[2]))


def of_branch(district: District, role: Role, place: str) -> tuple[Caller, UUID]:
    """Somebody with this role there who belongs to the branch B11, and his key as a member."""
    member_id = keep_member(district, "B11")
    caller = district.sign_in(role, place, member_id=member_id)
    with district.work() as work:
        work.get_one(Account, UUID(caller.account_id)).organization_id = district.ids["B11"]
    return caller, member_id


def hand_of(maker: Caller, district: District, how: str, role: Role = Role.town_officer, place: str = "T1") -> Caller:
    """An officer whose account may be the maker's other hand."""
    between = maker
    if how == HOW[2]:
        between = district.sign_in(None, "T1")
        made_by(maker, between, district, column="created_by")
    named = keep_member(district, "B21") if how == HOW[1] else None
    hand = district.sign_in(role, place, member_id=named)
    made_by(between, hand, district, column="slip_made_by" if named else "created_by")
    return hand


def give(caller: Caller, venue: Venue, **content: Any) -> Any:
    return caller.patch(f"/v1/venues/{venue.id}", json=content, **ANY)


@pytest.mark.parametrize(("role", "at", "how"), WHO)
def test_nobody_does_by_another_hand_what_he_may_not_about_what_he_is_of(district: District, role: Role, at: str, how: str) -> None:
    publish_default(district)
    one, _ = of_branch(district, role, at)
    hand, another = hand_of(one, district, how), district.sign_in(Role.town_officer, "T1")
    secretary = district.sign_in(Role.secretary, "B11")
    window = keep_venue(district, "B11", kind=VenueKind.window)
    row = keep_rectification(district, "B11", by=another.account_id)
    answered(act(secretary, row, "claim"))
    where = {code: str(district.ids[code]) for code in ("B11", "B12", "T1")}
    for caller in (one, hand):
        unannounced = final(caller, window, unannounced=True)
        refused(caller.post("/v1/inspections", json=unannounced), 409, "of_that_organization")
        announced = unannounced | {"unannounced": False}
        assert answered(caller.post("/v1/inspections", json=announced), 201)["by_own_organization"] is True
        assert "rectification_recheck" not in {item["kind"] for item in caller.todo()["items"]}
        for verb in ("confirm", "return"):
            refused(act(caller, row, verb), 409, "of_that_organization")
        refused(give(caller, window, organization_id=where["B12"]), 403, "for_the_level_above")
        moving = caller.post(f"/v1/organizations/{where['B11']}/move", json={"parent_id": where["T1"]})
        refused(moving, 403, "for_the_level_above")
    assert "rectification_recheck" in {item["kind"] for item in another.todo()["items"]}
    sent = answered(another.post("/v1/inspections", json=final(another, window, unannounced=True)), 201)
    assert sent["by_own_organization"] is False
    answered(act(another, row, "confirm"))
    assert give(another, window, organization_id=where["B12"]).status_code == 200


@pytest.mark.parametrize("how", HOW[:2])
def test_nor_about_a_venue_of_the_district_that_he_looks_after(district: District, how: str) -> None:
    publish_default(district)
    one, member_id = of_branch(district, Role.district_officer, "D")
    hand = hand_of(one, district, how, Role.district_officer, "D")
    another = district.sign_in(Role.district_officer, "D")
    window = keep_venue(district, "D", kind=VenueKind.window, contact_member_id=member_id)
    free = keep_venue(district, "D")
    for caller in (one, hand):
        refused(caller.post("/v1/inspections", json=final(caller, window, unannounced=True)), 409, "of_that_organization")
        refused(give(caller, window, contact_member_id=None), 403, "about_oneself")
        refused(give(caller, window, organization_id=str(district.ids["T2"])), 403, "about_oneself")
        refused(give(caller, free, contact_member_id=str(member_id)), 403, "about_oneself")
    sent = answered(another.post("/v1/inspections", json=final(another, window, unannounced=True)), 201)
    assert sent["by_own_organization"] is False
    assert give(another, window, contact_member_id=None).status_code == 200


def of(caller: Caller, district: District, permission: Permission = Permission.venue_write) -> set[str]:
    """The codes of the organisations that somebody may be of."""
    codes = {key: code for code, key in district.ids.items()}
    with district.work() as work:
        return {codes[key] for key in organizations_of(work, access_of(caller, district, permission))}


def access_of(caller: Caller, district: District, permission: Permission = Permission.venue_write) -> Access:
    with district.work() as work:
        account = work.get_one(Account, UUID(caller.account_id))
        return Access(account.id, account.id, account.organization_id, account.member_id, permission, ())


def test_one_is_of_what_his_account_is_of_and_of_where_he_holds_his_office(district: District) -> None:
    officer, chief = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.district_officer, "D")
    assert (of(officer, district), of(chief, district)) == ({"T1"}, set())
    with district.work() as work:
        work.get_one(Account, UUID(officer.account_id)).organization_id = district.ids["D"]
        work.get_one(Account, UUID(chief.account_id)).organization_id = district.ids["B11"]
    assert (of(officer, district), of(chief, district)) == ({"T1"}, {"T1", "V1", "B11"})
    assert of(officer, district, Permission.audit_read) == set(), "by no role that lacks the permission"


def test_one_is_not_of_what_those_are_whose_accounts_he_has_made(district: District) -> None:
    officer, secretary = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.secretary, "B11")
    made_by(officer, secretary, district, made="created_by", handed="slip_made_by")
    assert of(officer, district) == {"T1"}


def test_whom_one_is_of_costs_the_same_however_many_accounts_one_has_made(district: District) -> None:
    one, _ = of_branch(district, Role.district_officer, "D")
    hand = hand_of(one, district, HOW[0])
    access = access_of(hand, district)

    def cost() -> int:
        return effort(district.house, "FROM account", "account", lambda work: organizations_of(work, access))

    assert of(hand, district) == {"T1", "V1", "B11"}
    before = cost()
    with district.work() as work:
        at: dict[str, Any] = {"organization_id": district.ids["B12"], "password_hash": "", "password_changed_at": work.at}
        for maker in (one, hand):
            work.add_all(Account(**at, username=uuid4().hex, created_by=UUID(maker.account_id)) for _ in range(300))
    assert 0 < cost() < before * 1.3 + 20
