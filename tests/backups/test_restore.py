"""A backup, taken while others write, restores elsewhere with nothing lost and nothing half; what cannot be trusted is refused."""

import io
import os
import stat
import tarfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import quote

import pytest
from alembic import command
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlmodel import col, select, update

from api import schema
from api.adapters.storages import open_storage
from api.audit.checkpoints import FOLDER, write_daily
from api.audit.rules import Checkpoint, Occasion, signed
from api.backups import proving, rules
from api.backups.content import CHECKPOINTS
from api.backups.postgresql import PostgresqlPlace
from api.backups.service import backup, restore, verify
from api.backups.sqlite import SqlitePlace
from api.backups.voice import CONTENT_HOLDS, FILES_PART, Voice
from api.errors import Text, Unavailable
from api.settings import Settings, derive
from models.enums import FilePurpose, Role
from models.file import StoredFile
from tests.backups.installation import (
    JSON,
    SILENT,
    Heard,
    Installation,
    change,
    counts,
    is_empty,
    rows,
    serving,
    stored,
)
from tests.conftest import PASSWORD
from tests.files.drawings import drawn
from tests.members.rosters import number, send, sheet

ON_STORAGES = ("folder", "s3")
ROUNDS = int(os.environ.get("BACKUP_ROUNDS", "1"))
BATCH = 40
PHOTO = {"kind": "photo"}
FIRST_DAY = date(1990, 1, 1)


def scan(client: TestClient, code: str) -> Any:
    answer = client.get(f"/C/{quote(code, safe='')}", headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign_in(client: TestClient, username: str) -> dict[str, str]:
    answer = client.post("/v1/sessions", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_backup_is_written_without_an_object_that_is_missing_or_damaged_and_fails_loudly(
    living: Installation, tmp_path: Path, elsewhere: Settings
) -> None:
    key, content = next((key, content) for key, content in living.files.items() if len(content) == 512)
    flipped = bytes([content[0] ^ 1]) + content[1:]
    faulty = {f"no object {key}": None, f"{key} in the storage is not": (content[:-1], content + b"x", flipped)}
    path = tmp_path / "backup.tar"
    for why, contents in faulty.items():
        for other in contents or (None,):
            path.unlink(missing_ok=True)
            living.storage.delete(key)
            if other is not None:
                living.storage.put(key, io.BytesIO(other), "image/jpeg")
            with pytest.raises(rules.FilesLeftOut, match=why):
                backup(living.settings, path, SILENT)
    for action, place in ((verify, living.settings), (restore, elsewhere)):
        with pytest.raises(rules.NotProven, match=f"{key} has no content") as told:
            action(place, path, SILENT)
        assert len(told.value.findings) == 1
    assert stored(elsewhere) == {other: content for other, content in living.files.items() if other != key}


def test_a_backup_fails_loudly_over_a_row_that_names_what_is_no_file(living: Installation, tmp_path: Path) -> None:
    house = living.district.house
    write_daily(house.database, house.storage, house.audit_key, datetime.now(UTC))
    (signed,) = living.storage.objects(FOLDER)
    with living.storage.open(signed.key) as source:
        raw = source.read()
    key = sorted(living.files)[0]
    with living.district.work() as work:
        file_id = work.exec(select(StoredFile.id).where(col(StoredFile.storage_key) == key)).one()
        named = {"size": len(raw), "digest": sha256(raw).hexdigest()}
        work.execute(update(StoredFile).where(col(StoredFile.id) == file_id).values(named))
    path = tmp_path / "backup.tar"
    for name in (signed.key, "attachment/A"):
        with living.district.work() as work:
            work.execute(update(StoredFile).where(col(StoredFile.id) == file_id).values(storage_key=name))
        path.unlink(missing_ok=True)
        with pytest.raises(rules.FilesLeftOut, match=f"registers {name} as a file"):
            backup(living.settings, path, SILENT)
    with pytest.raises(rules.NotProven, match="attachment/A has no content"):
        verify(living.settings, path, SILENT)


def test_nothing_is_restored_over_other_files(living: Installation, archive: Path, elsewhere: Settings) -> None:
    key, storage = sorted(living.files)[-1], open_storage(elsewhere)
    storage.put(key, io.BytesIO(b"of somebody else"), "text/plain")
    with pytest.raises(rules.ObjectTaken, match=key):
        restore(elsewhere, archive, SILENT)
    assert stored(elsewhere) == {key: b"of somebody else"}
    storage.delete(key)
    assert is_empty(elsewhere)


def test_a_storage_that_cannot_delete_does_not_hide_why_a_restoration_failed(
    living: Installation, archive: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def fail(_: object, key: str) -> None:
        tried.append(key)
        raise Unavailable

    def give_up(*_: object) -> None:
        raise rules.ToolFailed(tool="pg_restore", why="killed")

    storage = open_storage(elsewhere)
    storage.check()
    for place in (SqlitePlace, PostgresqlPlace):
        monkeypatch.setattr(place, "take", give_up)
    monkeypatch.setattr(type(storage), "check", lambda _: None)
    monkeypatch.setattr(type(storage), "delete", fail)
    with pytest.raises(rules.ToolFailed):
        restore(elsewhere, archive, SILENT)
    assert sorted(tried[:-1]) == sorted(living.files) and tried[-1].startswith("restoring/"), "each is tried"


def changed(raw: bytes, member: str) -> bytes:
    """An archive in which the content of one member is another one of the same size."""
    with tarfile.open(fileobj=io.BytesIO(raw)) as members:
        info = members.getmember(member)
    begin, end = info.offset_data, info.offset_data + info.size
    return raw[:begin] + bytes(byte ^ 1 for byte in raw[begin:end]) + raw[end:]


@pytest.mark.parametrize("kind", ["database", "file", "checkpoint", "manifest"])
def test_what_somebody_writes_into_an_archive_after_it_was_checked_is_neither_restored_nor_verified(
    living: Installation, archive: Path, elsewhere: Settings, tmp_path: Path, kind: str
) -> None:
    # Of what the first backup has noted, the second has a checkpoint.
    path = tmp_path / "noted.tar"
    backup(living.settings, path, SILENT)
    raw = path.read_bytes()
    with tarfile.open(path) as members:
        names = members.getnames()
    noted = next(name for name in names if name.startswith(CHECKPOINTS))
    pictures = next(name for name in names if name.startswith("files/") and not name.startswith(CHECKPOINTS))
    member = {"database": "database", "file": pictures, "checkpoint": noted, "manifest": "manifest.json"}[kind]

    def write_into(text: Text) -> None:
        if text == CONTENT_HOLDS:
            with path.open("r+b") as file:
                file.write(changed(raw, member))

    voice = Voice(write_into, lambda *_: None)
    with pytest.raises(rules.Damaged, match=member):
        restore(elsewhere, path, voice)
    assert is_empty(elsewhere)
    if kind == "database":
        path.write_bytes(raw)
        with pytest.raises(rules.Damaged, match=member):
            verify(living.settings, path, voice)
    path.write_bytes(raw)
    restore(elsewhere, path, SILENT)


def test_what_could_not_be_proven_is_taken_back_and_can_be_restored_anew(
    living: Installation, archive: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patched:
        patched.setattr(proving, "walk", give_up)
        with pytest.raises(Unavailable):
            restore(elsewhere, archive, SILENT)
    assert is_empty(elsewhere)
    restore(elsewhere, archive, SILENT)
    assert stored(elsewhere) == living.files


def test_a_printed_code_that_the_scan_door_cannot_answer_fails_the_proof(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    change(living.settings, "UPDATE plate SET code = 'no such code'")
    path = tmp_path / "backup.tar"
    backup(living.settings, path, SILENT)
    with pytest.raises(rules.NotProven, match=f"{living.holder.card_id} is answered not_found, and should be answered valid"):
        restore(elsewhere, path, SILENT)


def test_nothing_is_restored_into_the_storage_of_another_installation_whatever_its_keys_are(
    living: Installation, archive: Path, elsewhere: Settings
) -> None:
    storage, other = open_storage(elsewhere), derive(SecretStr("a key of somebody else's, which is long enough"), "audit")
    noted = Checkpoint(Occasion.day, datetime.now(UTC), 500, "ab" * 32)
    theirs = {f"{FOLDER}/{noted.name}": signed(noted, other).encode()}
    for folder in ("incoming", *FilePurpose):
        theirs[f"{folder}/theirs"] = b"a file of theirs"
    for key, content in theirs.items():
        storage.put(key, io.BytesIO(content), "image/jpeg")
        with pytest.raises(rules.StorageInUse, match=key):
            restore(elsewhere, archive, SILENT)
        storage.delete(key)
    assert is_empty(elsewhere)
    storage.put("check/left", io.BytesIO(b"of a try"), "text/plain")
    storage.put(key, io.BytesIO(content), "image/jpeg")
    restore(elsewhere, archive, SILENT, same_storage=True)
    assert stored(elsewhere).keys() >= living.files.keys() | {key}


def test_nothing_is_restored_into_the_storage_that_the_backup_is_of_although_it_has_noted_nothing_since(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    """The sweep of a rehearsal would take whatever the true installation is brought afterwards."""
    house, path = living.district.house, tmp_path / "unnoted.tar"
    write_daily(house.database, house.storage, house.audit_key, datetime.now(UTC))
    change(living.settings, "UPDATE audit_head SET seal = 'x'")
    backup(living.settings, path, SILENT)
    (noted,) = living.storage.objects(FOLDER)
    rehearsal = elsewhere.model_copy(update={"storage_url": living.settings.storage_url})
    with pytest.raises(rules.StorageOfThen, match=noted.key.removeprefix(f"{FOLDER}/")):
        restore(rehearsal, path, SILENT)
    with pytest.raises(rules.NotProven, match="cut_off"):
        restore(rehearsal, path, SILENT, same_storage=True)


def test_files_that_are_there_already_are_kept(living: Installation, archive: Path, elsewhere: Settings) -> None:
    key = sorted(living.files)[0]
    open_storage(elsewhere).put(key, io.BytesIO(living.files[key]), "image/jpeg")
    restore(elsewhere, archive, SILENT)
    assert stored(elsewhere) == living.files


def test_no_key_stands_in_the_archive(living: Installation, archive: Path) -> None:
    settings, content = living.settings, archive.read_bytes()
    masters = [settings.token_secret, settings.digest_key, settings.audit_key]
    masters += [SecretStr(part.partition(":")[2]) for part in settings.data_keys.get_secret_value().split(",")]
    masters += [key for key in (settings.storage_access_key, settings.storage_secret_key) if key]
    purposes = ("audit", "backup", "token", "cursor", "digest", "status", "data")
    for master in masters:
        assert master.get_secret_value().encode() not in content
        for key in (derive(master, purpose) for purpose in purposes):
            assert key not in content and key.hex().encode() not in content
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_a_backup_restores_elsewhere_with_everything_in_it(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str
) -> None:
    code, settings, path = living.holder.code, living.settings, tmp_path / "backup.tar"
    before = scan(living.district.client, code)
    assert before["outcome"] == "valid"
    heard, checking = Heard(), Heard()
    made = backup(settings, path, heard.voice)
    checked = verify(elsewhere, path, checking.voice)
    assert made.manifest == checked.manifest and made.bytes == checked.bytes == path.stat().st_size
    assert (made.manifest.engine, made.files) == (engine, len(living.files))
    assert checked.audit_lines == made.manifest.audit_seq > 0
    for words in ("audit lines hold", "tables hold", "1 printed codes"):
        assert any(words in line for line in checking.said), words
    # Whoever loses a card after the backup must lose it again after the restoration.
    officer = living.district.sign_in(Role.district_officer, "D")
    assert officer.post(f"/v1/cards/{living.holder.card_id}/revoke", json={"reason": "遗失"}).status_code == 200
    assert scan(living.district.client, code)["outcome"] == "revoked"

    done = restore(elsewhere, path, heard.voice)
    assert done.manifest == made.manifest and done.audit_lines == made.manifest.audit_seq
    for words in (
        "audit lines hold",
        "tables hold",
        f"All {len(living.files)} registered files are there",
        "on the disk",
        "1 printed codes",
    ):
        assert any(words in line for line in heard.said), words
    assert any("sessions of then have ended" in line for line in heard.said)
    told = {"audit_line": made.manifest.rows["audit_line"] + 1}
    assert counts(elsewhere) == made.manifest.rows | told and made.manifest.rows["scan_count"] >= 1
    assert stored(elsewhere) == living.files
    with serving(elsewhere) as client:
        again = scan(client, code)
        assert {**again, "verified_at": None} == {**before, "verified_at": None}
        assert "王" in again["card"]["display_name"]
        mine = client.get("/v1/cards/mine/code", headers=sign_in(client, living.username))
        assert mine.status_code == 200, mine.text
        assert scan(client, mine.json()["code"])["outcome"] == "valid"
    if engine == "sqlite":
        database = Path(elsewhere.database_url.removeprefix("sqlite:///"))
        assert stat.S_IMODE(database.stat().st_mode) == 0o600
        assert [path.name for path in database.parent.iterdir()] == ["restored.db", "restored.db-counts"]


def test_a_backup_of_an_older_schema_is_brought_up_to_date(living: Installation, elsewhere: Settings, tmp_path: Path) -> None:
    path, settings = tmp_path / "old.tar", living.settings
    change(settings, "DELETE FROM stored_file")
    command.downgrade(schema.config(settings.database_url), "0001")
    with pytest.raises(rules.OlderSchema, match="0001"):
        backup(settings, path, SILENT)
    heard = Heard()
    made = verify(elsewhere, path, SILENT)
    assert (made.manifest.revision, made.files) == ("0001", 0) and "stored_file" not in made.manifest.rows
    restore(elsewhere, path, heard.voice)
    assert any("brought from 0001" in line for line in heard.said)
    schema.check(elsewhere.database_url)
    with serving(elsewhere) as client:
        assert scan(client, living.holder.code)["outcome"] == "valid"


@pytest.mark.parametrize("deed", ["replaced", "removed", "withdrawn"])
def test_a_photo_that_goes_while_a_backup_runs_is_in_the_backup_and_shown_to_nobody(
    living: Installation, elsewhere: Settings, tmp_path: Path, deed: str
) -> None:
    holder = living.district.sign_in_as(living.username)
    agree = {"kind": "photo", "text_version": holder.get("/v1/consents/texts").json()["items"][0]["version"]}
    assert holder.post("/v1/consents/mine", json=agree).status_code == 201
    assert holder.post("/v1/photos/mine", files={"file": ("me.jpg", drawn())}).status_code == 201
    ((portrait,),) = rows(living.settings, "SELECT storage_key FROM stored_file WHERE purpose = 'portrait'")
    assert sorted([portrait, *living.files])[-1] == portrait, "the photo is read last"

    def meddle(part: Text, done: int, _: int) -> None:
        if (part, done) != (FILES_PART, 1):
            return
        if deed == "replaced":
            assert holder.post("/v1/photos/mine", files={"file": ("me.jpg", drawn(size=(60, 80)))}).status_code == 201
            return
        gone = holder.delete("/v1/photos/mine") if deed == "removed" else holder.post("/v1/consents/mine/withdraw", json=PHOTO)
        assert gone.status_code in (200, 204) and holder.get("/v1/photos/mine").status_code == 404
        assert living.district.client.get(f"/C/{living.holder.code}/photo").status_code == 404

    path = tmp_path / "backup.tar"
    backup(living.settings, path, Voice(SILENT.say, meddle))
    restore(elsewhere, path, SILENT)
    assert portrait in stored(elsewhere)
    left = rows(living.settings, "SELECT storage_key FROM stored_file WHERE purpose = 'portrait'")
    assert (portrait,) not in left and len(left) == (deed == "replaced")


class Writers:
    """Three who import rosters, issue cards, add files, and take and withdraw a photo, until they are told to stop."""

    def __init__(self, living: Installation) -> None:
        self._living, self._stop = living, Event()
        self._officer = living.district.sign_in(Role.district_officer, "D")
        self._holder = living.district.sign_in_as(living.username)
        self._text = self._holder.get("/v1/consents/texts").json()["items"][0]["version"]
        self.batches: list[date] = []
        self.files: list[str] = []
        self.portraits = 0
        self.faults: list[BaseException] = []
        self._threads = [Thread(target=self._keep_on, args=(step,)) for step in (self._import, self._issue, self._replace)]

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self.faults, self.faults

    @property
    def done(self) -> int:
        return len(self.batches) + len(self.files) + self.portraits

    def _keep_on(self, step: Callable[[int], None]) -> None:
        order = 0
        try:
            while not self._stop.is_set():
                step(order)
                order += 1
        except BaseException as error:
            self.faults.append(error)

    def _import(self, order: int) -> None:
        """A roster whose members all joined on one day, so that it is seen whether all of them are there."""
        joined = FIRST_DAY + timedelta(days=order)
        people = [
            ("王秀兰", number(index, f"{1930 + order // 300}{order // 28 % 12 + 1:02d}{order % 28 + 1:02d}"), joined.isoformat())
            for index in range(1, BATCH + 1)
        ]
        content = sheet(
            *((*person, "上塘村第一党支部") for person in people), headings=("姓名", "身份证号", "入党时间", "所在支部")
        )
        answer = send(self._officer, content)
        if answer.status_code == 503:
            return
        assert answer.status_code == 200 and answer.json()["created"] == BATCH, answer.text
        self.batches.append(joined)

    def _issue(self, order: int) -> None:
        answer = self._officer.post("/v1/cards/issue", json={"organization_id": str(self._living.district.ids["B11"])})
        assert answer.status_code in (200, 503), answer.text
        self.files.append(self._living.add_file(os.urandom(1000 + order)))

    def _replace(self, order: int) -> None:
        """A member who cannot make up his mind about his photo."""
        if order % 5 == 0:
            body = {"kind": "photo", "text_version": self._text}
            answer = self._holder.post("/v1/consents/mine", json=body)
            assert answer.status_code in (201, 503), answer.text
        picture = drawn(size=(300 + order % 100, 400))
        answer = self._holder.post("/v1/photos/mine", files={"file": ("me.png", picture, "image/png")})
        assert answer.status_code in (201, 409, 503), answer.text
        self.portraits += answer.status_code == 201
        if order % 5 == 4:
            answer = self._holder.post("/v1/consents/mine/withdraw", json=PHOTO)
            assert answer.status_code in (200, 503), answer.text


def test_a_backup_taken_while_others_write_loses_nothing_and_holds_nothing_half(
    tireless: None, living: Installation, new_place: Callable[[], Settings], tmp_path: Path
) -> None:
    written_meanwhile = 0
    with Writers(living) as writers:
        for turn in range(ROUNDS + 20):
            # A backup may be quicker than every writer: then another is taken.
            if turn >= ROUNDS and written_meanwhile:
                break
            path, elsewhere = tmp_path / f"{turn}.tar", new_place()
            batches, files, before = list(writers.batches), list(writers.files), writers.done
            backup(living.settings, path, SILENT)
            written_meanwhile += writers.done - before
            restore(elsewhere, path, SILENT)
            path.unlink()
            imported = rows(elsewhere, "SELECT joined_on FROM member WHERE national_id_digest IS NOT NULL")
            days = Counter(str(day) for (day,) in imported)
            assert set(days.values()) <= {BATCH}, "an import is there wholly or not at all"
            assert {str(day) for day in batches} <= set(days), "what was acknowledged before is there"
            assert rows(elsewhere, "SELECT count(*) FROM card WHERE member_id NOT IN (SELECT id FROM member)") == [(0,)]
            cards = rows(elsewhere, "SELECT count(*) FROM card")
            assert rows(elsewhere, "SELECT count(*) FROM audit_line WHERE action = 'issue_card'") == cards
            found = stored(elsewhere)
            assert {key for (key,) in rows(elsewhere, "SELECT storage_key FROM stored_file")} == set(found)
            attachments = {key for key in found if not key.startswith("portrait/")}
            assert set(files) <= attachments <= set(living.files) and len(found) - len(attachments) <= 1
            assert all(found[key] == living.files[key] for key in attachments)
            with serving(elsewhere) as client:
                assert scan(client, living.holder.code)["outcome"] == "valid"
    assert written_meanwhile > 0, "nobody wrote while the backups were taken"
