"""Who may look: everybody on this machine, or who has the password, or whom a reverse proxy in front has let in.

The page itself listens on the loopback only; this is for what a proxy or a tunnel brings there. `/health` stays open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from flask import Flask, Response, request

PASSWORD_VARIABLE = "PULSE_PASSWORD"
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

    @server.before_request
    def _let_in() -> Response | None:
        if request.path in OPEN_PATHS:
            return None
        if access.proxy_header and not request.headers.get(access.proxy_header, "").strip():
            return _refused(f"Accès par le serveur mandataire seulement : l'en-tête {access.proxy_header} manque.\n", 403)
        if access.password and not _is_right(request.headers.get("Authorization", ""), access.password):
            answer = _refused("Mot de passe demandé.\n", 401)
            answer.headers.extend(REALM)
            return answer
        return None


def _is_right(authorization: str, password: str) -> bool:
    """Whether the header of HTTP Basic authentication carries `password`; takes as long for any wrong one, of any length."""
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
