"""Packs: what offline readers must know of an organisation's cards. Each is a portable roster, so each fetch is on record."""

from itertools import groupby
from uuid import UUID

from api.access.scope import Access, Lock
from api.database import Work
from api.packs import queries, rules, token
from api.packs.queries import Living
from api.packs.token import Pack, PackedCard, PackedOrganization, PackedPlate
from api.profiles.rules import display_name
from api.status_lists.service import Signing
from models.enums import NameDisplay
from models.organization import Organization


def fetch_pack(work: Work, access: Access, organization_id: UUID, signing: Signing) -> str:
    """The pack of the living cards that an organisation within reach has itself issued, those below it not; signed now.

    One that holds no members has an empty pack. Raises `NotFound`, or `Unavailable` without a key.
    """
    organization = access.get(work, Organization, organization_id, Lock.none)
    _, key = signing.keys.signing(work)
    issued = int(work.at.timestamp())
    rows = queries.living_cards(work, organization.id)
    pack = Pack(
        sub=token.address(signing.base_url, organization.id),
        iat=issued,
        exp=issued + int(rules.LIFETIME.total_seconds()),
        ttl=int(rules.TTL.total_seconds()),
        organization=PackedOrganization(name=organization.name, service_phone=organization.service_phone),
        cards=[_packed(work, list(one)) for _, one in groupby(rows, key=lambda row: row.card.id)],
    )
    work.record("fetch_pack", organization, cards=len(pack.cards))
    return token.write(pack, key)


def _packed(work: Work, rows: list[Living]) -> PackedCard:
    card, member, policy, _, photo_digest = rows[0]
    return PackedCard(
        credential_number=card.credential_number,
        state=card.state,
        name=display_name(member.full_name, NameDisplay(policy)),
        posts=[member.party_post] if member.party_post else [],
        expires_on=card.expires_on,
        expires_at=token.end_of(card.expires_on, work.zone),
        status_list=card.status_list,
        status_index=card.status_index,
        photo=photo_digest,
        plates=[PackedPlate(kind=row.plate.kind, digest=token.code_digest(row.plate.code)) for row in rows if row.plate],
    )
