import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pledges.figures.rules import Counts, Ratio, by_child, summed


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"),
    [
        (2, 3, 0.6667),
        (1, 3, 0.3333),
        (1, 8, 0.125),
        (1, 32, 0.0313),
        (3, 32, 0.0938),
        (1, 20_000, 0.0001),
        (5, 5, 1.0),
        (0, 7, 0.0),
    ],
)
def test_a_value_has_four_decimals_rounded_half_up(numerator: int, denominator: int, value: float) -> None:
    assert Ratio(numerator, denominator).value == value


def test_the_value_of_nothing_is_none() -> None:
    assert Ratio(0, 0).value is None


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_counts_are_summed_and_rates_are_not_averaged(pairs: list[tuple[int, int]]) -> None:
    total = summed(Counts(with_two=few, owing=few + more) for few, more in pairs)
    assert total.pledge_rate == Ratio(sum(few for few, _ in pairs), sum(few + more for few, more in pairs))
    assert total.below_two == sum(more for _, more in pairs)


def test_each_child_has_its_own_counts_and_those_of_everything_below_it() -> None:
    own = {"d/": Counts(overdue=1), "d/t/": Counts(overdue=2), "d/t/b/": Counts(overdue=4), "d/u/b/": Counts(overdue=8)}
    assert by_child("d/", own) == {"d/t/": Counts(overdue=6), "d/u/": Counts(overdue=8)}
    assert by_child("d/t/", {"d/t/b/": Counts(overdue=4)}) == {"d/t/b/": Counts(overdue=4)}
    assert by_child("d/", {}) == {}


def test_nothing_summed_is_nothing() -> None:
    assert summed([]) == Counts()
