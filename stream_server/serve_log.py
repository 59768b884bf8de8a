"""Entry point: serve an existing log and collect nothing: `python -m stream_server.serve_log --log FILE --port N`.

For `./pulse rebuild` and for a look at a log with `nc`. Ends with SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.configuration.command_line import DONE, FAILED, complain
from deploy.configuration.settings import SettingsError, load
from deploy.processes.environment import allow_many_files
from deploy.processes.signals import stop_on_signals
from deploy.processes.socket_token import make_token
from deploy.processes.thread_failure import end_with_any_thread
from stream_server.log.log import Log, LogError
from stream_server.socket.server import Server, ServerError


def main(argv: Sequence[str]) -> int:
    """Serve until a signal; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m stream_server.serve_log", description=__doc__.splitlines()[0])
    parser.add_argument("--log", type=Path, required=True, help="the log's file")
    parser.add_argument("--port", type=int, help="default: log.port of the configuration")
    options = parser.parse_args(argv)
    stop = stop_on_signals()
    try:
        if not options.log.is_file():
            raise LogError(f"there is no log at {options.log}")
        settings = load()
        port = settings.log.port if options.port is None else options.port
        allow_many_files()
        with (
            Log.open(options.log) as log,
            Server(log, settings.log.host, port, token=make_token(options.log)) as server,
        ):
            print(f"serving {options.log} on {server.host}:{server.port}", flush=True)
            stop.wait()
    except (SettingsError, LogError, ServerError) as error:
        return complain(error, FAILED)
    return DONE


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(main(sys.argv[1:]))
