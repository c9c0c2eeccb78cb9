"""How what is counted and scored is shown, and how many pictures show it."""

from fractions import Fraction
from typing import Final

MOST_PICTURES: Final = 3
"""How many pictures hang on an entry or an appeal (`performance-records.md`, section 1)."""


def rounded(exact: Fraction, decimals: int = 1) -> float:
    """A number as it is shown: with one decimal or with as many as told, half up, below zero as above."""
    places: int = 10**decimals
    whole = (2 * abs(exact.numerator) * places + exact.denominator) // (2 * exact.denominator)
    return (whole if exact >= 0 else -whole) / places
