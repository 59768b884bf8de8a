"""`./pulse kafka`: a single broker of Kafka on the loopback, to try `transport.kind: kafka` with; Ctrl-C stops it.

The first start fetches it with Maven (44 MB). Exit codes: 0 stopped, 2 usage, 3 environment.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.configuration.command_line import ENVIRONMENT, add_config_argument, complain, run_command
from deploy.configuration.settings import SettingsError, load
from deploy.processes.ports import free_port_or_sentence
from deploy.processes.thread_failure import end_with_any_thread
from stream_server.kafka import broker

HOST = "127.0.0.1"
PORT = 9092
FOLDER = "kafka"


def main(argv: Sequence[str]) -> int:
    """Become the broker; returns an exit code only if it cannot."""
    parser = argparse.ArgumentParser(prog="pulse kafka", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}")
    parser.add_argument("--folder", type=Path, help="what it keeps; default: kafka/broker in data_dir")
    add_config_argument(parser)
    options = parser.parse_args(argv)
    try:
        settings = load(options.config)
        folder = (options.folder or settings.data_dir / FOLDER / "broker").resolve()
        programs = broker.programs(settings.data_dir.resolve() / FOLDER)
        if sentence := free_port_or_sentence(HOST, options.port, "--port"):
            return complain(sentence, ENVIRONMENT)
        command = broker.command(folder, programs, HOST, options.port)
    except (SettingsError, OSError) as error:
        return complain(error, ENVIRONMENT)
    print(f"Kafka is at {HOST}:{options.port}, its data in {folder}. Ctrl-C stops it.", flush=True)
    return os.execv(command[0], command)


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(run_command(main, sys.argv[1:]))
