"""What became of the rows of a roster, or would have."""

from dataclasses import dataclass, field
from enum import StrEnum

from api.uploads import Imported, SheetDone, Warned


class Outcome(StrEnum):
    """What became of a row, or would have."""

    created = "created"
    updated = "updated"
    unchanged = "unchanged"
    rejected = "rejected"


@dataclass
class SheetImported(SheetDone):
    """What became of one sheet. `branch` is the one that rows without a branch were taken to, if there is one; outcomes stand by a
    row's number."""

    branch: str | None = None
    outcomes: dict[int, Outcome] = field(default_factory=dict, repr=False)


@dataclass
class ImportedMembers(Imported):
    """What became of the rows of a roster, altogether and sheet by sheet."""

    warnings: list[Warned] = field(default_factory=list)
    sheets: list[SheetImported] = field(default_factory=list)
    told_elsewhere: int = 0
    """Of how many numbers it is told that they are those of people outside the caller's reach."""

    @property
    def branch(self) -> str | None:
        """The branch that rows without one were taken to, if it is the same for all sheets."""
        found = {sheet.branch for sheet in self.sheets}
        return found.pop() if len(found) == 1 else None
