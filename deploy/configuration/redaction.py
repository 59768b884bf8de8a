"""Hides passwords in what is printed about addresses, also in one that cannot be parsed."""

from __future__ import annotations

import re

_USER = re.compile(r"(?<=://)[^\s'\"]*@")  # up to the last @: a password may hold one
_PARAMETER = re.compile(r"(?i)\b(password|passwd|pwd|sslpassword|secret|token|key)=[^&\s'\"]*")
_MEMBER = re.compile(r"(?i)(['\"][\w.-]*(?:password|secret|token|username)[\w.-]*['\"]: )(['\"]).*?\2")


def redacted(text: str) -> str:
    """`text` with what stands before the host of each address, and secrets among its parameters or members, as `***`.

    >>> redacted("postgres://pulse:s@cret@db/pulse?sslpassword=x")
    'postgres://***@db/pulse?sslpassword=***'
    >>> redacted("{'sasl.password': 'x'}")
    "{'sasl.password': ***}"
    """
    return _MEMBER.sub(r"\1***", _PARAMETER.sub(r"\1=***", _USER.sub("***@", text)))
