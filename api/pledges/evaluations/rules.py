"""Who evaluates a pledge, for which period and how often; from when a grade counts, and how many one network may send."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from api.access.rules import AboutOneself
from api.errors import SERVICE_PHONE, AlreadyDecided, Fact, Forbidden, Invalid, Rule, Text, TooManyRequests
from api.moves import Moves
from api.pledges.rhythm.rules import half_begins_on, quarter_of
from api.pledges.rules import SEEN, Facts, is_archived
from models.enums import EvaluationSource, WordsState

LONGEST_WORDS: Final = 200
FEWEST_PEERS: Final = 3
"""Of fewer one could tell who gave which grade."""
WAITS: Final = timedelta(hours=24)
"""After how long a grade of the masses counts, so that a wave of them can be looked at before."""
A_DAY_FROM_ONE_NETWORK: Final = 50
A_DAY_ABOUT_ONE_PLEDGE: Final = 20
PERIOD: Final = r"^20[0-9]{2}(-H[12])?$"
"""A year, or half of one."""


VOIDED_ABOVE: Final = Text(
    "群众评价只能由支部的上一级作废，请由上一级办理。", "Only the level above the branch voids residents' ratings: it has to do it."
)
"""Said of `for_the_level_above` to the branch that a rating is about."""


class EvaluationRule(Rule):
    """What stands against a field of an evaluation."""

    identity_number = "identity_number"


class NotAPeriod(Invalid):
    of_field: ClassVar[str | None] = "period"
    text: ClassVar[Text] = Text(
        "评价周期应是承诺所属年度，组织点评也可以是该年度的上半年或下半年。",
        "The period must be the pledge's year, or, for the organisation, a half of it.",
    )


class HalfNotBegun(Invalid):
    of_field: ClassVar[str | None] = "period"
    text: ClassVar[Text] = Text("这个半年还没有开始，不能点评。", "This half of the year has not begun yet.")


class WordsRequired(Invalid):
    of_field: ClassVar[str | None] = "words"
    text: ClassVar[Text] = Text("半年点评请写明点评意见。", "Say in words how the pledge is coming along.")


class TooManyEvaluations(TooManyRequests):
    text: ClassVar[Text] = Text(
        "您所在的网络今天评价太多了，明天才能再评。等不及的，请打电话。",
        "Too many ratings have come from your network today; more can be sent tomorrow. If it cannot wait, please call.",
    )
    tells: ClassVar[Mapping[str, Fact]] = {"service_phone": SERVICE_PHONE}


DECIDING_WORDS: Final = Moves(
    {
        WordsState.shown: {WordsState.held: WordsState.shown},
        WordsState.hidden: {WordsState.held: WordsState.hidden},
    },
    AlreadyDecided,
    once=True,
)
"""Whether strangers may read somebody's words, by what is decided. The grade counts whatever becomes of them."""


def check_evaluator(source: EvaluationSource, *, is_author: bool, is_of_the_branch: bool) -> None:
    """Whether somebody signed in may evaluate as one of these sources; of the organisation it is asked who reviews the pledge.

    Raises `Forbidden`, or `AboutOneself` for an author who would be his own peer.
    """
    if source is EvaluationSource.self and not is_author:
        raise Forbidden
    if source is EvaluationSource.peers:
        if is_author:
            raise AboutOneself
        if not is_of_the_branch:
            raise Forbidden


def period_asked(source: EvaluationSource, year: int, asked: str | None, today: date) -> str:
    """The period that an evaluation of a pledge of this year is for; without being asked for any, the year.

    Raises `NotAPeriod`, or `HalfNotBegun` for a half that lies ahead.
    """
    if asked is None or asked == str(year):
        return str(year)
    halves = {f"{year}-H{half}": half for half in (1, 2)} if source is EvaluationSource.organization else {}
    if asked not in halves:
        raise NotAPeriod
    if today < half_begins_on(year, halves[asked]):
        raise HalfNotBegun
    return asked


def check_words(source: EvaluationSource, period: str, words: str | None) -> None:
    """Raise `WordsRequired` where the organisation comments on half a year without saying anything."""
    if source is EvaluationSource.organization and re.search("-H[12]$", period) and not words:
        raise WordsRequired


def can_be_evaluated(facts: Facts, today: date) -> bool:
    """Whether a pledge is published, and its year not archived."""
    return facts.state in SEEN and not is_archived(facts, today)


def period_of_receipt(today: date) -> str:
    """The period for which a grade of the masses is taken: the quarter in which it comes."""
    return quarter_of(today)


def counts_from(source: EvaluationSource, at: datetime) -> datetime:
    """The moment from which a grade given now counts."""
    return at + WAITS if source is EvaluationSource.masses else at


def check_room(from_network: int, about_pledge: int, *, retry_after: int, service_phone: str | None) -> None:
    """Raise `TooManyEvaluations` where so many of today's came from one network, of all or about one pledge. It stops that network,
    and nobody else."""
    if from_network >= A_DAY_FROM_ONE_NETWORK or about_pledge >= A_DAY_ABOUT_ONE_PLEDGE:
        raise TooManyEvaluations(retry_after=retry_after, members={"service_phone": service_phone})
