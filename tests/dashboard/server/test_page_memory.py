"""The page's memory stays what its answers need, however many threads made the greatest of them."""

import subprocess
import sys

import pytest

from dashboard.server.serve import ARENAS, THREADS
from tests.dashboard.conftest import ROOT

COUNT_ARENAS = f"""
import ctypes, re, sys, tempfile, threading
libc = ctypes.CDLL(None)
if sys.argv[1] == "shared":
    from dashboard.server.serve import share_memory
    share_memory()
together = threading.Barrier({THREADS})
def allocate():
    libc.malloc(100_000)
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range({THREADS})]
[thread.start() for thread in threads], [thread.join() for thread in threads]
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as told:
    file = ctypes.c_void_p(libc.fopen(told.name.encode(), b"w"))
    libc.malloc_info(0, file), libc.fclose(file)
    print(len(re.findall(b"<heap nr=", told.read())))
"""


def arenas(how: str) -> int:
    """How many arenas a process with the page's threads has."""
    return int(
        subprocess.run(
            [sys.executable, "-c", COUNT_ARENAS, how], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    )


@pytest.mark.skipif(sys.platform != "linux", reason="arenas of glibc")
def test_the_threads_share_few_arenas():
    assert arenas("shared") <= ARENAS < arenas("as they are")
