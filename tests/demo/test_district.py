import re
from collections import Counter
from datetime import date

import pytest
from stdnum.iso7064 import mod_11_2

from api.demo.district import members, organizations
from models.enums import Gender, MemberStatus, OrganizationKind, PartyPost

TODAY = date(2026, 10, 9)
TREE = tuple(organizations())
BY_CODE = {organization.code: organization for organization in TREE}
PEOPLE = tuple(members(TREE, 1, today=TODAY))

HOLDING_MEMBERS = {OrganizationKind.branch, OrganizationKind.joint_branch}
UNITS = {"district", "town", "department", "village", "community", "enterprise"}
PARENTS = {
    "town": {"district"},
    "department": {"district"},
    "village": {"town", "department"},
    "community": {"town", "department"},
    "enterprise": {"town", "department"},
    "general_branch": UNITS,
    "branch": UNITS | {"general_branch"},
    "joint_branch": UNITS | {"general_branch"},
    "group": {"branch", "joint_branch"},
}
OF_THE_EXAMPLE_ROSTERS = "云溪镇|上塘村|石桥村|清溪社区"
REAL = (
    "鄞|宁波|云龙|下应|姜山|湾底|首南|钟公庙|东钱湖|五乡|邱隘|塘溪|咸祥|瞻岐|横溪|"
    "东吴|福明|百丈|东胜|明楼|白鹤|东柳|东郊|中河|潘火|横街|集士港"
)


def adult_on(birth_date: date, day: date) -> bool:
    return (birth_date.year + 18, birth_date.month, birth_date.day) <= (day.year, day.month, day.day)


def test_there_are_21_towns_and_353_villages_and_communities() -> None:
    kinds = Counter(organization.kind for organization in TREE)
    assert kinds[OrganizationKind.town] == 21
    assert kinds[OrganizationKind.village] + kinds[OrganizationKind.community] == 353
    assert set(kinds) == set(OrganizationKind) - {OrganizationKind.group}


def test_the_one_root_is_the_district_itself() -> None:
    roots = [organization for organization in TREE if organization.parent_code is None]
    assert [(root.code, root.name, root.kind) for root in roots] == [("LX", "明湖区", OrganizationKind.district)]


def test_every_parent_comes_before_its_children_and_may_have_them() -> None:
    kinds: dict[str, OrganizationKind] = {}
    for organization in TREE:
        if organization.parent_code is not None:
            assert kinds[organization.parent_code] in PARENTS[organization.kind]
        kinds[organization.code] = organization.kind


def test_codes_sort_as_the_tree_is_walked() -> None:
    codes = [organization.code for organization in TREE[1:]]
    assert codes == sorted(codes)


def test_codes_are_unique_short_and_leave_the_root_its_prefix() -> None:
    assert len(BY_CODE) == len(TREE)
    assert all(len(organization.code) <= 40 and not organization.code.startswith("LX-") for organization in TREE)


def test_no_name_occurs_twice() -> None:
    assert [name for name, times in Counter(organization.name for organization in TREE).items() if times > 1] == []


@pytest.mark.parametrize(
    ("kind", "endings"),
    [
        (OrganizationKind.town, ("镇", "街道")),
        (OrganizationKind.village, ("村",)),
        (OrganizationKind.community, ("社区",)),
        (OrganizationKind.general_branch, ("党总支",)),
        (OrganizationKind.branch, ("党支部",)),
        (OrganizationKind.joint_branch, ("联合党支部",)),
    ],
)
def test_a_name_tells_its_kind(kind: OrganizationKind, endings: tuple[str, ...]) -> None:
    assert all(organization.name.endswith(endings) for organization in TREE if organization.kind is kind)


def test_no_name_is_a_real_one_or_one_of_the_example_rosters() -> None:
    forbidden = re.compile(f"{OF_THE_EXAMPLE_ROSTERS}|{REAL}")
    assert [organization.name for organization in TREE if forbidden.search(organization.name)] == []


def test_only_branches_have_nothing_below_them() -> None:
    parents = {organization.parent_code for organization in TREE}
    leaves = {organization.kind for organization in TREE if organization.code not in parents}
    assert leaves == HOLDING_MEMBERS


def test_service_phones_are_numbers_that_nobody_has() -> None:
    phones = {organization.service_phone for organization in TREE if organization.service_phone}
    assert len(phones) > 353
    assert all(len(phone) == 13 and phone.startswith("0574-0") and phone[5:].isdecimal() for phone in phones)


def test_every_branch_has_three_full_members_and_one_secretary_of_them() -> None:
    full = [person for person in PEOPLE if person.status is MemberStatus.full]
    sizes = Counter(person.organization_code for person in full)
    secretaries = Counter(person.organization_code for person in full if person.party_post is PartyPost.secretary)
    branches = {organization.code for organization in TREE if organization.kind in HOLDING_MEMBERS}
    assert {person.organization_code for person in PEOPLE} == branches
    assert min(sizes[code] for code in branches) == 3
    assert {secretaries[code] for code in branches} == {1}


def test_a_branch_has_a_committee_from_seven_full_members_on() -> None:
    full = Counter(person.organization_code for person in PEOPLE if person.status is MemberStatus.full)
    discipline = {person.organization_code for person in PEOPLE if person.party_post is PartyPost.discipline_commissioner}
    assert discipline == {code for code, size in full.items() if size >= 7}


def test_the_number_of_people_is_the_one_asked_for() -> None:
    assert len(PEOPLE) == 3_500
    assert sum(1 for _ in members(TREE, 1, today=TODAY, count=2_600)) == 2_600


def test_too_few_people_for_the_branches_are_refused() -> None:
    with pytest.raises(ValueError, match="branches need"):
        next(members(TREE, 1, today=TODAY, count=100))


def test_identity_numbers_are_well_formed_unique_and_agree_with_the_person() -> None:
    assert len({person.national_id for person in PEOPLE}) == len(PEOPLE)
    for person in PEOPLE:
        assert len(person.national_id) == 18
        assert person.national_id.startswith(f"990101{person.birth_date:%Y%m%d}")
        assert mod_11_2.is_valid(person.national_id)
        assert (int(person.national_id[16]) % 2 == 1) == (person.gender is Gender.male)


def test_telephone_numbers_are_unique_and_in_the_invented_range() -> None:
    assert len({person.mobile for person in PEOPLE}) == len(PEOPLE)
    assert all(len(person.mobile) == 11 and person.mobile.startswith("19900") for person in PEOPLE)


@pytest.mark.parametrize("today", [TODAY, date(2028, 2, 29), date(2027, 3, 1)])
def test_everyone_joined_as_an_adult_and_was_confirmed_a_year_later(today: date) -> None:
    for person in members(TREE, 2, today=today):
        assert adult_on(person.birth_date, person.joined_on)
        if person.status is MemberStatus.probationary:
            assert person.confirmed_on is None
            assert 0 < (today - person.joined_on).days < 365
        else:
            assert person.confirmed_on is not None
            assert person.confirmed_on <= today
            assert 365 <= (person.confirmed_on - person.joined_on).days <= 380


def test_one_in_25_is_probationary_and_without_a_post() -> None:
    probationary = [person for person in PEOPLE if person.status is MemberStatus.probationary]
    assert len(probationary) == len(PEOPLE) // 25
    assert {person.party_post for person in probationary} == {None}


def test_people_of_a_village_or_community_live_there() -> None:
    neighbours = 0
    for person in PEOPLE:
        unit = BY_CODE[BY_CODE[person.organization_code].parent_code or ""]
        if unit.kind is OrganizationKind.general_branch:
            unit = BY_CODE[unit.parent_code or ""]
        if unit.kind in {OrganizationKind.village, OrganizationKind.community}:
            neighbours += 1
            assert person.home_address.startswith(f"明湖区{BY_CODE[unit.parent_code or ''].name}{unit.name}")
    assert neighbours > len(PEOPLE) / 2


def test_rare_characters_and_long_names_occur() -> None:
    names = [person.full_name for person in PEOPLE]
    assert all(any(character in name for name in names) for character in "䶮㛃龘·")
    assert 12 < max(map(len, names)) <= 50


def test_the_same_seed_and_day_give_the_same_people() -> None:
    assert tuple(organizations()) == TREE
    assert tuple(members(TREE, 1, today=TODAY)) == PEOPLE
    assert tuple(members(TREE, 2, today=TODAY)) != PEOPLE
