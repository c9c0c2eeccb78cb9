"""What the demonstration has come to: four closed quarters, a year of scores with appeals, and an appraisal, through the services
by which people would have entered, closed and decided it, day by day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import cycle
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Origin, Work
from api.days import begin_of, day_of
from api.demo.living import TEN_O_CLOCK, Step, live
from api.demo.pledged_year import Cast
from api.house import House
from api.performance.appeals.rules import Decision
from api.performance.appeals.service import appeal_score_entry, decide_appeal
from api.performance.appraisals import service as appraisals
from api.performance.appraisals.rules import Decided, Votes, most_excellent
from api.performance.appraisals.telling import standings
from api.performance.indicators.entries import Entered, enter_value
from api.performance.indicators.service import create_indicator
from api.performance.periods.counting import Counting, count_next, store
from api.performance.periods.rules import Span, spans_of
from api.performance.periods.service import close_period
from api.performance.scores.service import create_score_entry, reverse_score_entry
from api.profiles.rules import years_shown
from api.versions import Expected
from models.appraisal_enums import AppraisalGrade
from models.performance_enums import IndicatorDirection, IndicatorUnit, Pillar
from models.score_enums import ScoreSection

ANY = Expected(None, required=False)
QUARTERS_CLOSED = 4
ENTERED_AFTER, CLOSED_AFTER = timedelta(days=6), timedelta(days=12)
"""The end of a quarter: on which day branches enter what is entered by hand, and on which the district closes it."""
ATTENDANCE = "theme_day_attendance"
COME = ((31, 40), (34, 40), (37, 40), (38, 40), (29, 36), (30, 36), (27, 36), (33, 36), (22, 30), (26, 30), (28, 30), (25, 30))
"""Of how many who should come to the days of the branch how many came, branch by branch and quarter by quarter."""

Day = tuple[int, int]


@dataclass(frozen=True)
class Missed:
    """Points taken from a member, his appeal, and what became of it; None while it waits."""

    points: float
    reason: str
    appeal: str
    decision: Decision | None
    because: str


MISSED = (
    Missed(2, "8月支部党员大会无故缺席", "当天我在村口防汛值守，有值班表。", Decision.upheld, "值班表属实，考勤记错了，予以更正。"),
    Missed(
        1, "牵头的小公园改造延期一个月", "材料涨价，我们试了新的施工办法才延期。", Decision.exempted, "属于探索中的失误，予以容错。"
    ),
    Missed(1, "二季度党费迟交12天", "手机坏了没有看到通知。", Decision.refused, "支部当面通知过两次，维持原记录。"),
    Missed(0.5, "主题党日迟到半小时", "送老人去医院，请支部核实。", None, ""),
)
MISSED_ON: Day = (8, 22)
APPEALED_AFTER, DECIDED_AFTER = timedelta(days=5), timedelta(days=11)
MERITS = (
    ((3, 14), 2, "组织植树护林志愿服务两次"),
    ((5, 20), 1.5, "帮助两户居民调解漏水纠纷"),
    ((7, 27), 3, "台风期间转移独居老人，连续值守两夜"),
    ((9, 9), 1, "为村民代办医保手续十余件"),
    ((10, 18), 2, "担任河道巡护队队长，全年无缺勤"),
)
MISTAKEN: Day = (6, 5)
SELF = (
    (AppraisalGrade.qualified, "能按时参加组织生活，承诺的事情做完了；学习还不够系统。"),
    (AppraisalGrade.excellent, "全年承诺两件事都做到了，台风天值守在一线。"),
    (AppraisalGrade.qualified, "参加志愿服务六次，联系群众还要更主动。"),
)
GAP = "参加组织生活不够经常，要主动补课，并按时交纳党费。"


def perform(house: House, cast: Cast, chief: Access, at: datetime, tell: Callable[[int, int], None]) -> None:
    """Let the branches be scored and appraised until now, and close the last four quarters that are over. The quarter and the year
    that run are counted as they stand. `tell` is told how many days there are, and how many of them are over."""
    today = day_of(at, house.settings.zone)
    spans = [span for year in (today.year - 1, today.year) for span in spans_of(year)[:4] if span.ends_on < today]
    closed = spans[-QUARTERS_CLOSED:]
    performed = _Performed(house, cast, chief, today)
    live(house, performed.steps(closed), at, tell)
    for span in closed:
        moment = min(at, begin_of(span.ends_on + CLOSED_AFTER, house.settings.zone).astimezone(UTC) + TEN_O_CLOCK)
        _close(house, chief.using(Permission.period_write), span, moment)
    Counting(house.database).count_daily()


def _close(house: House, chief: Access, span: Span, moment: datetime) -> None:
    """As the server does it beside other work, at a moment that is past."""
    with house.database.writing(Origin("demo", moment, chief.account_id)) as work:
        close_period(work, chief, span.code)
    is_left = True
    while is_left:
        with house.database.reading(Origin("demo", moment)) as work:
            counted = count_next(work, span.code)
        with house.database.writing(Origin("demo", moment)) as work:
            is_left = store(work, span.code, counted)


class _Performed:
    """The steps by which the first branch is scored and appraised, and all enter how many have come."""

    def __init__(self, house: House, cast: Cast, chief: Access, today: date) -> None:
        self._house, self._cast, self._chief, self._today = house, cast, chief, today
        self._branch = cast.branches[0]
        self._entries: dict[tuple[int, Missed], UUID] = {}
        self._appeals: dict[tuple[int, Missed], UUID] = {}

    def steps(self, closed: Sequence[Span]) -> Iterable[Step]:
        if closed:
            yield closed[0].ends_on, 0, lambda work: self._make_indicator(work)
        for place, span in enumerate(closed):
            yield span.ends_on + ENTERED_AFTER, 1, partial(self._enter, place=place, span=span)
        for year in sorted(years_shown(self._today)):
            yield from self._scored(year)
        last = self._today.year - (1 if self._today >= date(self._today.year, 1, 21) else 2)
        yield from self._appraised(last)

    def _make_indicator(self, work: Work) -> None:
        content = {"code": ATTENDANCE, "pillar": Pillar.performance, "name": "主题党日到会率", "unit": IndicatorUnit.percent}
        create_indicator(
            work, content | {"weight": 5, "target": 95, "direction": IndicatorDirection.up, "source": "OURS（演示用，由支部填报）"}
        )

    def _enter(self, work: Work, *, place: int, span: Span) -> None:
        by = self._chief.using(Permission.indicator_enter)
        for number, branch in enumerate(self._cast.branches):
            came, all_of_them = COME[number * QUARTERS_CLOSED + place]
            told = Entered(branch.organization_id, span.code, came, all_of_them, "主题党日签到表三次合计", ())
            enter_value(work, by, ATTENDANCE, told)

    def _scored(self, year: int) -> Iterable[Step]:
        members = cycle(self._branch.member_ids)
        for day, points, reason in MERITS:
            yield date(year, *day), 1, partial(self._praise, year=year, member_id=next(members), points=points, reason=reason)
        yield date(year, *MISTAKEN), 1, partial(self._mistake, year=year)
        for missed, who in zip(MISSED, (self._cast.own, *self._cast.peers), strict=False):
            on = date(year, *MISSED_ON)
            if missed.decision is None:
                on = self._today - DECIDED_AFTER if year == self._today.year else date(year, 12, 10)
            if on.year == year:
                yield on, 2, partial(self._take, year=year, missed=missed, who=who)
                yield on + APPEALED_AFTER, 3, partial(self._appeal, year=year, missed=missed, who=who)
                if missed.decision is not None or year != self._today.year:
                    yield on + DECIDED_AFTER, 4, partial(self._decide, year=year, missed=missed)

    def _write(self, work: Work, member_id: UUID, year: int, section: ScoreSection, points: float, reason: str) -> UUID:
        entry = create_score_entry(
            work,
            self._cast.secretary.using(Permission.score_write),
            member_id,
            year=year,
            section=section,
            points=points,
            reason=reason,
            happened_on=work.today,
            attachment_ids=(),
        )
        return entry.id

    def _praise(self, work: Work, *, year: int, member_id: UUID, points: float, reason: str) -> None:
        self._write(work, member_id, year, ScoreSection.bonus, points, reason)

    def _mistake(self, work: Work, *, year: int) -> None:
        """Entered for the wrong one, and taken back."""
        entry_id = self._write(work, self._branch.member_ids[-1], year, ScoreSection.bonus, 2, "评为区级优秀志愿者")
        by = self._cast.secretary.using(Permission.score_write)
        reverse_score_entry(work, by, entry_id, "记错了人，应为另一名党员。")

    def _take(self, work: Work, *, year: int, missed: Missed, who: Access) -> None:
        if who.member_id is not None:
            self._entries[year, missed] = self._write(work, who.member_id, year, ScoreSection.base, missed.points, missed.reason)

    def _appeal(self, work: Work, *, year: int, missed: Missed, who: Access) -> None:
        told = appeal_score_entry(work, who.using(Permission.own_score), self._entries[year, missed], missed.appeal, ())
        self._appeals[year, missed] = told.appeal.id

    def _decide(self, work: Work, *, year: int, missed: Missed) -> None:
        by = self._cast.reviewer.using(Permission.score_write)
        decision, because = missed.decision or Decision.upheld, missed.because or "已向医院核实，予以更正。"
        decide_appeal(work, by, self._appeals[year, missed], decision, because, ANY)

    def _appraised(self, year: int) -> Iterable[Step]:
        """The round of a year, from its last month to the January that follows."""
        made: list[UUID] = []
        yield date(year, 12, 8), 1, lambda work: made.append(self._open(work, year))
        yield date(year, 12, 15), 1, lambda work: self._say_of_themselves(work, made[0])
        yield date(year, 12, 18), 1, lambda work: self._say_of_each_other(work, made[0])
        yield date(year + 1, 1, 12), 1, lambda work: self._vote(work, made[0])
        yield date(year + 1, 1, 15), 1, lambda work: self._grade(work, made[0])
        yield date(year + 1, 1, 20), 1, lambda work: self._end(work, made[0])

    def _open(self, work: Work, year: int) -> UUID:
        return appraisals.create_appraisal(work, self._leading(), self._branch.organization_id, year).appraisal.id

    def _say_of_themselves(self, work: Work, round_id: UUID) -> None:
        for (grade, words), who in zip(cycle(SELF), (self._cast.own, *self._cast.peers), strict=False):
            appraisals.evaluate_oneself(work, who.using(Permission.own_score), round_id, grade, words)

    def _say_of_each_other(self, work: Work, round_id: UUID) -> None:
        grades = cycle((AppraisalGrade.excellent, AppraisalGrade.qualified, AppraisalGrade.qualified))
        for who in (self._cast.own, *self._cast.peers):
            for member_id in self._branch.member_ids:
                if member_id != who.member_id:
                    by = who.using(Permission.own_score)
                    appraisals.evaluate_peer(work, by, round_id, member_id, next(grades), self._house.cipher)

    def _vote(self, work: Work, round_id: UUID) -> None:
        graded = self._graded(work, round_id)
        votes = []
        for number, member_id in enumerate(graded):
            best = max(0, len(graded) - 2 - number)
            weak = 2 if number == len(graded) - 1 else 0
            votes.append((member_id, Votes(best, len(graded) - best - weak, weak, 0, 0)))
        appraisals.enter_votes(work, self._leading(), round_id, work.today - timedelta(days=2), len(graded), votes, ANY)

    def _grade(self, work: Work, round_id: UUID) -> None:
        graded = self._graded(work, round_id)
        decided = {member_id: Decided(AppraisalGrade.qualified, None) for member_id in graded}
        decided |= {key: Decided(AppraisalGrade.excellent, None) for key in graded[: most_excellent(len(graded))]}
        decided[graded[-1]] = Decided(AppraisalGrade.basically_qualified, GAP)
        of_secretary = [(key, one) for key, one in decided.items() if key == self._cast.secretary.member_id]
        others = [(key, one) for key, one in decided.items() if key != self._cast.secretary.member_id]
        appraisals.decide_grades(work, self._leading(), round_id, others, ANY)
        # Nobody decides about himself: the town does so about the secretary.
        appraisals.decide_grades(work, self._cast.reviewer.using(Permission.appraisal_write), round_id, of_secretary, ANY)

    def _end(self, work: Work, round_id: UUID) -> None:
        appraisals.close_appraisal(work, self._leading(), round_id, "会议按程序进行，结果已向本人反馈。", ANY)

    def _graded(self, work: Work, round_id: UUID) -> list[UUID]:
        """The full members, those who pledge first."""
        told = appraisals.show_appraisal(work, self._leading(), round_id)
        full = {one.item.member_id for one in standings(work, [told.appraisal])[round_id] if one.is_graded}
        first = [key for key in self._branch.member_ids if key in full]
        return [*first, *sorted(full - set(first))]

    def _leading(self) -> Access:
        return self._cast.secretary.using(Permission.appraisal_write)
