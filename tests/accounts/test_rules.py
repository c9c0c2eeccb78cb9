from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest

from api.access.permissions import MAY_GRANT, PERMISSIONS
from api.access.rules import AboutOneself, ForTheLevelAbove
from api.accounts import names, rules
from models.enums import OrganizationKind, RequestState, Role


def test_nobody_may_grant_a_role_that_may_do_more_than_his_own() -> None:
    for granter, granted in MAY_GRANT.items():
        if granter is not Role.administrator:
            for role in granted:
                assert PERMISSIONS[role] <= PERMISSIONS[granter], (granter, role)


def test_a_role_is_held_only_where_it_belongs() -> None:
    held = frozenset({Role.district_officer})
    rules.check_grant(held, Role.secretary, OrganizationKind.branch, has_member=False, to_oneself=False)
    with pytest.raises(rules.RoleOutOfPlace):
        rules.check_grant(held, Role.district_officer, OrganizationKind.branch, has_member=False, to_oneself=False)
    with pytest.raises(rules.MemberRoleNeedsMember):
        rules.check_grant(held, Role.member, OrganizationKind.branch, has_member=False, to_oneself=False)
    with pytest.raises(ForTheLevelAbove):
        rules.check_grant(frozenset({Role.secretary}), Role.secretary, OrganizationKind.branch, has_member=False, to_oneself=False)


@pytest.mark.parametrize("role", Role, ids=str)
def test_nobody_gives_himself_a_role(role: Role) -> None:
    with pytest.raises(AboutOneself):
        rules.check_grant(frozenset(Role), role, OrganizationKind.district, has_member=True, to_oneself=True)


def test_an_administrators_slip_is_asked_for_by_another_who_holds_a_role_at_the_root() -> None:
    mine, theirs = uuid4(), uuid4()
    for role in Role:
        roles = frozenset({role})
        if role in (Role.administrator, Role.district_officer):
            rules.check_slip_request(requester=mine, owner=theirs, roles_at_root=roles)
        else:
            with pytest.raises(rules.DistrictRoleNeeded):
                rules.check_slip_request(requester=mine, owner=theirs, roles_at_root=roles)
    with pytest.raises(AboutOneself):
        rules.check_slip_request(requester=mine, owner=mine, roles_at_root=frozenset({Role.administrator}))


def test_requester_approver_and_owner_are_three() -> None:
    one, two, three = uuid4(), uuid4(), uuid4()
    held = frozenset({Role.district_officer})
    agreed = []
    for requester, approver, owner in product((one, two, three), repeat=3):
        try:
            rules.check_approval(
                requester=requester, approver=approver, owner=owner, roles_of_requester=held, roles_of_approver=held
            )
        except rules.ThreePeopleNeeded:
            continue
        agreed.append({requester, approver, owner})
    assert agreed == [{one, two, three}] * 6


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_requester_and_approver_each_hold_a_role_at_the_root_when_it_is_agreed_to(role: Role | None) -> None:
    roles = frozenset({role}) if role else frozenset()
    good = frozenset({Role.administrator})
    keys = {"requester": uuid4(), "approver": uuid4(), "owner": uuid4()}
    for both in ((roles, good), (good, roles)):
        if role in (Role.administrator, Role.district_officer):
            rules.check_approval(**keys, roles_of_requester=both[0], roles_of_approver=both[1])
        else:
            with pytest.raises(rules.DistrictRoleNeeded):
                rules.check_approval(**keys, roles_of_requester=both[0], roles_of_approver=both[1])


def test_an_open_request_has_lapsed_from_its_end_on_and_a_decided_one_stays_as_it_is() -> None:
    end = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    moment = timedelta(seconds=1)
    assert rules.state_at(RequestState.open, end, end - moment) is RequestState.open
    assert rules.state_at(RequestState.open, end, end) is RequestState.lapsed
    assert rules.state_at(RequestState.accepted, end, end + moment) is RequestState.accepted


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("王秀兰", "wangxiulan"),
        ("吕志强", "lvzhiqiang"),
        ("女娃", "nvwa"),
        ("欧阳思远", "ouyangsiyuan"),
        ("欧建国", "oujianguo"),
        ("尉迟敏", "yuchimin"),
        ("尉敏", "weimin"),
        ("万俟晓", "moqixiao"),
        ("长孙无为", "zhangsunwuwei"),
        ("长青", "changqing"),
        ("单国强", "shanguoqiang"),
        ("单于青", "chanyuqing"),
        ("曾明", "zengming"),
        ("解放", "xiefang"),
        ("仇大力", "qiudali"),
        ("任重远", "renzhongyuan"),
        ("翟小英", "zhaixiaoying"),
        ("区伟", "ouwei"),
        ("艾合买提·吐尔逊", "aihemaitituerxun"),
        ("艾合买提•吐尔逊", "aihemaitituerxun"),
        ("Anna·王", "annawang"),
        ("𠮷田秀", "xtianxiu"),
        ("鄂一", "eyi"),
        ("俄", "member"),
        ("𠮷", "member"),
        ("·", "member"),
    ],
)
def test_a_user_name_is_how_the_name_is_spelt(name: str, username: str) -> None:
    assert names.base_of(name) == username


def test_the_longest_name_makes_a_user_name_with_room_for_a_number() -> None:
    longest = names.base_of("庄" * 50)
    assert (len(longest), len(names.next_free(longest, {longest}))) == (20, 21)


def test_the_next_free_name_bears_the_lowest_free_number() -> None:
    taken = {"wangwei", "wangwei2", "wangwei4", "member1"}
    assert names.next_free("wangwei", taken) == "wangwei3"
    assert names.next_free("wangwei", set()) == "wangwei"
    assert names.next_free("member", taken) == "member2"
    assert names.next_free("member", set()) == "member1"


@pytest.mark.parametrize(
    ("name", "base"),
    [("王𠮷", "wangx"), ("张䶮", "zhangyan"), ("Renée Müller", "reneemuller"), ("O'Brien", "obrien"), ("王秀兰", "wangxiulan")],
)
def test_a_user_name_keeps_letters_with_marks_and_more_than_a_surname(name: str, base: str) -> None:
    assert names.base_of(name) == base
