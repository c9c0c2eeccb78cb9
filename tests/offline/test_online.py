"""The scan door, given the state that the vectors tell of, says the same as a checker without a network."""

from typing import Any, cast
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlmodel import delete
from starlette.responses import Response
from starlette.types import Scope

from api.adapters.jose import PublicKey, to_base64url
from api.app import Application
from api.codes.reading import code_in
from api.offline.invented import AT, BRANCH, ELSEWHERE, ENTRIES, FANG, HOLDERS, KEYS, ORGANIZATION, WITHDRAWN, WITHDRAWN_SLOT
from api.offline.invented import Holder as Invented
from api.offline.vector_cases import EVERY_LIST, PACK, Case, every_case
from api.posts.showing import show_posts_of_members
from api.status_lists.rules import Status
from api.web.front import Front
from api.web.middleware import Middleware
from models.card import Card, Plate
from models.enums import CardState, MemberStatus
from models.member import Member
from models.organization import Organization
from models.signing_key import SigningKey
from tests.conftest import District

STATES = {Status.revoked: CardState.revoked, Status.suspended: CardState.suspended, Status.expired: CardState.expired}
THE_DOOR_KNOWS_MORE = {
    "printed, of a branch whose pack is not at hand": "valid",
    "printed, withdrawn": "revoked",
    "dynamic, suspended by a list past its ttl": "valid",
}
"""Cases in which a reader cannot know better, and what the door answers."""


class Clock:
    """Lets every request come at the moment of the vectors."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def answer(self, scope: Scope) -> Response | None:
        scope["state"]["origin"].at = AT
        return await self._front.answer(scope)


@pytest.fixture
def app(app: Application) -> Application:
    layer: Any = app.layers
    while not isinstance(layer, Middleware):
        layer = layer.app
    layer.front = cast(Front, Clock(layer.front))
    return app


def about_the_code() -> list[Case]:
    """The cases that are about a code, and not about what a reader lacks."""
    return [
        case
        for case in every_case()
        if case.at == AT
        and (case.lists, case.packs) == (EVERY_LIST, PACK)
        and case.outcome.value != "status_unknown"
        and code_in(case.text)
    ]


def invent(district: District) -> None:
    """Store the branch that the vectors tell of, as it stood at their moment."""
    with district.work() as work:
        work.exec(delete(SigningKey))
        for slot, key in {slot: key.public for slot, key in KEYS.items()}.items():
            work.add(_row(slot, key))
        withdrawn = _row(WITHDRAWN_SLOT, WITHDRAWN.public)
        withdrawn.withdrawn_at = AT
        work.add(withdrawn)
        for code, organization in (("B11", ORGANIZATION), ("B12", ELSEWHERE)):
            row = work.get_one(Organization, district.ids[code])
            row.name, row.service_phone = organization.name, organization.service_phone
        entries = ENTRIES["statuses/0.jwt"]
        for holder in HOLDERS:
            _hold(work, holder, STATES.get(entries.get(holder, Status.valid), holder.state), district)


def _row(slot: int, key: PublicKey) -> SigningKey:
    return SigningKey(
        slot=slot,
        thumbprint=key.thumbprint,
        public_x=to_base64url(key.x),
        public_y=to_base64url(key.y),
        private_sealed=b"",
        signs_from=AT,
    )


def _hold(work: Any, holder: Invented, state: CardState, district: District) -> None:
    organization_id = district.ids["B11" if holder in BRANCH else "B12"]
    member = Member.model_validate(
        {
            "organization_id": organization_id,
            "full_name": holder.name or "无名氏",
            "joined_on": "1995-07-01",
            "status": MemberStatus.full,
            "party_post": holder.post,
        }
    )
    work.add(member)
    show_posts_of_members(work, [member])
    card = Card(
        organization_id=organization_id,
        member_id=member.id,
        credential_number=holder.credential_number,
        state=state,
        state_changed_at=AT,
        expires_on=holder.expires_on,
        status_list=holder.place[0],
        status_index=holder.place[1],
    )
    work.add(card)
    work.flush()
    for at, (kind, _) in enumerate(holder.plates):
        gone = AT if holder is FANG and at == 2 else None
        work.add(Plate(organization_id=organization_id, card_id=card.id, kind=kind, code=holder.code(at), withdrawn_at=gone))


def test_the_door_answers_as_the_vectors_say(patient: None, client: TestClient, district: District) -> None:
    invent(district)
    cases = about_the_code()
    assert len(cases) > 75 and {case.name for case in cases} >= THE_DOOR_KNOWS_MORE.keys()
    for case in cases:
        answer = client.get(f"/C/{quote(code_in(case.text), safe='')}", headers={"Accept": "application/json"})
        body = answer.json()
        assert body["outcome"] == THE_DOOR_KNOWS_MORE.get(case.name, case.outcome.value), case.name
        if case.of is not None and case.name not in THE_DOOR_KNOWS_MORE:
            assert (body["issuer"], body["service_phone"]) == (ORGANIZATION.name, ORGANIZATION.service_phone), case.name
            assert body["reason"] == case.reason.value, case.name
            assert (body["card"] or {}).get("display_name") == (case.of.name if body["outcome"] == "valid" else None), case.name
