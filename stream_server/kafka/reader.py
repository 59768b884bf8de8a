"""The log read from a topic of Kafka, by entry numbers."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar

from confluent_kafka import Message

from stream_server.kafka.connection import TopicConsumer
from stream_server.kafka.positions import Positions, is_last_part, line_of
from stream_server.protocol.address import KafkaAddress
from stream_server.protocol.reader import Refused
from stream_server.protocol.rollback import undo_on_failure

PAUSE_S = 0.1  # between two attempts to reach the brokers
AT_ONCE = 2_000  # records taken from librdkafka in one call
LOOK_S = 0.5  # between two looks whether to give up
ANSWER_S = 5.0  # for one question to the brokers
_T = TypeVar("_T")


class KafkaReader:
    """A `LogReader` of one topic. `retry_s`, `timeout_s` and `gives_up` are those of `Client`."""

    def __init__(
        self,
        address: KafkaAddress,
        retry_s: float = 30.0,
        timeout_s: float = 120.0,
        gives_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self._address = address
        self._retry_s = retry_s
        self._timeout_s = timeout_s
        self._gives_up = gives_up
        self._consumer: TopicConsumer | None = None
        self._positions: Positions | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
        self._consumer = self._positions = None

    def last(self) -> tuple[int, int]:
        return self._patiently(Positions.bounds)

    def locate(self, entry: int) -> tuple[int, ...]:
        return self._patiently(lambda positions: positions.locate(entry))

    def status(self) -> dict[str, Any]:
        return self._patiently(self._newest_books)

    def records(self) -> int:
        """See `Positions.records`."""
        return self._patiently(Positions.records)

    def read(self, start: int, stop: int, at: tuple[int, ...] = ()) -> Iterator[bytes]:
        """The lines of the entries start .. stop-1 in their order, out of all partitions at once.

        Raises Refused or ValueError for an entry that is not there, ConnectionError if nothing comes for `retry_s`.
        """
        offsets = at or self.locate(start)
        with undo_on_failure(self.close):
            consumer = self._open()[0]
            consumer.seek(self._address.topic, offsets)
            yield from self._in_order(consumer, start, stop)

    def _in_order(self, consumer: TopicConsumer, start: int, stop: int) -> Iterator[bytes]:
        waiting: list[deque[Message]] = [deque() for _ in range(self._address.partitions)]
        entry, part = start, 0
        while entry < stop:
            queue = waiting[entry % len(waiting)]
            while not queue:
                for message in self._next_messages(consumer, entry):
                    waiting[message.partition() or 0].append(message)
            message = queue.popleft()
            line = line_of(message)
            if (line.entry, line.part) != (entry, part):
                raise ValueError(f"expected entry {entry} part {part} of {self._address}, got {line}")
            entry, part = (entry + 1, 0) if is_last_part(line) else (entry, part + 1)
            yield message.value() or b""

    def _next_messages(self, consumer: TopicConsumer, entry: int) -> list[Message]:
        """The next records, at least one. librdkafka reaches the brokers again by itself."""
        deadline = time.monotonic() + max(self._retry_s, LOOK_S)
        while time.monotonic() < deadline and not self._gives_up():
            if messages := consumer.next_messages(AT_ONCE, LOOK_S):
                return messages
        raise ConnectionError(f"entry {entry} of {self._address} did not come for {self._retry_s:g} s")

    def _open(self) -> tuple[TopicConsumer, Positions]:
        if self._consumer is None:
            self._consumer = TopicConsumer(self._address, min(self._timeout_s, ANSWER_S))
        if self._positions is None:
            self._positions = Positions(self._consumer)
        return self._consumer, self._positions

    def _newest_books(self, positions: Positions) -> dict[str, Any]:
        status = positions.status()
        if status is None:
            raise ConnectionError(f"{self._address} is empty: the part that publishes the log fills it")
        return status.books

    def _patiently(self, question: Callable[[Positions], _T]) -> _T:
        """The answer of the topic; asked again while the brokers are away or the topic is not there yet."""
        deadline = time.monotonic() + self._retry_s
        while True:
            try:
                return question(self._open()[1])
            except ConnectionError:
                self.close()
                if self._gives_up() or time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE_S)
            except Refused:
                self.close()
                raise
