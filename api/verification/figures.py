"""The figure of verification: how often cards were found valid."""

from collections.abc import Mapping
from typing import Final

from api.figures import Figure
from api.verification import queries

FIGURES: Final[Mapping[str, Figure]] = {"verification_count": queries.count_verified}
