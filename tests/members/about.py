"""What is done here about another person."""

from datetime import date
from typing import Any

from models.enums import MemberStatus
from tests.access.person import ANY, WHY, Do, Person
from tests.conftest import Caller


def restore(caller: Caller, person: Person) -> Any:
    person.becomes(status=MemberStatus.left, left_on=date(2020, 1, 1), left_kind="withdrew")
    answer = caller.post(f"{person.member}/restore", json={**WHY, "status": "full"})
    person.becomes(status=MemberStatus.full, left_on=None, left_kind=None)
    return answer


OPERATIONS: dict[str, Do] = {
    "edit_member": lambda by, one: by.patch(one.member, json={"remark": "甲"}, **ANY),
    "leave_member": lambda by, one: by.post(f"{one.member}/leave", json={**WHY, "kind": "withdrew"}),
    "confirm_member": lambda by, one: by.post(f"{one.member}/confirm", json={"confirmed_on": "2020-01-01"}),
    "restore_member": restore,
}
