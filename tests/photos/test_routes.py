import threading
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlmodel import col, select
from structlog.testing import capture_logs

from api.adapters.storage import Storage
from api.database import Database
from api.errors import Unavailable
from api.files.sweep import sweep_files
from api.photos import words
from models.audit import AuditLine
from models.enums import ConsentKind, ConsentSource, MemberStatus, Role
from models.file import StoredFile
from models.member import Member
from models.photo import Consent, Photo
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.outcomes import refused
from tests.verification.holders import Holder, hold

ON_STORAGES = ("folder", "s3")
FACE = drawn("JPEG", size=(900, 1200))
OTHER_FACE = drawn("PNG", size=(500, 700))
AGREE = {"kind": "photo", "text_version": "photo-1"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def member(district: District, holder: Holder) -> Caller:
    return district.sign_in(Role.member, "B11", member_id=holder.member_id)


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def storage(district: District) -> Storage:
    return district.house.storage


def good(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def agree(caller: Caller) -> dict[str, Any]:
    return good(caller.post("/v1/consents/mine", json=AGREE), 201)


def bring(caller: Caller, content: bytes = FACE, whose: str = "mine", **more: Any) -> Any:
    return caller.post(f"/v1/photos/{whose}", files={"file": ("照片.jpg", content)}, **more)


def on_paper(caller: Caller, holder: Holder) -> Any:
    return caller.post("/v1/consents", json={**AGREE, "member_id": str(holder.member_id)})


def scanned(district: District, holder: Holder) -> tuple[str | None, int]:
    """Whether a stranger is told of a photo, and what he gets who asks for it."""
    card = district.client.get(f"/C/{holder.code}", headers=JSON).json()["card"]
    return (card or {}).get("photo"), district.client.get(f"/C/{holder.code}/photo").status_code


def keys(storage: Storage) -> list[str]:
    return sorted(item.key for item in storage.objects())


def keys_after_the_sweep(district: District) -> list[str]:
    sweep_files(district.house.database, district.house.storage, datetime.now(UTC) + timedelta(days=2))
    return keys(district.house.storage)


def stored(district: District) -> tuple[list[Photo], list[StoredFile]]:
    with district.work() as work:
        return list(work.exec(select(Photo)).all()), list(work.exec(select(StoredFile)).all())


def deeds(district: District) -> list[str]:
    kinds = ("consent", "photo", "stored_file")
    with district.work() as work:
        return list(
            work.exec(select(AuditLine.action).where(col(AuditLine.target_kind).in_(kinds)).order_by(col(AuditLine.seq))).all()
        )


def test_there_is_no_photo_without_consent(
    district: District, member: Caller, secretary: Caller, holder: Holder, storage: Storage
) -> None:
    refused(bring(member), 409, "no_consent")
    assert "本人同意" in refused(bring(secretary, whose=str(holder.member_id)), 409, "no_consent")["detail"]
    agree(member)
    member.post("/v1/consents/mine/withdraw", json={"kind": "photo"})
    refused(bring(member), 409, "no_consent")
    assert stored(district) == ([], []) and keys(storage) == [], "nothing is stored of what may not be taken"


def test_an_older_text_cannot_be_agreed_to(
    member: Caller, secretary: Caller, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in ("photo-0", "photo-2", ""):
        body = refused(member.post("/v1/consents/mine", json={**AGREE, "text_version": wrong}), 409, "consent_text_outdated")
        assert body["current_version"] == "photo-1"
    (old,) = words.TEXTS[ConsentKind.photo]
    newer = (old, replace(old, version="photo-2"))
    monkeypatch.setattr(words, "TEXTS", {ConsentKind.photo: newer})
    refused(member.post("/v1/consents/mine", json=AGREE), 409, "consent_text_outdated")
    refused(on_paper(secretary, holder), 409, "consent_text_outdated")


def test_whoever_is_no_member_has_neither_consent_nor_photo(secretary: Caller) -> None:
    refused(secretary.post("/v1/consents/mine", json=AGREE), 404, "not_found")
    refused(secretary.post("/v1/consents/mine/withdraw", json={"kind": "photo"}), 404, "not_found")
    for path in ("/v1/consents/mine", "/v1/photos/mine"):
        refused(secretary.get(path), 404, "not_found")
    refused(bring(secretary), 404, "not_found")
    refused(secretary.delete("/v1/photos/mine"), 404, "not_found")


def test_another_branchs_members_are_as_if_they_were_missing(
    district: District, member: Caller, holder: Holder, storage: Storage
) -> None:
    consent = agree(member)
    good(bring(member), 201)
    before, other = keys(storage), district.sign_in(Role.secretary, "B12")
    for key in (holder.member_id, uuid4()):
        refused(other.get(f"/v1/photos/{key}"), 404, "not_found")
        refused(other.delete(f"/v1/photos/{key}"), 404, "not_found")
        refused(bring(other, whose=str(key)), 404, "not_found")
        refused(other.get("/v1/consents", params={"member_id": str(key)}), 404, "not_found")
        refused(other.post("/v1/consents", json={**AGREE, "member_id": str(key)}), 404, "not_found")
    refused(other.post(f"/v1/consents/{consent['id']}/withdraw"), 404, "not_found")
    refused(other.post(f"/v1/consents/{uuid4()}/withdraw"), 404, "not_found")
    assert keys(storage) == before
    assert member.get("/v1/photos/mine").status_code == 200


def test_a_deputy_may_look_and_not_touch(district: District, member: Caller, holder: Holder) -> None:
    agree(member)
    good(bring(member), 201)
    deputy = district.sign_in(Role.deputy, "B11")
    assert deputy.get(f"/v1/photos/{holder.member_id}").status_code == 200
    good(deputy.get("/v1/consents", params={"member_id": str(holder.member_id)}))
    refused(bring(deputy, whose=str(holder.member_id)), 403, "forbidden")
    refused(deputy.delete(f"/v1/photos/{holder.member_id}"), 403, "forbidden")
    refused(on_paper(deputy, holder), 403, "forbidden")


def test_what_is_no_photo_is_refused_and_the_former_stays(member: Caller, storage: Storage) -> None:
    agree(member)
    first = good(bring(member), 201)
    before = keys(storage)
    refused(bring(member, b"%PDF-1.7"), 422, "not_a_picture")
    refused(bring(member, FACE[:2000]), 422, "picture_damaged")
    refused(bring(member, drawn("PNG", size=(6000, 4001))), 413, "picture_too_large")
    assert keys(storage) == before
    assert sha256(member.get("/v1/photos/mine").content).hexdigest() == first["digest"]


def test_of_one_who_has_left_no_photo_is_taken(district: District, secretary: Caller, holder: Holder) -> None:
    with district.work() as work:
        row = work.get_one(Member, holder.member_id)
        row.status, row.left_on = MemberStatus.left, date(2026, 1, 1)
    refused(on_paper(secretary, holder), 409, "member_has_left")
    refused(bring(secretary, whose=str(holder.member_id)), 409, "member_has_left")


def test_the_text_is_told_before_it_is_agreed_to(member: Caller) -> None:
    (text,) = good(member.get("/v1/consents/texts"))["items"]
    assert (text["kind"], text["version"]) == ("photo", "photo-1")
    assert "照片" in text["zh"]["what"] and "photo" in text["en"]["what"]
    assert set(text["zh"]) == set(text["en"]) == {"handler", "what", "purpose", "seen_by", "kept", "voluntary", "withdraw"}


def test_a_member_agrees_brings_a_photo_and_a_stranger_sees_it(
    district: District, member: Caller, holder: Holder, storage: Storage
) -> None:
    assert scanned(district, holder) == (None, 404)
    consent = agree(member)
    assert (consent["source"], consent["withdrawn_at"]) == ("in_app", None)
    photo = good(bring(member), 201)
    assert (photo["width"], photo["height"], photo["media_type"]) == (600, 800, "image/jpeg")
    shown = member.get("/v1/photos/mine")
    assert sha256(shown.content).hexdigest() == photo["digest"] and shown.headers["ETag"] == f'"{photo["digest"]}"'
    assert shown.headers["Content-Disposition"].startswith("attachment") and shown.headers["Cache-Control"] == "no-store"
    assert member.get("/v1/photos/mine", headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304
    assert scanned(district, holder) == (f"/C/{holder.code}/photo", 200)
    assert district.client.get(f"/C/{holder.code}/photo").content == shown.content
    assert len(keys(storage)) == 1 and keys(storage)[0].startswith("portrait/")
    assert deeds(district) == ["give_own_consent", "set_own_photo"]
    assert sweep_files(district.house.database, storage, datetime.now(UTC) + timedelta(days=30)).orphans == 0
    assert scanned(district, holder)[1] == 200, "the sweep leaves it"


@pytest.mark.parametrize("other", [b"the keys of the house", None, b"", FACE], ids=["text", "longer", "empty", "another face"])
def test_what_was_put_in_the_place_of_a_photo_is_given_to_nobody(
    district: District, member: Caller, secretary: Caller, holder: Holder, storage: Storage, other: bytes | None
) -> None:
    agree(member)
    good(bring(member), 201)
    (key,) = keys(storage)
    with storage.open(key) as source:
        photo = source.read()
    storage.put(key, BytesIO(photo + b"x" if other is None else other), "image/jpeg")
    doors = (
        (district.client, f"/C/{holder.code}/photo"),
        (member, "/v1/photos/mine"),
        (secretary, f"/v1/photos/{holder.member_id}"),
        (member, f"/v1/files/mine/{stored(district)[1][0].id}"),
    )
    for caller, path in doors:
        with capture_logs() as lines:
            refused(caller.get(path), 404, "not_found")
        assert {"event": "object_damaged", "key": key, "log_level": "error"} in lines
    with zipfile.ZipFile(BytesIO(member.get("/v1/privacy/mine").content)) as archive:
        assert [name for name in archive.namelist() if name.startswith("files/")] == []
    storage.put(key, BytesIO(photo), "image/jpeg")
    for caller, path in doors:
        assert caller.get(path).content == photo
    with zipfile.ZipFile(BytesIO(member.get("/v1/privacy/mine").content)) as archive:
        assert [archive.read(name) for name in archive.namelist() if name.startswith("files/")] == [photo]


def test_another_photo_takes_the_place_of_the_former(
    district: District, member: Caller, secretary: Caller, holder: Holder, storage: Storage
) -> None:
    agree(member)
    first = good(bring(member), 201)
    (old_key,) = keys(storage)
    second = good(bring(secretary, OTHER_FACE, str(holder.member_id)), 201)
    assert second["digest"] != first["digest"] and second["version"] > first["version"]
    (key,) = set(keys(storage)) - {old_key}
    assert keys_after_the_sweep(district) == [key]
    photos, files = stored(district)
    assert [photo.file_id for photo in photos] == [file.id for file in files]
    assert [(file.attached_kind, file.attached_id) for file in files] == [("photo", photos[0].id)]
    assert Image.open(BytesIO(secretary.get(f"/v1/photos/{holder.member_id}").content)).size == (500, 700)


def test_the_same_photo_sent_twice_is_one_photo(district: District, member: Caller, storage: Storage) -> None:
    agree(member)
    first, again = good(bring(member), 201), good(bring(member), 201)
    assert first == again and len(keys(storage)) == 1
    assert deeds(district) == ["give_own_consent", "set_own_photo"]
    keyed = {"Idempotency-Key": "k1"}
    assert bring(member, OTHER_FACE, headers=keyed).json() == bring(member, OTHER_FACE, headers=keyed).json()
    assert len(stored(district)[1]) == 1


def test_agreeing_twice_is_agreeing_once_and_withdrawing_twice_withdrawing_once(district: District, member: Caller) -> None:
    assert agree(member) == agree(member)
    withdraw = {"kind": "photo"}
    first = good(member.post("/v1/consents/mine/withdraw", json=withdraw))
    assert first == good(member.post("/v1/consents/mine/withdraw", json=withdraw))
    (consent,) = first["items"]
    assert consent["withdrawn_at"]
    assert first == good(member.get("/v1/consents/mine"))
    assert deeds(district) == ["give_own_consent", "withdraw_own_consent"]
    assert agree(member)["id"] != consent["id"]
    assert [bool(item["withdrawn_at"]) for item in good(member.get("/v1/consents/mine"))["items"]] == [False, True]


def test_withdrawn_consent_acts_at_the_very_next_scan(district: District, member: Caller, holder: Holder) -> None:
    agree(member)
    good(bring(member), 201)
    assert scanned(district, holder)[1] == 200
    good(member.post("/v1/consents/mine/withdraw", json={"kind": "photo"}))
    assert scanned(district, holder) == (None, 404)
    refused(member.get("/v1/photos/mine"), 404, "not_found")
    assert stored(district) == ([], []) and keys_after_the_sweep(district) == []
    actions = ["give_own_consent", "set_own_photo", "remove_photo", "withdraw_own_consent"]
    assert [deed for deed in deeds(district) if deed != "sweep_files"] == actions


def test_a_secretary_records_and_withdraws_what_was_signed_on_paper(district: District, secretary: Caller, holder: Holder) -> None:
    consent = good(on_paper(secretary, holder), 201)
    assert consent["source"] == "on_paper" and good(on_paper(secretary, holder), 201) == consent
    good(bring(secretary, whose=str(holder.member_id)), 201)
    assert scanned(district, holder)[1] == 200
    first = good(secretary.post(f"/v1/consents/{consent['id']}/withdraw"))
    assert first["withdrawn_at"] and good(secretary.post(f"/v1/consents/{consent['id']}/withdraw")) == first
    assert scanned(district, holder) == (None, 404) and keys_after_the_sweep(district) == []
    found = good(secretary.get("/v1/consents", params={"member_id": str(holder.member_id)}))
    assert found["items"] == [first]


def test_withdrawing_a_consent_of_the_past_leaves_the_standing_one_alone(
    district: District, member: Caller, secretary: Caller, holder: Holder
) -> None:
    past = agree(member)
    good(member.post("/v1/consents/mine/withdraw", json={"kind": "photo"}))
    agree(member)
    good(bring(member), 201)
    good(secretary.post(f"/v1/consents/{past['id']}/withdraw"))
    assert scanned(district, holder)[1] == 200


def test_agreeing_to_a_newer_text_carries_the_photo_on(
    district: District, member: Caller, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(member)
    good(bring(member), 201)
    (old,) = words.TEXTS[ConsentKind.photo]
    monkeypatch.setattr(words, "TEXTS", {ConsentKind.photo: (old, replace(old, version="photo-2"))})
    assert scanned(district, holder)[1] == 200, "what was agreed to stands"
    newer = good(member.post("/v1/consents/mine", json={**AGREE, "text_version": "photo-2"}), 201)
    assert scanned(district, holder)[1] == 200
    (photo,), _ = stored(district)
    assert str(photo.consent_id) == newer["id"]
    good(member.post("/v1/consents/mine/withdraw", json={"kind": "photo"}))
    assert scanned(district, holder) == (None, 404)


@pytest.mark.parametrize("by", ["member", "secretary"])
def test_a_photo_is_removed_and_the_consent_stays(
    district: District, member: Caller, secretary: Caller, holder: Holder, by: str
) -> None:
    agree(member)
    good(bring(member), 201)
    caller, path = (member, "mine") if by == "member" else (secretary, str(holder.member_id))
    for _ in range(2):
        assert caller.delete(f"/v1/photos/{path}").status_code == 204
    assert scanned(district, holder) == (None, 404) and keys_after_the_sweep(district) == []
    good(bring(member), 201)


def test_with_a_member_who_leaves_go_his_photo_and_every_consent(
    district: District, member: Caller, secretary: Caller, holder: Holder, storage: Storage
) -> None:
    agree(member)
    good(bring(member), 201)
    left = secretary.post(f"/v1/members/{holder.member_id}/leave", json={"kind": "withdrew", "reason": "本人申请"})
    assert left.status_code == 200, left.text
    assert stored(district) == ([], [])
    with district.work() as work:
        assert all(consent.withdrawn_at for consent in work.exec(select(Consent)).all())
    assert scanned(district, holder)[1] == 404
    assert sweep_files(district.house.database, storage, datetime.now(UTC) + timedelta(days=2)).discarded == 1
    assert keys(storage) == []


def test_a_store_that_cannot_delete_does_not_hold_up_a_withdrawal(
    district: District, member: Caller, holder: Holder, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable

    agree(member)
    good(bring(member), 201)
    with monkeypatch.context() as patch:
        patch.setattr(type(storage), "delete", fail)
        good(member.post("/v1/consents/mine/withdraw", json={"kind": "photo"}))
    assert scanned(district, holder) == (None, 404) and len(keys(storage)) == 1
    assert sweep_files(district.house.database, storage, datetime.now(UTC) + timedelta(days=2)).discarded == 1
    assert keys(storage) == []


def test_when_the_commit_fails_the_former_photo_is_still_there(
    district: District, member: Caller, holder: Holder, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    agree(member)
    first = good(bring(member), 201)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "_commit", fail)
        assert bring(member, OTHER_FACE).status_code == 500
        assert member.post("/v1/consents/mine/withdraw", json={"kind": "photo"}).status_code == 500
        assert member.delete("/v1/photos/mine").status_code == 500
    assert sha256(member.get("/v1/photos/mine").content).hexdigest() == first["digest"]
    assert scanned(district, holder)[1] == 200


def test_a_photo_set_while_its_consent_is_withdrawn_does_not_outlive_it(
    district: District, member: Caller, holder: Holder, storage: Storage
) -> None:
    for _ in range(6):
        agree(member)
        start = threading.Barrier(2)

        def withdraw(start: threading.Barrier = start) -> None:
            start.wait()
            good(member.post("/v1/consents/mine/withdraw", json={"kind": "photo"}))

        thread = threading.Thread(target=withdraw)
        thread.start()
        start.wait()
        assert bring(member).status_code in (201, 409)
        thread.join()
        assert stored(district)[0] == []
        assert scanned(district, holder) == (None, 404)


def test_an_account_sees_its_own_photo_only(district: District, member: Caller) -> None:
    agree(member)
    good(bring(member), 201)
    other = hold(district.house, district.ids["B11"], "方国庆")
    colleague = district.sign_in(Role.member, "B11", member_id=other.member_id)
    refused(colleague.get("/v1/photos/mine"), 404, "not_found")
    assert good(colleague.get("/v1/consents/mine")) == {"items": []}
    assert UUID(good(bring_after_agreeing(colleague), 201)["member_id"]) == other.member_id


def bring_after_agreeing(caller: Caller) -> Any:
    agree(caller)
    return bring(caller)


@pytest.mark.engine("sqlite")
def test_of_many_consents_the_newest_are_told(district: District, member: Caller, secretary: Caller, holder: Holder) -> None:
    with district.work() as work:
        about: dict[str, Any] = {"member_id": holder.member_id, "kind": ConsentKind.photo, "source": ConsentSource.in_app}
        by = UUID(member.account_id)
        for number in range(503):
            text = f"photo-{number}"
            work.add(Consent(**about, text_version=text, given_at=work.at, given_by=by, withdrawn_at=work.at, withdrawn_by=by))
            work.flush()
    for told in (
        good(member.get("/v1/consents/mine")),
        good(secretary.get("/v1/consents", params={"member_id": str(holder.member_id)})),
    ):
        assert [one["text_version"] for one in told["items"]] == [f"photo-{number}" for number in range(502, 2, -1)]
