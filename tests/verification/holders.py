"""Members with a card and a plate, and codes that no honest server would sign any more."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from api.adapters.jose import PrivateKey
from api.cards import plates, service, showing
from api.codes import signing
from api.codes.reading import DynamicCode
from api.database import Origin
from api.house import House
from api.posts.showing import show_posts_of_members
from models.base import Record
from models.card import Card
from models.enums import MemberStatus, PartyPost, PlateKind
from models.member import Member

# The order of the group of P-256 (SEC 2, section 2.4.2).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Holder:
    """A member with a valid card and one plate of it."""

    member_id: uuid.UUID
    card_id: uuid.UUID
    plate_id: uuid.UUID
    code: str


def hold(house: House, organization_id: uuid.UUID, name: str = "王秀兰", *, kind: PlateKind = PlateKind.desk_plate) -> Holder:
    """Make a member of this organisation, its secretary, with a valid card and a plate."""
    with house.database.writing(Origin("test")) as work:
        member = Member(
            organization_id=organization_id,
            full_name=name,
            joined_on=date(1995, 7, 1),
            status=MemberStatus.full,
            party_post=PartyPost.secretary,
        )
        work.add(member)
        show_posts_of_members(work, [member])
        for _ in service.issue_to(work, [member], service.Issuing(house.status_key, 5)):
            pass
        card = showing.card_of(work, member.id)
        plate = plates.add_plate(work, card, kind)
        return Holder(member.id, card.id, plate.id, plate.code)


def another_plate(house: House, holder: Holder) -> str:
    """The code of a further plate of the same card."""
    with house.database.writing(Origin("test")) as work:
        return plates.add_plate(work, work.get_one(Card, holder.card_id), PlateKind.name_badge).code


def change(house: House, kind: type[Record], key: uuid.UUID, **values: Any) -> None:
    """Set columns of a row behind the application's back."""
    with house.database.writing(Origin("test")) as work:
        row = work.get_one(kind, key)
        for name, value in values.items():
            setattr(row, name, value)


def signed(
    house: House, holder: Holder, *, age: float = 0, key: PrivateKey | None = None, slot: int | None = None, lifetime: int = 60
) -> DynamicCode:
    """A dynamic code of that card as it was signed `age` seconds ago, by the house's own key unless another is given."""
    with house.database.reading(Origin("test")) as work:
        own_slot, own_key = house.keys.signing(work)
        card = work.get_one(Card, holder.card_id)
        return signing.sign_code(
            credential_number=card.credential_number,
            issued_at=int(datetime.now(UTC).timestamp() - age),
            status_list=card.status_list,
            status_index=card.status_index,
            key=key or own_key,
            slot=own_slot if slot is None else slot,
            lifetime=lifetime,
        )
