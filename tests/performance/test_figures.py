from datetime import UTC, date, datetime

import pytest

from api.database import Origin
from api.figures import Span
from api.performance.figures import FIGURES
from tests.clock import ZONE
from tests.conftest import District

QUARTER = Span(date(2026, 7, 1), date(2026, 9, 30), datetime(2026, 10, 3, 2, 0, tzinfo=UTC), ZONE)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_a_district_without_members_is_nothing(district: District, name: str) -> None:
    with district.house.database.reading(Origin("test", QUARTER.as_of)) as work:
        assert work.execute(FIGURES[name](work, QUARTER)).all() == []
