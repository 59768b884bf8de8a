"""The transports of the log, and the one place that opens a reader of either."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from deploy.configuration.settings import Settings
from stream_server.protocol.address import KafkaAddress, LogAddress, SocketAddress
from stream_server.protocol.client import Client
from stream_server.protocol.reader import LogReader


def open_reader(
    address: LogAddress,
    retry_s: float = 30.0,
    timeout_s: float = 120.0,
    gives_up: Callable[[], bool] = lambda: False,
) -> LogReader:
    """A reader of the log at `address`; the other arguments are those of `Client`."""
    if isinstance(address, SocketAddress):
        return Client(address.host, address.port, retry_s, timeout_s, gives_up, address.token_file)
    from stream_server.kafka.reader import KafkaReader  # librdkafka only where it is used

    return KafkaReader(address, retry_s, timeout_s, gives_up)


def describe_transport(address: LogAddress) -> dict[str, str | int]:
    """`kind`, `partitions` and `records` of a transport: the records that a topic holds, 0 for the socket."""
    if isinstance(address, SocketAddress):
        return {"kind": "socket", "partitions": 1, "records": 0}
    from stream_server.kafka.reader import KafkaReader

    with KafkaReader(address) as reader:
        return {"kind": "kafka", "partitions": address.partitions, "records": reader.records()}


def forget_topic(address: KafkaAddress) -> None:
    """Delete what was published at `address`. Raises ConnectionError, Refused."""
    from stream_server.kafka.topics import delete_topics

    delete_topics(address)


def kafka_address(settings: Settings, source: str, partitions: int | None = None) -> KafkaAddress:
    """The topic of `source` on the configured brokers; `partitions`: other than configured."""
    transport = settings.transport
    return KafkaAddress(
        transport.bootstrap_servers,
        transport.topic_of(source),
        partitions or transport.partitions,
        transport.client,
    )


def add_address_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the options that say where a part reads the log; `address_arguments` writes them."""
    parser.add_argument("--port", type=int, help="port of the log's socket")
    parser.add_argument(
        "--token-file", type=Path, help="holds the token of the log's socket, for a place that no stranger can take"
    )
    parser.add_argument("--kafka", metavar="SERVERS", help="read a topic of these bootstrap servers instead")
    parser.add_argument("--topic", help="name of that topic")
    parser.add_argument("--partitions", type=int, help="its partitions")


def address_arguments(address: LogAddress) -> list[str]:
    """`address` as arguments of a part."""
    if isinstance(address, KafkaAddress):
        return ["--kafka", address.servers, "--topic", address.topic, "--partitions", str(address.partitions)]
    token = ["--token-file", str(address.token_file)] if address.token_file else []
    return ["--port", str(address.port), *token]


def address_from(options: argparse.Namespace, settings: Settings) -> LogAddress:
    """The address that `options` name."""
    if options.kafka:
        address = KafkaAddress(options.kafka, options.topic, options.partitions)
        return replace(address, client=settings.transport.client)
    return SocketAddress(settings.log.host, options.port, options.token_file)
