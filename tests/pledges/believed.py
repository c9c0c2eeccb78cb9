"""What is to be believed of pledges and of what residents say of them, whoever does whatever: the model that the walks of
`test_state_machine.py` are held against."""

from dataclasses import dataclass, field
from typing import Any

from api.pledges.progress.rules import MOST_ENTRIES_A_DAY
from models.enums import Grade
from tests.pledges.asking import AMENDED, CHECKED, WHY

AUTHORS = {"own": "member", "hers": "secretary", "branch": "secretary", "paper": "secretary"}
"""For each kind of pledge who acts for its author: a member's own, the secretary's, the branch's, and one that she has entered."""
ABOVE_THE_BRANCH = {"village", "officer"}
REVIEWERS = {"hers": ABOVE_THE_BRANCH, "branch": ABOVE_THE_BRANCH} | dict.fromkeys(
    ("own", "paper"), ABOVE_THE_BRANCH | {"secretary"}
)
ABOUT_ONESELF = {("own", "member"), ("hers", "secretary"), ("branch", "secretary")}
ABOVE = {"deputy", "secretary"} | ABOVE_THE_BRANCH
AT_HOME = {"member", "neighbour", "deputy", "secretary"}
MAY_REVIEW = {"secretary", "stranger"} | ABOVE_THE_BRANCH
OUT = {"published", "fulfilled", "unfulfilled", "exempted", "evaluated"}
BODIES: dict[str, Any] = {
    "submit": None,
    "amend": AMENDED,
    "withdraw": WHY,
    "claim": {"note": "见台账。"},
    "approve": CHECKED,
    "return": WHY,
    "publish": None,
    "confirm": {},
    "refuse-claim": WHY,
    "exempt": WHY,
    "fail": WHY,
    "reopen": WHY,
    "progress": {"note": "走访了两户。"},
    "evaluations": {"source": "organization", "grade": "average"},
}
SETTLING = {"refuse-claim", "exempt", "fail", "reopen", "withdraw", "evaluations"}
"""What whoever has entered a pledge does only where all members have voted for its text."""
AUTHORS_OWN = {"submit", "amend", "claim", "progress"}
ON_WORDS: dict[str, Any] = {"show": {}, "hide": WHY, "void": WHY}
"""What is decided about what a resident has said."""


@dataclass
class Graded:
    """What is to be believed of a resident's rating."""

    key: str
    device: int
    grade: Grade
    words: str | None
    words_state: str | None
    is_waiting: bool = True
    is_void: bool = False


@dataclass
class Believed:
    """What is to be believed of one pledge; `ratings` in the order in which they came."""

    key: str
    kind: str
    visibility: str
    state: str = "draft"
    was_out: bool = False
    claim: str | None = None
    amendment: str | None = None
    decided_by: str | None = None
    percent: int = 0
    last_percent: int = 0
    entries: int = 0
    is_due: bool = False
    is_by_all: bool = False
    amendment_is_by_all: bool = False
    ratings: list[Graded] = field(default_factory=list)

    @property
    def is_public(self) -> bool:
        return self.state in OUT and self.visibility == "public"

    @property
    def is_overdue(self) -> bool:
        return self.state == "published" and self.is_due and self.claim is None

    def is_seen_by(self, who: str) -> bool:
        if who == AUTHORS[self.kind]:
            return True
        if self.state == "draft":
            return False
        if who in ABOVE:
            return True
        if self.state in OUT:
            return who in AT_HOME or self.visibility != "branch"
        return self.state == "withdrawn" and self.was_out and who in AT_HOME

    def refuses(self, who: str, verb: str, by_vote: bool) -> str | None:
        """The code with which somebody is refused; None where he is not."""
        reviews = verb not in AUTHORS_OWN and verb != "withdraw"
        if reviews and verb != "evaluations" and who not in MAY_REVIEW:
            return "forbidden"
        if not self.is_seen_by(who):
            return "not_found"
        if reviews or (verb == "withdraw" and self.state in OUT):
            if (self.kind, who) in ABOUT_ONESELF:
                return "about_oneself"
            if who not in REVIEWERS[self.kind] and self.state != "draft":
                return "for_the_level_above"
            if verb in ("approve", "confirm") and (self.kind, who) == ("paper", "secretary") and not by_vote:
                return "about_oneself"
            if verb in SETTLING and (self.kind, who) == ("paper", "secretary") and not self.is_by_all:
                return "about_oneself"
            if verb == "reopen" and self.decided_by == who:
                return "about_oneself"
        elif who != AUTHORS[self.kind]:
            return "forbidden"
        if verb == "evaluations" and self.state == "evaluated":
            return "already_evaluated"
        if verb == "progress" and self.allows(verb) and self.entries >= MOST_ENTRIES_A_DAY:
            return "too_many_entries_today"
        return None if self.allows(verb) else "not_in_this_state"

    def allows(self, verb: str) -> bool:
        out = self.state == "published"
        return {
            "submit": self.state in ("draft", "returned"),
            "approve": self.state == "submitted" or (out and self.amendment == "submitted"),
            "return": self.state == "submitted" or (out and self.amendment == "submitted"),
            "publish": self.state == "approved" or (out and self.amendment == "approved"),
            "withdraw": self.state in ("submitted", "returned", "approved", "published"),
            "amend": out and self.amendment is None,
            "claim": out and self.claim is None and self.amendment is None,
            "confirm": out and self.claim == "fulfilled",
            "refuse-claim": out and self.claim is not None,
            "exempt": out,
            "fail": out and self.claim is None and self.is_due,
            "reopen": self.state in ("fulfilled", "unfulfilled", "exempted"),
            "progress": out,
            "evaluations": self.state in ("fulfilled", "unfulfilled"),
        }[verb]

    def follow(self, who: str, verb: str, by_vote: bool, prevented: bool, percent: int) -> None:
        """Be what a thing that was done leaves."""
        settled = {"confirm": "fulfilled", "exempt": "exempted", "fail": "unfulfilled"}
        if verb in ("approve", "return", "publish") and self.state == "published":
            self.amendment = "approved" if verb == "approve" else None
            if verb == "approve":
                self.amendment_is_by_all = by_vote
            if verb == "publish":
                self.is_due, self.visibility, self.is_by_all = False, "public", self.amendment_is_by_all
        elif verb in ("submit", "approve", "return", "publish"):
            self.state = {"submit": "submitted", "approve": "approved", "return": "returned", "publish": "published"}[verb]
            self.was_out = self.was_out or verb == "publish"
            if verb in ("submit", "approve"):
                self.is_by_all = by_vote and verb == "approve"
        elif verb == "withdraw":
            self.state, self.amendment = "withdrawn", None
        elif verb == "amend":
            self.amendment = "submitted"
        elif verb == "claim":
            self.claim = "prevented" if prevented else "fulfilled"
        elif verb == "refuse-claim":
            self.claim = None
        elif verb == "progress":
            self.percent = self.last_percent = percent
            self.entries += 1
        elif verb == "reopen":
            self.state, self.claim, self.decided_by, self.percent = "published", None, None, self.last_percent
        elif verb == "evaluations":
            self.state = "evaluated"
        else:
            self.state, self.decided_by, self.amendment = settled[verb], who, None
            self.percent = 100 if verb == "confirm" else self.percent

    def refuses_rating(self, device: int) -> str | None:
        if not self.is_public:
            return "not_found"
        return "already_evaluated" if any(one.device == device for one in self.ratings) else None

    def refuses_decision(self, rating: Graded, who: str, verb: str) -> str | None:
        """The code with which somebody is refused who decides about what a resident has said."""
        if who not in MAY_REVIEW:
            return "forbidden"
        if who == "stranger" or (self.kind, who) in ABOUT_ONESELF:
            return "not_found"
        if verb == "void":
            if who not in ABOVE_THE_BRANCH:
                return "for_the_level_above"
            return "already_decided" if rating.is_void else None
        if rating.words_state is None:
            return "not_found"
        return None if rating.words_state == "held" else "already_decided"

    def told_to_strangers(self) -> dict[str, Any]:
        """What the page of a public pledge tells, as far as it is modelled."""
        counted = [one.grade for one in self.ratings if not one.is_waiting and not one.is_void]
        masses: dict[str, int] = {grade.value: counted.count(grade) for grade in Grade}
        masses["waiting"] = sum(one.is_waiting and not one.is_void for one in self.ratings)
        masses["voided"] = sum(one.is_void for one in self.ratings)
        shown = [one for one in reversed(self.ratings) if one.words_state == "shown" and not one.is_void]
        return {
            "state": self.state,
            "percent": self.percent,
            "is_overdue": self.is_overdue,
            "masses": masses,
            "words": [(one.grade, one.words) for one in shown],
        }
