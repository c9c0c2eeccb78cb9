"""A round of appraisal (民主评议): how many may be excellent, which votes add up, and what a grade needs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from api.errors import Conflict, Fact, FieldFault, Invalid, Rule, Text
from models.appraisal_enums import AppraisalGrade

FEWEST_PEERS: Final = 3
"""Of fewer one could tell who gave which grade."""
MOST_PRESENT: Final = 10_000
MOST_MEMBERS: Final = 500
"""Of a branch that holds a round (ours; the Party's have rarely above a hundred): whatever is done in a round tells of them all."""
FIRST_MONTH: Final = 12
LAST_MONTH: Final = 3
"""From the first day of the one, of the year, to the last of the other, of the next, a branch is asked for its round."""
WITH_A_COMMENT: Final = frozenset({AppraisalGrade.basically_qualified, AppraisalGrade.unqualified})
"""The grades that say where somebody falls short (指出差距)."""

MEMBER_IDS: Final = Fact("the members whom it is about", type="strings")


class AppraisalRule(Rule):
    """What stands against a field of a round."""

    member_twice = "member_twice"


TWICE: Final = Text("同一名党员只能填一次。", "Each member stands here once.")


class AppraisalExists(Conflict):
    breaks = "uq_appraisal_year"
    of_field: ClassVar[str | None] = "year"
    text: ClassVar[Text] = Text("这个支部这一年度的民主评议已经建立。", "The branch has a round of appraisal of this year already.")


class BranchTooLarge(Conflict):
    text: ClassVar[Text] = Text(
        f"这个支部的党员超过 {MOST_MEMBERS} 名，不能开展民主评议。请先分设支部。",
        f"The branch has more than {MOST_MEMBERS} members and can hold no round of appraisal: divide it first.",
    )


class AppraisalClosed(Conflict):
    text: ClassVar[Text] = Text("这次民主评议已经办结，不能再改。", "This round of appraisal is closed, and nothing of it changes.")


class AppraisalOpen(Conflict):
    text: ClassVar[Text] = Text(
        "这次民主评议还没有办结，办结后才有会议记录。", "This round of appraisal is still open; it has minutes once it is closed."
    )


class AppraisalIncomplete(Conflict):
    text: ClassVar[Text] = Text(
        "还有党员没有评定等次，评定后才能办结。", "Some members have no grade yet: decide about all of them before closing."
    )
    tells: ClassVar[Mapping[str, Fact]] = {"member_ids": MEMBER_IDS}


class TooManyExcellent(Conflict):
    title: ClassVar[Text | None] = Text("优秀等次的人数太多。", "Too many are graded excellent.")
    text: ClassVar[Text] = Text(
        "优秀等次有 {excellent} 名，最多只能有 {most_excellent} 名（不超过正式党员的三分之一）。",
        "{excellent} are graded excellent, and at most {most_excellent} may be: a third of the full members.",
    )
    tells: ClassVar[Mapping[str, Fact]] = {
        "excellent": Fact("how many are graded excellent", type="integer"),
        "most_excellent": Fact("how many may be", type="integer"),
    }


class VotesDoNotAddUp(Invalid):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = Text(
        "票数加起来（含弃权）应等于参加测评的人数。",
        "The votes about a member, abstentions among them, must add up to those present.",
    )
    tells: ClassVar[Mapping[str, Fact]] = {"member_ids": MEMBER_IDS}


class NotGraded(Invalid):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = Text(
        "此人不在这次评议中评定等次：不是本支部的正式党员。",
        "This person is not graded in this round: he is no full member of the branch.",
    )
    tells: ClassVar[Mapping[str, Fact]] = {"member_ids": MEMBER_IDS}


class CommentRequired(Invalid):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = Text(
        "评为基本合格或不合格的，请写明差距。", "Say where somebody falls short who is basically qualified or unqualified."
    )
    tells: ClassVar[Mapping[str, Fact]] = {"member_ids": MEMBER_IDS}


class YearOutOfRange(Invalid):
    of_field: ClassVar[str | None] = "year"
    text: ClassVar[Text] = Text("只能评议今年或去年。", "A round is of this year or of the last.")


class HeldOnOutOfRange(Invalid):
    of_field: ClassVar[str | None] = "held_on"
    text: ClassVar[Text] = Text(
        "会议日期应在评议年度开始之后，且不晚于今天。", "The meeting must have been held by today, and not before the year began."
    )


class NotABranch(Invalid):
    of_field: ClassVar[str | None] = "organization_id"
    text: ClassVar[Text] = Text(
        "民主评议以支部为单位，请选择支部、党总支或联合支部。", "A round is held by a branch: name a branch, general or joint."
    )


@dataclass(frozen=True)
class Votes:
    """How many of those present voted for each grade of a member, and how many for none."""

    excellent: int
    qualified: int
    basically_qualified: int
    unqualified: int
    abstained: int

    @property
    def total(self) -> int:
        return self.excellent + self.qualified + self.basically_qualified + self.unqualified + self.abstained


@dataclass(frozen=True)
class Decided:
    """What is decided about one member."""

    grade: AppraisalGrade
    comment: str | None


def most_excellent(full_members: int) -> int:
    """How many of a branch's full members may be graded excellent: a third, rounded down."""
    return full_members // 3


def check_year(year: int, today: date) -> None:
    """Raise `YearOutOfRange` unless a round of that year is opened today."""
    if year not in (today.year - 1, today.year):
        raise YearOutOfRange


def check_members(members: int) -> None:
    """Raise `BranchTooLarge` where a branch has more members than a round is held by."""
    if members > MOST_MEMBERS:
        raise BranchTooLarge


def check_held_on(held_on: date, year: int, today: date) -> None:
    """Raise `HeldOnOutOfRange` unless a meeting of the round of that year has been held on that day."""
    if not date(year, 1, 1) <= held_on <= today:
        raise HeldOnOutOfRange


def check_named_once(member_ids: Sequence[UUID]) -> None:
    """Raise `Invalid` where one member stands in a body twice."""
    known: set[UUID] = set()
    faults = []
    for place, member_id in enumerate(member_ids):
        if member_id in known:
            faults.append(FieldFault(f"body.items.{place}.member_id", AppraisalRule.member_twice, TWICE))
        known.add(member_id)
    if faults:
        raise Invalid(faults=tuple(faults))


def check_graded(member_ids: Sequence[UUID], graded: frozenset[UUID]) -> None:
    """Raise `NotGraded` where one of these members, in the order of a body, is not graded in the round."""
    _refuse(NotGraded, "member_id", {place: key for place, key in enumerate(member_ids) if key not in graded})


def check_votes(votes: Mapping[UUID, Votes], present: int, sent: Sequence[UUID]) -> None:
    """Raise `VotesDoNotAddUp` unless the votes about each member are as many as were present. `sent` are the members in the order
    of the body, which need not name all."""
    wrong = [key for key, one in votes.items() if one.total != present]
    places = {key: place for place, key in enumerate(sent)}
    if wrong:
        told = [
            FieldFault(f"body.items.{places[key]}", VotesDoNotAddUp.code(), VotesDoNotAddUp.text) for key in wrong if key in places
        ]
        unsent = FieldFault("body.present", VotesDoNotAddUp.code(), VotesDoNotAddUp.text)
        raise VotesDoNotAddUp(faults=tuple(told) or (unsent,), members={"member_ids": [str(key) for key in wrong]})


def check_comments(decided: Mapping[UUID, Decided]) -> None:
    """Raise `CommentRequired` where a grade that says that somebody falls short does not say where; in the order of the body."""
    lacking = {
        place: key for place, (key, one) in enumerate(decided.items()) if one.grade in WITH_A_COMMENT and one.comment is None
    }
    _refuse(CommentRequired, "comment", lacking)


def check_closing(grades: Mapping[UUID, AppraisalGrade | None]) -> None:
    """Whether a round with these grades of its full members may be closed. Raises `AppraisalIncomplete` or `TooManyExcellent`."""
    undecided = [key for key, grade in grades.items() if grade is None]
    if undecided:
        raise AppraisalIncomplete(members={"member_ids": [str(key) for key in undecided]})
    excellent, most = Counter(grades.values())[AppraisalGrade.excellent], most_excellent(len(grades))
    if excellent > most:
        raise TooManyExcellent(
            {"excellent": excellent, "most_excellent": most}, members={"excellent": excellent, "most_excellent": most}
        )


def year_asked_for(today: date) -> int | None:
    """The year of which a branch is asked for its round on a day: from 1 December of the year to 31 March of the next (ours)."""
    if today.month >= FIRST_MONTH:
        return today.year
    return today.year - 1 if today.month <= LAST_MONTH else None


def due_day(year: int) -> date:
    """By which day a round of a year is closed."""
    return date(year + 1, LAST_MONTH, 31)


def _refuse(refusal: type[NotGraded] | type[CommentRequired], field: str, at_fault: Mapping[int, UUID]) -> None:
    if at_fault:
        faults = tuple(FieldFault(f"body.items.{place}.{field}", refusal.code(), refusal.text) for place in at_fault)
        raise refusal(faults=faults, members={"member_ids": [str(key) for key in at_fault.values()]})
