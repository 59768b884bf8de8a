"""Servers that break HTTP in every way: each answer is one PrimError with a sentence, and nothing else escapes."""

import gzip
import itertools
import time
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prim_client.inputs.api import Key, Prim
from prim_client.inputs.errors import BadAnswer, PrimError, of_answer
from prim_client.inputs.line_reports import LineReports, fetch_page
from prim_client.inputs.live import Live
from prim_client.inputs.quota import Quota
from prim_client.messages.polls import RawPoll
from tests.prim_client.conftest import STATE
from tests.prim_client.inputs.hostile_server import HostileServer

OK = b"HTTP/1.1 200 OK\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n"
KEY = "a-key-that-nobody-may-see"


def chunked(body):
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + body


def redirect(to):
    return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to + b"\r\n\r\n"


WRONG = {
    "closes at once": b"",
    "closes within the status line": b"HTTP/1.",
    "closes within the head": OK + b"Content-Le",
    "closes within the body": OK + b"Content-Length: 100\r\n\r\n{",
    "a status that is no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "a status of six digits": b"HTTP/1.1 200200 OK\r\n\r\n",
    "a negative status": b"HTTP/1.1 -20 OK\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "an old protocol": b"HTTP/0.9 200 OK\r\n\r\n{}",
    "a version of the future": b"HTTP/9.9 200 OK\r\n\r\n{}",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    "NUL everywhere": b"\0" * 100_000,
    "a negative chunk": chunked(b"-5\r\nhello\r\n0\r\n\r\n"),
    "a chunk of letters": chunked(b"xyz\r\nhello\r\n0\r\n\r\n"),
    "a chunk of underscores": chunked(b"1_0\r\nhello\r\n0\r\n\r\n"),
    "a chunk without a size": chunked(b"\r\nhello\r\n0\r\n\r\n"),
    "a chunk of 2^64": chunked(b"ffffffffffffffffffff\r\nhello"),
    "a chunk of 1,000,000 digits": chunked(b"f" * 1_000_000),
    "a chunk that ends early": chunked(b"64\r\nhello"),
    "a chunk without an end": chunked(b"5\r\nhelloworld\r\n0\r\n\r\n"),
    "a negative length": OK + b"Content-Length: -5\r\n\r\n{}",
    "a length of letters": OK + b"Content-Length: abc\r\n\r\n",
    "a length of 2^64": OK + b"Content-Length: 18446744073709551616\r\n\r\n{}",
    "a length of 5,000 digits": OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n{}",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "lengths in one line": OK + b"Content-Length: 2, 3\r\n\r\n{}",
    "no gzip": GZIP + b"{}",
    "gzip that is cut": GZIP + gzip.compress(b"{}" * 1_000)[:-12],
    "gzip that is broken": GZIP + gzip.compress(bytes(range(256)) * 100)[:100] + b"\xff" * 100,
    "gzip in gzip": OK + b"Content-Encoding: gzip, gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"no"),
    "encodings without an end": OK + b"Content-Encoding: " + b"gzip, " * 5_000 + b"gzip\r\n\r\n{}",
    "deflate that is none": OK + b"Content-Encoding: deflate\r\nConnection: close\r\n\r\n{}",
    "br that is none": OK + b"Content-Encoding: br\r\nConnection: close\r\n\r\n{}",
    "zstd that is none": OK + b"Content-Encoding: zstd\r\nConnection: close\r\n\r\n{}",
    "a header without a colon": OK + b"nonsense\r\nContent-Length: 1\r\n\r\n{",
    "a header that is binary": OK + b"X: \xff\xfe\x00\r\nContent-Length: 1\r\n\r\n{",
    "a name that is binary": OK + b"\xff\xfe: 1\r\nContent-Length: 1\r\n\r\n{",
    "a header of 1 MB": OK + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "100,000 headers": OK + b"X: 1\r\n" * 100_000 + b"\r\n",
    "a folded header": OK + b"X: 1\r\n 2\r\n\t3\r\nContent-Length: 1\r\n\r\n{",
    "a charset that nobody knows": OK + b"Content-Type: application/json; charset=\xff\r\nContent-Length: 1\r\n\r\n{",
    "a cookie of another time": OK + b"Set-Cookie: a=b; expires=Thu, 99-Foo-99999\r\nContent-Length: 1\r\n\r\n{",
    "a date to retry that is none": b"HTTP/1.1 503 X\r\nRetry-After: Mon, 99 Foo 99999999999 99:99:99 "
    b"GMT\r\nContent-Length: 0\r\n\r\n",
    "digits to retry that are none": "HTTP/1.1 503 X\r\nRetry-After: ²\r\nContent-Length: 0\r\n\r\n".encode("latin-1"),
    "a quota that is no number": "HTTP/1.1 503 X\r\nx-ratelimit-remaining-day: ³\r\nContent-Length: 0\r\n\r\n".encode(
        "latin-1"
    ),
    "a quota of 5,000 digits": b"HTTP/1.1 503 X\r\nx-ratelimit-remaining-day: "
    + b"9" * 5_000
    + b"\r\nContent-Length: 0\r\n\r\n",
    "a wait of 5,000 digits": b"HTTP/1.1 503 X\r\nRetry-After: " + b"9" * 5_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "a switch of protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n{}",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\n\r\n",
    "a redirect to itself": redirect(b"/"),
    "a redirect to a file": redirect(b"file:///etc/passwd"),
    "a redirect to another host": redirect(b"http://127.0.0.2:1/"),
    "a redirect to nowhere": b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    "a redirect to no address": redirect(b"http://[::1/\xff\0"),
    "very deep JSON": OK + b"Content-Length: 1000000\r\n\r\n" + b"[" * 1_000_000,
    "JSON that is no text": OK + b"Content-Length: 2\r\n\r\n\xff\xfe",
}
ENDLESS = {
    "a body": lambda: itertools.chain([OK + b"\r\n"], itertools.repeat(b"x" * 65_536)),
    "chunks": lambda: itertools.chain([chunked(b"")], itertools.repeat(b"1\r\nx\r\n" * 1_000)),
    "headers": lambda: itertools.chain([OK], itertools.repeat(b"X: 1\r\n" * 1_000)),
    "a status line": lambda: itertools.repeat(b"H" * 65_536),
    "100 Continue": lambda: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000),
    "trailers": lambda: itertools.chain([chunked(b"0\r\n")], itertools.repeat(b"X: 1\r\n" * 1_000)),
    "a gzip bomb": lambda: itertools.chain([GZIP], bomb()),
    "a chunk's extension": lambda: itertools.chain([chunked(b"5;")], itertools.repeat(b"x" * 65_536)),
}


def bomb():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return (packer.compress(bytes(10_000_000)) for _ in range(1_000))


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self):
        self.now = datetime(2026, 10, 5, 12, tzinfo=UTC)

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


def prim(server, **changes):
    settings: dict[str, Any] = {"timeout_s": 2, "contact": "x", "max_body_bytes": 1_000_000} | changes
    return Prim(Key(KEY), server.base_url, **settings)


def error_of(one):
    try:
        answer = one.disruptions()
    except PrimError as error:
        return error
    return of_answer(answer.status, answer.headers, answer.body, datetime.now(UTC))


def is_a_sentence(error):
    text = str(error)
    return isinstance(error, PrimError) and 0 < len(text) <= 600 and "\n" not in text and KEY not in text


@pytest.mark.parametrize("kind", WRONG)
def test_a_broken_answer_is_an_error_of_prim(kind):
    with HostileServer(WRONG[kind]) as server:
        assert is_a_sentence(error_of(prim(server)))
        assert len(server.requests) == 1  # no redirect is followed: the key goes to no other address


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_endless_answer_ends_in_bounded_time_and_memory(kind):
    tracemalloc.start()
    with HostileServer(ENDLESS[kind]) as server:
        began_s = time.monotonic()
        error = error_of(prim(server, timeout_s=2))
        assert is_a_sentence(error) and time.monotonic() - began_s < 60
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("kind", WRONG)
def test_for_the_live_input_it_is_a_rejected_poll_and_the_next_one_comes(kind, tmp_path):
    with HostileServer(WRONG[kind]) as server:
        quota = Quota(tmp_path / "quota.sqlite", KEY, 100_000_000)
        clock = Clock()
        live = Live(
            prim(server).disruptions, quota, interval_s=0.01, retries=0, timeout_s=5, clock=clock, sleep=clock.advance
        )
        polls = (item for item in live.polls() if isinstance(item, RawPoll))
        for poll in itertools.islice(polls, 2):
            assert poll.error and poll.body == b"" and KEY not in poll.error
            assert poll.error.isprintable()


@pytest.mark.parametrize("kind", WRONG)
def test_for_line_reports_it_is_the_error_of_a_reading(kind, tmp_path):
    with HostileServer(WRONG[kind]) as server:
        quota = Quota(tmp_path / "quota.sqlite", KEY, 100_000_000)
        reading = LineReports(fetch_page(prim(server)), quota).read()
        assert is_a_sentence(reading.error)


def test_whatever_a_library_raises_is_an_error_of_prim(simulator, prim, monkeypatch):
    for error in (ValueError("x"), UnicodeError("x"), RecursionError(), KeyError("x"), MemoryError(), AssertionError()):
        monkeypatch.setattr(prim._session, "get", lambda *_, error=error, **__: (_ for _ in ()).throw(error))
        with pytest.raises(PrimError, match=type(error).__name__):
            prim.disruptions()
    monkeypatch.undo()
    assert prim.disruptions().status == 200 and STATE


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"disruptions": [' + b"[" * 100_000, b'{"a":' * 100_000])
def test_a_body_nested_too_deep_is_a_bad_answer(body):
    assert isinstance(of_answer(200, {}, body, datetime.now(UTC)), PrimError)


def test_an_address_with_a_name_that_no_dns_knows_is_an_error_of_prim():
    for host in ("a" * 64 + ".example", "xn--\u00df.example", "a..example"):
        one = Prim(Key(KEY), f"https://{host}/", timeout_s=1, contact="x")
        assert is_a_sentence(error_of(one))


def test_bad_answer_is_still_told_apart(simulator, prim):
    simulator.fault("huge")
    assert type(error_of(prim)) is BadAnswer
