"""Many clients at once, in a process of their own: so many connections that ask again as soon as they are answered.

`python -m tests.bench.load` reads from standard input what is to be asked, and writes down what came of it; nothing of the project
is imported, so that it begins at once.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

PATIENCE: Final = 15.0
"""Seconds after which a client gives up."""


@dataclass(frozen=True)
class Crowd:
    """Clients that ask the same: each has a connection, and goes through the requests from another one on."""

    name: str
    connections: int
    requests: Sequence[str]
    obeys: bool = True
    """Whether who is told to come back later waits for so long."""
    at_least: int = 0
    """How many answers with success are waited for, also beyond the time: of a slow machine no less is known than of a fast one."""


@dataclass
class Met:
    """What a crowd has met: how often it got which status, how often no answer in time, or a broken connection."""

    statuses: dict[str, int] = field(default_factory=dict)
    timed_out: int = 0
    broken: int = 0
    slowest: float = 0.0
    """Seconds, of an answer with success."""
    without_wait: int = 0
    """How many answers of 503 did not tell when to come back."""
    began: float = 0.0
    seconds: float = 0.0
    """How long it took until the last was answered."""

    @property
    def done(self) -> int:
        return self.statuses.get("200", 0)

    @property
    def bad(self) -> int:
        """Whatever is neither an answer nor the word that the server is busy."""
        refused = sum(number for status, number in self.statuses.items() if status not in ("200", "503"))
        return refused + self.timed_out + self.broken + self.without_wait


def crowd(port: int, crowds: Sequence[Crowd], seconds: float) -> dict[str, Met]:
    """What each of some crowds meets that ask one server for so long, and until each has had its least number of answers."""
    asked = json.dumps({"port": port, "crowds": [asdict(one) for one in crowds], "seconds": seconds})
    command = [sys.executable, "-m", "tests.bench.load"]
    run = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=seconds + 2 * PATIENCE + 30, check=True)
    return {name: Met(**met) for name, met in json.loads(run.stdout).items()}


async def _ask(port: int, crowds: Collection[Crowd], seconds: float) -> dict[str, Met]:
    began = time.monotonic()
    met = {crowd.name: Met(began=began) for crowd in crowds}
    until, latest = began + seconds, began + seconds + PATIENCE

    def goes_on() -> bool:
        now = time.monotonic()
        return now < until or (now < latest and any(met[one.name].done < one.at_least for one in crowds))

    await asyncio.gather(
        *(_client(port, one, number, met[one.name], goes_on) for one in crowds for number in range(one.connections))
    )
    return met


async def _client(port: int, crowd: Crowd, first: int, met: Met, goes_on: Callable[[], bool]) -> None:
    stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    turn = first
    while goes_on():
        request = crowd.requests[turn % len(crowd.requests)].encode()
        turn += 1
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                stream = stream or await asyncio.open_connection("127.0.0.1", port)
                stream[1].write(request)
                status, wait = await _answer(stream[0])
        except TimeoutError:
            met.timed_out += 1
            stream = None
            continue
        except (OSError, asyncio.IncompleteReadError):
            met.broken += 1
            stream = None
            await asyncio.sleep(0.05)
            continue
        met.statuses[status] = met.statuses.get(status, 0) + 1
        met.seconds = time.monotonic() - met.began
        if status == "200":
            met.slowest = max(met.slowest, time.monotonic() - began)
        elif status == "503":
            met.without_wait += wait is None
            back = time.monotonic() + (wait or 1 if crowd.obeys else 0)
            while goes_on() and time.monotonic() < back:
                await asyncio.sleep(0.1)
    if stream is not None:
        stream[1].close()


async def _answer(reader: asyncio.StreamReader) -> tuple[str, int | None]:
    """The status of an answer, and after how many seconds it says to come back."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    await reader.readexactly(int(headers.get(b"content-length", b"0")))
    wait = headers.get(b"retry-after")
    return head[9:12].decode(), None if wait is None else int(wait)


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    crowds = [Crowd(**one) for one in asked["crowds"]]
    found = asyncio.run(_ask(asked["port"], crowds, asked["seconds"]))
    json.dump({name: asdict(one) for name, one in found.items()}, sys.stdout)
