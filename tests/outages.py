"""What befalls the network between us and what we depend on: a proxy that refuses, swallows, drips, lets wait, or breaks off."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Any, Final

DRIP_SECONDS: Final = 2.0
"""Between two bytes of a connection that is slow."""


PIECES: Final = {"slow": (1, DRIP_SECONDS), "late": (400, 0.25)}
"""How many bytes go through at once, and the seconds before each time."""


class Fault(Enum):
    none = auto()
    refused = auto()
    """Nobody takes connections, and those that there were are reset."""
    silent = auto()
    """Connections are taken and kept, and nothing goes through them until they thaw."""
    slow = auto()
    """What goes through them drips."""
    late = auto()
    """What goes through them comes piece by piece, each of them after a while in which nobody takes the server for silent."""


class Proxy:
    """Stands before a server at a port of its own. Lives in an event loop of its own; `set` may be called by any thread."""

    def __init__(self, *, path: str | None = None, host: str | None = None, port: int | None = None) -> None:
        """`path` is the socket of a server of this machine; otherwise it listens at `host` and `port`."""
        self._place: dict[str, Any] = {"path": path} if path else {"host": host, "port": port}
        self._loop = asyncio.new_event_loop()
        self._fault = Fault.none
        self._changed = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    def set(self, fault: Fault) -> None:
        """From now on this befalls all connections."""
        asyncio.run_coroutine_threadsafe(self._set(fault), self._loop).result(10)

    async def _set(self, fault: Fault) -> None:
        self._fault = fault
        self._changed.set()
        self._changed = asyncio.Event()
        if fault is Fault.refused and self._server:
            self._server.close()
            self._server = None
            for writer in self._writers:
                writer.transport.abort()
        elif fault is not Fault.refused and self._server is None:
            self._server = await asyncio.start_server(self._meet, "127.0.0.1", self.port, backlog=200)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._writers.add(writer)
        with suppress(OSError, asyncio.CancelledError):
            await self._pass()
            if "path" in self._place:
                far_reader, far_writer = await asyncio.open_unix_connection(**self._place)
            else:
                far_reader, far_writer = await asyncio.open_connection(**self._place)
            self._writers.add(far_writer)
            await asyncio.wait(
                [asyncio.create_task(self._carry(reader, far_writer)), asyncio.create_task(self._carry(far_reader, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
            far_writer.close()
            self._writers.discard(far_writer)
        writer.close()
        self._writers.discard(writer)
        self._tasks.discard(task)

    async def _pass(self) -> None:
        while self._fault is Fault.silent:
            await self._changed.wait()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                while data:
                    await self._pass()
                    fault, size = self._fault, len(data)
                    if fault.name in PIECES:
                        size, seconds = PIECES[fault.name]
                        with suppress(TimeoutError):
                            await asyncio.wait_for(self._changed.wait(), seconds)
                        if self._fault is not fault:
                            continue
                    writer.write(data[:size])
                    await writer.drain()
                    data = data[size:]

    async def _end(self) -> None:
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def proxied(**place: Any) -> Iterator[Proxy]:
    """Put a proxy before a server."""
    proxy = Proxy(**place)
    thread = threading.Thread(target=proxy._loop.run_forever, daemon=True)
    thread.start()
    try:
        proxy.set(Fault.none)
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy._end(), proxy._loop).result(10)
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        thread.join(10)
        proxy._loop.close()
