"""What the language benchmark reads: labelled files and recordings under `--data`, never committed."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.message import Channel
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Disruption, Snapshot

CAUSE_TAGS = Path(__file__).resolve().parents[2] / "tests" / "made" / "recorded_causes.tsv"
_HANDLE = re.compile(r"@\w+")
_POSITIVE, _NEGATIVE = (
    frozenset(("1", "2", "pos", "positive", "positif")),
    frozenset(("-1", "0", "neg", "negative", "négatif")),
)


class DataError(ValueError):
    """A file that cannot be used; the message names it and says what is expected."""


@dataclass(frozen=True)
class Labelled:
    """A text with its label and where it comes from; handles (`@name`) are gone."""

    text: str
    label: str
    source: str

    @property
    def held_out(self) -> bool:
        """Whether the text is of the half that nobody looks at while writing the lexicon."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True)
class Notice:
    """A distinct text of a recording, as the stream scores it: title, newline, text."""

    text: str
    severity: str
    channel: Channel
    operators: frozenset[str]  # rail, ratp, sncf, bus
    first_seen: datetime
    disruption: Disruption

    @property
    def blocking(self) -> bool:
        """PRIM's severity, which is never an input of the score."""
        return self.severity == "BLOQUANTE"


def read_labelled(path: Path, label: str, source: str) -> list[Labelled]:
    """Rows of a CSV file with the columns `text`, `label` and perhaps `source`. Raises DataError."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not {"text", label} <= set(rows.fieldnames or ()):
            raise DataError(f"{path}: expected the columns text and {label}, found {rows.fieldnames}")
        return [Labelled(_HANDLE.sub(" ", row["text"]), row[label], row.get(source) or "") for row in rows]


def read_folder(data: Path, pattern: str, label: str, source: str) -> list[Labelled]:
    """All labelled files of `data` whose name fits `pattern`, in the order of their names."""
    return [row for path in sorted(data.glob(pattern)) for row in read_labelled(path, label, source)]


def read_reviews(path: Path) -> list[tuple[str, bool]]:
    """Reviews as (text, liked) of a CSV file `text,label`. Raises DataError naming an unknown label."""
    reviews = []
    for row in read_labelled(path, "label", "source"):
        label = row.label.strip().lower()
        if label not in _POSITIVE | _NEGATIVE:
            raise DataError(f"{path}: label {row.label!r}, expected 1 or pos, -1, 0 or neg")
        reviews.append((row.text, label in _POSITIVE))
    return reviews


def read_recordings(data: Path) -> list[tuple[str, list[Notice]]]:
    """Distinct notices of each recording in `data`/prim, by file name."""
    found = [*sorted((data / "prim").glob("rail-*.tar.zst")), *sorted((data / "prim").glob("bulk-*.json.gz"))]
    return [(path.name, read_notices(path)) for path in found]


def read_notices(path: Path) -> list[Notice]:
    """Distinct notices of a recording, in the order of their appearance."""
    parser, notices = Parser(), {}
    for poll in Recorded(path).polls():
        snapshot = parser.parse(poll)
        if isinstance(snapshot, Snapshot):
            for disruption in snapshot.disruptions.values():
                text = f"{disruption.body.title}\n{disruption.body.text}"
                if text not in notices:
                    notices[text] = _notice(text, disruption, snapshot.clock)
    return list(notices.values())


def _notice(text: str, disruption: Disruption, clock: datetime) -> Notice:
    body = disruption.body
    modes = {line.mode for line in body.lines}
    rail = bool(modes & {"rer", "train", "metro", "tram"})
    operators = {"bus"} if "bus" in modes else set()
    if rail:
        ratp = any(line.network.startswith("RATP") and line.mode != "bus" for line in body.lines)
        operators |= {"rail", "ratp" if ratp else "sncf"}
    return Notice(text, body.severity, body.channel, frozenset(operators), clock, disruption)


def cause_agreement(texts: Iterable[str], causes_of: Callable[[str], list[str]]) -> tuple[float, float, int]:
    """Precision and recall of `causes_of` on the texts that were tagged by hand, and how many those are."""
    truth = _hand_tags()
    tagged = {digest: text for text in texts if (digest := _digest(text)) in truth}
    hits = guessed = meant = 0
    for digest, text in tagged.items():
        found = set(causes_of(text))
        hits, guessed, meant = (
            hits + len(found & truth[digest]),
            guessed + len(found),
            meant + len(truth[digest]),
        )
    return hits / max(1, guessed), hits / max(1, meant), len(tagged)


def _hand_tags() -> dict[str, set[str]]:
    lines = [line for line in CAUSE_TAGS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {digest: set(causes.split()) for digest, causes in (line.split("\t") for line in lines)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
