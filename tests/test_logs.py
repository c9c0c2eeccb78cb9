"""The lines of the log, those that requests leave above all."""

import asyncio
import json
from contextlib import suppress
from errno import ENOSPC
from select import PIPE_BUF
from typing import TextIO, cast

import pytest
import structlog

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
    monkeypatch.setattr(logs, "_requests", logs._Stream(cast(TextIO, pieces)))
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


@pytest.mark.parametrize("is_open", [True, False], ids=["full", "closed"])
def test_a_line_that_cannot_be_written_makes_nothing_fail_and_later_ones_are_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_open: bool
) -> None:
    before = structlog.get_config()
    with open("/dev/full", "w", buffering=1) as full:
        if not is_open:
            full.close()
        try:
            for level in ("debug", "info", "warning", "error", "critical", "exception"):
                with monkeypatch.context() as patched:
                    patched.setattr("sys.stderr", full)
                    logs.configure("DEBUG")
                    getattr(structlog.get_logger("liangxian"), level)("lost", level=level)
                logs.configure("DEBUG")
                getattr(structlog.get_logger("liangxian"), level)("told", level=level)
        finally:
            structlog.configure(**before)
            with suppress(OSError):
                full.close()
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines() if line.startswith("{")] == ["told"] * 6


def test_where_there_is_no_stream_at_all_lines_are_lost() -> None:
    stream = logs._Stream(None)
    stream.write("lost")
    stream.flush()


def test_nothing_is_kept_where_requests_are_not_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_requests", None)
    answer(1)
    assert not logs._lines
