"""A single broker of Kafka on the loopback, for trying and for tests: its programs, its folder, its command line.

The programs come through the user's own Maven, so its settings say from where, and have to be those of our list.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

from deploy.configuration.private_folder import make_private
from deploy.processes.ports import free_port

DATA = Path(__file__).parent / "data"
POM, JARS, LOGGING = DATA / "broker-pom.xml", DATA / "broker-jars.sha256", DATA / "broker-log4j2.properties"
LIBRARIES = "programs"
FETCH_S = 600.0
FORMAT_S = 60.0
FAST_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers={host}:{controller_port}
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
num.network.threads=2
num.io.threads=2
# killed and started again, the broker is back in 4.5 s instead of 11.8 s
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""


class BrokerError(OSError):
    """The broker cannot be had here; the message is one sentence with what to do."""


def programs(folder: Path) -> Path:
    """The folder of the broker's jars within `folder`; fetched and checked at the first use. Raises BrokerError."""
    found = folder / LIBRARIES
    if not found.is_dir():
        make_private(folder)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            fetched = _fetch(Path(scratch))
            if wrong := differences(fetched):
                raise BrokerError(f"Maven fetched another Kafka than that of {JARS.name}, so it is not used: {wrong}")
            if not found.is_dir():
                fetched.rename(found)
    return found


def differences(folder: Path) -> str:
    """What in `folder` is not as in our list, as one phrase; empty if nothing."""
    wanted = {name: digest for digest, name in map(str.split, JARS.read_text("ascii").splitlines())}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.jar")}
    others = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    return f"{', '.join(others[:3])} ({len(others)} of {len(wanted)} files)" if others else ""


def command(folder: Path, libraries: Path, host: str, port: int) -> list[str]:
    """The command of a broker with the jars of `libraries` and its data in `folder`, made ready. Raises BrokerError."""
    data, properties = folder / "data", folder / "server.properties"
    controller_port = _controller_port(folder, host)
    properties.write_text(
        PROPERTIES.format(host=host, port=port, controller_port=controller_port, data=data), encoding="utf-8"
    )
    java = [_java(), *FAST_START, "-cp", f"{libraries}/*"]
    if not (data / "meta.properties").is_file():
        _format(java, properties)
    return [*java, "-Xms64m", "-Xmx256m", f"-Dlog4j2.configurationFile={LOGGING}", "kafka.Kafka", str(properties)]


def _fetch(scratch: Path) -> Path:
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerError(
            "the broker is fetched with Maven, and there is no mvn here: install it, or name your brokers"
        )
    pom, target = scratch / "pom.xml", scratch / LIBRARIES
    shutil.copy(POM, pom)
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={target}", "-DincludeScope=runtime"]
    done = subprocess.run(
        [maven, "-q", "-B", "-f", str(pom), *goal], capture_output=True, text=True, timeout=FETCH_S, check=False
    )
    if done.returncode:
        errors = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line] or [""]
        raise BrokerError(f"Maven cannot fetch the broker: {errors[0][:300]}")
    return target


def _controller_port(folder: Path, host: str) -> int:
    """Of the broker's other socket; kept, as the broker's own data name it."""
    make_private(folder)
    kept = folder / "controller-port"
    if not kept.is_file():
        kept.write_text(f"{free_port(host)}\n", encoding="ascii")
    return int(kept.read_text("ascii"))


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    found = Path(home, "bin", "java") if home else shutil.which("java")
    if not found:
        raise BrokerError("the broker needs a Java: set JAVA_HOME, or run `./pulse setup --java`")
    return str(found)


def _format(java: list[str], properties: Path) -> None:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    tool = ["kafka.tools.StorageTool", "format", "--standalone", "-t", f"p{cluster[1:]}", "-c", str(properties)]
    done = subprocess.run([*java, *tool], capture_output=True, text=True, timeout=FORMAT_S, check=False)
    if done.returncode:
        raise BrokerError(f"the broker cannot make its folder: {(done.stdout + done.stderr).strip()[-300:]}")
