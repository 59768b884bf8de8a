"""The poll schedule: one poll in each slot of time. The counters expected, missed and late follow from it.

A slot begins when its poll is due: `every_s` after the poll before it began. A slot in which none began (the
process was down, the machine slept, PRIM silenced us, the poll before took too long) is *missed*. A poll is *late*
if its answer came after the end of its slot, when the next one was due. A recording has no slots: nobody wrote down
how often it should have asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LEAP = timedelta(days=366)  # a silence this long is a wrong clock, or another life of the log: it has no slots


@dataclass(frozen=True, slots=True)
class Slot:
    """A poll as its schedule sees it."""

    began: datetime  # UTC, our clock when the poll began
    every_s: float  # the next one is due so long after that

    @classmethod
    def parse(cls, text: str) -> Slot:
        """The slot that `str` wrote."""
        began, every_s = text.split(" ")
        return cls(datetime.fromisoformat(began), float(every_s))

    def __str__(self) -> str:
        return f"{self.began.isoformat()} {self.every_s!r}"

    def missed_since(self, before: Slot | None) -> int:
        """Slots between the poll `before` and this one in which none began; none behind the first poll.

        >>> noon = datetime(2026, 10, 5, 12)
        >>> Slot(noon + timedelta(seconds=361), 120).missed_since(Slot(noon, 120))
        2
        """
        return max(self._number(before) - 1, 0)

    def is_late(self, answered: datetime, before: Slot | None) -> bool:
        """Whether an answer at `answered` came when the next poll was due already.

        >>> noon = datetime(2026, 10, 5, 12)
        >>> Slot(noon + timedelta(seconds=130), 120).is_late(noon + timedelta(seconds=241), Slot(noon, 120))
        True
        """
        number = self._number(before)
        due = before.began + number * timedelta(seconds=before.every_s) if before and number else self.began
        return (answered - due).total_seconds() >= self.every_s

    def _number(self, before: Slot | None) -> int:
        """In which slot behind that of `before` this poll began; 0: before it was due, or it was the first."""
        passed = self.began - before.began if before else timedelta()
        return int(passed / timedelta(seconds=before.every_s)) if before and timedelta() <= passed <= LEAP else 0
