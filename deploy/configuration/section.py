"""Base class of the configuration's sections, and the types of their values."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _loopback(host: str) -> str:
    if host not in LOOPBACK:
        raise ValueError(
            "only the loopback: the log's socket never leaves its machine; Kafka carries the log elsewhere"
        )
    return host


def _web_address(address: str) -> str:
    if not re.fullmatch(r"https?://[^/\s;,'\"<>\\\\][^\s;,'\"<>\\\\]*", address):
        raise ValueError(
            "expected an address that begins with https:// or http://, without spaces, quotes, commas or semicolons"
        )
    return address


def _origin(origin: str) -> str:
    if not re.fullmatch(r"https?://(\*\.)?[\w.-]+(:(\d{1,5}|\*))?", origin, re.ASCII):
        raise ValueError("expected an origin as https://example.org, without a path")
    return origin


def _host_name(name: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,253}", name, re.ASCII):
        raise ValueError("expected a host name as pulse.example.org, without scheme and port")
    return name


def _header_name(name: str) -> str:
    if not re.fullmatch(r"[\w-]*", name, re.ASCII):
        raise ValueError("expected the name of a header as X-Forwarded-User")
    return name


def _page_host(host: str) -> str:
    if not re.fullmatch(r"[\w.:-]{1,253}", host, re.ASCII):
        raise ValueError("expected an address or a host name as 127.0.0.1 or 0.0.0.0, without scheme and port")
    return host


DATABASES = ("sqlite", "postgresql", "mysql", "mariadb")


def _database_url(url: str) -> str:
    if url and not re.match(rf"({'|'.join(DATABASES)})(\+\w+)?://", url):
        raise ValueError(
            f"expected a URL that begins with {', '.join(DATABASES[:-1])} or {DATABASES[-1]}, as sqlite:///store.db"
        )
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]
Loopback = Annotated[str, AfterValidator(_loopback)]
Origin = Annotated[str, AfterValidator(_origin)]
PageHost = Annotated[str, AfterValidator(_page_host)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
HostName = Annotated[str, AfterValidator(_host_name)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Port = Annotated[int, Field(ge=0, le=65535)]  # 0: any free port (tests)


# The largest value of a number by the unit in its name, all far over any use: beyond, dates and waits overflow.
LARGEST = {"s": 10**8, "min": 10**7, "h": 10**5, "days": 36_500, "mb": 10**6, "seed": 2**63 - 1}
LARGEST_COUNT = 10**9


class Section(BaseModel):
    """A section of `config.yaml`: an unknown key, a switch for a number or a number beyond any use is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_switch_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """YAML's yes, no, on and off are booleans, which Python takes for 1 and 0."""
        if isinstance(value, bool) and cls.model_fields[info.field_name or ""].annotation is not bool:
            raise ValueError("expected something else than yes or no")
        return value

    @field_validator("*")
    @classmethod
    def _not_too_large(cls, value: Any, info: ValidationInfo) -> Any:
        most = LARGEST.get((info.field_name or "").rpartition("_")[2], LARGEST_COUNT)
        if isinstance(value, int | float) and abs(value) > most:
            raise ValueError(f"expected at most {most}")
        return value
