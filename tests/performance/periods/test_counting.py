"""Counting beside other work: broken off anywhere, gone on with by whoever finds it, and once a day by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from time import sleep
from typing import Any, cast
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.app import Application
from api.database import Database, Origin, Work
from api.performance.periods import counting
from api.performance.periods.counting import Counting
from api.performance.periods.queries import begun
from api.performance.periods.rules import span_of
from models.indicator import IndicatorEntry
from models.performance_enums import PeriodState
from tests.clock import Clock
from tests.conftest import Caller, District
from tests.outcomes import deeds
from tests.performance.entering import (
    SUMMED,
    counted,
    enter_some,
    keep_active,
    keep_entries,
    let_leases_pass,
    numbers,
    officer_of,
    period,
    values,
)
from tests.races import at_once
from tests.verification.holders import hold

URL = "/v1/periods"
UNDISTURBED = "2025-Q4"
STEPS = 4
"""Transactions of a closing with two indicators: it is taken, each is counted, it is closed."""
BOUNDARIES = [(f"202{3 + step // 4}-Q{1 + step % 4}", step // 2, bool(step % 2)) for step in range(2 * STEPS)]


class Killed(Exception):
    pass


class Dying:
    """A database of a process that dies in one of its transactions, just before its commit or just after it."""

    def __init__(self, database: Database, transaction: int, *, after: bool) -> None:
        self.reading, self.is_sqlite = database.reading, database.is_sqlite
        self._database, self._left, self._after = database, transaction, after

    @contextmanager
    def writing(self, origin: Origin) -> Iterator[Work]:
        self._left -= 1
        if self._left < -1:
            raise Killed
        with self._database.writing(origin) as work:
            yield work
            if self._left == -1 and not self._after:
                raise Killed
        if self._left == -1:
            raise Killed


def dying(app: Application, district: District, transaction: int, *, after: bool) -> Counting:
    """What counts in such a process, which is the application's, and counts when it is told to."""
    found = Counting(cast(Database, Dying(district.house.database, transaction, after=after)))
    app.state.counting = found
    return found


@pytest.fixture
def officer(district: District) -> Caller:
    """Two indicators count: what was entered by hand, and the cards of two members."""
    keep_active(district, "card_coverage")
    hold(district.house, district.ids["B11"])
    hold(district.house, district.ids["B21"], "李建国")
    caller = officer_of(district)
    enter_some(caller, district, UNDISTURBED)
    return caller


def test_broken_off_anywhere_a_closing_comes_to_what_it_would_have(app: Application, district: District, officer: Caller) -> None:
    keep_entries(district, UUID(officer.account_id), *(code for code, *_ in BOUNDARIES))
    counted(district, officer.post(f"{URL}/{UNDISTURBED}/close"))
    expected = numbers(district, UNDISTURBED)
    assert len(expected) == 15 and period(district, UNDISTURBED).state is PeriodState.closed
    for code, transaction, after in BOUNDARIES:
        where = (code, transaction, after)
        one = dying(app, district, transaction, after=after)
        assert officer.post(f"{URL}/{code}/close").status_code == 202
        one.count()
        left = period(district, code)
        is_taken, is_over = (transaction, after) > (0, False), (transaction, after) == (STEPS - 1, True)
        assert left.done == min(max(transaction - 1 + after, 0), 2), where
        assert (left.state is PeriodState.closed) == is_over and (left.leased_until is not None) == (is_taken and not is_over), (
            where
        )
        another = Counting(district.house.database)
        another.count()
        assert period(district, code).done == (left.done if is_taken else 2), "what is leased is left alone"
        let_leases_pass(district)
        another.count()
        assert numbers(district, code) == expected and period(district, code).state is PeriodState.closed, where
        assert deeds(district, left.id) == ["close_period", "count_indicator", "count_indicator", "end_closing"], where


def test_what_is_counted_of_a_closing_is_not_counted_again(app: Application, district: District, officer: Caller) -> None:
    one = dying(app, district, 1, after=True)
    officer.post(f"{URL}/{UNDISTURBED}/close")
    one.count()
    assert values(officer, "card_coverage", UNDISTURBED)["明湖区"] == (0, 0, 2, 2)
    # Counted of the cards is done; of what is entered, what comes later is left out as well.
    hold(district.house, district.ids["B12"], "王秀兰")
    with district.work() as work:
        entry = work.exec(select(IndicatorEntry).where(col(IndicatorEntry.period) == UNDISTURBED)).first()
        work.add(IndicatorEntry(**entry.model_dump(exclude={"id", "created_at", "updated_at", "numerator"}), numerator=4))
    let_leases_pass(district)
    Counting(district.house.database).count_daily()
    assert values(officer, "card_coverage", UNDISTURBED)["明湖区"] == (0, 0, 2, 2)
    assert values(officer, period=UNDISTURBED) == SUMMED


@pytest.mark.engine("sqlite")
def test_a_running_process_goes_on_with_what_another_has_left(
    app: Application, district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "EVERY_SECONDS", 0.01)
    one = dying(app, district, 1, after=False)
    officer.post(f"{URL}/{UNDISTURBED}/close")
    one.count()
    let_leases_pass(district)
    beside = Counting(district.house.database)

    async def run() -> None:
        await beside.start()
        async with asyncio.timeout(60):
            while period(district, UNDISTURBED).state is not PeriodState.closed:
                await asyncio.sleep(0.01)
        await beside.stop()

    asyncio.run(run())
    assert values(officer, period=UNDISTURBED) == SUMMED


@pytest.mark.engine("sqlite")
def test_open_periods_are_counted_anew_once_a_day(district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, every_day = Clock(monkeypatch), Counting(district.house.database)
    for day, hour, number in (("2027-01-01", "09:00", 3), ("2027-01-01", "23:59", 0), ("2027-01-02", "00:01", 3)):
        clock.to(day, hour)
        assert every_day.count_daily() == number
    for code in ("2027-Q1", "2027", UNDISTURBED):
        assert period(district, code).as_of == datetime(2027, 1, 1, 16, 1, tzinfo=UTC)
        of_cards = [one for one in numbers(district, code) if one[:2] == (district.ids["D"], "card_coverage")]
        assert [one[-2:] for one in of_cards] == [(2, 2)]


@pytest.mark.engine("sqlite")
def test_a_period_that_is_long_over_is_counted_when_somebody_asks_for_it_and_not_every_day(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with district.work() as work:
        for span in map(span_of, ("2000-Q1", "2012", "2026-Q1")):
            begun(work, span)
    with monkeypatch.context() as then:
        Clock(then).to("2027-01-01", "09:00")
        assert Counting(district.house.database).count_daily() == len(("2027-Q1", "2027", "2026-Q1", UNDISTURBED))
    assert period(district, "2012").as_of is None
    counted(district, officer.post(f"{URL}/2012/refresh"))
    assert period(district, "2012").as_of is not None


@pytest.mark.engine("sqlite")
def test_a_figure_that_fails_leaves_the_rest_for_later(
    app: Application, district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, app.state.counting = app.state.counting, Counting(district.house.database)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(counting, "FIGURES", {"card_coverage": lambda work, span: 1 // 0})
        assert officer.post(f"{URL}/{UNDISTURBED}/close").status_code == 202
        app.state.counting.count()
    assert (period(district, UNDISTURBED).done, period(district, UNDISTURBED).state) == (0, PeriodState.closing)
    let_leases_pass(district)
    app.state.counting = running
    counted(district, officer.post(f"{URL}/{UNDISTURBED}/close"))
    assert officer.post(f"{URL}/{UNDISTURBED}/close").status_code == 200
    assert values(officer, period=UNDISTURBED) == SUMMED


@pytest.mark.engine("sqlite")
def test_an_indicator_that_no_longer_counts_has_no_provisional_values(district: District, officer: Caller) -> None:
    counted(district, officer.post(f"{URL}/{UNDISTURBED}/refresh"))
    assert {one[1] for one in numbers(district, UNDISTURBED)} == {"card_coverage", "night_study"}
    assert officer.patch("/v1/indicators/night_study", json={"is_active": False}, headers={"If-Match": "*"}).status_code == 200
    counted(district, officer.post(f"{URL}/{UNDISTURBED}/refresh"))
    assert {one[1] for one in numbers(district, UNDISTURBED)} == {"card_coverage"}


def test_of_many_periods_that_are_asked_for_a_process_counts_one_at_a_time_and_each_as_soon_as_it_may(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts_one, running, most, one_more = Counting._count_period, 0, 0, Lock()

    def count_one(self: Counting, code: str) -> None:
        nonlocal running, most
        with one_more:
            running += 1
            most = max(most, running)
        sleep(0.05)
        counts_one(self, code)
        running -= 1

    monkeypatch.setattr(Counting, "_count_period", count_one)
    monkeypatch.setattr(counting, "EVERY_SECONDS", 3600)
    answers = at_once(*[partial(officer.post, f"{URL}/{year}/refresh") for year in range(2000, 2008)])
    for answer in answers:
        counted(district, answer)
    assert most == 1


@pytest.mark.engine("sqlite")
def test_who_is_told_to_stop_begins_with_no_other_period_and_leaves_it_to_whoever_comes(
    app: Application, district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, store = ("2000", "2001", "2002"), counting.store
    one = app.state.counting = Counting(district.house.database)
    for code in codes:
        assert officer.post(f"{URL}/{code}/refresh").status_code == 202
    with monkeypatch.context() as meanwhile:

        def stopping(*given: Any) -> bool:
            asyncio.run(one.stop())
            return store(*given)

        meanwhile.setattr(counting, "store", stopping)
        one.count()
    assert [(row.done, row.leased_until is not None) for row in map(partial(period, district), codes)] == [
        (1, True),
        (0, False),
        (0, False),
    ]
    let_leases_pass(district)
    Counting(district.house.database).count()
    assert [period(district, code).done for code in codes] == [2, 2, 2]


def test_what_is_closed_waits_behind_nothing_that_is_counted_anew(
    app: Application, district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = app.state.counting = Counting(district.house.database)
    counts_one, order = Counting._count_period, list[str]()

    def count_one(self: Counting, code: str) -> None:
        if not order:
            assert officer.post(f"{URL}/{UNDISTURBED}/close").status_code == 202
        order.append(code)
        counts_one(self, code)

    monkeypatch.setattr(Counting, "_count_period", count_one)
    for code in ("2003", "2001", "2002"):
        assert officer.post(f"{URL}/{code}/refresh").status_code == 202
    one.count()
    assert order == ["2003", UNDISTURBED, "2001", "2002"]
    assert period(district, UNDISTURBED).state is PeriodState.closed


def test_what_is_begun_anew_while_it_is_counted_waits_behind_the_others(
    app: Application, district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = app.state.counting = Counting(district.house.database)
    counts_next, asked = counting.count_next, list[str]()

    def count_next(work: Work, code: str) -> counting.Counted | None:
        asked.append(code)
        counted = counts_next(work, code)
        if code == "2001" and len(asked) < 40:
            assert officer.post(f"{URL}/{code}/refresh").status_code == 202
        return counted

    monkeypatch.setattr(counting, "count_next", count_next)
    for code in ("2001", "2002"):
        assert officer.post(f"{URL}/{code}/refresh").status_code == 202
    one.count()
    assert asked == ["2001", "2002", "2002"]
    assert (period(district, "2001").done, period(district, "2001").leased_until, period(district, "2002").done) == (0, None, 2)
