from datetime import date
from typing import Any

import pytest

from api.errors import Invalid
from api.standards.default import ITEMS
from api.standards.rules import (
    CONTENT,
    BadEffectiveDay,
    Dated,
    EmblemArticleMissing,
    EmblemNotAllowed,
    StandardState,
    UnknownPlaceholder,
    check_effective_on,
    check_item,
    difference,
    in_force_within,
    state_of,
)
from api.standards.schemas import ItemWrite
from models.enums import EmblemUse, SignElement, VenueKind

MAY = [date(2026, 5, day) for day in range(1, 32)]
FIRST, SECOND, THIRD = Dated(1, MAY[0]), Dated(2, MAY[9]), Dated(3, MAY[19])


@pytest.mark.parametrize(
    ("effective_on", "is_withdrawn", "is_in_force", "state"),
    [
        (None, False, False, StandardState.draft),
        (MAY[10], False, False, StandardState.scheduled),
        (MAY[9], False, True, StandardState.in_force),
        (MAY[9], False, False, StandardState.superseded),
        (MAY[9], True, False, StandardState.withdrawn),
        (MAY[10], True, False, StandardState.withdrawn),
    ],
)
def test_a_versions_state_follows_from_its_days(
    effective_on: date | None, is_withdrawn: bool, is_in_force: bool, state: StandardState
) -> None:
    assert state_of(effective_on, is_withdrawn=is_withdrawn, is_in_force=is_in_force, today=MAY[9]) is state


@pytest.mark.parametrize(
    ("versions", "first", "last", "numbers"),
    [
        ([FIRST, SECOND], 8, 8, {1}),
        ([FIRST, SECOND], 9, 9, {2}),
        ([FIRST, SECOND], 8, 9, {1, 2}),
        ([FIRST, SECOND, THIRD], 8, 19, {1, 2, 3}),
        ([SECOND], 0, 8, set()),
        # Withdrawn on the 15th: both held on that day, and the first from then on.
        ([FIRST, Dated(2, MAY[9], MAY[14])], 13, 13, {2}),
        ([FIRST, Dated(2, MAY[9], MAY[14])], 14, 14, {1, 2}),
        ([FIRST, Dated(2, MAY[9], MAY[14])], 15, 30, {1}),
        ([FIRST, Dated(2, MAY[9], MAY[14]), THIRD], 15, 30, {1, 3}),
        # Withdrawn before it ever held.
        ([FIRST, Dated(2, MAY[9], MAY[3])], 0, 30, {1}),
    ],
)
def test_what_was_in_force_within_days_is_told_with_withdrawals(
    versions: list[Dated], first: int, last: int, numbers: set[int]
) -> None:
    assert in_force_within(versions, MAY[first], MAY[last]) == numbers


def test_a_version_takes_effect_today_or_later_and_not_before_one_that_stands() -> None:
    check_effective_on(MAY[9], MAY[9], [FIRST, SECOND])
    check_effective_on(MAY[9], MAY[9], [Dated(3, MAY[30], MAY[8])])
    for day, standing in ((MAY[8], []), (MAY[9], [Dated(3, MAY[10])])):
        with pytest.raises(BadEffectiveDay):
            check_effective_on(day, MAY[9], standing)


def said(**more: Any) -> dict[str, Any]:
    return {**dict.fromkeys(CONTENT), "element": SignElement.nameplate, "emblem": EmblemUse.forbidden, **more}


def test_an_item_does_not_contradict_itself() -> None:
    check_item(said(text_template="{organization}{venue}{post}{name}{duties}{phone}", bottom_min_mm=5, bottom_max_mm=5))
    check_item(said(emblem=EmblemUse.required, emblem_article="第七条"))
    for use in (EmblemUse.allowed, EmblemUse.required):
        with pytest.raises(EmblemArticleMissing):
            check_item(said(emblem=use))
        with pytest.raises(EmblemNotAllowed):
            check_item(said(emblem=use, emblem_article="第七条", element=SignElement.household))
    for template in ("{nme}", "{name!r}", "{name", "name}", "{{name}}", "{}"):
        with pytest.raises(UnknownPlaceholder):
            check_item(said(text_template=template))
    with pytest.raises(Invalid):
        check_item(said(bottom_min_mm=6, bottom_max_mm=5))


def test_two_versions_differ_by_codes_and_by_fields() -> None:
    before = {"A": said(name="一"), "B": said(name="二"), "C": said(name="三")}
    found = difference(before, {"B": said(name="二"), "C": said(name="四", note="新"), "D": said()})
    assert (found.added, found.removed, found.unchanged) == (["D"], ["A"], 1)
    assert [(one.field, one.before, one.after) for one in found.changed["C"]] == [("name", "三", "四"), ("note", None, "新")]


def test_what_is_shipped_is_whole_and_tells_of_each_item_where_it_comes_from() -> None:
    by_code = {item["code"]: item for item in ITEMS}
    assert len(by_code) == len(ITEMS) == 20
    for item in ITEMS:
        assert item.keys() == set(CONTENT)
        ItemWrite.model_validate({name: value for name, value in item.items() if name != "pictures"})
        check_item(dict(item))
        assert {basis["about"] for basis in item["basis"]} >= {"obligation"}
        # A size or how far it may be off is somebody's; an emblem's measure is ours.
        assert not item["sizes"] or "size" in {basis["about"] for basis in item["basis"]}
        assert "鄞州" not in str(item)
    assert [code for code, item in by_code.items() if item["obligation"] == "mandatory"] == [
        "SG-01", "SG-02", "RD-01", "WN-01", "DK-01", "RA-01", "NB-02"
    ]  # fmt: skip
    assert by_code["WN-01"]["sizes"] == [{"width_mm": 500, "height_mm": 250}] and by_code["WN-01"]["tolerance_mm"] == 10
    assert {grade["grade"] for grade in by_code["SG-01"]["basis"]} == {"C", "OURS"}
    assert by_code["VC-01"]["venue_kinds"] == list(VenueKind)
