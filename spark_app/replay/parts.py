"""The processes of a replay: the collector, where Kafka carries the log a publisher and maybe a broker, and Spark."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass

from deploy.configuration.settings import Settings
from deploy.configuration.store_url import for_part
from deploy.processes.environment import pass_on, python
from deploy.processes.ports import free_port, listens
from deploy.processes.programs import PROGRAMS
from deploy.processes.socket_token import token_file
from deploy.processes.supervisor import Part
from spark_app.replay.plan import ReplayPlan
from stream_server.protocol.address import KafkaAddress, LogAddress, SocketAddress
from stream_server.transport import address_arguments, kafka_address

MEASURED = "measured.json"  # what the Spark application measured, in the folder of the replay
BROKER_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Transport:
    """How the log of a replay reaches Spark. `broker_port`: of a broker of our own for the time of the replay."""

    socket: SocketAddress
    log: LogAddress
    broker_port: int | None = None


def make_transport(plan: ReplayPlan, settings: Settings, options: argparse.Namespace) -> Transport:
    """The transport that `options` ask for, else the configured one."""
    host = settings.log.host
    socket = SocketAddress(host, free_port(host), token_file(plan.log))
    if (options.transport or settings.transport.kind) == "socket":
        return Transport(socket, socket)
    port = None if settings.transport.bootstrap_servers else free_port(BROKER_HOST)
    topic = replay_topic(plan, settings, options)
    if port is None:
        return Transport(socket, topic)
    return Transport(socket, KafkaAddress(f"{BROKER_HOST}:{port}", topic.topic, topic.partitions), port)


def replay_topic(plan: ReplayPlan, settings: Settings, options: argparse.Namespace) -> KafkaAddress:
    """The topic of `plan` on the configured brokers; one for each number of partitions, which no topic can change."""
    partitions = options.partitions or settings.transport.partitions
    name = re.sub(r"[^\w.-]", "_", plan.folder.name, flags=re.ASCII)
    return kafka_address(settings, f"{name}-p{partitions}", partitions=partitions)


def make_parts(plan: ReplayPlan, options: argparse.Namespace, transport: Transport) -> list[Part]:
    """The processes in the order of their start."""
    socket = transport.socket
    parts = [Part("log", _collect(plan, options, socket), ready=listens(socket.host, socket.port), stop_wait_s=15)]
    if isinstance(transport.log, KafkaAddress):
        publish = python(PROGRAMS["publish"], *address_arguments(socket), *address_arguments(transport.log))
        parts.append(Part("publish", publish, stop_wait_s=15))
    if transport.broker_port is not None:
        parts.insert(0, _broker(plan, transport.broker_port))
    return [*parts, _spark(plan, options, transport.log)]


def _broker(plan: ReplayPlan, port: int) -> Part:
    command = python(PROGRAMS["kafka"], "--port", str(port), "--folder", str(plan.folder / "kafka"))
    return Part("kafka", command, ready=listens(BROKER_HOST, port), stop_wait_s=15, ready_wait_s=600)


def _collect(plan: ReplayPlan, options: argparse.Namespace, socket: SocketAddress) -> list[str]:
    """The command of the collector."""
    return python(
        PROGRAMS["collect"],
        "--input",
        plan.input,
        "--path",
        str(plan.path.resolve()),
        "--log",
        str(plan.log),
        "--port",
        str(socket.port),
        *(["--day", str(plan.day)] if plan.day else []),
        *([f"--recorder={options.recorder}"] if options.recorder else []),
        *([f"--licence={options.licence}"] if options.licence else []),
    )


def _spark(plan: ReplayPlan, options: argparse.Namespace, log: LogAddress) -> Part:
    """The Spark application, which ends with the input."""
    to_store, environment = for_part(plan.store_url)
    command = python(
        PROGRAMS["spark"],
        "--until",
        "input",
        "--source",
        plan.input,
        *address_arguments(log),
        "--state",
        str(plan.folder),
        *to_store,
        "--measure",
        str(plan.folder / MEASURED),
        "--config",
        pass_on(options.config),
        *(["--cores", str(options.cores)] if options.cores else []),
        *(["--max-entries", str(options.max_entries)] if options.max_entries else []),
    )
    return Part("spark", command, stop_wait_s=60, job=True, environment=environment)
