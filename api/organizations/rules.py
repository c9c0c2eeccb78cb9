"""Which organisations may stand under which, and what may be done to the tree."""

import re
from collections.abc import Mapping
from typing import ClassVar, Final
from uuid import UUID

from api.access.permissions import BRANCHES
from api.errors import Conflict, Forbidden, Invalid, Text
from models.enums import OrganizationKind

_K = OrganizationKind
_UNITS = frozenset({_K.village, _K.community, _K.enterprise})

MAY_STAND_UNDER: dict[OrganizationKind, frozenset[OrganizationKind]] = {
    _K.district: frozenset({_K.town, _K.department}) | BRANCHES,
    _K.town: _UNITS | BRANCHES,
    _K.department: _UNITS | BRANCHES,
    _K.village: BRANCHES,
    _K.community: BRANCHES,
    _K.enterprise: BRANCHES,
    _K.general_branch: frozenset({_K.branch, _K.joint_branch}),
    _K.branch: frozenset({_K.group}),
    _K.joint_branch: frozenset({_K.group}),
    _K.group: frozenset(),
}
"""For each kind, the kinds that may stand directly below it."""

HOLDS_MEMBERS = BRANCHES | {_K.group}
"""Where members belong. A general branch with few members has them itself."""

MOST_BELOW: Final = 3_000
"""Organisations that may stand below a town, or whatever else stands directly below the district, closed ones among them: a large
town has some hundreds of branches with a few groups each. Its figures and warnings are told of all of them."""

MOST_POST_HOLDERS: Final = 100
"""Members of one organisation whose cards its committee's term dates: its holders of posts within the Party, who are few."""

PHONE_UNREADABLE = Text(
    "电话只能有数字、空格和 + - ( )，请只填一个号码。",
    "A telephone number has digits, blanks and + - ( ); give one number only.",
)
PHONE_UNDIALLABLE = Text(
    "请填写从外地也能拨通的一个电话：带区号的座机（如 0574-12345678，可加分机）、11位手机号、400或800号码，或 12345 这样的热线。",
    "Give one telephone number that can be dialled from elsewhere: a landline with its area code (0574-12345678, an extension may "
    "follow), a mobile number of 11 digits, a 400 or 800 number, or a hotline such as 12345.",
)

_AREA = r"0(?:10|2\d|[3-9]\d\d)"
_HOTLINE = r"[19]\d{4,5}"
_DIALLED = re.compile(rf"1[3-9]\d{{9}}|{_AREA}(?:\d{{7,14}}|{_HOTLINE})|[48]00\d{{7,13}}|{_HOTLINE}")
_FROM_ABROAD = re.compile(r"(?:\+|00)86(.*)")


def can_be_dialled(phone: str) -> bool:
    """Whether what has digits, blanks and + - ( ) may be a number that a telephone elsewhere in China reaches.

    An area code is 010, 02x or 03xx to 09xx; a local number has 7 or 8 digits, an extension up to 6. Whether somebody answers is
    not known: only what surely cannot be dialled is refused, such as a local number alone, or two numbers in one.
    """
    bare = re.sub(r"[ ()-]", "", phone)
    if abroad := _FROM_ABROAD.fullmatch(bare):
        bare = abroad[1] if re.match(r"0|1[3-9]\d{9}|[48]00", abroad[1]) else f"0{abroad[1]}"
    return _DIALLED.fullmatch(bare) is not None


class SecondRoot(Conflict):
    text: ClassVar[Text] = Text(
        "已经有一个区级组织，不能再建第二个。", "There is one district at the root already; there cannot be two."
    )


class KindOutOfPlace(Invalid):
    of_field: ClassVar[str | None] = "parent_id"
    text: ClassVar[Text] = Text("这类组织不能设在该上级之下。", "An organisation of this kind may not stand under that parent.")


class ParentMissing(Invalid):
    text: ClassVar[Text] = Text("除区级组织外，都要填写上级组织。", "Every organisation but the district needs a parent.")


class Circle(Conflict):
    of_field: ClassVar[str | None] = "parent_id"
    text: ClassVar[Text] = Text(
        "不能把组织移到它自己或它的下级之下。", "An organisation cannot be moved under itself or below itself."
    )


class OfficerNeeded(Forbidden):
    text: ClassVar[Text] = Text(
        "该组织下已有党员，移动后查看名册的人会改变，须由同时管理原上级和新上级的镇街或区级工作人员办理。",
        "Members belong to it, and moving it changes who reads their records: an officer over both parents has to do it.",
    )


MOVED_BY_OTHERS: Final = Text(
    "您属于该组织或其下级，移动和撤销请由上一级或其他有权限的人办理。",
    "You are of this organisation, or of one below it: moving or closing it is for the level above, or for another with the "
    "permission.",
)
"""Said where `for_the_level_above` is about an organisation."""


class RootStays(Conflict):
    text: ClassVar[Text] = Text("区级组织不能移动或撤销。", "The district can neither be moved nor closed.")


class ParentClosed(Conflict):
    of_field: ClassVar[str | None] = "parent_id"
    text: ClassVar[Text] = Text("上级组织已撤销。", "The parent organisation is closed.")


class StillOpenBelow(Conflict):
    text: ClassVar[Text] = Text("还有未撤销的下级组织，请先处理。", "Organisations below it are still open; deal with them first.")


class StillHasMembers(Conflict):
    text: ClassVar[Text] = Text("组织里还有党员，请先转出。", "Members still belong to it; move them first.")


class TooManyOrganizations(Conflict):
    of_field: ClassVar[str | None] = "parent_id"
    text: ClassVar[Text] = Text(
        f"区级之下的一个镇街或部门，其下最多 {MOST_BELOW} 个组织（含已撤销的），不能再增加。",
        f"Below one organisation that stands directly under the district there are {MOST_BELOW} organisations at the most, "
        "closed ones among them; there cannot be more.",
    )


class TooManyHoldPosts(Conflict):
    of_field: ClassVar[str | None] = "term_ends_on"
    text: ClassVar[Text] = Text(
        f"这个组织有卡的党员中担任党内职务的超过 {MOST_POST_HOLDERS} 名，任期不能改。请先在党员资料中更正党内职务。",
        f"More than {MOST_POST_HOLDERS} members with cards hold posts within the Party there, so the term is not changed: put "
        "their records right first.",
    )


class CodeTaken(Conflict):
    breaks = "uq_organization_code"
    of_field: ClassVar[str | None] = "code"
    text: ClassVar[Text] = Text("这个编码已被使用。", "This code is in use.")


def check_place(kind: OrganizationKind, parent: OrganizationKind | None, *, there_is_a_root: bool) -> None:
    """Whether an organisation of this kind may stand under a parent of that kind, None being no parent at all."""
    if parent is None:
        if kind is not OrganizationKind.district:
            raise ParentMissing
        if there_is_a_root:
            raise SecondRoot
    elif kind not in MAY_STAND_UNDER[parent]:
        raise KindOutOfPlace


def path_of(key: UUID, parent_path: str) -> str:
    """The chain of keys from the root down to an organisation."""
    return f"{parent_path}{key.hex}/"


def top_of(path: str) -> str | None:
    """The path of what an organisation stands below that stands directly under the district itself; None for the district and for
    what stands there."""
    steps = path.split("/")[:-1]
    return "/".join((*steps[:2], "")) if len(steps) > 2 else None


def check_room(number: int) -> None:
    """Raise `TooManyOrganizations` where that many would stand below what stands directly under the district."""
    if number > MOST_BELOW:
        raise TooManyOrganizations


def keys_of(path: str) -> list[UUID]:
    """The keys on a path, from the root down to the organisation whose path it is."""
    return [UUID(key) for key in path.split("/")[:-1]]


def lowest_branch(path: str, kinds: Mapping[UUID, OrganizationKind]) -> UUID | None:
    """The branch, general branch or joint branch that stands on a path lowest; None where none does."""
    return next((key for key in reversed(keys_of(path)) if kinds.get(key) in BRANCHES), None)


def check_no_circle(path: str, new_parent_path: str) -> None:
    if new_parent_path.startswith(path):
        raise Circle
