"""Requests that are sent at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

Deed = Callable[[], Any]


def at_once(*deeds: Deed) -> list[Any]:
    """The answers to requests that are sent at the same moment, none of them a failure. Who is told that it takes too long,
    when nothing was done, asks once more: a machine may be busy."""
    start = Barrier(len(deeds))

    def begin(deed: Deed) -> Any:
        start.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        answers = list(pool.map(begin, deeds))
    answers = [deed() if one.status_code == 503 else one for deed, one in zip(deeds, answers, strict=True)]
    assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
    return answers


def codes(answers: list[Any]) -> list[tuple[int, str | None]]:
    """With which status each was answered, and with which problem's code, if with any; in order."""
    found = [(answer.status_code, answer.json()["code"] if answer.status_code >= 400 else None) for answer in answers]
    return sorted(found, key=lambda one: one[0])
