"""Object stores that speak S3: the settings of both libraries that write there. Credentials are never ours to hold:
they come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), else from the instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pyarrow import fs

SCHEME = "s3://"
REQUEST_S = 20  # for one request; what is away longer waits for the archive's next round
RETRY_S = 20
CONNECT_S = 5


@dataclass(frozen=True)
class ObjectStore:
    """Where `s3://` addresses lead. `endpoint`: of a store of one's own, else Amazon's; `region`: else us-east-1."""

    endpoint: str = ""
    region: str = ""

    def delta_options(self, url: str) -> Mapping[str, str]:
        """What delta-rs needs to write a table at `url`; nothing for a folder."""
        if not url.startswith(SCHEME):
            return {}
        options = {
            "aws_region": self._region,
            "aws_conditional_put": "etag",  # two writers of one version: one fails and looks again
            "timeout": f"{REQUEST_S}s",
            "connect_timeout": f"{CONNECT_S}s",
            "retry_timeout": f"{RETRY_S}s",
        }
        if self.endpoint:
            options |= {"aws_endpoint_url": self.endpoint, "aws_allow_http": str(self._is_plain).lower()}
        return options

    def write(self, url: str, content: bytes) -> None:
        """Put `content` at `url`, an `s3://bucket/key`; it appears only when it is whole. Raises OSError."""
        with self._filesystem().open_output_stream(url.removeprefix(SCHEME)) as stream:
            stream.write(content)

    def _filesystem(self) -> fs.S3FileSystem:
        return fs.S3FileSystem(
            region=self._region,
            endpoint_override=urlsplit(self.endpoint).netloc or None,
            scheme="http" if self._is_plain else "https",
            connect_timeout=CONNECT_S,
            request_timeout=REQUEST_S,
        )

    @property
    def _region(self) -> str:
        return self.region or "us-east-1"

    @property
    def _is_plain(self) -> bool:
        return self.endpoint.startswith("http://")
