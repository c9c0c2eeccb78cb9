"""What waits about accounts: what one of those who decide for the district asks for and another has to agree to, roles that soon
come to their last day, and one's own password, where somebody else seems to know it."""

from typing import Any, Final

from sqlmodel import col

from api.access.permissions import DECIDERS, Permission
from api.access.scope import Access
from api.accounts import queries
from api.accounts.rules import ENDS_SOON, ROLE_NAMES
from api.database import Work
from api.days import day_of
from api.errors import Text
from api.todo.service import Item, Source
from models.account import Account, RefusalCount, RoleGrant, SlipRequest


def _to_agree_to(work: Work, access: Access) -> Any:
    is_decider = any(grant.role in DECIDERS for grant in access.granted)
    return queries.open_to(work, access, work.at) if is_decider else None


def _request(work: Work, request: SlipRequest, username: str) -> Item:
    return Item(request.id, request.organization_id, _asked(username, request), request.created_at, work.today)


def _asked(username: str, request: SlipRequest) -> Text:
    if request.resets_otp:
        return Text(
            f"有人申请重置账号 {username} 的动态验证码，请核实后批准或拒绝。",
            f"It is asked to take away the second factor of {username}, which takes two: agree or refuse.",
        )
    if (role := request.role) is None:
        return Text(
            f"有人申请为账号 {username} 发放新的一次性密码，请核实后批准或拒绝。",
            f"A new one-time password is asked for {username}, which takes two: agree or refuse.",
        )
    return Text(
        f"有人申请授予账号 {username} {ROLE_NAMES[role]}角色，请核实后批准或拒绝。",
        f"The role {role.value} is asked for {username}: agree or refuse.",
    )


SLIP_REQUESTS: Final = Source("slip_request", SlipRequest, Permission.account_write, _to_agree_to, _request, (col(SlipRequest.id),))
"""Each lapses within a day."""


def _ending_role(work: Work, grant: RoleGrant, username: str) -> Item:
    assert grant.until is not None
    text = Text(
        f"账号 {username} 的{ROLE_NAMES[grant.role]}角色{grant.until.month}月{grant.until.day}日到期，如需延长请重新授予。",
        f"The role {grant.role.value} of {username} is held until {grant.until}; grant it anew if it is to go on.",
    )
    return Item(grant.id, grant.organization_id, text, work.begin_of(grant.until - ENDS_SOON), grant.until)


ENDING_ROLES: Final = Source(
    "ending_role",
    RoleGrant,
    Permission.role_grant,
    lambda work, access: queries.ending_grants(work, access, work.today + ENDS_SOON),
    _ending_role,
    (col(RoleGrant.until), col(RoleGrant.id)),
)


def _known_password(work: Work, account: Account, refused: RefusalCount) -> Item:
    times, day = refused.count + refused.unfinished, day_of(refused.unfinished_at or refused.last_at, work.zone)
    text = Text(
        f"有人输对了您的密码，但没有通过动态验证码（共{times}次，最近在{day.month}月{day.day}日）。如不是您本人，请马上修改密码。",
        f"Somebody had your password right, but no right code (tried {times}x, last on {day}). Unless it was you, change your "
        "password at once.",
    )
    return Item(account.id, account.organization_id, text, refused.window_started_at)


KNOWN_PASSWORDS: Final = Source(
    "known_password",
    Account,
    Permission.todo_read,
    lambda work, access: queries.known_password(access.account_id, work.at),
    _known_password,
    (col(Account.id),),
)
"""Until the password is another one, or for a month."""
