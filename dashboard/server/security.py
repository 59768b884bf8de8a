"""Headers and checks that every answer of the page passes through."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, Response, request

NO_FRAME = "frame-ancestors 'none'"
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


def register(
    app: Dash, tiles_url: str | None, embed_ancestors: Sequence[str] = (), public_names: Sequence[str] = ()
) -> None:
    """Refuse foreign Host and Origin headers, and send a strict content security policy.

    Args:
        app: the page.
        tiles_url: template of the base map's tiles, which the policy lets in; None: no base map.
        embed_ancestors: sites that may show the embeddable view (`?embed=1`) in a frame, besides our own pages.
        public_names: host names under which a reverse proxy reaches the page.

    A page on the loopback is reachable from any web site through DNS rebinding unless the Host is checked.
    """
    server: Flask = app.server
    policy = content_security_policy(app, tiles_url)
    public = frozenset(name.lower() for name in public_names)

    server.register_error_handler(DependencyException, _no_such_script)
    server.before_request(_refuse_bad_addresses)
    server.before_request(partial(_refuse_foreign_names, public))
    server.before_request(_refuse_background_requests)
    server.after_request(partial(_add_headers, policy, embed_ancestors))


def _no_such_script(_error: Exception) -> Response:
    return Response("No such script.\n", 404, mimetype="text/plain")


def _refuse_bad_addresses() -> Response | None:
    for name in ("Origin", "Referer"):
        if not _is_address(request.headers.get(name, "")):
            return Response(f"L'en-tête {name} n'est pas une adresse.\n", 400, content_type="text/plain; charset=utf-8")
    return None


def _refuse_foreign_names(public: frozenset[str]) -> Response | None:
    """Refuse a Host, or an Origin, under which the page is not served."""
    origin = request.headers.get("Origin")
    name = _name(request.host)
    if name in LOOPBACK_NAMES | public and (origin is None or _own_origin(origin, name in public)):
        return None
    return Response(
        "Host ou Origin refusé : cette page n'est servie que sur 127.0.0.1, localhost et dashboard.public_names.\n",
        421,
        mimetype="text/plain",
    )


def _refuse_background_requests() -> Response | None:
    """Another site may link to the page, or frame what is for frames; it may not ask for things in the background."""
    site, mode = request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Mode")
    if site == "cross-site" and mode != "navigate":
        return Response("Demande d'un autre site refusée.\n", 403, mimetype="text/plain")
    return None


def _add_headers(policy: str, embed_ancestors: Sequence[str], response: Response) -> Response:
    """Add the security headers to a response, and how long it may be cached."""
    if request.args.get("embed") == "1":
        ancestors = " ".join(["'self'", *embed_ancestors])
        response.headers["Content-Security-Policy"] = policy.replace(NO_FRAME, f"frame-ancestors {ancestors}")
    else:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers["X-Frame-Options"] = "DENY"
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if response.status_code in (200, 304) and (kept := _asset_cache_control()):
        response.headers["Cache-Control"] = kept
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"  # nothing to others; the layout follows the address
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _asset_cache_control() -> str:
    """How long a browser keeps an asset without asking: one whose address changes with it (Dash's `m`) for good."""
    if not request.path.startswith("/assets/"):
        return ""
    if "m" in request.args:
        return "private, max-age=31536000, immutable"
    return "private, max-age=86400" if request.path.startswith(("/assets/fonts/", "/assets/icons/")) else ""


def _is_address(text: str) -> bool:
    """Whether urllib can read it: not `http://[`."""
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


def _name(host: str) -> str:
    return host.lower() if host.endswith("]") else host.lower().rsplit(":", 1)[0]


def _own_origin(origin: str, behind_proxy: bool) -> bool:
    parts = urlsplit(origin)
    return (
        parts.scheme in ("http", *(["https"] if behind_proxy else [])) and parts.netloc.lower() == request.host.lower()
    )


def content_security_policy(app: Dash, tiles_url: str | None) -> str:
    """Own scripts only, none of them evaluated from text; inline styles are Dash's and Mantine's."""
    hashes = " ".join(f"'{value}'" if not value.startswith("'") else value for value in app.csp_hashes())
    tiles = f" {urlsplit(tiles_url).scheme}://{urlsplit(tiles_url).netloc.replace('{s}', '*')}" if tiles_url else ""
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' {hashes}",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data:{tiles}",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            NO_FRAME,
        ]
    )
