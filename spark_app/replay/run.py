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
from deploy.processes.supervisor import run
from spark_app.commands.report import imbalances, report
from spark_app.derived.fold_books import read_folds, troubles
from spark_app.replay.console import Console, Progress
from spark_app.replay.parts import MEASURED, make_parts, make_transport, replay_topic
from spark_app.replay.plan import ReplayPlan, forget, make_replay_plan
from spark_app.store.engine import StoreError, next_entry, open_store, without_password
from spark_app.store.tables import status
from stream_server.protocol.reader import Refused
from stream_server.transport import forget_topic


def replay(options: argparse.Namespace, settings: Settings) -> int:
    """Replay `options.path`; returns the exit code."""
    plan = make_replay_plan(options.path, options.day, options.store, settings.data_dir)
    try:
        if options.fresh:
            forget(plan)
            _forget_topic(plan, settings, options)
        return _run(plan, settings, options)
    except BrokenPipeError:
        raise
    except StoreError as error:
        return complain(error, FAILED)
    except (ConnectionError, Refused) as error:  # of the brokers
        return complain(error, ENVIRONMENT)
    except OSError as error:
        return complain(f"{error.filename or plan.folder} cannot be used: {error.strerror or error}", ENVIRONMENT)


def _forget_topic(plan: ReplayPlan, settings: Settings, options: argparse.Namespace) -> None:
    """On brokers of the user's own; those of one that was started for the replay went with its folder."""
    transport = settings.transport
    if (options.transport or transport.kind) == "kafka" and transport.bootstrap_servers:
        forget_topic(replay_topic(plan, settings, options))


def _run(plan: ReplayPlan, settings: Settings, options: argparse.Namespace) -> int:
    """Run the parts until everything is stored, then print the result."""
    make_private(plan.folder)
    engine = open_store(plan.store_url)
    _check_log_is_there(plan, engine)
    began, transport = time.monotonic(), make_transport(plan, settings, options)
    say = Console(verbose=options.verbose)
    is_shown = sys.stderr.isatty() and not options.json
    with Progress(engine, transport.socket, is_shown):
        code = run(make_parts(plan, options, transport), say, first_pause_s=0.5)
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
    measured = json.loads((plan.folder / MEASURED).read_text())
    began = time.monotonic()
    result = report(engine, books, measured["seconds"])
    result["transport"] = measured["transport"]
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
            *_of_kafka(result["transport"]),
            f"store      {without_password(plan.store_url)}",
            f"took       {result['seconds']['total']:.1f} s",
        ]
    )


def _of_kafka(transport: dict[str, Any]) -> list[str]:
    if transport["kind"] != "kafka":
        return []
    return [f"transport  Kafka, {transport['records']} records in {transport['partitions']} partitions"]
