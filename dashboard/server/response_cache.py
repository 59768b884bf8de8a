"""A response cache for page updates: fifty browsers that show the same view get the bytes of one computation.

An answer is kept for the moment of the store that it was made in, under the whole question: what is chosen, and what
the browser says that it shows already.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from flask import Flask, Response, abort, request

from dashboard.store.cache import Cache

ROUTE = "/_dash-update-component"
ASK_AGAIN = re.compile(rb'"asked":\s*null')  # turns.only_changes
PACKED_TYPES = ("application/json", "application/geo+json", "text/")
KEPT = 64  # answers of 50 kB
SMALL_BYTES = 1_400  # fits one packet: not worth packing
LEVEL = 1  # of gzip: 0.5 ms for 50 kB, which become 10 kB


@dataclass(frozen=True)
class Answer:
    """An answer as it goes over the wire."""

    status: int
    content_type: str
    body: bytes

    @cached_property
    def tag(self) -> str:
        """What names the body, for `ETag`."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def packed(self) -> bytes:
        """The body under gzip, packed once."""
        return gzip.compress(self.body, LEVEL, mtime=0)

    def response(self, packs: bool) -> Response:
        """A response of its own; packed if the asking one `packs` and it is worth it."""
        packed = packs and len(self.body) > SMALL_BYTES and self.content_type.startswith(PACKED_TYPES)
        response = Response(self.packed if packed else self.body, self.status, content_type=self.content_type)
        response.headers["Vary"] = "Accept-Encoding"
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        return response

    def conditional(self, packs: bool) -> Response:
        """The response with its tag; empty for who has the body already."""
        response = self.response(packs)
        response.set_etag(f"{self.tag}-gzip" if "Content-Encoding" in response.headers else self.tag)
        response.make_conditional(request)
        return response


def register(server: Flask, callbacks: Mapping[str, Any], moment: Callable[[], Hashable]) -> None:
    """Keep the answers of turns while `moment()` is the same. `callbacks` are Dash's, by their output."""
    endpoint = next(rule.endpoint for rule in server.url_map.iter_rules() if rule.rule == ROUTE)
    dispatch, kept = server.view_functions[endpoint], Cache(KEPT)

    def answer(*args: Any, **kwargs: Any) -> Any:
        refuse_malformed(request.get_data(), callbacks)
        question = turn_asked(request.get_data())
        if question is None:
            return dispatch(*args, **kwargs)
        made = kept.get((moment(), question), lambda: _made(dispatch(*args, **kwargs)), _lasts)
        return made.response(may_be_packed())

    server.view_functions[endpoint] = answer


def refuse_malformed(body: bytes, callbacks: Mapping[str, Any]) -> None:
    """Abort with 400 unless `body` asks one of `callbacks` for its own outputs from its own inputs and state."""
    try:
        asked = orjson.loads(body)  # refuses deep nesting, NaN and text that is not UTF-8
        callback = callbacks[asked["output"]]
        right = "callback" in callback and _names(asked["outputs"]) == _outputs(asked["output"])
        right = right and all(_names(asked.get(kind, [])) == _names(callback[kind]) for kind in ("inputs", "state"))
        right = right and all(isinstance(changed, str) for changed in asked.get("changedPropIds", []))
    except (ValueError, KeyError, TypeError, AttributeError):
        right = False
    if not right:
        abort(400, "no question that a page of ours asks")


def _names(parts: Any) -> list[str]:
    """`id.property` of each part, in order. Raises KeyError or TypeError."""
    return [f"{part['id']}.{part['property']}" for part in (parts if isinstance(parts, list) else [parts])]


def _outputs(output: str) -> list[str]:
    return output.strip(".").split("...")


def may_be_packed() -> bool:
    """Whether the asking one can unpack."""
    return request.accept_encodings.find("gzip") >= 0


def _made(given: Any) -> Answer:
    response = given if isinstance(given, Response) else Response(given)
    return Answer(response.status_code, response.content_type or "application/json", response.get_data())


def _lasts(made: Answer) -> bool:
    """Not an error, nor what asks the browser to ask again."""
    return made.status == 200 and not ASK_AGAIN.search(made.body)


def turn_asked(body: bytes) -> bytes | None:
    """The question in one form if it is a page's turn, without when it was asked; None for anything else."""
    try:
        asked = orjson.loads(body)
        (turn,) = asked["inputs"]
        if not turn["id"].startswith("turn-"):
            return None
        turn["value"].pop("at", None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # whatever it is, Dash answers it
    return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)
