"""What nobody needs is cleared away after a day, and nothing else ever is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update

from api import logs
from api.adapters.storage import Storage, StoredObject
from api.database import Origin
from api.errors import Unavailable
from api.files import rules, service, sweep
from api.files.brought import prepare_picture
from api.files.sweep import Swept, sweep_files
from models.audit import AuditLine
from models.enums import ConsentKind, ConsentSource, FilePurpose, Role
from models.file import DiscardedObject, StoredFile
from models.photo import Consent, Photo
from tests.accounts.people import enrol
from tests.conftest import Caller, District
from tests.files.drawings import drawn

ON_STORAGES = ("folder", "s3")
NOTHING = Swept(0, 0, 0, 0)
DAY = timedelta(days=1)


@pytest.fixture
def member(district: District) -> Caller:
    return district.sign_in(Role.member, "B11")


@pytest.fixture
def storage(district: District) -> Storage:
    return district.house.storage


def swept(district: District, *, after: timedelta) -> Swept:
    return sweep_files(district.house.database, district.house.storage, datetime.now(UTC) + after)


def keys(storage: Storage) -> list[str]:
    return sorted(item.key for item in storage.objects())


def put(district: District, member: Caller, *, attached: bool) -> StoredFile:
    prepared = prepare_picture(district.house.storage, BytesIO(drawn()), FilePurpose.attachment, None)
    with district.work() as work:
        file = service.add_file(work, prepared, organization_id=district.ids["B11"], uploaded_by=UUID(member.account_id))
        if attached:
            file.attached_kind, file.attached_id = "correction_request", uuid4()
        return file


def awaited(district: District, member: Caller) -> StoredFile:
    answer = member.post("/v1/files/uploads", json={"media_type": "image/png"})
    with district.work() as work:
        file: StoredFile = work.get_one(StoredFile, UUID(answer.json()["file"]["id"]))
    district.house.storage.put(file.storage_key, BytesIO(b"half"), "image/png")
    return file


def left(district: District) -> list[UUID]:
    with district.work() as work:
        return list(work.exec(select(StoredFile.id).order_by(col(StoredFile.id))).all())


def test_nothing_is_swept_before_its_time(district: District, member: Caller, storage: Storage) -> None:
    files = [put(district, member, attached=False), put(district, member, attached=True), awaited(district, member)]
    storage.put("attachment/aa/orphan", BytesIO(b"x"), "image/jpeg")
    before = keys(storage)
    assert swept(district, after=timedelta(minutes=59)) == NOTHING
    assert left(district) == [file.id for file in files] and keys(storage) == before


def test_what_never_came_belongs_to_nothing_or_has_no_row_is_swept_and_what_is_attached_stays(
    district: District, member: Caller, storage: Storage
) -> None:
    kept = [put(district, member, attached=True) for _ in range(2)]
    put(district, member, attached=False)
    awaited(district, member)
    for number in range(3):
        storage.put(f"portrait/aa/orphan{number}", BytesIO(b"x"), "image/jpeg")
    assert swept(district, after=timedelta(hours=1, minutes=1)) == Swept(1, 0, 0, 0)
    assert swept(district, after=DAY + timedelta(minutes=1)) == Swept(0, 1, 0, 3)
    assert left(district) == [file.id for file in kept]
    assert swept(district, after=2 * DAY + timedelta(minutes=2)) == Swept(0, 0, 1, 0)
    assert keys(storage) == sorted(file.storage_key for file in kept)
    assert swept(district, after=30 * DAY) == NOTHING


def test_what_was_used_and_let_go_again_has_its_day_from_then_on(district: District, member: Caller) -> None:
    file = put(district, member, attached=False)
    with district.work() as work:
        work.exec(update(StoredFile).where(col(StoredFile.id) == file.id).values(created_at=datetime.now(UTC) - 9 * DAY))
    assert swept(district, after=timedelta()) == NOTHING


def test_the_object_of_a_file_that_was_removed_stays_for_as_long_as_a_backup_may_read_it(
    district: District, member: Caller, storage: Storage
) -> None:
    file = put(district, member, attached=False)
    month = datetime.now(UTC) + 30 * DAY
    with district.house.database.writing(Origin("test", month)) as work:
        service.remove_file(work, work.get_one(StoredFile, file.id))
    assert member.get(f"/v1/files/mine/{file.id}").status_code == 404
    # Although the object is older than a month by then.
    assert sweep_files(district.house.database, storage, month + rules.LONGEST_BACKUP) == NOTHING
    assert keys(storage) == [file.storage_key]
    after = month + rules.LONGEST_BACKUP + timedelta(seconds=1)
    assert sweep_files(district.house.database, storage, after) == Swept(0, 0, 1, 0)
    assert keys(storage) == [] and sweep_files(district.house.database, storage, after) == NOTHING


def test_what_else_lies_in_the_same_storage_is_left_alone(district: District, storage: Storage) -> None:
    foreign = ["backups/2026/liangxian.tar", "attachments", "photos/x", "x"]
    for key in foreign:
        storage.put(key, BytesIO(b"x"), "image/jpeg")
    assert swept(district, after=30 * DAY) == NOTHING
    assert keys(storage) == sorted(foreign)


def test_what_was_let_go_by_a_clock_that_was_ahead_goes_as_if_it_had_been_now(district: District, storage: Storage) -> None:
    key = f"{FilePurpose.portrait}/{uuid4().hex}"
    storage.put(key, BytesIO(b"a picture of somebody who was erased"), "image/jpeg")
    with district.work() as work:
        work.add(DiscardedObject(storage_key=key, discarded_at=work.at + 50 * DAY))
    assert swept(district, after=timedelta()) == NOTHING
    assert swept(district, after=rules.LONGEST_BACKUP + timedelta(minutes=1)) == Swept(0, 0, 1, 0)
    assert keys(storage) == []


SIGNED = ("audit/20261128t062526.636849z-day-8", "erasures/2026-11-28-00.json", "erasures/tallies/20261128t062526.6z.json")


def test_no_row_has_an_object_deleted_or_written_that_is_of_no_file(
    district: District, member: Caller, storage: Storage, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("ERROR")
    files = [awaited(district, member) for _ in SIGNED]
    for key in SIGNED:
        storage.put(key, BytesIO(b"signed"), "application/json")
    with district.work() as work:
        for file, key in zip(files, SIGNED, strict=True):
            work.get_one(StoredFile, file.id).storage_key = key
        work.add_all(DiscardedObject(storage_key=key, discarded_at=datetime.now(UTC)) for key in SIGNED)
    for file in files:
        path = f"/v1/files/uploads/{file.id}"
        assert member.post(f"{path}/content", files={"file": ("a.png", drawn())}).status_code == 409
        assert member.post(f"{path}/complete").status_code == 422
    assert swept(district, after=2 * DAY).discarded == len(SIGNED)
    assert keys(storage) == sorted(SIGNED), "the objects that no row knows any more are gone"
    for key in SIGNED:
        with storage.open(key) as source:
            assert source.read() == b"signed"
    assert '"object_of_no_file"' in capfd.readouterr().err


def test_what_somebody_has_written_into_a_row_keeps_nothing_else_from_being_swept(
    district: District, member: Caller, storage: Storage, engine: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Names that are none of an object's, moments that are none, a file that is referred to although it hangs on nothing, and an
    object that is said to have been let go before its file was removed."""
    logs.configure("ERROR")
    moment = "infinity" if engine == "postgresql" else "x"
    misnamed = [f"attachment/{name}" for name in ("A", "../../x", "b/", "")]
    shown, gone, soon = (put(district, member, attached=False) for _ in range(3))
    never = awaited(district, member)
    (pictured,) = enrol(district, "B11", "陈国华")
    storage.put("attachment/aa/orphan", BytesIO(b"x"), "image/jpeg")
    with district.work() as work:
        how: dict[str, Any] = {"kind": ConsentKind.photo, "text_version": "1", "source": ConsentSource.on_paper}
        consent = Consent(member_id=pictured, given_at=work.at, given_by=UUID(member.account_id), **how)
        work.add(consent)
        work.flush()
        work.add(Photo(member_id=pictured, file_id=shown.id, consent_id=consent.id))
        work.flush()
        for file in (shown, gone, soon, never):
            work.execute(text(f"UPDATE stored_file SET created_at = '{moment}' WHERE storage_key = '{file.storage_key}'"))
        for key in (*misnamed, gone.storage_key):
            work.execute(text(f"INSERT INTO discarded_object VALUES ('{key}', '2020-01-01')"))
        if engine == "sqlite":
            work.execute(text("INSERT INTO discarded_object VALUES (x'ff', 0), (CAST(x'fe' AS TEXT), '2020-01-01')"))
    for after in (2 * DAY, 4 * DAY):
        with pytest.raises(IntegrityError):
            swept(district, after=after)
    assert keys(storage) == [shown.storage_key] and left(district) == [shown.id]
    with district.work() as work:
        assert not work.execute(text("SELECT 1 FROM discarded_object")).all()
    assert '"object_of_no_file"' in capfd.readouterr().err


@pytest.mark.engine("sqlite")
def test_a_file_whose_key_cannot_be_read_keeps_no_other_from_being_swept_and_is_told(district: District, member: Caller) -> None:
    files = sorted((put(district, member, attached=False) for _ in range(3)), key=lambda file: file.id)
    late = awaited(district, member), awaited(district, member)
    with district.work() as work:
        for file, key in ((files[0], "'!'"), (files[1], "x'ff'"), (min(late, key=lambda file: file.id), "'?'")):
            work.execute(text(f"UPDATE stored_file SET id = {key} WHERE id = '{file.id.hex}'"))
    with pytest.raises(ValueError):
        swept(district, after=2 * DAY)
    with district.work() as work:
        assert work.execute(text("SELECT CAST(id AS BLOB) FROM stored_file ORDER BY id")).all() == [(b"!",), (b"?",), (b"\xff",)]


def test_more_than_one_chunk_is_swept_and_few_rows_are_held(
    district: District, member: Caller, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "CHUNK", 3)
    for _ in range(7):
        put(district, member, attached=False)
    for number in range(8):
        storage.put(f"incoming/aa/{number}", BytesIO(b"x"), "image/jpeg")
    kept = put(district, member, attached=True)
    assert swept(district, after=2 * DAY) == Swept(0, 7, 0, 8)
    assert swept(district, after=4 * DAY) == Swept(0, 0, 7, 0)
    assert left(district) == [kept.id] and keys(storage) == [kept.storage_key]
    with district.work() as work:
        lines = work.exec(select(AuditLine).where(col(AuditLine.action) == "sweep_files").order_by(col(AuditLine.seq))).all()
        assert [line.details["files"] for line in lines] == [3, 3, 1]


def test_a_store_that_fails_while_sweeping_leaves_objects_for_the_next_time(
    district: District, member: Caller, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(district, member, attached=False)
    assert swept(district, after=2 * DAY) == Swept(0, 1, 0, 0)

    def fail(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(type(storage), "delete", fail)
        with pytest.raises(Unavailable):
            swept(district, after=4 * DAY)
    assert left(district) == [] and len(keys(storage)) == 1
    assert swept(district, after=4 * DAY) == Swept(0, 0, 1, 0)
    assert keys(storage) == []


def test_objects_are_not_gathered_in_memory(district: District, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "CHUNK", 10)
    old = datetime.now(UTC) - 2 * DAY
    seen, deleted, most = 0, 0, 0

    def objects(_: Storage) -> Iterator[StoredObject]:
        nonlocal seen, most
        for number in range(1000):
            seen += 1
            most = max(most, seen - deleted)
            yield StoredObject(f"portrait/aa/{number}", 1, old)

    def delete(_: Storage, key: str) -> None:
        nonlocal deleted
        deleted += 1

    monkeypatch.setattr(type(storage), "objects", objects)
    monkeypatch.setattr(type(storage), "delete", delete)
    assert swept(district, after=timedelta()) == Swept(0, 0, 0, 1000)
    assert most <= 11
