"""What waits for a branch about its cards: reported losses, and cards that will soon be past their last day."""

from sqlmodel import col

from api.access.permissions import Permission
from api.access.scope import Access
from api.cards import queries
from api.cards.rules import EXPIRES_SOON
from api.database import Work
from api.errors import Text
from api.todo.service import LONGEST, Item, Waiting
from models.card import Card, Plate


def lost_cards(work: Work, access: Access) -> Waiting:
    """The cards within reach that their holders have reported lost; one's own is for somebody else."""
    cards = queries.lost_cards(access.using(Permission.card_write).select(Card))
    total, first = queries.waiting(work, cards, access.member_id, col(Card.lost_reported_at), LONGEST)
    items = [
        Item(
            card.id,
            card.organization_id,
            Text(
                f"{name}挂失了身份卡，卡已暂停：找到了请恢复，找不到请补发。",
                f"{name} has reported the card lost, and it is suspended: resume it if it was found, or replace it.",
            ),
            since=card.lost_reported_at,
        )
        for card, name in first
    ]
    return Waiting("lost_card", total, items)


def lost_plates(work: Work, access: Access) -> Waiting:
    """The plates within reach that their holders have reported lost."""
    plates = queries.lost_plates(access.using(Permission.plate_write).select(Plate))
    total, first = queries.waiting(work, plates, None, col(Plate.lost_reported_at), LONGEST)
    items = [
        Item(
            plate.id,
            plate.organization_id,
            Text(
                f"{name}报告一块牌遗失，旧码已停用，请补制。",
                f"{name} has reported a plate lost; its code is withdrawn. Please make another.",
            ),
            since=plate.lost_reported_at,
        )
        for plate, name in first
    ]
    return Waiting("lost_plate", total, items)


def expiring_cards(work: Work, access: Access) -> Waiting:
    """The valid cards within reach whose last day is near; one's own is for somebody else."""
    cards = queries.expiring_cards(access.using(Permission.card_write).select(Card), work.today + EXPIRES_SOON)
    total, first = queries.waiting(work, cards, access.member_id, col(Card.expires_on), LONGEST)
    items = [
        Item(
            card.id,
            card.organization_id,
            Text(
                f"{name}的身份卡{card.expires_on.month}月{card.expires_on.day}日到期，请换发。",
                f"The card of {name} is good until {card.expires_on}; please renew it.",
            ),
            since=work.begin_of(card.expires_on - EXPIRES_SOON),
            due_on=card.expires_on,
        )
        for card, name in first
    ]
    return Waiting("expiring_card", total, items)
