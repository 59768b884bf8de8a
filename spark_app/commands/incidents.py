"""`./pulse incidents`: the incidents behind disruptions, one JSON line in, one out.

    python -m spark_app.commands.incidents FILE|-

Each line `{"id", "observed_at", "lines", "cause", "severity", "title", "text", "periods"}`, in the order of
`observed_at`, gives `{"id", "published_incident", "episode", "phase", "why"}`. Incidents are named after their first
disruption. Lines of one moment are decided together, as their order tells nothing. Where a line shows that two
incidents are one, it has also `merges`: the younger name is from then on an alias of the older. A line that cannot
be used gives `{"error", "line"}` in its place, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from deploy.configuration.command_line import DONE, FAILED, complain, run_command
from deploy.processes.text_streams import STDIN, lines_of
from spark_app.commands.score import LINE_MAX_BYTES
from spark_app.derived.incidents.lineage import Decision, Lineage
from spark_app.derived.incidents.notice import BadNotice, Notice, notice_of

TOGETHER_MAX = 10_000  # lines of one moment; a file without moments must not fill the memory

Answer = dict[str, Any]


def decide_lines(lines: Iterable[bytes]) -> Iterator[Answer]:
    """One answer for each line, in order: a decision or `{"error", "line"}`."""
    lineage, waiting, moment_us = Lineage(), list[Notice | Answer](), None
    for number, line in enumerate(lines, 1):
        item = _read_line(line, number)
        if isinstance(item, Notice) and (item.observed_us != moment_us or len(waiting) >= TOGETHER_MAX):
            yield from _answers(lineage, waiting)
            waiting, moment_us = [], item.observed_us
        waiting.append(item)
    yield from _answers(lineage, waiting)


def _read_line(line: bytes, number: int) -> Notice | Answer:
    try:
        if len(line) > LINE_MAX_BYTES:
            raise BadNotice(f"the line has more than {LINE_MAX_BYTES:,} bytes")
        return notice_of(orjson.loads(line))
    except (orjson.JSONDecodeError, BadNotice) as error:
        said = f"not JSON: {error}" if isinstance(error, orjson.JSONDecodeError) else str(error)
        return {"error": f"line {number}: {said}", "line": number}


def _answers(lineage: Lineage, waiting: Sequence[Notice | Answer]) -> Iterator[Answer]:
    notices = [item for item in waiting if isinstance(item, Notice)]
    decided = iter(zip(notices, lineage.take_together(notices), strict=True))
    for item in waiting:
        yield _answer(*next(decided)) if isinstance(item, Notice) else item


def _answer(notice: Notice, decision: Decision) -> Answer:
    answer = {
        "id": notice.id,
        "published_incident": decision.incident,
        "episode": decision.episode,
        "phase": decision.phase,
        "why": decision.why,
    }
    return answer | ({"merges": [asdict(merge) for merge in decision.merges]} if decision.merges else {})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="pulse incidents", description="The incidents behind disruptions: one JSON line in, one out."
    )
    parser.add_argument(
        "file",
        nargs="?",
        default=STDIN,
        help="JSON lines of disruptions in the order of observed_at; - or nothing: standard input",
    )
    options = parser.parse_args(arguments)
    try:
        return _write(lines_of([options.file], LINE_MAX_BYTES))
    except BrokenPipeError:
        raise
    except OSError as error:
        return complain(f"{options.file!r} cannot be read: {error.strerror or error}", FAILED)


def _write(lines: Iterable[bytes]) -> int:
    failed = False
    for answer in decide_lines(lines):
        failed |= "error" in answer
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
    return FAILED if failed else DONE


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
