"""Lines: what a line is called, by whom it is run, and in which colour it is drawn."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from geo.network.tables import DATA_DIR, read_table

MODES = ("rer", "train", "shuttle", "metro", "tram", "cable", "funicular", "bus")
_LINE_ID_FORMS = ("line:IDFM:", "STIF:Line::", "IDFM:")
# PRIM's names of the modes, as seen in its answers.
_MODE_OF_PRIM = {
    "RapidTransit": "rer",
    "LocalTrain": "train",
    "Train": "train",
    "RegionalRail": "train",
    "LongDistanceTrain": "train",
    "RailShuttle": "shuttle",
    "Metro": "metro",
    "Tramway": "tram",
    "Bus": "bus",
    "Coach": "bus",
    "Funicular": "funicular",
    "CableWay": "cable",
    "SuspendedCableCar": "cable",
}
_MODE_OF_TABLE = {"cableway": "cable"}
_BIS = {"3B": "3bis", "7B": "7bis"}
_TRAIN_NETWORKS = {"RER", "Transilien", "TER"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the region.

    `id` is the reference's ("C01742"), `name` what stands on its badge ("A", "T3a", "191"),
    `mode` one of `MODES`, `colour` and `text_colour` the official ones ("#eb2132"), `label` mode,
    name and network in one text that no other line has. `active` is False for lines to come.
    """

    id: str
    name: str
    mode: str
    network: str
    colour: str
    text_colour: str
    operator: str
    label: str
    active: bool = True


class Lines:
    """Every line of the tables. Use the shared `Lines.load()`."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._by_id = {line.id: line for line in lines}

    @classmethod
    def load(cls) -> "Lines":
        """The lines of `geo/data`, read once per process."""
        return _load(DATA_DIR)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Line]:
        return iter(self._by_id.values())

    def label(self, line_id: str) -> str:
        """The label of a line, or the id of a line that the tables do not have."""
        line = self.get(line_id)
        return line.label if line else line_id

    def get(self, line_id: str) -> Line | None:
        """The line of an id in any of its forms, or None when no table has it."""
        return self._by_id.get(strip_id(line_id))


def strip_id(line_id: str) -> str:
    """The reference's id of a line, whatever form it comes in.

    >>> strip_id("line:IDFM:C01742"), strip_id("STIF:Line::C01742:"), strip_id("C01742")
    ('C01742', 'C01742', 'C01742')
    """
    for prefix in _LINE_ID_FORMS:
        line_id = line_id.removeprefix(prefix)
    return line_id.removesuffix(":")


def mode_of_prim(mode: str) -> str:
    """Our mode of a mode as PRIM names it ("RapidTransit" -> "rer").

    Raises `ValueError` for a mode never seen: the caller decides what an unknown mode is worth.
    """
    if mode in _MODE_OF_PRIM:
        return _MODE_OF_PRIM[mode]
    raise ValueError(f"mode {mode!r} of PRIM is none of {sorted(_MODE_OF_PRIM)}: add it to geo.network.lines")


def contrast_ratio(colour: str, other: str) -> float:
    """The contrast of two colours ("#rrggbb"), 1 to 21, as WCAG 2.2 defines it.

    >>> round(contrast_ratio("#000000", "#ffffff"), 1)
    21.0
    """
    lighter, darker = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@cache
def contrast_text(colour: str) -> str:
    """Black or white, whichever reads better on `colour`: always at least 4.5 to 1.

    >>> contrast_text("#ffbe00"), contrast_text("#003ca6")
    ('#000000', '#ffffff')
    """
    return max(("#000000", "#ffffff"), key=lambda text: contrast_ratio(colour, text))


def _luminance(colour: str) -> float:
    channels = [int(colour.lstrip("#")[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def _load(folder: Path) -> Lines:
    return Lines(_with_unique_labels([_row(*row) for row in read_table("lines.csv", folder)]))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table with its mode, and the labels it may go by, shortest first."""

    line: Line
    labels: tuple[str, ...]


def _row(
    line_id: str,
    short_name: str,
    name: str,
    transport_mode: str,
    submode: str,
    network: str,
    operator: str,
    colour: str,
    text_colour: str,
    status: str,
    group: str,
) -> _Row:
    mode = _mode(transport_mode, submode, network)
    badge = _BIS.get(short_name, short_name) if mode == "metro" else short_name
    line = Line(
        id=line_id,
        name=badge,
        mode=mode,
        network=network or operator,
        colour=f"#{colour}",
        text_colour=f"#{text_colour}",
        operator=operator,
        label="",
        active=status == "active",
    )
    labels = _bus_labels(line, name, group) if mode == "bus" else (_rail_label(line, name, group),)
    return _Row(line, (*labels, f"{labels[0]} [{line_id}]"))


def _mode(transport_mode: str, submode: str, network: str) -> str:
    if transport_mode != "rail":
        return _MODE_OF_TABLE.get(transport_mode, transport_mode)
    if submode == "railShuttle":
        return "shuttle"
    return "rer" if network == "RER" else "train"


def _rail_label(line: Line, name: str, group: str) -> str:
    if line.network == "TER":
        return group or name
    words = {"rer": "RER", "train": "Transilien", "metro": "Métro", "tram": "Tram", "cable": "Câble"}
    if line.mode == "funicular":
        return "Funiculaire de Montmartre"
    return f"{words[line.mode]} {line.name}" if line.mode in words else name


def _bus_labels(line: Line, name: str, group: str) -> tuple[str, ...]:
    """A badge alone is shared ("Soir", "TàD", "1"): then the long name, then the route tells."""
    if line.network in _TRAIN_NETWORKS:
        return f"Bus de remplacement {line.network} {line.name}", f"Bus {name} ({line.network})"
    return (
        f"Bus {line.name} ({line.network})",
        f"Bus {name.removeprefix('Bus ')} ({line.network})",
        f"Bus {line.name} ({line.network}) {group}",
    )


def _with_unique_labels(rows: list[_Row]) -> list[Line]:
    """Every line with the first of its labels that no other line could claim."""
    claims = Counter(label for row in rows for label in set(row.labels))
    return [replace(row.line, label=next(label for label in row.labels if claims[label] == 1)) for row in rows]
