"""Retention of the log: drops entries that are old, that no reader needs, and that the differ cannot ask for."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from prim_client.messages import differ_state
from prim_client.messages.time_units import DAY_US, HOUR_S
from stream_server.log.log import Log, LogError

RETENTION_EVERY_S = HOUR_S


class Retention:
    """Drops entries older than `days`, counted back from the log's last entry: a replay of 2024 is not old.

    `needed_file` holds one number, the first entry that a reader's checkpoint still needs; the reader
    writes it. Without the file nothing is dropped: who has not said what it needs may need everything.
    """

    def __init__(self, log: Log, days: int, needed_file: Path | None) -> None:
        self._log = log
        self._days = days
        self._needed_file = needed_file

    def run(self) -> int:
        """Drop what may go; returns how many entries went. Raises LogError if the needed file is wrong."""
        needed = self._needed()
        if needed is None:
            return 0
        with closing(self._log.reader()) as reader:
            old = reader.first_since(reader.last_event_time_us() - self._days * DAY_US)
            return self._log.drop_before(min(old, needed), _may_be_asked(reader.value("differ")))

    def _needed(self) -> int | None:
        if self._needed_file is None or not self._needed_file.exists():
            return None
        text = self._needed_file.read_text(encoding="utf-8").strip()
        if not text.isdecimal():
            raise LogError(
                f"{self._needed_file} should hold the first entry still needed, not {text[:40]!r}: remove it"
            )
        return int(text)


def _may_be_asked(state: bytes | None) -> set[tuple[str, str]]:
    """Revisions whose body the differ may want after a restart: an announcement can lie years ahead."""
    tracked = differ_state.load(state).tracked.values() if state else ()
    return {(item.id, item.revision) for item in tracked if item.state != "closed"}
