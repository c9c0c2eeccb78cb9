"""Whatever the tree, whatever is entered, moved and corrected: what an organisation has is the sum of what stood below it."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from api.organizations.queries import move_subtree
from api.performance.periods.counting import Counting, begin
from api.performance.periods.queries import begun
from api.performance.periods.rules import span_of
from models.indicator import IndicatorEntry, IndicatorValue
from models.organization import Organization
from models.performance_enums import PeriodState
from tests.conftest import Caller, District
from tests.performance.entering import keep_active, make, officer_of

ON_ENGINES = ("sqlite",)
Numbers = tuple[int, int]
PLACES = ("D", "T1", "T2", "V1", "V2", "B11", "B12", "B21", "B22")
PARENTS = {"T1": "D", "T2": "D", "V1": "T1", "V2": "T2", "B11": "V1", "B12": "V1", "B21": "V2", "B22": "V2"}

places = st.sampled_from(PLACES)
numbers = st.integers(1, 9).flatmap(lambda denominator: st.tuples(st.integers(0, denominator), st.just(denominator)))
moves = st.tuples(st.sampled_from(("B11", "B12", "B21", "B22")), st.sampled_from(("V1", "V2"))) | st.tuples(
    st.sampled_from(("V1", "V2")), st.sampled_from(("T1", "T2"))
)


class Model:
    """The tree, and what of it a period remembers: where those stood that it has something of."""

    def __init__(self) -> None:
        self.parents = dict(PARENTS)
        self.remembered: dict[str, str | None] = {}
        self.own: dict[str, Numbers] = {}

    def close(self, own: dict[str, Numbers]) -> None:
        self.remembered = {}
        self.own = {}
        for place, counted in own.items():
            self.correct(place, counted)

    def correct(self, place: str, counted: Numbers) -> None:
        at: str | None = place
        while at is not None and at not in self.remembered:
            self.remembered[at] = self.parents.get(at)
            at = self.parents.get(at)
        self.own[place] = counted

    def summed(self) -> dict[str, Numbers]:
        found = {place: (0, 0) for place in self.remembered}
        for place, (numerator, denominator) in self.own.items():
            at: str | None = place
            while at is not None:
                found[at] = found[at][0] + numerator, found[at][1] + denominator
                at = self.remembered[at]
        return found


def move(district: District, place: str, parent: str) -> None:
    with district.work() as work:
        one, above = work.get_one(Organization, district.ids[place]), work.get_one(Organization, district.ids[parent])
        move_subtree(work, one.path, f"{above.path}{one.id.hex}/")


def close(district: District, officer: Caller, code: str, entered: list[tuple[str, Numbers]]) -> None:
    with district.work() as work:
        period = begun(work, span_of(code))
        for place, (numerator, denominator) in entered:
            counted: dict[str, Any] = {"numerator": numerator, "denominator": denominator, "evidence": "签到表"}
            about: dict[str, Any] = {"organization_id": district.ids[place], "entered_by": UUID(officer.account_id)}
            work.add(IndicatorEntry(indicator="night_study", period=code, **about, **counted))
            work.flush()
        begin(work, period)
        period.state = PeriodState.closing
    Counting(district.house.database).count()


def stored(district: District, code: str) -> dict[str, Numbers]:
    names = {key: place for place, key in district.ids.items()}
    with district.work() as work:
        query = select(IndicatorValue).where(col(IndicatorValue.period) == code).order_by(col(IndicatorValue.version))
        return {names[one.organization_id]: (one.numerator, one.denominator) for one in work.exec(query).all()}


@pytest.fixture
def officer(district: District) -> Caller:
    keep_active(district)
    caller = officer_of(district)
    make(caller)
    return caller


def test_what_an_organisation_has_is_the_sum_of_what_stood_below_it(district: District, officer: Caller) -> None:
    model, codes = Model(), iter(f"20{year:02}-Q{quarter}" for year in range(100) for quarter in range(1, 5))

    @settings(max_examples=5, suppress_health_check=list(HealthCheck))
    @given(
        entered=st.lists(st.tuples(places, numbers), max_size=5),
        later=st.lists(st.tuples(places, numbers) | moves, min_size=1, max_size=5),
    )
    def holds(entered: list[tuple[str, Numbers]], later: list[tuple[str, Any]]) -> None:
        code = next(codes)
        close(district, officer, code, entered)
        model.close(dict(entered))
        assert stored(district, code) == model.summed()
        for place, what in later:
            if isinstance(what, str):
                move(district, place, what)
                model.parents[place] = what
                continue
            own = {"own_numerator": what[0], "own_denominator": what[1]}
            about = {"organization_id": str(district.ids[place]), "indicator": "night_study", "reason": "漏登"}
            assert officer.post(f"/v1/periods/{code}/corrections", json=own | about).status_code == 201
            model.correct(place, what)
            assert stored(district, code) == model.summed()

    holds()
