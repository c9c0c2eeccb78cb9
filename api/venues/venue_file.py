"""Venues from a sheet: one row each, with the organisation that it belongs to and, for some kinds, the venue that it stands in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api.adapters.sheets import Sheet
from api.adapters.table_rows import RowReader
from api.adapters.tables import RejectedRow, Table
from api.adapters.typed_text import is_shown_well, narrow, shown_words
from api.errors import Invalid, Rule, Text
from api.organizations.rules import PHONE_UNDIALLABLE, PHONE_UNREADABLE, can_be_dialled
from api.uploads import LACKS_COLUMN, LACKS_THIS_COLUMN, LeftOut, LeftOutBecause, SheetDone, read_rows, tables_with
from api.venues.positions import Datum, OutsideChina, Position, read_position
from api.venues.rules import BadOpeningHours, BadParent, TooManyVenues, read_hours
from api.venues.words import KINDS as KIND_WORDS
from api.written import IDENTITY_NUMBER, holds_identity_number
from models.enums import VenueKind

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "organization": ("所属组织", "所属党组织", "党组织", "组织编码", "组织", "organization"),
    "kind": ("类型", "阵地类型", "类别", "阵地类别", "kind"),
    "name": ("名称", "阵地名称", "name"),
    "parent": ("上级阵地", "所属阵地", "所在阵地", "parent"),
    "address": ("地址", "详细地址", "address"),
    "longitude": ("经度", "longitude", "lon", "lng"),
    "latitude": ("纬度", "latitude", "lat"),
    "datum": ("坐标系", "datum"),
    "opening_hours": ("开放时间", "openinghours"),
    "services": ("服务项目", "服务内容", "services"),
    "phone": ("联系电话", "服务电话", "电话", "phone"),
    "is_public": ("是否公开", "公开", "ispublic"),
}
"""The words for each column, narrow and bare, the usual one first. The faults of a row are told in the order of its columns."""

NEEDED: Final = ("organization", "kind", "name")

KINDS: Final[Mapping[str, VenueKind]] = (
    {words.zh: kind for kind, words in KIND_WORDS.items()}
    | {
        "活动室": VenueKind.activity_room,
        "分站": VenueKind.substation,
        "责任区": VenueKind.responsibility_area,
        "窗口": VenueKind.window,
    }
    | {kind.value: kind for kind in VenueKind}
)
DATUMS: Final[Mapping[str, Datum]] = {
    "wgs84": Datum.wgs84,
    "cgcs2000": Datum.wgs84,
    "天地图": Datum.wgs84,
    "gcj02": Datum.gcj02,
    "高德": Datum.gcj02,
    "腾讯": Datum.gcj02,
}
FLAGS: Final = {"是": True, "公开": True, "yes": True, "否": False, "不公开": False, "no": False}

MAX_NAME, MAX_LINE, MAX_HOURS, MAX_PHONE, MAX_SERVICE, MOST_SERVICES = 80, 200, 120, 40, 20, 20
_SEPARATED: Final = re.compile(r"[、,，;；]")
_PHONE: Final = re.compile(r"[0-9+() -]{3,}")
_DEGREES: Final = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?")


class VenueRowRule(Rule):
    """What keeps a row from being taken."""

    text_unreadable = "text_unreadable"
    identity_number = "identity_number"
    unknown_kind = "unknown_kind"
    position_unreadable = "position_unreadable"
    position_incomplete = "position_incomplete"
    unknown_datum = "unknown_datum"
    services_unreadable = "services_unreadable"
    phone_unreadable = "phone_unreadable"
    flag_unreadable = "flag_unreadable"
    outside_china = "outside_china"
    bad_opening_hours = "bad_opening_hours"
    phone_undiallable = "phone_undiallable"
    unknown_organization = "unknown_organization"
    ambiguous_organization = "ambiguous_organization"
    closed_organization = "closed_organization"
    too_many_venues = "too_many_venues"
    unknown_parent = "unknown_parent"
    ambiguous_parent = "ambiguous_parent"
    bad_parent = "bad_parent"
    duplicate_row = "duplicate_row"
    several_namesakes = "several_namesakes"
    position_missing = "position_missing"
    """Only a hint."""


TEXTS: Final[Mapping[VenueRowRule, Text]] = {
    VenueRowRule.text_unreadable: Text(
        "没有能看见的字，或一个字上叠了太多符号。", "Nothing of this is seen, or too many marks stand on one letter."
    ),
    VenueRowRule.identity_number: IDENTITY_NUMBER,
    VenueRowRule.unknown_kind: Text(
        f"类型请填：{'、'.join(words.zh for words in KIND_WORDS.values())}。", f"The kind is one of: {', '.join(VenueKind)}."
    ),
    VenueRowRule.position_unreadable: Text(
        "请填写度数，如经度121.550000、纬度29.816700。", "Write degrees, such as 121.550000 and 29.816700."
    ),
    VenueRowRule.position_incomplete: Text("经度和纬度要么都填，要么都不填。", "Give both longitude and latitude, or neither."),
    VenueRowRule.unknown_datum: Text("坐标系请填WGS84或GCJ02。", "The datum is WGS84 or GCJ02."),
    VenueRowRule.services_unreadable: Text(
        "服务项目最多20项，用顿号隔开，每项最多20个字。", "At most 20 services of 20 characters each, with commas between them."
    ),
    VenueRowRule.phone_unreadable: PHONE_UNREADABLE,
    VenueRowRule.flag_unreadable: Text("请填“是”或“否”。", "Write yes (是) or no (否)."),
    VenueRowRule.outside_china: OutsideChina.text,
    VenueRowRule.bad_opening_hours: BadOpeningHours.text,
    VenueRowRule.phone_undiallable: PHONE_UNDIALLABLE,
    VenueRowRule.unknown_organization: Text(
        "在您的管理范围内找不到这个组织，请填写名称或编码。", "No organisation of this name or code lies within your reach."
    ),
    VenueRowRule.ambiguous_organization: Text(
        "有几个组织叫这个名称，请填写组织编码。", "Several organisations have this name; give the code."
    ),
    VenueRowRule.closed_organization: Text("该组织已撤销。", "This organisation is closed."),
    VenueRowRule.too_many_venues: TooManyVenues.text,
    VenueRowRule.unknown_parent: Text("找不到这个上级阵地。", "There is no open venue of this name."),
    VenueRowRule.ambiguous_parent: Text(
        "有几处阵地叫这个名称，请逐处登记。", "Several venues have this name; enter this one by itself."
    ),
    VenueRowRule.bad_parent: BadParent.text,
    VenueRowRule.duplicate_row: Text(
        "与第{row}行是同一处阵地：组织、类型、名称都相同。",
        "The same venue as in row {row}: organisation, kind and name are the same.",
    ),
    VenueRowRule.several_namesakes: Text(
        "该组织有几处同类同名的阵地，请逐处修改。", "The organisation has several such venues of this name; edit them one by one."
    ),
    VenueRowRule.position_missing: Text(
        "没有经纬度，群众在附近查不到这处阵地。", "Without its position nobody finds this venue near."
    ),
}


class NoVenues(Invalid):
    title = LACKS_COLUMN
    text = LACKS_THIS_COLUMN


@dataclass(frozen=True, slots=True)
class VenueRow:
    """One venue as a row states it, by the columns of its table; what is not stated is left out. Organisation and parent are still
    words: who knows both resolves them."""

    order: int
    number: int
    organization: str
    kind: VenueKind
    name: str
    parent: str | None
    stated: Mapping[str, Any]
    is_hidden: bool
    table: Table = field(repr=False, compare=False)


@dataclass(frozen=True)
class VenueFile:
    """The venues of a file, in the order of its sheets and rows; which sheets were read, and which were not."""

    rows: tuple[VenueRow | RejectedRow, ...]
    sheets: tuple[SheetDone, ...]
    left_out: tuple[LeftOut, ...] = ()


def read_venues(*sheets: Sheet) -> VenueFile:
    """Read the venues from the sheets of a file: all visible ones that have a row of headings with columns for organisations, kinds
    and names. Raises `NoVenues` where no sheet has these; it names one that is missing from the sheet that has most of them."""
    tables, left_out, lacking = tables_with(NEEDED, COLUMNS, sheets, key="name", because=LeftOutBecause.no_venues)
    if lacking is not None:
        raise NoVenues({"column": lacking})
    return VenueFile(*read_rows(tables, lambda order, table, row: _VenueReader(table, row).read(order)), left_out)


class _VenueReader(RowReader):
    def read(self, order: int) -> VenueRow | RejectedRow:
        organization, kind = self.words("organization", MAX_NAME, required=True), self.kind()
        name, parent = self.words("name", MAX_NAME, required=True), self.words("parent", MAX_NAME)
        stated = {
            "address": self.words("address", MAX_LINE),
            "opening_hours": self.hours(),
            "services": self.services(),
            "phone": self.phone(),
            "is_public": self.flag(),
        }
        position = self.position()
        stated |= position._asdict() if position else {}
        if organization and kind and name and not self.faults:
            known = {column: value for column, value in stated.items() if value is not None}
            return VenueRow(order, self.row.number, organization, kind, name, parent, known, self.row.is_hidden, self.table)
        return self.table.reject(self.row.number, self.faults)

    def words(self, column: str, limit: int, *, required: bool = False) -> str | None:
        text = self.text(column, limit, required=required)
        if text and not is_shown_well(text):
            self.refuse(column, VenueRowRule.text_unreadable)
            return None
        if text and holds_identity_number(text):
            self.refuse(column, VenueRowRule.identity_number)
            return None
        return text and shown_words(text)

    def kind(self) -> VenueKind | None:
        word = self.text("kind", MAX_NAME, required=True)
        kind = KINDS.get(narrow(word).replace(" ", "").lower()) if word else None
        if word and kind is None:
            self.refuse("kind", VenueRowRule.unknown_kind)
        return kind

    def hours(self) -> str | None:
        text = self.text("opening_hours", MAX_HOURS)
        try:
            read_hours(text or "24/7")
        except BadOpeningHours:
            self.refuse("opening_hours", VenueRowRule.bad_opening_hours)
        return text

    def services(self) -> list[str] | None:
        text = self.words("services", MAX_LINE * 2)
        found = [word for part in _SEPARATED.split(text or "") if (word := part.strip())]
        if len(found) > MOST_SERVICES or any(len(word) > MAX_SERVICE for word in found):
            self.refuse("services", VenueRowRule.services_unreadable)
        return found or None

    def phone(self) -> str | None:
        number = narrow(self.text("phone", MAX_PHONE) or "")
        if number and not _PHONE.fullmatch(number):
            self.refuse("phone", VenueRowRule.phone_unreadable)
        elif number and not can_be_dialled(number):
            self.refuse("phone", VenueRowRule.phone_undiallable)
        return number or None

    def flag(self) -> bool | None:
        word = self.text("is_public", MAX_NAME)
        if word and word.lower() not in FLAGS:
            self.refuse("is_public", VenueRowRule.flag_unreadable)
        return FLAGS.get(word.lower()) if word else None

    def position(self) -> Position | None:
        lon, lat = (narrow(self.text(column, MAX_PHONE) or "") for column in ("longitude", "latitude"))
        word = narrow(self.text("datum", MAX_NAME) or "").lower()
        datum = DATUMS.get(re.sub(r"[\s-]", "", word)) if word else Datum.wgs84
        if datum is None:
            self.refuse("datum", VenueRowRule.unknown_datum)
        if bool(lon) != bool(lat):
            self.refuse("latitude" if lon else "longitude", VenueRowRule.position_incomplete)
        unreadable = [name for name, text in (("longitude", lon), ("latitude", lat)) if text and not _DEGREES.fullmatch(text)]
        for name in unreadable:
            self.refuse(name, VenueRowRule.position_unreadable)
        if not (lon and lat and datum) or unreadable:
            return None
        try:
            return read_position(float(lon), float(lat), datum)
        except OutsideChina:
            self.refuse("longitude", VenueRowRule.outside_china)
            return None

    def refuse(self, column: str, rule: VenueRowRule) -> None:
        self.fail(column, rule, TEXTS[rule])
