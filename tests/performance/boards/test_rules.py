"""The arithmetic of boards, against a second one that is as plain as the contract's words."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.performance.boards.rules import (
    Aim,
    Branch,
    Counts,
    attainment,
    index,
    movement,
    of_pillar,
    reason,
    share,
    shown_attainment,
    trend,
    weakest,
)
from api.performance.periods.rules import code_before
from api.performance.rules import rounded
from models.performance_enums import IndicatorDirection, IndicatorUnit, Pillar

ON_ENGINES = ("sqlite",)


def aim(code: str = "card_coverage", **values: Any) -> Aim:
    plain = Aim(code, Pillar.identity, "亮身份率", IndicatorUnit.percent, 10, 100, IndicatorDirection.up)
    return plain._replace(**values)


COUNT = aim("visits", unit=IndicatorUnit.counted, target=40)
FEWER = aim("late", direction=IndicatorDirection.down, target=20)


@pytest.mark.parametrize(
    ("one", "counts", "value", "attained"),
    [
        (aim(), None, None, None),
        (aim(), (0, 0), None, None),
        (aim(), (0, 8), 0, 0),
        (aim(), (5, 8), Fraction(125, 2), Fraction(5, 8)),
        (aim(target=50), (5, 8), Fraction(125, 2), 1),
        (aim(target=80), (5, 8), Fraction(125, 2), Fraction(25, 32)),
        (FEWER, (0, 8), 0, 1),
        (FEWER, (1, 8), Fraction(25, 2), 1),
        (FEWER, (5, 8), Fraction(125, 2), Fraction(8, 25)),
        (FEWER, (0, 0), None, None),
        (COUNT, None, None, None),
        (COUNT, (0, 0), 0, 0),
        (COUNT, (30, 0), 30, Fraction(3, 4)),
        (COUNT, (41, 0), 41, 1),
        (COUNT._replace(direction=IndicatorDirection.down), (50, 0), 50, Fraction(4, 5)),
        (COUNT._replace(direction=IndicatorDirection.down), (0, 0), 0, 1),
    ],
)
def test_a_target_is_met_upwards_or_downwards_by_a_share_or_a_count(
    one: Aim, counts: Counts | None, value: Fraction | None, attained: Fraction | None
) -> None:
    assert (share(one, counts), attainment(one, counts)) == (value, attained)


def test_the_index_weighs_what_is_measured_and_leaves_out_the_rest() -> None:
    aims = [aim("a", weight=10), aim("b", weight=30), aim("c", weight=0), aim("d", weight=50)]
    counted = {"a": (1, 2), "b": (1, 3), "c": (0, 5), "d": (0, 0), "unknown": (1, 1)}
    assert index(aims, counted) == Fraction(100 * (5 + 10), 40)
    assert index(aims, {}) is index([], counted) is index(aims, {"c": (1, 1)}) is None
    assert index(of_pillar(aims, Pillar.identity), counted) == index(aims, counted)
    assert index(of_pillar(aims, Pillar.duty), counted) is None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Fraction(1, 20), 0.1),
        (Fraction(49, 1000), 0.0),
        (Fraction(-1, 20), -0.1),
        (Fraction(-1, 21), 0.0),
        (Fraction(200, 3), 66.7),
    ],
)
def test_what_is_shown_is_rounded_once_half_up(value: Fraction, told: float) -> None:
    assert str(rounded(value)) == str(told)
    assert shown_attainment(Fraction(1, 2000)) == 0.001


def test_the_reason_takes_most_from_the_index_and_is_the_first_of_several() -> None:
    aims = [aim("small", weight=5), aim("first", weight=20), aim("second", weight=20), aim("none", weight=90)]
    counted = {"small": (0, 9), "first": (1, 2), "second": (2, 4), "none": (0, 0)}
    found = reason(aims, counted)
    assert found and found.code == "first"
    assert reason(aims, counted | {"small": (0, 0), "first": (2, 2), "second": (2, 2)}) is None
    assert reason([], {}) is None


def test_the_ten_weakest_are_told_by_what_is_shown_of_them_and_then_by_name() -> None:
    def branch(number: int, name: str, counts: Counts) -> Branch:
        return Branch(f"{number:032x}", name, {"card_coverage": counts})

    many = [branch(number, f"支部{number:02}", (90, 100)) for number in range(12, 0, -1)]
    close = [branch(20, "乙", (50002, 100000)), branch(21, "甲", (50001, 100000)), branch(22, "丙", (0, 0))]
    found = weakest([aim()], [*many, *close])
    assert [one.branch.name for one in found] == ["乙", "甲", *(f"支部{number:02}" for number in range(1, 9))]
    assert {one.reason for one in found} == {aim()}


def test_a_movement_is_known_where_both_ends_are() -> None:
    assert movement(Fraction(70), Fraction(200, 3)) == Fraction(10, 3)
    assert movement(None, Fraction(1)) is movement(Fraction(1), None) is None


@pytest.mark.parametrize(
    ("period", "earlier", "quarters"),
    [
        ("2026-Q3", "2026-Q2", ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]),
        ("2026-Q1", "2025-Q4", ["2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"]),
        ("2026", "2025", ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
    ],
)
def test_a_period_is_compared_with_the_one_before_and_shown_among_quarters(period: str, earlier: str, quarters: list[str]) -> None:
    assert code_before(period) == earlier
    assert trend(period) == quarters


AIMS = st.lists(
    st.builds(
        Aim,
        st.sampled_from("abcdef"),
        st.sampled_from(Pillar),
        st.just("指标"),
        st.sampled_from(IndicatorUnit),
        st.integers(0, 100),
        st.integers(1, 200),
        st.sampled_from(IndicatorDirection),
    ),
    max_size=6,
    unique_by=lambda one: one.code,
)
COUNTED = st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=6)


def plainly_attained(one: Aim, n: int, d: int) -> Fraction | None:
    if one.unit == "percent" and d == 0:
        return None
    value = Fraction(n) if one.unit == "count" else Fraction(100 * n, d)
    if one.direction == "up":
        return min(Fraction(1), value / one.target)
    return min(Fraction(1), one.target / value) if value else Fraction(1)


def plainly(aims: list[Aim], counted: Mapping[str, Counts]) -> list[tuple[Aim, Fraction]]:
    found = ((one, plainly_attained(one, *counted[one.code])) for one in aims if one.code in counted)
    return [(one, attained) for one, attained in found if attained is not None]


@given(AIMS, COUNTED)
def test_index_and_reason_are_what_the_plain_formula_says(aims: list[Aim], counted: Mapping[str, Counts]) -> None:
    weighed = [(one, attained) for one, attained in plainly(aims, counted) if one.weight]
    weights = sum(one.weight for one, _ in weighed)
    expected = 100 * sum((one.weight * attained for one, attained in weighed), Fraction(0)) / weights if weights else None
    assert index(aims, counted) == expected
    assert all(attainment(one, counted[one.code]) == attained for one, attained in plainly(aims, counted))
    found, losses = reason(aims, counted), {one: one.weight * (1 - attained) for one, attained in weighed}
    assert (found is None) == (not any(losses.values()))
    assert found is None or losses[found] == max(losses.values())


@given(st.fractions(-200, 200, max_denominator=400))
def test_rounding_is_that_of_decimals(value: Fraction) -> None:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    assert Decimal(repr(rounded(value))) == exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
