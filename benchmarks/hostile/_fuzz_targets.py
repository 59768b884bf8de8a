"""Fuzz targets: one for each reader of bytes from outside, each with what has to hold for any input.

A target takes bytes and returns; it may only see the exceptions that its reader documents. Seeds are a few small
inputs of our own words for each, from which the fuzzer makes others.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

NOW = datetime(2026, 3, 2, 6, 0, 30, tzinfo=UTC)
Target = Callable[[bytes], None]


@dataclass(frozen=True)
class Fuzzed:
    """A target, its seeds, and the modules whose branches guide the fuzzer."""

    run: Target
    seeds: Sequence[bytes]
    modules: Sequence[str]


@cache
def _folder() -> Path:
    """Where readers of files find their input; in memory where the machine has that."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="pulse-fuzz-", dir=memory if memory.is_dir() else None))


def _file(name: str, content: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(content)
    return path


def prim_body(content: bytes) -> None:
    """A snapshot or one reason; ids and reasons are bounded."""
    from prim_client.inputs.errors import PrimError, of_answer
    from prim_client.messages.polls import RawPoll, Rejected

    error = of_answer(200, {}, content, NOW)
    assert error is None or isinstance(error, PrimError)
    found = _parser().parse(RawPoll(NOW, content, "c"))
    if isinstance(found, Rejected):
        assert 0 < len(found.reason) <= 300
    else:
        assert found.disruptions and all(0 < len(id_) <= 191 for id_ in found.disruptions)


@cache
def _parser():
    from prim_client.messages.parse import Parser

    return Parser()


def line_reports(content: bytes) -> None:
    """A page or BadAnswer."""
    from prim_client.inputs.errors import BadAnswer
    from prim_client.inputs.line_reports import read_page

    with suppress(BadAnswer):
        page = read_page(content)
        assert page.broken >= 0 and all(0 < len(id_) <= 191 for pair in page.disruption_of.items() for id_ in pair)


def log_protocol(content: bytes) -> None:
    """Requests, the same however the bytes are cut; an offset or ValueError."""
    from stream_server.protocol import wire

    whole = list(wire.RequestBuffer().feed(content))
    for request in whole:
        if isinstance(request, wire.Malformed):
            assert b"\n" not in wire.error(request.reason)[:-1]
    for size in (1, 7):
        buffer = wire.RequestBuffer()
        cut = [request for at in range(0, len(content), size) for request in buffer.feed(content[at : at + size])]
        if not any(isinstance(request, wire.Malformed) for request in whole):
            assert cut == whole
    with suppress(ValueError):
        offset = wire.parse_offset(content)
        assert min(offset.entry, offset.part, offset.of) >= 0


def messages(content: bytes) -> None:
    """CSV or JSON lines: each row is a message or a broken row with its reason,
    or FileInputError says what the file is."""
    from prim_client.inputs.file.file_input import FileInput
    from prim_client.inputs.file.lines import FileInputError
    from prim_client.messages.polls import Snapshot

    with suppress(FileInputError):
        for number, item in enumerate(FileInput(_file("m.csv", content), clock=lambda: NOW).polls()):
            assert isinstance(item, Snapshot) and all(reason for _, reason in item.invalid)
            if number > 50:
                break


def archive(content: bytes) -> None:
    """A recording is polls with names that can be kept, or RecordingError says why not."""
    from prim_client.inputs.recorded.recorded import Recorded, RecordingError

    endings = (".tar", ".tar.gz", ".zip", ".json", ".tar.zst", ".tar.xz", ".tar.bz2", ".json.gz")
    name = f"20240423000201{endings[content[0] % len(endings)]}" if content else "20240423000201.tar"
    try:
        recorded = Recorded(_file(name, content[1:]))
        recorded.credit()
        for _, poll in zip(range(5), recorded.polls(), strict=False):
            assert poll.cursor.isprintable() and len(poll.body) <= 10_000_001
    except RecordingError as error:
        assert str(error)


def config(content: bytes) -> None:
    """Settings or SettingsError in one printable line."""
    from deploy.configuration.settings import SettingsError, load

    try:
        load(_file("config.yaml", content))
    except SettingsError as error:
        assert "\n" not in str(error) and len(str(error)) < 2_000, str(error)


def api_parameters(content: bytes) -> None:
    """A selection that its own address gives again, or SelectionError."""
    from dashboard.window.refusals import SelectionError
    from dashboard.window.selection import parse_selection

    with suppress(SelectionError):
        selection = parse_selection(dict(parse_qsl(content.decode("utf-8", "replace"))))
        assert parse_selection(dict(parse_qsl(selection.to_query()))).to_query() == selection.to_query()


def search_question(content: bytes) -> None:
    """Terms; what is marked in a text is the text again."""
    from spark_app.language.search_words import marked, parse_question

    question, _, text = content.decode("utf-8", "replace").partition("\n")
    assert "".join(piece for piece, _ in marked(text, parse_question(question))) == text


def geocoder(content: bytes) -> None:
    """Places within the region's box, spans within the text; a line of JSON has an answer of one line."""
    from geo.geocode import answers
    from geo.text.geocoder import locate

    text = content.decode("utf-8", "replace")
    for place in locate(title="", text=text, lines=["C01742", "C01371"], stops=[], sections=[]).to_plain()["places"]:
        assert place["lat"] is None or (47 < place["lat"] < 50 and 0 < place["lon"] < 5)
        assert 0 <= place["confidence"] <= 1
    assert len(list(answers([content]))) == 1


def analyzer(content: bytes) -> None:
    """A polarity between -1 and 1 or none."""
    reading = _analyzer().explain(content.decode("utf-8", "replace"))
    assert reading.polarity is None or -1 <= reading.polarity <= 1


@cache
def _analyzer():
    from spark_app.language.sentiment.transport import TransportAnalyzer

    return TransportAnalyzer()


def html(content: bytes) -> None:
    """Text without control characters; HTML without scripts, handlers and other addresses."""
    from prim_client.messages.text import TEXT_MAX_CHARS, TITLE_MAX_CHARS, plain_text, plain_title, safe_html

    given = content.decode("utf-8", "replace")
    text, title, shown = plain_text(given), plain_title(given), safe_html(given)
    assert len(text) <= TEXT_MAX_CHARS and len(title) <= TITLE_MAX_CHARS and "\n" not in title
    assert not any(ord(c) < 32 and c != "\n" for c in text)
    lowered = shown.lower()
    assert "<script" not in lowered and 'href="javascript:' not in lowered and "<img" not in lowered


def text_lines(content: bytes) -> None:
    """Lines that are bounded, whatever the encoding."""
    from deploy.processes.text_streams import bounded_lines

    assert all(len(line) <= 101 and not line.endswith(b"\n") for line in bounded_lines(io.BytesIO(content), 100))


_BODY = b"""{"disruptions":[{"id":"d-1","applicationPeriods":[{"begin":"20260302T063000","end":"20260302T093000"}],
"lastUpdate":"20260302T065500","cause":"PERTURBATION","severity":"BLOQUANTE","title":"RER A : essai",
"message":"<p>Essai</p>",
"impactedSections":[{"lineId":"line:IDFM:C01742","from":{"name":"Nation"},"to":{"name":"Auber"}}]}],
"lines":[{"id":"line:IDFM:C01742","name":"A","shortName":"A","mode":"RapidTransit","networkId":"network:IDFM:71",
"impactedObjects":[{"type":"line","id":"line:IDFM:C01742","name":"A","disruptionIds":["d-1"]}]}],
"lastUpdatedDate":"2026-03-02T06:00:00.000Z"}"""
_PAGE = b"""{"disruptions":[{"id":"a","disruption_id":"b"}],
"pagination":{"total_result":1,"start_page":0,"items_per_page":25,"items_on_page":1}}"""


def _archives() -> list[bytes]:
    import gzip
    import tarfile
    import zipfile

    tar, zipped = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as made:
        info = tarfile.TarInfo("20240423000000_é.json")
        info.size = 2
        made.addfile(info, io.BytesIO(b"{}"))
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as made_zip:
        made_zip.writestr("20240423000000.json", b"{}")
        made_zip.writestr("recording.json", b'{"recorder": "Ada"}')
    return [b"\0" + tar.getvalue(), b"\1" + gzip.compress(tar.getvalue()), b"\2" + zipped.getvalue(), b"\3" + _BODY]


_TEXTS = [
    "Trafic interrompu entre Nation et Auber en raison d'un bagage oublié. Reprise estimée à 18h30.".encode(),
    "<p>Bus 191 dévié : les arrêts de Mairie à Gare ne sont plus desservis.</p>".encode(),
]
TARGETS = {
    "prim_body": Fuzzed(
        prim_body, [_BODY, b'{"disruptions":null,"lines":null,"message":"NO_NEWS_FOUND"}', b"<html>"], ["prim_client"]
    ),
    "line_reports": Fuzzed(line_reports, [_PAGE, b'{"disruptions":[]}'], ["prim_client.inputs.line_reports"]),
    "log_protocol": Fuzzed(
        log_protocol,
        [
            b'{"read":[0,10]}\n{"tail":5}\n',
            b'{"last":true}\n{"status":true}\n',
            b'{"entry":1,"part":0,"of":1,"tick":true}',
        ],
        ["stream_server.protocol.wire"],
    ),
    "messages": Fuzzed(
        messages,
        [
            b"id,event_time,text,line,lat,lon\na-1,2026-03-01 18:05,Trafic interrompu,A,48.8484,2.3959\n",
            b'{"id":"a","text":"Essai","begin":"20260302T063000","stops":["Nation"],"line":"A"}\n',
            "texte;id\né;1\n".encode("cp1252"),
            "text\nEssai\n".encode("utf-16"),
        ],
        ["prim_client", "deploy.processes.text_streams"],
    ),
    "archive": Fuzzed(
        archive,
        _archives(),
        [
            "prim_client.inputs.recorded.recorded",
            "prim_client.inputs.recorded.archives",
            "prim_client.inputs.packed",
            "tarfile",
            "zipfile",
        ],
    ),
    "config": Fuzzed(
        config,
        [b"log: {port: 9999}\npoll:\n  interval_s: 120\n", b"dashboard: {embed_ancestors: ['https://a.example']}\n"],
        ["deploy.configuration.settings", "deploy.configuration.strict_yaml", "yaml"],
    ),
    "api_parameters": Fuzzed(
        api_parameters,
        [
            b"lines=C01742,C01371&modes=rer,metro&window=2024-04-24T12:00:00Z",
            b"area=48.8,2.3,48.9,2.4&zone=75&text=gare&span=24h",
        ],
        ["dashboard.window.selection", "geo"],
    ),
    "search_question": Fuzzed(
        search_question,
        [b'signalisation "gare du nord"\nPanne de signalisation a Gare du Nord'],
        ["spark_app.language.search_words"],
    ),
    "geocoder": Fuzzed(geocoder, [*_TEXTS, b'{"text": "Trafic interrompu", "lines": ["C01742"]}'], ["geo"]),
    "analyzer": Fuzzed(analyzer, _TEXTS, ["spark_app.language"]),
    "html": Fuzzed(
        html,
        [*_TEXTS, b"<p onclick='x'>M&amp;eacute;tro <a href='https://a.example'>ici</a> <RER></p>"],
        ["prim_client.messages.text"],
    ),
    "text_lines": Fuzzed(
        text_lines,
        ["é\n".encode("utf-16"), b"\xef\xbb\xbfa\r\n", "x\n".encode("utf-32")],
        ["deploy.processes.text_streams"],
    ),
}
