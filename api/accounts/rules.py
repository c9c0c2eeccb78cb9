"""The decisions of accounts: who may grant what, how long a slip is good, and who decides about an administrator's."""

from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from api.access.permissions import DECIDERS, MAY_GRANT, ROLE_PLACES
from api.access.rules import AboutOneself, ForTheLevelAbove
from api.errors import Conflict, FieldFault, Forbidden, Invalid, Rule, Text
from models.enums import OrganizationKind, RequestState, Role

SLIP_LIFE = timedelta(days=14)
"""How long a one-time password is good for, and until the end of the last day (OWASP ASVS 6.4.1 asks that it expires soon; a slip
has to reach a village first)."""
REQUEST_LIFE = timedelta(hours=24)
ENDS_SOON = timedelta(days=7)
"""So long before its last day a role stands in the to-do of those who may give it anew."""
ROLE_NAMES = {
    Role.member: "党员",
    Role.deputy: "副书记",
    Role.secretary: "书记",
    Role.town_officer: "镇街工作人员",
    Role.district_officer: "区级工作人员",
    Role.administrator: "管理员",
    Role.auditor: "审计员",
}
MOST_IN_OFFICE = 20
"""So many others may hold an office at one organisation, whose requests are served in turn with everybody's: but for the district,
where two decide who does."""
MOST_ROLES = 20
"""So many roles an account holds at one time, by each of which its every request is judged: who has more to do has one above."""
AT_ONCE = 200
"""How many accounts are made in one go: twenty sheets, and some seconds of hashing."""
HELD_AS_MEMBER = frozenset({Role.member, Role.deputy, Role.secretary})
"""The roles that somebody holds because he belongs to a party unit, and not for the office that he works in."""


ACCOUNT_IS_OPEN = Text(
    "账号已启用，只有党员角色；其他角色没有恢复，如需要请重新授予。",
    "The account is enabled with the role of a member alone; other roles have not come back: give them again where they are due.",
)
ACCOUNT_STAYS_SHUT = Text(
    "账号在离开之前或之后已另行停用，没有启用。", "The account was disabled apart from the leaving, and has not been enabled."
)


ACCOUNT_FOR_OTHERS = Text(
    "账号没有启用，请由有权管理账号的人启用。", "The account stays disabled: whoever may enable accounts has to do it."
)


GIVEN_ABOVE = Text("这一角色不由您授予，请由上一级办理。", "This role is not yours to give: the level above has to do it.")
"""Said where `for_the_level_above` is no matter of whose account it is."""


def is_left_behind(path: str, former: str, present: str) -> bool:
    """Whether an organisation, by its path, is one above or below the former one of somebody, or that one, to which he belongs no
    longer at the present one."""
    return (path.startswith(former) or former.startswith(path)) and not present.startswith(path)


class GrantRule(Rule):
    """What stands against the last day of a role."""

    until_passed = "until_passed"
    until_for_district = "until_for_district"
    until_beyond_own = "until_beyond_own"


GRANT_TEXT: dict[GrantRule, Text] = {
    GrantRule.until_passed: Text("截止日期不能早于今天。", "The last day must not have passed."),
    GrantRule.until_for_district: Text(
        "区级管理员、区级工作人员和区级审计员的角色不设截止日期。",
        "A role of those who decide for the district, or audit it as a whole, has no last day.",
    ),
    GrantRule.until_beyond_own: Text(
        "您的角色有截止日期，给别人的角色不能晚于这一天。", "Your own role ends: what you give can last no longer than that."
    ),
}


class WrongPassword(Invalid):
    of_field: ClassVar[str | None] = "present_password"
    text: ClassVar[Text] = Text("原密码不正确。", "The present password is not right.")


class SamePassword(Invalid):
    of_field: ClassVar[str | None] = "new_password"
    text: ClassVar[Text] = Text("新密码不能与原密码相同。", "The new password is the old one.")


class RoleOutOfPlace(Invalid):
    of_field: ClassVar[str | None] = "role"
    text: ClassVar[Text] = Text("这一角色不能授予在这类组织上。", "This role is not held at an organisation of that kind.")


class MemberRoleNeedsMember(Invalid):
    of_field: ClassVar[str | None] = "role"
    text: ClassVar[Text] = Text(
        "该账号未关联党员，不能授予党员角色。", "The account is not a member's, so it cannot hold the member role."
    )


class LastAdministrator(Conflict):
    text: ClassVar[Text] = Text("至少要保留一名管理员。", "At least one administrator must remain.")


class TooManyInOffice(Conflict):
    of_field: ClassVar[str | None] = "organization_id"
    text: ClassVar[Text] = Text(
        f"一个组织上最多 {MOST_IN_OFFICE} 个账号担任党员以外的角色，请先收回不再需要的角色。",
        f"At one organisation {MOST_IN_OFFICE} accounts at the most hold a role other than a member's; end those that are needed "
        "no more first.",
    )


class TooManyRoles(Conflict):
    text: ClassVar[Text] = Text(
        f"一个账号同时最多担任 {MOST_ROLES} 个角色，请先收回不再需要的角色，或在上级组织授予一个角色。",
        f"An account holds {MOST_ROLES} roles at one time at the most; end those that are needed no more first, or give it one at "
        "the organisation above.",
    )


class UsernameTaken(Conflict):
    breaks = "uq_account_username"
    of_field: ClassVar[str | None] = "username"
    text: ClassVar[Text] = Text("用户名已被使用。", "This user name is taken.")


class MemberHasAccount(Conflict):
    breaks = "uq_account_member_id"
    of_field: ClassVar[str | None] = "member_id"
    text: ClassVar[Text] = Text("该党员已有账号。", "This member has an account already.")


class AccountOutsideOrganization(Conflict):
    of_field: ClassVar[str | None] = "organization_id"
    text: ClassVar[Text] = Text("账号的组织须与党员所在组织一致。", "The account's organisation must be the member's.")


class AccountDisabled(Conflict):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = Text("该账号已停用，请先启用。", "This account is disabled; enable it first.")


class SlipRequestOpen(Conflict):
    breaks = "uq_slip_request_open"
    text: ClassVar[Text] = Text(
        "该管理员账号已有一份待批准的申请。", "A request for this administrator's account waits for approval already."
    )


class SlipRequestOver(Conflict):
    leaves_trace: ClassVar[bool] = True
    text: ClassVar[Text] = Text("这份申请已处理或已过期。", "This request has been decided or has lapsed.")


class ThreePeopleNeeded(Forbidden):
    text: ClassVar[Text] = Text(
        "申请人、批准人和账号本人须是三个不同的人；由其中一人开设的账号不算另一个人。",
        "Who asks, who agrees and whose account it is must be three different people; an account that one of them made is none.",
    )


class DistrictRoleNeeded(Forbidden):
    text: ClassVar[Text] = Text(
        "区级账号的一次性密码和角色须由区级的管理员或工作人员申请，并由另一人批准。",
        "A one-time password or role of those who decide for the district is asked for, and agreed to, by two of them.",
    )


class PasswordInSameHands(Forbidden):
    text: ClassVar[Text] = Text(
        "发放一次性密码和重置动态验证码须由两个不同的人办理：办过其中一项的人（含由其开设的账号，以及由同一人开设的账号）不能再办另一项，请由另一人办理。",
        "Nobody both hands out somebody's password and takes away his second factor, nor do two accounts of which one made the "
        "other, or that one person made: somebody else has to do this.",
    )


class FreshSlipNeeded(Forbidden):
    text: ClassVar[Text] = Text(
        "这个账号的密码可能有别人知道。请先由另一名管理员为它发放一次性密码，再授予审计员角色。",
        "Somebody else may know this account’s password: have another administrator hand out a slip, then make it an auditor’s.",
    )


class NobodyToAgree(Forbidden):
    text: ClassVar[Text] = Text(
        "这一角色须由另一名区级管理员或工作人员批准，而最近30天内在任的其他人均已停用或卸任。请在服务器上办理。",
        "Another who decides for the district has to agree, and all others have gone within 30 days. Do it at the server.",
    )


def check_grant(
    roles_held_there: frozenset[Role], role: Role, kind: OrganizationKind, *, has_member: bool, to_oneself: bool
) -> None:
    """Whether one who holds these roles at or above an organisation may grant a role there. Raises `AboutOneself`,
    `ForTheLevelAbove`, `RoleOutOfPlace` or `MemberRoleNeedsMember`."""
    if to_oneself:
        raise AboutOneself
    if not any(role in MAY_GRANT[held] for held in roles_held_there):
        raise ForTheLevelAbove(instead=GIVEN_ABOVE)
    if kind not in ROLE_PLACES[role]:
        raise RoleOutOfPlace
    if role is Role.member and not has_member:
        raise MemberRoleNeedsMember


def is_given_by_two(role: Role, kind: OrganizationKind) -> bool:
    """Whether a role at an organisation of this kind is asked for by one and agreed to by another: it decides for the district, or
    reads all that those do who decide."""
    return role in DECIDERS or (role is Role.auditor and kind is OrganizationKind.district)


def check_room(place: OrganizationKind, others: int) -> None:
    """Raise `TooManyInOffice` where so many others hold an office at an organisation that nobody else can."""
    if place is not OrganizationKind.district and others >= MOST_IN_OFFICE:
        raise TooManyInOffice


def check_number(others: int) -> None:
    """Raise `TooManyRoles` for an account that holds so many roles that none can come."""
    if others >= MOST_ROLES:
        raise TooManyRoles


def check_until(until: date | None, today: date, own_until: date | None = None, *, by_two: bool) -> None:
    """Whether a role may be given until a day: not one that has passed, none of those that are given `by_two`, and none after
    `own_until`, the last day of the role by which it is given.

    Raises `Invalid` with the field.
    """
    rule = None
    if until is not None:
        rule = GrantRule.until_passed if until < today else GrantRule.until_for_district if by_two else None
    if own_until is not None and rule is None and (until is None or until > own_until):
        rule = GrantRule.until_beyond_own
    if rule is not None:
        raise Invalid(faults=(FieldFault("body.until", rule.value, GRANT_TEXT[rule]),))


def needs_approval(*, others: int, others_recently: int) -> bool:
    """Whether giving what is given by two takes a second one; `others` are those apart from the giver and the receiver.

    A lone one gives it alone, unless others have gone only recently: raises `NobodyToAgree`.
    """
    if not others and others_recently:
        raise NobodyToAgree
    return others > 0


def check_slip_request(*, requester: UUID, owner: UUID, roles_at_root: frozenset[Role]) -> None:
    """Whether somebody may ask for a new one-time password of one who decides for the district."""
    if requester == owner:
        raise AboutOneself
    if not roles_at_root & DECIDERS:
        raise DistrictRoleNeeded


def check_approval(
    *, requester: UUID, approver: UUID, owner: UUID, roles_of_requester: frozenset[Role], roles_of_approver: frozenset[Role]
) -> None:
    """Whether somebody may agree to such a request. The roles are those held at the root when it is agreed to.

    An account is one person's, so three different accounts are three people.
    """
    if not roles_of_approver & DECIDERS or not roles_of_requester & DECIDERS:
        raise DistrictRoleNeeded
    if len({requester, approver, owner}) < 3:
        raise ThreePeopleNeeded


def state_at(state: RequestState, expires_at: datetime, at: datetime) -> RequestState:
    """The state of a request at a moment: one that nobody has decided in time has lapsed."""
    return RequestState.lapsed if state is RequestState.open and expires_at <= at else state
