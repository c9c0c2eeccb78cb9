import pytest

from api.codes.rules import CodeTooSmall
from api.printing import rules
from api.printing.rules import EmblemColour, EmblemShape
from api.standards.rules import EmblemNotAllowed
from models.enums import MemberStatus
from models.print_enums import LeftOutReason, PrintKind, PrintLayout

GOLDEN = {45: 1000}


@pytest.mark.parametrize("hue", [30, 45, 60, 345, 359, 0, 15])
def test_gold_and_red_are_an_emblems_colours(hue: int) -> None:
    rules.check_emblem_picture(600, 600, {hue: 1000}, 0)


@pytest.mark.parametrize("hue", [16, 29, 61, 120, 240, 344])
def test_no_other_hue_is(hue: int) -> None:
    with pytest.raises(EmblemColour):
        rules.check_emblem_picture(600, 600, {hue: 1000}, 0)


@pytest.mark.parametrize(("festive", "other", "grey", "is_taken"), [(95, 5, 0, True), (94, 6, 0, False), (94, 0, 6, False)])
def test_nineteen_of_twenty_pixels_are_gold_or_red(festive: int, other: int, grey: int, is_taken: bool) -> None:
    hues = {45: festive, 200: other}
    if is_taken:
        rules.check_emblem_picture(700, 700, hues, grey)
    else:
        with pytest.raises(EmblemColour):
            rules.check_emblem_picture(700, 700, hues, grey)


def test_an_empty_picture_is_no_emblem() -> None:
    with pytest.raises(EmblemColour):
        rules.check_emblem_picture(700, 700, {}, 0)


@pytest.mark.parametrize(("width", "height"), [(599, 599), (600, 607), (1010, 999), (600, 599)])
def test_an_emblem_is_square_and_not_small(width: int, height: int) -> None:
    with pytest.raises(EmblemShape):
        rules.check_emblem_picture(width, height, GOLDEN, 0)


@pytest.mark.parametrize(("width", "height"), [(600, 600), (600, 606), (1000, 1010)])
def test_one_part_in_a_hundred_is_square_enough(width: int, height: int) -> None:
    rules.check_emblem_picture(width, height, GOLDEN, 0)


@pytest.mark.parametrize("kind", PrintKind)
def test_every_refusal_of_the_emblem_tells_what_it_rests_on(kind: PrintKind) -> None:
    rules.check_emblem_use(kind, emblem=False)
    if kind in (PrintKind.household_plate, PrintKind.venue_sign):
        with pytest.raises(EmblemNotAllowed) as refusal:
            rules.check_emblem_use(kind, emblem=True)
        (basis,) = refusal.value.members["basis"]  # type: ignore[misc]
        assert set(basis) == {"regulation", "article", "text", "grade"}  # type: ignore[has-type]
    else:
        rules.check_emblem_use(kind, emblem=True)


@pytest.mark.parametrize("kind", PrintKind)
def test_what_is_larger_than_a_sheet_does_not_fit(kind: PrintKind) -> None:
    rules.check_layout(kind, PrintLayout.single)
    if kind is PrintKind.window_plate:
        with pytest.raises(rules.DoesNotFit):
            rules.check_layout(kind, PrintLayout.a4)
    else:
        rules.check_layout(kind, PrintLayout.a4)


def test_a_code_of_a_long_host_may_be_too_fine_for_a_badge() -> None:
    rules.check_code(PrintKind.name_badge, 44)
    with pytest.raises(CodeTooSmall):
        rules.check_code(PrintKind.name_badge, 45)
    rules.check_code(PrintKind.household_plate, 61)


FINE = {"emblem": False, "has_valid_card": True, "status": MemberStatus.full, "is_pioneer": False, "missing": ""}


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("desk_plate", {}, None),
        ("desk_plate", {"has_valid_card": False, "missing": "𠮷"}, "card_not_valid"),
        ("desk_plate", {"missing": "𠮷"}, "missing_glyph"),
        ("desk_plate", {"emblem": True}, None),
        ("household_plate", {"status": MemberStatus.probationary}, "not_full_member"),
        ("desk_plate", {"status": MemberStatus.probationary}, None),
        ("post_plate", {"emblem": True}, "emblem_not_allowed"),
        ("post_plate", {"emblem": True, "is_pioneer": True}, None),
        ("post_plate", {}, None),
    ],
)
def test_why_somebody_is_left_out(kind: str, more: dict[str, object], reason: str | None) -> None:
    found = rules.why_left_out(PrintKind(kind), **{**FINE, **more})  # type: ignore[arg-type]
    assert found == (LeftOutReason(reason) if reason else None)


@pytest.mark.parametrize(("count", "parts"), [(1, 1), (100, 1), (101, 2), (2000, 20)])
def test_a_hundred_plates_make_a_part(count: int, parts: int) -> None:
    assert rules.parts(count) == parts
