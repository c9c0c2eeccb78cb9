"""A crowd is served in turn or told when to come back, nobody is failed, and scans stand behind nobody."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.types import Message

from api.access.devices import UNUSED
from api.access.tokens import MARK, OWNER
from api.app import Application, create_app
from api.errors import Unavailable
from api.house import House
from api.settings import Settings
from api.web import in_hand
from api.web.in_hand import BACK_A_SECOND, LATEST_BACK, InHand
from api.web.queue import LANES, Known, Lane, Sender
from models.enums import Role
from tests.access.asking import elsewhere
from tests.bench.load import Crowd, crowd
from tests.bench.serving import request
from tests.conftest import PASSWORD, Caller, District
from tests.problems import assert_problem
from tests.routes import doors
from tests.serving import serving
from tests.verification.holders import Holder, hold

T = TypeVar("T")
NEVER_WAIT = {"verify_code", "show_photo", "show_status_list", "livez", "readyz", "allow_readers"}
CROWD = 200
WAITING = 20
"""Fewer than by default, so that nobody waits for long when the crowd has gone."""
SECONDS = 0.8
SCANNING = 16
AS_MANY = 10
"""How many answers one that scans has had at the least, before the two kinds are compared."""
AS_OFTEN = 5
"""How many times as often as a signed-in client one that scans is answered at the least."""


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def full(app: FastAPI) -> InHand:
    """Nothing more is taken in hand, and nobody may wait."""
    in_hand = InHand(0, 0)
    app.state.in_hand = in_hand
    return in_hand


def of_crowds(secretary: Caller, holder: Holder) -> tuple[list[str], list[str]]:
    asked = ("/v1/todo", "/v1/members", "/v1/cards", f"/v1/cards/{holder.card_id}")
    signed_in = [request(path, "application/json", f"Authorization: {secretary.headers['Authorization']}") for path in asked]
    return [one.decode() for one in signed_in], [request(f"/C/{holder.code}", "application/json").decode()]


def test_a_crowd_of_two_hundred_is_answered_or_told_when_to_come_back_and_scans_are_answered_beside_it(
    settings: Settings, secretary: Caller, holder: Holder
) -> None:
    signed_in, scans = of_crowds(secretary, holder)
    crowds = [
        Crowd("signed in", CROWD, signed_in),
        Crowd("scans", SCANNING, scans, at_least=AS_MANY * SCANNING),
        Crowd("alive", 1, [request("/livez", "application/json").decode()]),
    ]
    with serving(lambda _: create_app(settings.model_copy(update={"requests_waiting": WAITING}))) as (_, url):
        met = crowd(urlsplit(url).port or 0, crowds, SECONDS)
    assert [one.bad for one in met.values()] == [0, 0, 0], met
    assert set(met["signed in"].statuses) == {"200", "503"}
    assert set(met["scans"].statuses) == set(met["alive"].statuses) == {"200"}
    assert met["scans"].done / SCANNING >= AS_OFTEN * met["signed in"].done / CROWD, met


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("crowd_of", ["an account", "a network"])
def test_a_crowd_of_one_sender_keeps_nobody_else_from_being_answered(
    settings: Settings, district: District, secretary: Caller, holder: Holder, crowd_of: str
) -> None:
    def asked(path: str, address: str, caller: Caller | None = None) -> list[str]:
        token = f"\r\nAuthorization: {caller.headers['Authorization']}" if caller else ""
        return [request(path, "application/json", f"X-Forwarded-For: {address}{token}").decode()]

    many, alike = ("/v1/members", "203.0.113.9") if crowd_of == "an account" else (f"/C/{holder.code}/wall", "2001:db8:1::1")
    crowds = [
        Crowd("many", CROWD, asked(many, alike, secretary if crowd_of == "an account" else None)),
        Crowd("another account", 1, asked("/v1/members", alike, district.sign_in(Role.secretary, "B12")), at_least=AS_MANY),
        Crowd("another network", 1, asked(f"/C/{holder.code}/wall", "2001:db8:2::1"), at_least=AS_MANY),
    ]
    trusting = settings.model_copy(update={"requests_waiting": WAITING, "trusted_proxies": (ip_network("127.0.0.1"),)})
    with serving(lambda _: create_app(trusting)) as (_, url):
        port = urlsplit(url).port or 0
        # What only a first request does takes long where all of a crowd do it at one time.
        crowd(port, [replace(one, connections=1, at_least=1) for one in crowds], 0.0)
        met = crowd(port, crowds, SECONDS)
    assert [one.bad for one in met.values()] == [0, 0, 0], met
    assert set(met["many"].statuses) == {"200", "503"}
    for other in ("another account", "another network"):
        assert set(met[other].statuses) == {"200"}, met
        assert met[other].done >= AS_OFTEN * met["many"].done / CROWD, met


@pytest.mark.engine("sqlite")
def test_scans_and_the_health_never_wait_behind_what_is_worked_on(
    app: FastAPI, full: InHand, secretary: Caller, holder: Holder
) -> None:
    assert secretary.client.get(f"/C/{holder.code}", headers={"Accept": "application/json"}).json()["outcome"] == "valid"
    for path in ("/livez", "/readyz", "/v1/status-lists/0"):
        assert secretary.client.get(path).status_code == 200, path


@pytest.mark.engine("sqlite")
def test_every_other_operation_is_refused_at_once_where_too_many_wait(app: FastAPI, full: InHand, secretary: Caller) -> None:
    for door in doors(app):
        if door.name in NEVER_WAIT or door.path.startswith(("/docs", "/openapi")):
            continue
        path = "/".join(str(uuid4()) if part.startswith("{") else part for part in door.path.split("/"))
        answer = secretary.client.request(door.method, path, headers=secretary.headers | {"Accept": "application/json"})
        assert answer.status_code == 503 and 1 <= int(answer.headers["Retry-After"]) <= LATEST_BACK, door
        assert answer.headers["X-Request-Id"]


@pytest.mark.engine("sqlite")
def test_who_is_sent_away_is_told_so_in_his_language_by_a_problem_or_a_page(full: InHand, secretary: Caller) -> None:
    for language, words in (("zh", "系统繁忙，请稍后再试。"), ("en", "The system is busy; please try again shortly.")):
        headers = {"Accept-Language": language}
        assert assert_problem(secretary.get("/v1/members", headers=headers), 503, "unavailable")["detail"] == words
        page = secretary.client.get("/lists", headers=headers | {"Accept": "text/html"})
        assert page.status_code == 503 and words.strip("。.") in page.text and page.headers["Retry-After"] == "1"


Send = Callable[[Message], Awaitable[None]]


@asynccontextmanager
async def asking(app: Application, method: str, path: str, token: str, *, body: Any = None, slowly: str = "") -> AsyncIterator[Any]:
    """Ask for something as somebody does who sends his body or takes his answer `slowly`, if he is said to; what is yielded comes
    to be the status, once it is answered."""
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    content = b"" if body is None else json.dumps(body).encode()
    headers.append((b"content-length", str(len(content)).encode()))
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    scope |= {"scheme": "https", "server": ("x", 443), "client": ("127.0.0.1", 1), "http_version": "1.1", "root_path": ""}
    answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    reached = asyncio.Event()

    async def receive() -> Message:
        if slowly == "sends":
            reached.set()
            await asyncio.Event().wait()
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.set_result(message["status"])
        if slowly == "takes":
            reached.set()
            await asyncio.Event().wait()

    task: asyncio.Task[None] = asyncio.create_task(app.layers(scope, receive, send))  # type: ignore[arg-type]
    if slowly:
        await asyncio.wait_for(reached.wait(), 5)
    yield answered
    task.cancel()


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("method", "path", "slowly"),
    [("POST", "/v1/members", "sends"), ("POST", "/v1/sessions", "sends"), ("GET", "/v1/members", "takes")],
)
def test_neither_a_slow_body_nor_a_slow_download_holds_a_place(
    app: Application, secretary: Caller, method: str, path: str, slowly: str
) -> None:
    async def ask() -> int:
        app.state.in_hand = InHand(1, 0)
        token = secretary.access_token
        body = {"username": "x", "password": "y"} if slowly == "sends" else None
        async with asking(app, method, path, token, body=body, slowly=slowly), asking(app, "GET", "/v1/todo", token) as answered:
            return int(await asyncio.wait_for(answered, 5))

    assert asyncio.run(ask()) == 200


class Watched(InHand):
    """Notes as whom each request has its turn."""

    def __init__(self) -> None:
        super().__init__(8, 8)
        self.senders = list[Sender]()

    def check(self, sender: Sender = None, network: str = "") -> None:
        self.senders.append(sender)
        super().check(sender, network)

    def of(self, client: TestClient, path: str, **body: str) -> Sender:
        """As whom somebody has his turn who sends this."""
        self.senders.clear()
        client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
        return self.senders[0]


@pytest.fixture
def watched(app: FastAPI) -> Watched:
    watched = Watched()
    app.state.in_hand = watched
    return watched


def tokens_of(client: TestClient, username: str, **shown: str) -> tuple[str, str]:
    """The tokens by which a device, and a session on it, are known after a sign-in."""
    answer = client.post("/v1/sessions", json={"username": username, "password": PASSWORD, **shown})
    assert answer.status_code == 201, answer.text
    return answer.json()["device_token"], answer.json()["refresh_token"]


NOBODY = {"username": "nobody", "password": "x"}


@pytest.mark.engine("sqlite")
def test_as_whom_a_request_has_its_turn_is_told_by_its_access_token_or_by_one_that_we_have_given_out(
    watched: Watched, district: District
) -> None:
    sender, tokens = partial(watched.of, district.client), partial(tokens_of, district.client)
    one, other = (district.account(None, "B11") for _ in range(2))
    device, refresh = tokens(one)
    again, _ = tokens(one, device_token=device)
    others, _ = tokens(other)
    assert again.partition(".")[0] == device.partition(".")[0]
    unmarked, mark = device.split(".")
    same, another = sender("/v1/sessions", **NOBODY, device_token=device), sender("/v1/sessions", **NOBODY, device_token=others)
    assert isinstance(same, Known) and isinstance(another, Known) and same != another
    assert sender("/v1/sessions/refresh", refresh_token=refresh) == same, "an account has its turn once, whatever it shows"
    for forged in (
        unmarked,
        f"{unmarked}x.{mark}",
        f"{device}x",
        f"{unmarked}.{another.owner}{mark[len(another.owner) :]}",
        "\ud800.",
    ):
        assert not isinstance(sender("/v1/sessions", **NOBODY, device_token=forged), Known), forged
    assert not isinstance(sender("/v1/sessions", **NOBODY), Known)
    marked, _ = tokens(one, device_token=unmarked)
    assert marked.partition(".")[0] == unmarked, "as it was before tokens had marks, it is known still, and gets one"
    assert sender("/v1/sessions", **NOBODY, device_token=marked) == same
    caller = district.sign_in(Role.secretary, "B12")
    caller.get("/v1/members")
    assert str(watched.senders[-1]) == caller.account_id


@pytest.mark.engine("sqlite")
def test_a_mark_counts_for_no_longer_than_its_token_can_be_good(app: FastAPI, district: District) -> None:
    house: House = app.state.house
    now, day = datetime.now(UTC), timedelta(days=1)
    device, refresh = tokens_of(district.client, district.account(None, "B11"))
    for token, lasts in ((device, UNUSED), (refresh, house.lifetimes.lasts(()))):
        owner_of = partial(house.tokens.owner_of, token)
        assert owner_of(now) and owner_of(now + lasts - day) and owner_of(now + lasts + 2 * day) is None
        random, mark = token.split(".")
        later = f"{mark[:OWNER]}{int(mark[OWNER:-MARK], 16) + 100:x}{mark[-MARK:]}"
        assert house.tokens.owner_of(f"{random}.{later}", now) is None, "nobody else writes it anew"
    untold = house.tokens._mac(f"token {random} {mark[:OWNER]}")[:MARK]
    assert house.tokens.owner_of(f"{random}.{mark[:OWNER]}{untold}", now) is None, "one without end counts for nothing"


@pytest.mark.engine("sqlite")
def test_who_was_refused_with_a_refresh_token_is_a_stranger_for_some_minutes_with_any_of_the_account_in_the_same_network(
    app: FastAPI, watched: Watched, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    username, client, far = district.account(None, "B11"), district.client, elsewhere(app)
    device, refresh = tokens_of(client, username)
    account_id = app.state.house.tokens.read(district.sign_in_as(username).access_token).account_id
    gone = app.state.house.tokens.marked("forgotten", account_id, datetime.now(UTC) + timedelta(days=1))
    wrong = {"username": username, "password": "x", "device_token": device}
    assert all(isinstance(watched.of(client, "/v1/sessions", **wrong), Known) for _ in range(2)), "a password is not the token"
    assert all(isinstance(watched.of(client, "/v1/sessions/refresh", refresh_token=refresh), Known) for _ in range(2))
    assert isinstance(watched.of(client, "/v1/sessions/refresh", refresh_token=gone), Known)
    for path, shown in (("/v1/sessions/refresh", {"refresh_token": gone}), ("/v1/sessions", wrong)):
        refused, others = watched.of(client, path, **shown), {watched.of(client, "/v1/sessions", **NOBODY) for _ in range(LANES)}
        assert isinstance(refused, Lane) and len(others) == LANES and refused not in others, "he takes no turn of other strangers"
    assert isinstance(watched.of(far, "/v1/sessions", **wrong), Known), "elsewhere somebody else may have it"
    monkeypatch.setattr(in_hand, "REFUSED", 1e-9)
    app.state.in_hand = soon = Watched()
    assert all(isinstance(soon.of(client, "/v1/sessions/refresh", refresh_token=gone), Known) for _ in range(2))


def run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(story, 10))


async def hold_place(places: InHand, done: list[int], number: int, until: asyncio.Event, sender: Sender = None) -> None:
    async with places.place(sender):
        done.append(number)
        await until.wait()


def test_so_many_are_worked_on_the_others_wait_in_turn_and_whoever_comes_then_is_sent_away() -> None:
    async def story() -> None:
        places, begun = InHand(2, 2), list[int]()
        ends = [asyncio.Event() for _ in range(4)]
        tasks = [asyncio.create_task(hold_place(places, begun, number, ends[number])) for number in range(4)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable) as away:
            places.check()
        assert away.value.retry_after == 1 and begun == [0, 1]
        ends[1].set()
        await tasks[1]
        await asyncio.sleep(0)
        assert begun == [0, 1, 2]
        places.check()
        for end in ends:
            end.set()
        await asyncio.gather(*tasks)
        assert begun == [0, 1, 2, 3]

    run(story())


def test_of_a_crowd_that_is_sent_away_no_more_are_told_to_come_back_in_one_second_than_there_is_time_to_send_away_again() -> None:
    async def told(places: InHand) -> int:
        with pytest.raises(Unavailable) as away:
            places.check()
        return away.value.retry_after or 0

    async def story() -> None:
        places = InHand(0, 0)
        after = Counter([await told(places) for _ in range(10 * BACK_A_SECOND)])
        assert after[1] == pytest.approx(BACK_A_SECOND, abs=5) and after[2] == pytest.approx(BACK_A_SECOND, abs=5)
        assert set(after) == set(range(1, int(LATEST_BACK) + 1)), "nobody stays away for long"

    run(story())


def served(places: InHand, senders: Sequence[Sender]) -> tuple[list[int], list[int]]:
    """In which order those who come while the only place is taken are worked on, and who of them is sent away."""

    async def story() -> tuple[list[int], list[int]]:
        begun = list[int]()
        async with places.place():
            tasks = [asyncio.create_task(hold_place(places, begun, number, _set(), one)) for number, one in enumerate(senders)]
            await asyncio.sleep(0)
        met = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(one) for one in met} <= {type(None), Unavailable}
        async with places.place():
            pass
        return begun, [number for number, one in enumerate(met) if one]

    return run(story())


def test_of_each_sender_who_waits_one_is_worked_on_in_turn() -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    assert served(InHand(1, 9), [first, first, first, second, second, third]) == ([0, 3, 5, 1, 4, 2], [])


def test_while_the_queue_is_full_who_has_most_in_it_makes_room_for_who_has_less() -> None:
    first, second, third, fourth = uuid4(), uuid4(), uuid4(), uuid4()
    assert served(InHand(1, 4), [first] * 5) == ([0, 1, 2, 3], [4]), "nobody else asks"
    assert served(InHand(1, 4), [first] * 4 + [second]) == ([0, 4, 1, 2], [3])
    assert served(InHand(1, 4), [first] * 4 + [second] * 3) == ([0, 4, 1, 5], [2, 3, 6]), "each has as much"
    assert served(InHand(1, 4), [first, second, third, fourth, uuid4()]) == ([0, 1, 2, 3], [4]), "nobody has more"


def test_the_strangers_of_a_network_have_the_turns_of_several_accounts_and_no_more() -> None:
    places = InHand(1, 40)
    other = places.stranger("203.0.114.0/24")
    begun, away = served(places, [*(places.stranger("203.0.113.0/24") for _ in range(40)), other, other])
    assert begun.index(40) == LANES and begun.index(41) == 2 * LANES + 1 and len(away) == 2


def of_networks(places: InHand, number: int) -> list[Sender]:
    """A stranger of each of so many networks."""
    return [places.stranger(f"203.0.{network}.0/24") for network in range(number)]


def test_strangers_of_however_many_networks_and_whoever_is_signed_in_take_turns() -> None:
    places = InHand(1, 200)
    begun, away = served(places, [*of_networks(places, 112), *(uuid4() for _ in range(20))])
    assert begun[:40:2] == list(range(112, 132)) and begun[1:41:2] == list(range(20)), "one of these, one of those"
    assert begun[40:] == list(range(20, 112)) and not away, "nobody is failed where only strangers wait"


def test_whoever_shows_a_token_that_he_was_given_takes_turns_with_strangers_and_whoever_is_signed_in() -> None:
    places = InHand(1, 200)
    known: list[Sender] = [Known("here"), Known("here"), Known("there")]
    begun, away = served(places, [*of_networks(places, 112), *(uuid4() for _ in range(3)), *known])
    assert begun[:9] == [112, 115, 0, 113, 117, 1, 114, 116, 2], "of the known as well one of each in turn"
    assert not away
    places = InHand(1, 40)
    _, away = served(places, [*of_networks(places, 50), *(Known(f"{number}") for number in range(30))])
    assert len(away) == 40 and away[-10:] == list(range(70, 80)), "half of the room"


def test_strangers_whose_requests_take_long_have_no_more_places_than_whoever_is_signed_in_while_these_wait() -> None:
    async def story() -> None:
        places, begun, long = InHand(8, 200), list[int](), asyncio.Event()
        ends = [asyncio.Event() for _ in range(60)]
        strangers = [
            asyncio.create_task(hold_place(places, begun, number, ends[number], one))
            for number, one in enumerate(of_networks(places, 60))
        ]
        await asyncio.sleep(0)
        quick = [asyncio.create_task(hold_place(places, begun, number, _set(), uuid4())) for number in range(100, 150)]
        await asyncio.sleep(0)
        assert begun == list(range(8))
        ends[0].set()
        await asyncio.gather(*quick)
        assert begun[8:58] == list(range(100, 150)) and begun[58:] == [8], "one place that came free has served them all"
        slow = [asyncio.create_task(hold_place(places, begun, number, long, uuid4())) for number in range(200, 220)]
        await asyncio.sleep(0)
        for number in range(1, 25):
            ends[number].set()
            await strangers[number]
            await asyncio.sleep(0)
        assert begun[59:] == [200, 201, 202, 203, *range(9, 29)], "each have half of the places"
        for one in (long, *ends):
            one.set()
        await asyncio.gather(*strangers, *slow)

    run(story())


def test_strangers_of_however_many_networks_leave_half_of_the_room_to_accounts() -> None:
    places = InHand(1, 40)
    begun, away = served(places, [*of_networks(places, 50), *(uuid4() for _ in range(30))])
    assert sorted(begun)[20:] == list(range(50, 70)), "as many accounts as strangers are worked on"
    assert len(away) == 40 and away[-10:] == list(range(70, 80))


def test_a_place_that_comes_free_for_somebody_who_goes_in_that_very_moment_is_handed_on() -> None:
    async def story(then: Callable[[asyncio.Task[None], asyncio.Event], None]) -> list[int]:
        places, begun, end = InHand(1, 2), list[int](), asyncio.Event()
        holder = asyncio.create_task(hold_place(places, begun, 0, end))
        going, staying = (asyncio.create_task(hold_place(places, begun, number, _set())) for number in (1, 2))
        await asyncio.sleep(0)
        then(going, end)
        await asyncio.gather(holder, going, staying, return_exceptions=True)
        async with places.place():
            assert places._free == 0
        return begun

    def go_after_it_was_given(going: asyncio.Task[None], end: asyncio.Event) -> None:
        end.set()
        asyncio.get_running_loop().call_soon(going.cancel)

    def go_before(going: asyncio.Task[None], end: asyncio.Event) -> None:
        end.set()
        going.cancel()

    assert run(story(go_after_it_was_given)) == run(story(go_before)) == [0, 2]


def test_a_place_is_free_again_when_its_holder_takes_too_long_and_is_given_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_hand, "LONGEST", 0.01)

    async def story() -> list[int]:
        places, begun, end = InHand(1, 1), list[int](), asyncio.Event()
        slow = asyncio.create_task(hold_place(places, begun, 0, end))
        await asyncio.sleep(0)
        await hold_place(places, begun, 1, _set())
        end.set()
        await slow
        async with places.place():
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(hold_place(places, begun, 2, _set()), 0.005)
        return begun

    assert run(story()) == [0, 1]


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


def test_who_has_waited_for_long_is_told_and_leaves_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_hand, "PATIENCE", 0.01)

    async def story() -> None:
        places = InHand(1, 1)
        async with places.place():
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await hold_place(places, [], 0, _set())
            places.check()

    run(story())


def test_while_the_database_holds_up_those_who_have_a_place_who_has_waited_for_one_is_sent_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(in_hand, "HELD_UP_PATIENCE", 0.0)

    async def hold_up(places: InHand, cause: Exception, is_for_lock: bool) -> None:
        async with places.place():
            await asyncio.sleep(0.01)
            raise Unavailable(retry_after=1, is_for_lock=is_for_lock) from cause

    async def story(cause: Exception, *, is_for_lock: bool = False) -> list[object]:
        places = InHand(1, 5)
        return await asyncio.gather(
            hold_up(places, cause, is_for_lock), *(hold_place(places, [], 0, _set()) for _ in range(3)), return_exceptions=True
        )

    assert [type(one) for one in run(story(PoolTimeout()))] == [Unavailable] * 4
    assert [type(one) for one in run(story(OSError()))] == [Unavailable, *[type(None)] * 3], "others are no fault of the database"
    locked = run(story(PoolTimeout(), is_for_lock=True))
    assert [type(one) for one in locked] == [Unavailable, *[type(None)] * 3], "nor is what somebody else holds"


def test_whose_requests_meet_what_others_hold_has_few_in_hand_for_some_seconds_and_nobody_else_has_fewer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(in_hand, "LOCKED", 0.2)
    one, other = uuid4(), uuid4()

    async def story() -> None:
        places = InHand(9, 0)

        async def meet_lock() -> None:
            async with places.place(one):
                await asyncio.sleep(0)
                raise Unavailable(retry_after=1, is_for_lock=True)

        async def most(sender: Sender) -> int:
            begun, end = list[int](), asyncio.Event()
            tasks = [asyncio.create_task(hold_place(places, begun, 0, end, sender)) for _ in range(6)]
            await asyncio.sleep(0)
            end.set()
            await asyncio.gather(*tasks, return_exceptions=True)
            return len(begun)

        assert await most(one) == 6
        await asyncio.gather(*(meet_lock() for _ in range(8)), return_exceptions=True)
        assert [await most(sender) for sender in (one, other, None)] == [0, 6, 6]
        with pytest.raises(Unavailable):
            places.check(one)
        await asyncio.sleep(0.25)
        assert await most(one) == 1
        await asyncio.sleep(in_hand.OVERSTAYING_EACH * 0.2)
        assert await most(one) == 6

    run(story())


def test_the_log_tells_of_many_who_were_sent_away_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[tuple[str, dict[str, int]]] = []
    monkeypatch.setattr(in_hand, "log", SimpleNamespace(warning=lambda event, **facts: lines.append((event, facts))))

    async def story() -> None:
        places = InHand(0, 0)
        for _ in range(50):
            with pytest.raises(Unavailable):
                places.check()

    run(story())
    assert lines == [("overloaded", {"sent_away": 1, "waiting": 0})]
