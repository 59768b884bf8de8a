"""Place texts: `./pulse geocode` reads JSON lines and answers each with one.

In:  {"text": "...", "title": "...", "lines": ["C01742"]}, and if known
     "stops": [["C01742", "stop_point:IDFM:…", "name"]], "sections": [["C01742", "from", "to"]]
Out: {"places": [{"station": "Nation", "lat": 48.8, "lon": 2.4, "role": "hit", "method": "section",
     "confidence": 0.98, "span": [31, 50], …}], "unplaced": null, "refused": […], "cut": false}

A line that cannot be read is answered with {"places": [], "unplaced": "why", "error": true}, so that
the n-th answer belongs to the n-th line; the exit code is then 1.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import orjson

from deploy.configuration.command_line import DONE, ENVIRONMENT, FAILED, complain, run_command
from deploy.processes.text_streams import STDIN, lines_of
from geo.network.line_names import AmbiguousLine, line_id
from geo.text.geocoder import locate
from geo.text.places import Located

LINE_MAX_BYTES = 1_000_000  # a longer line is read to its end and refused


class BadLine(ValueError):
    """A line of the input that is no message; the text says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer every line of a file or of the standard input; an exit code."""
    parser = argparse.ArgumentParser(
        prog="pulse geocode", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", default=STDIN, help="JSON lines; - or nothing: standard input")
    file = parser.parse_args(arguments).file
    try:
        return _answer_all(lines_of([file], LINE_MAX_BYTES), sys.stdout.buffer)
    except BrokenPipeError:
        raise
    except OSError as error:
        return complain(f"{file!r} cannot be read: {error.strerror}", ENVIRONMENT)


def _answer_all(lines: Iterable[bytes], out: BinaryIO) -> int:
    code = DONE
    for answer in answers(lines):
        out.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
        out.flush()
        code = FAILED if answer.get("error") else code
    return code


def answers(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One answer a line, in order."""
    for number, line in enumerate(lines, 1):
        try:
            yield answer_of(locate(**_message(line)))
        except BadLine as error:
            yield {"places": [], "unplaced": f"line {number} {error}", "error": True}


def answer_of(located: Located) -> dict[str, Any]:
    """The answer to one message: `name` of a station as `station`, null for a line or zone."""
    plain = located.to_plain()
    for place in plain["places"]:
        name = place.pop("name")
        place["station"] = name if place["lat"] is not None else None
        place["extent"] = None if place["lat"] is not None else name
    return plain


def _message(line: bytes) -> dict[str, Any]:
    """The arguments of `locate`. Raises BadLine naming what is missing or of the wrong type."""
    if len(line) > LINE_MAX_BYTES:
        raise BadLine(f"has more than {LINE_MAX_BYTES:,} bytes")
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadLine(f"is no JSON ({error}): {line[:60]!r}") from None
    if not isinstance(given, dict):
        raise BadLine(f"is {type(given).__name__}, expected an object with text, title and lines")
    return {
        "title": _text(given, "title"),
        "text": _text(given, "text"),
        "lines": _lines(given),
        "stops": _triples(given, "stops"),
        "sections": _triples(given, "sections"),
    }


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key) or ""
    if not isinstance(value, str):
        raise BadLine(f"has {key} = {value!r:.60}, expected a text")
    return value


def _lines(given: dict[str, Any]) -> list[str]:
    try:
        return [line_id(line) for line in _texts(given.get("lines"), "lines")]
    except AmbiguousLine as error:
        raise BadLine(f"has lines: {error}") from None


def _texts(value: Any, key: str) -> list[str]:
    value = [] if value is None else value
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadLine(f"has {key} = {value!r:.60}, expected a list of texts")
    return value


def _triples(given: dict[str, Any], key: str) -> list[tuple[str, str, str]]:
    rows = given.get(key) or []
    if not isinstance(rows, list):
        raise BadLine(f"has {key} = {rows!r:.60}, expected a list")
    triples = [_texts(row, key) for row in rows]
    if not all(len(triple) == 3 for triple in triples):
        raise BadLine(f"has {key} = {rows!r:.60}, expected three texts each")
    return [(line, start, end) for line, start, end in triples]


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
