"""How long a request waits in all, by a clock that is moved by hand."""

from collections.abc import Callable

import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.testclient import TestClient

from api import allowance
from api.allowance import Allowance, allowed, current, waiting
from api.web.dispatch import Dispatch


@pytest.fixture
def let_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass."""
    now = 1000.0

    def moved(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(allowance, "monotonic", lambda: now)
    monkeypatch.setattr(allowance, "ALLOWED_SECONDS", 2.0)
    return moved


def test_waiting_alone_takes_from_the_allowance_and_what_is_waited_for_within_a_wait_is_counted_once(
    let_pass: Callable[[float], None],
) -> None:
    own = Allowance()
    let_pass(60)
    assert own.left == 2
    with own.waiting():
        let_pass(0.5)
        with own.waiting():
            let_pass(0.5)
            assert own.left == 1
        let_pass(0.5)
    let_pass(60)
    assert own.left == 0.5
    own.extend(1)
    with own.waiting():
        let_pass(2)
        own.extend(1)
    assert own.left == 0.5


def test_what_is_asked_quickly_takes_nothing_however_often(let_pass: Callable[[float], None]) -> None:
    own = Allowance()
    for _ in range(100):
        with own.waiting(free=0.1):
            let_pass(0.1)
    assert own.left == pytest.approx(2)
    with own.waiting(free=0.1):
        let_pass(0.5)
    assert own.left == pytest.approx(1.6)


def test_a_request_has_one_allowance_and_other_work_has_none(let_pass: Callable[[float], None]) -> None:
    assert current() is None
    with allowed(), waiting():
        let_pass(1)
        own = current()
        assert own and own.left == 1
    with waiting():
        assert current() is None


def test_an_allowance_ends_when_the_answer_is_sent(let_pass: Callable[[float], None]) -> None:
    app, seen = FastAPI(openapi_url=None), list[bool]()

    @app.get("/")
    def door(background: BackgroundTasks) -> None:
        seen.append(current() is not None)
        background.add_task(lambda: seen.append(current() is not None))

    app.router.middleware_stack = Dispatch(app.router, ["door"])
    with TestClient(app) as client:
        assert client.get("/").status_code == 200
    assert seen == [True, False]
