"""Requests that are sent at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

Deed = Callable[[], Any]


def at_once(*deeds: Deed) -> list[Any]:
    """The answers to requests that are sent at the same moment, none of them a failure."""
    start = Barrier(len(deeds))

    def begin(deed: Deed) -> Any:
        start.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        answers = list(pool.map(begin, deeds))
    assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
    return answers
