"""Somebody who signs in at the service itself, at moments of his own choosing, without waiting for a hash."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, select

from api.access import rules, service
from api.access.otp.rules import STEP, OtpRequired, code_at
from api.access.passwords import Passwords
from api.access.service import Issued
from api.database import Origin
from models.audit import AuditLine
from tests.access.factors import Phone
from tests.conftest import PASSWORD, District


class Quick(Passwords):
    """Compares without a hash, so that many sign-ins take a moment: only the test's own password is right."""

    def matches(self, password: str, stored: str | None, *, is_stranger: bool = False) -> bool:
        return password == PASSWORD and stored is not None


@dataclass
class Guesser:
    """Signs in, with wrong passwords unless told another, at moments that follow each other."""

    district: District
    passed: timedelta = timedelta(0)
    began: datetime = field(default_factory=lambda: Origin("test").at)

    def tries(
        self,
        username: str,
        address: str,
        *,
        device: str | None = None,
        password: str = "wrong",
        otp: str | Phone | None = None,
        later: timedelta = timedelta(0),
    ) -> tuple[str, int | None, str | None]:
        """What it is answered, after how many seconds to come back, and the token of the device; `otp` is a code, or whose app
        shows it."""
        try:
            issued = self.signs_in(username, address, device=device, password=password, otp=otp, later=later)
        except (rules.WrongCredentials, rules.TooManySignIns, OtpRequired) as refusal:
            return refusal.code(), refusal.retry_after, None
        return "signed_in", None, issued.device_token

    def signs_in(
        self,
        username: str,
        address: str = "192.0.2.1",
        *,
        device: str | None = None,
        password: str = PASSWORD,
        otp: str | Phone | None = None,
        later: timedelta = timedelta(0),
    ) -> Issued:
        self.passed += later
        house, at = self.district.house, self.began + self.passed
        if isinstance(otp, Phone):
            otp = code_at(otp.secret, int(at.timestamp()) // STEP).decode()
        return service.sign_in(
            house.database,
            Origin("test", at=at),
            username,
            password,
            service.Device(address, "tests", device),
            otp=otp,
            tokens=house.tokens,
            passwords=Quick(),
            cipher=house.cipher,
            lifetimes=house.lifetimes,
            demands=house.demands,
        )


def told(district: District, action: str = "refuse_sign_in") -> list[AuditLine]:
    """What the audit trail tells of one kind of thing, in its order."""
    with district.work() as work:
        return list(work.exec(select(AuditLine).where(col(AuditLine.action) == action).order_by(col(AuditLine.seq))).all())
