"""A SeaweedFS for the tests: a real server that speaks S3, with a folder and ports of its own, killed at will."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from pyarrow import fs

from deploy.processes.ports import free_port
from deploy.tool_environments import tool_environment
from spark_app.archive.object_store import ObjectStore

HOST = "127.0.0.1"
TOOLS = Path(__file__).resolve().parents[2] / ".pulse" / "tools"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "pulse-test", "AWS_SECRET_ACCESS_KEY": "pulse-test-secret"}
OWN_GRPC = 10_000  # SeaweedFS listens so far above each port, too
PATIENCE_S = 60.0
_numbers = count()


def tools() -> Path:
    """The programs of the environment `object-store`: the server, and libraries that read its tables."""
    return tool_environment("object-store", TOOLS, lambda line: print(line, file=sys.stderr))


class Server:
    """The server as a process. Its clients find their credentials in the environment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free_port()
        self.store = ObjectStore(f"http://{HOST}:{self._port}")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it answers."""
        self._folder.mkdir(exist_ok=True)
        ports = [f"-{name}={_free_port()}" for name in ("master.port", "volume.port", "filer.port", "admin.port")]
        own = [f"-dir={self._folder}", f"-ip={HOST}", f"-ip.bind={HOST}", f"-s3.port={self._port}"]
        off = ["-webdav=false", "-admin.ui=false", f"-s3.port.iceberg={_free_port()}"]
        self._process = subprocess.Popen(
            [str(tools() / "weed"), "-logtostderr=true", "mini", "-bucket=pulse", *own, *ports, *off],
            env=os.environ | CREDENTIALS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def new_url(self) -> str:
        """An address below which nothing is."""
        return f"s3://pulse/{next(_numbers)}"

    def files(self) -> fs.S3FileSystem:
        """Its files, for a look at them."""
        keys = {"access_key": CREDENTIALS["AWS_ACCESS_KEY_ID"], "secret_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"]}
        return fs.S3FileSystem(
            endpoint_override=f"{HOST}:{self._port}", scheme="http", region="us-east-1", connect_timeout=1, **keys
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with self.files().open_output_stream("pulse/ready") as stream:
                    stream.write(b"")
                return
            except OSError:
                assert time.monotonic() < deadline, f"SeaweedFS did not answer for {PATIENCE_S} s"
                time.sleep(0.2)


def _free_port() -> int:
    """A port that is free, and the one that SeaweedFS makes of it."""
    while True:
        port = free_port(HOST)
        if port + OWN_GRPC < 65_536:
            return port


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """A server that runs, with our credentials in the environment of this process."""
    server = Server(folder)
    os.environ |= CREDENTIALS
    server.start()
    try:
        yield server
    finally:
        server.kill()
        for name in CREDENTIALS:
            os.environ.pop(name, None)
