"""`./pulse replay PATH`: recorded polls through everything, once; stopped and run again, it goes on.

The collector and its socket, and the Spark application, run as two supervised processes, as in `./pulse up`.
Exit codes: 0 done, 1 failed, 2 usage, 3 environment.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from deploy.configuration.command_line import (
    ENVIRONMENT,
    FAILED,
    USAGE,
    add_config_argument,
    add_store_argument,
    complain,
    run_command,
)
from deploy.configuration.settings import Settings, SettingsError, load
from deploy.processes.thread_failure import end_with_any_thread
from prim_client.inputs.file.lines import FileInputError
from prim_client.inputs.recorded.recorded import FORMS, Recorded, RecordingError, RecordingNotFound
from prim_client.inputs.recorded.recording_check import check_messages, check_recording
from spark_app.replay.input import is_messages, kept_path


def main(argv: Sequence[str]) -> int:
    """Replay what `argv` names; returns the exit code."""
    options = _arguments(argv)
    try:
        settings = load(options.config)
        options.path = kept_path(options.path, settings.data_dir)
        check_path(options, settings)
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except RecordingNotFound as error:
        return complain(error, USAGE)
    except (RecordingError, FileInputError) as error:
        return complain(error, FAILED)
    except BrokenPipeError:
        raise
    except OSError as error:
        return complain(f"{error.filename or options.path} cannot be used: {error.strerror or error}", ENVIRONMENT)
    from spark_app.replay.run import replay  # with the database: nobody who gave a wrong file waits for it

    return replay(options, settings)


def check_path(options: argparse.Namespace, settings: Settings) -> None:
    """Refuse a wrong file before anything starts. Raises RecordingError or FileInputError."""
    path, day = options.path, options.day
    if not is_messages(path):
        recorded = Recorded(path, day, tick_s=settings.differ.tick_s)
        recorded.credit(options.recorder, options.licence)
        return check_recording(recorded, str(path))
    if not path.is_file():
        raise RecordingNotFound(f"there is no file {str(path)!r}")
    for name in ("day", "recorder", "licence"):
        if getattr(options, name):
            raise RecordingNotFound(f"--{name} is about polls, and {path} holds messages")
    return check_messages(path, settings.file_input.columns)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse replay", description=__doc__.splitlines()[0])
    parser.add_argument(
        "path", type=Path, help=f"polls: {FORMS}; messages: .csv or .jsonl, packed or not; - for standard input"
    )
    parser.add_argument(
        "--recorder", help="who made the recording, for screens and exports; default: its recording.json, else unknown"
    )
    parser.add_argument(
        "--licence", help="licence of the recording; default: its recording.json, else Licence Mobilité"
    )
    parser.add_argument("--day", type=date.fromisoformat, help="only this service day, 04:00 to 04:00 in Paris")
    add_store_argument(
        parser,
        "SQLAlchemy URL, or env:NAME for the environment variable that holds it; default: a SQLite file of this replay",
    )
    parser.add_argument("--cores", type=_positive, help="local cores of Spark (spark.cores)")
    parser.add_argument("--max-entries", type=_positive, help="log entries a batch (spark.max_entries_per_batch)")
    parser.add_argument(
        "--transport",
        choices=("socket", "kafka"),
        help="how Spark reads the log (transport.kind); kafka without configured brokers starts one for this replay",
    )
    parser.add_argument("--partitions", type=_positive, help="partitions of the topic (transport.partitions)")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run of this replay stored")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument("--verbose", action="store_true", help="show the parts' output as it comes")
    add_config_argument(parser)
    return parser.parse_args(argv)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not 1 or more")
    return value


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(run_command(main, sys.argv[1:]))
