"""What waits to be entered by hand."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import literal_column
from sqlmodel import col

from api.access.permissions import Permission
from api.database import Work
from api.errors import Text
from api.performance.indicators import queries
from api.performance.indicators.rules import ENTERED_WITHIN
from api.performance.words import period_words
from api.todo.service import Item, Source
from models.indicator import Indicator
from models.organization import Organization


def _to_enter(work: Work, indicator: Indicator, organization_id: UUID, organization: str, period: str, ends_on: str) -> Item:
    told = period_words(period)
    text = Text(
        f"{organization}还没有填报{told.zh}的“{indicator.name}”，请填报。",
        f"{organization} has not entered “{indicator.name}” for {told.en} yet: please enter it.",
    )
    over = date.fromisoformat(ends_on)
    return Item(indicator.id, organization_id, text, work.begin_of(over + timedelta(days=1)), over + ENTERED_WITHIN)


INDICATOR_ENTRIES: Final = Source(
    "indicator_entry",
    Indicator,
    Permission.indicator_enter,
    queries.not_entered,
    _to_enter,
    (literal_column("waiting.ends_on"), col(Indicator.id), col(Organization.id)),
)
