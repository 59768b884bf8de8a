"""How good are the clusters? `./pulse bench clusters PATH`: the product's rule beside others and two trivial rivals.

    python -m benchmarks.derived.clusters PATH [--report-from 2024-04-29] [--channel incident] [--k 8 16 32]
        [--polarity-km 10] [--repeat-days 8]

Every rule labels every tick of the recording; the table has the means over the ticks with six disruptions or more
(`_cluster_scores.py` says what each column is), first of the days before `--report-from`, on which one chooses, then of
the days from it on. The number of clusters of the rule `configured` is that of config.yaml. A single body of PRIM with
`--repeat-days` is asked again at each tick: what it publishes begins and ends as it says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from benchmarks.derived import _cluster_rules as rules
from benchmarks.derived._cluster_rules import Labels
from benchmarks.derived._cluster_scores import COLUMNS, scores
from benchmarks.derived._placed_disruptions import Tick, of_channel, read_ticks
from deploy.configuration.settings import Settings, load
from prim_client.inputs.recorded.recorded import RecordingError
from prim_client.messages.message import CHANNELS, to_epoch_us
from prim_client.messages.paris_time import service_day_bounds
from spark_app.commands.app import cluster_count, fold_settings
from spark_app.fold.cluster_model import ClusterCount

FOREVER_US = 2**62
Rule = Callable[[Sequence[Tick]], Iterator[Labels]]


def rules_of(settings: Settings, ks: Sequence[int], polarities_km: Sequence[float]) -> dict[str, Rule]:
    """The rules by name: the one before, one point a disruption with fixed k, the configured one, the rivals."""
    fold, count = fold_settings(settings), cluster_count(settings)

    def one_point(of: ClusterCount, polarity_km: float) -> Rule:
        return lambda ticks: rules.one_point(ticks, of, polarity_km, fold.discount)

    configured = {
        f"configured: k = {count.least} to {count.most}, {km:g} km a unit of polarity": one_point(count, km)
        for km in polarities_km or [fold.polarity_km]
    }
    return {
        f"every hit a point, k = {count.least}": lambda ticks: rules.every_hit(
            ticks, count.least, fold.polarity_km, fold.discount
        ),
        **{f"one point, k = {k}": one_point(ClusterCount(k, k, 1), fold.polarity_km) for k in ks},
        **configured,
        "every disruption alone": rules.alone,
        f"single linkage at {rules.LINKED_KM:g} km": rules.single_linkage,
    }


def report(ticks: Sequence[Tick], named: dict[str, Rule], from_us: int | None) -> Iterator[str]:
    """The lines of the table, one a rule and part of the days."""
    parts = [("all", 0, FOREVER_US)]
    if from_us is not None:
        parts = [("chosen", 0, from_us), ("reported", from_us, FOREVER_US)]
    yield "| rule | days | " + " | ".join(COLUMNS) + " |"
    yield "|---" * (len(COLUMNS) + 2) + "|"
    for name, rule in named.items():
        labelled = list(zip(ticks, rule(ticks), strict=True))
        for days, begin_us, end_us in parts:
            found = scores(labelled, begin_us, end_us)
            yield f"| {name} | {days} | " + " | ".join(f"{found[column]:.3f}" for column in COLUMNS) + " |"


def main(argv: Sequence[str]) -> int:
    """Print a table for each channel; 0, or 2 if the recording cannot be read."""
    options = _arguments(argv)
    settings = load()
    from_us = to_epoch_us(service_day_bounds(options.report_from)[0]) if options.report_from else None
    try:
        ticks = read_ticks(options.path, settings.sentiment.analyzer, options.repeat_days)
    except RecordingError as error:
        print(f"pulse: {error}", file=sys.stderr)
        return 2
    for channel in options.channel:
        own = of_channel(ticks, channel)
        print(f"\n{channel}: {len(own)} ticks, {sum(len(t.disruptions) for t in own)} disruptions with a station\n")
        for line in report(own, rules_of(settings, options.k, options.polarity_km), from_us):
            print(line, flush=True)
    return 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench clusters", description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="a recording, as `./pulse replay` takes it")
    parser.add_argument(
        "--report-from", type=date.fromisoformat, metavar="DAY", help="choose before it, report from it on"
    )
    parser.add_argument("--repeat-days", type=int, default=0, metavar="N", help="repeat the first poll for N days")
    parser.add_argument("--channel", nargs="+", default=CHANNELS[:2], choices=CHANNELS)
    parser.add_argument(
        "--k", type=int, nargs="*", default=[8, 16, 32], help="fixed numbers of clusters beside the configured"
    )
    parser.add_argument("--polarity-km", type=float, nargs="*", default=[], help="in place of the configured one")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
