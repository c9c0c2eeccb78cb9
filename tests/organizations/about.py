"""What is done here about another person."""

from datetime import timedelta
from typing import Any

from models.enums import PartyPost
from models.post_enums import PostKind
from tests.access.person import ANY, Do, Person
from tests.clock import district_day
from tests.conftest import Caller
from tests.posts.kept import add_held, add_post


def end_term(caller: Caller, person: Person) -> Any:
    """The term of the committee that somebody belongs to dates his card."""
    person.becomes(party_post=PartyPost.secretary)
    ends_on = district_day() + timedelta(days=100)
    return caller.patch(f"/v1/organizations/{person.district.ids['B11']}", json={"term_ends_on": ends_on.isoformat()}, **ANY)


def close_under(caller: Caller, person: Person) -> Any:
    """A branch without members is closed, of which somebody holds a post who was sent."""
    with person.district.work() as work:
        post = add_post(work, person.district.ids["B12"], kind=PostKind.first_secretary, title="第一书记")
        add_held(work, post.id, person.holder.member_id, sent_by_id=person.district.ids["D"])
    return caller.post(f"/v1/organizations/{person.district.ids['B12']}/close")


OPERATIONS: dict[str, Do] = {
    "edit_organization": end_term,
    "close_organization": close_under,
}
