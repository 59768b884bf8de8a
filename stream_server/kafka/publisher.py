"""Publishes the log on a topic, each line exactly once, whatever ends in between.

The position is the topic's own end and stands nowhere else. Opening a transaction of ours ends what an earlier
publisher had left open, and shuts it out; then the committed end says where to go on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import orjson
from confluent_kafka import KafkaException

from stream_server.kafka.connection import TopicConsumer, as_ours, make_admin, make_producer
from stream_server.kafka.positions import Positions, is_last_part, key_of
from stream_server.kafka.topics import drop_records, make_topics
from stream_server.protocol import wire
from stream_server.protocol.address import KafkaAddress
from stream_server.protocol.reader import LogReader, Refused

ANSWER_S = 60.0  # for one step of a transaction
GROUP_ENTRIES = 200
GROUP_BYTES = 8 << 20
STATUS_KEY = b"status"
TRIM_EVERY_S = 3_600.0


class Publisher:
    """Carries the lines of `log` to the topic of `address`. Whatever a method raises, make a new one to go on.

    Raises ConnectionError while the brokers or the log are away, Refused if the topic is not this log's.
    """

    def __init__(self, log: LogReader, address: KafkaAddress) -> None:
        make_topics(address)
        self._log, self._address = log, address
        self._producer = make_producer(address, f"pulse-{address.topic}")
        self._admin = make_admin(address)
        self._consumer = TopicConsumer(address, ANSWER_S)
        self._told: dict[str, Any] = {}
        self._trimmed_s = time.monotonic()
        try:
            self._producer.init_transactions(ANSWER_S)
        except KafkaException as error:
            raise as_ours(error.args[0], address) from error
        self._positions = Positions(self._consumer)
        self.origin, self.next = self._go_on()

    def close(self) -> None:
        """End the connections; a transaction under way is left to the next publisher."""
        self._consumer.close()

    def publish(self) -> bool:
        """Publish what the log has by now, and its books if they changed; whether there was something."""
        books = self._log.status()
        begin = self.next
        while self.next < books["last"]:
            self._publish_group(books["last"])
        is_news = self.next > begin or books != self._told
        if is_news:
            self._publish_status(books)
        if time.monotonic() - self._trimmed_s > TRIM_EVERY_S:
            self.trim(books["first"])
        return is_news

    def trim(self, first: int) -> None:
        """Forget the records of the entries before `first`, but for one entry of each partition at least."""
        self._trimmed_s = time.monotonic()
        keep_from = min(first, self.next - self._address.partitions)
        if keep_from > self._positions.bounds()[0]:
            drop_records(self._admin, self._address, self._positions.locate(keep_from))

    def _go_on(self) -> tuple[int, int]:
        """(origin, next): the first entry ever published here, and the next to be."""
        first, end = self._log.last()
        status = self._positions.status()
        if status is None:
            if self._positions.records():
                raise Refused(f"{self._address} holds records that are not ours: name another transport.topic")
            self.origin, self.next = first, first
            self._publish_status(self._log.status())
            return first, first
        self._check_agreement(first, end, *self._positions.bounds())
        return status.origin, self._positions.bounds()[1]

    def _check_agreement(self, first: int, end: int, begin: int, next_: int) -> None:
        """Raises Refused unless the log goes on where the topic ends."""
        help_ = "name another transport.topic, or delete this one"
        if next_ > end:
            raise Refused(f"{self._address} holds entries up to {next_}, but the log ends at {end}: {help_}")
        if next_ < first:
            raise Refused(
                f"{self._address} ends at entry {next_}, but the log begins at {first}: "
                f"what lies between is gone; {help_}"
            )
        last = next_ - 1
        if last >= max(first, begin) and self._positions.line_at(last) != next(iter([*self._log.read(last, next_)])):
            raise Refused(f"entry {last} of {self._address} is another than that of the log: {help_}")

    def _publish_group(self, stop: int) -> None:
        """One transaction of some whole entries."""
        with _Transaction(self._producer, self._address):
            behind = self.next
            for line in self._group(min(stop, self.next + GROUP_ENTRIES)):
                offset = wire.parse_offset(line)
                self._produce(self._address.topic, offset.entry % self._address.partitions, key_of(offset), line)
                behind = offset.entry + 1
        self.next = behind

    def _group(self, stop: int) -> Iterator[bytes]:
        size = 0
        lines = self._log.read(self.next, stop)
        for line in lines:
            yield line
            size += len(line)
            if size > GROUP_BYTES and is_last_part(wire.parse_offset(line)):
                self._log.close()  # the rest of the answer is read again as the next group
                return

    def _publish_status(self, books: dict[str, Any]) -> None:
        with _Transaction(self._producer, self._address):
            status = {"origin": self.origin, "books": books}
            self._produce(self._address.status_topic, 0, STATUS_KEY, orjson.dumps(status))
        self._told = books

    def _produce(self, topic: str, partition: int, key: bytes, value: bytes) -> None:
        while True:
            try:
                return self._producer.produce(topic, value=value, key=key, partition=partition)
            except BufferError:  # librdkafka's queue is full
                self._producer.poll(0.05)


class _Transaction:
    """A transaction of a producer: committed at the end of the block, else left to the next publisher to abort."""

    def __init__(self, producer: Any, address: KafkaAddress) -> None:
        self._producer, self._address = producer, address

    def __enter__(self) -> None:
        try:
            self._producer.begin_transaction()
        except KafkaException as error:
            raise as_ours(error.args[0], self._address) from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, KafkaException):
            raise as_ours(error.args[0], self._address) from error
        if kind is not None:
            return
        try:
            self._producer.commit_transaction(ANSWER_S)
        except KafkaException as failure:
            raise as_ours(failure.args[0], self._address) from failure
