"""A process whose loop stands still is ended, and one that is merely busy, or slow, is not."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parent.parent
STANDING: Final = """
import asyncio, sys, time
from api.web import heartbeat
from api.web.acceptance import Loop

heartbeat.STILL_SECONDS = 2

async def main():
    for _ in range(30):
        time.sleep(0.1)
        await asyncio.sleep(0)
    if sys.argv[1] == "still":
        time.sleep(60)

with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(main())
if sys.argv[1] == "ended":
    time.sleep(3)
print("done")
"""


def test_a_process_whose_loop_stands_still_ends_and_tells_where_it_stood() -> None:
    began = time.monotonic()
    ended = run("still")
    assert ended.returncode == 1 and "done" not in ended.stdout
    assert "in main" in ended.stderr and time.monotonic() - began < 30


def test_one_that_goes_on_is_left_alone_and_so_is_what_is_done_behind_the_loop() -> None:
    ended = run("ended")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")


def run(how: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", STANDING, how]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
