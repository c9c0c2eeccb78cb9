"""Nobody who asks for much keeps the others waiting: what costs much is in hand so many times, and so many times of one account."""

import asyncio
import itertools
import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest
from fastapi import FastAPI

from api.access.tokens import Claims
from api.adapters import cells
from api.adapters.sheets import NotASpreadsheet
from api.app import Application, create_app
from api.errors import Unavailable
from api.members import routes as members
from api.settings import Settings
from api.web import in_hand
from api.web.in_hand import InHand
from api.web.queue import Lane, Sender
from api.web.shares import BODIES, BODIES_OF_ACCOUNT, PAPERS, PICTURES, SHEETS, WORDS, Kind, Shares
from models.enums import Role
from models.list_enums import ListKind
from tests.conftest import Caller, District
from tests.problems import assert_problem
from tests.routes import document, doors
from tests.serving import serving
from tests.simulated import Processor, simulated

ON_ENGINES = ("sqlite",)
A_FILE = re.compile(r"multipart/form-data|application/(?:pdf|zip|vnd\.openxmlformats.*|lx-pack\+jwt)")


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def server(settings: Settings, secretary: Caller) -> Iterator[tuple[Application, str]]:
    with serving(lambda _: create_app(settings)) as served:
        yield served


def until(is_so: Callable[[], bool]) -> None:
    last = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < last
        time.sleep(0.01)


def test_of_every_operation_that_takes_or_writes_a_file_an_account_has_its_share_alone(app: FastAPI, secretary: Caller) -> None:
    def exchanges_file(operation: dict[str, Any]) -> bool:
        sent, answered = operation.get("requestBody", {}), operation["responses"].get("200", {})
        return any(A_FILE.fullmatch(kind) for kind in (*sent.get("content", ()), *answered.get("content", ())))

    shares: Shares = app.state.shares
    account_id = UUID(secretary.account_id)
    shares._held.update({(kind, account_id): kind.each for kind in (SHEETS, PICTURES, PAPERS)})
    found = [
        door for door in doors(app) if door.permissions and exchanges_file(document()["paths"][door.path][door.method.lower()])
    ]
    assert len(found) > 15
    for door in found:
        path = re.sub(r"{\w+}", str(uuid4()), door.path)
        answer = secretary.client.request(door.method, path, headers=secretary.headers)
        assert answer.headers["Retry-After"] == "3", door
        assert_problem(answer, 503, "unavailable")


@pytest.mark.parametrize("kind", [SHEETS, PICTURES, PAPERS], ids=["sheets", "pictures", "papers"])
def test_who_finds_all_turns_held_by_accounts_that_ask_again_and_again_has_the_next_one(kind: Kind) -> None:
    async def story() -> None:
        shares, begun, ends = Shares(), list[str](), dict[str, asyncio.Event]()

        async def hold(name: str, sender: Sender) -> None:
            async with shares.hold(kind, sender, ""):
                begun.append(name)
                await ends.setdefault(name, asyncio.Event()).wait()

        greedy = [uuid4() for _ in range(kind.at_once // kind.each)]
        tasks = [asyncio.create_task(hold(f"{sender} {number}", sender)) for sender in greedy for number in range(kind.each)]
        await asyncio.sleep(0)
        assert len(begun) == kind.at_once
        tasks.append(asyncio.create_task(hold("another", uuid4())))
        await asyncio.sleep(0)
        ends[f"{greedy[0]} 0"].set()
        await tasks[0]
        tasks.append(asyncio.create_task(hold("again", greedy[0])))
        await asyncio.sleep(0)
        assert begun[kind.at_once :] == ["another"]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(story())


@pytest.mark.parametrize(("kind", "accounts", "networks"), [(SHEETS, 18, 1), (PAPERS, 130, 1), (PAPERS, 68, 3)])
def test_who_asks_beside_many_accounts_of_other_networks_has_a_turn_before_most_of_them(
    kind: Kind, accounts: int, networks: int, seconds: float = 1.0
) -> None:
    async def story() -> float:
        shares, processor, clock = Shares(), Processor(), asyncio.get_running_loop().time

        async def ask_again_and_again(sender: Sender, network: str) -> None:
            while True:
                try:
                    async with shares.hold(kind, sender, network):
                        await processor.work(seconds)
                except Unavailable:
                    await asyncio.sleep(0.3)

        crowd = [asyncio.create_task(ask_again_and_again(UUID(int=number), f"{number % networks}")) for number in range(accounts)]
        await asyncio.sleep(20 * networks)
        longest = 0.0
        for number in range(10):
            came_at = clock()
            async with shares.hold(kind, UUID(int=1000 + number), "elsewhere"):
                longest = max(longest, clock() - came_at)
                await processor.work(0.1)
            await asyncio.sleep(3)
        assert not any(one.done() for one in crowd)
        return longest

    assert simulated(story()) < kind.at_once * seconds + 0.5, "as long as a turn takes"


def test_imports_of_one_account_are_in_hand_twice_however_many_are_sent_and_others_are_answered(
    server: tuple[Application, str], district: District, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, begun, may_end = district.sign_in(Role.secretary, "B12"), list[object](), Event()

    def read_slowly(file: object) -> None:
        begun.append(file)
        may_end.wait(30)
        raise NotASpreadsheet

    monkeypatch.setattr(members, "open_sheets", read_slowly)

    def send(_: int) -> int:
        files = {"file": ("roster.csv", b"x" * 70_000)}
        return httpx.post(f"{server[1]}/v1/members/import/marked", headers=secretary.headers, files=files, timeout=60).status_code

    with ThreadPoolExecutor(12) as pool:
        sent = [pool.submit(send, number) for number in range(12)]
        until(lambda: sum(one.done() for one in sent) == 12 - SHEETS.each)
        assert httpx.get(f"{server[1]}/v1/todo", headers=other.headers, timeout=60).status_code == 200
        assert len(begun) == SHEETS.each
        may_end.set()
    assert sorted(one.result() for one in sent) == [422] * SHEETS.each + [503] * (12 - SHEETS.each)
    assert send(0) == 422 and not server[0].state.shares._held, "a share is given back"


def test_of_every_import_the_reading_ends_where_it_keeps_a_core_busy_for_too_long(
    app: FastAPI, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    imports = [door for door in doors(app) if "/import" in door.path and door.method == "POST"]
    assert len(imports) >= 5

    def answer_of(path: str) -> httpx.Response:
        path = path.format(kind=ListKind.power)
        return officer.client.post(path, headers=officer.headers, files={"file": ("sheet.csv", "甲,乙\n1,2\n".encode())})

    for door in imports:
        assert answer_of(door.path).status_code == 422, door
    clock = itertools.count(0, 16)
    monkeypatch.setattr(cells, "thread_time", lambda: next(clock))
    for door in imports:
        assert_problem(answer_of(door.path), 413, "spreadsheet_too_large")


def head(path: str, token: str | None) -> bytes:
    """The head of a request whose body never comes."""
    bears = [f"Authorization: Bearer {token}"] if token else []
    kind = "Content-Type: multipart/form-data; boundary=b"
    return "\r\n".join((f"POST {path} HTTP/1.1", "Host: x", *bears, kind, "Content-Length: 60000", "", "")).encode()


def test_who_bears_no_good_token_is_told_so_before_anything_of_his_body_is_taken(
    server: tuple[Application, str], secretary: Caller
) -> None:
    *parts, signature = secretary.access_token.split(".")
    port = int(server[1].rpartition(":")[2])
    for token in (None, "x", ".".join((*parts, signature[::-1]))):
        for path in ("/v1/files", "/v1/members/import", "/v1/members"):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(head(path, token))
                assert connection.recv(1 << 16).startswith(b"HTTP/1.1 401 "), (token, path)


def test_so_many_bodies_of_one_session_arrive_at_one_time(server: tuple[Application, str], secretary: Caller) -> None:
    app, url = server
    port, session_id = int(url.rpartition(":")[2]), app.state.house.tokens.read(secretary.access_token).session_id
    with ExitStack() as open_ones:
        for _ in range(BODIES.each):
            connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            connection.sendall(head("/v1/files", secretary.access_token))
        until(lambda: app.state.shares._held[BODIES, session_id] == BODIES.each)
        answer = httpx.post(f"{url}/v1/files", headers=secretary.headers, files={"file": b"x"}, timeout=60)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    until(lambda: not app.state.shares._held)


def test_so_many_bodies_of_one_account_arrive_at_one_time_however_many_sessions_it_has(
    server: tuple[Application, str], district: District, secretary: Caller
) -> None:
    app, url = server
    port, house, other = int(url.rpartition(":")[2]), app.state.house, district.sign_in(Role.secretary, "B12")
    sessions = [Claims(UUID(secretary.account_id), uuid4()) for _ in range(BODIES.at_once // BODIES.each + 1)]
    with ExitStack() as open_ones:
        connections = []
        for session in sessions * BODIES.each:
            connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            connection.sendall(head("/v1/files", house.tokens.sign(session, datetime.now(UTC))))
            connections.append(connection)
        until(lambda: len(select.select(connections, [], [], 0)[0]) == len(connections) - BODIES_OF_ACCOUNT.each)
        assert app.state.shares._held[BODIES_OF_ACCOUNT, UUID(secretary.account_id)] == BODIES_OF_ACCOUNT.each
        answer = httpx.post(f"{url}/v1/files", headers=other.headers, files={"file": b"x"}, timeout=60)
        assert answer.status_code == 422
    until(lambda: not app.state.shares._held)


@pytest.mark.parametrize("account_id", [None, uuid4()])
def test_what_takes_long_gives_way_only_as_far_as_there_are_threads_and_of_one_account_to_a_few_alone(
    account_id: UUID | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_hand, "LONGEST", 0.0)
    monkeypatch.setattr(in_hand, "PATIENCE", 0.05)

    async def story() -> tuple[int, int]:
        places, begun, end = InHand(2, 50), list[int](), asyncio.Event()

        async def work(number: int) -> None:
            async with places.place(account_id):
                begun.append(number)
                await end.wait()

        tasks = [asyncio.create_task(work(number)) for number in range(30)]
        await asyncio.wait(tasks, timeout=0.5)
        most, sent_away = len(begun), sum(isinstance(task.exception(), Unavailable) for task in tasks if task.done())
        end.set()
        await asyncio.wait(tasks)
        for _ in range(3):
            async with places.place(account_id), places.place(account_id):
                pass
        return most, sent_away

    most, sent_away = asyncio.run(story())
    assert most + sent_away == 30
    if account_id is None:
        assert most == 2 + in_hand.OVERSTAYING
    else:
        assert in_hand.OVERSTAYING_EACH <= most <= in_hand.OVERSTAYING_EACH + 2


def test_strangers_who_have_all_the_turns_that_long_bodies_wait_for_make_room_for_an_account() -> None:
    async def story() -> list[Sender]:
        shares, begun, end, account = Shares(), list[Sender](), asyncio.Event(), uuid4()

        async def search(sender: Sender) -> None:
            async with shares.hold(WORDS, sender, sender.network if isinstance(sender, Lane) else ""):
                begun.append(sender)
                await end.wait()

        places = InHand(0, 0)
        networks = ["192.0.2.0/24", "203.0.113.0/24"] * WORDS.waiting
        senders: list[Sender] = [*(places.stranger(network) for network in networks), account]
        tasks = [asyncio.create_task(search(sender)) for sender in senders]
        await asyncio.sleep(0)
        end.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not shares._held
        return begun

    begun = asyncio.run(story())
    assert len(begun) == WORDS.at_once + WORDS.waiting
    assert any(isinstance(sender, UUID) for sender in begun)
