"""The figure of complaints: how many of them are decided."""

from collections.abc import Mapping
from typing import Final

from api.complaints import queries
from api.figures import Figure

FIGURES: Final[Mapping[str, Figure]] = {"complaint_closing": queries.count_closed}
