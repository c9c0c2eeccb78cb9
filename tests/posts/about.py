"""What is done here about another person."""

from typing import Any
from uuid import UUID

from models.enums import PartyPost
from models.post import Post, PostHolding
from tests.access.person import ANY, WHY, Do, Person
from tests.posts.kept import GIVEN, URL, add_application, add_held, add_post


def post_of(person: Person) -> str:
    """A post of his branch that takes applications, by its address."""
    with person.district.work() as work:
        post = add_post(work, person.district.ids["B11"], announced_until=work.today)
        return f"{URL}/{post.id}"


def held_by(person: Person) -> tuple[Post, PostHolding]:
    with person.district.work() as work:
        post = add_post(work, person.district.ids["B11"])
        return post, add_held(work, post.id, person.holder.member_id)


def asked_by(person: Person) -> str:
    """His application, by its address."""
    with person.district.work() as work:
        post = add_post(work, person.district.ids["B11"], announced_until=work.today)
        asked = add_application(work, post, person.holder.member_id, UUID(person.account.account_id))
        return f"{URL}/applications/{asked.id}"


def _ends(by: Any, person: Person) -> Any:
    post, holding = held_by(person)
    return by.post(f"{URL}/{post.id}/holdings/{holding.id}/end", json=WHY)


def _names(by: Any, person: Person) -> Any:
    person.becomes(party_post=PartyPost.publicity_commissioner)
    body = {"organization_id": str(person.district.ids["B11"]), "kind": "party", "party_post": "publicity_commissioner"}
    answer = by.post(URL, json=body | {"title": "宣传委员", "duties": []})
    person.becomes(party_post=None)
    return answer


OPERATIONS: dict[str, Do] = {
    "create_post": _names,
    "add_holding": lambda by, one: by.post(f"{post_of(one)}/holdings", json=GIVEN | {"member_id": str(one.holder.member_id)}),
    "end_holding": _ends,
    "edit_post": lambda by, one: by.patch(f"{URL}/{held_by(one)[0].id}", json={"is_public": False}, **ANY),
    "close_post": lambda by, one: by.post(f"{URL}/{held_by(one)[0].id}/close", json=WHY),
    "recommend_for_post": lambda by, one: by.post(
        f"{post_of(one)}/recommend", json={"member_id": str(one.holder.member_id), "statement": "热心公益。"}
    ),
    "accept_post_application": lambda by, one: by.post(f"{asked_by(one)}/accept", json={"slot": "primary", "since": "2026-01-01"}),
    "refuse_post_application": lambda by, one: by.post(f"{asked_by(one)}/refuse", json=WHY),
}
