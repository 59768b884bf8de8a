"""The protocol without a socket: bytes in, requests out, and the one form of a moment."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from stream_server.protocol import wire
from stream_server.protocol.wire import Last, Malformed, Offset, Read, RequestBuffer, Status, Tail

STREAM = b'{"read":[3,7]}\n{"tail": 5}\r\n\n{"last":true}\n{"status":true}\n'


def test_requests_are_the_same_however_the_bytes_are_cut():
    for size in range(1, len(STREAM)):
        buffer = RequestBuffer()
        pieces = (STREAM[at : at + size] for at in range(0, len(STREAM), size))
        assert [request for piece in pieces for request in buffer.feed(piece)] == [
            Read(3, 7),
            Tail(5),
            Last(),
            Status(),
        ]


@pytest.mark.parametrize(
    "line",
    [
        b'{"read":[7,3]}',
        b'{"read":[-1,3]}',
        b'{"read":[1]}',
        b'{"read":[1,2,3]}',
        b'{"read":["1","2"]}',
        b'{"read":[1.0,2]}',
        b'{"read":[true,2]}',
        b'{"read":[0,9223372036854775808]}',
        b'{"tail":null}',
        b'{"tail":-1}',
        b'{"last":false}',
        b'{"last":1,"x":2}',
        b'{"read":[0,1],"tail":0}',
        b"{}",
        b"[]",
        b"null",
        b"7",
        b'"read"',
    ],
)
def test_what_is_no_request_is_named_with_what_was_expected(line):
    (request,) = RequestBuffer().feed(line + b"\n")
    assert request == Malformed(
        f"not a request: {line.decode()!a}; expected "
        '{"read":[from,to]} with from <= to, {"tail":from}, {"last":true} or {"status":true}'
    )


@pytest.mark.parametrize("line", [b"read 0 5", b"{", b"\xff\xfe", b"\x16\x03\x01\x02\x00", b'{"read":[0,1]', b"NaN"])
def test_what_is_not_json_is_not_fatal(line):
    buffer = RequestBuffer()
    bad, good = buffer.feed(line + b'\n{"last":true}\n')
    assert isinstance(bad, Malformed) and good == Last()
    assert bad.reason.startswith("not JSON (") and not bad.fatal


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1", b"POST /x HTTP/1.0\r", b"OPTIONS * HTTP/1.1"])
def test_http_is_the_end_even_if_a_request_follows_in_its_body(line):
    (request,) = RequestBuffer().feed(line + b'\nHost: evil.example\n\n{"read":[0,9]}\n')
    assert isinstance(request, Malformed) and request.fatal and "not a web server" in request.reason


def test_a_request_that_never_ends_is_the_end_and_is_not_kept():
    buffer = RequestBuffer()
    assert list(buffer.feed(b" " * 1_000)) == []
    (request,) = buffer.feed(b"x")
    assert request == Malformed("a request is at most 1000 bytes; this one has more", fatal=True)
    assert list(buffer.feed(b'\n{"last":true}\n' * 9)) == []


def test_a_moment_has_one_form():
    assert wire.moment(datetime(2026, 3, 2, 6, tzinfo=UTC)) == "2026-03-02T06:00:00.000000Z"
    paris = timezone(timedelta(hours=2))
    assert wire.moment(datetime(2026, 7, 1, 0, 30, 0, 1, tzinfo=paris)) == "2026-06-30T22:30:00.000001Z"


def test_an_offset_is_found_and_only_at_the_begin_of_a_line():
    assert wire.parse_offset(wire.prefix(Offset(12, 3, 40)) + b'"kind":"x') == Offset(12, 3, 40)
    for line in (b'{"part":0,"entry":1,"of":1,', b'x{"entry":1,"part":0,"of":1,', b""):
        with pytest.raises(ValueError, match="not a line of the log"):
            wire.parse_offset(line)
