"""The three lists over HTTP: drafts, editions that never change, and what anybody reads of them."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from api.files import service as files
from api.lists import service
from api.lists.attachments import FLOW_PICTURES
from models.audit import AuditLine
from models.enums import Role
from models.file import DiscardedObject, StoredFile
from models.list_edition import ListItem
from models.list_enums import ListKind
from tests.conftest import Caller, District
from tests.lists.asking import (
    DRAFT,
    ITEM,
    NEW,
    POWER,
    URL,
    added,
    answered,
    drafted,
    edited,
    key_of,
    officer_of,
    picture,
    published,
)
from tests.outcomes import deeds, refused
from tests.plans import plans
from tests.posts.kept import create as create_post
from tests.races import at_once


@pytest.fixture
def officer(district: District) -> Caller:
    return officer_of(district)


def test_a_draft_is_begun_written_and_thrown_away_and_there_is_one_of_each_list(officer: Caller, district: District) -> None:
    refused(officer.get(DRAFT), 404, "not_found")
    refused(officer.post(DRAFT, json=NEW | {"based_on": 1}), 404, "no_list")
    draft = drafted(officer)
    assert (draft["kind"], draft["number"], draft["published_at"], draft["items"]) == ("power", 1, None, [])
    refused(officer.post(DRAFT, json=NEW), 409, "draft_exists")
    drafted(officer, kind="negative")
    tag = {"If-Match": officer.get(DRAFT).headers["ETag"]}
    assert answered(officer.patch(DRAFT, json={"title": "权力清单"}, headers=tag))["title"] == "权力清单"
    refused(officer.patch(DRAFT, json={"title": "又改"}, headers=tag), 412, "precondition_failed")
    refused(officer.patch(DRAFT, json={"title": "又改"}), 428, "precondition_required")
    refused(officer.delete(DRAFT, headers=tag), 412, "precondition_failed")
    # It is nobody else's, and no stranger learns of it.
    for path in (POWER, f"{POWER}/editions", f"{POWER}/editions/1"):
        refused(district.client.get(path), 404, "no_list")
    refused(district.sign_in(Role.town_officer, "T1").get(DRAFT), 403, "forbidden")
    added(officer)
    key = key_of(district, 1)
    assert officer.delete(DRAFT).status_code == 204
    assert deeds(district, key) == ["create_list_draft", "edit_list_draft", "delete_list_draft"]
    refused(officer.delete(DRAFT), 404, "not_found")
    assert answered(officer.get(f"{URL}/negative/draft"))["number"] == 1


def test_an_item_is_added_changed_and_taken_out(officer: Caller, district: District) -> None:
    refused(officer.post(f"{DRAFT}/items", json=ITEM), 404, "not_found")
    drafted(officer)
    before = officer.get(DRAFT).headers["ETag"]
    item = added(officer)
    assert ITEM.items() <= item.items() and item["flow_picture"] is None
    refused(officer.patch(DRAFT, json={"title": "改"}, headers={"If-Match": before}), 412, "precondition_failed")
    refused(officer.post(f"{DRAFT}/items", json=ITEM), 409, "number_taken")
    added(officer, number=500, applies_to=["cooperative", "village", "village"], flow=[])
    refused(edited(officer, 500, number=3), 409, "number_taken")
    refused(edited(officer, 7, title="改"), 404, "not_found")
    wrong: dict[str, Any]
    for wrong in (
        {"number": 0},
        {"number": 501},
        {"applies_to": []},
        {"flow": [{"step": "受理", "who": "代办员"}] * 13},
        {"flow": [{"step": "受理"}]},
        {"text": "长" * 2001},
        {"title": "长" * 81},
    ):
        refused(officer.post(f"{DRAFT}/items", json=ITEM | {"number": 4} | wrong), 422, "invalid")
        refused(edited(officer, 3, **wrong), 422, "invalid")
    tag = {"If-Match": f'"{item["version"]}"'}
    changed = officer.patch(f"{DRAFT}/items/3", json={"number": 4, "flow": []}, headers=tag)
    assert (answered(changed)["number"], answered(changed)["flow"], answered(changed)["text"]) == (4, [], ITEM["text"])
    refused(officer.delete(f"{DRAFT}/items/4", headers=tag), 412, "precondition_failed")
    draft = answered(officer.get(DRAFT))
    assert [(one["number"], one["applies_to"]) for one in draft["items"]] == [
        (4, ["village", "cooperative"]),
        (500, ["village", "cooperative"]),
    ]
    assert officer.delete(f"{DRAFT}/items/4").status_code == 204
    refused(officer.delete(f"{DRAFT}/items/4"), 404, "not_found")
    assert answered(officer.get(DRAFT))["item_count"] == 1
    with district.work() as work:
        lines = work.exec(select(AuditLine).where(AuditLine.target_kind == "list_item").order_by(col(AuditLine.seq))).all()
    assert [line.action for line in lines] == ["add_list_item", "add_list_item", "edit_list_item", "delete_list_item"]
    assert lines[2].details == {"kind": "power", "number": 4, "fields": ["flow", "number"]}


def test_a_step_of_an_edited_flow_that_says_nothing_of_days_has_none(officer: Caller) -> None:
    drafted(officer)
    added(officer)
    step = {"step": "受理", "who": "代办员"}
    assert answered(edited(officer, 3, flow=[step]))["flow"] == [step | {"days": None}]


def test_an_edition_is_published_once_never_changed_and_the_next_holds_instead(officer: Caller, district: District) -> None:
    drafted(officer)
    refused(officer.post(f"{DRAFT}/publish"), 422, "no_items")
    added(officer)
    seen = officer.get(DRAFT)
    edited(officer, 3, title="印章使用")
    refused(officer.post(f"{DRAFT}/publish", headers={"If-Match": seen.headers["ETag"]}), 412, "precondition_failed")
    first = published(officer)
    assert (first["number"], first["item_count"], first["items"][0]["title"]) == (1, 1, "印章使用") and first["published_at"]
    assert first["token"] != seen.json()["token"], "the draft was something else"
    for late in (officer.post(f"{DRAFT}/publish"), edited(officer, 3, title="改"), officer.delete(f"{DRAFT}/items/3")):
        refused(late, 404, "not_found")
    stranger = district.client
    assert answered(stranger.get(POWER)) == answered(stranger.get(f"{POWER}/editions/1")) == first
    refused(stranger.get(f"{URL}/responsibility"), 404, "no_list")
    second = drafted(officer, 1)
    assert second["number"] == 2 and second["items"][0]["title"] == "印章使用"
    edited(officer, 3, title="公章管理")
    added(officer, number=1, title="代办", flow=[])
    assert answered(stranger.get(POWER)) == first, "a draft is nobody's business"
    second = published(officer)
    assert [(item["number"], item["title"]) for item in second["items"]] == [(1, "代办"), (3, "公章管理")]
    assert answered(stranger.get(POWER)) == second and answered(stranger.get(f"{POWER}/editions/1")) == first
    page = answered(stranger.get(f"{POWER}/editions?limit=1"))
    assert [one["number"] for one in page["items"]] == [2] and "items" not in page["items"][0]
    rest = answered(stranger.get(f"{POWER}/editions?limit=1&cursor={page['next_cursor']}"))
    assert ([one["number"] for one in rest["items"]], rest["next_cursor"]) == ([1], None)
    refused(stranger.get(f"{POWER}/editions/3"), 404, "no_list")
    assert deeds(district, key_of(district, 2)) == ["create_list_draft", "publish_list_draft"]


def test_who_has_the_edition_that_holds_is_answered_without_it(officer: Caller, district: District) -> None:
    drafted(officer)
    added(officer)
    token = published(officer)["token"]
    for encoding in ("gzip", "identity"):
        full = district.client.get(POWER, headers={"Accept-Encoding": encoding})
        assert full.headers["Cache-Control"] == "public, no-cache"
        for known in (f'"{token}"', full.headers["ETag"]):
            kept = district.client.get(POWER, headers={"If-None-Match": known, "Accept-Encoding": encoding})
            assert (kept.status_code, kept.content) == (304, b"")
    drafted(officer, 1)
    published(officer)
    news = district.client.get(POWER, headers={"If-None-Match": f'"{token}"'})
    assert answered(news)["number"] == 2
    asked = plans(district.house, "FROM list_", lambda work: service.show_list(work, ListKind.power, ()))
    for index in ("uq_list_edition_number", "uq_list_item_number"):
        assert index in " ".join(asked), asked


def test_a_duty_learns_what_its_item_is_called_today_and_nothing_of_one_that_is_gone(officer: Caller, district: District) -> None:
    drafted(officer)
    added(officer)
    added(officer, number=4, title="代办")
    drafted(officer, kind="negative")
    added(officer, "negative", title="不得收礼")
    links = [(ListKind.negative, 3), (ListKind.power, 4), (ListKind.power, 3), (ListKind.power, 3), (ListKind.responsibility, 3)]

    def titles() -> list[str | None]:
        with district.work() as work:
            found = service.item_titles(work, set(links))
        return [found.get(link) for link in links]

    assert titles() == [None] * 5, "nothing is published yet"
    duties = [{"text": "管好公章", "list_kind": "power", "list_number": number} for number in (3, 4)]
    post = answered(create_post(officer, district, duties=duties), 201)
    assert [duty["list_title"] for duty in post["duties"]] == [None, None]
    published(officer)
    published(officer, "negative")
    assert titles() == ["不得收礼", "代办", "公章使用", "公章使用", None]
    drafted(officer, 1)
    officer.delete(f"{DRAFT}/items/4")
    edited(officer, 3, title="公章管理")
    published(officer)
    assert titles() == ["不得收礼", None, "公章管理", "公章管理", None]
    told = answered(officer.get(f"/v1/posts/{post['id']}"))["duties"]
    assert told == [duties[0] | {"list_title": "公章管理"}, duties[1] | {"list_title": None}], "a duty keeps its own words"


def test_the_picture_of_a_flow_is_shown_to_anybody_and_is_the_same_in_every_edition(officer: Caller, district: District) -> None:
    drafted(officer)
    refused(officer.post(f"{DRAFT}/items", json=ITEM | {"flow_picture_id": str(uuid4())}), 404, "not_your_file")
    one, other = picture(officer), picture(officer, (40, 40))
    shown = added(officer, flow_picture_id=one)["flow_picture"]
    assert (shown["id"], shown["width"], shown["height"]) == (one, 90, 120)
    stranger = district.client
    read = stranger.get(shown["url"])
    assert (read.status_code, read.headers["Content-Type"]) == (200, "image/jpeg")
    assert read.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert stranger.get(shown["url"], headers={"If-None-Match": f'"{shown["digest"]}"'}).status_code == 304
    assert officer.get(f"/v1/files/{one}").status_code == 200
    for missing in ("0" * 64, "x", "%00"):
        refused(stranger.get(f"{POWER}/pictures/{missing}"), 404, "not_found")
    # What was brought for the draft and is replaced or taken away is gone.
    gone = answered(edited(officer, 3, flow_picture_id=other))["flow_picture"]
    refused(stranger.get(shown["url"]), 404, "not_found")
    assert answered(edited(officer, 3, title="印章")).get("flow_picture") == gone
    assert answered(edited(officer, 3, flow_picture_id=None))["flow_picture"] is None
    refused(stranger.get(gone["url"]), 404, "not_found")
    kept = picture(officer, (50, 50))
    held = answered(edited(officer, 3, flow_picture_id=kept))["flow_picture"]
    first = published(officer)
    assert first["items"][0]["flow_picture"] == {name: value for name, value in held.items() if name != "id"}
    drafted(officer, 1)
    assert answered(edited(officer, 3, flow_picture_id=kept))["flow_picture"] == held, "a copy names the same file"
    third = answered(edited(officer, 3, flow_picture_id=picture(officer, (60, 60))))["flow_picture"]
    # What the published edition shows stays, whatever becomes of the draft.
    assert officer.delete(DRAFT).status_code == 204
    assert stranger.get(held["url"]).status_code == 200
    refused(stranger.get(third["url"]), 404, "not_found")
    with district.work() as work:
        assert len(work.exec(select(DiscardedObject)).all()) == 3
        assert [file.id for file in work.exec(select(StoredFile)).all()] == [UUID(kept)]
        (item,) = work.exec(select(ListItem)).all()
        assert files.attachments(work, FLOW_PICTURES, [item.id]) == {item.id: [UUID(kept)]}


def test_of_two_who_begin_write_or_publish_a_draft_at_once_one_does(officer: Caller, district: District) -> None:
    for number in (1, 2):
        begun = at_once(*[partial(officer.post, DRAFT, json=NEW)] * 2)
        assert sorted(answer.status_code for answer in begun) == [201, 409]
        refused(next(answer for answer in begun if answer.status_code == 409), 409, "draft_exists")
        written = at_once(*[partial(officer.post, f"{DRAFT}/items", json=ITEM)] * 2)
        assert sorted(answer.status_code for answer in written) == [201, 409]
        refused(next(answer for answer in written if answer.status_code == 409), 409, "number_taken")
        done = at_once(*[partial(officer.post, f"{DRAFT}/publish")] * 2)
        assert sorted(answer.status_code for answer in done) == [200, 404]
        assert deeds(district, key_of(district, number)) == ["create_list_draft", "publish_list_draft"]
    drafted(officer, 2)
    raced = at_once(partial(officer.post, f"{DRAFT}/publish"), partial(edited, officer, 3, title="印章"))
    title = answered(district.client.get(f"{POWER}/editions/3"))["items"][0]["title"]
    assert raced[0].status_code == 200 and (raced[1].status_code, title) in ((200, "印章"), (404, "公章使用"))
