"""Cards as they are made: their numbers, their places in the status lists, and how long they are good for."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from api.cards import queries, rules
from api.cards.rules import Expiry
from api.database import Work
from api.members.rules import Dated
from api.status_lists import service as status_lists
from models.card import Card
from models.member import Member

CREDENTIAL_BITS = 48
CHUNK = 1000


@dataclass(frozen=True)
class Issuing:
    """What a new card is made with: the key of the status lists, and the years that it is good for."""

    status_key: bytes = field(repr=False)
    years: int


def issue_to(work: Work, members: Sequence[Member], issuing: Issuing) -> Iterator[int]:
    """Issue cards to members of whom it is known that they may have one, telling after each thousand how many are done."""
    numbers = _new_credentials(work, len(members))
    terms = queries.terms(work, {member.organization_id for member in members if member.party_post is not None})
    places = status_lists.take_places(work, len(members), issuing.status_key)
    for start in range(0, len(members), CHUNK):
        chunk = slice(start, start + CHUNK)
        for member, number, (status_list, status_index) in zip(members[chunk], numbers[chunk], places, strict=False):
            expires_on, basis = expiry_of(member, terms, work.today, issuing.years)
            card = Card(
                member_id=member.id,
                organization_id=member.organization_id,
                credential_number=number,
                state_changed_at=work.at,
                expires_on=expires_on,
                expiry_basis=basis,
                status_list=status_list,
                status_index=status_index,
            )
            work.add(card)
            work.record("issue_card", card)
        work.flush()
        yield min(start + CHUNK, len(members))


def expiry_of(member: Member, terms: Mapping[UUID, date | None], today: date, years: int) -> Expiry:
    return rules.expiry(
        today,
        years,
        status=member.status,
        joined=Dated(member.joined_on, member.joined_precision),
        holds_post=member.party_post is not None,
        term_ends_on=terms.get(member.organization_id),
    )


def _new_credentials(work: Work, count: int) -> list[int]:
    """Random numbers that no card has borne yet."""
    numbers: set[int] = set()
    while len(numbers) < count:
        fresh = {secrets.randbits(CREDENTIAL_BITS) for _ in range(count - len(numbers))}
        numbers |= fresh - queries.taken_credentials(work, list(fresh))
    return list(numbers)
