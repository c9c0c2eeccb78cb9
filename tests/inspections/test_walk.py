"""A spring of the signage standard, through HTTP alone: it is written, copied by a phone, followed by a village, inspected without
a network, put right, and counted; each person does by his own account what is his to do."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from PIL import Image

from models.enums import Role
from tests.clock import Clock
from tests.conftest import PUBLIC_URL, Caller, District
from tests.outcomes import refused
from tests.papers import pictures, texts
from tests.standards.asking import DRAFT, ITEM, NEW, answered, edited, picture
from tests.transport import Client
from tests.venues.loading import load, sheet

ON_STORAGES = ("folder", "s3")
JSON = {"Accept": "application/json"}
WHY = {"reason": "现场查看"}
GUIDE = ITEM | {"code": "GD-01", "name": "导视牌", "venue_kinds": ["service_center"], "basis": [ITEM["basis"][0]]}
CENTER_AT = {"type": "Point", "coordinates": [121.554154, 29.814113], "datum": "gcj02"}


class Phone:
    """An inspector's phone: a copy of the standard, and documents that are sent when there is a network."""

    def __init__(self, caller: Caller) -> None:
        self.caller, self.token, self.number = caller, "", 0
        self.items: dict[str, Any] = {}
        self.documents: dict[str, dict[str, Any]] = {}

    def refresh(self) -> int:
        """Bring the copy up to date; the status of the answer."""
        known = {"If-None-Match": f'"{self.token}"'} if self.token else {}
        asked = {"since": self.token} if self.token else {}
        answer = self.caller.client.get("/v1/standards/changes", params=asked, headers=known)
        if answer.status_code == 200:
            told = answer.json()
            assert told["full"] is (self.token == "")
            for code in told["removed"]:
                del self.items[code]
            self.items |= {item["code"]: item for item in told["changed"]}
            self.token, self.number = told["token"], told["version"]["number"]
        else:
            assert not answer.content and sum(len(name) + len(value) for name, value in answer.headers.items()) < 1000
        return int(answer.status_code)

    def fill(self, name: str, venue: str, day: str, *failed: dict[str, Any], **told: Any) -> None:
        """Answer, without any network, each item of the copy for the kind of a venue: it passes, or as it is told."""
        kind, known = told.pop("kind"), self.documents.get(name)
        said = {item["code"]: item for item in failed}
        codes = [code for code, item in sorted(self.items.items()) if kind in item["venue_kinds"]]
        self.documents[name] = {
            "client_id": known["client_id"] if known else str(uuid4()),
            "venue_id": venue,
            "standard_number": self.number,
            "unannounced": False,
            "revision": known["revision"] + 1 if known else 1,
            "started_at": f"{day}T10:00:00+08:00",
            "finished_at": f"{day}T11:00:00+08:00",
            "final": True,
            "items": [said.get(code, {"code": code, "result": "pass"}) for code in codes],
            **told,
        }

    def send(self) -> list[tuple[str, str | None]]:
        sent = self.caller.post("/v1/inspections/batch", json={"inspections": list(self.documents.values())})
        return [(one["outcome"], one["code"]) for one in answered(sent)["items"]]


def failing(code: str, note: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "result": "fail", "note": note, **more}


def act(caller: Caller, key: str, verb: str, **more: Any) -> Any:
    body = {"note": "已换新牌"} if verb == "claim" else WHY
    return caller.post(f"/v1/rectifications/{key}/{verb}", json=body | more)


def waits(caller: Caller) -> set[str]:
    return {item["kind"] for item in caller.todo()["items"] if item["kind"].startswith("rectification")}


def found(caller: Caller, venue: str) -> set[tuple[str, str]]:
    told = answered(caller.get(f"/v1/venues/{venue}/check"))
    return {(one["code"], one["reason"]) for one in told["findings"] if one["kind"] != "advice"}


def ratios(caller: Caller, **asked: str) -> dict[str, tuple[int, int]]:
    told = answered(caller.get("/v1/inspections/figures", params=asked))["totals"]
    return {name: (ratio["numerator"], ratio["denominator"]) for name, ratio in told.items()}


def test_a_spring_of_the_signage_standard(district: District, monkeypatch: pytest.MonkeyPatch, storage_kind: str) -> None:
    officer, village = district.sign_in(Role.district_officer, "D"), district.sign_in(Role.secretary, "V1")
    phone = Phone(district.sign_in(Role.town_officer, "T1"))
    inspector, second = phone.caller, district.sign_in(Role.town_officer, "T1")
    stranger = Client(district.client.app, base_url=PUBLIC_URL)
    stranger.portal = district.client.portal
    clock = Clock(monkeypatch)

    # The officer writes the standard from what is shipped, with a picture, and publishes it; a phone copies it once.
    clock.to("2025-03-03")
    refused(stranger.get("/v1/standards/changes"), 404, "no_standard_in_force")
    assert len(answered(officer.post(DRAFT, json=NEW), 201)["items"]) == 20
    assert edited(officer, "WN-01", picture_ids=[picture(officer)]).status_code == 200
    assert officer.delete(f"{DRAFT}/items/NP-02").status_code == 204
    assert len(answered(officer.get(f"{DRAFT}/compare"))["added"]) == 19
    first = answered(officer.post(f"{DRAFT}/publish", json={"effective_on": "2025-03-03"}))
    assert (phone.refresh(), phone.number, phone.refresh()) == (200, 1, 304)
    (shown,) = phone.items["WN-01"]["pictures"]
    with Image.open(BytesIO(stranger.get(shown["url"]).content)) as drawn:
        assert drawn.size == (shown["width"], shown["height"])

    # The village enters its venues, one by hand and one by a sheet; strangers find them. Not all hangs there that should.
    stated = {"kind": "service_center", "name": "上塘村党群服务中心", "position": CENTER_AT, "opening_hours": "Mo-Fr 08:30-17:00"}
    center = answered(village.post("/v1/venues", json={"organization_id": str(district.ids["V1"]), **stated}), 201)
    rows = sheet(("V1", "服务窗口", "代办窗口", stated["name"]), headings=("所属组织", "类型", "名称", "上级阵地"))
    assert answered(load(village, rows))["created"] == 1
    (window,) = [one["id"] for one in answered(village.get("/v1/venues", params={"kind": "window"}))["items"]]
    (near,) = answered(stranger.get("/v1/venues/near", params={"lat": 29.8167, "lon": 121.55}))["features"]
    assert (near["id"], near["properties"]["distance_m"]) == (center["id"], 0)
    told = answered(stranger.get(center["url"], headers=JSON))["venue"]
    assert (told["name"], [one["name"] for one in told["children"]]) == (stated["name"], ["代办窗口"])
    assert "周一至周五 08:30–17:00" in stranger.get(center["url"], headers={"Accept": "text/html"}).text
    sign = {"code": "WN-01", "width_mm": 514, "height_mm": 250, "emblem_mm": 80, "installed_on": "2025-03-01"}
    hung = answered(village.post(f"/v1/venues/{window}/signs", json=sign | {"photo_ids": [picture(village)]}), 201)
    assert found(village, window) == {("WN-01", "size"), ("DK-01", "not_installed")}

    # Without a network the inspector fills in two documents; meanwhile the standard changes.
    clock.to("2025-03-10")
    assert phone.refresh() == 304
    asked = answered(inspector.get("/v1/inspections/checklist", params={"venue_id": window}))
    assert (asked["token"], [one["code"] for one in asked["items"]]) == (
        phone.token,
        ["DK-01", "FB-02", "FB-03", "FB-04", "PP-01", "VC-01", "WN-01"],
    )
    too_wide, missing = failing("WN-01", "宽 514 mm"), failing("DK-01", "没有桌牌", due_on="2025-03-13")
    phone.fill("window", window, "2025-03-10", too_wide, missing, kind="window")
    phone.fill("center", center["id"], "2025-03-10", kind="service_center", final=False, finished_at=None)
    clock.to("2025-03-11")
    answered(officer.post(DRAFT, json=NEW | {"based_on": 1, "change_note": "窗口牌放宽。"}), 201)
    assert edited(officer, "WN-01", tolerance_mm=12).status_code == 200
    assert officer.delete(f"{DRAFT}/items/PP-01").status_code == 204
    answered(officer.post(f"{DRAFT}/items", json=GUIDE), 201)
    compared = answered(officer.get(f"{DRAFT}/compare"))
    assert ([one["code"] for one in compared["added"]], [one["code"] for one in compared["removed"]]) == (["GD-01"], ["PP-01"])
    assert [(one["code"], one["fields"]) for one in compared["changed"]] == [
        ("WN-01", [{"field": "tolerance_mm", "before": 10, "after": 12}])
    ]
    answered(officer.post(f"{DRAFT}/publish", json={"effective_on": "2025-03-11"}))

    # Back in reach it sends what it has, by the version that it had, and again, since the answer was lost; then it learns the new
    # one, and its copy is what the district has now.
    clock.to("2025-03-12")
    photos = [picture(inspector) for _ in range(2)]
    phone.documents["window"]["items"] = [
        item | {"photo_ids": photos} if item["code"] == "WN-01" else item for item in phone.documents["window"]["items"]
    ]
    assert phone.send() == [("created", None)] * 2 and phone.send() == [("unchanged", None)] * 2
    assert village.get("/v1/inspections").json()["items"][0]["venue_id"] == window, "and no draft"
    phone.fill(
        "center", center["id"], "2025-03-10", {"code": "RD-02", "result": "not_applicable"}, kind="service_center", unannounced=True
    )
    assert phone.send() == [("unchanged", None), ("updated", None)]
    refused(village.post("/v1/inspections", json=phone.documents["center"]), 409, "of_that_organization")
    assert (phone.refresh(), phone.number, phone.refresh()) == (200, 2, 304)
    current = answered(stranger.get("/v1/standards/current"))
    assert sorted(phone.items.values(), key=lambda item: str(item["code"])) == current["items"]
    assert answered(stranger.get("/v1/standards/1"))["items"] == first["items"], "what was published stays"

    # The village puts one thing right; it is returned once, and confirmed by another than who has claimed it.
    done = {item["code"]: item for item in answered(inspector.get("/v1/inspections/mine"))["items"][-1]["items"]}
    wide, plate = (str(done[code]["rectification_id"]) for code in ("WN-01", "DK-01"))
    opened = {one["id"]: one for one in answered(village.get("/v1/rectifications"))["items"]}
    assert {key: one["due_on"] for key, one in opened.items()} == {wide: "2025-03-27", plate: "2025-03-15"}
    assert waits(village) == {"rectification"} and village.get(f"/v1/files/{photos[0]}").status_code == 200
    clock.to("2025-03-14")
    proof = picture(village)
    answered(act(village, wide, "claim", photo_ids=[proof]))
    refused(act(village, wide, "confirm"), 403, "forbidden")
    clock.to("2025-03-15")
    assert waits(second) == {"rectification", "rectification_recheck"}
    assert second.get(f"/v1/files/{proof}").status_code == 200
    answered(act(second, wide, "return"))
    clock.to("2025-03-17")
    changed = village.patch(f"/v1/venues/{window}/signs/{hung['id']}", json={"width_mm": 512}, headers={"If-Match": "*"})
    assert answered(changed)["width_mm"] == 512 and found(village, window) == {("DK-01", "not_installed")}
    answered(act(village, wide, "claim"))
    clock.to("2025-03-18")
    told = answered(act(second, wide, "confirm"))
    assert [one["action"] for one in told["events"]] == ["claim", "return", "claim", "confirm"]

    # The other thing lies: for a week it is the town's to see to, then the district's, until it is claimed.
    assert "rectification_overdue" in waits(second) and "rectification_overdue" not in waits(officer)
    assert answered(village.get(f"/v1/rectifications/{plate}"))["escalated_to_name"] == "云溪镇"
    clock.to("2025-03-24")
    assert "rectification_overdue" in waits(officer)
    (late,) = answered(officer.get("/v1/rectifications", params={"overdue": True}))["items"]
    assert (late["id"], late["escalated_to_name"]) == (plate, "明湖区")
    plated = {"code": "DK-01", "width_mm": 200, "height_mm": 100, "installed_on": "2025-03-24"}
    answered(village.post(f"/v1/venues/{window}/signs", json=plated), 201)
    answered(act(village, plate, "claim"))
    assert waits(village) == set() and found(village, window) == set()
    clock.to("2025-03-26")
    answered(act(officer, plate, "confirm"))

    # April: the window is looked at again, unannounced and by the new version. Of 7 items two had failed there, one of 11 at the
    # center does not apply, and one of two things was put right in time. What was so on a day of March is still told.
    clock.to("2025-04-02")
    phone.documents.clear()
    phone.fill("again", window, "2025-04-02", kind="window", unannounced=True)
    assert phone.send() == [("created", None)]
    assert ratios(officer) == {"sign_coverage": (2, 2), "sign_pass": (21, 23), "rectification_on_time": (1, 2)}
    assert ratios(inspector, until="2025-03-20") == {
        "sign_coverage": (1, 2),
        "sign_pass": (15, 17),
        "rectification_on_time": (1, 1),
    }
    assert ratios(village, since="2025-04-01") == {"sign_coverage": (2, 2), "sign_pass": (6, 6), "rectification_on_time": (0, 0)}

    # The circular tells the same, with both pictures of what was too wide.
    sheets = load_workbook(BytesIO(officer.get("/v1/inspections/circular.xlsx").content))
    headings, *lines = sheets["问题清单"].iter_rows(values_only=True)
    told_of = [dict(zip(headings, line, strict=True)) for line in lines]
    assert [(one["阵地"], one["项目编号"], one["问题"], one["整改状态"]) for one in told_of] == [
        ("代办窗口", "DK-01", "没有桌牌", "复查通过"),
        ("代办窗口", "WN-01", "宽 514 mm", "复查通过"),
    ]
    paper = officer.get("/v1/inspections/circular.pdf").content
    assert "代办窗口（服务窗口）" in "".join(texts(paper)) and [len(page) for page in pictures(paper)] == [2]
