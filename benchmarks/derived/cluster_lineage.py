"""Do clusters keep their identity? `./pulse bench cluster_lineage --data RECORDING`.

The ticks of a recording go through the k-means of the product, then through the lineage: once as they are, once with
the indices of the clusters drawn anew at every tick, once from permuted initial centres. docs/clusters.md has the bars.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from random import Random

import numpy as np

from benchmarks.base._machine import verdict
from benchmarks.base._placed_entries import Entries
from deploy.configuration.settings import Settings
from geo.network.projection import to_km
from prim_client.inputs.recorded.recorded import Recorded, RecordingError
from prim_client.messages.message import CHANNELS
from spark_app.commands.app import fold_settings, initial_centres
from spark_app.derived.clusters.lineage import ClusterHit, Event, Group, Lineage
from spark_app.fold.message_point import medoid_hit
from spark_app.fold.window_fold import initial_models
from spark_app.language.sentiment.analyzers import make_analyzer
from spark_app.store.entry_reader import StoredEntry

Placed = dict[ClusterHit, tuple[float, float, float]]  # lat, lon, polarity
Tick = tuple[int, Placed]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what happens to clusters; 0, 1 if a bar is missed, 2 if the recording cannot be read."""
    parser = argparse.ArgumentParser(prog="pulse bench cluster_lineage", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a recording: folder, .tar.zst or .json.gz")
    options = parser.parse_args(arguments)
    try:
        read = list(Entries("recorded").of_polls(Recorded(options.data).polls()))
    except RecordingError as error:
        print(f"pulse: {error}", file=sys.stderr)
        return 2
    bars = [held for channel in CHANNELS[:2] for held in report(channel, read)]  # every report is printed
    return 0 if all(bars) else 1


def report(channel: str, read: Sequence[StoredEntry]) -> list[bool]:
    """The figures of one channel; whether each bar is held."""
    ticks = list(placed_ticks(channel, read))
    centres = initial_centres(Settings().clusters.k)
    began = time.process_time()
    labelled = list(label(ticks, centres))
    modelled_s, began = time.process_time() - began, time.process_time()
    events, lives = run(labelled)
    seconds = time.process_time() - began
    days = len(ticks) * 300 / 86_400
    print(f"\n{channel}: {len(ticks)} ticks with hits, model {modelled_s:.1f} s, lineage {seconds:.1f} s")
    print(
        "events a day: "
        + ", ".join(f"{name} {n / days:.1f}" for name, n in Counter(e.event for e in events).most_common())
    )
    switches, unchanged = label_switches(ticks, lives)
    print(f"hits that the model put under another index meanwhile: {moved_hits(ticks, labelled)}")
    draw = Random(1)
    renamed = [renamed_groups(groups, draw) for groups in labelled]
    shuffled = np.random.default_rng(1).permutation(centres)
    bars = [
        (
            f"hits that changed their cluster's identity while no hit came or went ({unchanged} ticks): {switches}",
            switches == 0,
        ),
        ("lives and events equal under indices drawn anew at every tick", same(run(renamed), (events, lives))),
        (
            "lives and events equal from permuted initial centres",
            same(run(list(label(ticks, shuffled))), (events, lives)),
        ),
    ]
    for name, held in bars:
        print(verdict(name, held))
    return [held for _, held in bars]


def placed_ticks(channel: str, read: Sequence[StoredEntry]) -> Iterator[Tick]:
    """The hits of each observed tick with place and polarity."""
    analyzer, known = make_analyzer(Settings().sentiment.analyzer), dict[int, float]()
    for entry in read:
        if entry.tick and entry.observed:
            placed: Placed = {}
            for message in entry.messages:
                r = message.revision
                if r.channel == channel:
                    if r.rev not in known:
                        known[r.rev] = analyzer.polarity(f"{r.title}\n{r.text}") or 0.0
                    placed |= {
                        ClusterHit(r.id, h.line, h.zda): (h.lat, h.lon, known[r.rev])
                        for h in r.hits
                        if h.lat is not None and h.lon is not None
                    }
            yield entry.event_time_us, placed


def label(ticks: Sequence[Tick], centres: np.ndarray) -> Iterator[list[Group]]:
    """The groups of each tick under the model as it stood before it."""
    settings = fold_settings(Settings())
    model = initial_models(centres)[0]
    for _, placed in ticks:
        hits, points, sizes = _points(placed, settings.polarity_km)
        labels = model.assign(points)
        of_hits = np.repeat(labels, sizes)
        yield [_group(index, hits, placed, of_hits) for index in sorted(set(labels.tolist()))]
        model = model.update(points, settings.discount, labels, settings.count)


def _points(placed: Placed, polarity_km: float) -> tuple[list[ClusterHit], np.ndarray, list[int]]:
    """The hits by disruption; one point (n, 3) a disruption; how many hits each has."""
    hits, points, sizes = sorted(placed), [], []
    for _, own in groupby(hits, key=lambda hit: hit.id):
        inside = list(own)
        x_km, y_km = to_km([placed[hit][0] for hit in inside], [placed[hit][1] for hit in inside])
        at = medoid_hit([hit.zda for hit in inside], x_km, y_km)
        points.append((x_km[at], y_km[at], placed[inside[0]][2] * polarity_km))
        sizes.append(len(inside))
    return hits, np.array(points, np.float64).reshape(-1, 3), sizes


def _group(index: int, hits: Sequence[ClusterHit], placed: Placed, labels: np.ndarray) -> Group:
    inside = [hits[i] for i in np.flatnonzero(labels == index).tolist()]
    lat, lon = (sum(placed[hit][axis] for hit in inside) / len(inside) for axis in (0, 1))
    return Group(index, frozenset(inside), lat, lon)


def renamed_groups(groups: Sequence[Group], draw: Random) -> list[Group]:
    """The same groups under other indices and in another order."""
    indices = draw.sample(range(62), len(groups))
    return draw.sample([Group(i, g.hits, g.lat, g.lon) for i, g in zip(indices, groups, strict=True)], len(groups))


def run(labelled: Sequence[Sequence[Group]]) -> tuple[list[Event], list[dict[ClusterHit, int]]]:
    """Events, and for each tick the life that each hit belongs to."""
    lineage, events, lives = Lineage(), list[Event](), []
    for tick, groups in enumerate(labelled):
        events += lineage.take(tick, groups).events
        lives.append({hit: n for n, life in lineage.lives.items() if not life.resting for hit in life.group.hits})
    return events, lives


def same(one: tuple, other: tuple) -> bool:
    """Whether two runs tell the same; lives are numbered by birth, so no renaming is needed."""
    return one == other


def label_switches(ticks: Sequence[Tick], lives: Sequence[dict[ClusterHit, int]]) -> tuple[int, int]:
    """Hits that belong to another life than a tick before although no hit came or went; ticks so."""
    pairs = [(lives[n - 1], lives[n]) for n in range(1, len(ticks)) if ticks[n][1].keys() == ticks[n - 1][1].keys()]
    return sum(before[hit] != life for before, after in pairs for hit, life in after.items()), len(pairs)


def moved_hits(ticks: Sequence[Tick], labelled: Sequence[Sequence[Group]]) -> str:
    """How many hits changed their index between two ticks with the same hits, of how many."""
    moved = total = 0
    for number in range(1, len(ticks)):
        if ticks[number][1].keys() == ticks[number - 1][1].keys():
            index: dict[ClusterHit, list[int]] = defaultdict(list)
            for groups in labelled[number - 1 : number + 1]:
                for group in groups:
                    for hit in group.hits:
                        index[hit].append(group.index)
            moved += sum(pair[0] != pair[1] for pair in index.values())
            total += len(index)
    return f"{moved} of {total}"


if __name__ == "__main__":
    sys.exit(main())
