"""The section `transport` of the configuration: how Spark reads the log."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from deploy.configuration.section import Section


def _bootstrap_servers(servers: str) -> str:
    if servers and not all(
        re.fullmatch(r"(\[[0-9A-Fa-f:]+\]|[\w.-]+):\d{1,5}", one, re.ASCII) for one in servers.split(",")
    ):
        raise ValueError("expected addresses as broker-1:9092,broker-2:9092")
    return servers


def _topic_name(topic: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,150}", topic, re.ASCII):
        raise ValueError("expected a topic of Kafka: letters, digits, full stops, dashes and underscores")
    return topic


# Of librdkafka's settings, what decides whether each line arrives once is ours.
_OWN_CLIENT_SETTING = re.compile(
    r"bootstrap\.servers|metadata\.broker\.list|group\.id|transactional\.id|isolation\.level|acks|enable\..*"
    r"|auto\.offset\.reset|log_level|plugin\..*|.*_cb"
)
_SECRET_CLIENT_SETTING = re.compile(r".*(password|secret|username).*")


def _client_settings(client: dict[str, str]) -> dict[str, str]:
    for name in client:
        if _SECRET_CLIENT_SETTING.fullmatch(name):
            raise ValueError(f"{name} belongs into the environment: PULSE_KAFKA_USERNAME, PULSE_KAFKA_PASSWORD")
        if _OWN_CLIENT_SETTING.fullmatch(name):
            raise ValueError(f"{name} is set by Pulse itself: leave it out")
    return client


BootstrapServers = Annotated[str, AfterValidator(_bootstrap_servers)]
TopicName = Annotated[str, AfterValidator(_topic_name)]
ClientSettings = Annotated[dict[str, str], AfterValidator(_client_settings)]


class Transport(Section):
    kind: Literal["socket", "kafka"] = Field(
        "socket", description="how Spark reads the log: from its own socket, or from a topic of Kafka"
    )
    bootstrap_servers: BootstrapServers = Field("", description="Kafka's brokers, as host:9092,host:9092")
    topic: TopicName = Field("pulse", description="begin of the topic's name; the source follows, as pulse-live")
    partitions: int = Field(2, ge=1, le=256, description="of the topic; fixed once it is made")
    client: ClientSettings = Field(
        {}, description="settings of librdkafka passed through, as security.protocol: SASL_SSL; never a password"
    )

    def topic_of(self, source: str) -> str:
        """Name of the topic of one log: those of several sources never meet."""
        return f"{self.topic}-{source}"
