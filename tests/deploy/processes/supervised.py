"""A supervisor of small real programs, in a process of its own, and a socket that shows which of them are alive."""

import contextlib
import os
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

from deploy.processes import die_with_parent as leash

PATIENCE_S = 30

DRIVER = """
    import sys
    from pathlib import Path
    from deploy.processes import die_with_parent as leash, supervisor
    from deploy.processes.ports import listens
    from deploy.processes.supervisor import Part, run

    def program(code):
        return [sys.executable, "-u", "-c", "import os, signal, socket, subprocess, sys\\n" + code]

    def say(line):
        print(line, flush=True)

"""

WAITS = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('goodbye')))\nprint('started')\nsignal.pause()"
STUBBORN = "signal.signal(signal.SIGTERM, lambda *_: print('no'))\nprint('started')\nwhile True: signal.pause()"


class Supervisor:
    """A supervisor in a process of its own, and the lines it says."""

    def __init__(self, driver: str, folder: Path) -> None:
        script = folder / "driver.py"
        script.write_text(textwrap.dedent(DRIVER) + textwrap.dedent(driver), encoding="utf-8")
        root = Path(leash.__file__).parents[2]
        self.process = subprocess.Popen(
            [sys.executable, script],
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.watchdog = threading.Timer(PATIENCE_S, self.process.kill)  # a test that hangs fails
        self.watchdog.start()

    def until(self, *wanted: str) -> None:
        """Read on until each of `wanted` was said, in any order."""
        missing = set(wanted)
        while missing and (line := self.process.stdout.readline()):
            self.lines.append(line.rstrip("\n"))
            missing.discard(line.rstrip("\n"))
        assert not missing, f"ended without {missing}: {self.lines}"

    def stop(self) -> None:
        """In good order, so that children of parts end, too: with a supervisor that is killed only its parts do."""
        for _ in range(2):  # the second signal does not wait for parts that are stubborn
            self.process.terminate()
        with contextlib.suppress(ValueError):  # closed by the test
            self.process.stdout.read()
            self.process.stdout.close()
        self.process.wait(PATIENCE_S)

    def end(self) -> int:
        """Read the rest and return the exit code."""
        self.lines += self.process.stdout.read().splitlines()
        return self.process.wait(PATIENCE_S)


def accept(guest_book: socket.socket) -> socket.socket:
    connection, _ = guest_book.accept()
    connection.settimeout(PATIENCE_S)
    assert connection.recv(1) == b"!"
    return connection


def is_over(connection: socket.socket) -> bool:
    """Wait for the process at the other end to end."""
    with connection:
        return connection.recv(1) == b""


def calls(guest_book: socket.socket) -> str:
    address = guest_book.getsockname()
    return f"book = socket.create_connection({address})\nbook.sendall(b'!')\n"
