"""What is done here about another person."""

from typing import Any

from tests.access.person import Do, Person, version_of
from tests.conftest import Caller
from tests.files.drawings import drawn

PICTURE = drawn()


def consent(caller: Caller, person: Person) -> Any:
    text = {"kind": "photo", "text_version": version_of(person.account)}
    return caller.post("/v1/consents", json={"member_id": str(person.holder.member_id), **text})


OPERATIONS: dict[str, Do] = {
    "record_consent": consent,
    "withdraw_consent": lambda by, one: by.post(f"/v1/consents/{one.consent_id}/withdraw"),
    "set_member_photo": lambda by, one: by.post(f"/v1/photos/{one.holder.member_id}", files={"file": ("a.png", PICTURE)}),
    "remove_member_photo": lambda by, one: by.delete(f"/v1/photos/{one.holder.member_id}"),
}
