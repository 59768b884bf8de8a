"""How fast texts are placed: distinct messages a second, the worst hostile text, the first message."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.base._machine import machine, verdict
from benchmarks.geocoder._hostile_texts import PIECES, hostile_text
from benchmarks.geocoder._text_groups import TextGroup
from geo.text.geocoder import locate

MESSAGES_A_SECOND, HOSTILE_S, LOAD_S = 2_000, 0.05, 1.0  # the bars
ROUNDS = 5
HOSTILE_ROUNDS = 3
RER_A, BUS = "C01742", "C01212"
# In a process of its own: everything that the first messages of both kinds read from the tables.
LOAD = f"""
import time
from geo.text.geocoder import locate
started = time.process_time()
locate("", "Trafic interrompu à Nation.", ["{RER_A}"])
rail = time.process_time()
locate("", "Arrêt Mairie non desservi à Draveil.", ["{BUS}"])
print(rail - started, time.process_time() - rail)
"""


def print_speed(groups: Sequence[TextGroup]) -> None:
    """The three figures with their bars; all are time of one core, which a busy machine stretches."""
    print(f"\nspeed ({machine()})")
    for name, chosen in (
        ("bus", _is_bus),
        ("rail, metro, tram", lambda group: not _is_bus(group)),
        ("all modes", None),
    ):
        _print_rate(name, [group for group in groups if chosen is None or chosen(group)])
    seconds, name = max((_seconds(piece, line), name) for name, piece in PIECES.items() for line in (RER_A, BUS))
    print(
        verdict(
            f"a hostile megabyte < {HOSTILE_S * 1e3:.0f} ms: worst {seconds * 1e3:.0f} ms ({name})", seconds < HOSTILE_S
        )
    )
    rail_s, bus_s = load_seconds()
    print(
        verdict(
            f"tables loaded < {LOAD_S:.0f} s: {rail_s:.2f} s for rail, {bus_s:.2f} s more for bus",
            rail_s + bus_s < LOAD_S,
        )
    )


def _is_bus(group: TextGroup) -> bool:
    return group.mode == "bus"


def _print_rate(name: str, groups: Sequence[TextGroup]) -> None:
    texts = list({(group.title, group.text, group.lines) for group in groups})
    if texts:
        rate = median(messages_a_second(texts) for _ in range(ROUNDS))
        what = f"{name}, {len(texts)} distinct: {rate:,.0f} messages a second of one core"
        print(verdict(f"{what} (bar {MESSAGES_A_SECOND:,})", rate >= MESSAGES_A_SECOND))


def messages_a_second(texts: Sequence[tuple[str, str, tuple[str, ...]]], read: Callable = locate) -> float:
    """Messages (title, text, lines) read a second of processor time."""
    started = time.process_time()
    for title, text, lines in texts:
        read(title, text, lines)
    return len(texts) / (time.process_time() - started)


def _seconds(piece: str, line_id: str) -> float:
    """Processor time of one hostile text; the quickest of a few, for others use the machine, too."""
    text, seconds = hostile_text(piece), []
    for _ in range(HOSTILE_ROUNDS):
        started = time.process_time()
        locate("", text, [line_id])
        seconds.append(time.process_time() - started)
    return min(seconds)


def load_seconds() -> tuple[float, float]:
    """Processor time of a process's first rail message, and of its first bus message."""
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    rail, bus = map(float, done.stdout.split())
    return rail, bus
