from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from api.files import service as files
from api.standards import service
from api.standards.attachments import PICTURES
from api.standards.queries import picture as picture_of
from models.enums import Role, VenueKind
from models.file import DiscardedObject, StoredFile
from models.standard import Standard, StandardItem
from tests.conftest import Caller, District
from tests.outcomes import deeds, refused
from tests.plans import plans
from tests.races import at_once
from tests.standards.asking import (
    DRAFT,
    ITEM,
    NEW,
    TODAY,
    URL,
    answered,
    drafted,
    edited,
    let_hold_since,
    officer_of,
    picture,
    published,
)

ON_STORAGES = ("folder", "s3")


@pytest.fixture
def officer(district: District) -> Caller:
    return officer_of(district)


def key_of(district: District, number: int) -> str:
    with district.work() as work:
        return str(work.exec(select(Standard.id).where(col(Standard.number) == number)).one())


def test_a_draft_is_begun_written_and_thrown_away(officer: Caller, district: District) -> None:
    refused(officer.get(DRAFT), 404, "not_found")
    refused(officer.post(DRAFT, json=NEW | {"based_on": 1}), 404, "not_found")
    refused(officer.post(DRAFT, json=NEW | {"based_on": "last"}), 422, "invalid")
    draft = drafted(officer)
    assert (draft["number"], draft["state"], draft["is_default"], draft["issuer"], draft["item_count"]) == (
        1,
        "draft",
        True,
        "明湖区",
        20,
    )
    assert len(draft["items"]) == 20 and {item["version"] for item in draft["items"]} == {1}
    refused(officer.post(DRAFT, json=NEW), 409, "draft_exists")
    read = officer.get(DRAFT)
    tag = {"If-Match": read.headers["ETag"]}
    changed = officer.patch(DRAFT, json={"title": "标识规范"}, headers=tag)
    assert answered(changed)["title"] == "标识规范" and answered(changed)["is_default"]
    refused(officer.patch(DRAFT, json={"title": "又改"}, headers=tag), 412, "precondition_failed")
    refused(officer.patch(DRAFT, json={"title": "又改"}), 428, "precondition_required")
    refused(officer.delete(DRAFT, headers=tag), 412, "precondition_failed")
    # It is nobody else's, and no stranger learns of it.
    refused(district.client.get(f"{URL}/1"), 404, "not_found")
    refused(district.client.get(f"{URL}/current"), 404, "no_standard_in_force")
    refused(district.client.get(f"{URL}/changes"), 404, "no_standard_in_force")
    assert answered(district.client.get(URL))["items"] == []
    refused(district.sign_in(Role.town_officer, "T1").get(DRAFT), 403, "forbidden")
    key = key_of(district, 1)
    assert officer.delete(DRAFT).status_code == 204
    assert deeds(district, key) == ["create_standard_draft", "edit_standard_draft", "delete_standard_draft"]
    assert drafted(officer, None)["items"] == []


def test_an_item_is_added_changed_and_taken_out_and_says_nothing_against_itself(officer: Caller) -> None:
    refused(officer.post(f"{DRAFT}/items", json=ITEM), 404, "not_found")
    drafted(officer)
    before = officer.get(DRAFT).headers["ETag"]
    item = answered(officer.post(f"{DRAFT}/items", json=ITEM), 201)
    assert ITEM.items() <= item.items()
    refused(officer.patch(DRAFT, json={"title": "改"}, headers={"If-Match": before}), 412, "precondition_failed")
    assert officer.get(DRAFT).json()["is_default"] is False, "what is shipped has been changed"
    refused(officer.post(f"{DRAFT}/items", json=ITEM), 409, "code_taken")
    refused(edited(officer, "WN-09", code="WN-01"), 409, "code_taken")
    home = {"element": "household", "code": "HH-01"}
    for said, code in (
        ({"emblem_article": None}, "emblem_article_missing"),
        (home, "emblem_not_allowed"),
        ({"text_template": "{nme}"}, "unknown_placeholder"),
        ({"bottom_min_mm": 2, "bottom_max_mm": 1}, "invalid"),
        ({"code": "w-1"}, "invalid"),
        ({"basis": []}, "invalid"),
        ({"sizes": [{"width_mm": 0, "height_mm": 1}]}, "invalid"),
    ):
        added = refused(officer.post(f"{DRAFT}/items", json=ITEM | {"code": "WN-10"} | said), 422, code)
        changed = refused(edited(officer, "WN-09", **said), 422, code)
        if code != "invalid":
            assert [fault["rule"] for fault in added["errors"]] == [fault["rule"] for fault in changed["errors"]] == [code]
    refused(edited(officer, "WN-77", name="牌"), 404, "not_found")
    tag = {"If-Match": f'"{item["version"]}"'}
    changed = officer.patch(f"{DRAFT}/items/WN-09", json={"code": "WN-10", "emblem_max_mm": None}, headers=tag)
    assert (answered(changed)["code"], answered(changed)["emblem_max_mm"], answered(changed)["tolerance_mm"]) == ("WN-10", None, 10)
    refused(officer.delete(f"{DRAFT}/items/WN-10", headers=tag), 412, "precondition_failed")
    assert officer.delete(f"{DRAFT}/items/WN-10").status_code == 204
    refused(officer.delete(f"{DRAFT}/items/WN-10"), 404, "not_found")
    assert officer.get(DRAFT).json()["item_count"] == 20


def test_a_version_is_published_once_never_changed_superseded_and_withdrawn(officer: Caller, district: District) -> None:
    drafted(officer, None)
    day = {"effective_on": TODAY.isoformat()}
    refused(officer.post(f"{DRAFT}/publish", json=day), 422, "no_items")
    answered(officer.post(f"{DRAFT}/items", json=ITEM), 201)
    yesterday = {"effective_on": (TODAY - timedelta(days=1)).isoformat()}
    refused(officer.post(f"{DRAFT}/publish", json=yesterday), 422, "bad_effective_day")
    seen = officer.get(DRAFT)
    edited(officer, "WN-09", name="窗口标牌")
    late = officer.post(f"{DRAFT}/publish", json=day, headers={"If-Match": seen.headers["ETag"]})
    refused(late, 412, "precondition_failed")
    first = published(officer)
    assert (first["state"], first["number"], first["item_count"]) == ("in_force", 1, 1)
    assert first["token"] != seen.json()["token"], "the draft was something else"
    refused(officer.post(f"{DRAFT}/publish", json=day), 404, "not_found")
    refused(edited(officer, "WN-09", name="改"), 404, "not_found")
    second = drafted(officer, 1)
    assert second["number"] == 2 and [item["code"] for item in second["items"]] == ["WN-09"]
    soon = TODAY + timedelta(days=9)
    assert published(officer, soon)["state"] == "scheduled"
    drafted(officer, 2)
    refused(officer.post(f"{DRAFT}/publish", json=day), 422, "bad_effective_day")
    assert officer.delete(DRAFT).status_code == 204
    stranger = district.client
    assert answered(stranger.get(f"{URL}/current"))["number"] == 1
    let_hold_since(district, 1, 9)
    let_hold_since(district, 2, 3)
    states = [(one["number"], one["state"]) for one in answered(stranger.get(URL))["items"]]
    assert states == [(2, "in_force"), (1, "superseded")]
    assert answered(stranger.get(f"{URL}/1"))["items"] == first["items"]
    why = {"reason": "尺寸有误"}
    withdrawn = answered(officer.post(f"{URL}/2/withdraw", json=why))
    assert (withdrawn["state"], withdrawn["withdrawn_reason"]) == ("withdrawn", why["reason"])
    assert answered(officer.get(f"{URL}/2"))["withdrawn_reason"] == why["reason"]
    assert why["reason"] in [one["withdrawn_reason"] for one in answered(officer.get(URL))["items"]]
    assert answered(officer.post(f"{URL}/2/withdraw", json=why)) == withdrawn
    refused(officer.post(f"{URL}/3/withdraw", json=why), 404, "not_found")
    assert answered(stranger.get(f"{URL}/current"))["number"] == 1
    assert deeds(district, key_of(district, 2)) == ["create_standard_draft", "publish_standard_draft", "withdraw_standard"]
    with district.work() as work:
        assert service.numbers_in_force(work, TODAY, TODAY) == {1, 2}
        assert service.numbers_in_force(work, TODAY - timedelta(days=8), TODAY - timedelta(days=4)) == {1}
        assert [item.code for item in service.checklist(work, 1, VenueKind.window)] == ["WN-09"]
        assert service.checklist(work, 1, VenueKind.station) == []
        assert service.items_by_code(work, 2, ["WN-09", "XX-01"]).keys() == {"WN-09"}


@pytest.mark.engine("sqlite")
def test_numbers_that_were_changed_without_what_they_rest_on_are_told_before_they_hold(officer: Caller) -> None:
    assert drafted(officer)["warnings"] == []
    edited(officer, "WN-01", sizes=[{"width_mm": 600, "height_mm": 300}], name="窗口牌（大）")
    edited(officer, "RA-01", bottom_min_mm=1400)
    edited(officer, "SG-02", tolerance_mm=3)
    basis = [{"about": "size", "text": "桌牌 30×15 cm", "source": "本区", "grade": "OURS"}]
    edited(officer, "DK-01", sizes=[{"width_mm": 300, "height_mm": 150}], tolerance_mm=5, basis=basis)
    told = [{"code": "RA-01", "fields": ["bottom_min_mm"]}, {"code": "WN-01", "fields": ["sizes"]}]
    assert answered(officer.get(DRAFT))["warnings"] == told
    assert published(officer)["warnings"] == told
    assert drafted(officer, 1)["warnings"] == [], "they are those of the version that it came from"
    edited(officer, "DK-01", tolerance_mm=6)
    assert answered(officer.get(DRAFT))["warnings"] == [{"code": "DK-01", "fields": ["tolerance_mm"]}]


@pytest.mark.engine("sqlite")
def test_an_item_says_nothing_of_an_emblem_that_is_forbidden_or_the_proportion_of_no_sizes(officer: Caller) -> None:
    drafted(officer)
    for more, field in (
        ({"emblem": "forbidden", "emblem_max_mm": 80}, "body.emblem_max_mm"),
        ({"sizes": [], "proportional": True}, "body.proportional"),
    ):
        for answer in (officer.post(f"{DRAFT}/items", json=ITEM | more), edited(officer, "EM-01", **more)):
            assert [fault["field"] for fault in refused(answer, 422, "invalid")["errors"]] == [field]
    told = answered(edited(officer, "EM-01", emblem="forbidden", sizes=[]))
    assert (told["emblem_max_mm"], told["proportional"]) == (None, False)


def test_versions_are_compared_item_by_item(officer: Caller, district: District) -> None:
    refused(officer.get(f"{DRAFT}/compare"), 404, "not_found")
    drafted(officer)
    assert len(answered(officer.get(f"{DRAFT}/compare"))["added"]) == 20, "nothing is in force to compare it to"
    published(officer)
    drafted(officer, 1)
    edited(officer, "WN-01", tolerance_mm=5)
    officer.delete(f"{DRAFT}/items/RD-02")
    answered(officer.post(f"{DRAFT}/items", json=ITEM), 201)
    told = answered(officer.get(f"{DRAFT}/compare"))
    assert ([one["code"] for one in told["added"]], [one["code"] for one in told["removed"]]) == (["WN-09"], ["RD-02"])
    assert told["changed"] == [{"code": "WN-01", "fields": [{"field": "tolerance_mm", "before": 10, "after": 5}]}]
    assert told["unchanged"] == 18
    stranger = district.client
    refused(stranger.get(f"{URL}/1/compare?to=2"), 404, "not_found")
    published(officer)
    assert answered(stranger.get(f"{URL}/1/compare?to=2")) == told
    back = answered(stranger.get(f"{URL}/2/compare?to=1"))
    assert (back["added"], back["removed"]) == (told["removed"], told["added"])


def test_a_phone_learns_in_one_answer_what_has_changed_however_long_it_was_away(officer: Caller, district: District) -> None:
    phone = district.client
    drafted(officer)
    first = published(officer)
    everything = answered(phone.get(f"{URL}/changes"))
    assert (everything["full"], everything["token"], everything["version"]["number"]) == (True, first["token"], 1)
    assert everything["changed"] == first["items"] == answered(phone.get(f"{URL}/current"))["items"]
    windows = answered(phone.get(f"{URL}/current?venue_kind=window"))["items"]
    assert windows == [item for item in first["items"] if "window" in item["venue_kinds"]]
    for unknown in ("?since=x", "?since=", f"?since={'x' * 300}", "?since=%00", "?since=%E7%89%8C"):
        assert answered(phone.get(f"{URL}/changes{unknown}")) == everything
    for number in (2, 3):
        drafted(officer, number - 1)
        edited(officer, "WN-01", tolerance_mm=number)
        if number == 2:
            officer.delete(f"{DRAFT}/items/RD-02")
        published(officer)
    away = answered(phone.get(f"{URL}/changes?since={first['token']}"))
    assert (away["full"], [item["code"] for item in away["changed"]], away["removed"]) == (False, ["WN-01"], ["RD-02"])
    assert away["changed"][0]["tolerance_mm"] == 3
    same = answered(phone.get(f"{URL}/changes?since={away['token']}"))
    assert (same["full"], same["changed"], same["removed"]) == (False, [], [])
    # Withdrawing leads back to the version before, by the same kind of answer.
    answered(officer.post(f"{URL}/3/withdraw", json={"reason": "有误"}))
    again = answered(phone.get(f"{URL}/changes?since={away['token']}"))
    assert (again["version"]["number"], again["full"], again["changed"][0]["tolerance_mm"]) == (2, False, 2)


def five_hundred(officer: Caller, district: District) -> dict[str, Any]:
    """A published standard of 500 items, each with a picture."""
    drafted(officer)
    edited(officer, "WN-01", picture_ids=[picture(officer)])
    with district.work() as work:
        rows = work.exec(select(StandardItem)).all()
        (one,) = [row.pictures for row in rows if row.pictures]
        for row in rows:
            row.pictures = one
        contents = [row.model_dump(exclude={"id", "code", "version"}) for row in rows]
        work.add_all(StandardItem(**contents[number % 20], code=f"ZZ-{number:03}") for number in range(480))
    refused(officer.post(f"{DRAFT}/items", json=ITEM), 409, "too_many_items")
    return published(officer)


def test_a_phone_that_has_the_standard_asks_for_hardly_anything(officer: Caller, district: District) -> None:
    token, phone = five_hundred(officer, district)["token"], district.client
    full = phone.get(f"{URL}/changes")
    assert len(full.json()["changed"]) == 500 and len(full.content) < 500 * 1200
    for address in (f"{URL}/changes?since={token}", f"{URL}/current", f"{URL}/current?venue_kind=window"):
        for encoding in ("gzip", "identity"):
            kept = phone.get(address, headers={"Accept-Encoding": encoding})
            assert kept.headers["Cache-Control"] == "public, no-cache"
            for known in (f'"{token}"', kept.headers["ETag"]):
                answer = phone.get(address, headers={"If-None-Match": known, "Accept-Encoding": encoding})
                assert (answer.status_code, answer.content) == (304, b"")
                assert len(str(answer.headers)) + len(str(answer.request.headers)) + len(address) < 1000
    asked = plans(district.house, "FROM standard", lambda work: service.show_standard_changes(work, None, ()))
    asked += plans(district.house, "FROM stored_file", lambda work: picture_of(work, "0" * 64))
    told = " ".join(asked)
    for index in ("ix_standard_standing", "uq_standard_item_code", "ix_stored_file_of_standards"):
        assert index in told, told


def test_a_picture_is_shown_to_anybody_by_its_content_and_is_the_same_in_every_version(officer: Caller, district: District) -> None:
    drafted(officer)
    refused(edited(officer, "WN-01", picture_ids=[str(uuid4())]), 404, "not_your_file")
    one, other = picture(officer), picture(officer, (40, 40))
    shown = answered(edited(officer, "WN-01", picture_ids=[one, other]))["pictures"]
    assert [(entry["id"], entry["width"]) for entry in shown] == [(one, 90), (other, 40)]
    (digest, gone) = (entry["digest"] for entry in shown)
    stranger = district.client
    read = stranger.get(shown[0]["url"])
    assert (read.status_code, read.headers["Content-Type"]) == (200, "image/jpeg")
    assert read.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert stranger.get(shown[0]["url"], headers={"If-None-Match": f'"{digest}"'}).status_code == 304
    assert officer.get(f"/v1/files/{one}").status_code == 200
    # What was brought for the draft and is taken away again is gone.
    assert [entry["id"] for entry in answered(edited(officer, "WN-01", picture_ids=[one]))["pictures"]] == [one]
    for missing in (gone, "0" * 64, "x", "%00"):
        refused(stranger.get(f"{URL}/pictures/{missing}"), 404, "not_found")
    assert "id" not in published(officer)["items"][-1]["pictures"] and read.content == stranger.get(shown[0]["url"]).content
    drafted(officer, 1)
    assert answered(officer.get(f"{DRAFT}/compare"))["unchanged"] == 20
    third = picture(officer, (50, 50))
    both = answered(edited(officer, "WN-01", picture_ids=[third, one]))["pictures"]
    assert [entry["id"] for entry in both] == [third, one]
    assert edited(officer, "WN-01", name="牌").json()["pictures"] == both
    # What the published version shows stays, whatever becomes of the draft.
    assert officer.delete(DRAFT).status_code == 204
    assert stranger.get(shown[0]["url"]).status_code == 200
    refused(stranger.get(both[0]["url"]), 404, "not_found")
    with district.work() as work:
        assert len(work.exec(select(DiscardedObject)).all()) == 2
        assert [file.id for file in work.exec(select(StoredFile)).all()] == [UUID(one)]
        (item,) = [row for row in work.exec(select(StandardItem)).all() if row.pictures]
        assert files.attachments(work, PICTURES, [item.id]) == {item.id: [UUID(one)]}


def test_of_two_who_begin_or_publish_a_draft_at_once_one_does(officer: Caller, district: District) -> None:
    for number in (1, 2):
        begun = at_once(*[partial(officer.post, DRAFT, json=NEW)] * 2)
        assert sorted(answer.status_code for answer in begun) == [201, 409]
        done = at_once(*[partial(officer.post, f"{DRAFT}/publish", json={"effective_on": TODAY.isoformat()})] * 2)
        assert sorted(answer.status_code for answer in done) == [200, 404]
        assert deeds(district, key_of(district, number)) == ["create_standard_draft", "publish_standard_draft"]
    drafted(officer)
    raced = at_once(
        partial(officer.post, f"{DRAFT}/publish", json={"effective_on": TODAY.isoformat()}),
        partial(edited, officer, "WN-01", tolerance_mm=7),
    )
    shown = answered(district.client.get(f"{URL}/3"))["items"]
    tolerance = next(item["tolerance_mm"] for item in shown if item["code"] == "WN-01")
    assert raced[0].status_code == 200 and (raced[1].status_code, tolerance) in ((200, 7), (404, 10))
