"""Recorded polls as an input: a folder, a `.tar` or `.tar.zst`, or one `.json[.gz]` body.

The Paris time in a file's name is the clock of its poll (`20240423000201_….json`,
`2025-02-04T1358.json.gz`); files without one are no polls. Polls come in the order of time, and a
poll's cursor is its name. In the autumn hour that exists twice the reading nearest to PRIM's own
time in the body is taken. Nothing is ever extracted to disk, so names with `..` and links do no harm.

Names with `.optimized.` come from the ratpstatus project, which keeps only the periods within an hour
of the poll: they are marked `trimmed`.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson

from prim_client.archives import ArchiveUnreadable, Member, TarArchive
from prim_client.inputs import RawPoll
from prim_client.paris_time import parse_utc, readings, service_day_bounds
from prim_client.parse import BODY_MAX_BYTES

TRIMMED_MARK = ".optimized."
SINGLE_BODY_TICKS = 3  # ticks that a single body is repeated over
SINGLE_BODY_STEP_MAX = timedelta(minutes=5)  # a tick needs a good poll this close before it
_TIME_IN_NAME = re.compile(r"(20\d\d)-?(\d\d)-?(\d\d)[T_]?(\d\d)[h:]?(\d\d)(\d\d)?(?!\d)")
_HEADER = re.compile(rb'"lastUpdatedDate"\s*:\s*"([^"]{10,40})"')


class RecordingError(ValueError):
    """A recording that cannot be played; the message is one sentence for the user."""


class RecordingNotFound(RecordingError):
    """Nothing is at this path."""


class RecordingUnreadable(RecordingError):
    """What is at this path is no recording, or a broken one."""


class NoPolls(RecordingError):
    """A readable place without a single poll (of the day asked for)."""


class CursorUnknown(RecordingError):
    """The poll to resume behind is not in this recording."""


@dataclass(frozen=True, slots=True)
class _Poll:
    name: str
    clock: datetime
    read: Callable[[], bytes]


class Recorded:
    """Polls of a recording, in order. Opening it lists the names; bodies are read one by one."""

    source = "recorded"

    def __init__(self, path: Path, day: date | None = None, *, tick_s: int = 300) -> None:
        """Open the recording at `path`.

        Args:
            path: a folder, a `.tar`, `.tar.zst`, or one body `.json` or `.json.gz`.
            day: play only this service day, 04:00 to 04:00 in Paris.
            tick_s: a single body is repeated until three ticks of this step are crossed.

        Raises RecordingNotFound, RecordingUnreadable or NoPolls.
        """
        self._path = path
        if not path.exists():
            raise RecordingNotFound(
                f"no recording at {path}: give a folder, .tar, .tar.zst, .json or .json.gz"
            )
        try:
            polls = self._open(path, timedelta(seconds=tick_s))
        except (OSError, EOFError, ArchiveUnreadable) as error:
            raise RecordingUnreadable(f"the recording {path} cannot be read: {error}") from error
        if not polls:
            raise NoPolls(f"no polls in {path}: their names hold a Paris time, as 20240423000201_….json")
        self._polls = _of_day(polls, day, path) if day else polls

    def total(self) -> int:
        """Number of polls, for a progress bar."""
        return len(self._polls)

    def polls(self, after: str = "") -> Iterator[RawPoll]:
        """Polls behind the one named `after` (empty: all). Raises CursorUnknown if there is none of it."""
        names = [poll.name for poll in self._polls]
        if after and after not in names:
            raise CursorUnknown(
                f"{self._path} holds no poll {after!r}: resume with the recording it came from"
            )
        for poll in self._polls[names.index(after) + 1 if after else 0 :]:
            yield self._raw_poll(poll)

    def _raw_poll(self, poll: _Poll) -> RawPoll:
        trimmed = TRIMMED_MARK in poll.name
        try:
            return RawPoll(poll.clock, poll.read(), poll.name, trimmed=trimmed)
        except (OSError, EOFError, ArchiveUnreadable) as error:
            return RawPoll(poll.clock, b"", poll.name, f"cannot read {poll.name}: {error}", trimmed)

    def _open(self, path: Path, tick: timedelta) -> list[_Poll]:
        if path.is_dir():
            return _in_order([(file.name, _reader(file)) for file in path.iterdir() if file.is_file()])
        if path.name.endswith((".tar", ".tar.zst", ".tzst")):
            archive = TarArchive(path)
            return _in_order([(member.name, _member_reader(archive, member)) for member in archive.members])
        if path.name.endswith((".json", ".json.gz")):
            return _repeated(path, tick)
        raise RecordingUnreadable(
            f"{path} is no recording: expected a folder, .tar, .tar.zst, .json or .json.gz"
        )


def time_in_name(name: str) -> datetime | None:
    """The naive Paris time in a file name, or None.

    >>> time_in_name("bulk-all-modes-2025-02-04T1358.json.gz")
    datetime.datetime(2025, 2, 4, 13, 58)
    """
    for match in _TIME_IN_NAME.finditer(name.rsplit("/", 1)[-1]):
        try:
            return datetime(*(int(part or 0) for part in match.groups()))
        except ValueError:
            continue
    return None


def _in_order(files: list[tuple[str, Callable[[], bytes]]]) -> list[_Poll]:
    polls = []
    for name, read in files:
        wall_clock = time_in_name(name) if name.endswith((".json", ".json.gz")) else None
        if wall_clock is not None:
            polls.append(_Poll(name, _clock(wall_clock, read), read))
    return sorted(polls, key=lambda poll: (poll.clock, poll.name))


def _clock(wall_clock: datetime, read: Callable[[], bytes]) -> datetime:
    """UTC of a poll; an ambiguous hour is settled by PRIM's own time in the body."""
    earlier, later = readings(wall_clock)
    if earlier == later:
        return earlier
    header = _header(read())
    return later if header and abs(later - header) < abs(earlier - header) else earlier


def _header(body: bytes) -> datetime | None:
    match = _HEADER.search(body)
    try:
        return parse_utc(match[1].decode()) if match else None
    except ValueError:
        return None


def _reader(file: Path) -> Callable[[], bytes]:
    return lambda: _read_file(file)


def _read_file(file: Path) -> bytes:
    """The body of a file; cut just above what the parser accepts, so that a bomb does not fill the memory."""
    with gzip.open(file) if file.name.endswith(".gz") else file.open("rb") as stream:
        return stream.read(BODY_MAX_BYTES + 1)


def _member_reader(archive: TarArchive, member: Member) -> Callable[[], bytes]:
    if not member.name.endswith(".gz"):
        return lambda: archive.read(member, BODY_MAX_BYTES + 1)

    def unpacked() -> bytes:
        with gzip.GzipFile(fileobj=archive.open(member)) as stream:
            return stream.read(BODY_MAX_BYTES + 1)

    return unpacked


def _repeated(path: Path, tick: timedelta) -> list[_Poll]:
    """One body as if it had been polled on and on. Its header would stand still, so it is taken off."""
    body = _read_file(path)
    wall_clock = time_in_name(path.name)
    first = readings(wall_clock)[0] if wall_clock else _header(body) or _modified(path)
    headless = _without_header(body)
    per_tick = -(-tick // SINGLE_BODY_STEP_MAX)
    return [
        _Poll(f"{path.name}#{number}", first + number * tick / per_tick, lambda: headless)
        for number in range(SINGLE_BODY_TICKS * per_tick + 1)
    ]


def _without_header(body: bytes) -> bytes:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    if isinstance(answer, dict):
        answer.pop("lastUpdatedDate", None)
    return orjson.dumps(answer)


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


def _of_day(polls: list[_Poll], day: date, path: Path) -> list[_Poll]:
    begin, end = service_day_bounds(day)
    chosen = [poll for poll in polls if begin <= poll.clock < end]
    if not chosen:
        raise NoPolls(
            f"no polls of the service day {day} (04:00 to 04:00 in Paris) in {path}: it holds "
            f"{polls[0].clock:%Y-%m-%d %H:%M} to {polls[-1].clock:%Y-%m-%d %H:%M} UTC"
        )
    return chosen
