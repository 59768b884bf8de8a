"""Connections to the brokers: their settings, and errors of librdkafka as errors of ours."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from stream_server.protocol.address import KafkaAddress
from stream_server.protocol.reader import Refused

# Settings of librdkafka that are secrets, and the environment variables that hold them.
SECRETS = {
    "sasl.username": "PULSE_KAFKA_USERNAME",
    "sasl.password": "PULSE_KAFKA_PASSWORD",
    "ssl.key.password": "PULSE_KAFKA_KEY_PASSWORD",
}
SILENT = 0  # librdkafka writes to standard error otherwise; what it has to say comes as an error, too
FETCH_WAIT_MS = 1  # a fetch that waits at the end of a partition holds up the other requests of its connection
QUEUED_KB = 16_384  # read ahead at most
_NOT_YET = ("UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION")  # the publisher makes it
_NEVER = ("SASL_AUTHENTICATION_FAILED", "_AUTHENTICATION", "_SSL", "TOPIC_AUTHORIZATION_FAILED", "_INVALID_ARG")


def options(address: KafkaAddress, **own: Any) -> dict[str, Any]:
    """librdkafka's settings for `address`: what the user passes through, the secrets of the environment, our own."""
    secrets = {key: value for key, variable in SECRETS.items() if (value := os.environ.get(variable))}
    ours = {name.replace("_", "."): value for name, value in own.items()}
    return {**address.client, **secrets, **ours, "bootstrap.servers": address.servers, "log_level": SILENT}


def make_consumer(address: KafkaAddress) -> Consumer:
    """A consumer of committed records that is told where to read and belongs to no group. Raises Refused."""
    own = {
        "group_id": "pulse-unused",  # asked for by librdkafka, and never joined
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "enable_partition_eof": True,
        "auto_offset_reset": "error",  # records that are gone are an error, never a jump
        "fetch_wait_max_ms": FETCH_WAIT_MS,
        "fetch_queue_backoff_ms": 5,
        "reconnect_backoff_max_ms": 500,
        "queued_max_messages_kbytes": QUEUED_KB,
        "allow_auto_create_topics": False,
        "check_crcs": True,
    }
    try:
        return Consumer(options(address, **own))
    except KafkaException as error:
        raise Refused(f"transport.client: {_text(error.args[0])}") from error


def make_producer(address: KafkaAddress, transactional_id: str) -> Producer:
    """A producer of transactions. Raises Refused."""
    own = {
        "transactional_id": transactional_id,
        "acks": "all",
        "linger_ms": 5,
        "compression_type": "zstd",
        "transaction_timeout_ms": 20_000,
    }
    try:
        return Producer(options(address, **own))
    except KafkaException as error:
        raise Refused(f"transport.client: {_text(error.args[0])}") from error


def make_admin(address: KafkaAddress) -> AdminClient:
    """A client for topics. Keep it in a name: what it promised dies with it. Raises Refused."""
    try:
        return AdminClient(options(address))
    except KafkaException as error:
        raise Refused(f"transport.client: {_text(error.args[0])}") from error


def as_ours(error: KafkaError, address: KafkaAddress) -> Exception:
    """`error` as ConnectionError if it may pass, else as Refused."""
    if error.name() in _NOT_YET:
        return ConnectionError(f"there is no {address} yet: the part that publishes the log makes it")
    if error.name() in _NEVER or error.fatal():
        return Refused(f"the brokers refuse {address}: {_text(error)}")
    if error.name() in ("_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE"):
        return Refused(f"{address} has dropped these entries: run `./pulse rebuild`, or name another topic")
    return ConnectionError(f"{address} cannot be reached: {_text(error)}")


def _text(error: KafkaError) -> str:
    return f"{error.name()} ({error.str()})"


class TopicConsumer:
    """One consumer of an address that reads wherever it is told. Not for two threads at once.

    Every method raises ConnectionError if the brokers do not answer within `timeout_s`, Refused if they say no.
    """

    def __init__(self, address: KafkaAddress, timeout_s: float) -> None:
        self.address = address
        self._timeout_s = timeout_s
        self._consumer = make_consumer(address)

    def close(self) -> None:
        self._consumer.close()

    def partitions(self) -> int:
        """How many partitions the topic has; 0: there is no such topic."""
        try:
            topics = self._consumer.list_topics(self.address.topic, self._timeout_s).topics
        except KafkaException as error:
            raise as_ours(error.args[0], self.address) from error
        return len(topics[self.address.topic].partitions)

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """(low, high) offsets: the records that are there and committed lie in low .. high-1, with holes."""
        try:
            found = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), self._timeout_s)
        except KafkaException as error:
            raise as_ours(error.args[0], self.address) from error
        if found is None:
            raise ConnectionError(f"{self.address} did not answer for {self._timeout_s:g} s")
        return found

    def seek(self, topic: str, offsets: Sequence[int]) -> None:
        """Read on from the given offset of each of the first partitions."""
        self._consumer.assign([TopicPartition(topic, p, offset) for p, offset in enumerate(offsets)])

    def scan(self, topic: str, partition: int, offset: int) -> Iterator[Message]:
        """The records of a partition from `offset` up to its end as it is now."""
        self._consumer.assign([TopicPartition(topic, partition, offset)])
        while True:
            message = self._consumer.poll(self._timeout_s)
            if message is None:
                raise ConnectionError(f"{self.address} did not answer for {self._timeout_s:g} s")
            if is_end(message):
                return
            yield self.checked(message)

    def next_messages(self, most: int, wait_s: float) -> list[Message]:
        """Records of the partitions of `seek` as they come, at most `most`; empty after `wait_s` without one."""
        first = self._consumer.poll(wait_s)
        if first is None:
            return []
        rest = self._consumer.consume(most, 0)
        return [self.checked(message) for message in (first, *rest) if not is_end(message)]

    def checked(self, message: Message) -> Message:
        """`message`, unless it is an error."""
        if (error := message.error()) is not None:
            raise as_ours(error, self.address)
        return message


def is_end(message: Message) -> bool:
    """Whether this says that a partition has no more records for now."""
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF
