"""Entry point: one process that collects an input into a log and serves the log on its socket.

    python -m stream_server.serve --input recorded --path FILE [--day 2024-04-23] --log FILE
                                  [--port N] [--port-file FILE] [--needed-file FILE]

Prints one line when clients can connect. It serves on after a recording has ended. SIGTERM and Ctrl-C
finish the transaction under way and end it with code 0; 1: it failed, the reason is on stderr; 3: PRIM
refuses the key; 75: the disk is full or refuses, which may pass.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from threading import Event, Thread

from deploy.configuration.command_line import ENVIRONMENT, FAILED, PASSING, complain
from deploy.configuration.settings import Settings, SettingsError, load
from deploy.processes.environment import allow_many_files, collect_rarely
from deploy.processes.signals import stop_on_signals
from deploy.processes.socket_token import make_token
from deploy.processes.thread_failure import end_with_any_thread
from deploy.processes.whole_file import write_whole
from prim_client.input_factory import NAMES, InputError, make_input
from prim_client.inputs.errors import AuthError, PrimError
from prim_client.inputs.file.lines import FileInputError
from prim_client.inputs.quota import QUOTA_FILE
from prim_client.inputs.recorded.recorded import Recorded, RecordingError
from prim_client.messages.differ import Differ
from prim_client.messages.filters import Filter
from prim_client.messages.parse import Parser
from prim_client.messages.polls import Input
from stream_server.collector import Collector
from stream_server.log.log import Log, LogError
from stream_server.log.log_file import LogUnavailable
from stream_server.log.retention import RETENTION_EVERY_S, Retention
from stream_server.socket.server import Server, ServerError
from stream_server.socket.session import Limits

STOP_S = 10.0  # for the input to come to an end; it is left behind then, the log closes in order anyway
# Said once, at the first start of a live log. No address is made up for the operator.
CONTACT_IS_EMPTY = (
    "pulse: poll.contact is empty: set it in config.yaml to an address of yours, so that PRIM can "
    "write to you about these requests"
)
# Inputs that do not wait at first: their polls may share a transaction.
GROUPED = ("recorded", "simulated", "file")


def main(argv: Sequence[str]) -> int:
    """Run until a signal; returns the exit code."""
    arguments = _arguments(argv)
    collect_rarely()
    try:
        settings = load()
    except SettingsError as error:
        return complain(error, FAILED)
    try:
        input_ = make_input(arguments.input, settings, path=arguments.path, day=arguments.day)
        return serve(input_, arguments, settings)
    except AuthError as error:
        return complain(error, ENVIRONMENT)
    except LogUnavailable as error:
        return complain(error, PASSING)
    except sqlite3.Error as error:  # not of the log, which tells its own
        quota = settings.data_dir / QUOTA_FILE
        return complain(
            f"the quota's file {quota} cannot be used: {error}; check space and permissions, or remove it", PASSING
        )
    except (InputError, RecordingError, FileInputError, PrimError, LogError, ServerError) as error:
        return complain(error, FAILED)


def serve(input_: Input, arguments: argparse.Namespace, settings: Settings) -> int:
    """Collect `input_` and serve the log until a signal, or until collecting fails."""
    stop = stop_on_signals()
    port = settings.log.port if arguments.port is None else arguments.port
    limits = Limits(buffer_bytes=int(settings.log.client_buffer_mb * 1_000_000))
    allow_many_files()
    with (
        Log.open(arguments.log) as log,
        Server(log, settings.log.host, port, limits, make_token(arguments.log)) as server,
    ):
        log.claim(source=input_.source, tick_s=settings.differ.tick_s)
        if input_.source == "live" and log.state() is None and not settings.poll.contact:
            print(CONTACT_IS_EMPTY, file=sys.stderr, flush=True)
        if isinstance(input_, Recorded):
            log.describe(credit=asdict(input_.credit(arguments.recorder, arguments.licence)))
        collecting = _Collecting(_collector(input_, log, settings, arguments.input in GROUPED), stop)
        collecting.start()
        if arguments.port_file:
            write_whole(arguments.port_file, f"{server.port}\n")
        print(f"serving {arguments.log} on {server.host}:{server.port}", flush=True)
        retention = Retention(log, settings.log.retention_days, arguments.needed_file)
        while not stop.wait(RETENTION_EVERY_S):
            retention.run()
        getattr(input_, "stop", lambda: None)()
        collecting.join(STOP_S)
    if collecting.failure:
        raise collecting.failure
    return 0


class _Collecting(Thread):
    """The collector in its thread; a failure of it stops the process."""

    def __init__(self, collector: Collector, stop: Event) -> None:
        super().__init__(name="collect", daemon=True)
        self._collector = collector
        self._stop_event = stop
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            self._collector.run(self._stop_event)
        except Exception as error:  # noqa: BLE001 - told by the main thread, which ends the process with it
            self.failure = error
            self._stop_event.set()


def _collector(input_: Input, log: Log, settings: Settings, grouped: bool) -> Collector:
    differ = Differ(
        settings.differ.tick_s,
        settings.differ.grace_s,
        settings.differ.clock_tolerance_s,
        input_.source,
        log.state(),
        poll_interval_s=settings.poll.interval_s,
        keep=Filter(settings.filters.keywords, settings.filters.languages),
        body_of=log.body_of,
    )
    return Collector(input_, Parser(), differ, log, settings.log.group_polls if grouped else 1)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stream_server.serve", description=__doc__.split("\n")[0])
    parser.add_argument("--input", required=True, choices=NAMES)
    parser.add_argument("--path", type=Path, help="what to play")
    parser.add_argument("--day", type=date.fromisoformat, help="only this service day, 04:00 to 04:00 in Paris")
    parser.add_argument("--recorder", help="who made the recording")
    parser.add_argument("--licence", help="licence of the recording")
    parser.add_argument("--log", type=Path, required=True, help="the log's file")
    parser.add_argument("--port", type=int, help="default: log.port of the configuration; 0: any free one")
    parser.add_argument("--port-file", type=Path, help="written with the port when clients can connect")
    parser.add_argument(
        "--needed-file",
        type=Path,
        help="holds the first entry that a reader still needs; without it nothing is dropped",
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(main(sys.argv[1:]))
