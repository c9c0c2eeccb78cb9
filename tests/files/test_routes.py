from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest
from PIL import Image
from sqlmodel import col, select

from api.access.permissions import Permission, roles_with
from api.access.scope import Access
from api.adapters import pictures
from api.adapters.pictures import MAX_PICTURE_BYTES
from api.adapters.storage import Storage
from api.adapters.storage_folder import FolderStorage
from api.corrections.proposal import seal
from api.corrections.service import ATTACHMENTS
from api.database import Database, Origin
from api.errors import Unavailable
from api.files import brought, rules, service
from api.files.kinds import AttachmentKind
from api.house import House
from models.account import Account
from models.correction import CorrectionRequest
from models.enums import FilePurpose, FileState, MemberStatus, Role
from models.file import StoredFile
from models.idempotency import IdempotentRequest
from models.member import Member
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.outcomes import deeds, refused

ON_STORAGES = ("folder", "s3")
SENT = drawn("PNG", size=(400, 300))
TYPE = {"media_type": "image/png"}


@pytest.fixture
def member(district: District) -> Caller:
    return district.sign_in(Role.member, "B11")


@pytest.fixture
def storage(district: District) -> Storage:
    return district.house.storage


def upload(caller: Caller, content: bytes = SENT, name: str = "照片.png", **more: Any) -> Any:
    return caller.post("/v1/files", files={"file": (name, content)}, **more)


def uploaded(caller: Caller) -> dict[str, Any]:
    answer = upload(caller)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def begun(caller: Caller) -> dict[str, Any]:
    answer = caller.post("/v1/files/uploads", json=TYPE)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def bring(caller: Caller, upload: dict[str, Any], content: bytes = SENT) -> int:
    """Follow the form, as a client does: to our own door with the token, to the store's without."""
    form = upload["form"]
    if form["url"].startswith("/"):
        return int(caller.post(form["url"], data=form["fields"], files={"file": ("x", content)}).status_code)
    assert "Authorization" not in form["fields"]
    return httpx.post(form["url"], data=form["fields"], files={"file": ("x", content)}, timeout=10).status_code


def complete(caller: Caller, upload: dict[str, Any]) -> Any:
    return caller.post(f"/v1/files/uploads/{upload['file']['id']}/complete")


def rows(district: District) -> list[StoredFile]:
    with district.work() as work:
        return list(work.exec(select(StoredFile).order_by(col(StoredFile.id))).all())


def keys(storage: Storage) -> list[str]:
    return sorted(item.key for item in storage.objects())


def access_of(district: District, caller: Caller) -> Access:
    with district.work() as work:
        account = work.get_one(Account, UUID(caller.account_id))
    return Access(account.id, uuid4(), account.organization_id, account.member_id, Permission.own_record, ())


def correction_of(district: District, code: str = "B11") -> CorrectionRequest:
    with district.work() as work:
        member = Member.model_validate(
            {
                "organization_id": district.ids[code],
                "full_name": "方秀兰",
                "joined_on": "1995-07-01",
                "status": MemberStatus.full,
            }
        )
        work.add(member)
        work.flush()
        found = CorrectionRequest(member_id=member.id, organization_id=member.organization_id, changes_sealed=b"")
        seal(found, {"job_title": "会计"}, district.house.cipher)
        work.add(found)
        return found


def attach(district: District, caller: Caller, target: CorrectionRequest, *file_ids: str) -> list[StoredFile]:
    with district.work() as work:
        return service.attach(work, access_of(district, caller), [UUID(key) for key in file_ids], ATTACHMENTS, target.id)


def test_what_is_no_picture_is_refused_in_words_that_a_member_understands(
    district: District, member: Caller, storage: Storage
) -> None:
    for content in (b"", b"%PDF-1.7", b"<svg/>", drawn("GIF")):
        body = refused(upload(member, content, "证件照.jpg"), 422, "not_a_picture")
        assert body["detail"] == "这不是照片。请上传 JPG 或 PNG 照片。"
    refused(upload(member, SENT[:-300]), 422, "picture_damaged")
    assert rows(district) == [] and keys(storage) == []


def test_what_is_too_large_is_refused(district: District, member: Caller, storage: Storage) -> None:
    refused(upload(member, SENT + bytes(MAX_PICTURE_BYTES)), 413, "picture_too_large")
    refused(upload(member, bytes(MAX_PICTURE_BYTES + 100_000)), 413, "too_large")
    refused(upload(member, drawn("PNG", size=(6000, 4001))), 413, "picture_too_large")
    assert rows(district) == [] and keys(storage) == []


def test_nobody_leaves_more_than_a_few_files_unused(
    district: District, member: Caller, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "UNUSED_AT_ONCE", 2)
    uploaded(member)
    begun(member)
    before = keys(storage)
    refused(upload(member), 409, "too_many_files")
    refused(member.post("/v1/files/uploads", json=TYPE), 409, "too_many_files")
    assert keys(storage) == before
    uploaded(district.sign_in(Role.member, "B11"))


def test_a_picture_is_kept_anew_under_a_name_of_ours(district: District, member: Caller, storage: Storage) -> None:
    for name in ("../../x.php", "a\r\nX-Evil: 1.jpg", "x" * 4000, "a\x00b", "\u202egpj.exe", "照片.png"):
        answer = upload(member, SENT, name)
        assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["purpose"], body["state"], body["media_type"]) == ("attachment", "ready", "image/jpeg")
    assert (body["width"], body["height"]) == (400, 300)
    shown = member.get(f"/v1/files/mine/{body['id']}")
    assert shown.status_code == 200
    assert sha256(shown.content).hexdigest() == body["digest"]
    assert len(shown.content) == body["size"]
    assert Image.open(BytesIO(shown.content)).format == "JPEG"
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["Content-Disposition"] == f'attachment; filename="{body["id"]}.jpg"'
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["ETag"] == f'"{body["digest"]}"'
    row = next(row for row in rows(district) if row.id == UUID(body["id"]))
    assert row.organization_id == district.ids["B11"] and row.attached_kind is None
    assert row.storage_key in keys(storage) and body["digest"] not in row.storage_key
    assert deeds(district, body["id"]) == ["upload_file"]


def test_a_picture_that_is_known_is_not_sent_again(member: Caller) -> None:
    body = uploaded(member)
    url = f"/v1/files/mine/{body['id']}"
    for tags in (f'"{body["digest"]}"', f'W/"{body["digest"]}"', f'"x", "{body["digest"]}"'):
        held = member.get(url, headers={"If-None-Match": tags})
        assert (held.status_code, held.content, held.headers["ETag"]) == (304, b"", f'"{body["digest"]}"')
    for tags in ('"x"', '"'):
        assert member.get(url, headers={"If-None-Match": tags}).status_code == 200


def test_the_same_upload_sent_again_is_one_file(district: District, member: Caller) -> None:
    headers = {"Idempotency-Key": "k1"}
    first, again = upload(member, headers=headers), upload(member, headers=headers)
    assert first.json() == again.json() and len(rows(district)) == 1


def test_a_file_is_shown_to_nobody_but_its_owner_before_it_is_attached(district: District, member: Caller) -> None:
    file_id = uploaded(member)["id"]
    refused(district.sign_in(Role.member, "B11").get(f"/v1/files/mine/{file_id}"), 404, "not_found")
    refused(district.sign_in(Role.secretary, "B11").get(f"/v1/files/mine/{file_id}"), 404, "not_found")
    refused(district.sign_in(Role.secretary, "B11").get(f"/v1/files/{file_id}"), 404, "not_found")
    refused(member.get(f"/v1/files/{file_id}"), 404, "not_found")
    refused(member.get(f"/v1/files/mine/{uuid4()}"), 404, "not_found")


def test_an_attached_file_is_shown_within_reach_only(district: District, member: Caller) -> None:
    target = correction_of(district, "B12")
    file_id = uploaded(member)["id"]
    attach(district, member, target, file_id)
    assert district.sign_in(Role.secretary, "B12").get(f"/v1/files/{file_id}").status_code == 200
    assert district.sign_in(Role.secretary, "V1").get(f"/v1/files/{file_id}").status_code == 200
    refused(district.sign_in(Role.secretary, "B11").get(f"/v1/files/{file_id}"), 404, "not_found")
    assert member.get(f"/v1/files/mine/{file_id}").status_code == 200


def test_what_hangs_on_a_thing_of_no_declared_kind_is_shown_to_nobody(district: District, member: Caller) -> None:
    file_id = uploaded(member)["id"]
    with district.work() as work:
        file = work.get_one(StoredFile, UUID(file_id))
        file.attached_kind, file.attached_id = "photo", uuid4()
    refused(district.sign_in(Role.district_officer, "D").get(f"/v1/files/{file_id}"), 404, "not_found")


def test_a_kind_is_seen_by_its_own_rule_and_takes_pictures_of_its_own_purpose(
    district: District, member: Caller, house: House
) -> None:
    """What a room that comes later does: it declares a kind, and `building.py` names it."""
    seen: list[tuple[Permission, UUID]] = []
    account = AttachmentKind(
        Account, Permission.account_read, lambda work, access, key: seen.append((access.permission, key)), FilePurpose.portrait
    )
    key, storage = UUID(member.account_id), house.storage
    file_id, caller = UUID(uploaded(member)["id"]), access_of(district, member)
    with district.work() as work:
        with pytest.raises(rules.NotYourFile):
            service.attach(work, caller, [file_id], account, key)
        service.attach(work, caller, [file_id], replace(account, purpose=FilePurpose.attachment), key)
    kinds = [*house.attachments, account]
    assert service.show_file(house.database, Origin("test"), storage, caller, file_id, (), kinds).content
    assert seen == [(Permission.account_read, key)]


def test_every_kind_has_a_name_of_its_own_and_the_doors_permission_with_its_own(house: House) -> None:
    names = [kind.name for kind in house.attachments]
    assert names and len(names) == len(set(names))
    for kind in house.attachments:
        assert roles_with(kind.permission) <= roles_with(Permission.file_read), kind.name


def test_only_ones_own_unused_pictures_can_be_attached(district: District, member: Caller) -> None:
    target, other = correction_of(district), correction_of(district)
    colleague = district.sign_in(Role.member, "B11")
    mine, used, foreign = uploaded(member)["id"], uploaded(member)["id"], uploaded(colleague)["id"]
    awaited = begun(member)["file"]["id"]
    attach(district, member, other, used)
    for wrong in (used, foreign, awaited, str(uuid4())):
        with pytest.raises(rules.NotYourFile):
            attach(district, member, target, mine, wrong)
    with district.work() as work:
        assert service.attachments(work, ATTACHMENTS, [target.id]) == {}


def test_pictures_are_attached_in_their_order_and_attaching_them_twice_is_no_harm(district: District, member: Caller) -> None:
    target = correction_of(district)
    one, two = uploaded(member)["id"], uploaded(member)["id"]
    for _ in range(2):
        assert [str(file.id) for file in attach(district, member, target, two, one, two)] == [two, one]
    with district.work() as work:
        assert service.attachments(work, ATTACHMENTS, [target.id]) == {target.id: [UUID(one), UUID(two)]}
    assert attach(district, member, target) == []


def test_an_upload_in_two_steps_is_looked_at_before_it_is_a_file(district: District, member: Caller, storage: Storage) -> None:
    upload = begun(member)
    file_id = upload["file"]["id"]
    assert (upload["file"]["state"], upload["file"]["digest"]) == ("awaited", None)
    refused(complete(member, upload), 409, "not_brought_yet")
    refused(member.get(f"/v1/files/mine/{file_id}"), 404, "not_found")
    assert bring(member, upload) == 204
    (raw,) = keys(storage)
    assert raw.startswith("incoming/")
    refused(member.get(f"/v1/files/mine/{file_id}"), 404, "not_found")
    answer = complete(member, upload)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "ready" and answer.json()["media_type"] == "image/jpeg"
    (key,) = keys(storage)
    assert key.startswith("attachment/") and key == rows(district)[0].storage_key
    shown = member.get(f"/v1/files/mine/{file_id}")
    assert sha256(shown.content).hexdigest() == answer.json()["digest"]
    again = complete(member, upload)
    assert (again.status_code, again.json()) == (200, answer.json())
    assert keys(storage) == [key]
    assert deeds(district, file_id) == ["begin_upload", "complete_upload"]


def test_what_is_brought_and_is_no_picture_is_refused_and_removed(district: District, member: Caller, storage: Storage) -> None:
    upload = begun(member)
    assert bring(member, upload, b"<html><script>alert(1)</script></html>") == 204
    body = refused(complete(member, upload), 422, "upload_refused")
    assert body["why"] == "not_a_picture" and body["detail"] == "这不是照片。请上传 JPG 或 PNG 照片。"
    assert rows(district) == [] and keys(storage) == []
    assert deeds(district, upload["file"]["id"]) == ["begin_upload", "refuse_upload"]
    refused(complete(member, upload), 404, "not_found")


def test_a_refusal_that_leaves_a_trace_leaves_its_key_free(
    district: District, member: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, headers = begun(member), {"Idempotency-Key": "k1"}
    url = f"/v1/files/uploads/{upload['file']['id']}/complete"
    # As two requests look that are sent at once: both before either has removed the row.
    monkeypatch.setattr(service, "look_again", lambda *_: nullcontext(service.SecondLook(refusal=pictures.NotAPicture())))
    refused(member.post(url, headers=headers), 422, "upload_refused")
    refused(member.post(url, headers=headers), 404, "not_found")
    assert deeds(district, upload["file"]["id"]) == ["begin_upload", "refuse_upload"]
    with district.work() as work:
        assert work.exec(select(IdempotentRequest)).all() == []


def test_what_is_brought_too_large_is_refused_though_the_store_took_it(
    district: District, member: Caller, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = begun(member)
    storage.put(rows(district)[0].storage_key, BytesIO(SENT + bytes(MAX_PICTURE_BYTES)), "image/png")
    assert refused(complete(member, upload), 422, "upload_refused")["why"] == "picture_too_large"
    assert rows(district) == [] and keys(storage) == []


def test_the_form_of_the_store_takes_nothing_over_the_limit(member: Caller, storage: Storage) -> None:
    assert bring(member, begun(member), SENT + bytes(MAX_PICTURE_BYTES)) in (400, 413)
    assert keys(storage) == []


def test_only_who_began_an_upload_can_bring_and_complete_it(district: District, member: Caller, storage: Storage) -> None:
    upload = begun(member)
    for other in (district.sign_in(Role.member, "B11"), district.sign_in(Role.district_officer, "D")):
        url = f"/v1/files/uploads/{upload['file']['id']}/content"
        refused(other.post(url, files={"file": ("x", SENT)}), 404, "not_found")
        refused(complete(other, upload), 404, "not_found")
    assert keys(storage) == []
    assert bring(member, upload) == 204


def test_our_own_door_takes_the_content_of_an_awaited_file_on_either_storage(member: Caller) -> None:
    upload = begun(member)
    url = f"/v1/files/uploads/{upload['file']['id']}/content"
    refused(member.post(url, files={"file": ("x", bytes(MAX_PICTURE_BYTES + 1))}), 413, "picture_too_large")
    assert member.post(url, files={"file": ("x", b"first try")}).status_code == 204
    assert member.post(url, files={"file": ("x", SENT)}).status_code == 204
    assert complete(member, upload).status_code == 200
    refused(member.post(url, files={"file": ("x", SENT)}), 409, "upload_is_over")


def test_an_upload_is_over_after_its_time(district: District, member: Caller) -> None:
    upload = begun(member)
    assert bring(member, upload) == 204
    with district.work() as work:
        work.get_one(StoredFile, UUID(upload["file"]["id"])).awaited_until = datetime.now(UTC) - timedelta(seconds=1)
    refused(complete(member, upload), 409, "upload_is_over")
    refused(member.post(f"/v1/files/uploads/{upload['file']['id']}/content", files={"file": ("x", SENT)}), 409, "upload_is_over")


def fail(*_: object, **__: object) -> None:
    raise Unavailable(retry_after=5)


def test_when_the_store_takes_nothing_no_row_is_left(
    district: District, member: Caller, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(storage), "put", fail)
    answer = upload(member)
    refused(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert rows(district) == []


def test_when_the_commit_fails_no_row_is_left_and_no_object_but_what_was_brought(
    district: District, member: Caller, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    pending = begun(member)
    assert bring(member, pending) == 204
    raw = keys(storage)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "_commit", _raise)
        assert upload(member).status_code == 500
        assert complete(member, pending).status_code == 500
    assert [row.state for row in rows(district)] == [FileState.awaited]
    assert keys(storage) == raw, "what was brought is not lost with the transaction"
    assert complete(member, pending).status_code == 200


def _raise(*_: object) -> None:
    raise RuntimeError("the commit fails")


def test_a_missing_object_is_told_as_not_found_and_never_as_a_failure(district: District, member: Caller, storage: Storage) -> None:
    file_id = uploaded(member)["id"]
    storage.delete(rows(district)[0].storage_key)
    refused(member.get(f"/v1/files/mine/{file_id}"), 404, "not_found")


def test_pictures_are_read_before_the_writing_transaction_begins(
    district: District, member: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing: list[UUID] = []
    read = pictures.read_picture

    def watched(*arguments: Any) -> Any:
        with district.work() as work:
            # On SQLite this takes the one lock that there is for writing.
            work.connection()
        writing.append(arguments[2])
        return read(*arguments)

    for module in (brought, service):
        monkeypatch.setattr(module, "read_picture", watched)
    uploaded(member)
    pending = begun(member)
    bring(member, pending)
    assert complete(member, pending).status_code == 200
    assert len(writing) >= 2 and {*writing} == {UUID(member.account_id)}, "another could write meanwhile; each takes his turn"


def test_a_demonstration_and_a_small_installation_keep_files_in_a_folder(storage: Storage, storage_kind: str) -> None:
    assert isinstance(storage, FolderStorage) is (storage_kind == "folder")
