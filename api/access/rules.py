"""The decisions of sign-in and of sessions, and who may act about whom."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from api.access.permissions import DECIDERS, GIVEN_AT_THE_ROOT, MAY_GRANT, Permission, roles_with
from api.errors import Forbidden, Text, TooManyRequests, Unauthenticated
from api.networks import networks_of
from models.enums import Role

WINDOW = timedelta(minutes=10)
LONGEST_BLOCK = timedelta(minutes=15)
REFUSALS_WINDOW = timedelta(days=1)
REFRESH_GRACE = timedelta(seconds=60)
RECENTLY = timedelta(days=30)
"""For so long nobody gains by it that he has just ended a role, or shut an account, of one who had to agree."""


class WrongCredentials(Unauthenticated):
    leaves_trace: ClassVar[bool] = True
    title: ClassVar[Text | None] = Text("登录信息不正确。", "That is not right.")
    text: ClassVar[Text] = Text("用户名或密码不正确。", "The user name or the password is not right.")


class TooManySignIns(TooManyRequests):
    leaves_trace: ClassVar[bool] = True
    title: ClassVar[Text | None] = Text("尝试次数过多。", "Too many attempts to sign in.")
    text: ClassVar[Text] = Text("尝试次数过多，请 {seconds} 秒后再试。", "Too many attempts; try again in {seconds} seconds.")


class SessionEnded(Unauthenticated):
    leaves_trace: ClassVar[bool] = True
    text: ClassVar[Text] = Text("登录已失效，请重新登录。", "This sign-in is over; please sign in again.")


class PasswordChangeRequired(Forbidden):
    text: ClassVar[Text] = Text("请先修改一次性密码。", "Please change the one-time password first.")


class OtpEnrolmentRequired(Forbidden):
    text: ClassVar[Text] = Text(
        "请先设置动态验证码（两步验证）：用手机上的验证器应用扫码绑定。",
        "First set up your second factor: scan its code with an authenticator app on your phone.",
    )


class StepUpRequired(Forbidden):
    text: ClassVar[Text] = Text(
        "此项操作较为重要，请再输入一次登录密码（已绑定验证器的，也可输入其6位动态码）。",
        "This matters enough to ask again: show your password or a code of your authenticator app.",
    )


class AboutOneself(Forbidden):
    of_field: ClassVar[str | None] = ""
    title: ClassVar[Text | None] = Text("请由其他有权限的人办理。", "Somebody else with the permission has to do it.")
    text: ClassVar[Text] = Text(
        "不能办理本人的事项，请由其他有权限的人办理。", "Nobody decides about himself; somebody else with the permission has to."
    )


class ForTheLevelAbove(Forbidden):
    of_field: ClassVar[str | None] = ""
    title: ClassVar[Text | None] = Text("请由上一级办理。", "The level above has to do it.")
    text: ClassVar[Text] = Text(
        "此人与您同级或高于您，请由上一级办理。", "This person is your equal or stands above you: the level above has to do it."
    )


ENDS_WHAT_IS_HELD: Final = Text(
    "这样会结束本人、与您同级或高于您的人的角色或岗位，请由上一级或其他有权限的人办理。",
    "Roles or posts would end that are your own, or of your equals, or of those above you: the level above, or another with the "
    "permission, has to do it.",
)
"""Said where something about an organisation would do that."""


@dataclass(frozen=True)
class Standing:
    """A role as it is held: with the path of the organisation that it is held at."""

    role: Role
    path: str


def check_acting_about(actor: Collection[Standing], subject: Collection[Standing]) -> None:
    """Whether one with these roles may end, open or change the roles, account, card or record of another with those.

    He needs, at or above each place, a role that gives the other's out, and not the same one at the same place. What is given out
    at the root alone is for another of those who decide for the district, whatever else the two hold. Raises `ForTheLevelAbove`.
    """
    if any(held.role in GIVEN_AT_THE_ROOT for held in subject):
        if not any(held.role in DECIDERS for held in actor):
            raise ForTheLevelAbove
    elif not all(any(_stands_above(one, held) for one in actor) for held in subject if held.role is not Role.member):
        raise ForTheLevelAbove


def check_taking_back(actor: Collection[Standing], taken: Standing, subject: Collection[Standing]) -> None:
    """Whether one with these roles may end a role of another with those: he gives it out there, and may act about the other as far
    as his own part of the tree goes. What the other holds in other parts is no rank here.
    Raises `ForTheLevelAbove`."""
    here = [held for held in subject if any(_is_on_the_way(one, held) for one in actor)]
    check_acting_about(actor, here)
    if not any(_stands_above(one, taken) for one in actor):
        raise ForTheLevelAbove


def _is_on_the_way(one: Standing, held: Standing) -> bool:
    return held.path.startswith(one.path) or one.path.startswith(held.path)


def has_decided_to_the_last(offices: Iterable[tuple[Role, date | None]]) -> bool:
    """Whether one who was given these offices decides for the district, or has handed out no account by any other since he did.
    Each stands with the day on which it ended, None where it has not."""
    deciding, below = [date.min], [date.min]
    for role, ended_on in offices:
        if role in DECIDERS:
            deciding.append(ended_on or date.max)
        elif role in roles_with(Permission.account_write):
            below.append(ended_on or date.max)
    return date.min < max(deciding) >= max(below)


def check_reaching_members(actor: Collection[Standing], path: str) -> None:
    """Whether one with these roles hands out reach over the members of the organisation with this path: an administrator, whose own
    roles reach all accounts, does not. Raises `ForTheLevelAbove`."""
    if not any(_stands_above(one, Standing(Role.member, path)) for one in actor):
        raise ForTheLevelAbove


def check_opening(actor: Collection[Standing], subject: Collection[Standing]) -> None:
    """Whether a password of the account that holds these roles may be handed to one with those: he then could do whatever it may,
    and so gives out all of it himself, but for what is given out at the root. Raises `ForTheLevelAbove`."""
    opened = [held for held in subject if held.role not in GIVEN_AT_THE_ROOT | {Role.member}]
    if not all(any(_stands_above(one, held) for one in actor) for held in opened):
        raise ForTheLevelAbove


def _stands_above(one: Standing, held: Standing) -> bool:
    return held.role in MAY_GRANT[one.role] and held.path.startswith(one.path) and one != held


@dataclass(frozen=True)
class Limit:
    """How many failures go unpunished in a window, and how long the first block after them lasts; each further one doubles it."""

    free: int
    first_block: timedelta
    window: timedelta = WINDOW


ACCOUNT_LIMIT = Limit(free=5, first_block=timedelta(seconds=15))
ESTIMATE_LIMIT = Limit(free=20, first_block=timedelta(seconds=15))
WRONG_PROOF_LIMIT = Limit(free=20, first_block=LONGEST_BLOCK, window=timedelta(days=1))
"""So many wrong passwords and codes a session shows a day; the last ends it: whoever goes on guessing signs in for each twenty."""
SIGN_IN_LIMIT = Limit(free=200, first_block=LONGEST_BLOCK, window=timedelta(days=1))
PROOF_LIMIT = Limit(free=200, first_block=LONGEST_BLOCK, window=timedelta(days=1))
CHANGE_LIMIT = Limit(free=20, first_block=LONGEST_BLOCK, window=timedelta(days=1))
REFRESH_LIMIT = Limit(free=2000, first_block=LONGEST_BLOCK, window=timedelta(days=1))
"""How often a device signs in to an account, and a session proves or refreshes itself, or changes how one signs in, a day: one that
proves itself every quarter of an hour does it a hundred times. Beyond that each waits for a quarter of an hour, so that nobody lets
the audit trail grow, of which each is a line for good, by a million of them."""
MOST_SUCCESSORS: Final = 10
"""So many successors a refresh token is given: whoever has got none of so many answers signs in anew."""
NETWORK_LIMITS: Final[Mapping[int, Limit]] = {
    24: Limit(free=50, first_block=timedelta(minutes=5)),
    64: Limit(free=30, first_block=timedelta(minutes=5)),
    56: Limit(free=40, first_block=timedelta(minutes=5)),
    48: Limit(free=50, first_block=timedelta(minutes=5)),
}
"""By the length of the prefix, that of IPv4 first. The narrower the network, the fewer: so whoever has one line (/64) or one
connection (/56) of a site is stopped before the others there are."""


@dataclass(frozen=True)
class Failures:
    """The failures of one account or network in the present window."""

    count: int
    window_started_at: datetime
    blocked_until: datetime | None = None


def admit(failures: Failures | None, limit: Limit, at: datetime) -> Failures:
    """Count one more attempt as failed, before its password is looked at; a success takes it back.

    Raises `TooManySignIns` while the account or network is blocked.
    """
    if failures is not None and failures.blocked_until is not None and failures.blocked_until > at:
        seconds = int((failures.blocked_until - at).total_seconds()) + 1
        raise TooManySignIns({"seconds": seconds}, retry_after=seconds)
    if failures is None or at - failures.window_started_at > limit.window + _block(failures.count, limit):
        return Failures(1, at)
    count = failures.count + 1
    return replace(failures, count=count, blocked_until=at + _block(count, limit) if count >= limit.free else None)


def is_told(count: int) -> bool:
    """Whether the audit trail tells at once of the refusal of somebody signed in that is this one in its window: the 1st, 2nd, 4th,
    8th and so on, so that a million of them are twenty lines. The exact count stands in a last line, once the window is over."""
    return count & (count - 1) == 0


def _block(count: int, limit: Limit) -> timedelta:
    if count < limit.free:
        return timedelta(0)
    doublings = min(count - limit.free, 10)
    return min(limit.first_block * (1 << doublings), LONGEST_BLOCK)


def may_sign_in(*, disabled_at: datetime | None, one_time_until: datetime | None, at: datetime) -> bool:
    """Whether the stored password of an account opens it at a moment: not when it is shut, nor with a slip past its time."""
    return disabled_at is None and (one_time_until is None or at < one_time_until)


def counted_networks(address: str) -> tuple[tuple[str, Limit], ...]:
    """The networks that a sign-in from an address is counted with, the narrowest first, and the limit of each."""
    return tuple((network, NETWORK_LIMITS[bits]) for network, bits in networks_of(address))


def refresh_is_reuse(
    *,
    issued_at: datetime,
    used_at: datetime | None,
    session_used_at: datetime,
    a_successor_was_used: bool,
    a_sibling_was_used: bool,
    at: datetime,
) -> bool:
    """Whether a refresh token is presented that only a thief or a copy would still present.

    A phone that lost the answer sends the same token again: within 60 seconds, and as long as no successor has been used, it is
    given another successor. Of several successors of one token, only the first that is used counts: also once those that were used
    are forgotten, since the session has gone on without the others.
    """
    if a_sibling_was_used:
        return True
    if used_at is None:
        return session_used_at - issued_at > REFRESH_GRACE
    return a_successor_was_used or at - used_at > REFRESH_GRACE
