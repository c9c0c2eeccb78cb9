"""What is done here about another person."""

from typing import Any

from tests.access.person import Do, Person
from tests.conftest import Caller


def grant(caller: Caller, person: Person) -> Any:
    place = str(person.district.ids["B11"])
    return caller.post("/v1/grants", json={"account_id": person.account.account_id, "role": "deputy", "organization_id": place})


OPERATIONS: dict[str, Do] = {
    "disable_account": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/disable"),
    "enable_account": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/enable"),
    "renew_slip": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/slip"),
    "grant_role": grant,
    "end_grant": lambda by, one: by.delete(f"/v1/grants/{one.grant_id()}"),
}
