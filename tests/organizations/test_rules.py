import uuid

import pytest

from api.organizations.rules import (
    HOLDS_MEMBERS,
    MAY_STAND_UNDER,
    Circle,
    KindOutOfPlace,
    ParentMissing,
    SecondRoot,
    can_be_dialled,
    check_no_circle,
    check_place,
    keys_of,
    lowest_branch,
    path_of,
)
from models.enums import OrganizationKind as K

UNITS = {K.village, K.community, K.enterprise}
BRANCHES = {K.general_branch, K.branch, K.joint_branch}
TABLE = {
    K.district: {K.town, K.department} | BRANCHES,
    K.town: UNITS | BRANCHES,
    K.department: UNITS | BRANCHES,
    K.village: BRANCHES,
    K.community: BRANCHES,
    K.enterprise: BRANCHES,
    K.general_branch: {K.branch, K.joint_branch},
    K.branch: {K.group},
    K.joint_branch: {K.group},
    K.group: set(),
}


@pytest.mark.parametrize("parent", K)
@pytest.mark.parametrize("kind", K)
def test_a_kind_stands_only_under_the_parents_of_the_table(kind: K, parent: K) -> None:
    if kind in TABLE[parent]:
        check_place(kind, parent, there_is_a_root=True)
    else:
        with pytest.raises(KindOutOfPlace):
            check_place(kind, parent, there_is_a_root=True)


@pytest.mark.parametrize("kind", sorted(set(K) - {K.district}))
def test_all_but_the_district_need_a_parent(kind: K) -> None:
    for there_is_a_root in (False, True):
        with pytest.raises(ParentMissing):
            check_place(kind, None, there_is_a_root=there_is_a_root)


def test_there_is_one_district_at_the_root() -> None:
    with pytest.raises(SecondRoot):
        check_place(K.district, None, there_is_a_root=True)
    check_place(K.district, None, there_is_a_root=False)


def test_every_kind_but_the_district_can_stand_somewhere() -> None:
    assert set().union(*MAY_STAND_UNDER.values()) == set(K) - {K.district}


def test_members_belong_to_branches_and_groups() -> None:
    assert BRANCHES | {K.group} == HOLDS_MEMBERS


def test_a_path_is_the_chain_of_keys_from_the_root_down() -> None:
    root, town = uuid.UUID(int=1), uuid.UUID(int=2)
    assert path_of(town, path_of(root, "")) == f"{root.hex}/{town.hex}/"


def test_nothing_is_moved_under_itself_or_below_itself() -> None:
    root, town, village, other = (uuid.UUID(int=number) for number in range(4))
    town_path = path_of(town, path_of(root, ""))
    for new_parent_path in (town_path, path_of(village, town_path)):
        with pytest.raises(Circle):
            check_no_circle(town_path, new_parent_path)
    for new_parent_path in (path_of(root, ""), path_of(other, path_of(root, ""))):
        check_no_circle(town_path, new_parent_path)


@pytest.mark.parametrize(
    "phone",
    [
        *("0574-12345678", "0574-00001234", "(0574)8888 0002", "010-87654321", "021 8765432", "0574-87651234-801", "057487651234"),
        *("+86 574 87651234", "+86 0574-87651234", "0086-10-87654321", "13800138000", "+86 138-0013-8000", "19912345678"),
        *("400-123-4567", "8001234567", "400-123-4567-8", "12345", "12371", "0574-12345", "96345", "962121"),
    ],
)
def test_what_a_telephone_elsewhere_can_reach_is_a_service_telephone(phone: str) -> None:
    assert can_be_dialled(phone)


@pytest.mark.parametrize(
    "phone",
    [
        *(
            "0571-1",
            "110",
            "119",
            "1",
            "",
            "---",
            "87651234",
            "8765-4321",
            "574-87651234",
            "138001380",
            "1380013800012",
            "12800138000",
        ),
        *("1380013800012", "0574-123", "01-87654321", "0574-87651234 0574-87654321", "13800138000 13900139000", "400-123"),
        *("+86", "+1 2025550123"),
    ],
)
def test_what_surely_cannot_be_dialled_from_elsewhere_is_none(phone: str) -> None:
    assert not can_be_dialled(phone)


@pytest.mark.parametrize(
    ("chain", "branch"),
    [
        ((K.district, K.town, K.village, K.branch), 3),
        ((K.district, K.town, K.village, K.branch, K.group), 3),
        ((K.district, K.joint_branch, K.group), 1),
        ((K.district, K.town, K.general_branch), 2),
        ((K.district, K.town, K.general_branch, K.branch), 3),
        ((K.district, K.town, K.general_branch, K.joint_branch, K.group), 3),
        ((K.district, K.town, K.village), None),
        ((K.district,), None),
    ],
)
def test_a_member_s_branch_is_the_lowest_one_at_or_above_him(chain: tuple[K, ...], branch: int | None) -> None:
    keys, path = [uuid.uuid4() for _ in chain], ""
    for key in keys:
        path = path_of(key, path)
    assert keys_of(path) == keys
    assert lowest_branch(path, dict(zip(keys, chain, strict=True))) == (None if branch is None else keys[branch])
