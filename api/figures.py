"""Figures of organisations: each two whole numbers, summed up the tree. Rates are never averaged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from api.access.names import organization_names
from api.database import Work


@dataclass
class Ratio:
    numerator: int = 0
    denominator: int = 0


@dataclass
class Counted:
    """What a room counts of something: each figure a `Ratio` by its name."""

    def add(self, figure: str, numerator: int, denominator: int) -> None:
        ratio: Ratio = getattr(self, figure)
        ratio.numerator += numerator
        ratio.denominator += denominator


C = TypeVar("C", bound=Counted)


class SummedUp(Generic[C]):
    """What is counted of some organisations, told by their paths, each with everything below it."""

    def __init__(self, paths: Mapping[UUID, str], new: Callable[[], C]) -> None:
        self._paths, self._new = paths, new
        self._counted = {key: new() for key in paths}
        self._by_step = {path.rstrip("/").rpartition("/")[2]: self._counted[key] for key, path in paths.items()}

    def of(self, owner: UUID) -> list[C]:
        """Where what an organisation has of its own is counted: with it, and with each above it among these."""
        return [self._by_step[step] for step in self._paths[owner].split("/") if step in self._by_step]

    def told(self, work: Work) -> list[tuple[UUID, str, C]]:
        """Those of which anything was counted, by their keys and names, in the order of the tree."""
        found = sorted((key for key, counted in self._counted.items() if counted != self._new()), key=lambda key: self._paths[key])
        names = organization_names(work, found) if found else {}
        return [(key, names[key], self._counted[key]) for key in found]
