"""The process that keeps several workers, and what it takes for a sign that one of them is no more."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final

import pytest

PROJECT: Final = Path(__file__).parent.parent
KEEPER: Final = """
import os, pathlib, socket, sys, time

async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})

if __name__ == "__main__":
    from uvicorn import Config
    from api.serving import UVICORN, Workers

    Workers(Config("keeper:application", workers=1, lifespan="off", **UVICORN), [socket.socket(fileno=int(sys.argv[1]))]).run()
elif __name__ == "__mp_main__":
    begun = 0
    while pathlib.Path(str(begun)).exists():
        begun += 1
    pathlib.Path(str(begun)).touch()
    if begun == 0:
        time.sleep(2)
        os._exit(1)
    # Longer than uvicorn itself would wait for a sign of life.
    time.sleep(6.5)
"""


@pytest.mark.long
def test_a_worker_that_is_slow_to_start_is_left_alone_and_one_that_dies_meanwhile_replaced_at_once(tmp_path: Path) -> None:
    (tmp_path / "keeper.py").write_text(KEEPER)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(PROJECT), str(tmp_path)))}
    with socket.create_server(("127.0.0.1", 0)) as door:
        command = [sys.executable, "keeper.py", str(door.fileno())]
        with subprocess.Popen(command, cwd=tmp_path, env=environment, pass_fds=[door.fileno()], stdin=subprocess.DEVNULL) as keeper:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{door.getsockname()[1]}/", timeout=50) as answer:
                    assert answer.status == 200
                time.sleep(1)
            finally:
                keeper.terminate()
    begun = [file.name for file in tmp_path.iterdir() if file.name.isdecimal()]
    assert len(begun) == 2, "the one that died, and the one in its place"
