from datetime import date, timedelta

import pytest

from api.errors import NotInThisState
from api.rectifications.rules import MOVES, due_day, is_overdue, is_with_the_district
from models.enums import RectificationAction, RectificationState

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(("asked", "given"), [(None, 15), (0, 3), (-9, 3), (3, 3), (4, 4), (90, 90)])
def test_fifteen_days_are_given_unless_others_are_asked_for_and_never_less_than_three(asked: int | None, given: int) -> None:
    wanted = None if asked is None else TODAY + timedelta(days=asked)
    assert due_day(wanted, TODAY) == TODAY + timedelta(days=given)


@pytest.mark.parametrize(
    ("action", "leads"),
    [
        ("claim", {"open": "claimed", "returned": "claimed"}),
        ("confirm", {"claimed": "confirmed"}),
        ("return", {"claimed": "returned"}),
    ],
)
def test_it_lives_by_its_table_and_nothing_is_done_to_it_twice(action: str, leads: dict[str, str]) -> None:
    for state in RectificationState:
        if state in leads:
            assert MOVES.after(RectificationAction(action), state) == leads[state]
        else:
            with pytest.raises(NotInThisState):
                MOVES.after(RectificationAction(action), state)


@pytest.mark.parametrize(("days", "overdue", "district"), [(0, False, False), (1, True, False), (7, True, False), (8, True, True)])
def test_it_is_overdue_after_its_day_and_with_the_district_after_seven_more(days: int, overdue: bool, district: bool) -> None:
    due_on = TODAY - timedelta(days=days)
    for state in RectificationState:
        assert is_overdue(state, due_on, TODAY) is (overdue and state in ("open", "returned"))
    assert is_with_the_district(due_on, TODAY) is district
