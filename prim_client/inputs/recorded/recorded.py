"""Recorded polls as an input: a folder, a `.tar` or `.zip` archive, or one `.json` body.

Tar archives and bodies may be packed with gzip, zstd, xz or bzip2. The Paris time in a file's name is the
clock of its poll (`20240423000201_….json`, `2025-02-04T1358.json.gz`); files without one are no polls. Polls come in
the order of time, and a poll's cursor is its name. In the autumn hour that exists twice the reading nearest to PRIM's
own time in the body is taken. Nothing is ever extracted to disk, so names with `..` and links do no harm.

`recording.json` in the folder or archive may say who recorded it: see `prim_client.inputs.recorded.credit`. Names with
`.optimized.` come from the ratpstatus project, which keeps only the periods within an hour
of the poll: they are marked `trimmed`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson

from prim_client.inputs.packed import open_unpacked, without_packing
from prim_client.inputs.recorded.archives import Archive, ArchiveUnreadable, Member, open_archive
from prim_client.inputs.recorded.credit import MANIFEST_NAME, Credit, CreditError, credit_of
from prim_client.messages.paris_time import parse_utc, readings, service_day_bounds
from prim_client.messages.parse import BODY_MAX_BYTES
from prim_client.messages.polls import RawPoll

TRIMMED_MARK = ".optimized."
SINGLE_BODY_TICKS = 3  # ticks that a single body is repeated over
SINGLE_BODY_STEP_MAX = timedelta(minutes=5)  # a tick needs a good poll this close before it
FORMS = "a folder, .tar, .tar.zst, .tar.gz, .tar.xz, .tar.bz2, .zip, .json or a packed .json"
GTFS_FILES = {"stop_times.txt", "routes.txt", "trips.txt"}
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
class _File:
    name: str
    read: Callable[[], bytes]


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
            path: one of FORMS.
            day: play only this service day, 04:00 to 04:00 in Paris.
            tick_s: a single body is repeated until three ticks of this step are crossed.

        Raises RecordingNotFound, RecordingUnreadable or NoPolls.
        """
        self._path = path
        if not path.exists():
            raise RecordingNotFound(f"no recording at {str(path)!r}: give {FORMS}")
        self._files: list[_File] = []  # all names of a folder or archive, polls or not
        try:
            polls = self._open(path, timedelta(seconds=tick_s))
        except (OSError, EOFError, ArchiveUnreadable) as error:
            raise RecordingUnreadable(f"the recording {path} cannot be read: {error}") from error
        if not polls:
            raise NoPolls(f"no polls in {path}: {_what_is_there([file.name for file in self._files])}")
        self._polls = _of_day(polls, day, path) if day else polls

    def credit(self, recorder: str | None = None, licence: str | None = None) -> Credit:
        """Who recorded it, as its manifest or these options say. Raises RecordingUnreadable."""
        try:
            return credit_of(self._manifest(), TRIMMED_MARK in self._polls[0].name, recorder, licence)
        except CreditError as error:
            raise RecordingUnreadable(f"the recording {self._path}: {error}") from error

    def _manifest(self) -> bytes | None:
        """Its `recording.json`, the outermost if there are several. Raises RecordingUnreadable."""
        found = [file for file in self._files if _base_name(file.name) == MANIFEST_NAME]
        if not found:
            return None
        try:
            return min(found, key=lambda file: file.name.count("/")).read()
        except (OSError, ArchiveUnreadable) as error:
            raise RecordingUnreadable(f"{MANIFEST_NAME} in {self._path} cannot be read: {error}") from error

    def total(self) -> int:
        """Number of polls, for a progress bar."""
        return len(self._polls)

    def polls(self, after: str = "") -> Generator[RawPoll, None, None]:
        """Polls behind the one named `after` (empty: all). Raises CursorUnknown if there is none of it."""
        names = [poll.name for poll in self._polls]
        if after and after not in names:
            raise CursorUnknown(f"{self._path} holds no poll {after!r}: resume with the recording it came from")
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
            self._files = [_File(file.name, _reader(file)) for file in path.iterdir() if file.is_file()]
        elif not path.is_file():
            raise RecordingUnreadable(f"{path} is neither a file nor a folder: give {FORMS}")
        elif archive := open_archive(path):
            self._files = [_File(member.name, _member_reader(archive, member)) for member in archive.members]
        elif without_packing(path.name).endswith(".json"):
            return _repeated(path, tick)
        else:
            raise RecordingUnreadable(f"{path} is no recording: give {FORMS}")
        return _in_order(self._files)


def time_in_name(name: str) -> datetime | None:
    """The naive Paris time in a file name, or None.

    >>> time_in_name("bulk-all-modes-2025-02-04T1358.json.gz")
    datetime.datetime(2025, 2, 4, 13, 58)
    """
    for match in _TIME_IN_NAME.finditer(_base_name(name)):
        try:
            year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
            return datetime(year, month, day, hour, minute, second)
        except ValueError:
            continue
    return None


def _base_name(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _what_is_there(names: list[str]) -> str:
    """Why names hold no poll, for a sentence."""
    if not names:
        return "it is empty"
    if GTFS_FILES & {_base_name(name) for name in names}:
        return "it is a GTFS timetable, which holds no disruptions"
    return (
        f"it holds {len(names)} files, as {_base_name(names[0])!r:.60}; "
        "the name of a poll has a Paris time and ends in .json, as 20240423000201_x.json"
    )


def _in_order(files: list[_File]) -> list[_Poll]:
    polls = {}
    for file in files:
        wall_clock = time_in_name(file.name) if _is_poll(file.name) else None
        if wall_clock is not None:
            name = _printable(file.name)  # of two members with one name the last counts, as in every tar
            polls[name] = _Poll(name, _clock(wall_clock, file.read), file.read)
    return sorted(polls.values(), key=lambda poll: (poll.clock, poll.name))


def _is_poll(name: str) -> bool:
    """Not what file managers add, as `._20240423000201.json`."""
    return without_packing(name).endswith(".json") and not _base_name(name).startswith(".")


def _printable(name: str) -> str:
    """A name that every database can hold: it is the cursor."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name)


def _clock(wall_clock: datetime, read: Callable[[], bytes]) -> datetime:
    """UTC of a poll; an ambiguous hour is settled by PRIM's own time in the body."""
    earlier, later = readings(wall_clock)
    if earlier == later:
        return earlier
    try:
        header = _header(read())
    except (OSError, EOFError, ArchiveUnreadable):  # it will be a failed poll
        header = None
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
    with file.open("rb") as packed, open_unpacked(packed, file.name) as stream:
        return stream.read(BODY_MAX_BYTES + 1)


def _member_reader(archive: Archive, member: Member) -> Callable[[], bytes]:
    def read() -> bytes:
        packed = io.BytesIO(archive.read(member, BODY_MAX_BYTES + 1))
        return open_unpacked(packed, member.name).read(BODY_MAX_BYTES + 1)

    return read


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
    except orjson.JSONDecodeError:  # the check of a replay says so before it starts; the parser does here
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
