"""What a circular says, whether as a workbook or on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from api.access.scope import Access
from api.database import Work
from api.days import day_of
from api.inspections.circular import queries
from api.inspections.circular.queries import Found
from api.inspections.circular.rules import MOST_FINDINGS, TooManyFindings
from api.inspections.figures import service as figures
from api.inspections.figures.service import Figures
from api.inspections.rules import Asked
from api.rectifications.rules import is_overdue
from models.enums import VenueKind


@dataclass(frozen=True)
class Finding:
    """An item that failed, by the district's days."""

    found: Found
    inspected_on: date
    is_overdue: bool


@dataclass(frozen=True)
class Circular:
    """The figures and the findings of a period, and of whom they tell: by name the organisations whose subtrees are meant, by key
    those right below them."""

    figures: Figures
    findings: Sequence[Finding]
    names: Sequence[str]
    below: frozenset[UUID]
    venue_kind: VenueKind | None
    written_on: date


def tell_circular(work: Work, access: Access, asked: Asked) -> Circular:
    """What inspections by others have found within reach. Raises `NotFound`, `BadSpan` or `TooManyFindings`."""
    counted = figures.show_inspection_figures(work, access, asked)
    begin, end = work.begin_of(counted.since), work.begin_of(counted.until + timedelta(days=1))
    found = queries.findings(work, access, asked, begin, end, MOST_FINDINGS + 1)
    if len(found) > MOST_FINDINGS:
        raise TooManyFindings
    tops = queries.tops(work, access, asked.organization_id)
    return Circular(
        figures=counted,
        findings=[Finding(one, day_of(one.finished_at, work.zone), is_overdue(one.state, one.due_on, work.today)) for one in found],
        names=[name for _, name in tops],
        below=queries.below(work, [key for key, _ in tops]),
        venue_kind=asked.venue_kind,
        written_on=work.today,
    )
