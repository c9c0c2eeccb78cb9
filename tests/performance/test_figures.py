"""What each room counts of every organisation, held against plain Python, on districts made by chance."""

from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import literal, select

from api.database import Origin, Work
from api.days import begin_of
from api.figures import Span, end_of_day
from api.performance.figures import FIGURES, is_available
from models.base import metadata
from models.enums import Role
from tests.clock import ZONE
from tests.conftest import District
from tests.performance import oracle
from tests.performance.moments import ASKED
from tests.performance.oracle import Counted, Oracle
from tests.performance.seeded import Seed


def test_every_figure_of_the_contract_is_counted() -> None:
    assert set(FIGURES) == set(oracle.FIGURES)
    assert is_available("card_coverage") and not is_available("entered")


def test_the_statements_count_what_plain_python_counts(district: District) -> None:
    district.account(Role.district_officer, "D")
    seen: set[str] = set()

    # A smaller number makes no smaller district, so nothing is shrunk.
    @settings(max_examples=6, phases=[Phase.generate])
    @given(st.integers(0, 2**32))
    def agree(number: int) -> None:
        with district.house.database.writing(Origin("test")) as work:
            Seed(work, Random(number)).put(work)
            kept = Oracle(work)
            for name, count in FIGURES.items():
                for asked in ASKED:
                    rows = work.execute(
                        count(work, Span(asked.since, asked.until, asked.as_of, ZONE, is_final=asked.is_final))
                    ).all()
                    found: Counted = {owner: (n, d) for owner, n, d in rows if n or d}
                    assert found == kept.own(name, asked), (name, asked)
                    assert len(found) == len([row for row in rows if row[1] or row[2]])
                    seen.update([name] if found else [])
            work.rollback()

    agree()
    assert seen == set(FIGURES)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Santiago"])
def test_a_day_is_over_at_the_districts_midnight_also_where_clocks_are_changed(work: Work, zone: str) -> None:
    columns = metadata.tables["rectification"].columns
    place, claimed, due = ZoneInfo(zone), columns.claimed_at.type, columns.due_on.type
    for first in (date(2026, 4, 4), date(2026, 9, 5)):
        for day in (first + timedelta(days=number) for number in range(2)):
            end = begin_of(day + timedelta(days=1), place)
            over, before = end_of_day(work, literal(day, due), place), end - timedelta(microseconds=1)
            told = work.execute(select(literal(before, claimed) < over, literal(end, claimed) < over)).one()
            assert tuple(map(bool, told)) == (True, False), day
