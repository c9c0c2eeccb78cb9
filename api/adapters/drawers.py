"""Processes that draw pictures anew, one picture after another: starting one for each would take longer than most pictures do."""

import subprocess
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import IO

from api.adapters.redrawing import ANSWER, QUESTION, Ending, Redrawn, Undrawable

_PROJECT = Path(__file__).parents[2]
MOST_BYTES = 20 * 1024 * 1024
"""Of what comes back: 2,048 pixels each way have 12 MB before they are packed, and what tells of more is none of ours."""

_ENDINGS = frozenset(Ending)


class Ended(Exception):
    """The process has ended before it had drawn the picture."""


class Retired(Ended):
    """It had ended by itself, since no picture came for long: another one is to be asked."""


class Drawer:
    """One such process. It gets no environment and no descriptor but those it is asked and answers by, and from its
    first picture on opens no other; for the rest it has the rights of whoever runs the server."""

    def __init__(self) -> None:
        command = [sys.executable, "-E", "-s", "-B", "-X", "utf8", "-m", "api.adapters.redrawing"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, cwd=_PROJECT, env={})

    def redraw(self, sent: bytes, bounds: tuple[int, int], *, is_emblem: bool, seconds: float) -> Redrawn:
        """Draw a picture anew, to fit within so many pixels. Only one at a time may be asked for.

        Raises Undrawable; or Ended where it takes longer than `seconds`, or too much, or Retired: then this process is of no use.
        """
        limit = Timer(seconds, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            ending, width, height, length = ANSWER.unpack(self._ask(QUESTION.pack(len(sent), *bounds, is_emblem), sent))
            if ending not in _ENDINGS or length > MOST_BYTES:
                self._process.kill()
                raise self._ended()
            content = self._read(length)
        finally:
            limit.cancel()
        if ending != Ending.drawn:
            raise Undrawable(Ending(ending))
        return Redrawn(content, width, height)

    def _ask(self, head: bytes, sent: bytes) -> bytes:
        questions = _of(self._process.stdin)
        try:
            questions.write(head)
            questions.write(sent)
            questions.flush()
        except BrokenPipeError:
            raise self._ended() from None
        return self._read(ANSWER.size)

    def _read(self, length: int) -> bytes:
        found = _of(self._process.stdout).read(length)
        if len(found) < length:
            raise self._ended()
        return found

    def _ended(self) -> Ended:
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
        # What it has not taken is sent once more when the pipe is closed.
        with suppress(BrokenPipeError), self._process:
            pass
        return Retired() if self._process.returncode == 0 else Ended()


class Drawers:
    """The processes that nobody needs at the moment, the one that was used last at the end: never more than were needed at once."""

    def __init__(self) -> None:
        self._free: deque[Drawer] = deque()

    def redraw(self, sent: bytes, bounds: tuple[int, int], *, is_emblem: bool, seconds: float) -> Redrawn:
        """Have a picture drawn anew, to fit within so many pixels. Raises Undrawable, or Ended for taking longer or too much."""
        while True:
            drawer = self._take()
            is_fresh = drawer is None
            drawer = drawer or Drawer()
            try:
                drawn = drawer.redraw(sent, bounds, is_emblem=is_emblem, seconds=seconds)
            except Undrawable:
                self._free.append(drawer)
                raise
            except Retired:
                if is_fresh:
                    raise
                continue
            self._free.append(drawer)
            return drawn

    def _take(self) -> Drawer | None:
        try:
            return self._free.pop()
        except IndexError:
            return None


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
