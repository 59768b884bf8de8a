"""The two topics of a log: the one of its lines and the one of its status."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from stream_server.kafka.connection import as_ours, make_admin
from stream_server.protocol.address import KafkaAddress

ANSWER_S = 10.0
AS_THE_BROKERS_SAY = -1  # replicas
LINE_MAX_BYTES = 16 << 20  # Kafka's own limit of 1 MB is less than a long notice on many lines can take
# Retention is the log's, by entry, never the brokers' by age. Records are stamped by the brokers: the event time of a
# recording or of a simulated network may be years away, which brokers refuse.
LINES = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "max.message.bytes": str(LINE_MAX_BYTES),
    "message.timestamp.type": "LogAppendTime",
}
STATUS = {
    "cleanup.policy": "compact",
    "segment.ms": str(3_600_000),
    "message.timestamp.type": "LogAppendTime",
}


def make_topics(address: KafkaAddress) -> None:
    """Make the topics of `address` where they are not there yet. Raises ConnectionError, Refused."""
    admin = make_admin(address)
    wanted = [
        NewTopic(address.topic, address.partitions, AS_THE_BROKERS_SAY, config=LINES),
        NewTopic(address.status_topic, 1, AS_THE_BROKERS_SAY, config=STATUS),
    ]
    for promise in admin.create_topics(wanted, request_timeout=ANSWER_S).values():
        try:
            promise.result(ANSWER_S)
        except KafkaException as error:
            if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise as_ours(error.args[0], address) from error
        except TimeoutError as error:
            raise ConnectionError(f"{address} cannot be made: no answer for {ANSWER_S:g} s") from error


def delete_topics(address: KafkaAddress) -> None:
    """Delete the topics of `address`; those that are not there are not missed. Raises ConnectionError, Refused."""
    admin = make_admin(address)
    for promise in admin.delete_topics([address.topic, address.status_topic], request_timeout=ANSWER_S).values():
        try:
            promise.result(ANSWER_S)
        except KafkaException as error:
            if error.args[0].name() != "UNKNOWN_TOPIC_OR_PART":
                raise as_ours(error.args[0], address) from error


def drop_records(admin: AdminClient, address: KafkaAddress, offsets: Sequence[int]) -> None:
    """Forget the records before the given offset of each partition. Raises ConnectionError, Refused."""
    wanted = [TopicPartition(address.topic, p, offset) for p, offset in enumerate(offsets)]
    for promise in admin.delete_records(wanted, request_timeout=ANSWER_S).values():
        try:
            promise.result(ANSWER_S)
        except KafkaException as error:
            raise as_ours(error.args[0], address) from error
