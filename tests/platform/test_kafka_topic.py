"""The log on a topic of a real broker: every line once and in order, whatever is killed; what a wrong topic gets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread

import pytest
from confluent_kafka import Producer

from stream_server.kafka.connection import options
from stream_server.kafka.publisher import Publisher
from stream_server.kafka.reader import KafkaReader
from stream_server.kafka.topics import delete_topics, make_topics
from stream_server.log.log import Log
from stream_server.protocol.address import KafkaAddress, SocketAddress
from stream_server.protocol.client import Client
from stream_server.protocol.reader import Refused
from stream_server.publish import publish
from stream_server.socket.server import Server
from stream_server.transport import address_arguments, describe_transport
from tests.made.log_entries import append, at, fill, message, poll, tick
from tests.platform.broker import running_broker

PATIENCE_S = 60.0


@pytest.fixture
def log(tmp_path) -> Iterator[Log]:
    with Log.open(tmp_path / "log.db") as log:
        yield log


@pytest.fixture
def server(log) -> Iterator[Server]:
    with Server(log, port=0) as server:
        yield server


@pytest.fixture
def client(server) -> Iterator[Client]:
    with Client("127.0.0.1", server.port, retry_s=5) as client:
        yield client


def fill_with_all_kinds(log: Log, rounds: int) -> None:
    """Entries of one message, of none, and of several."""
    for _ in range(rounds):
        fill(log, 2)
        when = at(log.bounds()[1])
        append(log, tick(when))
        append(log, poll(when, *(message(f"m{n}", when) for n in range(5))))


def publish_all(client: Client, address: KafkaAddress) -> None:
    """Publish what the log has by now."""
    publisher = Publisher(client, address)
    publisher.publish()
    publisher.close()


def lines_of(log: Log, start: int = 0) -> list[bytes]:
    return [line.rstrip(b"\n") for line in log.read(start, log.bounds()[1])]


@contextmanager
def publishing(server: Server, address: KafkaAddress) -> Iterator[subprocess.Popen[bytes]]:
    """The publisher as a process."""
    socket = SocketAddress("127.0.0.1", server.port)
    command = ["-m", "stream_server.publish", *address_arguments(socket), *address_arguments(address)]
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for_end(address: KafkaAddress, end: int) -> None:
    """Return when the topic holds the entries up to `end`."""
    pause = Event()
    with KafkaReader(address, retry_s=PATIENCE_S) as reader:
        for _ in range(round(PATIENCE_S / 0.1)):
            if reader.last()[1] >= end:
                return
            pause.wait(0.1)
    pytest.fail(f"{address} did not come to entry {end} within {PATIENCE_S} s")


@pytest.mark.parametrize("partitions", [1, 2, 3])
def test_a_topic_gives_the_lines_of_the_socket(broker, log, client, partitions):
    fill_with_all_kinds(log, 30)
    address = broker.new_address(partitions)
    publish_all(client, address)
    with KafkaReader(address) as reader:
        assert reader.last() == (0, 120)
        assert list(reader.read(0, 120)) == list(client.read(0, 120)) == lines_of(log)
        for start, stop in ((0, 1), (3, 4), (7, 60), (119, 120), (50, 50)):
            assert list(reader.read(start, stop)) == list(client.read(start, stop))
            assert list(reader.read(start, stop, reader.locate(start))) == list(client.read(start, stop))
        assert reader.status() == client.status()


def test_a_topic_grows_with_the_log(broker, log, client):
    address = broker.new_address(2)
    publisher = Publisher(client, address)
    with KafkaReader(address) as reader:
        assert reader.last() == (0, 0)
        for rounds in (1, 3):
            fill_with_all_kinds(log, rounds)
            assert publisher.publish()
            assert reader.last() == log.bounds()
            assert list(reader.read(*log.bounds())) == lines_of(log)
        assert not publisher.publish(), "nothing is new"
    publisher.close()


def test_a_log_that_has_dropped_its_begin_is_published_from_there_on(broker, log, client):
    fill(log, 9)
    log.drop_before(4)
    address = broker.new_address(3)
    publisher = Publisher(client, address)
    with KafkaReader(address) as reader:
        assert reader.last() == (4, 4)
        publisher.publish()
        assert reader.last() == (4, 9)
        assert list(reader.read(4, 9)) == lines_of(log, 4)
    publisher.close()


def test_what_the_log_drops_goes_from_the_topic(broker, log, client):
    fill(log, 20)
    address = broker.new_address(2)
    publisher = Publisher(client, address)
    publisher.publish()
    publisher.trim(first=13)
    with KafkaReader(address) as reader:
        assert reader.last() == (13, 20)
        assert list(reader.read(13, 20)) == lines_of(log, 13)
        with pytest.raises((Refused, ValueError), match="entry 12|has dropped these entries"):
            list(reader.read(12, 20))
    publisher.trim(first=20)
    with KafkaReader(address) as reader:
        assert reader.last() == (18, 20), "an entry of each partition stays: the topic says where it ends"
    publisher.close()


def test_a_publisher_killed_again_and_again_publishes_each_line_once(broker, log, server):
    address = broker.new_address(2)
    for round_ in range(4):
        fill(log, 150, size=2_000)
        with publishing(server, address):
            wait_for_end(address, log.bounds()[1] - (0 if round_ == 3 else 100))  # killed at work, but for the last
    with KafkaReader(address) as reader:
        assert reader.last() == (0, 600)
        assert list(reader.read(0, 600)) == lines_of(log)


def test_a_killed_broker_is_waited_for(tmp_path, log, server):
    with running_broker(tmp_path / "kafka") as broker:
        address, stop, failures = broker.new_address(2), Event(), []
        fill(log, 300)

        def keep_publishing() -> None:
            while not stop.is_set():
                try:
                    publish(SocketAddress("127.0.0.1", server.port), address, stop)
                except (OSError, Refused) as error:  # the supervisor starts the part again
                    failures.append(error)

        thread = Thread(target=keep_publishing)
        thread.start()
        try:
            wait_for_end(address, 300)
            broker.kill()
            fill(log, 300)
            broker.start()
            wait_for_end(address, 600)
        finally:
            stop.set()
            thread.join()
        assert not [error for error in failures if isinstance(error, Refused)]
        with KafkaReader(address) as reader:
            assert list(reader.read(0, 600)) == lines_of(log)


def test_a_reader_in_the_middle_of_a_range_waits_for_a_killed_broker(tmp_path, log, client):
    with running_broker(tmp_path / "kafka") as broker:
        address = broker.new_address(2)
        fill(log, 400, size=20_000)
        publish_all(client, address)
        with KafkaReader(address, retry_s=PATIENCE_S) as reader:
            lines = reader.read(0, 400)
            taken = [next(lines) for _ in range(3)]
            broker.kill()
            broker.start()
            assert taken + list(lines) == lines_of(log)


def test_another_log_is_refused(broker, log, client, tmp_path):
    fill(log, 5)
    address = broker.new_address(2)
    publish_all(client, address)
    with (
        Log.open(tmp_path / "other.db") as other,
        Server(other, port=0) as server,
        Client("127.0.0.1", server.port) as its_client,
    ):
        with pytest.raises(Refused, match="holds entries up to 5, but the log ends at 0"):
            Publisher(its_client, address)
        fill(other, 7, size=1)
        with pytest.raises(Refused, match="entry 4 of topic .* is another than that of the log"):
            Publisher(its_client, address)
        other.drop_before(6)
        with pytest.raises(Refused, match="ends at entry 5, but the log begins at 6"):
            Publisher(its_client, address)


def test_another_number_of_partitions_is_one_sentence(broker, log, client):
    fill(log, 5)
    address = broker.new_address(2)
    publish_all(client, address)
    other = replace(address, partitions=3)
    sentence = "has 2 partitions, and transport.partitions is 3: set it to that, or name another transport.topic"
    with pytest.raises(Refused, match=sentence), KafkaReader(other) as reader:
        reader.last()
    with pytest.raises(Refused, match=sentence):
        Publisher(client, other)


def test_records_of_somebody_else_are_left_alone(broker, log, client):
    address = broker.new_address(1)
    make_topics(address)
    stranger = Producer(options(address))
    stranger.produce(address.topic, b"hello")
    stranger.flush(10)
    with pytest.raises(Refused, match="holds records that are not ours: name another transport.topic"):
        Publisher(client, address)


def test_a_topic_that_is_not_there_is_waited_for_and_then_named(broker):
    address = broker.new_address(2)
    with (
        KafkaReader(address, retry_s=0.5) as reader,
        pytest.raises(ConnectionError, match="there is no topic .* yet: the part that publishes the log makes it"),
    ):
        reader.last()


def test_brokers_that_are_not_there_are_named():
    address = KafkaAddress("127.0.0.1:1", "nowhere", 2)
    with (
        KafkaReader(address, retry_s=0, timeout_s=1) as reader,
        pytest.raises(ConnectionError, match="topic nowhere at 127.0.0.1:1 cannot be reached"),
    ):
        reader.last()


def test_a_transport_is_described_by_its_records(broker, log, client):
    fill(log, 10)
    address = broker.new_address(2)
    publish_all(client, address)
    described = describe_transport(address)
    assert (described["kind"], described["partitions"]) == ("kafka", 2)
    assert 10 < int(described["records"]) < 20, "10 lines, and the marks of the transactions"
    delete_topics(address)


def test_the_publisher_of_a_wrong_topic_ends_with_the_code_that_no_start_helps(broker, log, server, client):
    fill(log, 5)
    address = broker.new_address(2)
    publish_all(client, address)
    with publishing(server, replace(address, partitions=4)) as process:
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 4
        assert b"pulse: topic" in said and b"has 2 partitions" in said
