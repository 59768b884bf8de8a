"""The file input: messages of your own, as CSV or JSON lines, from a file or a pipe (`-`).

    id,event_time,text,line,lat,lon
    a-1,2026-10-05 18:05,"Trafic interrompu à Nation",A,48.8484,2.3959

One row is one message; its columns are fields of the message contract, under their own name or the one
that `file_input.columns` gives (`{texte: text, ligne: line}`); other columns are left alone.

    text          required: what is said, plain or HTML, at most 20,000 characters
    id            which disruption it is about; rows of one id are its revisions. Missing: a hash of the row
    event_time    when it was observed, as 2026-10-05T18:05:00+02:00, 05/10/2026 18:05 or PRIM writes it;
                  without a zone: Paris. Missing: the clock
    begin, end    when it holds; missing: from the event time, for an hour. `kind` = closed: it ends now
    channel, cause, severity, title, short_message, html, tags, published_at    as in the contract
    line, mode    id or name (A, T3a, C01742); several with | between them. A name that several lines
                  share needs the mode or the id
    stops         ids (PRIM's, or ZdA), or names on the line; several with |
    lat, lon      a place in degrees; `place` is its name. A decimal comma is read too
    lines         JSON only: as the contract nests them, so what a log wrote can be read again

A row that breaks this is not lost: it becomes an `invalid` message with its line number and the reason.
The delimiter is found out; UTF-8 is expected, a line that is none is read as Windows-1252.

Time is the rows' own where they have it: between two of them, and until the last one's end, a snapshot
without rows stands at each tick, because a file that says nothing there does say it. The cursor is the
number of the last line read: a file that has grown is read on from there. A pipe begins anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import BinaryIO

from prim_client.inputs.file.fields import BadRow
from prim_client.inputs.file.lines import FileInputError, TextLine, lines_of_file, lines_of_pipe
from prim_client.inputs.file.records import Record, records_of
from prim_client.inputs.file.rows import FIELDS, Message, RowReader
from prim_client.messages.polls import Disruption, Idle, Snapshot

STDIN = "-"
GROUP_MAX_ROWS = 500  # rows of one moment that make one snapshot
RAW_MAX_CHARS = 10_000  # of a broken row, kept to show
GAP_MAX = timedelta(days=1)  # a longer silence gets no snapshots of its own
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FileInput:
    """Messages of a file, or of a pipe, as an input.

    Args:
        path: CSV or JSON lines, `.gz` or not; "-": standard input.
        columns: column in the file -> field.
        tick_s: step of the differ's ticks.
        clock: UTC now.
        stdin: what "-" reads; the process's own when left out.
        reader: with other reference tables.

    Raises FileInputError here for `columns`, from `polls` if the file cannot hold messages.
    """

    source = "file"

    def __init__(
        self,
        path: str | Path,
        columns: Mapping[str, str] | None = None,
        *,
        tick_s: int = 300,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        stdin: BinaryIO | None = None,
        reader: RowReader | None = None,
    ) -> None:
        self._path = str(path)
        self._columns = dict(columns or {})
        if unknown := set(self._columns.values()) - set(FIELDS):
            raise FileInputError(
                f"file_input.columns: {min(unknown)!r} is no field of a message: choose from {', '.join(FIELDS)}"
            )
        self._tick = timedelta(seconds=tick_s)
        self._clock = clock
        self._stdin = stdin
        self._reader = reader or RowReader()
        self._stopping = Event()

    def stop(self) -> None:
        """End `polls` within a second, from any thread."""
        self._stopping.set()

    def polls(self, after: str = "") -> Generator[Snapshot | Idle, None, None]:
        """The rows behind line `after` in groups of one moment, in the order of the file."""
        place = _Place() if self._path == STDIN else _Place.parse(after)
        groups, last = _Groups(self._tick, self._clock, place), 0
        with closing(self._lines()) as lines:
            for record in records_of(lines, self._path, self._text_columns()):
                if self._stopping.is_set():
                    return
                last = record.number if record else last
                if record is None:
                    yield from groups.wait()
                elif record.number > place.line:
                    yield from self._take_record(groups, record)
        if last < place.line:
            raise FileInputError(
                f"{self._path} ends at line {last}, but {place.line} were read before: it is another file"
            )
        yield from groups.end()

    def _lines(self) -> Generator[TextLine | None, None, None]:
        if self._path == STDIN:
            return lines_of_pipe(self._stdin or sys.stdin.buffer)
        return lines_of_file(Path(self._path))

    def _text_columns(self) -> set[str]:
        """The columns of which a CSV must have one."""
        mapped = {column for column, to in self._columns.items() if to in ("text", "html")}
        return mapped | ({"text", "html"} - self._columns.keys())

    def _take_record(self, groups: _Groups, record: Record) -> Iterator[Snapshot]:
        try:
            if record.problem:
                raise BadRow(record.problem)
            row = self._reader.read(self._named(record), self._clock())
        except BadRow as error:
            raw = record.raw[:RAW_MAX_CHARS]
            yield from groups.add_invalid(record.number, raw, f"line {record.number}: {error}")
        else:
            yield from groups.add(record.number, row)

    def _named(self, record: Record) -> dict[str, object]:
        """Fields by our names; a mapped column wins over one that has the name by chance."""
        own = {name: value for name, value in record.fields.items() if name in FIELDS and name not in self._columns}
        return own | {to: record.fields[name] for name, to in self._columns.items() if name in record.fields}


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a file was read: the cursor. Its times let a restart go on as if there had been none."""

    line: int = 0
    time: datetime | None = None  # the latest event time handed over
    ends: datetime | None = None  # of the latest period

    def __str__(self) -> str:
        return " ".join([str(self.line), *(t.isoformat() if t else "-" for t in (self.time, self.ends))])

    @classmethod
    def parse(cls, cursor: str) -> _Place:
        """The place that `cursor` names. Raises FileInputError."""
        try:
            line, time, ends = cursor.split() if cursor else ("0", "-", "-")
            return cls(int(line), *(None if t == "-" else datetime.fromisoformat(t) for t in (time, ends)))
        except ValueError:
            raise FileInputError(f"cursor {cursor[:60]!r} is of another input: start a new log for this file") from None


class _Groups:
    """Rows of one moment become one snapshot: the differ looks through all it knows at each."""

    def __init__(self, tick: timedelta, clock: Callable[[], datetime], place: _Place) -> None:
        self._tick = tick
        self._clock = clock
        self._place = place  # of the last snapshot
        self._line = place.line  # of the last row taken
        self._ends = place.ends
        self._moment: datetime | None = None  # event time of the group; None: the clock
        self._rows: dict[str, Disruption] = {}
        self._invalid: list[tuple[str, str]] = []
        self._handed_over: datetime | None = None

    def add(self, number: int, row: Message) -> Iterator[Snapshot]:
        """Take a good row; what it does not belong to is finished first."""
        other_moment = bool(self._rows) and row.event_time != self._moment
        if other_moment or row.disruption.id in self._rows or self._is_full:
            yield from self._finished()
        self._moment, self._line = row.event_time, number
        self._rows[row.disruption.id] = row.disruption
        ends = [end for _, end in row.disruption.periods if end]
        self._ends = max([*ends, *filter(None, [self._ends])])

    def add_invalid(self, number: int, raw: str, reason: str) -> Iterator[Snapshot]:
        """Take a broken row."""
        if self._is_full:
            yield from self._finished()
        self._invalid.append((raw, reason))
        self._line = number

    def wait(self) -> Iterator[Snapshot | Idle]:
        """Nothing came for a second: hand over what is there, then the time."""
        yield from self._finished()
        if self._place.time:  # time is the rows': the clock would run away from them
            yield Idle(self._place.time)
            return
        now = self._clock()
        if self._handed_over and now - self._handed_over >= self._tick / 2:
            yield self._snapshot(now)
        else:
            yield Idle(now)

    def end(self) -> Iterator[Snapshot]:
        """Hand over the rest, and the time until the last message is over."""
        yield from self._finished()
        if self._ends:
            yield from self._silence(self._ends + 2 * self._tick)

    @property
    def _is_full(self) -> bool:
        return len(self._rows) + len(self._invalid) >= GROUP_MAX_ROWS

    def _finished(self) -> Iterator[Snapshot]:
        if not (self._rows or self._invalid):
            return
        if self._moment:
            yield from self._silence(self._moment)
        known = [moment for moment in (self._moment, self._place.time) if moment]
        self._place = _Place(self._line, max(known, default=None), self._ends)
        yield self._snapshot(self._moment or self._place.time or self._clock())

    def _silence(self, end: datetime) -> Iterator[Snapshot]:
        """A snapshot without rows at each tick from the last one to `end`."""
        begin = self._place.time
        if begin is None or end - begin > GAP_MAX:
            return
        at = EPOCH + ((begin - EPOCH) // self._tick + 1) * self._tick
        while at < end:
            self._place = replace(self._place, time=at)
            yield Snapshot(at, None, {}, str(self._place), complete=False)
            at += self._tick

    def _snapshot(self, at: datetime) -> Snapshot:
        rows, invalid = self._rows, tuple(self._invalid)
        self._rows, self._invalid, self._moment, self._handed_over = {}, [], None, at
        return Snapshot(at, None, rows, str(self._place), complete=False, invalid=invalid)
