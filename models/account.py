from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from models.base import (
    DecidedPlainly,
    Erased,
    Keep,
    OwnedRecord,
    Personal,
    Record,
    Whose,
    Withheld,
    column,
    open_until_decided,
    ordered_text,
    plain,
    sealed,
    words,
)
from models.enums import RequestState, Role
from models.sign_in_enums import Guess, SessionEnd


class AccountBase(SQLModel):
    # A member's goes with all else that is kept of him: until then he may come back to it.
    username: str = column(
        Personal.basic,
        Keep.log,
        ended="CASE WHEN member_id IS NULL THEN disabled_at END",
        max_length=64,
        sa_type=ordered_text(64),
        unique=True,
    )
    member_id: UUID | None = plain(default=None, whose="member", foreign_key="member.id", unique=True)


class Account(AccountBase, OwnedRecord, table=True):
    """Who can sign in. What he may do stands in his grants alone. A one-time password is good until `one_time_until`, and known by
    its keyed digest until it is changed.

    `slip_made_by` is the account that handed out the last one-time password, and so may know the password that replaced it;
    `created_by` the one that made the account, whose other hand it may be while it names no member. Null is the command line, or
    two people together.

    `otp_since` is when the present second factor was confirmed, null where there is none; `otp_reset_by` the account that took the
    last one away, until there is another: he hands out no password meanwhile.
    """

    created_by: UUID | None = plain(default=None)
    slip_made_by: UUID | None = plain(default=None)
    password_hash: str = column(Personal.sensitive, withheld=Withheld.secret, max_length=200)
    password_changed_at: datetime = plain()
    must_change_password: bool = plain(default=False)
    one_time_until: datetime | None = plain(default=None)
    one_time_digest: str | None = column(Personal.sensitive, withheld=Withheld.secret, default=None, max_length=64)
    disabled_at: datetime | None = plain(default=None)
    otp_since: datetime | None = plain(default=None)
    otp_reset_by: UUID | None = plain(default=None)


class SecondFactor(Record, table=True):
    """What an account makes its codes with (TOTP, RFC 6238), read and written only by who holds the account's row.

    `pending_sealed` is a secret that waits for its first code, with the session that it was told in, and when. `last_step` counts
    the half minutes of the last code that was taken: none of that one or before is taken again. `failures` are wrong codes one
    after another; `recovery_digests` the keyed digests of the recovery codes that are left, with spaces between them.
    """

    __tablename__ = "second_factor"

    account_id: UUID = plain(whose="account", erased=Erased.row, withheld=Withheld.secret, foreign_key="account.id", unique=True)
    secret_sealed: bytes | None = column(Personal.sensitive, default=None, sa_type=sealed())
    pending_sealed: bytes | None = column(Personal.sensitive, default=None, sa_type=sealed())
    last_step: int | None = plain(default=None)
    failures: int = plain(default=0)
    recovery_digests: str = column(Personal.sensitive, default="", max_length=700)


OF_AN_OFFICE = text("role <> 'member'")
ENDS = text("until IS NOT NULL")
"""The conditions of partial indexes. A query has to hold the very same words, or what they follow from."""


class RoleGrant(OwnedRecord, table=True):
    """A role that an account holds over one organisation and everything below it, until it is ended; `until` is its last day."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index("ix_role_grant_office", "role", "account_id", sqlite_where=OF_AN_OFFICE, postgresql_where=OF_AN_OFFICE),
        Index("ix_role_grant_until", "until", sqlite_where=ENDS, postgresql_where=ENDS),
        Index(
            "uq_role_grant_alive",
            "account_id",
            "role",
            "organization_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    account_id: UUID = plain(whose="account", foreign_key="account.id", index=True)
    role: Role = plain(sa_type=words(Role))
    granted_by: UUID | None = plain(default=None, foreign_key="account.id")
    until: date | None = plain(default=None)
    ended_at: datetime | None = plain(default=None)


class SlipRequest(DecidedPlainly, OwnedRecord, table=True):
    """What one person asks for an account of those who decide for the district, and another has to agree to: that role; that its
    second factor is taken away (`resets_otp`); or else a new one-time password, of which the one who asks gets the first half at
    once."""

    __tablename__ = "slip_request"
    __table_args__ = (
        Index(
            "uq_slip_request_open",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        open_until_decided(),
    )

    account_id: UUID = plain(whose="account", foreign_key="account.id", index=True)
    role: Role | None = plain(default=None, sa_type=words(Role))
    resets_otp: bool = plain(default=False)
    requested_by: UUID = plain(foreign_key="account.id")
    half_sealed: bytes | None = column(Personal.sensitive, withheld=Withheld.secret, default=None, sa_type=sealed())
    expires_at: datetime = plain()
    state: RequestState = plain(default=RequestState.open, sa_type=words(RequestState))


class SignInSession(Record, table=True):
    """One sign-in on one device: `device` is the program's own name, `device_id` the known device, which may be forgotten by now.
    `proved_at` tells when the holder has last shown his password or a code, by signing in or in between."""

    __tablename__ = "sign_in_session"

    account_id: UUID = plain(
        whose="account", ended="coalesce(ended_at, expires_at)", erased=Erased.row, foreign_key="account.id", index=True
    )
    device: str = column(Personal.basic, Keep.log, default="", max_length=120)
    device_id: UUID | None = plain(default=None)
    last_used_at: datetime = plain()
    proved_at: datetime | None = plain(default=None)
    expires_at: datetime = plain()
    ended_at: datetime | None = plain(default=None)
    end_reason: SessionEnd | None = plain(default=None, sa_type=words(SessionEnd))


class KnownDevice(Record, table=True):
    """A device that an account has been signed in on, known by the keyed digest of the token that it was given."""

    __tablename__ = "known_device"

    account_id: UUID = plain(whose="account", erased=Erased.row, withheld=Withheld.secret, foreign_key="account.id", index=True)
    digest: str = plain(max_length=64, unique=True)
    last_used_at: datetime = plain(index=True)


class RefreshToken(Record, table=True):
    """A refresh token by its SHA-256. `parent_id` is the token that it succeeds; `used_at` is set when it was first exchanged."""

    __tablename__ = "refresh_token"

    session_id: UUID = plain(
        whose="sign_in_session", erased=Erased.row, withheld=Withheld.secret, foreign_key="sign_in_session.id", index=True
    )
    parent_id: UUID | None = plain(default=None, foreign_key="refresh_token.id", index=True)
    digest: str = column(Personal.none, Keep.month, ended="used_at", max_length=64, unique=True)
    used_at: datetime | None = plain(default=None)


class SignInLimit(SQLModel, table=True):
    """Failed sign-ins counted for one account or network, known only by a keyed digest; or what an account succeeds in, which is
    bounded, too. `is_told` tells whether the audit trail
    knows of the first that was held up in this window."""

    __tablename__ = "sign_in_limit"

    key: str = column(
        Personal.basic,
        Keep.day,
        whose=Whose.nobody,
        ended="window_started_at",
        erased=Erased.row,
        max_length=64,
        primary_key=True,
    )
    failures: int = plain(default=0)
    window_started_at: datetime = plain(index=True)
    blocked_until: datetime | None = plain(default=None)
    is_told: bool = plain(default=False)


class RefusalCount(SQLModel, table=True):
    """How many guesses at passwords were wrong, or were held up, or had the right password without a right code (`had_password`),
    since the window began: those at one account's, or those at names that are nobody's. `told` is what the audit trail has told
    last.

    `unfinished` sign-ins with the right password are not counted yet: from the `place` of the last one, a keyed digest, they may
    still be finished."""

    __tablename__ = "refusal_count"

    key: str = plain(max_length=100, primary_key=True)
    account_id: UUID | None = column(
        Personal.none, Keep.log, default=None, whose="account", ended="last_at", erased=Erased.row, index=True
    )
    guess: Guess = plain(sa_type=words(Guess))
    held_up: bool = plain(default=False)
    had_password: bool = plain(default=False)
    count: int = plain(default=0)
    told: int = plain(default=0)
    window_started_at: datetime = plain(index=True)
    last_at: datetime = plain()
    place: str | None = column(Personal.basic, withheld=Withheld.digest, default=None, max_length=64)
    unfinished: int = plain(default=0)
    unfinished_at: datetime | None = plain(default=None)
