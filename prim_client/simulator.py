"""Entry point: a PRIM of our own, to serve or to record.

    python -m prim_client.simulator serve --port 8099 --seed 1
    python -m prim_client.simulator record --days 7 --out FILE.tar.zst [--seed 1] [--rail] [--begin DAY]

`serve`: set `poll.base_url: http://127.0.0.1:8099/marketplace` and `PRIM_API_KEY=simulated` to use it as
PRIM; let it fail with `curl -d '{"kind": "no_news", "count": 3}' http://127.0.0.1:8099/_fault`.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path

from prim_client.messages.paris_time import service_day_bounds
from prim_client.simulated.line_reports import line_reports
from prim_client.simulated.recording import record
from prim_client.simulated.server import SIMULATED_KEY, Simulator
from prim_client.simulated.world.world import World

FIRST_DAY = date(2026, 10, 5)  # a Monday; any other day is as good


def main(argv: Sequence[str]) -> int:
    """Serve until Ctrl-C or SIGTERM, or record; returns the exit code."""
    arguments = _arguments(argv)
    world = World(arguments.seed, rail_only=arguments.rail)
    try:
        return _serve(world, arguments.port) if arguments.command == "serve" else _record(world, arguments)
    except (OSError, ValueError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1


def _serve(world: World, port: int) -> int:
    simulator = Simulator(world.answer_at, port=port, name=world.name, pages=partial(line_reports, world))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"PRIM, simulated: {simulator.base_url}  key: {SIMULATED_KEY}", flush=True)
    try:
        simulator.serve()
    except KeyboardInterrupt:
        return 0
    return 0


def _record(world: World, arguments: argparse.Namespace) -> int:
    began_s = time.monotonic()
    begin: datetime = service_day_bounds(arguments.begin)[0]
    count = record(world, begin, arguments.days, arguments.out, arguments.step_s)
    print(f"{count} polls in {arguments.out}, {time.monotonic() - began_s:.1f} s")
    return 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m prim_client.simulator", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="answer like PRIM on this machine")
    serve.add_argument("--port", type=int, default=8099, help="default 8099; 0: any free one")
    recorder = commands.add_parser("record", help="write polls as a recording")
    recorder.add_argument("--days", type=float, default=7)
    recorder.add_argument("--out", type=Path, required=True, help="a new folder, or a file name in .tar.zst")
    recorder.add_argument("--begin", type=date.fromisoformat, default=FIRST_DAY, help="first service day")
    recorder.add_argument("--step-s", type=int, default=120, help="seconds between two polls")
    for command in (serve, recorder):
        command.add_argument("--seed", type=int, default=1, help="the same seed, the same history")
        command.add_argument("--rail", action="store_true", help="rails only, like the rail recordings")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
