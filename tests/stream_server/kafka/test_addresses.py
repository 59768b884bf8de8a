"""How a part is told where the log is, with every secret left to the environment."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from deploy.configuration.settings import Settings
from deploy.configuration.transport import Transport
from stream_server.kafka.connection import options
from stream_server.protocol.address import KafkaAddress, LogAddress, SocketAddress, from_json, to_json
from stream_server.transport import add_address_arguments, address_arguments, address_from, kafka_address

SOCKET = SocketAddress("127.0.0.1", 9999, Path("/data/log.db.token"))
TOPIC = KafkaAddress("a:9092,b:9092", "pulse-live", 3, {"security.protocol": "SASL_SSL"})


@pytest.mark.parametrize("address", [SOCKET, SocketAddress("127.0.0.1", 1), TOPIC])
def test_an_address_is_the_same_after_its_way_through_an_option_of_spark(address: LogAddress) -> None:
    assert from_json(to_json(address)) == address


@pytest.mark.parametrize("address", [SOCKET, TOPIC])
def test_an_address_is_the_same_after_its_way_through_the_arguments_of_a_part(address: LogAddress) -> None:
    parser = argparse.ArgumentParser()
    add_address_arguments(parser)
    settings = Settings(transport=Transport(client={"security.protocol": "SASL_SSL"}))
    assert address_from(parser.parse_args(address_arguments(address)), settings) == address


def test_the_topic_of_a_source_is_named_after_both() -> None:
    settings = Settings(transport=Transport(bootstrap_servers="a:9092", topic="idf"))
    assert kafka_address(settings, "live") == KafkaAddress("a:9092", "idf-live", 2)
    assert kafka_address(settings, "live").status_topic == "idf-live.status"
    assert kafka_address(settings, "simulated", 4).partitions == 4


def test_name_and_passwords_come_from_the_environment_and_reach_librdkafka_only(monkeypatch) -> None:
    monkeypatch.setenv("PULSE_KAFKA_USERNAME", "ada")
    monkeypatch.setenv("PULSE_KAFKA_PASSWORD", "pw-K4")
    found = options(TOPIC, group_id="g")
    assert (found["sasl.username"], found["sasl.password"]) == ("ada", "pw-K4")
    assert (found["bootstrap.servers"], found["security.protocol"], found["group.id"]) == (
        "a:9092,b:9092",
        "SASL_SSL",
        "g",
    )
    assert "pw-K4" not in to_json(TOPIC) + " ".join(address_arguments(TOPIC)) + repr(TOPIC) + str(TOPIC)
