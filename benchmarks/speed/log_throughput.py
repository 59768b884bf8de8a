"""How fast the log takes and gives: `./pulse bench log_throughput`.

The input is fixed: a simulated day of all modes, 456 disruptions that go on at each of 288 ticks and
10 others between two ticks, bodies of about 1.5 kB. What is read is compared with what was written.
"""

from __future__ import annotations

import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prim_client.messages.differ import Outcome
from prim_client.messages.message import Body, Channel, Entry, Kind, LineRef, Message, StationRef
from stream_server.log.books import Observed
from stream_server.log.log import Log
from stream_server.protocol.client import Client
from stream_server.socket.server import Server

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
TICKS, ONGOING, OTHERS = 288, 456, 10
RUNS = 5
WORDS = "le trafic est interrompu entre deux gares en raison de travaux jusqu'à la fin du service".split()


def main() -> None:
    """Print one line a figure: median of RUNS, lowest and highest."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {RUNS} runs")
    entries = list(day())
    messages = sum(len(entry.messages) for entry in entries)
    with tempfile.TemporaryDirectory() as folder:
        append_s = [write(Path(folder) / f"{run}.log", entries, group=1) for run in range(RUNS)]
        grouped_s = [write(Path(folder) / f"group{run}.log", entries, group=200) for run in range(RUNS)]
        report("append, one entry a transaction", "messages/s", [messages / s for s in append_s])
        report("append, 200 entries a transaction", "messages/s", [messages / s for s in grouped_s])
        path = Path(folder) / "0.log"
        report("size of a day", "MB", [path.stat().st_size / 1e6])
        read(path, messages)


def day() -> Iterator[Entry]:
    """The entries of the simulated day."""
    chance = random.Random(1)
    known = [_message(number, chance) for number in range(ONGOING)]
    for tick in range(TICKS):
        at = BEGIN + timedelta(minutes=5 * tick)
        yield Entry(at, True, True, tuple(_at(message, Kind.ONGOING, at) for message in known))
        poll = at + timedelta(minutes=2)
        others = [_message(ONGOING + tick * OTHERS + number, chance) for number in range(OTHERS)]
        yield Entry(poll, False, True, tuple(_at(message, Kind.OPENED, poll) for message in others))
        known = known[OTHERS // 2 :] + others[: OTHERS // 2]


def _message(number: int, chance: random.Random) -> Message:
    stations = tuple(
        StationRef(str(40_000 + number + n), str(70_000 + n), f"Station {n}", 48.8, 2.3 + n / 100, "stop_id", 1.0)
        for n in range(chance.randrange(8))
    )
    text = " ".join(chance.choices(WORDS, k=80))
    body = Body(
        Channel.WORKS,
        "PERTURBEE",
        "TRAVAUX",
        f"Ligne {number} : travaux",
        "",
        text,
        f"<p>{text}</p>",
        (),
        (LineRef("C01742", "A", "rer", "RATP", stations),),
    )
    id_, begin = f"{chance.getrandbits(128):032x}", BEGIN - timedelta(minutes=number)
    return Message(id_, f"{number:016x}", Kind.OPENED, False, begin, begin, None, begin, None, "simulated", body)


def _at(message: Message, kind: Kind, at: datetime) -> Message:
    return Message(
        message.id,
        message.revision,
        kind,
        False,
        at,
        message.published_at,
        None,
        message.begin,
        None,
        message.source,
        message.body,
    )


def write(path: Path, entries: list[Entry], group: int) -> float:
    """Seconds to append all `entries`, so many in one transaction."""
    outcomes = [Outcome("changed", "", (entry,), 0, len(entry.messages), str(n)) for n, entry in enumerate(entries)]
    with Log.open(path) as log:
        began = time.perf_counter()
        for at in range(0, len(outcomes), group):
            log.append([Observed(outcome, BEGIN) for outcome in outcomes[at : at + group]], b"state")
        took_s = time.perf_counter() - began
        assert log.bounds() == (0, len(entries))
    return took_s


def read(path: Path, messages: int) -> None:
    """Report the reading rates of the day at `path`, and the delay of a live tail."""
    with Log.open(path) as log, Server(log, port=0) as server, Client("127.0.0.1", server.port) as client:
        first, end = log.bounds()
        size = sum(map(len, log.read(first, end)))
        report("line", "bytes", [size / messages])
        ways: dict[str, Callable[[], Iterator[bytes]]] = {
            "read, in the process": lambda: log.read(first, end),
            "read, over the socket with checks": lambda: client.read(first, end),
        }
        for name, way in ways.items():
            report(name, "lines/s", [messages / _seconds(way, messages) for _ in range(RUNS)])
        report("append to line on the socket", "ms", sorted(tail_delays_ms(log, client)))


def _seconds(way: Callable[[], Iterator[bytes]], expected: int) -> float:
    began = time.perf_counter()
    assert sum(1 for _ in way()) == expected
    return time.perf_counter() - began


def tail_delays_ms(log: Log, client: Client) -> Iterator[float]:
    """From the return of `append` to the line at the client."""
    end = log.bounds()[1]
    tail = client.tail(end)
    for number in range(end, end + 200):
        at = BEGIN + timedelta(days=1, minutes=number)
        log.append([Observed(Outcome("changed", "", (Entry(at, True, True, ()),), 0, 0, ""), at)], b"state")
        began = time.perf_counter()
        assert next(tail).startswith(b'{"entry":%d,' % number)
        yield (time.perf_counter() - began) * 1_000


def report(name: str, unit: str, values: list[float]) -> None:
    """One line: the median, and the range if there is one."""
    spread = f"  ({min(values):,.2f} to {max(values):,.2f})" if len(values) > 1 else ""
    print(f"{name:36} {statistics.median(values):>14,.2f} {unit}{spread}")


if __name__ == "__main__":
    main()
