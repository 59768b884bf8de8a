"""The run of a replay whose input was checked: its parts until everything is stored, then its result."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from sqlalchemy import Engine, select

from deploy.configuration.command_line import DONE, ENVIRONMENT, FAILED, complain
from deploy.configuration.private_folder import make_private
from deploy.configuration.settings import Settings
from deploy.configuration.store_url import for_part
from deploy.processes.environment import pass_on, python
from deploy.processes.ports import free_port, listens
from deploy.processes.programs import PROGRAMS
from deploy.processes.socket_token import token_file
from deploy.processes.supervisor import Part, run
from spark_app.commands.report import imbalances, report
from spark_app.derived.fold_books import read_folds, troubles
from spark_app.replay.console import Console, Progress
from spark_app.replay.plan import ReplayPlan, forget, make_replay_plan
from spark_app.store.engine import StoreError, next_entry, open_store, without_password
from spark_app.store.tables import status

MEASURED = "seconds.json"  # the Spark application's seconds by stage, in the folder of the replay


def replay(options: argparse.Namespace, settings: Settings) -> int:
    """Replay `options.path`; returns the exit code."""
    plan = make_replay_plan(options.path, options.day, options.store, settings.data_dir)
    try:
        if options.fresh:
            forget(plan)
        return _run(plan, settings, options)
    except BrokenPipeError:
        raise
    except StoreError as error:
        return complain(error, FAILED)
    except OSError as error:
        return complain(f"{error.filename or plan.folder} cannot be used: {error.strerror or error}", ENVIRONMENT)


def _run(plan: ReplayPlan, settings: Settings, options: argparse.Namespace) -> int:
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
        return complain("the replay did not finish; run the same command again to go on", FAILED)
    derived_s = _derive(engine, settings)
    return _conclude(plan, engine, time.monotonic() - began, derived_s, options.json)


def _derive(engine: Engine, settings: Settings) -> float:
    """Take the derived folds to the end of the store; the seconds that it took."""
    from spark_app.commands.derive import make_folds  # half of the start, which nobody waits for who gave a wrong file
    from spark_app.derived.runner import Runner

    began = time.monotonic()
    Runner(engine, make_folds(settings)).catch_up()
    return time.monotonic() - began


def _check_log_is_there(plan: ReplayPlan, engine: Engine) -> None:
    """A log begun anew would only look like the one that was read. Raises StoreError."""
    with engine.connect() as connection:
        stored = next_entry(connection)
    if stored is not None and not plan.log.is_file():
        raise StoreError(
            f"the store {without_password(plan.store_url)} holds entries up to {stored}, "
            f"but their log {plan.log} is gone: run `./pulse replay --fresh`"
        )


def _conclude(plan: ReplayPlan, engine: Engine, total_s: float, derived_s: float, as_json: bool) -> int:
    books = _log_books(engine)
    measured = plan.folder / MEASURED
    seconds = json.loads(measured.read_text())["seconds"] if measured.exists() else {}
    began = time.monotonic()
    result = report(engine, books, seconds)
    result["seconds"] |= {
        "derive": round(derived_s, 3),
        "hash": round(time.monotonic() - began, 3),
        "total": round(total_s, 3),
    }
    print(json.dumps(result) if as_json else _summary(result, plan))
    wrong = [f"the books do not balance: {sentence}" for sentence in imbalances(engine, books)]
    with engine.connect() as connection:
        wrong += troubles(read_folds(connection))
    for sentence in wrong:
        complain(sentence, FAILED)
    return FAILED if wrong else DONE


def _parts(plan: ReplayPlan, settings: Settings, options: argparse.Namespace, port: int) -> list[Part]:
    return [
        Part("log", _collect(plan, options, port), ready=listens(settings.log.host, port), stop_wait_s=15),
        _spark(plan, options, port),
    ]


def _collect(plan: ReplayPlan, options: argparse.Namespace, port: int) -> list[str]:
    """The command of the collector."""
    return python(
        PROGRAMS["collect"],
        "--input",
        plan.input,
        "--path",
        str(plan.path.resolve()),
        "--log",
        str(plan.log),
        "--port",
        str(port),
        *(["--day", str(plan.day)] if plan.day else []),
        *([f"--recorder={options.recorder}"] if options.recorder else []),
        *([f"--licence={options.licence}"] if options.licence else []),
    )


def _spark(plan: ReplayPlan, options: argparse.Namespace, port: int) -> Part:
    """The Spark application, which ends with the input."""
    to_store, environment = for_part(plan.store_url)
    command = python(
        PROGRAMS["spark"],
        "--until",
        "input",
        "--source",
        plan.input,
        "--port",
        str(port),
        "--state",
        str(plan.folder),
        "--token-file",
        str(token_file(plan.log)),
        *to_store,
        "--measure",
        str(plan.folder / MEASURED),
        "--config",
        pass_on(options.config),
        *(["--cores", str(options.cores)] if options.cores else []),
        *(["--max-entries", str(options.max_entries)] if options.max_entries else []),
    )
    return Part("spark", command, stop_wait_s=60, job=True, environment=environment)


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
    return "\n".join(
        [
            (
                f"polls      {polls['received']} received = {polls['changed']} changed + {polls['unchanged']} "
                f"unchanged + {polls['rejected']} rejected"
            ),
            f"ticks      {ticks['expected']} expected, {ticks['observed']} observed",
            f"messages   {kinds}; {result['dead_letters']} dead letters",
            f"places     {result['hits']} hits; {result['unplaced']} messages without a place",
            f"windows    {result['windows']} rows, sha256 {result['sha256']}",
            f"store      {without_password(plan.store_url)}",
            f"took       {result['seconds']['total']:.1f} s",
        ]
    )
