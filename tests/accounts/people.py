"""Members and their slips, for the tests of accounts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from models.account import Account
from models.audit import AuditLine
from models.enums import MemberStatus
from models.member import Member
from tests.conftest import Caller, District

NEW_PASSWORD = "kestrel violet 82 anchor"
PDF = {"Accept": "application/pdf"}


def enrol(district: District, code: str, *names: str, status: MemberStatus = MemberStatus.full) -> list[UUID]:
    """Add members to an organisation."""
    with district.work() as work:
        left = {"left_on": "2026-01-05"} if status is MemberStatus.left else {}
        content = {"organization_id": district.ids[code], "joined_on": "1995-07-01", "status": status, **left}
        members = [Member.model_validate({**content, "full_name": name}) for name in names]
        work.add_all(members)
        work.flush()
        return [member.id for member in members]


def issue(caller: Caller, district: District, code: str, **headers: str) -> Any:
    return caller.post("/v1/accounts/issue", json={"organization_id": str(district.ids[code])}, headers=headers)


def sign_in(district: District, slip: dict[str, Any]) -> Any:
    body = {"username": slip["username"], "password": slip["one_time_password"]}
    return district.client.post("/v1/sessions", json=body)


def settled(district: District, slip: dict[str, Any]) -> Caller:
    """Somebody who has signed in with his slip and changed the password."""
    issued = sign_in(district, slip).json()
    caller = Caller(district.client, slip["account_id"], slip["username"], issued["access_token"], issued["refresh_token"])
    body = {"present_password": slip["one_time_password"], "new_password": NEW_PASSWORD}
    assert caller.post("/v1/accounts/mine/password", json=body).status_code == 204
    return caller


def age(district: District, account_id: str, days: float) -> None:
    """Let a one-time password get older."""
    with district.work() as work:
        account = work.get_one(Account, UUID(account_id))
        assert account.one_time_until
        until = account.one_time_until - timedelta(days=days)
        work.exec(update(Account).where(col(Account.id) == account.id).values(one_time_until=until))


def deeds(district: District, action: str) -> list[AuditLine]:
    with district.work() as work:
        return list(work.exec(select(AuditLine).where(col(AuditLine.action) == action).order_by(col(AuditLine.seq))).all())
