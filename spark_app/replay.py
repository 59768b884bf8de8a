"""`./pulse replay PATH`: recorded polls through everything, once; stopped and run again, it goes on.

The collector and its socket, and the Spark application, run as two supervised processes, as in `./pulse up`.
Exit codes: 0 done, 1 failed, 2 usage, 3 environment.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from geo.text_streams import run_command
from prim_client.file_lines import FileInputError
from prim_client.private_folder import make_private
from prim_client.recorded import FORMS, Recorded, RecordingError, RecordingNotFound
from prim_client.recording_check import check_messages, check_recording
from prim_client.settings import Settings, SettingsError, load
from spark_app.fold_books import read_folds, troubles
from spark_app.replay_console import Console, Progress
from spark_app.replay_plan import ReplayPlan, forget, is_messages, kept_path, make_replay_plan
from spark_app.report import imbalances, report
from spark_app.store import StoreError, next_entry, open_store, shown
from spark_app.tables import status
from stream_server.parts import pass_on, python
from stream_server.ports import free_port, listens
from stream_server.socket_token import token_file
from stream_server.store_url import add_store_argument, for_part
from stream_server.supervisor import Part, run
from stream_server.threads import end_with_any_thread

DONE, FAILED, USAGE, ENVIRONMENT = 0, 1, 2, 3
MEASURED = "seconds.json"  # the Spark application's seconds by stage, in the folder of the replay


def main(argv: Sequence[str]) -> int:
    """Replay what `argv` names; returns the exit code."""
    options = _arguments(argv)
    try:
        settings = load(options.config)
        options.path = kept_path(options.path, settings.data_dir)
        check_path(options, settings)
        plan = make_replay_plan(options.path, options.day, options.store, settings.data_dir)
        if options.fresh:
            forget(plan)
        return replay(plan, settings, options)
    except SettingsError as error:
        return _complain(error, ENVIRONMENT)
    except RecordingNotFound as error:
        return _complain(error, USAGE)
    except BrokenPipeError:
        raise
    except (RecordingError, FileInputError, StoreError) as error:
        return _complain(error, FAILED)
    except OSError as error:
        return _complain(f"{error.filename or options.path} cannot be used: {error.strerror or error}", ENVIRONMENT)


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


def replay(plan: ReplayPlan, settings: Settings, options: argparse.Namespace) -> int:
    """Run the parts until everything is stored, then print the result."""
    make_private(plan.folder)
    engine = open_store(plan.store_url)
    _check_log_is_there(plan, engine)
    began, port = time.monotonic(), free_port(settings.log.host)
    say = Console(verbose=options.verbose)
    is_shown = sys.stderr.isatty() and not options.json
    with Progress(engine, settings.log.host, port, is_shown, token_file(plan.log)):
        code = run(_parts(plan, settings, options, port), say, first_pause_s=0.5)
    if code and say.last_words():
        return FAILED
    if code or not _is_complete(engine):
        return _complain("the replay did not finish; run the same command again to go on", FAILED)
    derived_s = _derive(engine, settings)
    return _conclude(plan, engine, time.monotonic() - began, derived_s, options.json)


def _derive(engine: Engine, settings: Settings) -> float:
    """Take the derived folds to the end of the store; the seconds that it took."""
    from spark_app.derive import make_folds  # half of the start, which nobody waits for who gave a wrong file
    from spark_app.derived import Runner

    began = time.monotonic()
    Runner(engine, make_folds(settings)).catch_up()
    return time.monotonic() - began


def _check_log_is_there(plan: ReplayPlan, engine: Engine) -> None:
    """A log begun anew would only look like the one that was read. Raises StoreError."""
    with engine.connect() as connection:
        stored = next_entry(connection)
    if stored is not None and not plan.log.is_file():
        raise StoreError(
            f"the store {shown(plan.store_url)} holds entries up to {stored}, but their log {plan.log} is gone: "
            "run `./pulse replay --fresh`"
        )


def _conclude(plan: ReplayPlan, engine: Engine, total_s: float, derived_s: float, as_json: bool) -> int:
    books = _log_books(engine)
    measured = plan.folder / MEASURED
    seconds = json.loads(measured.read_text())["seconds"] if measured.exists() else {}
    began = time.monotonic()
    result = report(engine, books, seconds)
    result["seconds"] |= {"derive": round(derived_s, 3), "hash": round(time.monotonic() - began, 3), "total": round(total_s, 3)}
    print(json.dumps(result) if as_json else _summary(result, plan))
    wrong = [f"the books do not balance: {sentence}" for sentence in imbalances(engine, books)]
    with engine.connect() as connection:
        wrong += troubles(read_folds(connection))
    for sentence in wrong:
        _complain(sentence, FAILED)
    return FAILED if wrong else DONE


def _parts(plan: ReplayPlan, settings: Settings, options: argparse.Namespace, port: int) -> list[Part]:
    config = pass_on(options.config)
    to_store, environment = for_part(plan.store_url)
    collect = python(
        "stream_server.serve", "--input", plan.input, "--path", str(plan.path.resolve()),
        "--log", str(plan.log), "--port", str(port), *(["--day", str(plan.day)] if plan.day else []),
        *([f"--recorder={options.recorder}"] if options.recorder else []),
        *([f"--licence={options.licence}"] if options.licence else []),
    )  # fmt: skip
    spark = python(
        "spark_app.app", "--until", "input", "--source", plan.input, "--port", str(port), "--state", str(plan.folder),
        "--token-file", str(token_file(plan.log)),
        *to_store, "--measure", str(plan.folder / MEASURED), "--config", config,
        *(["--cores", str(options.cores)] if options.cores else []),
        *(["--max-entries", str(options.max_entries)] if options.max_entries else []),
    )  # fmt: skip
    return [
        Part("log", collect, ready=listens(settings.log.host, port), stop_wait_s=15),
        Part("spark", spark, stop_wait_s=60, job=True, environment=environment),
    ]


def _log_books(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        value = connection.execute(select(status.c.value).where(status.c.part == "log")).scalar()
    return json.loads(value) if value else {}


def _is_complete(engine: Engine) -> bool:
    books = _log_books(engine)
    with engine.connect() as connection:
        return bool(books.get("input_done")) and (next_entry(connection) or 0) == books["last"]


def _summary(result: dict[str, Any], plan: ReplayPlan) -> str:
    polls, ticks = result["polls"], result["ticks"]
    kinds = ", ".join(f"{count} {kind}" for kind, count in result["messages"].items() if count)
    return "\n".join([
        f"polls      {polls['received']} received = {polls['changed']} changed + {polls['unchanged']} unchanged + {polls['rejected']} rejected",
        f"ticks      {ticks['expected']} expected, {ticks['observed']} observed",
        f"messages   {kinds}; {result['dead_letters']} dead letters",
        f"places     {result['hits']} hits; {result['unplaced']} messages without a place",
        f"windows    {result['windows']} rows, sha256 {result['sha256']}",
        f"store      {shown(plan.store_url)}",
        f"took       {result['seconds']['total']:.1f} s",
    ])  # fmt: skip


def _complain(error: Exception | str, code: int) -> int:
    print(f"pulse: {error}", file=sys.stderr, flush=True)
    return code


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse replay", description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help=f"polls: {FORMS}; messages: .csv or .jsonl, packed or not; - for standard input")
    parser.add_argument("--recorder", help="who made the recording, for screens and exports; default: its recording.json, else unknown")
    parser.add_argument("--licence", help="licence of the recording; default: its recording.json, else Licence Mobilité")
    parser.add_argument("--day", type=date.fromisoformat, help="only this service day, 04:00 to 04:00 in Paris")
    add_store_argument(parser, "SQLAlchemy URL, or env:NAME for the environment variable that holds it; default: a SQLite file of this replay")
    parser.add_argument("--cores", type=_positive, help="local cores of Spark (spark.cores)")
    parser.add_argument("--max-entries", type=_positive, help="log entries a batch (spark.max_entries_per_batch)")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run of this replay stored")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument("--verbose", action="store_true", help="show the parts' output as it comes")
    parser.add_argument("--config", type=Path, help="configuration file")
    return parser.parse_args(argv)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not 1 or more")
    return value


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(run_command(main, sys.argv[1:]))
