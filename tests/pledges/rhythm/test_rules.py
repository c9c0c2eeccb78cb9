from datetime import date, timedelta

import pytest

from api.pledges.rhythm.rules import RhythmKind, half_begins_on, quarter_begins_on, quarter_of, steps, steps_open

K = RhythmKind


def test_a_year_has_eight_steps_each_with_its_days() -> None:
    told = [(step.kind.value, step.period, step.opens_on.isoformat(), step.due_on.isoformat()) for step in steps(2026)]
    assert told == [
        ("pledge_start", "2026", "2026-01-01", "2026-01-31"),
        ("pledge_quarter", "2026-Q1", "2026-04-01", "2026-04-15"),
        ("pledge_quarter", "2026-Q2", "2026-07-01", "2026-07-15"),
        ("pledge_half", "2026-H1", "2026-07-01", "2026-07-31"),
        ("pledge_quarter", "2026-Q3", "2026-10-01", "2026-10-15"),
        ("pledge_year", "2026", "2026-12-01", "2027-01-31"),
        ("pledge_quarter", "2026-Q4", "2027-01-01", "2027-01-15"),
        ("pledge_half", "2026-H2", "2027-01-01", "2027-01-31"),
    ]


def test_a_step_is_late_from_the_day_after_its_last() -> None:
    for step in steps(2026):
        assert not step.is_late(step.due_on)
        assert step.is_late(step.due_on + timedelta(days=1))


def test_a_step_is_open_from_its_first_day_until_its_year_is_archived_and_its_start_until_its_end() -> None:
    for step in steps(2026):
        assert not step.has_opened(step.opens_on - timedelta(days=1))
        assert step.has_opened(step.opens_on)
        last = date(2026, 12, 31) if step.kind is K.pledge_start else date(2027, 3, 31)
        assert step.has_opened(last)
        assert not step.has_opened(last + timedelta(days=1))


@pytest.mark.parametrize(
    ("today", "kind", "periods"),
    [
        (date(2027, 1, 1), K.pledge_quarter, ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
        (date(2027, 3, 31), K.pledge_half, ["2026-H1", "2026-H2"]),
        (date(2027, 4, 1), K.pledge_quarter, ["2027-Q1"]),
        (date(2027, 3, 31), K.pledge_start, ["2027"]),
        (date(2026, 11, 30), K.pledge_year, []),
    ],
)
def test_what_is_open_on_a_day_are_the_steps_of_this_year_and_of_the_last(
    today: date, kind: RhythmKind, periods: list[str]
) -> None:
    assert [step.period for step in steps_open(kind, today)] == periods


@pytest.mark.parametrize(
    ("day", "quarter"),
    [(date(2026, 1, 1), "2026-Q1"), (date(2026, 3, 31), "2026-Q1"), (date(2026, 4, 1), "2026-Q2"), (date(2026, 12, 31), "2026-Q4")],
)
def test_a_day_lies_in_a_quarter(day: date, quarter: str) -> None:
    assert quarter_of(day) == quarter
    assert quarter_begins_on(quarter) <= day


def test_a_half_begins_in_january_or_july() -> None:
    assert (half_begins_on(2026, 1), half_begins_on(2026, 2)) == (date(2026, 1, 1), date(2026, 7, 1))


@pytest.mark.parametrize("written", ["2026-Q5", "2026-H1", "2026", "2026-Q1\n", "1926-Q1"])
def test_what_is_no_quarter_is_not_read_as_one(written: str) -> None:
    with pytest.raises(ValueError):
        quarter_begins_on(written)
