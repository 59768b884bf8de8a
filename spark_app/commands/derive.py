"""The derived folds as a process beside the stream: it follows the store and never holds up the map.

    python -m spark_app.commands.derive --store URL

Exit codes: 0 stopped, 1 failed, 3 environment.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Engine, func, select

from deploy.configuration.command_line import ENVIRONMENT, FAILED, add_config_argument, add_store_argument, complain
from deploy.configuration.settings import Settings, SettingsError, load
from deploy.processes.signals import stop_on_signals
from deploy.processes.thread_failure import end_with_any_thread
from prim_client.line_report_factory import make_line_reports
from prim_client.messages.time_units import HOUR_S
from spark_app.derived.alerts.delivery import SECRET_VARIABLE, Deliverer, LogLine, Target, Webhook
from spark_app.derived.alerts.fold import AlertFold
from spark_app.derived.alerts.thresholds import thresholds_of
from spark_app.derived.clusters.fold import ClusterFold
from spark_app.derived.fold_books import forget_retired
from spark_app.derived.incidents.asking import Asking
from spark_app.derived.incidents.fold import Incidents
from spark_app.derived.runner import Derived, Runner
from spark_app.derived.tags.folds import language_folds
from spark_app.store.engine import StoreError, StoreUnavailable, check_whole, open_store
from spark_app.store.tables import entry

NICENESS = 10  # the map comes first: on two cores, a day to catch up with would take 15 s from it
LOOK_S = 1.0  # between two looks for new entries
PRUNE_S = HOUR_S


def make_folds(settings: Settings) -> list[Derived]:
    """Every derived fold of the product, configured, in the order in which they run."""
    trends = settings.trends
    window, memory = timedelta(minutes=trends.trend_window_min), timedelta(days=trends.memory_days)
    language = language_folds(window, memory)
    return [Incidents(), AlertFold(thresholds_of(settings.alerts)), ClusterFold(), *language]


def make_deliverer(settings: Settings, engine: Engine, environ: Mapping[str, str]) -> Deliverer:
    """Tells of alerts: a log line, and the webhooks of the configuration. Raises SettingsError without their secret."""
    secret, webhooks = environ.get(SECRET_VARIABLE, ""), settings.alerts.webhooks
    if webhooks and not secret:
        raise SettingsError(f"alerts.webhooks are signed: set {SECRET_VARIABLE} in the environment, or name no webhook")
    targets: list[Target] = [LogLine(), *(Webhook(url, secret.encode()) for url in webhooks)]
    return Deliverer(engine, targets, round(settings.alerts.max_age_min * 60e6))


def make_asking(settings: Settings, engine: Engine, stop: threading.Event) -> Asking | None:
    """Asks for IDFM's own ids of incidents; None: switched off."""
    interval_s = settings.poll.line_reports_every_min * 60
    return Asking(engine, lambda source: make_line_reports(source, settings), interval_s, stop) if interval_s else None


def follow(
    runner: Runner, engine: Engine, keep: timedelta, stop: threading.Event, store: Callable[[], None] = lambda: None
) -> None:
    """Take in what comes until `stop`; a store that is away for a moment is waited for.
    `store` is called in between."""
    pruned_s = time.monotonic()
    while not stop.wait(LOOK_S):
        try:
            store()
            take_turns(runner, stop.is_set)
            if time.monotonic() - pruned_s > PRUNE_S:
                runner.prune(_newest_us(engine) - keep // timedelta(microseconds=1))
                pruned_s = time.monotonic()
        except StoreUnavailable as error:
            complain(error)


class FoldsFailed(RuntimeError):
    """Folds that stopped at an error; each error was told when it came."""


def take_turns(runner: Runner, stopped: Callable[[], bool]) -> None:
    """Take every fold to the end, by turns: one that is slow or fails holds up no other.

    An entry that a fold cannot take in is the runner's business. This is the top of the process for what else a fold
    may raise: each traceback is printed whole when it comes, nothing of the fold's step is stored, and the process
    ends, to begin again where each fold was. Raises FoldsFailed, or StoreUnavailable where nothing else went wrong,
    which is no fold's fault.
    """
    failed: list[str] = []
    left = list(runner.folds)
    try:
        while left:
            left = [fold for fold in left if _take_turn(runner, fold, stopped, failed)]
    except StoreUnavailable:
        if not failed:
            raise  # else what failed before comes first; the next process waits for the store
    if failed:
        raise FoldsFailed(f"{', '.join(failed)} failed; the other folds had their turn")


def _take_turn(runner: Runner, fold: Derived, stopped: Callable[[], bool], failed: list[str]) -> bool:
    """Whether `fold` has still entries to take in; its name goes to `failed` where it stopped at an error."""
    try:
        return runner.take_turn(fold, stopped).goes_on
    except StoreUnavailable:
        raise
    except Exception:  # noqa: BLE001 - a fault of one fold holds up no other
        complain(f"the derived fold {fold.name!r} failed:\n{traceback.format_exc()}")
        failed.append(fold.name)
        return False


def _newest_us(engine: Engine) -> int:
    """Old is measured from the newest entry and not from a clock: a recording of another year is not old."""
    with engine.connect() as connection:
        return connection.execute(select(func.max(entry.c.event_time_us))).scalar() or 0


def main(argv: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code."""
    options = _arguments(argv)
    os.nice(NICENESS)
    stop = stop_on_signals()
    try:
        settings = load(options.config)
        engine = open_store(options.store)
        check_whole(engine)
        with engine.begin() as connection:
            forget_retired(connection)
        keep = timedelta(days=settings.store.retention_days)
        deliverer = make_deliverer(settings, engine, os.environ)
        threading.Thread(target=deliverer.run, args=(stop,), name="deliver", daemon=True).start()
        runner = Runner(engine, make_folds(settings))
        if asking := make_asking(settings, engine, stop):
            asking.start()
        follow(runner, engine, keep, stop, asking.store if asking else lambda: None)
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except (StoreError, FoldsFailed) as error:
        return complain(error, FAILED)
    return 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m spark_app.commands.derive", description=__doc__.splitlines()[0])
    add_store_argument(parser, required=True)
    add_config_argument(parser)
    return parser.parse_args(argv)


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(main(sys.argv[1:]))
