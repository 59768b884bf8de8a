"""`./pulse score`: the sentiment of texts, one JSON line in, one out.

    echo '{"text": "Le trafic est interrompu."}' | python -m spark_app.commands.score [FILE|- ...] [--explain]

Each line `{"text": …}` gives `{"polarity": x or null, "terms": […], "version": …}`; with --explain each term
has its place, role and weight, and the text is given as it was read. A line that cannot be used gives
`{"error": …}` in its place, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from deploy.configuration.command_line import DONE, FAILED, complain, run_command
from deploy.processes.text_streams import STDIN, lines_of
from spark_app.language.sentiment.transport import TransportAnalyzer

LINE_MAX_BYTES = 1_000_000  # a longer line is read to its end and refused, a piece at a time


class BadLine(ValueError):
    """A line that cannot be scored; the message says why."""


def score_lines(lines: Iterable[bytes], explain: bool) -> Iterator[dict[str, Any]]:
    """One result for each line, in order: a score or `{"error": …}`."""
    analyzer = TransportAnalyzer()
    for line in lines:
        try:
            yield score_text(analyzer, text_of(line), explain)
        except BadLine as error:
            yield {"error": str(error)}


def score_text(analyzer: TransportAnalyzer, text: str, explain: bool) -> dict[str, Any]:
    """The result line of one text; `terms` are the matched words, or with `explain` all about them."""
    reading = analyzer.explain(text)
    terms: list[Any] = reading.terms()
    result = {
        "polarity": reading.polarity,
        "terms": terms if explain else [term["term"] for term in terms],
        "version": analyzer.version,
    }
    return result | ({"text": reading.text} if explain else {})


def text_of(line: bytes) -> str:
    """The text of an input line. Raises BadLine."""
    if len(line) > LINE_MAX_BYTES:
        raise BadLine(f"the line has more than {LINE_MAX_BYTES:,} bytes")
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadLine(f"not JSON: {error}") from error
    text = row.get("text") if isinstance(row, dict) else None
    if not isinstance(text, str):
        raise BadLine('expected an object {"text": "…"}')
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="pulse score", description="Score the sentiment of transport notices.")
    parser.add_argument(
        "files", nargs="*", default=[STDIN], help='files of JSON lines {"text": "…"}; - or none: standard input'
    )
    parser.add_argument("--explain", action="store_true", help="say of each term where it stands and what it means")
    options = parser.parse_args(arguments)
    try:
        return _write(lines_of(options.files, LINE_MAX_BYTES), options.explain)
    except BrokenPipeError:
        raise
    except OSError as error:
        return complain(f"{error.filename!r} cannot be read: {error.strerror or error}", FAILED)


def _write(lines: Iterable[bytes], explain: bool) -> int:
    failed = False
    for result in score_lines(lines, explain):
        failed |= "error" in result
        sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    return FAILED if failed else DONE


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
