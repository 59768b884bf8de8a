"""Makes the checkout's `.venv` from its hashed locks: once, whole, and by one process at a time.

Standard library only: the launcher runs this with the machine's Python before anything is installed.
"""

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

FREE_GB = 3.0  # measured: 1.6 GB of packages, and 1 GB more while PySpark's is built

# What pip says when it fails, and the sentence for the user.
PIP_CAUSES = {
    r"No space left|Disk quota": f"the disk is full: free {FREE_GB:.0f} GB and start again",
    r"Permission denied|Read-only file system": "the checkout cannot be written: make it writable for you",
    r"DO NOT MATCH THE HASHES": "a fetched package is not the one that the lock names, so it was not installed",
    r"connection broken|Failed to establish|timed out|ProxyError|SSLError|from versions: none": (
        "the package registry cannot be reached: check the network, HTTPS_PROXY and pip's own settings"
    ),
}


class InstallError(OSError):
    """The machine does not allow the installation; the message is one sentence for the user."""


class Venv:
    """The `.venv` of the checkout `root`. A marker, written last, holds the sha256 of the lock it was made from."""

    def __init__(self, root: Path, say: Callable[[str], None]) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.say = say

    def ensure_packages(self) -> None:
        """Make .venv hold exactly what requirements.lock names; returns at once when it does."""
        lock = self.root / "requirements.lock"
        if self._holds(lock):
            return
        check_python()
        with self._lock_checkout() as lock_fd:
            if not self._holds(lock):  # another process may just have made it
                self._make(lock, lock_fd)
                self._mark(lock)

    def ensure_java(self, reason: str) -> None:
        """Add the Java of requirements-java.lock, saying `reason` first; returns at once when it is there."""
        lock = self.root / "requirements-java.lock"
        if self._holds(lock):
            return
        with self._lock_checkout() as lock_fd:
            if not self._holds(lock):
                self.say(f"{reason}: one is installed into {self.folder} (35 MB to fetch, some seconds).")
                self._pip(lock, lock_fd)
                self._mark(lock)

    def _marker(self, lock: Path) -> Path:
        return self.folder / f"{lock.name}.sha256"

    def _holds(self, lock: Path) -> bool:
        try:
            return self._marker(lock).read_text(encoding="ascii") == _digest(lock) and self.python.exists()
        except FileNotFoundError:
            return False

    def _mark(self, lock: Path) -> None:
        self._marker(lock).write_text(_digest(lock), encoding="ascii")

    @contextlib.contextmanager
    def _lock_checkout(self) -> Iterator[int]:
        """Hold the checkout. Pip inherits the hold, so the orphan of a killed launcher is waited for too."""
        import fcntl

        folder_fd = os.open(self.root, os.O_RDONLY)
        try:
            try:
                fcntl.flock(folder_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.say("Another pulse is installing into .venv: waiting for it.")
                fcntl.flock(folder_fd, fcntl.LOCK_EX)
            yield folder_fd
        finally:
            os.close(folder_fd)

    def _make(self, lock: Path, lock_fd: int) -> None:
        check_space(self.root, shutil.disk_usage(self.root).free)
        count = len(re.findall(r"^[a-z]", lock.read_text(encoding="utf-8"), re.MULTILINE))
        self.say(f"First start with this {lock.name}: its {count} packages are installed into {self.folder}.")
        self.say("That fetches 0.8 GB (more than half of it is Spark), takes 1.6 GB of disk and 1 to 5 minutes.")
        if self.folder.exists():  # interrupted, or made from an older lock
            shutil.rmtree(self.folder)
        self.folder.mkdir()  # an unwritable checkout is found out here, by its own error
        base = os.path.realpath(sys.executable)  # this Python may be a link in the folder just removed
        made = subprocess.run(
            [base, "-m", "venv", self.folder], capture_output=True, text=True, check=False, pass_fds=[lock_fd]
        )
        if made.returncode:
            raise InstallError(f"{base} cannot make {self.folder}: {_one_line(made.stdout + made.stderr)}")
        self._install_builder(lock, lock_fd)
        self._pip(lock, lock_fd, count)

    def _install_builder(self, lock: Path, lock_fd: int) -> None:
        """Setuptools first: PySpark is a source package and is built with this one, whose hash is checked."""
        builder = re.search(r"^setuptools==(?:.*\\\n)*.*\n", lock.read_text(encoding="utf-8"), re.MULTILINE)
        if builder:
            first = self.folder / "setuptools.lock"
            first.write_text(builder[0], encoding="utf-8")
            self._pip(first, lock_fd)

    def _pip(self, lock: Path, lock_fd: int, count: int = 1) -> None:
        command = [
            str(self.python),
            "-m",
            "pip",
            "install",
            "-r",
            str(lock),
            "--require-hashes",
            "--no-build-isolation",
        ]
        command += ["--no-user", "--no-input", "--progress-bar", "off", "--disable-pip-version-check"]
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=[lock_fd],
        ) as process:
            output = list(self._progress_lines(process.stdout or (), count))
        if process.returncode:
            raise InstallError(pip_sentence("".join(output)))

    def _progress_lines(self, lines: Iterable[str], count: int) -> Iterator[str]:
        """Pip's lines as they come, told to the user in plain words."""
        fetched = 0
        for line in lines:
            yield line
            fetched += line.startswith("Collecting ")
            if line.startswith("Collecting ") and fetched % 20 == 0:
                self.say(f"  {fetched} of {count} packages")
            elif large := re.match(r"\s*Downloading (\S+) \((\d{2,}\.\d+ MB)\)", line):
                self.say(f"  fetching {large[1]} ({large[2]})")
            elif line.startswith("Building wheels"):
                self.say("  building PySpark's package")
            elif line.startswith("Installing collected") and count > 1:
                self.say("  unpacking, about half a minute")


def check_python(find: Callable[[str], object] = importlib.util.find_spec) -> None:
    """Raises InstallError, naming Debian's package, if this Python came without `venv`."""
    if not find("venv") or not find("ensurepip"):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise InstallError(f"{sys.executable} cannot make a virtual environment: install the package {package}")


def check_space(root: Path, free_bytes: int) -> None:
    """Raises InstallError if the packages cannot fit."""
    if free_bytes < FREE_GB * 1e9:
        free_gb = free_bytes / 1e9
        raise InstallError(f"{root} has {free_gb:.1f} GB of free disk and the packages need {FREE_GB:.0f} GB")


def pip_sentence(output: str) -> str:
    """What stopped pip, in one sentence."""
    for pattern, sentence in PIP_CAUSES.items():
        if re.search(pattern, output):
            return sentence
    errors = re.findall(r"^ERROR: (.+)", output, re.MULTILINE) or output.splitlines() or ["it said nothing"]
    return f"pip could not install the packages: {errors[-1]}"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _one_line(text: str) -> str:
    return " ".join(text.split())
