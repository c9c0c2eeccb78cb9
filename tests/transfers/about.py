"""What is done here about another person."""

from typing import Any

from tests.access.person import WHY, Do, Person
from tests.conftest import Caller


def transfer(caller: Caller, person: Person) -> Any:
    body = {"member_id": str(person.holder.member_id), "to_organization_id": str(person.district.ids["B12"]), **WHY}
    return caller.post("/v1/transfers", json=body)


OPERATIONS: dict[str, Do] = {
    "request_transfer": transfer,
}
