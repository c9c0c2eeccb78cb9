"""The words of signing in. As `enums.py` it imports nothing of the project."""

from enum import StrEnum


class Guess(StrEnum):
    """What a guess at a password or a code was made for."""

    sign_in = "sign_in"
    password_change = "password_change"
    step_up = "step_up"


class SessionEnd(StrEnum):
    """Why a sign-in session is over before its time."""

    signed_out = "signed_out"
    ended_by_owner = "ended_by_owner"
    password_changed = "password_changed"
    refresh_token_reused = "refresh_token_reused"
    account_disabled = "account_disabled"
    ended_by_another = "ended_by_another"
    otp_changed = "otp_changed"
    too_many = "too_many"
