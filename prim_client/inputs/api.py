"""One GET of PRIM over HTTP, of the bulk disruptions mostly. The key stays here: in no log, error or repr.

API page: https://prim.iledefrance-mobilites.fr/en/apis/idfm-disruptions_bulk
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from deploy.configuration.settings import KEY_VARIABLE
from prim_client import __version__
from prim_client.inputs.bounded_http import bounded_session
from prim_client.inputs.errors import AuthError, BadAnswer, PrimError, Transient
from prim_client.messages.parse import BODY_MAX_BYTES

BULK_PATH = "/disruptions_bulk/disruptions/v2"
CONNECT_TIMEOUT_S = 10.0
# The largest bulk answer seen has 1.4 MB; ten times that is no timetable information any more.
CHUNK_BYTES = 16 * 1024  # gzip unpacks one to 16 MB at most
LEFT_HEADER = "x-ratelimit-remaining-day"
LEFT_MAX_DIGITS = 12  # Python refuses to read thousands of digits
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Key:
    """An API key that shows itself to nobody who does not ask for it by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Raises AuthError, without the value, when it cannot be a key."""
        value = value.strip()
        if not value:
            raise AuthError(
                f"{KEY_VARIABLE} is not set: create a free key on https://prim.iledefrance-mobilites.fr "
                "and export it, or run on the simulated or a recorded input"
            )
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise AuthError(f"{KEY_VARIABLE} holds a space or a character that no key has: copy it again")
        self._value = value

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Key:
        """The key of `environment` (as `os.environ`). Raises AuthError if there is none."""
        return cls(environment.get(KEY_VARIABLE, ""))

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def __repr__(self) -> str:
        return "Key(***)"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it came: header names in lower case, the body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def requests_left(self) -> int | None:
        """What is left of the day's quota, as the server says; None if it says nothing that can be believed."""
        left = self.headers.get(LEFT_HEADER, "").strip()
        return int(left) if left.isdecimal() and len(left) <= LEFT_MAX_DIGITS else None


class Prim:
    """PRIM at `base_url`, asked with `key`.

    Raises ValueError when the key would travel unencrypted to another machine.
    """

    def __init__(
        self,
        key: Key,
        base_url: str,
        *,
        timeout_s: float,
        contact: str,
        max_body_bytes: int = BODY_MAX_BYTES,
    ) -> None:
        self._base_url = _checked(base_url)
        self._timeout_s = timeout_s
        self._max_body_bytes = max_body_bytes
        self._session = bounded_session(max_body_bytes, timeout_s)
        self._session.auth = _Apikey(key)  # also keeps a .netrc from adding a password of its own
        self._session.trust_env = not _is_loopback(base_url)  # no proxy between us and ourselves
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": user_agent(contact)}
        )

    def disruptions(self) -> Answer:
        """The whole bulk answer, whatever its status. Raises Transient (network) and BadAnswer (size)."""
        return self.get(BULK_PATH)

    def get(self, path: str, **query: int) -> Answer:
        """The whole answer at `path`, whatever its status. Raises Transient (network) and BadAnswer (size)."""
        url = self._base_url + path
        deadline_s = time.monotonic() + self._timeout_s
        timeouts_s = (min(CONNECT_TIMEOUT_S, self._timeout_s), self._timeout_s)
        try:
            with self._session.get(
                url, params=query, timeout=timeouts_s, stream=True, allow_redirects=False
            ) as response:
                return Answer(
                    response.status_code,
                    {name.lower(): value for name, value in response.headers.items()},
                    self._body(url, response, deadline_s),
                )
        except PrimError:
            raise
        except Exception as error:  # noqa: BLE001 - see the next line
            # The one boundary to the HTTP libraries: a hostile server makes them raise what they name nowhere, as
            # ValueError for a negative chunk or RecursionError for countless encodings.
            # `from None`: the chain would carry the request, and with it the key, into a traceback.
            raise Transient(f"no answer from {url}: {_plain(error)}") from None

    def _body(self, url: str, response: requests.Response, deadline_s: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(CHUNK_BYTES):
            body += chunk
            if len(body) > self._max_body_bytes:
                raise BadAnswer(f"{url} sends more than {self._max_body_bytes} bytes")
            if time.monotonic() > deadline_s:
                raise Transient(f"{url} sent {len(body)} bytes and no end in {self._timeout_s:g} s")
        return bytes(body)


class _Apikey(requests.auth.AuthBase):
    def __init__(self, key: Key) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["apikey"] = self._key.reveal()
        return request


def user_agent(contact: str) -> str:
    """The User-Agent header: this program, its version and, unless `contact` is empty, whom to write to."""
    return f"pulse-idf/{__version__}" + (f" (+{contact})" if contact else "")


def _checked(base_url: str) -> str:
    try:
        parts, _ = urlsplit(base_url), urlsplit(base_url).port
    except ValueError as error:
        raise ValueError(f"poll.base_url = {base_url!r} is no web address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"poll.base_url = {base_url!r} is no web address")
    if parts.scheme == "http" and not _is_loopback(base_url):
        raise ValueError(f"poll.base_url = {base_url!r}: the key is sent over https only (http: this machine)")
    return base_url.rstrip("/")


def _is_loopback(base_url: str) -> bool:
    return urlsplit(base_url).hostname in LOOPBACK


def _plain(error: BaseException) -> str:
    """The innermost cause, which says what happened; the outer ones repeat addresses of objects."""
    while isinstance(error.args[0] if error.args else None, BaseException):
        error = error.args[0]
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return _plain(reason)
    text = str(error).split(": ", 1)[-1] if "object at 0x" in str(error) else str(error)
    return f"{type(error).__name__}: {text}"[:300]
