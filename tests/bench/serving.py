"""Servers in processes of their own, as `python -m api serve` runs one, and what each request costs their processor."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from tests.bench.measure import MICROSECONDS

CONNECTIONS: Final = 8
"""Kept alive; each carries one request at a time."""

AFTERMATH: Final = 1.2
"""Seconds after which everything that a request sets off is done: scans are written down once a second."""


PATIENCE: Final = 5
"""So often a request is sent again that found no place or a share used up."""
LATER: Final = 2.0
"""Seconds before each."""


class Server:
    """A running server. Its cost is what its whole process has spent, threads and all."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        self._process = process
        self.port = int(process.stdout.readline())
        self._quiet_from = 0.0

    @classmethod
    @contextmanager
    def start(cls, application: str, log: Path, environment: Mapping[str, str] | None = None) -> Iterator[Self]:
        """Serve what `module:name` stands for, with the log going to a file; with another environment where one is given."""
        factory = not application.endswith(":asgi")
        with log.open("w") as written:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.serving", application, "factory" if factory else ""],
                stdout=subprocess.PIPE,
                stderr=written,
                env=os.environ | dict(environment or {}),
                text=True,
            )
            try:
                yield cls(process)
            finally:
                process.terminate()
                process.wait(timeout=60)

    def spend(self, wait: bool = True) -> float:
        """Seconds of processor time so far, once the last requests' aftermath is over if that is waited for."""
        if wait:
            time.sleep(max(0.0, self._quiet_from - time.monotonic()))
        return processor_time(self._process.pid)

    def ask(self, requests: Sequence[bytes], expected: bytes, *, at_once: int = CONNECTIONS) -> bytes:
        """Send requests over so many connections, each connection's one after the other, and give the last answer. What is to be
        asked again later, as on a machine that is busy with other things, is.

        AssertionError for an answer that does not hold `expected`.
        """
        connections, answer = [self._connect() for _ in range(at_once)], b""
        for start in range(0, len(requests), at_once):
            asked = list(zip(connections, requests[start : start + CONNECTIONS], strict=False))
            for connection, request in asked:
                connection.sendall(request)
            for connection, request in asked:
                answer = _read(connection)
                for _ in range(PATIENCE):
                    if not answer.startswith(b"HTTP/1.1 503 "):
                        break
                    time.sleep(LATER)
                    connection.sendall(request)
                    answer = _read(connection)
                assert answer.startswith(b"HTTP/1.1 200 ") and expected in answer, answer[:2000]
        for connection in connections:
            connection.close()
        self._quiet_from = time.monotonic() + AFTERMATH
        return answer

    def _connect(self) -> socket.socket:
        until = time.monotonic() + 20
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
                break
            except ConnectionRefusedError:
                assert time.monotonic() < until and self._process.poll() is None, "the server does not start"
                time.sleep(0.02)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def processor_time(process: int) -> float:
    """Seconds of processor time that a process has spent so far, threads and all."""
    # The clock of another process (clock_getcpuclockid(3)).
    return time.clock_gettime(~process << 3 | 2)


def request(path: str, accept: str, *more: str, sent: str | None = None) -> bytes:
    """A request as a client with few headers sends it, and `more` of them; a POST where JSON is `sent`."""
    headers = ["Host: 127.0.0.1", f"Accept: {accept}", "Accept-Language: zh-CN,zh;q=0.9", *more]
    body = (sent or "").encode()
    if body:
        headers += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join((f"{'POST' if body else 'GET'} {path} HTTP/1.1", *headers, "", "")).encode() + body


def cost(before: float, after: float, requests: int) -> float:
    """Microseconds a request."""
    return (after - before) * MICROSECONDS / requests


def _read(connection: socket.socket) -> bytes:
    answer = connection.recv(1 << 16)
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _more(connection)
    at = answer.index(b"content-length: ") + len(b"content-length: ")
    whole = end + 4 + int(answer[at : answer.index(b"\r", at)])
    while len(answer) < whole:
        answer += _more(connection)
    return answer


def _more(connection: socket.socket) -> bytes:
    content = connection.recv(1 << 16)
    assert content, "the server has hung up"
    return content


def _serve(application: str, *, factory: bool) -> None:
    import uvicorn

    from api.serving import UVICORN

    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(application, factory=factory, **UVICORN)).run(sockets=[listening])


if __name__ == "__main__":
    _serve(sys.argv[1], factory=bool(sys.argv[2]))
