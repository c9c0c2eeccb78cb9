"""Corrections of what closed periods have stored: versions beside what stood, which stays."""

from collections.abc import Mapping
from itertools import accumulate
from uuid import UUID

from api.access.scope import Access, Lock
from api.database import Work
from api.errors import NotFound
from api.performance.periods import queries
from api.performance.periods.rules import PeriodNotClosed, check_counts, span_of
from models.indicator import IndicatorValue
from models.organization import Organization
from models.performance_enums import IndicatorUnit, PeriodState


def correct_value(
    work: Work, access: Access, code: str, organization_id: UUID, indicator: str, own: tuple[int, int | None], reason: str
) -> tuple[IndicatorValue, IndicatorUnit, str]:
    """Correct what an organisation has of its own in a closed period, its numerator and denominator: by a version there and, by the
    difference, at each organisation that stood above it when the period closed. The version there, with its unit and the name of
    whose it is.

    Raises `NotFound`, also for what was no indicator of the period, `PeriodNotClosed`, or `Invalid`.
    """
    place = access.get(work, Organization, organization_id, Lock.kept)
    period = queries.held(work, span_of(code).code)
    if period is None or period.state is not PeriodState.closed:
        raise PeriodNotClosed(members={"state": (period.state if period else PeriodState.open).value})
    unit = next((IndicatorUnit(one["unit"]) for one in period.indicators or () if one["code"] == indicator), None)
    if unit is None:
        raise NotFound.at("body.indicator")
    check_counts(unit, *own, field="own_denominator")
    chain = _chain(_stood_at(queries.newest(work, code, indicator, _chain(place.path)), place.path))
    before = queries.newest(work, code, indicator, chain)
    added = {}
    for key, path in chain.items():
        had = before.get(key)
        added[key] = IndicatorValue(
            period=code,
            organization_id=key,
            indicator=indicator,
            version=had.version + 1 if had else 1,
            path=path,
            own_numerator=had.own_numerator if had else 0,
            own_denominator=had.own_denominator if had else 0,
            numerator=had.numerator if had else 0,
            denominator=had.denominator if had else 0,
            reason=reason,
            created_by=access.account_id,
            created_at=work.at,
        )
    corrected = added[place.id]
    more = own[0] - corrected.own_numerator, (own[1] or 0) - corrected.own_denominator
    corrected.own_numerator += more[0]
    corrected.own_denominator += more[1]
    for value in added.values():
        value.numerator += more[0]
        value.denominator += more[1]
    work.add_all(added.values())
    work.flush()
    work.record("correct_value", period, organization_id=place.id, indicator=indicator, version=corrected.version)
    return corrected, unit, place.name


def _stood_at(values: Mapping[UUID, IndicatorValue], path: str) -> str:
    """Where an organisation stood when a period closed: by its own value, or else below the nearest organisation above it that has
    one. `values` are those of the organisations on its path of today."""
    for key, above in reversed(_chain(path).items()):
        if key in values:
            return values[key].path + path.removeprefix(above)
    return path


def _chain(path: str) -> dict[UUID, str]:
    """The organisations of a path by their keys, from the district down, each with its own path."""
    steps = path.rstrip("/").split("/")
    return dict(zip(map(UUID, steps), accumulate(f"{step}/" for step in steps), strict=True))
