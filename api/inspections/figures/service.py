"""The figures of inspections (`signage.md`, section 4): two integers each, in total, by kind of venue and by organisation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from api.access.scope import PATH_STEP, Access
from api.database import Work
from api.figures import Counted, Figure, Own, Ratio, Span, SummedUp
from api.inspections.figures import queries
from api.inspections.rules import Asked
from api.standards import service as standards
from models.enums import VenueKind


def _covered(work: Work, span: Span) -> Own:
    numbers = standards.numbers_in_force(work, span.until, span.until)
    kinds = queries.kinds_with_mandatory(standards.all_items(work, max(numbers))) if numbers else frozenset()
    return queries.count_covered(span, kinds)


FIGURES: Final[Mapping[str, Figure]] = {
    "sign_coverage": _covered,
    "sign_pass": lambda _, span: queries.count_passed(span),
    "rectification_on_time": queries.count_on_time,
}


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
    span = Span(since, until, work.at, work.zone)
    for figure, count in FIGURES.items():
        for owner, *numbers, kind in queries.counted_by_kind(work, access, asked.organization_id, figure, count(work, span)):
            if asked.venue_kind is None or kind is asked.venue_kind:
                for counted in (totals, kinds.setdefault(kind, InspectionsCounted()), *summed.of(owner)):
                    counted.add(figure, *numbers)
    told = summed.told(work)
    told_paths = {paths[key] for key, *_ in told}
    return Figures(
        since,
        until,
        totals,
        [(kind, kinds[kind]) for kind in VenueKind if kind in kinds],
        told,
        {key: sum(above in told_paths for above in _above(paths[key])) for key, *_ in told},
    )


def _above(path: str) -> Iterator[str]:
    """The paths of the organisations above one."""
    return (path[:end] for end in range(PATH_STEP, len(path), PATH_STEP))
