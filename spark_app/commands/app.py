"""The Spark application: one process that reads the log's socket and writes the store.

python -m spark_app.commands.app --port 9999 --state DIR --store URL [--until input|log]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException, StreamingQueryException
from sqlalchemy import Engine

from deploy.configuration.command_line import (
    DISAGREE,
    ENVIRONMENT,
    FAILED,
    PASSING,
    add_config_argument,
    add_store_argument,
    complain,
)
from deploy.configuration.settings import Settings, SettingsError, load
from deploy.processes.environment import NOTE, collect_rarely
from deploy.processes.signals import stop_on_signals
from deploy.processes.thread_failure import end_with_any_thread
from geo.network.projection import to_km
from geo.network.stations import Stations
from prim_client.messages.time_units import MINUTE_US, SECOND_US
from spark_app.commands.archive import Follower, make_archive
from spark_app.commands.new_store import remove_leftovers
from spark_app.commands.status_mirror import Mirror
from spark_app.fold.cluster_model import ClusterCount
from spark_app.fold.kmeans import quantile_centres
from spark_app.fold.window_fold import FoldSettings
from spark_app.query.query import Stream, StreamPlan, check_log
from spark_app.query.session import make_session
from spark_app.store import checkpoint
from spark_app.store.engine import StoreError, StoreUnavailable, check_whole, get_meta, open_store, put_meta
from spark_app.store.retention import Pruner
from stream_server.protocol.address import KafkaAddress, LogAddress
from stream_server.protocol.reader import Refused
from stream_server.transport import add_address_arguments, address_from, describe_transport

POLL_S = 0.05  # how often the end of a replay is looked for
_OURS = re.compile(r"\b(StoreError|StoreUnavailable|BrokenBatch|Refused|Busy|OSError|ConnectionRefusedError): (.+)")


def fold_settings(settings: Settings) -> FoldSettings:
    """The fold's plain values of the configuration."""
    tick_s = settings.differ.tick_s
    return FoldSettings(
        tick_us=tick_s * SECOND_US,
        slide_us=round(settings.windows.slide_min * MINUTE_US),
        span_us=round(settings.windows.span_min * MINUTE_US),
        discount=0.5 ** (tick_s / (settings.clusters.half_life_min * 60)),
        polarity_km=settings.clusters.polarity_km,
        count=cluster_count(settings),
    )


def cluster_count(settings: Settings) -> ClusterCount:
    """How many clusters a model has."""
    clusters = settings.clusters
    return ClusterCount(clusters.k, max(clusters.k, clusters.k_max), clusters.disruptions_per_cluster)


def initial_centres(k: int) -> np.ndarray:
    """Centres (k, 3) from the quantiles of all rail, metro and tram stations."""
    stations = [s for s in Stations.load() if s.mode != "bus"]
    x_km, y_km = to_km([s.lat for s in stations], [s.lon for s in stations])
    return quantile_centres(x_km, y_km, k)


def make_plan(
    settings: Settings,
    log: LogAddress,
    state: Path,
    cores: int,
    max_entries: int,
    to_an_end: bool,
) -> StreamPlan:
    """The plan of the configured query; a replay takes batches as fast as they come."""
    return StreamPlan(
        log,
        state / "checkpoint",
        cores,
        max_entries,
        0.0 if to_an_end else settings.spark.trigger_s,
        settings.sentiment.analyzer,
        fold_settings(settings),
        initial_centres(settings.clusters.k),
        settings.sha256(),
    )


def run(
    plan: StreamPlan,
    engine: Engine,
    state: Path,
    driver_memory_mb: int,
    until: str | None,
    needed: Path | None = None,
    followers: Sequence[Follower | Pruner] = (),
) -> dict[str, Any]:
    """Run the query until it is told to stop or (until) the end of the input or of the log is in the store;
    returns what it measured."""
    stop = stop_on_signals()
    began = time.monotonic()
    spark = make_session(plan.cores, driver_memory_mb, state)
    stream = Stream(spark, plan, engine)
    stream.stages.add("start_spark", began)
    keep_credit(engine, stream.client.status().get("credit"))
    mirror = Mirror(engine, plan.log, stream.status, needed)
    threads = [mirror, *followers]
    for thread in threads:
        thread.start()
    print("spark is reading the log", flush=True)
    try:
        while not stop.wait(POLL_S):
            if not stream.query.isActive or (until and is_done(stream, until)):
                break
        if error := stream.query.exception():
            raise error
        transport = describe_transport(plan.log)
    finally:
        stream.stop()
        for thread in threads:
            thread.stop()
        spark.stop()
    return {"seconds": stream.stages.seconds, "transport": transport}


def make_followers(settings: Settings, engine: Engine, state: Path) -> list[Follower | Pruner]:
    """What works beside a live stream: the archive and the retention."""
    archive = [Follower(make_archive(settings, engine, state))] if settings.archive.enabled else []
    return [*archive, Pruner(engine, timedelta(days=settings.store.retention_days))]


def is_done(stream: Stream, until: str) -> bool:
    """Whether all of the log is in the store and, for `until` = input, nothing more will come."""
    status = stream.client.status()
    return (until == "log" or bool(status["input_done"])) and stream.next_entry() == status["last"]


def wait_for_log(plan: StreamPlan) -> None:
    """Return when the topic of the log is there, for as long as it takes: other machines make it. Raises Refused."""
    reason = ""
    while isinstance(plan.log, KafkaAddress):
        try:
            with plan.client() as client:
                client.last()
            return
        except ConnectionError as error:
            if str(error) != reason:
                print(f"{NOTE}waiting for the log: {error}", file=sys.stderr, flush=True)
            reason = str(error)


def claim_source(engine: Engine, source: str) -> None:
    """A store holds one source only: live, simulated and recorded data never meet. Raises StoreError."""
    with engine.begin() as connection:
        found = get_meta(connection, "source")
        if found not in (None, source):
            raise StoreError(f"the store holds {found} data, and this is {source}: choose another store.url")
        put_meta(connection, source=source)


def keep_credit(engine: Engine, credit: dict[str, str] | None) -> None:
    """Who recorded what is played, as the log has it; other inputs have none."""
    if credit:
        with engine.begin() as connection:
            put_meta(connection, credit=json.dumps(credit, ensure_ascii=False))


def main() -> int:
    options = _arguments().parse_args()
    collect_rarely()
    plan: StreamPlan | None = None
    try:
        settings = load(options.config)
        engine = _claimed_store(options)
        plan = _plan(options, settings)
        wait_for_log(plan)
        if sentence := checkpoint.settle(plan.checkpoint, engine, check_log(plan, engine)):
            print(f"{NOTE}{sentence}", file=sys.stderr, flush=True)
        if not options.rebuild:  # none is at work: the log, which it would hold, is ours
            remove_leftovers(options.store, options.state)
        followers = [] if options.until else make_followers(settings, engine, options.state)
        measured = run(
            plan, engine, options.state, settings.spark.driver_memory_mb, options.until, options.needed_file, followers
        )
    except SettingsError as error:
        return complain(error, ENVIRONMENT)
    except StoreUnavailable as error:
        return complain(error, PASSING)
    except StoreError as error:
        return complain(error, DISAGREE)
    except Refused as error:
        return complain(error, DISAGREE)
    except OSError as error:
        return complain(error, FAILED)
    except Py4JError:
        return complain("Spark's JVM ended under the application", FAILED)
    except (StreamingQueryException, PySparkException) as error:
        name, sentence = _cause(error)
        if plan and not name:  # whatever Spark has against its checkpoint, the next start begins with a new one
            _discard(plan.checkpoint)
        return complain(sentence, {"StoreError": DISAGREE, "StoreUnavailable": PASSING}.get(name, FAILED))
    if options.measure:
        options.measure.write_text(json.dumps(measured))
    return 0


def _claimed_store(options: argparse.Namespace) -> Engine:
    """The store of `options`, whole and of this source alone. Raises StoreError."""
    engine = open_store(options.store)
    if not options.rebuild:
        check_whole(engine)
    claim_source(engine, options.source)
    return engine


def _plan(options: argparse.Namespace, settings: Settings) -> StreamPlan:
    """The configured plan with what the command line says otherwise."""
    return make_plan(
        settings,
        address_from(options, settings),
        options.state,
        options.cores or settings.spark.cores,
        options.max_entries or settings.spark.max_entries_per_batch,
        to_an_end=options.until is not None,
    )


def _discard(folder: Path) -> None:
    try:
        checkpoint.remove(folder)
    except OSError as error:
        complain(f"the checkpoint {folder} cannot be removed: {error.strerror}", FAILED)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m spark_app.commands.app", description=__doc__.splitlines()[0])
    add_address_arguments(parser)
    parser.add_argument("--state", type=Path, required=True, help="folder of the checkpoint and scratch files")
    add_store_argument(parser, required=True)
    parser.add_argument("--source", default="recorded", help="what the log holds: live, simulated, recorded or file")
    parser.add_argument("--cores", type=int, help="local cores (spark.cores)")
    parser.add_argument("--max-entries", type=int, help="log entries a batch (spark.max_entries_per_batch)")
    parser.add_argument("--until", choices=("input", "log"), help="stop when the input's end, or the log's, is stored")
    parser.add_argument("--measure", type=Path, help="write the seconds by stage to this file at the end")
    parser.add_argument("--needed-file", type=Path, help="tell the log here which entry is still needed")
    parser.add_argument("--rebuild", action="store_true", help="fill a store that a rebuild has emptied")
    add_config_argument(parser)
    return parser


def _cause(error: Exception) -> tuple[str, str]:
    """Name and sentence of an error of ours inside Spark's wrapping; else the first line of Spark's own."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    for line in lines:
        if match := _OURS.search(line):
            return match[1], match[2].strip()
    return "", lines[0] if lines else repr(error)


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(main())
