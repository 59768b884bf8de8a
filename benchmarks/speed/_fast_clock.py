"""Log server whose simulated network runs faster than the wall clock; `./pulse bench soak` starts it.

    python -m benchmarks.speed._fast_clock --log FILE --port N --speed 60 --hours 24

All parts are those of `./pulse up`: simulator, live client over HTTP, parser, differ, log, socket. Only the clock that
they are handed is another: it begins `--hours` before now and makes `--speed` seconds of each second.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from deploy.configuration.settings import load
from deploy.processes.environment import collect_rarely
from deploy.processes.signals import stop_on_signals
from prim_client.messages.differ import Differ
from prim_client.messages.parse import Parser
from prim_client.simulated.playback import Simulated
from prim_client.simulated.world.world import World
from stream_server.collector import Collector
from stream_server.log.log import Log
from stream_server.socket.server import Server

WARM_UP_H = 1.0  # of simulated time, handed over at once, so that every part has something to hold


class FastClock:
    """A clock that begins at `begin` and runs at `speed` times real time; `sleep` takes its seconds."""

    def __init__(self, begin: datetime, speed: float, stop: Event) -> None:
        self._begin, self._speed, self._stop = begin, speed, stop
        self._started_s = time.monotonic()

    def __call__(self) -> datetime:
        return self._begin + timedelta(seconds=(time.monotonic() - self._started_s) * self._speed)

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds of this clock, or until the process is told to stop."""
        self._stop.wait(seconds / self._speed)


def main(argv: Sequence[str]) -> int:
    """Collect and serve until SIGTERM; returns the exit code."""
    options = _arguments(argv)
    collect_rarely()
    stop, settings = stop_on_signals(), load()
    clock = FastClock(datetime.now(UTC) - timedelta(hours=options.hours), options.speed, stop)
    input_ = Simulated(
        World(settings.simulator.seed),
        settings.data_dir,
        history_h=WARM_UP_H,
        interval_s=settings.poll.interval_s,
        retries=0,
        timeout_s=60.0 * options.speed,
        contact=settings.poll.contact,
        port=settings.simulator.port,
        clock=clock,
        sleep=clock.sleep,
    )
    with Log.open(options.log) as log, Server(log, settings.log.host, options.port) as server:
        log.claim(source=input_.source, tick_s=settings.differ.tick_s)
        differ = Differ(
            settings.differ.tick_s,
            settings.differ.grace_s,
            settings.differ.clock_tolerance_s,
            input_.source,
            log.state(),
            poll_interval_s=settings.poll.interval_s,
            body_of=log.body_of,
        )
        print(f"serving {options.log} on {server.host}:{server.port}, {options.speed:g} x real time", flush=True)
        Collector(input_, Parser(), differ, log).run(stop)
    return 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", type=Path, required=True, help="the log's file")
    parser.add_argument("--port", type=int, required=True, help="of the log's socket")
    parser.add_argument("--speed", type=float, required=True, help="simulated seconds in a second")
    parser.add_argument("--hours", type=float, required=True, help="how long before now the clock begins")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
