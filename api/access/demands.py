"""What an installation demands of those who sign in: how long it lasts, and who shows more than a password, and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.access.otp.rules import FRESH, OFFICE
from models.account import Account, SignInSession
from models.enums import Role


@dataclass(frozen=True)
class Lifetimes:
    """How long a session may lie idle, and how long it lasts at the most (OWASP ASVS 7.3): those of an office are shorter."""

    idle: timedelta
    absolute: timedelta
    office_idle: timedelta
    office_absolute: timedelta

    def lasts(self, roles: Collection[Role]) -> timedelta:
        """How long a session of one with these roles lasts at the most."""
        return self.absolute if OFFICE.isdisjoint(roles) else min(self.absolute, self.office_absolute)

    def is_over(self, session: SignInSession, roles: Collection[Role], at: datetime) -> bool:
        """Whether a session has lain idle too long, or has come to its end, for one who holds these roles now."""
        idle = self.idle if OFFICE.isdisjoint(roles) else min(self.idle, self.office_idle)
        ends_at = min(session.expires_at, session.created_at + self.lasts(roles))
        return ends_at <= at or at - session.last_used_at > idle


@dataclass(frozen=True)
class Demands:
    """Whether officers, administrators and auditors need a second factor, and whether what gives away much is only done by who has
    just shown who he is."""

    otp: bool
    step_up: bool

    def wants_otp(self, roles: Collection[Role]) -> bool:
        """Whether one with these roles needs a second factor."""
        return self.otp and not OFFICE.isdisjoint(roles)

    def owes_otp(self, account: Account, roles: Collection[Role]) -> bool:
        """Whether one with these roles has to enrol a second factor before he does anything."""
        return account.otp_since is None and self.wants_otp(roles)

    def owes_step_up(self, session: SignInSession, at: datetime) -> bool:
        """Whether the holder of a session has to show once more who he is."""
        return self.step_up and (session.proved_at is None or at - session.proved_at > FRESH)
