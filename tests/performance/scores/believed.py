"""What is believed of two scores of a branch: that of a member, and that of its secretary, whose scores are written above it."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.performance.scores.oracle import Line, Reckoned, reckon

FOLK = ("member", "neighbour", "deputy", "secretary", "second", "village", "officer", "stranger")
"""Two members, the deputy and two secretaries of the branch, the one of the village, the officer of the town, and the secretary of
another branch."""
SUBJECTS = ("member", "secretary")
WRITERS = ("secretary", "second", "village", "officer", "stranger")
ABOVE = ("village", "officer")
LEADERS = ("deputy", "secretary", "second", "village")
SECTIONS = {
    "vanguard_ningbo": ("base", "bonus", "deduction", "veto"),
    "vanguard_80_20": ("base", "bonus"),
    "pledge_50_30_20": ("base", "bonus"),
}


@dataclass
class Entry:
    key: str
    subject: str
    section: str
    half_points: int
    by: str
    reverses: "Entry | None" = None
    reversed_by: "Entry | None" = None
    is_old: bool = False
    appeal: "Appealed | None" = None

    @property
    def root(self) -> "Entry":
        return self.reverses or self


@dataclass
class Appealed:
    key: str
    entry: Entry
    state: str = "open"


@dataclass
class Believed:
    scheme: str
    entries: list[Entry] = field(default_factory=list)
    outcomes: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in SUBJECTS})
    voluntary: set[str] = field(default_factory=set)

    @property
    def appeals(self) -> list[Appealed]:
        return [one.appeal for one in self.entries if one.appeal]

    def of(self, subject: str) -> list[Entry]:
        """The newest first."""
        return [one for one in reversed(self.entries) if one.subject == subject]

    def reckoned(self, subject: str) -> Reckoned:
        mine = self.of(subject)
        lines = [
            Line(mine.index(one), one.section, Fraction(one.half_points, 2), mine.index(one.reverses) if one.reverses else None)
            for one in mine
        ]
        return reckon(self.scheme, lines, outcomes=self.outcomes[subject], is_voluntary=subject in self.voluntary)

    def refuses_entry(self, who: str, subject: str, section: str) -> str | None:
        if (why := _refuses_writing(who, subject)) is not None:
            return why
        return None if section in SECTIONS[self.scheme] else "section_not_in_scheme"

    def refuses_reversal(self, who: str, entry: Entry) -> str | None:
        if who in WRITERS and not self.is_seen(who, entry):
            return "not_found"
        if (why := _refuses_writing(who, entry.subject)) is not None:
            return why
        if entry.reverses or entry.reversed_by:
            return "already_reversed"
        return "for_the_level_above" if entry.by in ABOVE and who not in ABOVE else None

    def refuses_appeal(self, who: str, entry: Entry) -> str | None:
        if who != entry.subject:
            return "not_found"
        if entry.appeal:
            return "already_appealed"
        if entry.reverses or entry.reversed_by:
            return "already_reversed"
        return "appeal_over" if entry.section == "bonus" or entry.is_old else None

    def refuses_decision(self, who: str, appeal: Appealed) -> str | None:
        if (why := _refuses_writing(who, appeal.entry.subject)) is not None:
            return why
        if who not in ABOVE:
            return "for_the_level_above"
        if who == appeal.entry.by:
            return "about_oneself"
        return None if appeal.state == "open" else "already_decided"

    def is_seen(self, who: str, entry: Entry) -> bool:
        if who in LEADERS or who == entry.subject:
            return True
        if who != "officer":
            return False
        pair = [one for one in (entry.root, entry.root.reversed_by) if one]
        theirs = any(one.by == who for one in pair)
        return entry.subject == "secretary" or theirs or entry.root.appeal is not None

    def sees_total(self, who: str, subject: str) -> bool:
        return who in LEADERS or who == subject or (who == "officer" and subject == "secretary")

    def sees_appeal(self, who: str, appeal: Appealed) -> bool:
        return who in LEADERS or who == appeal.entry.subject or (who == "officer" and appeal.entry.by != who)

    def heard_of(self, who: str) -> list[Appealed]:
        """The appeals that somebody hears, or has heard."""
        return [one for one in self.appeals if self.refuses_decision(who, one) in (None, "already_decided")]

    def heard_by(self, who: str) -> list[Appealed]:
        """Those of them that wait for him."""
        return [one for one in self.heard_of(who) if one.state == "open"]


def _refuses_writing(who: str, subject: str) -> str | None:
    if who not in WRITERS:
        return "forbidden"
    if who == "stranger":
        return "not_found"
    if who == subject:
        return "about_oneself"
    return "for_the_level_above" if subject == "secretary" and who == "second" else None
