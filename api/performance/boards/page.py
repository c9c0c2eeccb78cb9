"""The board as a page to be read and printed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup

from api.language import Language, said
from api.pages.render import Asked, Task, moment, render, words_of
from api.performance.boards.view import BoardView, CoverageView, IndicatorView, QuarterView, ReasonView, WeakView
from api.performance.words import LABELS, PILLARS, TODO, period_words
from models.performance_enums import IndicatorDirection, IndicatorUnit

PATH: Final = "/v1/boards"
NAMED: Final = 3
"""How many branches that share the lowest index are named at the head."""
READING: Final = Task(LABELS["unfound_board"], LABELS["unfound_board_meaning"], may_help_again=False, has_code=False)
_WORDS: Final = words_of(LABELS)


def board_page(board: BoardView, asked: Asked, *, at: datetime) -> str:
    """A board with its bars, each beside its number. `at` is when it is read, in the district's time."""
    return _Writing(asked.language, at).page(board, asked)


class _Writing:
    """A board in one language."""

    def __init__(self, language: Language, at: datetime) -> None:
        self.language, self.at = language, at
        self.words = _WORDS[language]

    def page(self, board: BoardView, asked: Asked) -> str:
        words = self.words
        jumps = [("weakest", words["board_weakest_short"])] if board.weakest else []
        lead, because = self.lead(board)
        return render(
            "performance/board.html",
            "",
            asked,
            _WORDS,
            in_chinese="" if self.language is Language.zh else Markup(' lang="zh-CN"'),
            organization=board.organization_name,
            heading=words["board_heading"].format(period=self.period(board.period)),
            state=said(board.standing, self.language),
            as_of=words["board_as_of"].format(moment=self.moment(board.as_of)) if board.as_of else words["board_uncounted"],
            index=self.number(board.index),
            index_before=self.number(board.index_before),
            moved=self.moved(board.movement) if board.movement is not None else "",
            lead=lead,
            because=because,
            jumps=[*jumps, ("pillars", words["board_pillars_short"]), ("trend", words["board_trend_short"])],
            weakest=[self.weak(one) for one in board.weakest],
            pillars=[
                {
                    "key": one.pillar.value,
                    "name": said(PILLARS[one.pillar], self.language),
                    "index": self.number(one.index),
                    "part": one.index,
                    "indicators": [self.indicator(each) for each in one.indicators],
                }
                for one in board.pillars
            ],
            trend=[self.quarter(one) for one in board.trend],
            coverage=board.coverage and {"branches": board.coverage.branches, "lines": list(self.coverage(board.coverage))},
            todo=board.todo and list(self.todo(board)),
            moment=self.moment(self.at),
        )

    def lead(self, board: BoardView) -> tuple[str | None, str]:
        """What is to be seen at first: the weakest branch and why, or, where a board names none, what its own index lacks most."""
        words = self.words
        if board.weakest:
            first = board.weakest[0]
            alike = [one.organization_name for one in board.weakest if one.index == first.index]
            told = words["board_lowest"] if len(alike) == 1 else words["board_lowest_alike"]
            names = words["board_and"].join(alike[:NAMED]) + (words["board_and_others"] if len(alike) > NAMED else "")
            return told.format(name=names, index=self.number(first.index)), self.because(first.reason)
        return (self.because(board.gap), "") if board.index is not None else (None, "")

    def because(self, reason: ReasonView | None) -> str:
        return self.words["board_all_met"] if reason is None else self.words["board_because"].format(**self.reason(reason))

    def reason(self, reason: ReasonView) -> dict[str, str]:
        value, target = (self.value(one, reason.unit) for one in (reason.value, reason.target))
        return {"indicator": reason.name, "value": value, "target": target}

    def weak(self, one: WeakView) -> dict[str, Any]:
        words = self.words
        note = words["board_met"] if one.reason is None else words["board_gap"].format(**self.reason(one.reason))
        return {"name": one.organization_name, "note": note, "index": self.number(one.index), "moved": self.moved(one.movement)}

    def moved(self, movement: float | None) -> str:
        if movement is None:
            return self.words["board_new"]
        label = "board_risen" if movement > 0 else "board_fallen" if movement < 0 else "board_same"
        return self.words[label].format(n=self.number(abs(movement)))

    def indicator(self, one: IndicatorView) -> dict[str, Any]:
        words, down = self.words, one.direction is IndicatorDirection.down
        target = words["board_target_down" if down else "board_target"].format(target=self.value(one.target, one.unit))
        counts = [f"{one.numerator}/{one.denominator}"] if one.denominator else []
        return {
            "name": one.name,
            "note": " · ".join([*counts, target, words["board_weight"].format(weight=one.weight)]),
            "part": None if one.attainment is None else round(100 * one.attainment, 1),
            "value": self.value(one.value, one.unit),
            "before": words["board_before"].format(value=self.value(one.before, one.unit)),
        }

    def quarter(self, one: QuarterView) -> dict[str, Any]:
        parts = (f"{said(PILLARS[part.pillar], self.language)} {self.number(part.index)}" for part in one.pillars)
        return {
            "name": self.period(one.period),
            "note": " · ".join(parts),
            "part": one.index,
            "index": self.number(one.index),
        }

    def coverage(self, coverage: CoverageView) -> Iterator[tuple[str, str]]:
        found = coverage.with_cards, coverage.with_pledges, coverage.with_signs
        for name, number in zip(("board_with_cards", "board_with_pledges", "board_with_signs"), found, strict=True):
            yield self.words[name], self.words["board_none"] if number is None else f"{number}/{coverage.branches}"

    def todo(self, board: BoardView) -> Iterator[tuple[str, int]]:
        if board.todo:
            yield self.words["board_todo_total"], board.todo.total
            for kind, number in board.todo.counts.items():
                yield said(TODO[kind], self.language) if kind in TODO else kind, number

    def period(self, code: str) -> str:
        return said(period_words(code), self.language)

    def moment(self, at: datetime) -> str:
        return moment(at.astimezone(self.at.tzinfo), self.language)

    def number(self, value: float | None) -> str:
        return self.words["board_none"] if value is None else f"{value:.1f}"

    def value(self, value: float | None, unit: IndicatorUnit) -> str:
        if value is None:
            return self.words["board_none"]
        told = str(value) if isinstance(value, int) else f"{value:.1f}"
        return f"{told}%" if unit is IndicatorUnit.percent else told.removesuffix(".0")
