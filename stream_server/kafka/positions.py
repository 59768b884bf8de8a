"""Where the entries of the log lie on a topic, found on the topic itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import orjson
from confluent_kafka import Message

from stream_server.kafka.connection import TopicConsumer
from stream_server.protocol.reader import Refused
from stream_server.protocol.wire import Offset

STATUS_PARTITION = 0
FIRST_LOOK_BACK = 2  # offsets; behind the last record of a partition stand the marks of its transactions
LOOK_BACK_FACTOR = 4


class Placed(NamedTuple):
    """A record's offset in its partition, and the line that it is."""

    offset: int
    line: Offset


class Status(NamedTuple):
    """The newest record of the topic of status: the first entry that was ever published, and the log's books."""

    origin: int
    books: dict[str, object]


def key_of(line: Offset) -> bytes:
    """The key of the record of a line: `entry/part/of`."""
    return b"%d/%d/%d" % (line.entry, line.part, line.of)


def line_of(message: Message) -> Offset:
    """The line that a record is. Raises Refused for a record that is none of ours."""
    key = message.key() or b""
    try:
        entry, part, of = map(int, key.split(b"/"))
    except ValueError as error:
        raise Refused(f"topic {message.topic()} holds a record that is no line of a log, key {key[:60]!r}") from error
    return Offset(entry, part, of)


def is_last_part(line: Offset) -> bool:
    """Whether nothing of its entry follows this line."""
    return line.part + 1 >= line.of


class Positions:
    """The topic of `consumer`, which is read for every answer; what cannot change is remembered.

    Raises what TopicConsumer raises, and Refused where the topic is not one log's.
    """

    def __init__(self, consumer: TopicConsumer) -> None:
        self._consumer = consumer
        self._topic = consumer.address.topic
        self._ends: dict[int, tuple[int, int]] = {}  # partition: (its end offset then, entry behind its last whole one)
        self._begins: dict[int, tuple[int, int]] = {}  # partition: (its low offset then, its first whole entry)
        self._located: dict[int, tuple[int, int]] = {}  # partition: (entry, offset) of the last answer
        self._origin: int | None = None
        self.partitions = self._checked_partitions()

    def status(self) -> Status | None:
        """The newest status; None before the first."""
        topic = self._consumer.address.status_topic
        record = self._last_record(topic, STATUS_PARTITION, *self._consumer.bounds(topic, STATUS_PARTITION))
        return Status(**orjson.loads(record.value() or b"")) if record else None

    def bounds(self) -> tuple[int, int]:
        """(first, end): the topic holds the entries first .. end-1, each once and whole."""
        offsets = [self._consumer.bounds(self._topic, p) for p in range(self.partitions)]
        ends = [self._end_of(p, *offsets[p]) for p in range(self.partitions)]
        begins = [self._begin_of(p, *offsets[p]) for p in range(self.partitions)]
        # Entry e of partition p is followed there by e + n, so all before it are there from e - n + 1 on.
        return max(self.origin(), *(begin - self.partitions + 1 for begin in begins)), min(ends)

    def locate(self, entry: int) -> tuple[int, ...]:
        """For each partition the offset of its first record of `entry` or a later one; its end if there is none."""
        return tuple(self._offset_of(p, entry) for p in range(self.partitions))

    def records(self) -> int:
        """Records between the begin and the end offsets of all partitions, the marks of transactions among them."""
        bounds = [self._consumer.bounds(self._topic, p) for p in range(self.partitions)]
        return sum(high - low for low, high in bounds)

    def origin(self) -> int:
        """The first entry that was ever published here: the first that the log still had then."""
        if self._origin is None:
            status = self.status()
            if status is None:
                raise ConnectionError(f"{self._consumer.address} is empty: the part that publishes the log fills it")
            self._origin = status.origin
        return self._origin

    def first_in(self, partition: int, entry: int) -> int:
        """The first entry at or after `entry` that belongs into `partition`."""
        return entry + (partition - entry) % self.partitions

    def line_at(self, entry: int) -> bytes:
        """The first line of an entry that is there."""
        partition = entry % self.partitions
        for message in self._consumer.scan(self._topic, partition, self._offset_of(partition, entry)):
            if line_of(message).entry == entry:
                return message.value() or b""
        raise Refused(f"{self._consumer.address} does not hold entry {entry}")

    def _checked_partitions(self) -> int:
        found, wanted = self._consumer.partitions(), self._consumer.address.partitions
        if not found:
            raise ConnectionError(f"there is no {self._consumer.address} yet: the part that publishes the log makes it")
        if found != wanted:
            raise Refused(
                f"{self._consumer.address} has {found} partitions, and transport.partitions is {wanted}: "
                "set it to that, or name another transport.topic"
            )
        return found

    def _end_of(self, partition: int, low: int, high: int) -> int:
        """The entry behind the last whole one of a partition."""
        if self._ends.get(partition, (None, 0))[0] != high:
            record = self._last_record(self._topic, partition, low, high)
            if record is None and low:
                raise Refused(
                    f"{self._consumer.address} has lost all records of partition {partition}: "
                    "set its retention.ms to -1, and name another transport.topic"
                )
            self._ends[partition] = (high, self._entry_behind(partition, record))
        return self._ends[partition][1]

    def _entry_behind(self, partition: int, record: Message | None) -> int:
        if record is None:
            return self.first_in(partition, self.origin())
        line = line_of(record)
        return line.entry + self.partitions if is_last_part(line) else line.entry

    def _begin_of(self, partition: int, low: int, high: int) -> int:
        """The first whole entry of a partition."""
        if self._begins.get(partition, (None, 0))[0] != low:
            placed = self._first_at(partition, low) if low < high else None
            if placed is None:
                return self.first_in(partition, self.origin())
            line = placed.line
            self._begins[partition] = (low, line.entry + (self.partitions if line.part else 0))
        return self._begins[partition][1]

    def _offset_of(self, partition: int, entry: int) -> int:
        low, high = self._consumer.bounds(self._topic, partition)
        known_entry, known_offset = self._located.get(partition, (0, low))
        if known_entry <= entry:
            low = max(low, known_offset)
        while low < high:
            middle = (low + high) // 2
            placed = self._first_at(partition, middle)
            if placed is None or placed.line.entry >= entry:
                high = middle
            else:
                low = placed.offset + 1
        self._located[partition] = (entry, low)
        return low

    def _first_at(self, partition: int, offset: int) -> Placed | None:
        message = next(self._consumer.scan(self._topic, partition, offset), None)
        return Placed(message.offset() or 0, line_of(message)) if message else None

    def _last_record(self, topic: str, partition: int, low: int, high: int) -> Message | None:
        back = FIRST_LOOK_BACK
        while low < high:
            begin = max(low, high - back)
            record = _last(self._consumer.scan(topic, partition, begin))
            if record is not None or begin == low:
                return record
            back *= LOOK_BACK_FACTOR
        return None


def _last(records: Iterator[Message]) -> Message | None:
    record = None
    for record in records:  # noqa: B007 - the last one is wanted
        pass
    return record
