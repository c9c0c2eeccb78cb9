"""Venues loaded from a sheet, answered as a roster is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from types import FrameType, ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.sheets import open_sheets
from api.codes.reading import new_venue_code
from api.database import Origin
from api.uploads import OnError
from api.venues import importing
from api.venues.queries import called
from api.venues.venue_file import read_venues
from models.audit import AuditLine
from models.enums import OrganizationKind, Role, VenueKind
from models.organization import Organization
from models.venue import Venue
from tests.conftest import Caller, District
from tests.outcomes import deeds, refused
from tests.plans import effort
from tests.venues.kept import keep_venue
from tests.venues.loading import load, sheet

CENTER = ("上塘村第一党支部", "党群服务中心", "上塘村党群服务中心", None, "上塘村12号", 121.554154, 29.814113, "GCJ-02")
ROWS = (
    ("B11", "服务窗口", "代办窗口", "上塘村党群服务中心"),
    (*CENTER, "Mo-Fr 08:30-11:30", "代办、饮水", "0574-12345678", "是"),
    ("B12", "说事长廊", "上塘村说事长廊", None, None, 121.55, 29.8167),
)


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def stored(district: District) -> dict[str, Venue]:
    with district.house.database.reading(Origin("test")) as work:
        return {venue.name: venue for venue in work.exec(select(Venue)).all()}


def test_a_sheet_of_venues_is_loaded_parents_first_and_sending_it_again_changes_nothing(
    district: District, officer: Caller
) -> None:
    planned = load(officer, sheet(*ROWS), dry_run=True).json()
    assert planned["created"] == 3 and not stored(district)
    body = load(officer, sheet(*ROWS)).json()
    assert (body["rows"], body["created"], body["updated"], body["unchanged"], body["rejected"]) == (3, 3, 0, 0, [])
    assert [(one["row"], one["column"], one["rule"]) for one in body["warnings"]] == [(2, "经度", "position_missing")]
    assert body["sheets"] == [{"sheet": "阵地", "rows": 3, "hidden_rows": 0, "hidden_columns": []}]
    found = stored(district)
    center, window = found["上塘村党群服务中心"], found["代办窗口"]
    assert (center.lat, center.lon, center.services, center.is_public) == (29_816_700, 121_550_000, ["代办", "饮水"], True)
    assert window.parent_id == center.id and window.kind is VenueKind.window
    assert deeds(district, center.id) == ["create_venue"]
    with district.house.database.reading(Origin("test")) as work:
        batch = work.exec(select(AuditLine).where(col(AuditLine.action) == "import_venues")).one()
        assert batch.details == {"created": 3, "updated": 0, "rejected": 0}
    again = load(officer, sheet(*ROWS)).json()
    assert (again["created"], again["unchanged"]) == (0, 3)
    changed = load(officer, sheet((*CENTER, "24/7"))).json()
    assert changed["changes"] == [{"sheet": "阵地", "row": 2, "columns": ["开放时间"]}]
    assert stored(district)["上塘村党群服务中心"].services == ["代办", "饮水"]
    assert deeds(district, center.id) == ["create_venue", "edit_venue"]


@pytest.mark.engine("sqlite")
def test_each_fault_of_a_row_is_told_at_its_cell_and_nothing_is_stored(district: District, officer: Caller) -> None:
    keep_venue(district, name="两处同名"), keep_venue(district, name="两处同名")
    with district.work() as work:
        work.get_one(Organization, district.ids["B22"]).closed_on = work.today
    branch, base = "B11", "红色基地"
    faults: list[tuple[tuple[Any, ...], str, str]] = [
        (("B99", base, "甲"), "所属组织", "unknown_organization"),
        (("B22", base, "甲"), "所属组织", "closed_organization"),
        ((branch, "茶馆", "甲"), "类型", "unknown_kind"),
        ((branch, base, None), "名称", "missing"),
        ((branch, base, "两处同名"), "名称", "several_namesakes"),
        ((branch, "功能厅", "甲"), "上级阵地", "bad_parent"),
        ((branch, "功能厅", "甲", "没有的馆"), "上级阵地", "unknown_parent"),
        ((branch, base, "甲", "两处同名"), "上级阵地", "bad_parent"),
        ((branch, base, "甲", None, None, 29.8, 121.5), "经度", "outside_china"),
        ((branch, base, "甲", None, None, 121.5), "纬度", "position_incomplete"),
        ((branch, base, "甲", None, None, "东经121", 29.8), "经度", "position_unreadable"),
        ((branch, base, "甲", None, None, 121.5, 29.8, "BD09"), "坐标系", "unknown_datum"),
        ((branch, base, "甲", *[None] * 5, "9点到5点"), "开放时间", "bad_opening_hours"),
        ((branch, base, "甲", None, "九九零一零一19680315号0028"), "地址", "identity_number"),
        ((branch, base, "甲", *[None] * 6, "服" * 21), "服务项目", "services_unreadable"),
        ((branch, base, "甲", *[None] * 7, "12345678"), "联系电话", "phone_undiallable"),
        ((branch, base, "甲", *[None] * 7, "电话"), "联系电话", "phone_unreadable"),
        ((branch, base, "甲", *[None] * 8, "也许"), "是否公开", "flag_unreadable"),
    ]
    good = ((branch, base, "乙"), (branch, base, "乙"))
    content = sheet(*(row for row, *_ in faults), *good)
    problem = refused(load(officer, content), 422, "venues_rejected")
    told = [(one["row"], one["column"], one["rule"]) for one in problem["rejected"]]
    assert told == [
        *((number, column, rule) for number, (_, column, rule) in enumerate(faults, 2)),
        (len(faults) + 3, "名称", "duplicate_row"),
    ]
    assert set(stored(district)) == {"两处同名"}
    assert load(officer, content, on_error="skip").json()["created"] == 1


def test_what_a_row_stands_in_is_its_own_organisations_or_the_only_one_of_that_name(district: District, officer: Caller) -> None:
    hall, room = VenueKind.political_life_hall, "功能厅"
    keep_venue(district, code="B12", kind=hall, name="同名馆")
    row = ("B11", room, "甲", "同名馆")
    assert load(officer, sheet(row), dry_run=True).json()["created"] == 1
    keep_venue(district, code="B22", kind=hall, name="同名馆")
    for rows in ((row,), (row, ("B22", room, "丙", "同名馆"))):
        assert refused(load(officer, sheet(*rows)), 422, "venues_rejected")["rejected"][0]["rule"] == "ambiguous_parent"
    own = keep_venue(district, code="B11", kind=hall, name="同名馆")
    assert load(officer, sheet(row)).json()["created"] == 1
    assert stored(district)["甲"].parent_id == own.id
    missing = refused(load(officer, sheet(("B21", "活动室", "乙", "同名馆"))), 422, "venues_rejected")
    assert missing["rejected"][0]["rule"] == "bad_parent", "there are such, but of a kind in which none stands"


def test_a_name_that_many_venues_bear_costs_what_it_costs_where_few_do(district: District) -> None:
    key = UUID(district.sign_in(Role.district_officer, "D").account_id)
    access = Access(key, key, district.ids["D"], None, Permission.venue_write, ())

    def cost() -> int:
        ask = partial(called, access=access, word="同名馆", kinds={VenueKind.political_life_hall})
        return effort(district.house, "FROM venue", "venue", ask)

    def many(count: int) -> None:
        of_name: dict[str, Any] = {
            "organization_id": district.ids["B12"],
            "kind": VenueKind.political_life_hall,
            "name": "同名馆",
            "services": [],
        }
        with district.work() as work:
            work.add_all(Venue(**of_name, code=new_venue_code()) for _ in range(count))

    many(20)
    few = cost()
    many(500)
    assert 0 < cost() < few * 1.3 + 20


@pytest.mark.engine("sqlite")
def test_a_row_costs_the_same_however_many_are_called_as_what_it_names(district: District) -> None:
    key = UUID(district.sign_in(Role.district_officer, "D").account_id)
    access = Access(key, key, district.ids["D"], None, Permission.venue_write, ())
    hall: dict[str, Any] = {"organization_id": district.ids["B12"], "kind": VenueKind.political_life_hall, "name": "同名馆"}
    branch: dict[str, Any] = {"kind": OrganizationKind.branch, "parent_id": district.ids["V1"], "name": "同名党支部"}

    def steps(rows: int) -> int:
        named = [("B11", "功能厅", f"{number}号厅", "同名馆") for number in range(rows)]
        called = [("同名党支部", "红色基地", f"{number}号基地") for number in range(rows)]
        file = read_venues(*open_sheets(BytesIO(sheet(("B12", "红色基地", "甲"), *named, *called))))
        with district.house.database.reading(Origin("test")) as work, lines_run_in(importing) as lines:
            done = importing.import_venues(work, access, file, dry_run=True, on_error=OnError.skip)
        assert {one.rule for one in done.rejected} == {"ambiguous_parent", "ambiguous_organization"}
        return len(lines)

    a_row = []
    for count in (3, 60):
        with district.work() as work:
            above = work.get_one(Organization, district.ids["V1"]).path
            for number in range(count):
                one = Organization(code=f"X{count}-{number}", path="", **branch)
                one.path = f"{above}{one.id.hex}/"
                work.add_all((one, Venue(services=[], code=new_venue_code(), **hall)))
        a_row.append(steps(20) - steps(10))
    assert 0 < a_row[1] <= a_row[0], a_row


@contextmanager
def lines_run_in(module: ModuleType) -> Iterator[list[None]]:
    """One for each line of a module that is run in this thread, each time."""
    lines: list[None] = []

    def note(frame: FrameType, what: str, _: object) -> Any:
        if frame.f_code.co_filename != module.__file__:
            return None
        if what == "line":
            lines.append(None)
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        yield lines
    finally:
        sys.settrace(before)


def test_a_secretary_loads_venues_of_her_own_branch_alone(district: District) -> None:
    answer = load(district.sign_in(Role.secretary, "B11"), sheet(*ROWS), on_error="skip").json()
    assert answer["created"] == 2
    assert [(one["row"], one["rule"]) for one in answer["rejected"]] == [(4, "unknown_organization")]


@pytest.mark.engine("sqlite")
def test_a_file_without_the_columns_that_are_needed_is_refused(officer: Caller) -> None:
    refused(load(officer, sheet(("B11", "甲"), headings=("所属组织", "名称"))), 422, "no_venues")


@pytest.mark.engine("sqlite")
def test_of_many_rows_at_fault_the_first_are_told_and_how_many_there_are(officer: Caller) -> None:
    at_fault = [("B11", "没有这一类", f"阵地{number}") for number in range(1003)]
    told = refused(load(officer, sheet(*at_fault)), 422, "venues_rejected")
    assert (told["rows"], len(told["rejected"]), told["rejected_count"]) == (1003, 1000, 1003)
    assert [row["row"] for row in told["rejected"]] == list(range(2, 1002))
    without_place = [("B11", "说事长廊", f"阵地{number}") for number in range(501)]
    told = load(officer, sheet(*without_place), dry_run=True).json()
    assert (told["created"], told["rejected_count"], told["changes_count"]) == (501, 0, 0)
    assert told["warnings_count"] == len(told["warnings"]) > 0
