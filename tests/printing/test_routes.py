import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from sqlmodel import col, select

from api.codes.reading import address, grouped, new_venue_code
from api.printing import service
from api.printing.drawing import Paper
from models.card import Card, Plate
from models.enums import CardState, MemberStatus, PlateKind, Role, VenueKind
from models.member import Member
from models.organization import Organization
from models.post_enums import PostKind, PostSlot
from models.print_enums import PrintKind
from models.printing import PrintBatch
from models.venue import Venue
from tests.conftest import PUBLIC_URL, Caller, District
from tests.outcomes import entries, refused
from tests.papers import pictures, texts
from tests.posts.kept import end, keep_held, keep_post
from tests.printing.plates import emblem, font_of, pages
from tests.verification.holders import Holder, another_plate, change, hold

BATCHES = "/v1/printing/batches"
EMBLEM = "/v1/printing/emblem"
ON_ONE_ENGINE = pytest.mark.engine("sqlite")
"""What is drawn, or refused before anything is asked of the database, does not depend on it."""


@pytest.fixture
def secretary(sign_in: Callable[[Role, str], Caller]) -> Caller:
    return sign_in(Role.secretary, "B11")


@pytest.fixture
def officer(sign_in: Callable[[Role, str], Caller]) -> Caller:
    return sign_in(Role.district_officer, "D")


def holds(district: District, name: str, code: str = "B11", kind: PlateKind = PlateKind.desk_plate) -> Holder:
    return hold(district.house, district.ids[code], name, kind=kind)


def ask(caller: Caller, district: District, code: str = "B11", **more: Any) -> Any:
    body = {"kind": "desk_plate", "organization_id": str(district.ids[code]), **more}
    return caller.post(BATCHES, json=body)


def batch(caller: Caller, district: District, code: str = "B11", **more: Any) -> dict[str, Any]:
    answer = ask(caller, district, code, **more)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"{BATCHES}/{body['id']}"
    return body


def why(left_out: list[dict[str, Any]]) -> dict[str, str]:
    return {one["member_name"] or one["venue_name"]: one["reason"] for one in left_out}


def bring(officer: Caller, content: bytes, name: str = "党徽.png") -> Any:
    return officer.post(EMBLEM, files={"file": (name, content)})


def test_the_templates_are_told_with_their_sizes_and_sources(secretary: Caller) -> None:
    items = {one["kind"]: one for one in secretary.get("/v1/printing/templates").json()["items"]}
    assert set(items) == set(PrintKind)
    badge, window = items["name_badge"], items["window_plate"]
    assert (badge["width_mm"], badge["height_mm"], badge["qr_mm"], badge["on_a4"]) == (85.6, 54, 22, 10)
    assert (badge["emblem_mm"], badge["emblem_article"], badge["grade"]) == (10, "第七条(二)", "OURS")
    assert window["on_a4"] is None and (window["source"], window["grade"]) == ("天长市委组织部", "A")
    assert items["household_plate"]["emblem_mm"] is None


def test_a_branchs_whole_set_is_printed_in_three_calls(district: District, secretary: Caller) -> None:
    first, second = holds(district, "王秀兰"), holds(district, "李明", kind=PlateKind.name_badge)
    made = batch(secretary, district, make_missing=True, layout="a4")
    assert (made["count"], made["parts"], made["made"], made["left_out"]) == (2, 1, 1, [])
    assert (made["organization_name"], made["created_by"]) == ("上塘村第一党支部", secretary.account_id)
    assert [item["position"] for item in made["items"]] == [1, 2]
    assert made["items"][1]["plate_id"] == str(first.plate_id) and made["items"][1]["code"] == first.code
    pdf = secretary.get(f"{BATCHES}/{made['id']}/plates.pdf")
    assert pdf.headers["Content-Type"] == "application/pdf" and 'filename="plates-001.pdf"' in pdf.headers["Content-Disposition"]
    (page,) = texts(pdf.content)
    for words in (
        "王秀兰",
        "李　明".replace("　", ""),
        "书记",
        "上塘村第一党支部",
        "lx.example.gov.cn",
        "0574-00001234",
        grouped(first.code),
    ):
        assert words in page
    assert pages(pdf.content) == [pytest.approx((210, 297), abs=0.1)]
    book = openpyxl.load_workbook(io.BytesIO(secretary.get(f"{BATCHES}/{made['id']}/serials.xlsx").content))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]  # type: ignore[union-attr]
    assert rows[0] == ["序号", "姓名", "组织", "牌种", "编号", "网址", "制作日期"]
    assert rows[2][:6] == [2, "王秀兰", "上塘村第一党支部", "桌牌", grouped(first.code), address(PUBLIC_URL, first.code)]
    assert isinstance(rows[2][6], datetime)
    plate = secretary.get(f"/v1/cards/{second.card_id}/plates").json()["items"]
    assert made["items"][0]["plate_id"] in {one["id"] for one in plate}
    assert entries(district, made["id"]) == [("create_print_batch", {"plates": 2, "made": 1, "plate_kind": "desk_plate"})]


def test_the_codes_are_pictures_named_by_position_and_code(district: District, secretary: Caller) -> None:
    holder = holds(district, "王秀兰")
    made = batch(secretary, district)
    answer = secretary.get(f"{BATCHES}/{made['id']}/codes.zip")
    assert answer.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == [f"0001-{grouped(holder.code)}.png"]
    image = Image.open(io.BytesIO(archive.read(archive.namelist()[0])))
    assert (image.mode, image.size) == ("1", (370, 370))
    read = zxingcpp.read_barcode(image.convert("L"))
    assert read is not None and read.text == address(PUBLIC_URL, holder.code)


def test_all_plates_of_a_kind_that_somebody_has_are_printed_by_name(district: District, secretary: Caller) -> None:
    two, one = holds(district, "王平"), holds(district, "安静")
    another = secretary.post(f"/v1/cards/{two.card_id}/plates", json={"kind": "desk_plate"}).json()
    holds(district, "外村人", "B21")
    made = batch(secretary, district, make_missing=True)
    assert [item["plate_id"] for item in made["items"]] == [str(one.plate_id), str(two.plate_id), another["id"]]
    named = batch(secretary, district, member_ids=[str(two.member_id)])
    assert [item["position"] for item in named["items"]] == [1, 2] and named["made"] == 0


def test_who_is_left_out_is_told_with_the_reason(district: District, secretary: Caller) -> None:
    house = district.house
    holds(district, "一正常")
    suspended, lost, rare = holds(district, "二停用"), holds(district, "三遗失"), holds(district, "四𠮷")
    change(house, Card, suspended.card_id, state=CardState.suspended)
    holds(district, "五无牌", kind=PlateKind.name_badge)
    gone = holds(district, "六离开")
    change(house, Member, gone.member_id, status=MemberStatus.left, left_on=date(2026, 1, 1))
    secretary.post(f"/v1/cards/{lost.card_id}/plates/{lost.plate_id}/withdraw", json={"reason": "遗失"})
    made = batch(secretary, district)
    assert why(made["left_out"]) == {
        "二停用": "card_not_valid",
        "三遗失": "withdrawn",
        "四𠮷": "missing_glyph",
        "五无牌": "no_plate",
    }
    assert [one["characters"] for one in made["left_out"] if one["reason"] == "missing_glyph"] == ["𠮷"]
    assert made["count"] == 1
    shown = secretary.get(f"{BATCHES}/{made['id']}").json()
    assert shown == made
    (listed,) = secretary.get(BATCHES).json()["items"]
    assert listed == {name: value for name, value in made.items() if name != "items"}
    again = batch(secretary, district, make_missing=True)
    assert why(again["left_out"]) == {"二停用": "card_not_valid", "四𠮷": "missing_glyph"} and again["made"] == 2
    assert str(rare.plate_id) not in {item["plate_id"] for item in again["items"]}


@ON_ONE_ENGINE
def test_a_household_is_marked_for_full_members_only_and_bears_no_name(district: District, secretary: Caller) -> None:
    probationer = holds(district, "预备员")
    change(district.house, Member, probationer.member_id, status=MemberStatus.probationary)
    holds(district, "王秀兰")
    made = batch(secretary, district, kind="household_plate", make_missing=True)
    assert why(made["left_out"]) == {"预备员": "not_full_member"} and made["made"] == 1
    (page,) = texts(secretary.get(f"{BATCHES}/{made['id']}/plates.pdf").content)
    assert "共产党员户" in page and "王" not in page
    book = openpyxl.load_workbook(io.BytesIO(secretary.get(f"{BATCHES}/{made['id']}/serials.xlsx").content))
    assert book.worksheets[0]["B2"].value == "王秀兰"


@ON_ONE_ENGINE
def test_a_post_plate_tells_the_post_and_its_first_five_duties(district: District, secretary: Caller) -> None:
    holder = holds(district, "王秀兰", kind=PlateKind.post_plate)
    change(district.house, Member, holder.member_id, party_post=None)
    duties = [{"text": f"职责之{number}", "list_kind": None, "list_number": None} for number in "一二三四五六"]
    post = keep_post(district, title="环境卫生巡护岗", duties=duties)
    held = keep_held(district, post, holder.member_id)
    made = batch(secretary, district, kind="post_plate")
    pdf = f"{BATCHES}/{made['id']}/plates.pdf"
    (page,) = texts(secretary.get(pdf).content)
    assert "环境卫生巡护岗" in page and "5.职责之五" in page and "职责之六" not in page
    assert end(secretary, post.id, held.id).status_code == 200
    (page,) = texts(secretary.get(pdf).content)
    assert "环境卫生巡护岗" not in page and "共产党员" in page and "王秀兰" in page
    hidden = keep_post(district, title="内部岗", is_public=False)
    keep_held(district, hidden, holder.member_id)
    assert "内部岗" not in texts(secretary.get(pdf).content)[0]


@ON_ONE_ENGINE
def test_no_more_characters_are_told_than_are_kept(district: District, secretary: Caller) -> None:
    holder = holds(district, "王秀兰", kind=PlateKind.post_plate)
    change(district.house, Member, holder.member_id, party_post=None)
    rare = "".join(map(chr, range(0x20001, 0x20001 + 150)))
    keep_held(district, keep_post(district, duties=[{"text": rare, "list_kind": None, "list_number": None}]), holder.member_id)
    holds(district, "李明月", kind=PlateKind.post_plate)
    (left,) = batch(secretary, district, kind="post_plate")["left_out"]
    assert left["reason"] == "missing_glyph" and len(left["characters"]) == 100


def test_a_window_plate_tells_who_shares_the_window(district: District, secretary: Caller) -> None:
    first, second = holds(district, "王秀兰", kind=PlateKind.window_plate), holds(district, "李明月")
    window = keep_post(district, kind=PostKind.window, title="综合服务窗口")
    keep_held(district, window, first.member_id)
    keep_held(district, window, second.member_id, slot=PostSlot.backup)
    made = batch(secretary, district, kind="window_plate", member_ids=[str(first.member_id)])
    (page,) = texts(secretary.get(f"{BATCHES}/{made['id']}/plates.pdf").content)
    for words in ("综合服务窗口", "A岗王秀兰", "B岗李明月"):
        assert words in page, page


@ON_ONE_ENGINE
def test_a_post_plate_bears_the_emblem_while_a_pioneer_post_is_held(district: District, secretary: Caller, officer: Caller) -> None:
    bring(officer, emblem())
    pioneer, other = (holds(district, name, kind=PlateKind.post_plate) for name in ("王秀兰", "李明月"))
    post = keep_post(district, kind=PostKind.pioneer, title="党员先锋岗")
    held = keep_held(district, post, pioneer.member_id)
    made = batch(secretary, district, kind="post_plate", emblem=True)
    assert why(made["left_out"]) == {"李明月": "emblem_not_allowed"}
    assert [item["code"] for item in made["items"]] == [pioneer.code] and other.code != pioneer.code
    pdf = f"{BATCHES}/{made['id']}/plates.pdf"
    assert "党员先锋岗" in texts(secretary.get(pdf).content)[0] and pictures(secretary.get(pdf).content) == [[(700, 700)]]
    assert end(secretary, post.id, held.id).status_code == 200
    refused(secretary.get(pdf), 422, "nothing_to_print")


def test_what_was_taken_from_an_equal_is_not_given_back_by_a_batch(district: District, secretary: Caller, officer: Caller) -> None:
    equal = holds(district, "王秀兰")
    district.sign_in(Role.secretary, "B11", member_id=equal.member_id)
    officer.post(f"/v1/cards/{equal.card_id}/plates/{equal.plate_id}/withdraw", json={"reason": "违规使用"})
    problem = refused(ask(secretary, district, make_missing=True), 422, "nothing_to_print")
    assert problem["left_out"] == [{"member_id": str(equal.member_id), "reason": "withdrawn"}]
    assert problem["left_out_count"] == 1
    assert batch(officer, district, make_missing=True)["made"] == 1
    assert batch(secretary, district, kind="name_badge", make_missing=True)["made"] == 1


def add_venue(district: District, name: str, code: str = "B11", **more: Any) -> Venue:
    with district.work() as work:
        values: dict[str, Any] = {"kind": VenueKind.red_base, "services": [], "code": new_venue_code(), **more}
        venue = Venue(organization_id=district.ids[code], name=name, **values)
        work.add(venue)
        return venue


def test_signs_of_venues_are_printed_with_kind_hours_and_telephone(district: District, secretary: Caller) -> None:
    venue = add_venue(district, "上塘村旧址", opening_hours="Mo-Fr 08:30-17:00", phone="0574-00009999")
    add_venue(district, "上塘村㐂园𠮷堂")
    add_venue(district, "南塘村驿站", "B21")
    made = batch(secretary, district, kind="venue_sign")
    assert [(item["venue_id"], item["plate_id"], item["code"]) for item in made["items"]] == [(str(venue.id), None, venue.code)]
    assert why(made["left_out"])["上塘村㐂园𠮷堂"] == "missing_glyph"
    (page,) = texts(secretary.get(f"{BATCHES}/{made['id']}/plates.pdf").content)
    for words in ("上塘村旧址", "红色基地", "周一至周五", "0574-00009999", grouped(venue.code)):
        assert words in page
    assert batch(secretary, district, kind="venue_sign", venue_ids=[str(venue.id)])["count"] == 1
    again = secretary.post(f"{BATCHES}/{made['id']}/reprint", json={"reason": "褪色"}).json()
    assert again["count"] == 1 and again["items"][0]["venue_id"] == str(venue.id)
    change(district.house, Venue, venue.id, closed_on=date(2026, 1, 1))
    problem = refused(ask(secretary, district, kind="venue_sign", venue_ids=[str(venue.id)]), 422, "nothing_to_print")
    assert problem["left_out"] == [{"venue_id": str(venue.id), "reason": "withdrawn"}]
    refused(secretary.get(f"{BATCHES}/{made['id']}/plates.pdf"), 422, "nothing_to_print")


def test_of_many_left_out_the_first_are_told_and_how_many_there_are(district: District, secretary: Caller, officer: Caller) -> None:
    for number in range(103):
        add_venue(district, f"上塘村𠮷堂{number:03}")
    none = refused(ask(secretary, district, kind="venue_sign"), 422, "nothing_to_print")
    assert (len(none["left_out"]), none["left_out_count"]) == (100, 103)
    add_venue(district, "上塘村旧址")
    first = batch(secretary, district, kind="venue_sign")
    second = batch(officer, district, kind="venue_sign")
    for told in (first, second, secretary.get(f"{BATCHES}/{first['id']}").json()):
        assert (told["count"], len(told["left_out"]), told["left_out_count"]) == (1, 100, 103)
    listed = secretary.get(BATCHES).json()["items"]
    assert [(len(one["left_out"]), one["left_out_count"]) for one in listed] == [(10, 103), (10, 103)]
    assert [one["left_out"] for one in listed] == [second["left_out"][:10], first["left_out"][:10]]
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = secretary.get(f"{BATCHES}/{first['id']}/left-out", params={"limit": 60, **more}).json()
        found += page["items"]
        if page["next_cursor"] is None:
            break
        more = {"cursor": page["next_cursor"]}
    assert found[:100] == first["left_out"]
    assert [one["venue_name"] for one in found] == [f"上塘村𠮷堂{number:03}" for number in range(103)]
    refused(secretary.get(f"{BATCHES}/{uuid4()}/left-out"), 404, "not_found")
    stranger = district.sign_in(Role.secretary, "B21")
    refused(stranger.get(f"{BATCHES}/{first['id']}/left-out"), 404, "not_found")


def test_whom_one_may_not_know_of_is_not_found(district: District, secretary: Caller, officer: Caller) -> None:
    foreign, own = holds(district, "外村人", "B21"), holds(district, "王秀兰")
    refused(ask(secretary, district, "B21"), 404, "not_found")
    refused(ask(secretary, district, member_ids=[str(own.member_id), str(foreign.member_id)]), 404, "not_found")
    refused(ask(secretary, district, kind="venue_sign", venue_ids=[str(uuid4())]), 404, "not_found")
    made = batch(officer, district, "B21")
    for path in ("", "/plates.pdf", "/codes.zip", "/serials.xlsx"):
        refused(secretary.get(f"{BATCHES}/{made['id']}{path}"), 404, "not_found")
    refused(secretary.post(f"{BATCHES}/{made['id']}/reprint", json={"reason": "褪色"}), 404, "not_found")
    assert secretary.get(BATCHES).json()["items"] == []
    refused(officer.get(f"{BATCHES}/{made['id']}/plates.pdf", params={"part": 2}), 404, "not_found")


def test_whoever_was_left_out_is_not_named_any_more_once_he_has_moved_out_of_reach(district: District, officer: Caller) -> None:
    town = district.sign_in(Role.town_officer, "T1")
    holds(district, "王𠮷兰"), holds(district, "李𠮷梅", "B12"), holds(district, "王秀兰")
    made = batch(town, district, "T1")
    url = f"{BATCHES}/{made['id']}"
    assert {one["member_name"] for one in made["left_out"]} == {"王𠮷兰", "李𠮷梅"}
    branch = f"/v1/organizations/{district.ids['B11']}"
    for parent, left in (("T1", {"王𠮷兰", "李𠮷梅"}), ("V2", {"李𠮷梅"})):
        body = {"parent_id": str(district.ids[parent])}
        assert officer.post(f"{branch}/move", json=body).status_code == 200
        for told in (town.get(f"{url}/left-out").json()["items"], town.get(url).json()["left_out"]):
            assert {one["member_name"] for one in told} == left
        assert {one["member_name"] for one in town.get(BATCHES).json()["items"][0]["left_out"]} == left
    other = f"/v1/organizations/{district.ids['B12']}/move"
    assert officer.post(other, json={"parent_id": str(district.ids["V2"])}).status_code == 200
    assert town.get(f"{url}/left-out").json()["items"] == []


def test_who_has_moved_out_of_reach_is_told_of_by_no_batch_any_more(district: District, officer: Caller) -> None:
    town, venue = district.sign_in(Role.town_officer, "T1"), add_venue(district, "上塘村旧址")
    holds(district, "王秀兰")
    made = [batch(town, district, "T1"), batch(town, district, "T1", kind="venue_sign", venue_ids=[str(venue.id)])]
    village = f"/v1/organizations/{district.ids['V1']}"
    moved = officer.post(f"{village}/move", json={"parent_id": str(district.ids["T2"])}, headers={"If-Match": "*"})
    assert moved.status_code == 200
    for one in made:
        url = f"{BATCHES}/{one['id']}"
        assert (one["count"], town.get(url).json()["items"]) == (1, [])
        refused(town.get(f"{url}/plates.pdf"), 422, "nothing_to_print")
        sheet = openpyxl.load_workbook(io.BytesIO(town.get(f"{url}/serials.xlsx").content)).worksheets[0]
        assert sheet.max_row == 1
        refused(town.post(f"{url}/reprint", json={"reason": "褪色"}), 422, "nothing_to_print")


@ON_ONE_ENGINE
def test_what_cannot_be_printed_is_refused_in_one_order(district: District, secretary: Caller, monkeypatch: Any) -> None:
    refused(ask(secretary, district, kind="window_plate", layout="a4"), 422, "does_not_fit")
    refused(ask(secretary, district, kind="venue_sign", member_ids=[str(uuid4())]), 422, "invalid")
    refused(ask(secretary, district, emblem=True), 422, "nothing_to_print")
    holder = holds(district, "王秀兰")
    refused(ask(secretary, district, emblem=True), 409, "no_emblem")
    refused(ask(secretary, district, kind="post_plate", emblem=True, make_missing=True), 422, "nothing_to_print")
    monkeypatch.setattr("api.printing.rules.MOST_PLATES", 1)
    secretary.post(f"/v1/cards/{holder.card_id}/plates", json={"kind": "desk_plate"})
    refused(ask(secretary, district), 422, "too_many_plates")
    assert secretary.get(BATCHES).json()["items"] == []


@pytest.mark.parametrize(("kind", "article", "grade"), [("household_plate", None, "C"), ("venue_sign", None, "OURS")])
def test_the_emblem_is_refused_where_it_may_not_stand_with_what_that_rests_on(
    district: District, secretary: Caller, kind: str, article: str | None, grade: str
) -> None:
    problem = refused(ask(secretary, district, kind=kind, emblem=True), 422, "emblem_not_allowed")
    (basis,) = problem["basis"]
    assert set(basis) == {"regulation", "article", "text", "grade"}
    assert (basis["article"], basis["grade"]) == (article, grade)
    assert basis["regulation"] == (None if grade == "OURS" else "《中国共产党党徽党旗条例》")


def test_plates_bear_the_emblem_once_the_district_has_brought_it(district: District, secretary: Caller, officer: Caller) -> None:
    holds(district, "王秀兰")
    refused(officer.get(EMBLEM), 404, "not_found")
    refused(officer.delete(EMBLEM), 404, "not_found")
    brought = bring(officer, emblem())
    assert brought.status_code == 201, brought.text
    assert (brought.json()["width"], brought.json()["height"]) == (700, 700)
    assert brought.headers["Location"] == EMBLEM
    seen = officer.get(EMBLEM)
    image = Image.open(io.BytesIO(seen.content))
    assert (seen.headers["Content-Type"], image.format, image.mode) == ("image/png", "PNG", "RGBA")
    assert image.getpixel((0, 0)) == (0, 0, 0, 0) and image.getpixel((350, 350)) == (218, 165, 32, 255)
    assert officer.get(EMBLEM, headers={"If-None-Match": seen.headers["ETag"]}).status_code == 304
    made = batch(secretary, district, emblem=True)
    address_of_pdf = f"{BATCHES}/{made['id']}/plates.pdf"
    objects = list(pypdfium2.PdfDocument(secretary.get(address_of_pdf).content)[0].get_objects())
    assert [one.type for one in objects].count(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE) == 1
    again = bring(officer, emblem((800, 800), "#de2910"))
    assert again.status_code == 201 and again.json()["id"] != brought.json()["id"]
    assert officer.delete(EMBLEM).status_code == 204
    refused(secretary.get(address_of_pdf), 409, "no_emblem")
    refused(secretary.post(f"{BATCHES}/{made['id']}/reprint", json={"reason": "褪色"}), 409, "no_emblem")
    assert [what for what, _ in entries(district, again.json()["id"])] == ["upload_emblem", "remove_emblem"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (emblem((599, 599)), 422, "emblem_shape"),
        (emblem((700, 720)), 422, "emblem_shape"),
        (emblem(ink="#1e90ff"), 422, "emblem_colour"),
        (emblem(ink="#111111"), 422, "emblem_colour"),
        (emblem(spot="#1e90ff"), 422, "emblem_colour"),
        (b"\xff\xd8\xff\xe0nothing", 422, "emblem_not_png"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * (2 * 1024 * 1024), 413, "emblem_too_large"),
    ],
    ids=["small", "oblong", "blue", "black", "spotted", "no-png", "heavy"],
)
@ON_ONE_ENGINE
def test_a_picture_that_is_no_emblem_is_refused(officer: Caller, content: bytes, status: int, code: str) -> None:
    problem = refused(bring(officer, content), status, code)
    if code in ("emblem_shape", "emblem_colour"):
        (basis,) = problem["basis"]
        assert basis["article"] is None and basis["grade"] == "C" and basis["regulation"]
    refused(officer.get(EMBLEM), 404, "not_found")


@ON_ONE_ENGINE
def test_nobody_but_a_district_officer_brings_the_emblem(district: District, secretary: Caller) -> None:
    refused(bring(district.sign_in(Role.town_officer, "T1"), emblem()), 403, "forbidden")
    refused(secretary.get(EMBLEM), 403, "forbidden")


def test_a_part_is_drawn_from_what_is_true_now(district: District, secretary: Caller) -> None:
    stays, lost, expires = holds(district, "甲留下"), holds(district, "乙遗失"), holds(district, "丙停用")
    made = batch(secretary, district)
    secretary.post(f"/v1/cards/{lost.card_id}/plates/{lost.plate_id}/withdraw", json={"reason": "遗失"})
    change(district.house, Card, expires.card_id, state=CardState.suspended)
    change(district.house, Member, stays.member_id, full_name="甲改名")
    change(district.house, Organization, district.ids["B11"], service_phone="0574-00007777")
    (page,) = texts(secretary.get(f"{BATCHES}/{made['id']}/plates.pdf").content)
    assert "甲改名" in page and "0574-00007777" in page
    assert len(zipfile.ZipFile(io.BytesIO(secretary.get(f"{BATCHES}/{made['id']}/codes.zip").content)).namelist()) == 1
    again = secretary.post(f"{BATCHES}/{made['id']}/reprint", json={"reason": "日晒褪色"})
    assert again.status_code == 201, again.text
    body = secretary.get(again.headers["Location"]).json()
    assert why(body["left_out"]) == {"乙遗失": "withdrawn", "丙停用": "card_not_valid"}
    assert [item["code"] for item in body["items"]] == [stays.code]
    assert (body["reprint_of"], body["reason"], body["made"]) == (made["id"], "日晒褪色", 0)
    change(district.house, Plate, stays.plate_id, withdrawn_at=moment(district))
    refused(secretary.get(f"{BATCHES}/{made['id']}/plates.pdf"), 422, "nothing_to_print")
    refused(secretary.post(f"{BATCHES}/{made['id']}/reprint", json={"reason": "褪色"}), 422, "nothing_to_print")


def moment(district: District) -> datetime:
    with district.work() as work:
        at: datetime = work.at
        return at


@ON_ONE_ENGINE
def test_a_hundred_plates_are_a_part(district: District, secretary: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.printing.rules.PART", 2)
    for name in ("甲一", "乙二", "丙三"):
        holds(district, name)
    made = batch(secretary, district)
    assert (made["count"], made["parts"]) == (3, 2)
    parts = [secretary.get(f"{BATCHES}/{made['id']}/plates.pdf", params={"part": part}).content for part in (1, 2)]
    assert [len(pages(part)) for part in parts] == [2, 1]
    names = zipfile.ZipFile(io.BytesIO(secretary.get(f"{BATCHES}/{made['id']}/codes.zip", params={"part": 2}).content)).namelist()
    assert names[0].startswith("0003-")


@ON_ONE_ENGINE
def test_a_part_waits_for_another_and_is_then_to_be_asked_for_again(
    district: District, secretary: Caller, monkeypatch: Any
) -> None:
    holds(district, "王秀兰")
    made = batch(secretary, district)
    monkeypatch.setattr(service, "WAIT_SECONDS", 0.1)
    with service._turns.take(1, retry_after=1):
        answer = secretary.get(f"{BATCHES}/{made['id']}/plates.pdf")
        refused(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert secretary.get(f"{BATCHES}/{made['id']}").status_code == 200
    assert secretary.get(f"{BATCHES}/{made['id']}/plates.pdf").status_code == 200


def test_sent_again_a_batch_is_made_once(district: District, secretary: Caller) -> None:
    holds(district, "王秀兰", kind=PlateKind.name_badge)
    body = {"kind": "desk_plate", "organization_id": str(district.ids["B11"]), "make_missing": True}
    first, second = (secretary.post(BATCHES, json=body, headers={"Idempotency-Key": "batch-1"}) for _ in range(2))
    assert first.json() == second.json() and first.status_code == second.status_code == 201
    with district.work() as work:
        assert work.get(PrintBatch, UUID(first.json()["id"])) is not None
    assert len(secretary.get(BATCHES).json()["items"]) == 1


@ON_ONE_ENGINE
def test_a_font_that_is_none_is_told_before_anything_is_chosen(
    district: District, secretary: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(district, "王秀兰")
    made = batch(secretary, district)
    font = tmp_path / "font.ttf"
    font.write_text("no font")
    monkeypatch.setattr(Paper, "of", lambda settings: Paper(settings.base_url, font))
    refused(ask(secretary, district), 422, "bad_paper_font")
    for path in ("plates.pdf", "codes.zip", "serials.xlsx"):
        refused(secretary.get(f"{BATCHES}/{made['id']}/{path}"), 422, "bad_paper_font")
    assert len(secretary.get(BATCHES).json()["items"]) == 1


@ON_ONE_ENGINE
def test_what_the_installations_own_font_has_is_printed(
    district: District, secretary: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(district, "四𠮷")
    refused(ask(secretary, district), 422, "nothing_to_print")
    font = tmp_path / "font.ttf"
    font.write_bytes(font_of("𠮷"))
    monkeypatch.setattr(Paper, "of", lambda settings: Paper(settings.base_url, font))
    made = batch(secretary, district)
    assert made["left_out"] == []
    assert "四𠮷" in texts(secretary.get(f"{BATCHES}/{made['id']}/plates.pdf").content)[0].replace("　", "")


def test_two_batches_at_once_make_each_plate_once(district: District) -> None:
    for name in "甲乙丙丁":
        holds(district, f"{name}一", kind=PlateKind.name_badge)
    callers = [district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda n: ask(callers[n], district, ("B11", "T1")[n], make_missing=True), range(2)))
    made = [answer.json()["made"] for answer in answers if answer.status_code == 201]
    assert sum(made) == 4 and {answer.status_code for answer in answers} <= {201, 503}, made
    with district.work() as work:
        assert len(work.exec(select(Plate).where(col(Plate.kind) == PlateKind.desk_plate)).all()) == 4


def test_plates_of_posts_and_windows_are_made_for_nobody_without_one(district: District, secretary: Caller) -> None:
    holder, idle = holds(district, "王秀兰", kind=PlateKind.name_badge), holds(district, "李明", kind=PlateKind.name_badge)
    with district.work() as work:
        for key in (holder.member_id, idle.member_id):
            work.get_one(Member, key).party_post = None
    keep_held(district, keep_post(district, kind=PostKind.window, title="综合窗口"), holder.member_id)
    for kind in ("window_plate", "post_plate"):
        made = batch(secretary, district, kind=kind, make_missing=True)
        assert (made["made"], why(made["left_out"])) == (1, {"李明": "no_plate"})


def test_whose_card_is_full_of_plates_is_left_out_of_a_batch_and_all_others_get_theirs(
    district: District, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cards.rules.MOST_PLATES", 2)
    full, stands = holds(district, "王秀兰", kind=PlateKind.name_badge), holds(district, "李明")
    holds(district, "陈晓梅", kind=PlateKind.name_badge)
    for holder in (full, stands):
        another_plate(district.house, holder)
    made = batch(secretary, district, make_missing=True)
    assert (made["made"], made["count"], why(made["left_out"])) == (1, 2, {"王秀兰": "no_plate"})
    problem = refused(ask(secretary, district, member_ids=[str(full.member_id)], make_missing=True), 422, "nothing_to_print")
    assert [one["reason"] for one in problem["left_out"]] == ["no_plate"]
