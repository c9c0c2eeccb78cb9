"""What is entered of an indicator by hand. Each entry stays; of those of a period the newest counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.access.names import named
from api.access.scope import Access, Lock
from api.database import Work
from api.errors import NotFound
from api.files import service as files
from api.pagination import Pages
from api.performance.indicators import queries
from api.performance.indicators.attachments import PICTURES
from api.performance.indicators.rules import IndicatorNotActive, NotEnteredByHand
from api.performance.periods.rules import check_counts
from api.performance.periods.service import hold_open
from models.indicator import IndicatorEntry
from models.organization import Organization
from models.performance_enums import FigureName


@dataclass(frozen=True)
class Entered:
    """What is entered of an indicator: for whom, for which period, how many, and what shows it."""

    organization_id: UUID
    period: str
    numerator: int
    denominator: int | None
    evidence: str
    attachment_ids: Sequence[UUID]


def list_entries(
    work: Work, access: Access, pages: Pages, code: str, *, organization_id: UUID | None, period: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """What was entered of an indicator within reach, the newest first: each entry's fields with the names and the keys of the
    pictures beside them. Raises `NotFound`."""
    if queries.by_code(work, code) is None:
        raise NotFound
    entries, following = pages.read(work, queries.entries(work, access, code, organization_id=organization_id, period=period))
    pictures = files.attachments(work, PICTURES, [one.id for one in entries])
    told = zip(entries, named(work, access, entries), strict=True)
    return [fields | {"attachment_ids": pictures.get(one.id, [])} for one, fields in told], following


def enter_value(work: Work, access: Access, code: str, entered: Entered) -> IndicatorEntry:
    """Enter what an organisation has of its own of an indicator in a period.

    Raises `NotFound`, `NotEnteredByHand`, `IndicatorNotActive`, `PeriodNotBegun`, `PeriodClosed`, `NotYourFile`, or `Invalid` where
    the numbers do not fit the unit.
    """
    place = access.get(work, Organization, entered.organization_id, Lock.kept)
    indicator = queries.by_code(work, code, Lock.kept)
    if indicator is None:
        raise NotFound
    if indicator.figure is not FigureName.entered:
        raise NotEnteredByHand
    if not indicator.is_active:
        raise IndicatorNotActive
    check_counts(indicator.unit, entered.numerator, entered.denominator)
    period = hold_open(work, entered.period, "body.period")
    entry = IndicatorEntry(
        organization_id=place.id,
        indicator=indicator.code,
        period=period.code,
        numerator=entered.numerator,
        denominator=entered.denominator,
        evidence=entered.evidence,
        entered_by=access.account_id,
    )
    work.add(entry)
    work.flush()
    files.attach(work, access, entered.attachment_ids, PICTURES, entry.id)
    work.record("enter_value", entry, indicator=indicator.code, period=period.code, pictures=len(entered.attachment_ids))
    return entry
