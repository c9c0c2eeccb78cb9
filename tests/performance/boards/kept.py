"""Periods with values, put straight into the tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlmodel import col, select

from api.database import Work
from api.performance.periods.rules import span_of
from models.enums import OrganizationKind
from models.indicator import Indicator, IndicatorValue, Period
from models.organization import Organization
from models.performance_enums import IndicatorUnit, PeriodState
from tests.conftest import District

FIELDS = {"code", "pillar", "name", "figure", "unit", "weight", "target", "direction", "source"}
Numbers = tuple[int, int]
Own = Mapping[str, Mapping[str, Numbers]]
"""What organisations have of their own, by their code and by the indicator's."""


def keep_period(
    district: District, code: str, own: Own, *, as_of: datetime | None = None, state: PeriodState = PeriodState.closed
) -> None:
    """A period with all active indicators of now, and what the organisations have, summed up the tree."""
    with district.work() as work:
        span = span_of(code)
        at = as_of or work.begin_of(span.ends_on + timedelta(days=3))
        copies = [one.model_dump(mode="json", include=FIELDS) for one in indicators(work)]
        work.add(Period(**span._asdict(), state=state, as_of=at, indicators=copies, closed_at=at if state == "closed" else None))
        work.flush()
        paths = {one.code: one.path for one in work.exec(select(Organization)).all()}
        for organization, path in paths.items():
            for indicator in {indicator for numbers in own.values() for indicator in numbers}:
                below = [own[one][indicator] for one in own if paths[one].startswith(path) and indicator in own[one]]
                if below:
                    mine = own.get(organization, {}).get(indicator, (0, 0))
                    summed = [sum(numbers) for numbers in zip(*below, strict=True)]
                    work.add(_value(code, district, organization, path, indicator, [*mine, *summed]))


def correct(district: District, code: str, organization: str, indicator: str, numbers: Numbers) -> None:
    """A second version of a value."""
    with district.work() as work:
        path = work.get_one(Organization, district.ids[organization]).path
        value = _value(code, district, organization, path, indicator, [*numbers, *numbers])
        value.version, value.reason = 2, "漏计"
        work.add(value)


def _value(code: str, district: District, organization: str, path: str, indicator: str, numbers: Sequence[int]) -> IndicatorValue:
    names = ("own_numerator", "own_denominator", "numerator", "denominator")
    counted: dict[str, Any] = dict(zip(names, numbers, strict=True))
    return IndicatorValue(period=code, organization_id=district.ids[organization], indicator=indicator, path=path, **counted)


def indicators(work: Work) -> Sequence[Indicator]:
    return work.exec(select(Indicator).order_by(col(Indicator.id))).all()


def by_chance(district: District, seed: int) -> Own:
    """Something of every indicator for every branch, but for what is left out by chance."""
    chance = Random(seed)
    with district.work() as work:
        found = {}
        for branch in work.exec(select(Organization).where(col(Organization.kind) == OrganizationKind.branch)).all():
            found[branch.code] = {one.code: _numbers(one, chance) for one in indicators(work) if chance.random() > 0.15}
        return found


def _numbers(one: Indicator, chance: Random) -> Numbers:
    if one.unit is IndicatorUnit.counted:
        return chance.randint(0, 90), 0
    of = chance.randint(0, 60)
    return chance.randint(0, of), of


def keep_branches(district: District, number: int) -> None:
    """So many more branches in both towns' villages, by the codes C0, C1 and so on."""
    with district.work() as work:
        for n in range(number):
            above = work.get_one(Organization, district.ids[f"V{1 + n % 2}"])
            name = f"中共明州市澄湖区第{n}支部委员会" if n else "=1+1"
            branch = Organization(code=f"C{n}", name=name, kind=OrganizationKind.branch, parent_id=above.id, path="")
            branch.path = f"{above.path}{branch.id.hex}/"
            work.add(branch)
            district.ids[f"C{n}"] = branch.id
