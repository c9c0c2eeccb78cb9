"""Whoever comes is taken, however many have knocked before him."""

import asyncio
import socket
from contextlib import ExitStack

import pytest
from uvicorn import Config

from api.serving import UVICORN
from api.web import acceptance
from api.web.acceptance import AT_ONCE

KNOCKING = 100


@pytest.mark.parametrize(("at_once", "most_passes"), [(AT_ONCE, 10), (8, KNOCKING)])
def test_all_that_wait_at_the_door_are_taken_within_a_few_passes_of_the_loop_and_never_more_at_once(
    monkeypatch: pytest.MonkeyPatch, at_once: int, most_passes: int
) -> None:
    monkeypatch.setattr(acceptance, "AT_ONCE", at_once)
    passes = taken_in = most_coming = 0
    taken: list[asyncio.BaseTransport] = []

    class Taken(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            nonlocal taken_in
            taken.append(transport)
            taken_in = passes

    async def main(listening: socket.socket) -> None:
        nonlocal passes, most_coming
        loop = asyncio.get_running_loop()
        assert isinstance(loop, acceptance.Loop)
        server = await loop.create_server(Taken, sock=listening)
        knocking = [stack.enter_context(socket.create_connection(listening.getsockname())) for _ in range(KNOCKING)]
        async with asyncio.timeout(60):
            while len(taken) < len(knocking):
                passes += 1
                most_coming = max(most_coming, len(loop._coming))
                await asyncio.sleep(0)
        for transport in taken:
            transport.close()
        server.close()
        await server.wait_closed()

    with ExitStack() as stack:
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=KNOCKING))
        with asyncio.Runner(loop_factory=Config("", **UVICORN).get_loop_factory()) as runner:
            runner.run(main(door))
    assert taken_in <= most_passes, taken_in
    assert 0 < most_coming <= at_once, most_coming
