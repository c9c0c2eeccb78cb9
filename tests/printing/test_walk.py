"""A year's posts and plates of a branch, through HTTP alone: what is to be done is listed, posts are given, applied for and handed
over, and what hangs on the wall tells at each scan what is so then; each person does by his own account what is his to do."""

from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pypdfium2
import pytest
import zxingcpp
from openpyxl import load_workbook

from api.codes.reading import address, grouped
from models.enums import Role
from tests.conftest import PUBLIC_URL, Caller, District
from tests.honors.about import WRITTEN as HONOR
from tests.lists.asking import added, answered, drafted, published
from tests.members.rosters import person, send, sheet
from tests.outcomes import refused
from tests.papers import pictures, texts
from tests.posts.kept import STATEMENT, announce, create, give, today
from tests.printing.plates import emblem, pages
from tests.transport import Client

ON_STORAGES = ("folder", "s3")
JSON, HTML = {"Accept": "application/json"}, {"Accept": "text/html"}
WHY = {"reason": "年度调整"}
BATCHES, EMBLEM = "/v1/printing/batches", "/v1/printing/emblem"
LINKED = [{"text": "每周三上门代办", "list_kind": "power", "list_number": 3}]
NAMES = ("王秀兰", "李明月", "方文", "陈晓梅", "安静")


class Stranger(Client):
    """Somebody with a telephone, who has no account."""

    def scan(self, code: str) -> dict[str, Any]:
        return answered(self.get(f"/C/{code}", headers=JSON))

    def posts(self, code: str) -> list[tuple[str, str | None]]:
        return [(post["title"], post["slot"]) for post in self.scan(code)["card"]["posts"]]

    def on_duty(self, code: str) -> list[tuple[str, str | None]]:
        (window,) = self.scan(code)["venue"]["posts"]
        return [(one["display_name"], one["slot"]) for one in window["holders"]]

    def page(self, code: str) -> str:
        return str(self.get(f"/C/{code}", headers=HTML).text)


def waits(caller: Caller) -> list[str]:
    return [item["target_id"] for item in caller.todo()["items"] if item["kind"] == "post_application"]


def figures(caller: Caller, on: date) -> tuple[tuple[int, int], ...]:
    """Full members with a post of all, and windows with a backup of those that somebody holds."""
    totals = answered(caller.get("/v1/posts/figures", params={"on": on.isoformat()}))["totals"]
    return tuple((totals[name]["numerator"], totals[name]["denominator"]) for name in ("post_assignment", "backup_filled"))


def ordered(caller: Caller, district: District, **more: Any) -> Any:
    return caller.post(BATCHES, json={"organization_id": str(district.ids["B11"]), **more})


def read_codes(pdf: bytes) -> list[str]:
    """What a reader finds on the sheets, as they come out of a printer."""
    sheets = (page.render(scale=150 / 72).to_pil() for page in pypdfium2.PdfDocument(pdf))
    return sorted(found.text for sheet in sheets for found in zxingcpp.read_barcodes(sheet))


def test_a_branch_gives_its_posts_and_hangs_up_its_plates(district: District, storage_kind: str) -> None:
    officer, town, village = (
        district.sign_in(role, code)
        for role, code in ((Role.district_officer, "D"), (Role.town_officer, "T1"), (Role.secretary, "V1"))
    )
    stranger = Stranger(district.client.app, base_url=PUBLIC_URL)
    stranger.portal = district.client.portal
    day, month_ago = today(district), today(district, -30)
    since = {"since": month_ago.isoformat()}

    # The district publishes what a village's power is; the roster is loaded, everybody has a card, the village has a window.
    drafted(officer)
    added(officer, title="公章使用")
    published(officer)
    probationer = person("郑新", 6, joined=f"{today(district, -100)}", confirmed=None)
    roster = sheet(*(person(name, order) for order, name in enumerate(NAMES, 1)), probationer)
    assert answered(send(town, roster))["created"] == 6
    ids = {one["full_name"]: UUID(one["id"]) for one in answered(town.get("/v1/members"))["items"]}
    leading, first, second, applying, idle = (ids[name] for name in NAMES)
    leader = town.patch(f"/v1/members/{leading}", json={"party_post": "secretary"}, headers={"If-Match": "*"})
    assert answered(leader)["party_post"] == "secretary"
    assert len(answered(town.post("/v1/cards/issue", json={"organization_id": str(district.ids["B11"])}))["done"]) == 6
    place = {"organization_id": str(district.ids["V1"]), "kind": "service_center", "name": "上塘村党群服务中心"}
    venue = answered(village.post("/v1/venues", json=place), 201)
    secretary = district.sign_in(Role.secretary, "B11", member_id=leading)
    member = district.sign_in(Role.member, "B11", member_id=applying)

    # The branch's secretary makes a window post and gives A; she is B herself, which the town decides.
    window = answered(create(secretary, district, kind="window", title="代办窗口", venue_id=venue["id"], duties=LINKED), 201)
    assert [duty["list_title"] for duty in window["duties"]] == ["公章使用"]
    assert answered(stranger.get("/v1/lists/power"))["items"][0]["title"] == "公章使用"
    held = answered(give(secretary, window["id"], first, **since), 201)
    refused(give(secretary, window["id"], leading, slot="backup"), 403, "about_oneself")
    backup = {"slot": "backup", "since": today(district, -10).isoformat()}
    answered(give(town, window["id"], leading, **backup), 201)
    warned = {one["rule"] for one in secretary.get("/v1/posts/warnings").json()}
    assert "window_not_secretary" in warned and "window_without_backup" not in warned

    # A post is announced; a member and the secretary herself apply, and nobody decides about himself.
    post = answered(create(secretary, district, seats=2), 201)
    refused(member.post(f"/v1/posts/{post['id']}/applications", json=STATEMENT), 409, "not_announced")
    answered(announce(secretary, post["id"], today(district, 14)))
    assert [one["id"] for one in answered(member.get("/v1/posts/mine"))["announced"]] == [post["id"]]
    asked, own = (
        answered(who.post(f"/v1/posts/{post['id']}/applications", json=STATEMENT), 201)["id"] for who in (member, secretary)
    )
    assert (waits(secretary), sorted(waits(town))) == ([asked], sorted([asked, own]))
    accepted = {"slot": "primary", "since": day.isoformat()}
    refused(secretary.post(f"/v1/posts/applications/{own}/accept", json=accepted), 403, "about_oneself")
    told = answered(secretary.post(f"/v1/posts/applications/{asked}/accept", json=accepted))
    answered(town.post(f"/v1/posts/applications/{own}/refuse", json=WHY))
    assert (waits(secretary), waits(town)) == ([], [])
    letter = secretary.get(f"/v1/posts/{post['id']}/holdings/{told['holding_id']}/letter.pdf")
    (paper,) = texts(letter.content)
    assert all(words in paper for words in ("岗位责任书", "陈晓梅", "政策宣传岗（A岗）", "每周三上门代办"))
    assert [one["title"] for one in answered(member.get("/v1/posts/mine"))["holdings"]] == ["政策宣传岗"]

    # The whole set of the branch in three calls; every code on the sheets is read, and each is that of a valid card.
    batch = answered(ordered(secretary, district, kind="desk_plate", layout="a4", make_missing=True), 201)
    url = f"{BATCHES}/{batch['id']}"
    assert (batch["count"], batch["made"], batch["left_out"]) == (6, 6, [])
    printed = secretary.get(f"{url}/plates.pdf").content
    assert pages(printed) == [pytest.approx((210, 297), abs=0.1)] * 3
    assert read_codes(printed) == sorted(address(PUBLIC_URL, item["code"]) for item in batch["items"])
    rows = [*load_workbook(BytesIO(secretary.get(f"{url}/serials.xlsx").content)).worksheets[0].iter_rows(values_only=True)]
    codes = {str(row[1]): str(row[4]).replace("-", "") for row in rows[1:]}
    assert [codes[name] for name in codes] == [item["code"] for item in batch["items"]] and codes.keys() == ids.keys()
    names = ZipFile(BytesIO(secretary.get(f"{url}/codes.zip").content)).namelist()
    assert names == [f"{item['position']:04}-{grouped(item['code'])}.png" for item in batch["items"]]
    assert {stranger.scan(code)["outcome"] for code in codes.values()} == {"valid"}

    # A hands over to another: the card's page and the venue's tell so at the next scan, by the plates that hang there.
    assert stranger.posts(codes["李明月"]) == [("代办窗口", "primary")] and stranger.posts(codes["方文"]) == []
    assert stranger.on_duty(venue["code"]) == [("李明月", "A"), ("王秀兰", "B")]
    handed = {"since": day.isoformat(), "replaces": held["id"]}
    answered(give(secretary, window["id"], second, **handed), 201)
    assert stranger.posts(codes["李明月"]) == [] and stranger.posts(codes["方文"]) == [("代办窗口", "primary")]
    assert stranger.on_duty(venue["code"]) == [("方文", "A"), ("王秀兰", "B")]
    assert "每周三上门代办" in stranger.page(codes["方文"]) and "代办窗口" not in stranger.page(codes["李明月"])
    assert "方文" in stranger.page(venue["code"]) and "李明月" not in stranger.page(venue["code"])

    # He is honoured, which whoever scans his plate sees.
    answered(secretary.post("/v1/honors", json=HONOR | {"member_id": str(second)}), 201)
    assert [one["title"] for one in stranger.scan(codes["方文"])["card"]["honors"]] == [HONOR["title"]]
    assert HONOR["title"] in stranger.page(codes["方文"])

    # A plate is lost and another is made; the faded rest is printed once more, without the lost one.
    (lost,) = [item for item in batch["items"] if item["code"] == codes["安静"]]
    (card,) = [one["id"] for one in answered(secretary.get("/v1/cards"))["items"] if one["member_id"] == str(idle)]
    replaced = answered(secretary.post(f"/v1/cards/{card}/plates/{lost['plate_id']}/replace", json={"reason": "遗失"}), 201)
    assert (stranger.scan(lost["code"])["outcome"], stranger.scan(replaced["code"])["outcome"]) == ("revoked", "valid")
    again = answered(secretary.post(f"{url}/reprint", json={"reason": "日晒褪色"}), 201)
    assert [(one["member_id"], one["reason"]) for one in again["left_out"]] == [(str(idle), "withdrawn")]
    reprinted = read_codes(secretary.get(f"{BATCHES}/{again['id']}/plates.pdf").content)
    assert reprinted == sorted(address(PUBLIC_URL, code) for code in codes.values() if code != lost["code"])

    # The emblem stands on no household's plate, and on the post plate of whoever holds a pioneer post alone.
    assert officer.post(EMBLEM, files={"file": ("党徽.png", emblem())}).status_code == 201
    refused(ordered(secretary, district, kind="household_plate", emblem=True, make_missing=True), 422, "emblem_not_allowed")
    pioneer = answered(create(secretary, district, kind="pioneer", title="党员先锋岗"), 201)
    answered(give(secretary, pioneer["id"], applying, since=day.isoformat()), 201)
    bearing = answered(ordered(secretary, district, kind="post_plate", emblem=True, make_missing=True), 201)
    assert (bearing["count"], {one["reason"] for one in bearing["left_out"]}) == (1, {"emblem_not_allowed"})
    plate = secretary.get(f"{BATCHES}/{bearing['id']}/plates.pdf").content
    assert pictures(plate) == [[(700, 700)]] and "党员先锋岗" in texts(plate)[0]

    # Of five full members three have a post: the secretary, who is B, who has taken A, and who has applied. A month ago there was
    # no B, and A was another; whose leaving ends his holding, and with it what strangers are told.
    assert figures(secretary, day) == ((3, 5), (1, 1))
    assert figures(secretary, month_ago) == ((2, 5), (0, 1))
    answered(town.post(f"/v1/members/{second}/leave", json={"kind": "withdrew", "reason": "本人申请"}))
    gone = stranger.scan(codes["方文"])
    assert (gone["outcome"], gone["card"]) == ("revoked", None)
    assert HONOR["title"] not in stranger.page(codes["方文"])
    assert stranger.on_duty(venue["code"]) == [("王秀兰", None)], "who is alone there has no letter"
    assert [one["member_id"] for one in answered(secretary.get(f"/v1/posts/{window['id']}"))["holders"]] == [str(leading)]
    assert figures(secretary, day) == ((2, 4), (1, 1))
