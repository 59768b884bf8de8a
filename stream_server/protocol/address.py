"""Where a log can be read: at its own socket, or on a topic of Kafka. Plain values without a secret in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class SocketAddress:
    """The log's socket. `token_file` holds the token that gives our own parts a place that no stranger can take."""

    host: str
    port: int
    token_file: Path | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class KafkaAddress:
    """A topic that the publisher fills. `servers`: bootstrap servers as host:port,host:port; `client`: settings of
    librdkafka that the configuration passes through, as security.protocol. Passwords come from the environment."""

    servers: str
    topic: str
    partitions: int
    client: Mapping[str, str] = field(default_factory=dict)

    @property
    def status_topic(self) -> str:
        """The topic beside it that holds the books of the log."""
        return f"{self.topic}.status"

    def __str__(self) -> str:
        return f"topic {self.topic} at {self.servers}"


LogAddress = SocketAddress | KafkaAddress


def to_json(address: LogAddress) -> str:
    """`address` as one string, for an option of Spark's source."""
    return json.dumps(asdict(address), default=str)


def from_json(text: str) -> LogAddress:
    """The address in what `to_json` made. Raises ValueError, TypeError."""
    values = json.loads(text)
    if "topic" in values:
        return KafkaAddress(**values)
    return SocketAddress(values["host"], values["port"], Path(named) if (named := values["token_file"]) else None)
