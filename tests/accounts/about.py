"""What is done here about another person."""

from typing import Any
from uuid import UUID

from models.account import Account
from tests.access.person import Do, Person
from tests.conftest import Caller


def grant(caller: Caller, person: Person) -> Any:
    place = str(person.district.ids["B11"])
    return caller.post("/v1/grants", json={"account_id": person.account.account_id, "role": "deputy", "organization_id": place})


def reset_otp(caller: Caller, person: Person) -> Any:
    with person.district.work() as work:
        work.get_one(Account, UUID(person.account.account_id)).otp_since = work.at
    return caller.post(f"/v1/accounts/{person.account.account_id}/otp/reset")


OPERATIONS: dict[str, Do] = {
    "disable_account": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/disable"),
    "enable_account": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/enable"),
    "renew_slip": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/slip"),
    "reset_otp": reset_otp,
    "end_account_sessions": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/end-sessions"),
    "grant_role": grant,
    "end_grant": lambda by, one: by.delete(f"/v1/grants/{one.grant_id()}"),
}
