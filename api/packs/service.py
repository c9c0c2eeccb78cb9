"""Packs: what offline readers must know of an organisation's cards. Each is a portable roster, so each fetch is on record."""

from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby
from uuid import UUID

from api.access.scope import Access, Lock
from api.database import Database, Origin, Work
from api.packs import queries, rules, token
from api.packs.queries import Living
from api.packs.token import Pack, PackedCard, PackedOrganization, PackedPlate
from api.profiles.rules import display_name
from api.status_lists.service import Signing
from models.enums import NameDisplay
from models.organization import Organization


@dataclass(frozen=True)
class SignedPack:
    """A pack as it is fetched, and of how many cards it tells."""

    organization_id: UUID
    cards: int
    signed: str


def sign_pack(database: Database, origin: Origin, access: Access, organization_id: UUID, signing: Signing) -> SignedPack:
    """Make the pack of the living cards that an organisation within reach has itself issued, those below it not; signed now. It is
    made by reading alone: nobody is to have it before `fetch_pack` has told of it.

    One that holds no members has an empty pack. Raises `NotFound`, or `Unavailable` without a key.
    """
    with database.reading(origin) as work:
        organization = access.get(work, Organization, organization_id)
        _, key = signing.keys.signing(work)
        issued = int(work.at.timestamp())
        rows = queries.living_cards(work, organization.id)
    pack = Pack(
        sub=token.address(signing.base_url, organization.id),
        iat=issued,
        exp=issued + int(rules.LIFETIME.total_seconds()),
        ttl=int(rules.TTL.total_seconds()),
        organization=PackedOrganization(name=organization.name, service_phone=organization.service_phone),
        cards=[_packed(list(one), database.zone) for _, one in groupby(rows, key=lambda row: row.card.id)],
    )
    return SignedPack(organization.id, len(pack.cards), token.write(pack, key))


def fetch_pack(work: Work, access: Access, pack: SignedPack) -> str:
    """Write down that somebody fetches a pack, and give it to him. Raises `NotFound`."""
    organization = access.get(work, Organization, pack.organization_id, Lock.none)
    work.record("fetch_pack", organization, cards=pack.cards)
    return pack.signed


def _packed(rows: list[Living], zone: tzinfo) -> PackedCard:
    card, member, policy, _, photo_digest = rows[0]
    return PackedCard(
        credential_number=card.credential_number,
        state=card.state,
        name=display_name(member.full_name, NameDisplay(policy)),
        posts=[member.party_post] if member.party_post else [],
        expires_on=card.expires_on,
        expires_at=token.end_of(card.expires_on, zone),
        status_list=card.status_list,
        status_index=card.status_index,
        photo=photo_digest,
        plates=[PackedPlate(kind=row.plate.kind, digest=token.code_digest(row.plate.code)) for row in rows if row.plate],
    )
