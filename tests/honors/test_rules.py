from datetime import date

import pytest

from api.errors import BadSpan
from api.honors.rules import check_span

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("awarded_on", "valid_until", "faults"),
    [
        (TODAY, None, 0),
        (TODAY, TODAY, 0),
        (date(2026, 11, 28), None, 1),
        (TODAY, date(2026, 11, 26), 1),
        (date(2026, 11, 28), TODAY, 2),
    ],
)
def test_an_honour_begins_by_today_and_ends_no_earlier(awarded_on: date, valid_until: date | None, faults: int) -> None:
    if not faults:
        return check_span(awarded_on, valid_until, TODAY)
    with pytest.raises(BadSpan) as refusal:
        check_span(awarded_on, valid_until, TODAY)
    assert len(refusal.value.faults) == faults
