"""The figures of cards: who of the members has one, and who has a plate of it."""

from collections.abc import Mapping
from typing import Final

from api.cards import queries
from api.figures import Figure

FIGURES: Final[Mapping[str, Figure]] = {
    "card_coverage": queries.count_with_card,
    "plate_coverage": queries.count_with_plate,
}
