"""Which venues stand in which, when they are open, and where they are, as values."""

import math
import random
from itertools import product

import pytest

from api.language import Language
from api.venues import rules
from api.venues.positions import (
    MILLION,
    Datum,
    OutsideChina,
    Position,
    box_around,
    distance,
    gcj02_of,
    reaches,
    read_position,
    wgs84_of,
)
from api.venues.rules import BadOpeningHours, BadParent, Span, hours_said, read_hours
from models.enums import VenueKind

K = VenueKind
ALLOWED = {
    *((kind, None) for kind in K if kind not in (K.hall_room, K.substation, K.care_point)),
    (K.activity_room, K.service_center),
    (K.window, K.service_center),
    (K.hall_room, K.political_life_hall),
    (K.substation, K.station),
    (K.care_point, K.station),
    (K.care_point, K.substation),
}


@pytest.mark.parametrize(("kind", "parent"), list(product(K, [None, *K])))
def test_a_venue_stands_only_where_its_kind_may(kind: VenueKind, parent: VenueKind | None) -> None:
    if (kind, parent) in ALLOWED:
        rules.check_parent(kind, parent)
    else:
        with pytest.raises(BadParent):
            rules.check_parent(kind, parent)


def test_what_may_stand_in_a_kind_lies_deeper_than_it() -> None:
    assert all(rules.depth(kind) > rules.depth(parent) for kind, parent in ALLOWED if parent)


MORNING, AFTERNOON = Span(510, 690), Span(840, 1020)


def test_opening_hours_are_read_by_day_and_a_later_rule_replaces_an_earlier() -> None:
    hours = read_hours("Mo-Fr 08:30-11:30,14:00-17:00; Fr 08:30-11:30; Sa,Su off; PH off")
    assert hours["Mo"] == hours["Th"] == (MORNING, AFTERNOON)
    assert hours["Fr"] == (MORNING,)
    assert hours["Sa"] == hours["PH"] == ()
    assert read_hours("Sa-Mo 00:00-24:00").keys() == {"Sa", "Su", "Mo"}
    assert all(spans == (Span(0, 1440),) for spans in read_hours("24/7").values())


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "Mo", "Mo-Fr", "mo off", "Mo Off", "Mo off;", "Mo off;Tu off", "Mo off ; Tu off", " Mo off", "Mo off ", "Mo  off",
        "Mo, Tu off", "Mo-Mo off", "Mo-Xx off", "Mo-We-Fr off", "PH-Mo off", "SH off", "24/7; Su off", "24/7 ", "24/6",
        "Mo 8:30-11:30", "Mo 08:30", "Mo 08:30-08:30", "Mo 11:30-08:30", "Mo 08:60-09:00", "Mo 24:00-24:00", "Mo 08:00-24:01",
        "Mo 08:00-09:00, 10:00-11:00", "Mo 08:00–09:00", "Mo 08:00-09:00 off", "Mo ０8:00-09:00", "Mo 08:00-09:00+",
        "Mo-Fr sunrise-sunset",
        "Mo 08:00-09:00" + ",08:00-09:00" * 9,
    ],
)  # fmt: skip
def test_whatever_else_is_written_for_opening_hours_is_refused(text: str) -> None:
    with pytest.raises(BadOpeningHours):
        read_hours(text)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("24/7", "全天24小时开放", "Open 24 hours a day"),
        (
            "Mo-Fr 08:30-11:30,14:00-17:00; PH off",
            "周一至周五 08:30–11:30、14:00–17:00；周六、周日 不开放；法定节假日 不开放",
            "Mon–Fri 08:30–11:30, 14:00–17:00; Sat, Sun closed; Public holidays closed",
        ),
        ("Mo-Su 00:00-24:00", "每天 全天", "Every day all day"),
        (
            "Mo,We 09:00-10:00; Tu off",
            "周一、周三 09:00–10:00；周二、周四至周日 不开放",
            "Mon, Wed 09:00–10:00; Tue, Thu–Sun closed",
        ),
        (
            "PH 10:00-12:00; Mo-Su 09:00-10:00",
            "每天 09:00–10:00；法定节假日 10:00–12:00",
            "Every day 09:00–10:00; Public holidays 10:00–12:00",
        ),
    ],
)
def test_opening_hours_are_said_as_people_say_them(text: str, zh: str, en: str) -> None:
    assert (hours_said(text, Language.zh), hours_said(text, Language.en)) == (zh, en)


def test_a_shifted_position_is_converted_as_the_contract_s_vector() -> None:
    found = read_position(121.554154, 29.814113, Datum.gcj02)
    assert abs(found.lon - 121_550_000) <= 2 and abs(found.lat - 29_816_700) <= 2
    assert read_position(121.55, 29.8167, Datum.wgs84) == (29_816_700, 121_550_000)


def test_a_position_that_was_shifted_and_converted_back_is_where_it_was() -> None:
    chance = random.Random(19)
    for _ in range(200):
        lon, lat = chance.uniform(74, 135), chance.uniform(4, 53)
        back = wgs84_of(*gcj02_of(lon, lat))
        assert math.dist(back, (lon, lat)) < 1e-8


@pytest.mark.parametrize(
    ("lon", "lat"), [(72.999, 30), (136.001, 30), (121, 2.999), (121, 54.001), (29.8167, 121.55), (0, 90), (-180, -90)]
)
@pytest.mark.parametrize("datum", Datum)
def test_a_position_outside_china_is_refused_whatever_it_is_measured_against(lon: float, lat: float, datum: Datum) -> None:
    with pytest.raises(OutsideChina):
        read_position(lon, lat, datum)


def test_distances_are_those_of_a_sphere() -> None:
    one = Position(29_816_700, 121_550_000)
    assert distance(one, one) == 0
    assert distance(one, Position(30_816_700, 121_550_000)) == pytest.approx(math.radians(1) * 6_371_008.8, rel=1e-9)
    east = distance(one, Position(29_816_700, 121_560_000))
    assert east == pytest.approx(math.radians(0.01) * 6_371_008.8 * math.cos(math.radians(29.8167)), rel=1e-6)


def test_a_box_holds_all_of_its_circle_and_hardly_more() -> None:
    chance = random.Random(19)
    for lat, radius in product((3.2, 29.8167, 53.8), (50, 3_000, 20_000)):
        center = Position(round(lat * MILLION), 121_550_000)
        box = box_around(center, radius)
        assert (box.north - box.south) / MILLION * 111_195 <= 2 * radius * 1.02
        for _ in range(100):
            at = Position(
                center.lat + round(chance.uniform(-1, 1) * 2 * (box.north - center.lat)),
                center.lon + round(chance.uniform(-1, 1) * 2 * (box.east - center.lon)),
            )
            if distance(center, at) <= radius:
                assert box.south <= at.lat <= box.north and box.west <= at.lon <= box.east


def test_a_search_goes_further_step_by_step_and_ends_at_its_radius() -> None:
    assert [reaches(radius) for radius in (50, 500, 3_000, 20_000)] == [
        [50],
        [500],
        [500, 2_000, 3_000],
        [500, 2_000, 8_000, 20_000],
    ]
