"""The lines that requests leave in the log."""

import asyncio
import json
from errno import ENOSPC
from select import PIPE_BUF

import pytest

from api import logs


class Written(list[str]):
    """What was written to a stream, piece by piece."""

    def write(self, text: str) -> None:
        self.append(text)

    def flush(self) -> None:
        """Nothing is held back."""


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    pieces = Written()
    monkeypatch.setattr(logs, "_requests", pieces)
    return pieces


def answer(*numbers: int) -> None:
    for number in numbers:
        logs.request(id=f"{number:016x}", method="GET", operation="verify_code", status=200, seconds=0.0012, account=None)


def test_the_lines_of_one_turn_are_written_together_in_whole_lines_that_a_pipe_takes_at_once(written: Written) -> None:
    async def run() -> None:
        answer(*range(100))
        assert not written
        await asyncio.sleep(0)
        answer(100)
        await asyncio.sleep(0)

    asyncio.run(run())
    assert all(piece.endswith("}\n") and len(piece.encode()) <= PIPE_BUF for piece in written)
    assert 2 < len(written) < 20 and written[-1].count("\n") == 1
    lines = [json.loads(line) for line in "".join(written).splitlines()]
    assert [int(line["request_id"], 16) for line in lines] == list(range(101))
    assert {"method": "GET", "operation": "verify_code", "status": 200, "ms": 1.2, "account": None}.items() <= lines[0].items()
    assert lines[0]["timestamp"].endswith("Z") and len(lines[0]["timestamp"]) == len("2026-11-23T02:15:30.123456Z")


def test_lines_that_cannot_be_written_are_lost_and_later_ones_are_not(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: str) -> None:
        raise OSError(ENOSPC, "No space left on device")

    async def run() -> None:
        with monkeypatch.context() as full:
            full.setattr(written, "write", refuse)
            answer(*range(100))
            await asyncio.sleep(0)
        assert not logs._lines
        answer(100, 101)
        await asyncio.sleep(0)

    asyncio.run(run())
    assert [int(json.loads(line)["request_id"], 16) for line in "".join(written).splitlines()] == [100, 101]


def test_nothing_is_kept_where_requests_are_not_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_requests", None)
    answer(1)
    assert not logs._lines
