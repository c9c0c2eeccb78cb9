"""A process whose event loop stands still, and with it all that it serves, ends itself: whoever keeps it starts another."""

import faulthandler
from asyncio import AbstractEventLoop, Handle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

STILL_SECONDS: Final = 60
EACH_SECONDS: Final = 1


@contextmanager
def beating(loop: AbstractEventLoop) -> Iterator[None]:
    """While a loop runs, put off from second to second that the process writes where it stands to standard error, and ends."""

    coming: Handle

    def beat() -> None:
        nonlocal coming
        faulthandler.dump_traceback_later(STILL_SECONDS, exit=True)
        coming = loop.call_later(EACH_SECONDS, beat)

    coming = loop.call_soon(beat)
    try:
        yield
    finally:
        coming.cancel()
        faulthandler.cancel_dump_traceback_later()
