"""The figures of inspections (`signage.md`, section 4): two integers each, in total, by kind of venue and by organisation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from api.access.scope import Access
from api.database import Work
from api.days import day_of
from api.figures import Counted, Ratio, SummedUp
from api.inspections.figures import queries
from api.inspections.rules import Asked
from api.standards import service as standards
from models.enums import CheckResult, VenueKind

FIGURES: Final = ("sign_coverage", "sign_pass", "rectification_on_time")


@dataclass
class InspectionsCounted(Counted):
    """The figures of one kind of venue or one organisation."""

    sign_coverage: Ratio = field(default_factory=Ratio)
    sign_pass: Ratio = field(default_factory=Ratio)
    rectification_on_time: Ratio = field(default_factory=Ratio)


@dataclass(frozen=True)
class Figures:
    """What is counted from one day to another. Of an organisation with everything below it; those of which nothing is counted are
    left out."""

    since: date
    until: date
    totals: InspectionsCounted
    by_venue_kind: Sequence[tuple[VenueKind, InspectionsCounted]]
    by_organization: Sequence[tuple[UUID, str, InspectionsCounted]]
    levels: Mapping[UUID, int]
    """How many of those organisations stand above each."""


def show_inspection_figures(work: Work, access: Access, asked: Asked) -> Figures:
    """The figures of an organisation within reach and everything below it, or of all within reach, by default from 1 January to
    today. What somebody of the venue's own organisation has inspected never counts. Raises `NotFound` or
    `BadSpan`."""
    since, until = asked.days(work.today)
    paths = access.paths_below(work, asked.organization_id)
    totals, kinds = InspectionsCounted(), dict[VenueKind, InspectionsCounted]()
    summed = SummedUp(paths, InspectionsCounted)
    for owner, kind, figure, is_good, number in _counted(work, access, asked.organization_id, since, until):
        if asked.venue_kind is None or kind is asked.venue_kind:
            for counted in (totals, kinds.setdefault(kind, InspectionsCounted()), *summed.of(owner)):
                counted.add(figure, number if is_good else 0, number)
    told = summed.told(work)
    return Figures(
        since,
        until,
        totals,
        [(kind, kinds[kind]) for kind in VenueKind if kind in kinds],
        told,
        {key: sum(paths[key] != paths[other] and paths[key].startswith(paths[other]) for other, *_ in told) for key, *_ in told},
    )


def _counted(
    work: Work, access: Access, organization_id: UUID | None, since: date, until: date
) -> Iterable[tuple[UUID, VenueKind, str, bool, int]]:
    """Whose, of which kind of venue, which figure, whether it counts as good, and how often."""
    begin, end = work.begin_of(since), work.begin_of(until + timedelta(days=1))
    numbers = standards.numbers_in_force(work, until, until)
    kinds = queries.kinds_with_mandatory(standards.all_items(work, max(numbers))) if numbers else frozenset()
    for owner, kind, inspection_id, is_left_undone in queries.venues(work, access, organization_id, until, end):
        if kind in kinds:
            yield owner, kind, "sign_coverage", inspection_id is not None and not is_left_undone, 1
    for owner, kind, result, number in queries.results(work, access, organization_id, begin, end):
        if result is not CheckResult.not_applicable:
            yield owner, kind, "sign_pass", result is CheckResult.passed, number
    for owner, kind, confirmed, claimed, due in queries.rectifications(work, access, organization_id, begin, end, (since, until)):
        is_good = confirmed is not None and claimed is not None and day_of(claimed, work.zone) <= due
        yield owner, kind, "rectification_on_time", is_good, 1
