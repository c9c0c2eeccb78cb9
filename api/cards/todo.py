"""What waits for a branch about its cards: reported losses, and cards that will soon be past their last day."""

from typing import Final

from sqlmodel import col

from api.access.permissions import Permission
from api.cards import queries
from api.cards.rules import EXPIRES_SOON
from api.database import Work
from api.errors import Text
from api.todo.service import Item, Source
from models.card import Card, Plate


def _lost_card(work: Work, card: Card, name: str) -> Item:
    text = Text(
        f"{name}挂失了身份卡，卡已暂停：找到了请恢复，找不到请补发。",
        f"{name} has reported the card lost, and it is suspended: resume it if it was found, or replace it.",
    )
    assert card.lost_reported_at is not None
    return Item(card.id, card.organization_id, text, card.lost_reported_at)


def _lost_plate(work: Work, plate: Plate, name: str) -> Item:
    text = Text(
        f"{name}报告一块牌遗失，旧码已停用，请补制。",
        f"{name} has reported a plate lost; its code is withdrawn. Please make another.",
    )
    assert plate.lost_reported_at is not None
    return Item(plate.id, plate.organization_id, text, plate.lost_reported_at)


def _expiring_card(work: Work, card: Card, name: str) -> Item:
    text = Text(
        f"{name}的身份卡{card.expires_on.month}月{card.expires_on.day}日到期，请换发。",
        f"The card of {name} is good until {card.expires_on}; please renew it.",
    )
    return Item(card.id, card.organization_id, text, work.begin_of(card.expires_on - EXPIRES_SOON), card.expires_on)


LOST_CARDS: Final = Source(
    "lost_card",
    Card,
    Permission.card_write,
    lambda work, access: queries.lost_cards(work, access),
    _lost_card,
    (col(Card.lost_reported_at), col(Card.id)),
    queries.with_holder,
)
LOST_PLATES: Final = Source(
    "lost_plate",
    Plate,
    Permission.plate_write,
    lambda work, access: queries.lost_plates(work, access),
    _lost_plate,
    (col(Plate.lost_reported_at), col(Plate.id)),
    queries.with_holder,
)
EXPIRING_CARDS: Final = Source(
    "expiring_card",
    Card,
    Permission.card_write,
    lambda work, access: queries.expiring_cards(work, access, work.today + EXPIRES_SOON),
    _expiring_card,
    (col(Card.expires_on), col(Card.id)),
    queries.with_holder,
)
