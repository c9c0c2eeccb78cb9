"""The printed things that bear a card's codes, each with a code of its own."""

from collections.abc import Collection, Sequence
from uuid import UUID

from api.access.about import check_about_member
from api.access.scope import Access
from api.cards import queries, rules
from api.cards.showing import show_own_card
from api.codes import reading as codes
from api.database import Work
from api.errors import NotFound
from api.pagination import MOST_OF_ONE
from api.versions import Expected
from models.card import Card, Plate
from models.enums import PlateKind


def make_plate(work: Work, access: Access, card_id: UUID, kind: PlateKind) -> Plate:
    """Give a living card a printed thing with a code of its own. Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`,
    `CardNotLiving` or `TooManyPlatesInUse`."""
    return add_plate(work, _card(work, access, card_id), kind)


def add_plate(work: Work, card: Card, kind: PlateKind) -> Plate:
    """Make a plate for a card, for whoever has decided it. Raises `CardNotLiving` or `TooManyPlatesInUse`."""
    (plate,) = add_plates(work, [card], kind)
    work.record("make_plate", plate, plate_kind=kind)
    return plate


def add_plates(work: Work, cards: Sequence[Card], kind: PlateKind) -> list[Plate]:
    """Make a plate for each of these cards, which are held, for whoever makes a batch of them and tells the audit trail of it as a
    whole. Raises `CardNotLiving` or `TooManyPlatesInUse`."""
    for card in cards:
        if card.state not in rules.LIVING:
            raise rules.CardNotLiving(members={"state": card.state.value})
    if full_cards(work, cards):
        raise rules.TooManyPlatesInUse
    made = [
        Plate(card_id=card.id, organization_id=card.organization_id, kind=kind, code=codes.new_printed_code(kind)) for card in cards
    ]
    work.add_all(made)
    work.flush()
    return made


def full_cards(work: Work, cards: Collection[Card]) -> set[UUID]:
    """Those of some cards for which no more plates are made, for whoever leaves them out of a batch."""
    return queries.full_of_plates(work, [card.id for card in cards], rules.MOST_PLATES)


def list_plates(work: Work, access: Access, card_id: UUID) -> Sequence[Plate]:
    """The plates of a card; of more than are told at once those that stand before those that are withdrawn, the newest of each."""
    return _told(queries.plates_of(work, access.get(work, Card, card_id).id))


def show_plate(work: Work, access: Access, card_id: UUID, plate_id: UUID) -> Plate:
    return _plate(work, access.get(work, Card, card_id), plate_id)


def withdraw_plate(work: Work, access: Access, card_id: UUID, plate_id: UUID, reason: str, expected: Expected) -> Plate:
    """Withdraw one printed thing, such as a lost one; the card and its other plates stay. Once withdrawn it stays so; of one that
    its holder has reported lost it is written down that it was withdrawn, and it is not made anew.

    Raises `NotFound`, `AboutOneself` or `ForTheLevelAbove`.
    """
    plate = _plate(work, _card(work, access, card_id), plate_id)
    expected.check(plate)
    if plate.withdrawn_at is None or plate.lost_reported_at is not None:
        plate.withdrawn_at, plate.withdrawn_reason = plate.withdrawn_at or work.at, reason
        plate.lost_reported_at = None
        work.must_be_seen = True
        work.record("withdraw_plate", plate)
        work.flush()
    return plate


def replace_plate(work: Work, access: Access, card_id: UUID, plate_id: UUID, reason: str, expected: Expected) -> Plate:
    """Withdraw a plate, if it is not yet, and make another of its kind for the same card.

    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`, `CardNotLiving` or `TooManyPlatesInUse`.
    """
    former = withdraw_plate(work, access, card_id, plate_id, reason, expected)
    (plate,) = add_plates(work, [_card(work, access, card_id)], former.kind)
    work.record("replace_plate", plate, plate_kind=former.kind)
    return plate


def list_own_plates(work: Work, access: Access) -> Sequence[Plate]:
    """The plates of one's own card. Raises `NotFound` where there has never been one."""
    return _told(queries.plates_of(work, show_own_card(work, access).id))


def report_plate_lost(work: Work, access: Access, plate_id: UUID) -> Plate:
    """Withdraw one of one's own plates that is lost; the branch is told that it may make another. Saying it again changes nothing.

    Raises `NotFound`.
    """
    plate = queries.plate_of_member(work, access.member_id, plate_id) if access.member_id else None
    if plate is None:
        raise NotFound
    if plate.withdrawn_at is None:
        plate.withdrawn_at, plate.withdrawn_reason, plate.lost_reported_at = work.at, rules.LOST, work.at
        work.must_be_seen = True
        work.record("report_plate_lost", plate)
        work.flush()
    return plate


def _card(work: Work, access: Access, card_id: UUID) -> Card:
    """A card within reach of one about whom the caller may act."""
    card = access.get(work, Card, card_id)
    check_about_member(work, access, card.member_id)
    return card


def _plate(work: Work, card: Card, plate_id: UUID) -> Plate:
    plate = queries.plate(work, card.id, plate_id)
    if plate is None:
        raise NotFound
    return plate


def _told(plates: Sequence[Plate]) -> Sequence[Plate]:
    if len(plates) <= MOST_OF_ONE:
        return plates
    first = sorted(reversed(plates), key=lambda plate: plate.withdrawn_at is not None)[:MOST_OF_ONE]
    return sorted(first, key=lambda plate: plate.id)
