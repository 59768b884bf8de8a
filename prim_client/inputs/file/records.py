"""Records (CSV rows, JSON objects) from lines: each with its fields, or with the reason why it has none."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from prim_client.inputs.file.lines import LINE_MAX_BYTES, FileInputError, TextLine

RECORD_MAX_LINES = 200  # lines of one quoted CSV row: a quote left open must not eat the file
DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Record:
    """A row; `fields` is empty when `problem` is not."""

    number: int  # of its last line
    raw: str
    fields: dict[str, Any]
    problem: str = ""


def records_of(lines: Iterator[TextLine | None], name: str, text_columns: Collection[str]) -> Iterator[Record | None]:
    """The records of `lines`, JSON or CSV as the first line tells; None where a pipe waits.

    Args:
        name: of the file, for errors.
        text_columns: columns of which a CSV must have one.

    Raises FileInputError if the file as a whole is no such thing.
    """
    for line in lines:
        if line is None:
            yield None
            continue
        head = line.text.lstrip()
        if head.startswith("["):
            raise FileInputError(f"{name} is a JSON array: write one object a line")
        if head.startswith("{"):
            yield _json_record(line)
            yield from _json_records(lines)
            return
        if head:
            yield from _csv_records(lines, line, name, text_columns)
            return
    raise FileInputError(f"{name} is empty")


def _json_records(lines: Iterator[TextLine | None]) -> Iterator[Record | None]:
    for line in lines:
        if line is None:
            yield None
        elif line.text.strip():
            yield _json_record(line)


def _json_record(line: TextLine) -> Record:
    if line.problem:
        return Record(line.number, line.text, {}, line.problem)
    try:
        value = orjson.loads(line.text)
    except orjson.JSONDecodeError as error:
        return Record(line.number, line.text, {}, f"no JSON: {error}")
    if not isinstance(value, dict):
        return Record(line.number, line.text, {}, f"a JSON {type(value).__name__} instead of an object")
    return Record(line.number, line.text, value)


def _csv_records(
    lines: Iterator[TextLine | None], header: TextLine, name: str, text_columns: Collection[str]
) -> Iterator[Record | None]:
    csv.field_size_limit(LINE_MAX_BYTES)  # of the process; the lines are bounded anyway
    delimiter = _delimiter(header.text)
    columns = [column.strip() for column in next(csv.reader([header.text], delimiter=delimiter))]
    if not set(text_columns) & set(columns):
        raise FileInputError(
            f"no column of {name} is the text (columns: {', '.join(columns)[:200]}): "
            "set file_input.columns, as {your_column: text}"
        )
    for line in _rows(lines):
        yield None if line is None else _csv_record(line, columns, delimiter)


def _delimiter(header: str) -> str:
    """What separates the names of the header: the delimiter that it has most of, a comma if none."""
    return max(DELIMITERS, key=header.count)


def _csv_record(line: TextLine, columns: list[str], delimiter: str) -> Record:
    if line.problem:
        return Record(line.number, line.text, {}, line.problem)
    try:
        cells = next(csv.reader(line.text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        return Record(line.number, line.text, {}, f"no CSV: {error}")
    if len(cells) > len(columns):
        return Record(line.number, line.text, {}, f"{len(cells)} cells under {len(columns)} columns")
    return Record(line.number, line.text, dict(zip(columns, cells, strict=False)))


def _rows(lines: Iterator[TextLine | None]) -> Iterator[TextLine | None]:
    """Whole rows: lines are joined while a quote is open. One left open spoils its own line only."""
    waiting: deque[TextLine] = deque()
    row: list[TextLine] = []
    while True:
        line = waiting.popleft() if waiting else next(lines, ...)
        if line is None:
            yield None
            continue
        if line is not ...:
            row.append(line)
        if line is ... or line.problem or len(row) > RECORD_MAX_LINES:
            if row and _is_open(row):
                yield TextLine(row[0].number, row[0].text, row[0].problem or "a quote is opened and never closed")
                waiting.extendleft(reversed(row[1:]))
                row = []
                continue
            if line is ...:
                return
        if not _is_open(row):
            if row[0].text.strip():
                yield TextLine(row[-1].number, "\n".join(part.text for part in row), row[-1].problem)
            row = []


def _is_open(row: list[TextLine]) -> bool:
    """Whether a quote is open at the end of the row, or the row holds a line that cannot be used."""
    if len(row) > 1 and row[-1].problem:
        return True
    return not row[-1].problem and sum(part.text.count('"') for part in row) % 2 == 1
