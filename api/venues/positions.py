"""Where things are: one datum, WGS-84, as integer millionths of a degree; what comes in another one is converted once."""

from enum import StrEnum
from math import asin, cos, fabs, pi, radians, sin, sqrt
from typing import ClassVar, Final, NamedTuple

from api.errors import Invalid, Text

MILLION: Final = 1_000_000
EARTH_RADIUS: Final = 6_371_008.8
"""Metres, the mean of the ellipsoid's axes (IUGG)."""
METRES_A_DEGREE: Final = 111_195
WIDER: Final = 1.01
"""By so much a box is wider than the circle that it is to hold, for what is rounded away."""
NEAREST: Final = 500
FURTHER: Final = 4
WEST, EAST, SOUTH, NORTH = 73, 136, 3, 54

_AXIS: Final = 6_378_245.0
_ECCENTRICITY: Final = 0.00669342162296594323
"""Of Krasovsky's ellipsoid of 1940: the half axis in metres, and the first eccentricity squared."""
_ROUNDS: Final = 4
"""By then the conversion back moves by less than a hundredth of a millionth of a degree."""


class OutsideChina(Invalid):
    text: ClassVar[Text] = Text(
        "位置不在中国境内，请检查经度和纬度是否填反。",
        "This position is not in China. Are longitude and latitude the wrong way round?",
    )


class Datum(StrEnum):
    """What coordinates are measured against: what telephones measure, which 天地图's CGCS2000 equals to within a metre; or the
    shifted one of 高德 and 腾讯."""

    wgs84 = "wgs84"
    gcj02 = "gcj02"


class Position(NamedTuple):
    """A position in WGS-84, in millionths of a degree."""

    lat: int
    lon: int

    @property
    def coordinates(self) -> tuple[float, float]:
        """Longitude and latitude in degrees, in GeoJSON's order (RFC 7946, section 3.1.1)."""
        return self.lon / MILLION, self.lat / MILLION


class Box(NamedTuple):
    """An area between two latitudes and two longitudes, in millionths of a degree."""

    south: int
    north: int
    west: int
    east: int


def read_position(lon: float, lat: float, datum: Datum) -> Position:
    """A position from degrees in either datum. Raises `OutsideChina`."""
    _check_in_china(lon, lat)
    if datum is Datum.gcj02:
        lon, lat = wgs84_of(lon, lat)
        _check_in_china(lon, lat)
    return Position(round(lat * MILLION), round(lon * MILLION))


def distance(one: Position, other: Position) -> float:
    """Metres between two positions on a sphere (haversine)."""
    lat, other_lat = radians(one.lat / MILLION), radians(other.lat / MILLION)
    half_lon = radians((other.lon - one.lon) / MILLION) / 2
    root = sin((other_lat - lat) / 2) ** 2 + cos(lat) * cos(other_lat) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS * asin(sqrt(min(1.0, root)))


def box_around(center: Position, radius: float) -> Box:
    """A box that holds every position within `radius` metres."""
    lat = radius / METRES_A_DEGREE * WIDER * MILLION
    lon = lat / cos(radians(center.lat / MILLION))
    return Box(round(center.lat - lat), round(center.lat + lat), round(center.lon - lon), round(center.lon + lon))


def reaches(radius: float) -> list[float]:
    """How far to look, one after another, until enough is found: in a crowded place nobody reads a whole district's."""
    found = [float(NEAREST)]
    while found[-1] < radius:
        found.append(found[-1] * FURTHER)
    return [*found[:-1], float(radius)]


def wgs84_of(lon: float, lat: float) -> tuple[float, float]:
    """Degrees in WGS-84 of degrees in GCJ-02: what, shifted, comes out there."""
    east, north = lon, lat
    for _ in range(_ROUNDS):
        shifted_lon, shifted_lat = gcj02_of(east, north)
        east, north = east - (shifted_lon - lon), north - (shifted_lat - lat)
    return east, north


def gcj02_of(lon: float, lat: float) -> tuple[float, float]:
    """Degrees in GCJ-02 of degrees in WGS-84, by the formula that is known of it, within China."""
    x, y = lon - 105, lat - 35
    waves = 20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x))
    east += (waves + 20 * sin(pi * x) + 40 * sin(pi * x / 3) + 150 * sin(pi * x / 12) + 300 * sin(pi * x / 30)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x))
    north += (waves + 20 * sin(pi * y) + 40 * sin(pi * y / 3) + 160 * sin(pi * y / 12) + 320 * sin(pi * y / 30)) * 2 / 3
    bend = 1 - _ECCENTRICITY * sin(radians(lat)) ** 2
    metres_north = radians(1) * _AXIS * (1 - _ECCENTRICITY) / bend**1.5
    metres_east = radians(1) * _AXIS * cos(radians(lat)) / sqrt(bend)
    return lon + east / metres_east, lat + north / metres_north


def _check_in_china(lon: float, lat: float) -> None:
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        raise OutsideChina
