"""One contract for both storages: what holds for the folder holds for a real server of the S3 protocol."""

import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from botocore.exceptions import ConnectionClosedError
from pydantic import ValidationError
from structlog.testing import capture_logs

from api import allowance
from api.adapters import storage_s3
from api.adapters.storage import NoSuchObject, Storage, UploadForm
from api.adapters.storage_folder import UNFINISHED, FolderStorage
from api.adapters.storage_s3 import S3Storage
from api.adapters.storages import open_storage
from api.allowance import allowed
from api.errors import Unavailable
from api.settings import Settings, fresh_secrets
from tests.s3 import BUCKET, READ_SECONDS, S3Server, StoragePlace, running

ON_STORAGES = ("folder", "s3")
KEY = "attachment/3f/9a41c0de"
JPEG = "image/jpeg"
FORM_LIFETIME = timedelta(minutes=5)


def made(place: StoragePlace, database_url: str = "sqlite:////nonexistent/x.db") -> Settings:
    values: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()} | place.settings()
    return Settings(_env_file=None, database_url=database_url, public_url="https://lx.example.gov.cn", **values)


@pytest.fixture
def storage(place: StoragePlace) -> Storage:
    return open_storage(made(place))


def content_of(storage: Storage, key: str) -> bytes:
    with storage.open(key) as source:
        return source.read()


class Broken(BytesIO):
    """A stream that ends in the middle, as that of a client who goes away."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 0:
            raise ConnectionResetError
        return super().read(1000)


def test_a_key_that_could_lead_elsewhere_is_refused_everywhere(storage: Storage) -> None:
    for key in (
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        ".x",
        "a/.x",
        "A",
        "a b",
        "a\\b",
        "a\x00",
        "a\n",
        "照片",
        "a" * 201,
    ):
        for use in (
            lambda key=key: storage.put(key, BytesIO(b"x"), JPEG),
            lambda key=key: content_of(storage, key),
            lambda key=key: storage.size(key),
            lambda key=key: storage.delete(key),
            lambda key=key: storage.upload_form(key, JPEG, 10, FORM_LIFETIME),
        ):
            with pytest.raises(ValueError, match="no key"):
                use()
    assert list(storage.objects()) == []


def test_what_was_never_stored_is_not_there(storage: Storage) -> None:
    with pytest.raises(NoSuchObject):
        content_of(storage, KEY)
    assert storage.size(KEY) is None
    assert list(storage.objects()) == []
    storage.delete(KEY)


def test_an_object_is_read_as_it_was_stored_and_its_stream_stays_open(storage: Storage) -> None:
    for content in (b"", b"x", os.urandom(100_000)):
        source = BytesIO(content)
        storage.put(KEY, source, JPEG)
        assert not source.closed
        assert content_of(storage, KEY) == content
        assert storage.size(KEY) == len(content)


def test_a_large_object_comes_in_parts_and_is_whole(storage: Storage) -> None:
    content = os.urandom(12 * 1024 * 1024)
    storage.put(KEY, BytesIO(content), JPEG)
    assert storage.size(KEY) == len(content)
    assert content_of(storage, KEY) == content
    assert [item.key for item in storage.objects()] == [KEY]


def test_an_object_is_stored_from_where_its_stream_stands(storage: Storage) -> None:
    source = BytesIO(b"0123456789")
    source.seek(4)
    storage.put(KEY, source, JPEG)
    assert content_of(storage, KEY) == b"456789"


def test_an_object_whose_source_breaks_off_is_not_there_at_all(storage: Storage) -> None:
    with pytest.raises((ConnectionResetError, Unavailable)):
        storage.put(KEY, Broken(b"x" * 5000), JPEG)
    assert storage.size(KEY) is None
    assert list(storage.objects()) == []


def test_an_object_is_removed_once_and_removing_it_again_is_no_error(storage: Storage) -> None:
    storage.put(KEY, BytesIO(b"x"), JPEG)
    storage.put(KEY + "1", BytesIO(b"y"), JPEG)
    storage.delete(KEY)
    storage.delete(KEY)
    assert storage.size(KEY) is None
    assert [item.key for item in storage.objects()] == [KEY + "1"]


def test_every_object_is_listed_with_its_size_and_age(storage: Storage) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    keys = [f"attachment/{number % 7}/{number}" for number in range(30)]
    for size, key in enumerate(keys):
        storage.put(key, BytesIO(b"x" * size), JPEG)
    found = {item.key: item for item in storage.objects()}
    assert sorted(found) == sorted(keys)
    assert [found[key].size for key in keys] == list(range(30))
    storage.put("attachment/33/0", BytesIO(b"x"), JPEG)
    assert sorted(item.key for item in storage.objects("attachment/3")) == sorted(key for key in keys if "/3/" in key)
    assert list(storage.objects("nowhere")) == []
    assert all(began <= item.modified_at <= datetime.now(UTC) + timedelta(seconds=2) for item in found.values())


def test_what_others_have_put_there_under_a_name_that_is_no_key_is_no_object(storage: Storage) -> None:
    storage.put(KEY, BytesIO(b"x"), JPEG)
    folder, _, _ = KEY.rpartition("/")
    for name in ("Thumbs.db", ".DS_Store", "IMG_1.JPG", "王.jpg", "a b", "x" * 210):
        if isinstance(storage, S3Storage):
            storage.client.put_object(Bucket=storage.bucket, Key=f"{storage.prefix}{folder}/{name}", Body=b"y")
        else:
            assert isinstance(storage, FolderStorage)
            (storage.root / folder / name).write_bytes(b"y")
    assert [item.key for place in ("", folder) for item in storage.objects(place)] == [KEY, KEY]


def test_many_threads_share_one_storage(storage: Storage) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            content = bytes([number]) * 50_000
            storage.put(f"{KEY}/{number}", BytesIO(content), JPEG)
            assert content_of(storage, f"{KEY}/{number}") == content
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_storage_that_works_passes_its_check_and_is_left_empty(storage: Storage) -> None:
    storage.check()
    assert list(storage.objects()) == []


def test_two_prefixes_of_one_store_do_not_see_each_other(s3_server: S3Server) -> None:
    one, other = (open_storage(made(s3_server.place())) for _ in range(2))
    one.put(KEY, BytesIO(b"x"), JPEG)
    assert other.size(KEY) is None and list(other.objects()) == []


@pytest.fixture
def folder(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "deep" / "files")


def test_files_and_folders_are_for_their_owner_only_whatever_the_umask(folder: FolderStorage) -> None:
    former = os.umask(0)
    try:
        folder.put(KEY, BytesIO(b"x"), JPEG)
    finally:
        os.umask(former)
    for path in folder.root.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_what_a_crash_left_half_written_is_no_object_and_is_cleared_away_after_a_day(folder: FolderStorage) -> None:
    folder.put(KEY, BytesIO(b"x"), JPEG)
    old, young = folder.root / UNFINISHED / "old", folder.root / UNFINISHED / "young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000,) * 2)
    assert [item.key for item in folder.objects()] == [KEY]
    assert young.exists() and not old.exists()


def _link(path: Path, secret: Path) -> None:
    path.symlink_to(secret)


def _linked_folder(path: Path, secret: Path) -> None:
    path.parent.rmdir()
    path.parent.symlink_to(secret.parent)
    secret.rename(secret.with_name(path.name))


def _pipe(path: Path, secret: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path, secret: Path) -> None:
    # The system takes no long path for one.
    with socket.socket(socket.AF_UNIX) as listening, chdir(path.parent):
        listening.bind(path.name)


def _folder(path: Path, secret: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("plant", [_link, _linked_folder, _pipe, _socket, _folder])
def test_what_is_no_regular_file_below_the_folder_is_no_object_and_is_not_waited_for(
    folder: FolderStorage, tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    (tmp_path / "outside").mkdir()
    secret = tmp_path / "outside" / "secret"
    secret.write_bytes(b"secret")
    folder.put(KEY, BytesIO(b"x"), JPEG)
    path = folder.root / KEY
    path.unlink()
    plant(path, secret)
    with capture_logs() as lines, pytest.raises(NoSuchObject):
        content_of(folder, KEY)
    assert [(line["event"], line["key"]) for line in lines] == [("object_irregular", KEY)]
    assert folder.size(KEY) is None
    listed = [KEY.rpartition("/")[0]] if plant is _linked_folder else [] if plant is _folder else [KEY]
    assert [item.key for item in folder.objects()] == listed, "for the sweep, which removes the link or the pipe itself"
    folder.delete(KEY)
    assert [one.read_bytes() for one in (tmp_path / "outside").iterdir()] == [b"secret"]
    if plant in (_linked_folder, _folder):
        with pytest.raises(Unavailable):
            folder.put(KEY, BytesIO(b"y"), JPEG)
    else:
        folder.put(KEY, BytesIO(b"y"), JPEG)
        assert content_of(folder, KEY) == b"y"
    assert [one.read_bytes() for one in (tmp_path / "outside").iterdir()] == [b"secret"]


def test_an_object_takes_the_place_of_what_is_no_regular_file(folder: FolderStorage, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    folder.put(KEY + "1", BytesIO(b"x"), JPEG)
    (folder.root / KEY).symlink_to(secret)
    folder.put(KEY, BytesIO(b"y"), JPEG)
    assert (content_of(folder, KEY), secret.read_bytes()) == (b"y", b"secret")


@pytest.mark.parametrize("name", ["attachment", UNFINISHED])
def test_a_link_in_place_of_a_folder_leads_nowhere(folder: FolderStorage, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "old").write_bytes(b"old")
    os.utime(outside / "old", (0, 0))
    folder.root.mkdir(parents=True)
    (folder.root / name).symlink_to(outside)
    with pytest.raises(Unavailable):
        folder.put(KEY, BytesIO(b"x"), JPEG)
    assert [item.key for item in folder.objects()] == ([] if name == UNFINISHED else [name])
    assert [one.read_bytes() for one in outside.iterdir()] == [b"old"]
    if name != UNFINISHED:
        with pytest.raises(Unavailable):
            list(folder.objects(name))


def test_the_folder_itself_may_be_a_link(folder: FolderStorage, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    folder.root.parent.mkdir()
    folder.root.symlink_to(tmp_path / "disk")
    folder.put(KEY, BytesIO(b"x"), JPEG)
    assert (content_of(folder, KEY), [item.key for item in folder.objects()]) == (b"x", [KEY])


def test_a_disk_that_fails_is_told_as_unavailable(folder: FolderStorage, tmp_path: Path) -> None:
    (tmp_path / "deep").write_text("in the way")
    for use in (folder.check, lambda: folder.put(KEY, BytesIO(b"x"), JPEG)):
        with pytest.raises(Unavailable) as refused:
            use()
        assert refused.value.retry_after


def test_a_folder_takes_no_form(folder: FolderStorage) -> None:
    assert folder.upload_form(KEY, JPEG, 10, FORM_LIFETIME) is None


def test_without_a_setting_files_lie_beside_the_sqlite_file(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'data' / 'liangxian.db'}"
    values: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()}
    settings = Settings(_env_file=None, database_url=database, public_url="https://lx.example.gov.cn", **values)
    storage = open_storage(settings)
    assert isinstance(storage, FolderStorage) and storage.root == tmp_path / "data" / "files"
    assert not storage.root.exists(), "nothing is made before it is used"


@pytest.mark.parametrize(
    ("url", "database_url"),
    [
        (None, "postgresql://u@h/d"),
        (None, "sqlite:///:memory:"),
        ("files", "sqlite:////x/y.db"),
        ("/var/files", "sqlite:////x/y.db"),
        ("file://host/files", "sqlite:////x/y.db"),
        ("file:///", "sqlite:////x/y.db"),
        ("http://store/bucket", "sqlite:////x/y.db"),
        ("s3://", "sqlite:////x/y.db"),
        ("s3:///bucket", "sqlite:////x/y.db"),
        ("s3://Bucket_1", "sqlite:////x/y.db"),
        ("s3://bucket?endpoint=store.example", "sqlite:////x/y.db"),
        ("s3://bucket?addressing=sideways", "sqlite:////x/y.db"),
        ("s3://bucket?secret=x", "sqlite:////x/y.db"),
    ],
)
def test_a_storage_that_cannot_be_meant_is_refused_by_the_settings(url: str | None, database_url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        made(StoragePlace(url or "", "k", "s") if url else _NOWHERE, database_url)
    assert [item["loc"] for item in refused.value.errors()] == [("storage_url",)]


class _Nowhere(StoragePlace):
    def settings(self) -> dict[str, Any]:
        return {}


_NOWHERE = _Nowhere("", None, None)


@pytest.mark.parametrize(("name", "access", "secret"), [("storage_access_key", None, "s"), ("storage_secret_key", "k", "")])
def test_an_s3_storage_without_its_keys_is_refused_by_the_settings(name: str, access: str | None, secret: str | None) -> None:
    with pytest.raises(ValidationError) as refused:
        made(StoragePlace("s3://bucket/prefix", access, secret))
    assert [item["loc"] for item in refused.value.errors()] == [(name,)]


@pytest.fixture
def s3(s3_server: S3Server) -> S3Storage:
    found = open_storage(made(s3_server.place()))
    assert isinstance(found, S3Storage)
    return found


def elsewhere(server: S3Server, **changes: Any) -> S3Storage:
    values: dict[str, Any] = {
        "access_key": server.access_key,
        "secret_key": server.secret_key,
        "endpoint": server.endpoint,
        **changes,
    }
    return S3Storage(bucket=BUCKET, prefix="x", region="cn-north-1", **values)


def test_wrong_credentials_are_refused_by_the_store_and_told_as_unavailable(s3_server: S3Server) -> None:
    for changes in ({"secret_key": "wrong" * 8}, {"access_key": "nobody"}):
        storage = elsewhere(s3_server, **changes)
        for use in (
            storage.check,
            lambda storage=storage: content_of(storage, KEY),
            lambda storage=storage: storage.size(KEY),
            lambda storage=storage: storage.delete(KEY),
            lambda storage=storage: list(storage.objects()),
        ):
            with pytest.raises(Unavailable) as refused:
                use()
            assert refused.value.retry_after


def test_a_bucket_that_is_missing_is_told_as_unavailable(s3_server: S3Server) -> None:
    values: dict[str, Any] = {
        "access_key": s3_server.access_key,
        "secret_key": s3_server.secret_key,
        "endpoint": s3_server.endpoint,
    }
    with pytest.raises(Unavailable):
        S3Storage(bucket="no-such-bucket", **values).check()


def test_nothing_is_sent_that_only_newer_stores_know(s3: S3Storage) -> None:
    sent: list[Any] = []
    s3.client.meta.events.register("before-send.s3", lambda request, **_: sent.append(request))
    s3.put(KEY, BytesIO(b"x" * 1000), JPEG)
    s3.put(KEY, BytesIO(b"x" * (9 << 20)), JPEG)
    content_of(s3, KEY)
    assert len(sent) >= 5
    for request in sent:
        names = {name.lower(): value for name, value in request.headers.items()}
        assert not [name for name in names if name.startswith(("x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer"))]
        assert b"aws-chunked" not in bytes(names.get("content-encoding", b""))
        assert bytes(names["authorization"]).startswith(b"AWS4-HMAC-SHA256")
        assert f"/{BUCKET}/" in request.url


def lost_once(s3: S3Storage) -> None:
    """Let the next request with a body be sent into a connection that the store has closed meanwhile."""
    lost: list[Any] = []

    def lose(request: Any, **_: Any) -> None:
        if request.body and not lost:
            lost.append(request)
            request.body.read()
            raise ConnectionClosedError(endpoint_url=request.url)

    s3.client.meta.events.register("before-send.s3", lose)


class Piped(BytesIO):
    def seekable(self) -> bool:
        return False


def test_an_object_is_sent_once_more_from_its_beginning_where_the_store_has_closed_the_connection(
    s3: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_s3, "AT_ONCE_SECONDS", 60.0)
    lost_once(s3)
    source = BytesIO(b"0123456789")
    source.seek(4)
    s3.put(KEY, source, JPEG)
    assert content_of(s3, KEY) == b"456789"
    lost_once(s3)
    with pytest.raises(Unavailable):
        s3.put(KEY + "1", Piped(b"0123456789"), JPEG)
    assert s3.size(KEY + "1") is None, "what is left of a stream that does not go back is not the object"


def form(storage: Storage, max_bytes: int = 1000, lifetime: timedelta = FORM_LIFETIME) -> UploadForm:
    found = storage.upload_form(KEY, JPEG, max_bytes, lifetime)
    assert found
    return found


def send(form: UploadForm, content: bytes = b"x" * 500, **changes: Any) -> int:
    return httpx.post(form.url, data={**form.fields, **changes}, files={"file": ("x.jpg", content)}, timeout=10).status_code


def test_a_form_of_another_time_key_type_or_size_is_refused_by_the_store(s3: S3Storage) -> None:
    other = "A" if form(s3).fields["policy"][40] != "A" else "B"
    policy = form(s3).fields["policy"]
    tampered: dict[str, Any] = {
        "key": form(s3).fields["key"] + "1",
        "Content-Type": "text/html",
        "policy": policy[:40] + other + policy[41:],
        "x-amz-signature": "0" * 64,
    }
    for name, value in tampered.items():
        assert 400 <= send(form(s3), **{name: value}) < 500, name
    assert 400 <= send(form(s3), b"x" * 1001) < 500
    assert 400 <= send(form(s3), b"") < 500
    short = form(s3, lifetime=timedelta(seconds=1))
    time.sleep(2.1)
    assert send(short) == 403
    assert s3.size(KEY) is None


def test_a_form_brings_an_object_without_a_credential_of_its_own(s3: S3Storage) -> None:
    assert send(form(s3)) == 204
    assert content_of(s3, KEY) == b"x" * 500
    assert httpx.get(f"{form(s3).url}/{form(s3).fields['key']}", timeout=10).status_code == 403, "nobody reads without signing"


def test_a_store_that_goes_down_is_unavailable_at_once() -> None:
    with running() as server:
        storage = elsewhere(server)
        storage.put(KEY, BytesIO(b"x"), JPEG)
        server.process.kill()
        server.process.wait()
        for use in (storage.check, lambda: storage.size(KEY), lambda: storage.delete(KEY), lambda: list(storage.objects())):
            began = time.monotonic()
            with pytest.raises(Unavailable) as refused:
                use()
            assert time.monotonic() - began < 10
            assert refused.value.retry_after


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A store that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_store_that_never_answers_is_given_up(s3_server: S3Server, black_hole: str) -> None:
    usual = elsewhere(s3_server).client.meta.config
    assert usual.connect_timeout + READ_SECONDS < 3 and usual.retries["total_max_attempts"] == 1
    storage = elsewhere(replace(s3_server, endpoint=black_hole), read_seconds=0.3)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        storage.size(KEY)
    assert time.monotonic() - began < 10


def test_only_few_threads_wait_for_a_store_that_hangs(
    s3_server: S3Server, black_hole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_s3, "WAIT_SECONDS", 0.1)
    storage = elsewhere(replace(s3_server, endpoint=black_hole), read_seconds=0.8)
    waiting = [threading.Thread(target=_tried, args=(storage,), daemon=True) for _ in range(storage_s3.AT_ONCE)]
    for thread in waiting:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        storage.size(KEY)
    assert time.monotonic() - began < 1
    for thread in waiting:
        thread.join()


def test_a_store_that_has_not_answered_is_asked_again_by_one_alone(s3_server: S3Server, black_hole: str) -> None:
    storage = elsewhere(replace(s3_server, endpoint=black_hole), read_seconds=0.3)
    for waits in (True, False, False):
        began = time.monotonic()
        _tried(storage)
        assert (time.monotonic() - began >= 0.3) is waits
    storage._closed_until = time.monotonic()
    trying = threading.Thread(target=_tried, args=(storage,))
    trying.start()
    until = time.monotonic() + 5
    while storage._closed_until < time.monotonic() + 1 and time.monotonic() < until:
        time.sleep(0.01)
    assert trying.is_alive()
    _tried(storage)
    assert trying.is_alive(), "the other has not waited"
    trying.join()


@contextmanager
def dripping(at_once: bytes) -> Iterator[str]:
    """A store whose answers begin with this at once, and then drip, within any limit of a single reading."""
    is_over = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            connection.sendall(at_once)
            while not is_over.wait(0.02):
                connection.sendall(b"x")

    def take() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=listening.accept()[:1], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        taking = threading.Thread(target=take, daemon=True)
        taking.start()
        ended = threading.Timer(30, is_over.set)
        ended.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        ended.cancel()
        is_over.set()
        listening.shutdown(socket.SHUT_RDWR)
        taking.join()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"])
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_store_whose_answer_drips_is_given_up_when_the_allowance_of_a_request_is_used_up(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, head: bytes, is_kept: bool
) -> None:
    monkeypatch.setattr(allowance, "ALLOWED_SECONDS", 0.2)
    if not is_kept:
        head = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    with dripping(head) as endpoint, allowed():
        storage = elsewhere(replace(s3_server, endpoint=endpoint))
        began = time.monotonic()
        with pytest.raises(Unavailable):
            content_of(storage, KEY)
        assert time.monotonic() - began < 20
        with pytest.raises(Unavailable):
            storage.put(KEY, BytesIO(b"x"), JPEG)


def test_an_object_that_comes_by_half_is_not_taken_for_the_whole(s3_server: S3Server) -> None:
    with short_of(900) as endpoint:
        storage = elsewhere(replace(s3_server, endpoint=endpoint))
        with storage.open(KEY) as source, pytest.raises(Unavailable):
            source.read(10_000)


@contextmanager
def short_of(size: int) -> Iterator[str]:
    """A store that ends after the first bytes of so many."""

    def answer() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nxxx" % size)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _tried(storage: Storage) -> None:
    with pytest.raises(Unavailable):
        storage.size(KEY)
