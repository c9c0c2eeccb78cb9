"""Which venues are near: what is answered, to whom, and at what cost."""

import re
from collections.abc import Sequence
from functools import partial
from itertools import product
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from api.access.permissions import Permission
from api.access.scope import Access
from api.codes.reading import new_venue_code
from api.database import Origin
from api.pagination import Pages
from api.venues import queries
from api.venues.nearby import find_venues_near
from api.venues.positions import Position, box_around, distance
from api.venues.service import list_venues
from models.base import now
from models.enums import Role, VenueKind
from models.organization import Organization
from models.venue import Venue
from tests.conftest import District
from tests.fetched import fetched
from tests.outcomes import refused
from tests.plans import plans
from tests.venues.kept import HERE, keep_venue

CENTER = Position(*HERE)


def near(client: TestClient, **query: Any) -> Any:
    return client.get("/v1/venues/near", params={"lat": 29.8167, "lon": 121.55, **query})


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["properties"]["name"] for one in answer.json()["features"]]


def test_anybody_is_told_what_is_near_as_geojson_the_nearest_first(district: District) -> None:
    lat, lon = HERE
    far = keep_venue(district, at=(lat + 10_000, lon), name="远", phone="0574-87654321", opening_hours="24/7", services=["饮水"])
    keep_venue(district, at=(lat + 1_000, lon), name="近", kind=VenueKind.station)
    keep_venue(district, at=(lat + 2_000, lon), name="不公开", is_public=False)
    keep_venue(district, at=(lat + 2_000, lon), name="已关", closed_on=now().date())
    keep_venue(district, at=None, name="不知在哪")
    answer = near(district.client)
    assert answer.headers["content-type"] == "application/geo+json"
    assert names(answer) == ["近", "远"]
    assert answer.json()["type"] == "FeatureCollection"
    first, second = answer.json()["features"]
    assert second == {
        "type": "Feature",
        "id": str(far.id),
        "geometry": {"type": "Point", "coordinates": [121.55, 29.8267]},
        "properties": {
            "name": "远",
            "kind": "red_base",
            "organization": "上塘村第一党支部",
            "address": None,
            "phone": "0574-87654321",
            "opening_hours": "24/7",
            "opening_hours_text": "全天24小时开放",
            "services": ["饮水"],
            "distance_m": 1112,
            "url": f"HTTPS://LX.EXAMPLE.GOV.CN/C/{far.code}",
        },
    }
    assert (first["properties"]["phone"], first["properties"]["distance_m"]) == ("0574-00001234", 111)
    assert names(near(district.client, kind="station")) == ["近"]
    assert names(near(district.client, radius_m=1112)) == ["近", "远"]
    assert names(near(district.client, radius_m=1111)) == ["近"]
    assert names(near(district.client, limit=1)) == ["近"]
    assert names(near(district.client, lat=29.814113, lon=121.554154, datum="gcj02")) == ["近", "远"]


def test_of_those_equally_near_the_one_with_the_lower_key_comes_first(district: District) -> None:
    keys = sorted(uuid4() for _ in range(6))
    for place, key in enumerate(reversed(keys)):
        keep_venue(district, id=key, name=str(place), at=HERE)
    found = near(district.client, limit=5).json()["features"]
    assert [one["id"] for one in found] == [str(key) for key in keys[:5]]


@pytest.mark.engine("sqlite")
def test_a_position_that_is_none_here_is_refused(client: TestClient) -> None:
    problem = refused(near(client, lat=51.5, lon=0), 422, "outside_china")
    assert problem["errors"][0]["rule"] == "outside_china"
    for wrong in ({"radius_m": 49}, {"radius_m": 20_001}, {"limit": 51}, {"lat": "nan"}, {"datum": "bd09"}):
        refused(near(client, **wrong), 422, "invalid")


@pytest.mark.engine("sqlite")
def test_where_somebody_asks_from_is_written_down_nowhere(district: District, capsys: pytest.CaptureFixture[str]) -> None:
    keep_venue(district)
    assert names(near(district.client)) == ["上塘村红色基地"]
    told = capsys.readouterr()
    assert "29.81" not in told.out + told.err
    with district.house.database.reading(Origin("test")) as work:
        assert not work.entries


def test_near_venues_and_lists_are_found_by_an_index(district: District) -> None:
    house, elsewhere = district.house, [district.ids[code] for code in ("D", "T1", "T2")]
    # Of an empty table no index is better than another.
    with district.work() as work:
        work.add_all(
            Venue(organization_id=key, kind=VenueKind.station, name=f"村{number}", services=[], code=new_venue_code())
            for number, key in enumerate(elsewhere * 100)
        )
    if not house.database.is_sqlite:
        with house.database.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE venue")
    near = partial(queries.within, box=box_around(CENTER, 3_000), center=CENTER, most=20)
    of_all, of_kind = (plans(house, "FROM venue ", partial(near, kind=kind)) for kind in (None, VenueKind.station))
    assert re.search("ix_venue_(kind_)?lat_lon", of_all[0]) and "ix_venue_kind_lat_lon" in of_kind[0]
    officer = UUID(district.sign_in(Role.district_officer, "D").account_id)
    access = Access(officer, officer, district.ids["D"], None, Permission.venue_read, ())
    first = Pages(bytes(32), "list", 50, None)
    asked: dict[str, Any] = {"organization_id": None, "kind": None, "closed": False}
    (listed, *_) = plans(house, "FROM venue ", lambda work: list_venues(work, access, first, **asked))
    assert "ix_venue_name" in listed and not re.search(r"Seq Scan on venue", listed)
    with house.database.reading(Origin("test")) as work:
        organization = work.get_one(Organization, district.ids["B11"])
    (of_one, *_) = plans(
        house, "FROM venue ", lambda work: list_venues(work, access, first, **asked | {"organization_id": organization.id})
    )
    assert "ix_venue_organization_id" in of_one


@pytest.mark.engine("sqlite")
def test_in_a_crowded_place_what_is_near_is_read_from_few_rows(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are counted instead of seconds: a busy machine says nothing about an index."""
    read: list[int] = []
    within = queries.within

    def counted(*asked: Any, **more: Any) -> Any:
        found = within(*asked, **more)
        read.append(len(found))
        return found

    monkeypatch.setattr(queries, "within", counted)
    across, apart = 61, 2_000
    half = across // 2
    places = [(HERE[0] + row * apart, HERE[1] + column * apart) for row, column in product(range(-half, half + 1), repeat=2)]
    _keep_stations(district, places)
    with district.house.database.reading(Origin("test")) as work:
        found = find_venues_near(work, CENTER, radius=20_000, limit=20)
        everything = sorted((distance(CENTER, Position(*at)), at) for at in places)
    assert [one.distance_m for one in found] == [round(metres) for metres, _ in everything[:20]]
    assert sum(read) < len(places) / 5


def _keep_stations(district: District, places: Sequence[tuple[int, int]]) -> list[UUID]:
    """A station at each of some places; their keys."""
    with district.work() as work:
        stations = [
            Venue(
                organization_id=district.ids["B11"],
                kind=VenueKind.station,
                name=str(place),
                services=[],
                lat=lat,
                lon=lon,
                code=f"V{place:014}",
            )
            for place, (lat, lon) in enumerate(places)
        ]
        work.add_all(stations)
    return [one.id for one in stations]


def test_however_many_lie_at_one_spot_the_nearest_are_told_and_no_more_are_read(district: District) -> None:
    """As many rows are read as are asked for: those of the nearest, by key where they are equally near."""
    draw = Random(1)
    spot = (HERE[0] + 1_000, HERE[1] + 1_000)
    places = [spot] * 300 + [(HERE[0] + draw.randint(-5_000, 5_000), HERE[1] + draw.randint(-5_000, 5_000)) for _ in range(300)]
    key = _keep_stations(district, places)
    for center in (CENTER, Position(*spot), Position(HERE[0] - 4_000, HERE[1] + 3_000)):
        everything = sorted((distance(center, Position(*at)), key[place]) for place, at in enumerate(places))
        for limit in (1, 5, 50):
            with fetched(district.house) as rows, district.house.database.reading(Origin("test")) as work:
                found = find_venues_near(work, center, radius=20_000, limit=limit)
            assert [one.venue.id for one in found] == [one for _, one in everything[:limit]]
            assert max(rows).rows <= limit
