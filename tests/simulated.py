"""Loops in which time passes only where nothing else is left to be done, and work that shares one processor."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
STEP = 0.01
"""Seconds."""


class _Time(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


def simulated(story: Coroutine[Any, Any, T]) -> T:
    """What comes of a story in a time of its own, when all else that it has begun has ended."""
    time = _Time()

    def loop() -> asyncio.AbstractEventLoop:
        one = asyncio.SelectorEventLoop(time)
        one.time = lambda: time.now  # type: ignore[method-assign]
        return one

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(story)


class Processor:
    """Shared alike by all who work at one time, as Python's lock is."""

    def __init__(self) -> None:
        self._left: dict[object, float] = {}
        self._runs = asyncio.create_task(self._run())

    async def work(self, seconds: float) -> None:
        """Work that takes so many seconds alone."""
        mine = object()
        self._left[mine] = seconds
        while self._left[mine] > 0:
            await asyncio.sleep(STEP)
        del self._left[mine]

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(STEP)
            for one in self._left:
                self._left[one] -= STEP / len(self._left)
