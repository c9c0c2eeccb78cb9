"""Memory that one thread has freed is there for the others."""

import ctypes
import subprocess
import sys

import pytest

from api.serving import ARENAS

ASK = """
import ctypes, sys, threading
from api.serving import bound_arenas
if sys.argv[1] == "bounded":
    bound_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.fdopen.restype = ctypes.c_void_p
together = threading.Barrier(12)
def take():
    together.wait()
    libc.malloc(ctypes.c_size_t(5000))
    together.wait()
threads = [threading.Thread(target=take) for _ in range(12)]
for one in threads:
    one.start()
for one in threads:
    one.join()
stream = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, stream)
libc.fflush(stream)
"""


def arenas(how: str) -> int:
    asked = subprocess.run([sys.executable, "-c", ASK, how], capture_output=True, text=True, check=True, timeout=60)
    return asked.stdout.count("<heap nr=")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="the C library is not glibc")
def test_the_threads_of_a_worker_share_two_arenas_instead_of_keeping_one_each() -> None:
    assert arenas("as it is") > ARENAS
    assert arenas("bounded") == ARENAS
