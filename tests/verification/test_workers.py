"""Two processes of the server, as `WORKERS=2` runs them: they never disagree about a card for longer than one request."""

import json
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.database import Origin
from api.house import House
from api.keys import service as keys
from api.settings import Settings
from models.enums import Role
from tests.conftest import Caller, District
from tests.serving import environment
from tests.verification.holders import Holder, hold, signed

ROUNDS = 8
WHY = {"reason": "核实情况"}


def ask(port: int, path: str, *, body: Any = None, token: str | None = None, timeout: float = 60) -> dict[str, Any]:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers)
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        content: dict[str, Any] = json.loads(answer.read())
        return content


@pytest.fixture
def ports(settings: Settings, client: Any) -> Iterator[list[int]]:
    """Two processes that serve one database, each on a port of its own."""
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    command = [sys.executable, "-m", "uvicorn", "api.serving:application", "--factory", "--no-access-log", "--log-level", "error"]
    processes = [
        subprocess.Popen(
            [*command, "--fd", str(door.fileno())],
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            pass_fds=[door.fileno()],
        )
        for door in doors
    ]
    ports = [int(door.getsockname()[1]) for door in doors]
    try:
        for port in ports:
            # The socket takes connections from the beginning, and keeps them until the server has started.
            ask(port, "/readyz", timeout=60)
        yield ports
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)
        for door in doors:
            door.close()


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.mark.long
def test_what_one_process_has_acknowledged_every_other_tells_from_then_on(
    ports: list[int], holder: Holder, secretary: Caller, house: House
) -> None:
    one, two = ports
    codes = [holder.code, signed(house, holder).pack()]
    acknowledged = ["valid"]
    wrong: list[tuple[str, str]] = []
    stop = threading.Event()

    scans: Counter[int] = Counter()

    def watch(port: int) -> None:
        """Scan without pause: an answer is one that stood at some moment between the question and the answer."""
        while not stop.is_set():
            for code in codes:
                before = len(acknowledged)
                told = _outcome(port, code)
                # The change that is under way may have been made already, though nobody has been told.
                possible = {*acknowledged[before - 1 :], *pending}
                if told not in possible:
                    wrong.append((told, str(possible)))
                scans[port] += 1

    pending: set[str] = set()
    with ThreadPoolExecutor(len(ports)) as pool:
        watching = [pool.submit(watch, port) for port in ports]
        try:
            for number in range(ROUNDS):
                action, outcome = [("suspend", "suspended"), ("resume", "valid")][number % 2]
                pending.add(outcome)
                ask(one if number % 4 < 2 else two, f"/v1/cards/{holder.card_id}/{action}", body=WHY, token=secretary.access_token)
                acknowledged.append(outcome)
                pending.discard(outcome)
                assert {_outcome(port, code) for port in ports for code in codes} == {outcome}
        finally:
            stop.set()
        for watched in watching:
            watched.result()
    assert wrong == [] and all(scans[port] > ROUNDS for port in ports)

    # The same servers, which take long to start, tell it of a key: withdrawn, it vouches for nothing in any process.
    with house.database.writing(Origin("test")) as work:
        keys.withdraw_key(work, house.cipher, 0)
    assert _outcomes(ports, codes[1]) == {"not_found"} and _outcomes(ports, signed(house, holder).pack()) == {"valid"}


def _outcomes(ports: list[int], code: str) -> set[str]:
    return {_outcome(port, code) for port in ports}


def _outcome(port: int, code: str) -> str:
    try:
        return str(ask(port, f"/C/{code}")["outcome"])
    except urllib.error.HTTPError as refused:
        return str(json.loads(refused.read())["outcome"])
