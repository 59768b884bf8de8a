"""Links to our own pages and files: the one place where an id becomes a part of an address.

>>> link("works", "C01742.ics"), link("incidents", incident="a/b é?")
('/works/C01742.ics', '/incidents?incident=a%2Fb%20%C3%A9%3F')
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import Flask
from werkzeug.routing import BaseConverter


class IdConverter(BaseConverter):
    """An id in a route, `<id:name>`: any text, with slashes anywhere; PRIM's ids follow no rule that we know."""

    regex = ".+?"
    part_isolating = False


def register(server: Flask) -> None:
    """Let routes hold ids; before the routes that do."""
    server.url_map.converters["id"] = IdConverter


def link(*segments: str, **query: str) -> str:
    """The address of a path, any text in any segment, and of a query;
    everything that has a meaning there is encoded."""
    path = "/" + "/".join(quote(segment, safe="") for segment in segments)
    return f"{path}?{encoded(query)}" if query else path


def encoded(query: dict[str, str]) -> str:
    """A query as it stands in an address; commas and colons stay readable.

    >>> encoded({"lines": "C01742,C01743", "incident": "a&b"})
    'lines=C01742,C01743&incident=a%26b'
    """
    return urlencode(query, safe=",:", quote_via=quote)
