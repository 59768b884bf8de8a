"""Access control: the page is open to this machine, to a password, or to users whom a reverse proxy has let in.

The page itself listens on the loopback only; this is for what a proxy or a tunnel brings there. `/health` stays open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
from dataclasses import dataclass

from flask import Flask, Response, request

from dashboard.server.guess_limit import GuessLimit

OPEN_PATHS = frozenset({"/health"})
REALM = {"WWW-Authenticate": 'Basic realm="Pulse", charset="UTF-8"'}


@dataclass(frozen=True)
class Access:
    """`password`: asked for if it is not empty (any user name). `proxy_header`: the header in which a reverse proxy
    names the user it let in; where it is set, a request without it is refused."""

    password: str = ""
    proxy_header: str = ""

    def __repr__(self) -> str:
        return f"Access(password={'set' if self.password else 'none'}, proxy_header={self.proxy_header!r})"


def register(server: Flask, access: Access) -> None:
    """Look at every request before anything else does."""
    guesses = GuessLimit()

    @server.before_request
    def _let_in() -> Response | None:
        if request.path in OPEN_PATHS:
            return None
        if access.proxy_header and not request.headers.get(access.proxy_header, "").strip():
            return _refused(
                f"Accès par le serveur mandataire seulement : l'en-tête {access.proxy_header} manque.\n", 403
            )
        return _check_password(access, guesses) if access.password else None


def _check_password(access: Access, guesses: GuessLimit) -> Response | None:
    """None for the right password; 401, or 429 for an address that guesses."""
    given, address = request.headers.get("Authorization", ""), _address(access)
    if given and (wait_s := guesses.wait_s(address)):
        answer = _refused("Trop de mots de passe faux : attendez.\n", 429)
        answer.headers["Retry-After"] = str(math.ceil(wait_s))
        return answer
    if _is_right(given, access.password):
        guesses.right(address)
        return None
    if given:
        guesses.wrong(address)
    answer = _refused("Mot de passe demandé.\n", 401)
    answer.headers.extend(REALM)
    return answer


def _address(access: Access) -> str:
    """Who asks: the last address that the proxy wrote, where one is configured; else the other end."""
    forwarded = request.headers.get("X-Forwarded-For", "") if access.proxy_header else ""
    return (forwarded.rsplit(",", 1)[-1].strip() or request.remote_addr or "")[:64]


def _is_right(authorization: str, password: str) -> bool:
    """Whether the header of HTTP Basic authentication carries `password`;
    takes as long for any wrong one, of any length."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        _, _, given = base64.b64decode(encoded, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(*(hashlib.sha256(word).digest() for word in (given, password.encode())))


def _refused(text: str, code: int) -> Response:
    return Response(text, code, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
