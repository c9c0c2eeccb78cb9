"""Every reason of the validator, and each side of every threshold; then all of it against a second, plain implementation."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import NotInThisState
from api.venues.signs.rules import KINDS, MOVES, FindingKind, FindingReason, SignAction, Spec, Standing, check, is_ok
from models.enums import EmblemUse, Obligation, SignElement, SignState, VenueKind

HERE, ELSEWHERE = VenueKind.window, VenueKind.station
KEY = UUID(int=1)
PLATE = Spec("DK-01", "桌牌", {HERE}, SignElement.desk_plate, Obligation.mandatory)
SIZED = replace(PLATE, sizes=[(200, 100)], tolerance_mm=5)
IN_PROPORTION = replace(PLATE, sizes=[(300, 200)], tolerance_mm=2, proportional=True)
HIGH = replace(PLATE, bottom_min_mm=1500, bottom_max_mm=1800)
BEARING = replace(PLATE, emblem=EmblemUse.allowed, emblem_max_mm=80, emblem_article="第七条")
REQUIRED = replace(BEARING, emblem=EmblemUse.required)
EMBLEM = replace(BEARING, element=SignElement.emblem, emblem_max_mm=1000)
FLAG = replace(PLATE, element=SignElement.flag)
FORBIDDEN = replace(SIZED, obligation=Obligation.forbidden, venue_kinds=(), emblem_article="第三条")
RECOMMENDED = replace(PLATE, obligation=Obligation.recommended)


def sign(number: int = 1, **told: Any) -> Standing:
    return Standing(UUID(int=number), "DK-01", **told)


def measured(width: int | None, height: int | None, **more: Any) -> Standing:
    return sign(width_mm=width, height_mm=height, **more)


DAMAGED = sign(is_damaged=True)


@pytest.mark.parametrize(
    ("spec", "signs", "reasons"),
    [
        (PLATE, [], ["not_installed"]),
        (PLATE, [sign()], []),
        (PLATE, [DAMAGED], ["only_damaged"]),
        (PLATE, [sign(2), DAMAGED], ["damaged"]),
        (RECOMMENDED, [], ["recommended_missing"]),
        (RECOMMENDED, [DAMAGED], ["recommended_missing"]),
        (RECOMMENDED, [sign()], []),
        (replace(PLATE, venue_kinds={ELSEWHERE}), [], []),
        (replace(PLATE, venue_kinds={ELSEWHERE}), [sign()], ["not_for_this_venue"]),
        (replace(PLATE, venue_kinds=()), [sign()], ["not_for_this_venue"]),
        # A forbidden thing: nothing else is said of it, wherever it belongs and however it was measured.
        (FORBIDDEN, [], []),
        (FORBIDDEN, [measured(1, 1, emblem_mm=1, is_damaged=True)], ["forbidden_item"]),
        # Each side of the size's tolerance, whichever way it hangs.
        (SIZED, [measured(200, 100)], []),
        (SIZED, [measured(100, 200)], []),
        (SIZED, [measured(205, 95)], []),
        (SIZED, [measured(195, 105)], []),
        (SIZED, [measured(206, 100)], ["size"]),
        (SIZED, [measured(194, 100)], ["size"]),
        (SIZED, [measured(200, 106)], ["size"]),
        (SIZED, [measured(200, 94)], ["size"]),
        (SIZED, [measured(400, 200)], ["size"]),
        (replace(SIZED, sizes=[(600, 400), (800, 600)]), [measured(805, 595)], []),
        (replace(SIZED, sizes=[(600, 400), (800, 600)]), [measured(600, 600)], ["size"]),
        (SIZED, [measured(None, 100)], ["not_measured"]),
        (SIZED, [measured(200, None)], ["not_measured"]),
        (PLATE, [measured(None, None)], []),
        # In proportion, |w·200 − h·300| ≤ 2·500.
        (IN_PROPORTION, [measured(150, 100)], []),
        (IN_PROPORTION, [measured(1505, 1000)], []),
        (IN_PROPORTION, [measured(1506, 1000)], ["size"]),
        (IN_PROPORTION, [measured(1495, 1000)], []),
        (IN_PROPORTION, [measured(1494, 1000)], ["size"]),
        (IN_PROPORTION, [measured(1000, 1505)], []),
        (replace(IN_PROPORTION, tolerance_mm=0), [measured(301, 200)], ["size"]),
        # The emblem's measure has no tolerance.
        (BEARING, [sign(emblem_mm=80)], []),
        (BEARING, [sign(emblem_mm=81)], ["emblem_too_large"]),
        (replace(BEARING, emblem_max_mm=None), [sign(emblem_mm=9000)], []),
        (REQUIRED, [sign(emblem_mm=80)], []),
        (REQUIRED, [sign()], ["emblem_missing"]),
        (BEARING, [sign()], []),
        (PLATE, [sign(emblem_mm=1)], ["emblem_not_allowed"]),
        (EMBLEM, [measured(1000, 1000)], []),
        (EMBLEM, [measured(1000, 1001)], ["emblem_too_large"]),
        (EMBLEM, [measured(1001, None)], ["emblem_too_large"]),
        (EMBLEM, [measured(900, 900, emblem_mm=2000)], []),
        (replace(EMBLEM, emblem=EmblemUse.required), [measured(900, 900)], []),
        (replace(EMBLEM, emblem=EmblemUse.required), [sign()], ["emblem_missing"]),
        (HIGH, [sign(bottom_mm=1500)], []),
        (HIGH, [sign(bottom_mm=1499)], ["bottom_height"]),
        (HIGH, [sign(bottom_mm=1800)], []),
        (HIGH, [sign(bottom_mm=1801)], ["bottom_height"]),
        (HIGH, [sign()], []),
        (replace(HIGH, bottom_min_mm=None), [sign(bottom_mm=0)], []),
        (replace(HIGH, bottom_max_mm=None), [sign(bottom_mm=9999)], []),
        (PLATE, [sign(bottom_mm=0)], []),
        (BEARING, [sign(2), sign(emblem_mm=1, is_damaged=True)], ["damaged", "damaged_emblem"]),
        (EMBLEM, [sign(2, width_mm=9), replace(DAMAGED, width_mm=9)], ["damaged", "damaged_emblem"]),
        (FLAG, [DAMAGED], ["only_damaged", "damaged_emblem"]),
    ],
)
def test_a_venue_is_judged_by_each_reason_at_each_side_of_its_threshold(
    spec: Spec, signs: list[Standing], reasons: list[str]
) -> None:
    found = check(HERE, [spec], signs)
    assert [finding.reason for finding in found] == reasons
    assert is_ok(found) is ({KINDS[finding.reason] for finding in found} <= {FindingKind.advice})


def test_what_the_standard_does_not_know_is_advice_and_findings_stand_by_code() -> None:
    specs = [replace(PLATE, code="ZZ-01"), replace(PLATE, code="AA-01")]
    found = check(HERE, specs, [sign()])
    assert [(finding.code, finding.reason) for finding in found] == [
        ("AA-01", "not_installed"), ("DK-01", "not_in_standard"), ("ZZ-01", "not_installed")
    ]  # fmt: skip
    assert (found[1].sign_id, found[1].name, found[1].kind) == (KEY, None, "advice")


def test_a_finding_tells_what_was_measured_what_is_allowed_and_what_that_rests_on() -> None:
    basis = [{"about": about, "text": about, "source": "来源", "grade": "OURS"} for about in ("obligation", "size", "emblem")]
    spec = replace(REQUIRED, sizes=[(200, 100)], tolerance_mm=5, basis=basis)
    size, emblem = check(HERE, [spec], [measured(300, 100, emblem_mm=90)])
    assert size.measured == {"width_mm": 300, "height_mm": 100}
    assert size.allowed == {"sizes": [{"width_mm": 200, "height_mm": 100}], "tolerance_mm": 5, "proportional": False}
    assert (size.article, size.basis) == (None, basis[1:2])
    assert (emblem.measured, emblem.allowed) == ({"emblem_mm": 90}, {"emblem_max_mm": 80})
    assert (emblem.article, emblem.basis) == ("第七条", basis[2:])
    (missing,) = check(HERE, [spec], [])
    assert (missing.sign_id, missing.measured, missing.basis) == (None, None, basis[:1])
    (high,) = check(HERE, [replace(HIGH, basis=basis)], [sign(bottom_mm=9)])
    assert list(high.basis) == [], "none is about the position"
    (advised,) = check(HERE, [replace(spec, obligation=Obligation.recommended, basis=basis[1:])], [])
    assert (advised.reason, list(advised.basis)) == ("recommended_missing", []), "none is about the obligation"
    rule = replace(FORBIDDEN, code="FB-03", basis=basis[:1])
    *_, broken = check(HERE, [replace(BEARING, basis=basis), rule], [sign(emblem_mm=1, is_damaged=True)])
    assert (broken.reason, broken.basis) == ("damaged_emblem", basis[:1]), "the rule about damaged emblems, not the item's own"
    (forbidden,) = check(HERE, [FORBIDDEN], [sign()])
    assert (forbidden.kind, forbidden.article) == ("forbidden", "第三条")
    *_, damaged = check(HERE, [BEARING], [sign(emblem_mm=1, is_damaged=True)])
    assert (damaged.kind, damaged.article) == ("forbidden", None)


@pytest.mark.parametrize(
    ("action", "leads"),
    [
        ("edit", {"installed": "installed", "damaged": "damaged"}),
        ("damage", {"installed": "damaged"}),
        ("repair", {"damaged": "installed"}),
        ("retire", {"installed": "retired", "damaged": "retired"}),
    ],
)
def test_a_sign_lives_by_its_table_and_nothing_is_done_to_it_twice(action: str, leads: dict[str, str]) -> None:
    for state in SignState:
        if state in leads:
            assert MOVES.after(SignAction(action), state) == leads[state]
        else:
            with pytest.raises(NotInThisState):
                MOVES.after(SignAction(action), state)


def plainly(kind: VenueKind, specs: list[Spec], signs: list[Standing]) -> set[tuple[str, str, UUID | None]]:
    """The same table once more, read row by row: a set of reason, code and sign for each finding."""
    found: set[tuple[str, str, UUID | None]] = set()
    items = {spec.code: spec for spec in specs}
    for spec in specs:
        ours = [one for one in signs if one.code == spec.code]
        if kind in spec.venue_kinds and not [one for one in ours if not one.is_damaged]:
            if spec.obligation == "mandatory":
                found.add(("only_damaged" if ours else "not_installed", spec.code, None))
            if spec.obligation == "recommended":
                found.add(("recommended_missing", spec.code, None))
    for one in signs:
        if one.code not in items:
            found.add(("not_in_standard", one.code, one.id))
            continue
        spec = items[one.code]
        if spec.obligation == "forbidden":
            found.add(("forbidden_item", one.code, one.id))
            continue
        wrong = {
            "not_for_this_venue": kind not in spec.venue_kinds,
            "damaged": one.is_damaged and any(other.code == one.code and not other.is_damaged for other in signs),
            "damaged_emblem": one.is_damaged and (one.emblem_mm is not None or spec.element in ("emblem", "flag")),
            "emblem_not_allowed": spec.emblem == "forbidden" and one.emblem_mm is not None,
            "bottom_height": one.bottom_mm is not None
            and (
                (spec.bottom_min_mm is not None and one.bottom_mm < spec.bottom_min_mm)
                or (spec.bottom_max_mm is not None and one.bottom_mm > spec.bottom_max_mm)
            ),
        }
        width, height = one.width_mm, one.height_mm
        wrong["not_measured"] = bool(spec.sizes) and (width is None or height is None)
        if spec.sizes and width is not None and height is not None:
            t, sizes = spec.tolerance_mm, [tuple(sorted(size)) for size in spec.sizes]
            short, long = sorted((width, height))
            near = any(
                one_side in range(H - t, H + t + 1) and other in range(W - t, W + t + 1)
                for one_side, other, H, W in ((*hung, *size) for hung in ((width, height), (height, width)) for size in sizes)
            )
            alike = spec.proportional and any(-t * (W + H) <= long * H - short * W <= t * (W + H) for H, W in sizes)
            wrong["size"] = not (near or alike)
        sides = [side for side in (width, height) if side is not None]
        emblem = (max(sides) if sides else None) if spec.element == "emblem" else one.emblem_mm
        wrong["emblem_missing"] = spec.emblem == "required" and emblem is None
        wrong["emblem_too_large"] = emblem is not None and spec.emblem_max_mm is not None and emblem > spec.emblem_max_mm
        found |= {(reason, one.code, one.id) for reason, is_so in wrong.items() if is_so}
    return found


CODES = ("AA-01", "BB-01", "CC-01")
SIDES = st.integers(1, 24)
MAYBE = st.none() | SIDES
SPECS = st.builds(
    Spec,
    code=st.sampled_from(CODES[:2]),
    name=st.just("牌"),
    venue_kinds=st.sets(st.sampled_from([HERE, ELSEWHERE])),
    element=st.sampled_from([SignElement.desk_plate, SignElement.emblem, SignElement.flag]),
    obligation=st.sampled_from([Obligation.mandatory, Obligation.mandatory, Obligation.recommended, Obligation.forbidden]),
    sizes=st.lists(st.tuples(SIDES, SIDES), max_size=3),
    tolerance_mm=st.integers(0, 3),
    proportional=st.booleans(),
    emblem=st.sampled_from(EmblemUse),
    emblem_max_mm=MAYBE,
    emblem_article=st.none(),
    bottom_min_mm=MAYBE,
    bottom_max_mm=MAYBE,
    basis=st.just(()),
)
SIGNS = st.lists(
    st.builds(
        Standing,
        id=st.uuids(),
        code=st.sampled_from(CODES),
        width_mm=MAYBE,
        height_mm=MAYBE,
        bottom_mm=MAYBE,
        emblem_mm=MAYBE,
        is_damaged=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)


@settings(max_examples=200)
@given(specs=st.lists(SPECS, max_size=2, unique_by=lambda spec: spec.code), signs=SIGNS)
def test_a_second_plain_implementation_finds_the_same(specs: list[Spec], signs: list[Standing]) -> None:
    found = check(HERE, specs, signs)
    told = [(finding.reason.value, finding.code, finding.sign_id) for finding in found]
    assert len(told) == len(set(told))
    assert set(told) == plainly(HERE, specs, signs)
    assert [finding.code for finding in found] == sorted(finding.code for finding in found)
    assert is_ok(found) is not any(finding.kind != "advice" for finding in found)


def test_every_reason_is_of_a_kind() -> None:
    assert KINDS.keys() == set(FindingReason)
