"""What is done here about another person."""

from datetime import timedelta
from typing import Any

from models.enums import PartyPost
from tests.access.person import ANY, Do, Person
from tests.clock import district_day
from tests.conftest import Caller


def end_term(caller: Caller, person: Person) -> Any:
    """The term of the committee that somebody belongs to dates his card."""
    person.becomes(party_post=PartyPost.secretary)
    ends_on = district_day() + timedelta(days=100)
    return caller.patch(f"/v1/organizations/{person.district.ids['B11']}", json={"term_ends_on": ends_on.isoformat()}, **ANY)


OPERATIONS: dict[str, Do] = {
    "edit_organization": end_term,
}
