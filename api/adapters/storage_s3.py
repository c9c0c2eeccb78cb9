"""Objects in a store that speaks the S3 protocol, through boto3."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any, BinaryIO, TypeVar, cast

import boto3
import structlog
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from api.adapters.cutting import Call, cut_after, make_cuttable
from api.adapters.storage import RETRY_AFTER, NoSuchObject, StoredObject, UploadForm, checked, is_key, probe
from api.allowance import current, waiting
from api.errors import Unavailable
from api.turns import Turns

MISSING = {"404", "NoSuchKey", "NotFound"}
AT_ONCE = 16
"""Far fewer than the threads that serve requests: a store that hangs holds up these few, and whatever needs no files goes on."""
WAIT_SECONDS = 2.0
CONNECT_SECONDS, READ_SECONDS = 1.0, 1.8
"""How long a store may take to accept a connection and to send anything of an answer: together less than a client waits."""
AT_ONCE_SECONDS = 0.2
"""A store that fails sooner is asked once more: it may only have ended a connection that was kept, or have been busy."""
FREE_SECONDS = 0.1
"""What each thing that is asked of a store costs nothing of a request's allowance; and so does each of these bytes:"""
FREE_BYTES_A_SECOND = 2 << 20
CLOSED_SECONDS, TRIAL_SECONDS = 1.0, 3.0
"""How long a store that has not answered is not asked by anybody, and then by one alone."""

T = TypeVar("T")

log = structlog.get_logger("liangxian")

_SESSION = boto3.session.Session()
"""One for all clients: each reads the library's descriptions of services, a megabyte of JSON, anew."""


class S3Storage:
    """Objects of one bucket, below a prefix. The client is made once: making one is slow, and sharing one between threads safe."""

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str = "",
        access_key: str,
        secret_key: str,
        endpoint: str | None = None,
        region: str = "us-east-1",
        addressing: str = "path",
        read_seconds: float | None = None,
    ) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self.client: Any = _SESSION.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                # Presigned forms and addresses are signed by the older version 2 otherwise.
                signature_version="s3v4",
                # By default boto3 adds checksums that many stores do not know (Huawei OBS, ByteDance TOS and others) and refuse.
                # What was stored is compared with our own SHA-256 instead.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": addressing},
                connect_timeout=CONNECT_SECONDS,
                read_timeout=read_seconds or READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 1},
                max_pool_connections=AT_ONCE + 1,
                tcp_keepalive=True,
            ),
        )
        make_cuttable(self.client)
        # Threads of its own would let one request take many of the connections.
        self._transfer = TransferConfig(use_threads=False)
        self._turns = Turns(AT_ONCE)
        self._closed_until = 0.0

    def put(self, key: str, content: BinaryIO, media_type: str) -> None:
        begin, size = None, 0
        if content.seekable():
            begin = content.tell()
            size = content.seek(0, os.SEEK_END) - begin
            content.seek(begin)

        def send() -> None:
            if begin is not None:
                content.seek(begin)
            self.client.upload_fileobj(
                _Kept(content), self.bucket, self._name(key), ExtraArgs={"ContentType": media_type}, Config=self._transfer
            )

        with self._turn(), _bounded(size):
            if begin is None:
                send()
            else:
                _perhaps_twice(send)

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        with self._turn():
            with _bounded() as call:
                found = _perhaps_twice(lambda: self.client.get_object(Bucket=self.bucket, Key=self._name(key)))
            with closing(found["Body"]) as body:
                yield cast(BinaryIO, _Body(body, int(found["ContentLength"]), call))

    def size(self, key: str) -> int | None:
        try:
            with self._turn(), _bounded():
                found = _perhaps_twice(lambda: self.client.head_object(Bucket=self.bucket, Key=self._name(key)))
                return int(found["ContentLength"])
        except NoSuchObject:
            return None

    def delete(self, key: str) -> None:
        # One by one: several stores refuse the request that deletes many at once without an MD5 sum, which boto3 no longer sends.
        with self._turn(), _bounded():
            _perhaps_twice(lambda: self.client.delete_object(Bucket=self.bucket, Key=self._name(key)))

    def objects(self, folder: str = "") -> Iterator[StoredObject]:
        begin = f"{self.prefix}{folder}/" if folder else self.prefix
        with _told():
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=begin):
                for item in page.get("Contents", ()):
                    if is_key(key := item["Key"].removeprefix(self.prefix)):
                        yield StoredObject(key, item["Size"], item["LastModified"])

    def upload_form(self, key: str, media_type: str, max_bytes: int, lifetime: timedelta) -> UploadForm | None:
        form = self.client.generate_presigned_post(
            self.bucket,
            self._name(key),
            Fields={"Content-Type": media_type},
            Conditions=[{"Content-Type": media_type}, ["content-length-range", 1, max_bytes]],
            ExpiresIn=int(lifetime.total_seconds()),
        )
        return UploadForm(form["url"], form["fields"])

    def check(self) -> None:
        probe(self)

    def _name(self, key: str) -> str:
        return self.prefix + checked(key)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold a turn. Where the store has not answered before, it is not waited for again at once."""
        if self._closed_until:
            now = monotonic()
            if now < self._closed_until:
                raise Unavailable(retry_after=RETRY_AFTER)
            self._closed_until = now + TRIAL_SECONDS
        with _taken(self._turns), _told():
            is_silent = False
            try:
                yield
            except (ConnectTimeoutError, ReadTimeoutError):
                is_silent = True
                raise
            finally:
                self._closed_until = monotonic() + CLOSED_SECONDS if is_silent else 0.0


def _perhaps_twice(ask: Callable[[], T]) -> T:
    """What a store answers, which is asked once more where it fails at once. To be used where asking twice does no harm."""
    began = monotonic()
    try:
        return ask()
    except (BotoCoreError, ClientError) as error:
        is_refusal = isinstance(error, ClientError) and error.response["ResponseMetadata"]["HTTPStatusCode"] < 500
        if is_refusal or monotonic() > began + AT_ONCE_SECONDS:
            raise
        return ask()


@contextmanager
def _taken(turns: Turns) -> Iterator[None]:
    with ExitStack() as held:
        with waiting():
            held.enter_context(turns.take(WAIT_SECONDS, RETRY_AFTER))
        yield


@contextmanager
def _bounded(size: int = 0, call: Call | None = None) -> Iterator[Call | None]:
    """Cut off what is asked, about so many bytes, when the allowance of a request is used up. Raises `Unavailable` then."""
    allowance = current()
    if allowance is None:
        yield None
        return
    with allowance.waiting(FREE_SECONDS + size / FREE_BYTES_A_SECOND), cut_after(allowance.left, call) as call:
        yield call
        if call.is_cut:
            # What has come then is not the whole.
            log.error("storage_failed", error="too slow")
            raise Unavailable(retry_after=RETRY_AFTER)


class _Body:
    """What comes of an object, bounded while it is waited for and not between."""

    def __init__(self, body: Any, size: int, call: Call | None) -> None:
        self._body = body
        self._left = size
        self._call = call

    def read(self, size: int = -1) -> bytes:
        """Raises `Unavailable` where the store has sent less than it said."""
        wanted = self._left if size < 0 else min(size, self._left)
        with _bounded(wanted, self._call):
            found: bytes = self._body.read(wanted) if wanted else b""
        self._left -= len(found)
        if len(found) < wanted:
            log.error("storage_failed", error="shorter than it said")
            raise Unavailable(retry_after=RETRY_AFTER)
        return found


class _Kept:
    """A stream that stays open: the library closes what it has read, although it belongs to the caller."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)


@contextmanager
def _told() -> Iterator[None]:
    """Tell failures of the store as the protocol tells them."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in MISSING:
            raise NoSuchObject from error
        log.error("storage_refused", code=code)
        raise Unavailable(retry_after=RETRY_AFTER) from error
    except (BotoCoreError, Boto3Error) as error:
        log.error("storage_failed", error=type(error).__name__)
        raise Unavailable(retry_after=RETRY_AFTER) from error
