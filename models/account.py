from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from models.base import (
    DecidedPlainly,
    Keep,
    OwnedRecord,
    Personal,
    Record,
    Whose,
    column,
    open_until_decided,
    ordered_text,
    plain,
    sealed,
    words,
)
from models.enums import RequestState, Role, SessionEnd


class AccountBase(SQLModel):
    username: str = column(Personal.basic, Keep.log, max_length=64, sa_type=ordered_text(64), unique=True)
    member_id: UUID | None = plain(default=None, whose="member", foreign_key="member.id", unique=True)


class Account(AccountBase, OwnedRecord, table=True):
    """Who can sign in. What he may do stands in his grants alone. A one-time password is good until `one_time_until`.

    `slip_made_by` is the account that handed out the last one-time password, and so may know the password that replaced it;
    `created_by` the one that made the account, whose other hand it may be while it names no member. Null is the command line, or
    two people together.
    """

    created_by: UUID | None = plain(default=None)
    slip_made_by: UUID | None = plain(default=None)
    password_hash: str = column(Personal.sensitive, max_length=200)
    password_changed_at: datetime = plain()
    must_change_password: bool = plain(default=False)
    one_time_until: datetime | None = plain(default=None)
    disabled_at: datetime | None = plain(default=None)


class RoleGrant(OwnedRecord, table=True):
    """A role that an account holds over one organisation and everything below it, until it is ended; `until` is its last day."""

    __tablename__ = "role_grant"
    __table_args__ = (
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
    """What one person asks for an account of those who decide for the district, and another has to agree to: that role, or, where
    `role` is null, a new one-time password, of which the one who asks gets the first half at once."""

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
    requested_by: UUID = plain(foreign_key="account.id")
    half_sealed: bytes | None = column(Personal.sensitive, default=None, sa_type=sealed())
    expires_at: datetime = plain()
    state: RequestState = plain(default=RequestState.open, sa_type=words(RequestState))


class SignInSession(Record, table=True):
    """One sign-in on one device. `network_digest` knows the device's network again without naming it."""

    __tablename__ = "sign_in_session"

    account_id: UUID = plain(whose="account", foreign_key="account.id", index=True)
    device: str = column(Personal.basic, Keep.log, default="", max_length=120)
    network_digest: str = column(Personal.basic, Keep.log, max_length=64, index=True)
    last_used_at: datetime = plain()
    expires_at: datetime = plain()
    ended_at: datetime | None = plain(default=None)
    end_reason: SessionEnd | None = plain(default=None, sa_type=words(SessionEnd))


class RefreshToken(Record, table=True):
    """A refresh token by its SHA-256. `parent_id` is the token that it succeeds; `used_at` is set when it was first exchanged."""

    __tablename__ = "refresh_token"

    session_id: UUID = plain(whose="sign_in_session", foreign_key="sign_in_session.id", index=True)
    parent_id: UUID | None = plain(default=None, foreign_key="refresh_token.id", index=True)
    digest: str = plain(max_length=64, unique=True)
    used_at: datetime | None = plain(default=None)


class SignInLimit(SQLModel, table=True):
    """Failed sign-ins counted for one account or network, known only by a keyed digest."""

    __tablename__ = "sign_in_limit"

    key: str = column(Personal.basic, 1, whose=Whose.nobody, max_length=64, primary_key=True)
    failures: int = plain(default=0)
    window_started_at: datetime = plain(index=True)
    blocked_until: datetime | None = plain(default=None)
