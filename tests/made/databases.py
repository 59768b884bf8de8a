"""Private database servers for the tests: started where installed, on a Unix socket in a folder of their own.

A process starts one server of each kind at most and keeps it to its end: each who asks gets new databases of it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

PATIENCE_S = 120.0
# A test leaves its connections to the garbage collector, and all tests of a process share a server.
CLIENTS = 1_000
Maker = Callable[[], str]  # gives the URL of a new, empty database
_kept, _running = ExitStack(), dict[str, Maker]()


def postgres() -> Path | None:
    """The folder of PostgreSQL's programs, the newest that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def mariadb() -> str | None:
    """MariaDB's server program, where it is installed."""
    return shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def postgresql_server(password: str = "") -> Iterator[Maker]:
    """A PostgreSQL cluster of our own; no network, no waiting for the disk. One with a password is nobody else's."""
    if not password:
        yield _kept_running("postgresql", _postgresql_server)
        return
    with _postgresql_server(password) as new:
        yield new


@contextmanager
def mariadb_server() -> Iterator[Maker]:
    """A MariaDB of our own, likewise."""
    yield _kept_running("mariadb", _mariadb_server)


def end_servers() -> None:
    """End what runs; the next who asks starts a new one."""
    _running.clear()
    _kept.close()


atexit.register(end_servers)  # of a benchmark; pytest's workers end without it (tests/conftest.py)


def _kept_running(kind: str, start: Callable[[], AbstractContextManager[Maker]]) -> Maker:
    if kind not in _running:
        _running[kind] = _kept.enter_context(start())
    return _running[kind]


@contextmanager
def _postgresql_server(password: str = "") -> Iterator[Maker]:
    programs = postgres()
    assert programs, "look at postgres() first"
    with _folder("postgres") as (folder, user):
        data = folder / "data"
        access = ["-A", "trust"]
        if password:
            (folder / "password").write_text(password)
            access = ["-A", "scram-sha-256", f"--pwfile={folder / 'password'}"]
        _run([programs / "initdb", "-D", data, "-U", "pulse", *access, "-E", "UTF8", "--no-sync"], user)
        (folder / "password").unlink(missing_ok=True)
        command = [
            str(programs / "postgres"),
            "-D",
            str(data),
            "-k",
            str(folder),
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
        ]
        command += ["-c", f"max_connections={CLIENTS}"]
        name = f"pulse:{quote(password, safe='')}" if password else "pulse"
        admin_url = f"postgresql+psycopg://{name}@/postgres?host={folder}"
        with _server(command, user, folder, admin_url, signal.SIGINT) as new:  # SIGTERM would wait for clients
            yield lambda: f"postgresql+psycopg://{name}@/{new()}?host={folder}"


@contextmanager
def _mariadb_server() -> Iterator[Maker]:
    server = mariadb()
    assert server, "look at mariadb() first"
    with _folder("mysql") as (folder, user):
        # its own folder for temporary tables: a server that starts removes those of others from a shared one
        own = ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={folder}"]
        account = [f"--user={user}"] if user else []
        _run(["mariadb-install-db", *own, *account, "--auth-root-authentication-method=normal", "--skip-test-db"], user)
        socket = folder / "socket"
        command = [
            server,
            *own,
            *account,
            f"--socket={socket}",
            "--skip-networking",
            f"--pid-file={folder / 'pid'}",
            f"--max-connections={CLIENTS}",
        ]
        address = f"?unix_socket={socket}&charset=utf8mb4"
        with _server(command, user, folder, f"mysql+pymysql://root@localhost/mysql{address}") as new:
            yield lambda: f"mysql+pymysql://root@localhost/{new()}{address}"


@contextmanager
def _folder(preferred_user: str) -> Iterator[tuple[Path, str | None]]:
    """A short path (a socket's has 107 characters at most) and who may run a server in it: not root."""
    folder = Path(tempfile.mkdtemp(prefix="pulse-"))
    user = _user(preferred_user) if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    try:
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user(preferred: str) -> str:
    import pwd

    return preferred if preferred in {entry.pw_name for entry in pwd.getpwall()} else "nobody"


def _run(command: Sequence[str | Path], user: str | None) -> None:
    done = subprocess.run(
        command, user=user, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@contextmanager
def _server(
    command: Sequence[str | Path], user: str | None, folder: Path, admin_url: str, stop: int = signal.SIGTERM
) -> Iterator[Maker]:
    """Run `command`; yields what makes a new database and gives its name."""
    with (folder / "output").open("w+") as output:
        process = subprocess.Popen(command, user=user, cwd="/", stdout=output, stderr=output)
        try:
            admin = create_engine(admin_url, isolation_level="AUTOCOMMIT")
            _wait(admin, process, output)
            names = (f"pulse_{number}" for number in count())

            def new() -> str:
                name = next(names)
                with admin.connect() as connection:
                    connection.exec_driver_sql(f"create database {name}")
                return name

            yield new
            admin.dispose()
        finally:
            process.send_signal(stop)
            process.wait(PATIENCE_S)


def _wait(admin, process, output) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return admin.connect().close()
        except OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                output.seek(0)
                raise AssertionError(f"the server did not start: {output.read()[-2000:]}") from None
            time.sleep(0.05)
