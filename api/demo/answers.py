"""A code for each answer that a scan can have, so that all of them can be seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from uuid_utils.compat import uuid7

from api.access.permissions import Permission
from api.access.scope import Access, Granted
from api.cards import plates, showing
from api.cards import service as cards
from api.codes.reading import new_printed_code
from api.codes.signing import sign_code
from api.database import Origin, Work
from api.files.brought import Prepared
from api.house import House
from api.members import life
from api.photos import service as photos
from api.photos import words
from api.versions import Expected
from models.account import Account
from models.card import Card
from models.enums import ConsentKind, PlateKind, Role
from models.member import Member
from models.organization import Organization

REASON = "演示"
PORTRAIT = Path(__file__).with_name("portrait.jpg")
"""A photo of nobody."""
AGE = timedelta(hours=1)
UNASKED = Expected(versions=None, required=False)


@dataclass(frozen=True)
class Cast:
    """Who plays which part: the officer who decides, a member for each answer, and the branch that one of them moves to."""

    officer: Account
    members: Iterator[Member]
    destination: Organization


def show_photo(work: Work, officer: Account, member: Member, prepared: Prepared) -> None:
    """Give a member the photo, with the consent that it takes."""
    access = _access(officer, Permission.photo_write)
    photos.record_consent(work, access, member.id, ConsentKind.photo, words.current(ConsentKind.photo).version)
    photos.set_member_photo(work, access, member.id, prepared)


def codes_of_answers(work: Work, cast: Cast) -> dict[str, str]:
    """Printed codes by the answers that they have: what becomes of each card is decided as an office would."""
    access = _access(cast.officer, Permission.card_write)
    codes: dict[str, str] = {}

    def card(answer: str) -> tuple[Member, Card]:
        member = next(cast.members)
        card = showing.card_of(work, member.id)
        codes[answer] = plates.add_plate(work, card, PlateKind.desk_plate).code
        return member, card

    cards.suspend_card(work, access, card("suspended")[1].id, REASON, UNASKED)
    cards.revoke_card(work, access, card("revoked")[1].id, REASON, UNASKED)
    cards.expire_card(work, access, card("expired")[1].id, REASON, UNASKED)
    life.move(work, card("transferred")[0], cast.destination, REASON)
    codes["not_found"] = new_printed_code(PlateKind.desk_plate)
    return codes


def stale_code(house: House, member_id: UUID) -> str:
    """A code that a phone showed a while ago, as on a picture of its screen."""
    with house.database.reading(Origin("demo")) as work:
        slot, key = house.keys.signing(work)
        card = showing.card_of(work, member_id)
        return sign_code(
            credential_number=card.credential_number,
            issued_at=int((work.at - AGE).timestamp()),
            status_list=card.status_list,
            status_index=card.status_index,
            key=key,
            slot=slot,
        ).pack()


def _access(officer: Account, permission: Permission) -> Access:
    granted = Granted(Role.district_officer, uuid7())
    return Access(officer.id, uuid7(), officer.organization_id, None, permission, (granted,))
