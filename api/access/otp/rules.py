"""The decisions of second factors (TOTP, RFC 6238): whose is demanded, which codes are taken, and how long a proof counts."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from api.access.permissions import OFFICERS
from api.errors import Conflict, Invalid, Text, Unauthenticated
from models.enums import Role

OFFICE: Final = OFFICERS | {Role.administrator, Role.auditor}
"""Who works for the district or a town: of them a second factor is demanded, and their sessions are shorter."""
DIGITS: Final = 6
STEP: Final = 30
"""Seconds that a code is shown; with the digits and SHA-1 what every authenticator app takes for granted."""
WINDOW: Final = 1
"""How many steps a telephone's clock may be off (RFC 6238, section 5.2)."""
SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
MOST_FAILURES: Final = 100
"""Wrong codes one after another, beyond which only a recovery code is taken (NIST SP 800-63B, 5.2.2): by then somebody knows the
password and guesses, and three codes of a million are right at a time."""
MOST_SHOWN: Final = 50
"""So many of these may be shown by who is signed in; beyond them no session takes a code. Who has stolen one may not know the
password, and the rest is left to who signs in."""
FRESH: Final = timedelta(minutes=5)
"""How long it counts that one has shown his password or a code."""
WAITS: Final = timedelta(minutes=10)
"""How long a new secret waits for its first code: as long as it takes to install an app. What waits for ever would bind the phone
of somebody whom a new password has shut out meanwhile."""

WRONG_WITH_OTP: Final = Text(
    "用户名、密码或动态验证码不正确。", "The user name, the password or the code of the authenticator app is not right."
)
"""Said where a code was sent, whether there is such a user, and whatever of it is wrong."""


class OtpRequired(Unauthenticated):
    leaves_trace: ClassVar[bool] = True
    text: ClassVar[Text] = Text(
        "请再输入验证器应用中的6位动态验证码（或一个备用码）。",
        "Also type the 6 digits that your authenticator app shows, or a recovery code.",
    )


class WrongProof(Invalid):
    of_field: ClassVar[str | None] = ""
    leaves_trace: ClassVar[bool] = True
    text: ClassVar[Text] = Text(
        "密码或动态验证码不正确；动态验证码每30秒更换，用过的不能再用。",
        "The password or the code is not right; a code changes every 30 seconds and is good once.",
    )


class OtpNotBegun(Conflict):
    text: ClassVar[Text] = Text("请先获取绑定用的二维码。", "Ask for the code to scan first.")


class OtpNotEnrolled(Conflict):
    text: ClassVar[Text] = Text("还没有设置动态验证码。", "No second factor is set up.")


class OtpDemanded(Conflict):
    text: ClassVar[Text] = Text(
        "您的角色必须使用动态验证码，不能取消；换手机请重新绑定。",
        "Your role needs its second factor, so it stays; for a new phone set it up anew.",
    )


def code_at(secret: bytes, step: int) -> bytes:
    """The code of a step, counted since 1970."""
    return TOTP(secret, DIGITS, SHA1(), STEP).generate(step * STEP)


def step_of(secret: bytes, code: str, at: datetime, last_step: int | None) -> int | None:
    """The step whose code this is, of those that are taken at a moment; None where there is none after the last that was taken."""
    present = int(at.timestamp()) // STEP
    found = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        is_it = bytes_eq(code_at(secret, step), code.encode())
        if is_it and found is None and (last_step is None or step > last_step):
            found = step
    return found


def typed(text: str) -> str:
    """A code as it was meant: without the spaces and hyphens that make it legible."""
    return "".join(text.split()).replace("-", "").lower()


def is_code(text: str) -> bool:
    """Whether what was typed is a code of an app; anything else can only be a recovery code."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()


def legible(recovery_code: str) -> str:
    """A recovery code in groups of four."""
    return "-".join(recovery_code[start : start + 4] for start in range(0, len(recovery_code), 4))
