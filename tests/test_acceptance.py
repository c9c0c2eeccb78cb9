"""Whoever comes is taken, however many have knocked before him."""

import asyncio
import socket
from contextlib import ExitStack

from uvicorn import Config

from api.serving import UVICORN

KNOCKING = 100


def test_all_that_wait_at_the_door_are_taken_within_a_few_passes_of_the_loop() -> None:
    passes = taken_in = 0
    taken: list[asyncio.BaseTransport] = []

    class Taken(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            nonlocal taken_in
            taken.append(transport)
            taken_in = passes

    async def main(listening: socket.socket) -> None:
        nonlocal passes
        server = await asyncio.get_running_loop().create_server(Taken, sock=listening)
        knocking = [stack.enter_context(socket.create_connection(listening.getsockname())) for _ in range(KNOCKING)]
        async with asyncio.timeout(60):
            while len(taken) < len(knocking):
                passes += 1
                await asyncio.sleep(0)
        for transport in taken:
            transport.close()
        server.close()
        await server.wait_closed()

    with ExitStack() as stack:
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=KNOCKING))
        with asyncio.Runner(loop_factory=Config("", **UVICORN).get_loop_factory()) as runner:
            runner.run(main(door))
    assert taken_in <= 10, taken_in
