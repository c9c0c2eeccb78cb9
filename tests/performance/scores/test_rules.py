from datetime import date, timedelta
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import AlreadyDecided, Invalid
from api.performance.appeals.rules import MOVES, TIME, AppealOver, Decision, check_appeal
from api.performance.rules import rounded
from api.performance.scores.rules import (
    DEFAULT,
    SCHEMES,
    AlreadyReversed,
    Counted,
    Pledged,
    SectionNotInScheme,
    Sight,
    YearOver,
    check_entry,
    check_living,
    check_year,
    halves,
    score_of,
)
from models.score_enums import AppealState, ScoreScheme, ScoreSection
from tests.performance.scores.oracle import NUMBERS, Line, reckon, shown

MAY = date(2026, 5, 2)
POINTS = st.integers(1, 200).map(lambda half: Fraction(half, 2))
SECTIONS = st.sampled_from(["base", "bonus", "deduction", "veto"])
OUTCOMES = st.lists(st.sampled_from(["", "fulfilled", "unfulfilled", "exempted"]), max_size=5)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Line]:
    """Entries, some of them reversed, each once and after it was made, in whatever order."""
    lines: list[Line] = []
    for no, (section, points, reverses) in enumerate(draw(st.lists(st.tuples(SECTIONS, POINTS, st.integers(0, 30)), max_size=14))):
        open_ones = [line for line in lines if line.reverses is None and line.no not in {one.reverses for one in lines}]
        target = open_ones[reverses] if reverses < len(open_ones) else None
        lines.append(Line(no, target.section, target.points, target.no) if target else Line(no, section, points))
    return lines


def counted(lines: list[Line]) -> Counted:
    """What the statement sums up of a ledger."""
    gone = {line.reverses for line in lines}
    found = {"base": 0, "bonus": 0, "deduction": 0, "veto": 0}
    for line in lines:
        if line.reverses is None and line.no not in gone:
            found[line.section] += 1 if line.section == "veto" else halves(float(line.points))
    return Counted(found["base"], found["bonus"], found["deduction"], found["veto"])


def pledged(outcomes: list[str], is_voluntary: bool) -> Pledged:
    exempted = outcomes.count("exempted")
    return Pledged(len(outcomes) - exempted, outcomes.count("fulfilled"), exempted, is_voluntary)


@given(st.sampled_from(list(NUMBERS)), ledgers(), OUTCOMES, st.booleans(), st.randoms())
def test_a_score_is_what_the_contract_says_in_whatever_order_its_entries_come(
    scheme: str, lines: list[Line], outcomes: list[str], is_voluntary: bool, chance: object
) -> None:
    expected = reckon(scheme, lines, outcomes=outcomes, is_voluntary=is_voluntary)
    chance.shuffle(lines)  # type: ignore[attr-defined]  # hypothesis's own
    score = score_of(SCHEMES[ScoreScheme(scheme)], counted(lines), pledged(outcomes, is_voluntary))
    assert score.total == expected.total and 0 <= score.total <= 100
    assert (score.base, score.pledge, score.bonus, score.deduction) == (
        expected.base,
        expected.pledge,
        expected.bonus,
        expected.deduction,
    )
    assert score.is_vetoed is expected.is_vetoed
    assert rounded(score.total) == shown(score.total)


def test_the_presets_are_those_of_the_contract() -> None:
    told = {
        scheme.code.value: (scheme.base, scheme.pledge, scheme.bonus, scheme.deduction, scheme.veto) for scheme in SCHEMES.values()
    }
    assert told == {code: (*NUMBERS[code], code == "vanguard_ningbo") for code in NUMBERS}
    assert DEFAULT is ScoreScheme.pledge_50_30_20 and set(SCHEMES) == set(ScoreScheme)
    assert all(scheme.name and scheme.source for scheme in SCHEMES.values())


@pytest.mark.parametrize(
    ("outcomes", "is_voluntary", "part"),
    [
        ([], False, Fraction(0)),
        ([], True, Fraction(30)),
        (["fulfilled"], False, Fraction(15)),
        (["fulfilled"], True, Fraction(30)),
        (["exempted"], False, Fraction(0)),
        (["exempted", "fulfilled"], False, Fraction(30)),
        (["exempted", "exempted"], False, Fraction(30)),
        (["fulfilled", "unfulfilled", ""], False, Fraction(10)),
        (["fulfilled", "fulfilled", "fulfilled", ""], False, Fraction(45, 2)),
    ],
)
def test_pledges_count_by_their_share_of_what_is_owed_or_made(outcomes: list[str], is_voluntary: bool, part: Fraction) -> None:
    assert score_of(SCHEMES[DEFAULT], Counted(), pledged(outcomes, is_voluntary)).pledge == part


def test_what_is_shown_is_rounded_half_up_to_a_tenth() -> None:
    exact = (Fraction(0), Fraction(1, 20), Fraction(149, 2000), Fraction(245, 20), Fraction(200, 3), Fraction(100))
    assert [rounded(one) for one in exact] == [0, 0.1, 0.1, 12.3, 66.7, 100]
    assert [halves(points) for points in (0, 0.5, 2.5, 99.5, 100)] == [0, 1, 5, 199, 200]


def test_a_scheme_has_the_sections_that_may_come_to_something() -> None:
    refused = set()
    for scheme, section in product(SCHEMES.values(), ScoreSection):
        try:
            check_entry(scheme, 2026, section, 1, MAY, MAY)
        except SectionNotInScheme:
            refused.add((scheme.code.value, section.value))
    assert refused == {(code, section) for code in ("vanguard_80_20", "pledge_50_30_20") for section in ("deduction", "veto")}


def test_an_entry_has_points_and_a_day_of_its_year_that_has_come() -> None:
    scheme = SCHEMES[ScoreScheme.vanguard_ningbo]
    check_entry(scheme, 2026, ScoreSection.veto, 0, MAY, MAY)
    for section, half_points, day, rule, fields in (
        (ScoreSection.base, 0, MAY, "no_points", ["points"]),
        (ScoreSection.base, -2, MAY, "no_points", ["points"]),
        (ScoreSection.veto, -1, MAY, "no_points", ["points"]),
        (ScoreSection.base, 1, MAY + timedelta(days=1), "in_the_future", ["happened_on"]),
        (ScoreSection.veto, 0, date(2025, 12, 31), "in_another_year", ["happened_on", "year"]),
    ):
        with pytest.raises(Invalid) as refusal:
            check_entry(scheme, 2026, section, half_points, day, MAY)
        assert [(fault.field, fault.rule) for fault in refusal.value.faults] == [(f"body.{field}", rule) for field in fields]


def test_a_year_is_open_until_31_march_of_the_next() -> None:
    for today in (date(2026, 1, 1), date(2027, 3, 31)):
        check_year(2026, today)
    with pytest.raises(YearOver):
        check_year(2026, date(2027, 4, 1))


def test_neither_of_two_entries_of_which_one_reverses_the_other_is_reversed() -> None:
    check_living(is_reversed=False, is_reversal=False)
    for one, other in ((True, False), (False, True), (True, True)):
        with pytest.raises(AlreadyReversed):
            check_living(is_reversed=one, is_reversal=other)


def test_an_appeal_is_in_time_for_thirty_days_and_never_against_a_bonus() -> None:
    for section in (ScoreSection.base, ScoreSection.deduction, ScoreSection.veto):
        check_appeal(section, MAY, MAY + TIME)
        with pytest.raises(AppealOver):
            check_appeal(section, MAY, MAY + TIME + timedelta(days=1))
    with pytest.raises(AppealOver):
        check_appeal(ScoreSection.bonus, MAY, MAY)
    assert TIME.days == 30


def test_an_appeal_is_decided_once() -> None:
    for decision, state in product(Decision, AppealState):
        if state is AppealState.open:
            assert MOVES.after(decision, state).value == decision.value
        else:
            with pytest.raises(AlreadyDecided):
                MOVES.after(decision, state)


ALONE = Sight(is_oneself=False, leads=False, is_above=False, is_about_writer=False, may_judge=False, hears=False)


def sight(*facts: str) -> Sight:
    return Sight(**{name: name in facts for name in vars(ALONE)})


@pytest.mark.parametrize(
    ("facts", "sees_all", "an_entry", "one_s_own", "an_appealed", "an_appeal", "evidence"),
    [
        ((), False, False, False, False, False, False),
        (("is_oneself", "is_about_writer"), True, True, True, True, True, True),
        (("leads",), True, True, True, True, True, True),
        (("leads", "is_about_writer"), True, True, True, True, True, False),
        (("leads", "is_about_writer", "may_judge", "hears"), True, True, True, True, True, True),
        (("is_above", "may_judge"), False, False, True, False, False, False),
        (("is_above", "may_judge", "hears"), False, False, True, True, True, True),
        (("is_above", "is_about_writer"), False, False, True, False, False, False),
        (("is_above", "is_about_writer", "may_judge", "hears"), True, True, True, True, True, True),
    ],
)
def test_who_sees_what_is_as_the_contract_has_it(
    facts: tuple[str, ...],
    sees_all: bool,
    an_entry: bool,
    one_s_own: bool,
    an_appealed: bool,
    an_appeal: bool,
    evidence: bool,
) -> None:
    one = sight(*facts)
    assert one.sees_all is sees_all
    assert one.sees_entry(entered_by_caller=False, is_appealed=False) is an_entry
    assert one.sees_entry(entered_by_caller=True, is_appealed=False) is one_s_own
    assert one.sees_entry(entered_by_caller=False, is_appealed=True) is an_appealed
    assert one.sees_appeal(entered_by_caller=False) is an_appeal
    assert one.sees_evidence(entered_by_caller=False) is evidence


def test_an_appeal_against_what_one_has_entered_is_for_another_to_hear() -> None:
    officer = sight("is_above", "is_about_writer", "may_judge", "hears")
    assert officer.sees_all and not officer.sees_appeal(entered_by_caller=True)
    assert not officer.sees_evidence(entered_by_caller=True)
    assert not sight("leads", "is_about_writer", "may_judge", "hears").sees_evidence(entered_by_caller=True)
