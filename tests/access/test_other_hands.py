"""Whose other hand an account may be: of all who have made it, and of all who have known its password."""

from datetime import date
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from api.access.about import barred, check_about_account, may_act_about, own_among
from api.access.permissions import MAY_GRANT, Permission, roles_with
from api.access.rules import AboutOneself
from api.access.scope import Access
from models.account import Account, RoleGrant
from models.enums import MemberStatus, Role
from models.member import Member
from tests.access.asking import code
from tests.access.person import Person, made_by, told
from tests.accounts.people import enrol, settled, sign_in
from tests.authorization import ABOUT_A_PERSON, about_oneself, asked_about
from tests.conftest import Caller, District
from tests.plans import effort


def hand_of(person: Person, district: District, how: str) -> Caller:
    """Somebody above the person's rank, whose account may be the person's other hand."""
    named = enrol(district, "B11", "郑多余")[0] if "naming a member" in how else None
    account = district.sign_in(Role.district_officer, "D", member_id=named)
    column = "created_by" if how.startswith("made") else "slip_made_by"
    maker = person.account
    if "of a hand" in how:
        maker = district.sign_in(None, "B11")
        made_by(person.account, maker, district, column="created_by")
    made_by(maker, account, district, column=column)
    return account


HOW = ("made", "handed out", "handed out, naming a member", "made of a hand", "handed out of a hand, naming a member")


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("how", (HOW[0], HOW[-1]))
def test_nobody_acts_about_himself_by_another_hand(district: District, how: str) -> None:
    person = Person(district)
    hand = hand_of(person, district, how)
    for operation in asked_about(Role.district_officer):
        assert told(ABOUT_A_PERSON[operation](hand, person)) == about_oneself(operation), operation


@pytest.mark.parametrize("how", HOW)
def test_the_chain_of_makers_is_followed_on_both_engines(district: District, how: str) -> None:
    person = Person(district)
    hand = hand_of(person, district, how)
    made_by(hand, person.account, district, column="slip_made_by")
    access = access_of(hand, district)
    with district.work() as work:
        assert barred(work, access, [person.holder.member_id]) == {person.holder.member_id: AboutOneself}
        with pytest.raises(AboutOneself):
            check_about_account(work, access, work.get_one(Account, UUID(person.account.account_id)))


def test_an_account_naming_a_member_is_not_the_hand_of_who_made_it_once_another_has_handed_out_its_slip(district: District) -> None:
    person = Person(district)
    other = district.sign_in(Role.district_officer, "D", member_id=enrol(district, "B11", "郑多余")[0])
    made_by(person.account, other, district, column="created_by")
    assert ABOUT_A_PERSON["edit_member"](other, person).status_code == 200


def access_of(caller: Caller, district: District) -> Access:
    with district.work() as work:
        account = work.get_one(Account, UUID(caller.account_id))
        return Access(account.id, account.id, account.organization_id, account.member_id, Permission.member_read, ())


PLACES = {"d": "D", "t": "T1", "b": "B11", "u": "T2"}
HELD: list[tuple[Role, str]] = list(product(Role, PLACES.values()))


def is_below(role: Role, place: str, other: Role, elsewhere: str) -> bool:
    """Whether whoever reviews pledges at a place judges what one with another role elsewhere has done: above the other's place, or
    as one who gives the other's role out."""
    if other in (Role.administrator, Role.district_officer, Role.auditor) or role not in roles_with(Permission.pledge_review):
        return False
    above = {"D": {"T1", "B11", "T2"}, "T1": {"B11"}}.get(place, set())
    gives = other in MAY_GRANT[role] and (place == elsewhere or elsewhere in above) and (role, place) != (other, elsewhere)
    return other is Role.member or elsewhere in above or gives


def test_a_list_asks_the_same_rule_as_an_operation(district: District) -> None:
    """For up to two roles of the subject, and each role at each place of the actor: a query finds whom `barred` leaves."""
    with district.work() as work:
        members: list[UUID] = []
        held = [
            {first, *second} for first, second in product(HELD, [[], [(Role.secretary, "B11")], [(Role.district_officer, "D")]])
        ]
        for roles in held:
            member = Member(
                organization_id=district.ids["B11"], full_name="钱多多", joined_on=date(2000, 1, 1), status=MemberStatus.full
            )
            account = Account(
                username=f"u{len(members):05}",
                organization_id=district.ids["B11"],
                member_id=member.id,
                password_hash="-",
                password_changed_at=work.at,
            )
            work.add(member)
            work.flush()
            work.add(account)
            work.flush()
            for role, place in roles:
                work.add(RoleGrant(account_id=account.id, role=role, organization_id=district.ids[place]))
            members.append(member.id)
        work.flush()
    for role, place in HELD:
        access = access_of(district.sign_in(role, place), district)
        with district.work() as work:
            refused = barred(work, access, members)
            found = set(work.exec(select(Member.id).where(may_act_about(work, access, col(Member.id)))).all())
            assert found & set(members) == set(members) - refused.keys(), (role, place)
            review = Permission.pledge_review
            judged = set(work.exec(select(Member.id).where(may_act_about(work, access, col(Member.id), judging=review))).all())
            further = {key for key, theirs in zip(members, held, strict=True) if all(is_below(role, place, *one) for one in theirs)}
            assert judged & set(members) == (found & set(members)) | further, (role, place)


def new_account(maker: Caller, district: District, name: str = "chen.lan", member_id: UUID | None = None) -> dict[str, Any]:
    body = {"username": name, "organization_id": str(district.ids["B11"]), "member_id": member_id and str(member_id)}
    made = maker.post("/v1/accounts", json=body)
    assert made.status_code == 201, made.text
    return {**made.json(), "account_id": made.json()["id"]}


@pytest.mark.parametrize("changed", [False, True])
def test_a_grant_above_the_maker_of_the_last_slip_always_brings_a_fresh_one(district: District, changed: bool) -> None:
    officer, secretary = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.secretary, "B11")
    made = new_account(secretary, district)
    body = {"account_id": made["id"], "organization_id": str(district.ids["B11"])}
    assert secretary.post("/v1/grants", json={**body, "role": "deputy"}).json()["slip"] is None
    thief = settled(district, made) if changed else None
    granted = officer.post("/v1/grants", json={**body, "role": "secretary"})
    assert granted.status_code == 201, granted.text
    slip = granted.json()["slip"]
    assert code(sign_in(district, made), 401) == "wrong_credentials"
    if thief:
        assert thief.get("/v1/accounts/mine").status_code == 401
    owner = settled(district, slip)
    assert owner.get("/v1/members").status_code == 200
    again = officer.post("/v1/grants", json={**body, "role": "secretary", "until": "2099-12-31"})
    assert (again.status_code, again.json()["slip"]) == (201, None), "the officer may give it himself"


def test_nobody_makes_an_auditor_of_his_other_hand_while_another_administrator_can(district: District) -> None:
    mine = district.sign_in(Role.administrator, "D")
    made = new_account(mine, district)
    body = {"account_id": made["id"], "organization_id": str(district.ids["T1"]), "role": "auditor"}
    other = district.sign_in(Role.administrator, "D")
    assert code(mine.post("/v1/grants", json=body), 403) == "about_oneself"
    hand = district.sign_in(Role.administrator, "D")
    made_by(mine, hand, district, column="created_by")
    assert code(hand.post("/v1/grants", json=body), 403) == "about_oneself"
    assert other.post("/v1/grants", json=body).status_code == 201


def test_one_administrator_alone_makes_an_auditor(district: District) -> None:
    mine = district.sign_in(Role.administrator, "D")
    body = {"account_id": new_account(mine, district)["id"], "organization_id": str(district.ids["D"]), "role": "auditor"}
    assert mine.post("/v1/grants", json=body).status_code == 201


def test_who_is_shut_out_may_give_nothing_any_more(district: District) -> None:
    officer, secretary = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.secretary, "B11")
    made = new_account(secretary, district)
    settled(district, made)
    assert officer.post(f"/v1/accounts/{secretary.account_id}/disable").status_code == 200
    body = {"account_id": made["id"], "organization_id": str(district.ids["B11"]), "role": "deputy"}
    assert officer.post("/v1/grants", json=body).json()["slip"] is not None


@pytest.mark.parametrize("is_district_officer", (False, True))
def test_whether_an_account_is_a_callers_own_costs_the_same_however_many_accounts_name_no_member(
    district: District, is_district_officer: bool
) -> None:
    officer = district.sign_in(*((Role.district_officer, "D") if is_district_officer else (Role.town_officer, "T1")))
    if is_district_officer:
        district.sign_in(Role.district_officer, "D")
    entered = made_of(officer, 20, district)
    access = access_of(officer, district)

    def cost() -> int:
        return effort(district.house, "RECURSIVE", "account", lambda work: own_among(work, access, entered))

    with district.work() as work:
        assert own_among(work, access, entered) == set(entered)
    before = cost()
    made_of(officer, 500, district)
    assert 0 < cost() < before * 1.3 + 20


def made_of(maker: Caller, count: int, district: District) -> list[UUID]:
    """So many accounts without a member, each made by one that the maker has made."""
    key = UUID(maker.account_id)
    with district.work() as work:
        at: dict[str, Any] = {"organization_id": district.ids["B11"], "password_hash": "", "password_changed_at": work.at}
        for _ in range(count):
            between = Account(**at, username=uuid4().hex, created_by=key)
            work.add_all([between, Account(**at, username=uuid4().hex, created_by=between.id)])
            key_of_last = between.id
        work.flush()
        return list(work.exec(select(Account.id).where(col(Account.created_by) == key_of_last)).all())
