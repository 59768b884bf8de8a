"""An HTTP server that answers like PRIM: same paths, header check, gzip, quota headers and errors.

    GET  /marketplace/disruptions_bulk/disruptions/v2   the whole state, header `apikey: simulated`
    GET  /marketplace/v2/navitia/line_reports/line_reports?count=…&start_page=…   pages, a quota of their own
    GET  /marketplace/general-message                   its errors only
    POST /_fault {"kind": "no_news", "count": 2}        the next bulk answers go wrong (see `faults.FAULTS`);
                                                        with "api": "line_reports", its next pages
    GET  /_state                                        what was asked so far, and which faults wait

It listens on the loopback only. Time and the answers are arguments.
"""

from __future__ import annotations

import gzip
import socket
import struct
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import orjson

from prim_client.inputs.api import BULK_PATH
from prim_client.inputs.line_reports import LINE_REPORTS_PATH
from prim_client.simulated.faults import FAULTS, Fault, Options, Reply

SIMULATED_KEY = "simulated"
PREFIX = "/marketplace"
BULK, LINE_REPORTS = "bulk", "line_reports"  # the APIs, as faults and quotas name them
CONTROL_MAX_BYTES = 10_000  # a fault is one short object
FAULTS_MAX = 10_000
REQUESTS_KEPT = 1_000  # the newest; it runs for weeks
GZIP_LEVEL = 1  # 1.3 MB in 12 ms
SHUTDOWN_POLL_S = 0.05  # how soon `close` is noticed

Answers = Callable[[datetime], tuple[int, bytes]]  # UTC moment -> HTTP status, body
Pages = Callable[[datetime, int, int], bytes]  # UTC moment, lines a page, number of the page -> body


class Simulator:
    """The server; `answers(moment)` gives status and body of the bulk API.

    Args:
        answers: the simulated world (`World.answer_at`).
        port: on 127.0.0.1; 0: any free one.
        name: told in `/_state`, so that a client knows which world it met.
        clock: UTC now.
        keys: the API keys that are let in.
        per_day: requests a UTC day, key and API.
        pages: of the line reports; without, Navitia has nothing to tell.

    Raises OSError when the port is taken.
    """

    def __init__(
        self,
        answers: Answers,
        *,
        port: int = 0,
        name: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        keys: frozenset[str] = frozenset({SIMULATED_KEY}),
        per_day: int = 1_000_000,
        pages: Pages | None = None,
    ) -> None:
        self.answers = answers
        self.name = name
        self.clock = clock
        self.keys = keys
        self.per_day = per_day
        self.pages = pages
        self._faults: dict[str, deque[tuple[Fault, Options]]] = defaultdict(deque)
        self._sent: dict[tuple[str, str, str], int] = {}
        self._lock = threading.Lock()
        self.requests: deque[tuple[datetime, str, int]] = deque(maxlen=REQUESTS_KEPT)  # when, path, status
        self.answered = 0
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.simulator = self

    @property
    def base_url(self) -> str:
        """What `poll.base_url` has to be."""
        return f"http://127.0.0.1:{self._http.server_port}{PREFIX}"

    def start(self) -> Self:
        """Serve in a thread of this process."""
        threading.Thread(target=self.serve, name="prim-simulator", daemon=True).start()
        return self

    def serve(self) -> None:
        """Serve until `close` or an interrupt."""
        self._http.serve_forever(SHUTDOWN_POLL_S)

    def close(self) -> None:
        """Stop serving and free the port."""
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def fault(self, kind: str, count: int = 1, api: str = BULK, **options: float) -> None:
        """Let the next `count` answers of `api` go wrong. Raises ValueError for a kind or an API that does not
        exist."""
        if kind not in FAULTS:
            raise ValueError(f"fault {kind!r} is none of {', '.join(sorted(FAULTS))}")
        if api not in (BULK, LINE_REPORTS):
            raise ValueError(f"api {api!r} is none of {BULK}, {LINE_REPORTS}")
        if not 1 <= count <= FAULTS_MAX:
            raise ValueError(f"count = {count!r}: 1 to {FAULTS_MAX}")
        with self._lock:
            self._faults[api].extend([(FAULTS[kind], options)] * count)

    def state(self) -> dict[str, object]:
        """What `/_state` tells."""
        with self._lock:
            return {
                "simulator": self.name,
                "requests": self.answered,
                "faults_waiting": sum(map(len, self._faults.values())),
                "kinds": sorted(FAULTS),
            }

    def bulk(self, key: str | None) -> Reply:
        """The answer to one request for the bulk API."""
        return self._answer(BULK, key, self.answers)

    def line_reports(self, key: str | None, query: Mapping[str, list[str]]) -> Reply:
        """The answer to one request for a page of line reports."""
        try:
            count, page = (
                int(query.get(name, [default])[0]) for name, default in (("count", "25"), ("start_page", "0"))
            )
        except ValueError:
            return FAULTS["bad_request"](b"", {})
        return self._answer(LINE_REPORTS, key, lambda now: self._page(now, count, page))

    def _page(self, now: datetime, count: int, page: int) -> tuple[int, bytes]:
        if self.pages is None or page < 0:
            nothing = FAULTS["no_solution"](b"", {})
            return nothing.status, nothing.body
        return 200, self.pages(now, count, page)

    def _answer(self, api: str, key: str | None, answers: Answers) -> Reply:
        now = self.clock()
        if key is None:
            return FAULTS["no_key"](b"", {})
        if key not in self.keys:
            return FAULTS["unauthorized"](b"", {})
        left, fault = self._take(api, key, now)
        reply = FAULTS["too_many"](b"", {}) if left < 0 else self._reply(answers(now), fault)
        return replace(reply, headers={**self._quota_headers(left), **reply.headers})

    @staticmethod
    def _reply(answer: tuple[int, bytes], fault: tuple[Fault, Options] | None) -> Reply:
        status, body = answer
        if fault is None:
            return Reply(status, body)
        make, options = fault
        return make(body or b"{}", options)

    def _take(self, api: str, key: str, now: datetime) -> tuple[int, tuple[Fault, Options] | None]:
        """Book the request: what is left of the day's quota (-1: none), and the fault that is due."""
        day = (api, key, now.date().isoformat())
        with self._lock:
            self._sent[day] = self._sent.get(day, 0) + 1
            left = self.per_day - self._sent[day]
            fault = self._faults[api].popleft() if self._faults[api] and left >= 0 else None
        return left, fault

    def _quota_headers(self, left: int) -> dict[str, str]:
        return {
            "x-ratelimit-limit-day": str(self.per_day),
            "x-ratelimit-remaining-day": str(max(left, 0)),
            "ratelimit-limit": "5",
            "ratelimit-remaining": "4",
            "ratelimit-reset": "1",
        }

    def log(self, path: str, status: int) -> None:
        """Remember one answered request."""
        with self._lock:
            self.answered += 1
            self.requests.append((self.clock(), path, status))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    simulator: Simulator

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no event; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/_state":
            self._send(Reply(200, orjson.dumps(self.server.simulator.state())))
            return
        path = url.path.removeprefix(PREFIX)
        reply = self._route(path, parse_qs(url.query))
        self.server.simulator.log(path, reply.status)
        self._send(reply)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/_fault" or length > CONTROL_MAX_BYTES or "Origin" in self.headers:
            self.close_connection = True
            self._send(_refusal(404, "POST /_fault takes one short JSON object, and no browser"))
            return
        try:
            request = orjson.loads(self.rfile.read(length))
            kind, count = request.pop("kind"), request.pop("count", 1)
            self.server.simulator.fault(kind, count, **request)
        except (orjson.JSONDecodeError, ValueError, TypeError, KeyError, AttributeError) as error:
            self._send(_refusal(400, f"no fault: {error}"))
            return
        self._send(Reply(200, orjson.dumps(self.server.simulator.state())))

    def _route(self, path: str, query: dict[str, list[str]]) -> Reply:
        key = self.headers.get("apikey")
        if path == BULK_PATH:
            return self.server.simulator.bulk(key)
        if path == LINE_REPORTS_PATH:
            return self.server.simulator.line_reports(key, query)
        if key not in self.server.simulator.keys:
            return FAULTS["no_key" if key is None else "unauthorized"](b"", {})
        if path == "/general-message":
            both = "LineRef" in query and "StopPointRef" in query
            return FAULTS["siri_error" if both else "bad_request"](b"", {})
        if path.startswith("/v2/navitia/line_reports/"):
            return FAULTS["no_solution"](b"", {})
        return FAULTS["blocked"](b"", {})

    def _send(self, reply: Reply) -> None:
        if reply.delay_s:
            time.sleep(reply.delay_s)
        if reply.reset:
            self._reset()
            return
        packed = reply.encoded or (
            "gzip" in self.headers.get("Accept-Encoding", "") and reply.status == 200 and bool(reply.body)
        )
        body = gzip.compress(reply.body, GZIP_LEVEL, mtime=0) if packed and not reply.encoded else reply.body
        self.send_response(reply.status)
        for name, value in {"Content-Type": reply.content_type, **reply.headers}.items():
            self.send_header(name, value)
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut_at = None if reply.cut_at is None else len(body) * reply.cut_at // max(len(reply.body), 1)
        self.wfile.write(body[:cut_at])
        self.close_connection = self.close_connection or cut_at is not None

    def _reset(self) -> None:
        """Close with a TCP reset instead of an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Quiet: whoever wants to know asks `/_state`."""


def _refusal(status: int, message: str) -> Reply:
    return Reply(status, orjson.dumps({"message": message}))
