"""`./pulse bench clusters`: which k and polarity_km describe a recording best.

    python -m benchmarks.derived.clusters PATH [--day 2024-04-24] [--channel incident] [--k 6 8 12 16] [--polarity-km 0
    5 10 20]

The recording is replayed once into a store; then every setting runs the same fold over its ticks. Per setting,
medians over ticks: silhouette in space alone (`sil_xy`) and with polarity at 10 km a unit (`sil_xyp`), the same
yardstick for every setting; radius = root mean square distance in km of a cluster's hits from their mean;
ARI = adjusted Rand index between the labels of hits present at two ticks in a row (1: nothing changes its
cluster without reason); empty = share of the k clusters without a hit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, select

from benchmarks.base._stores import replayed_store
from deploy.configuration.settings import load
from geo.network.projection import to_km
from spark_app.commands.app import fold_settings, initial_centres
from spark_app.fold.kmeans import KMeans
from spark_app.store.tables import entry, message, revision, revision_hit

YARDSTICK_KM = 10.0  # a unit of polarity in `sil_xyp`, the same for every setting
SAMPLE = 400  # hits per tick whose silhouette is computed: it is quadratic


@dataclass(frozen=True)
class Tick:
    """The hits of one observed tick: `key` (n,) identifies a hit over ticks, `xy_km` (n, 2), `polarity` (n,)."""

    key: np.ndarray
    xy_km: np.ndarray
    polarity: np.ndarray

    def points(self, polarity_km: float) -> np.ndarray:
        """Features (n, 3) in km."""
        return np.column_stack([self.xy_km, self.polarity * polarity_km])


def read_ticks(engine: Engine, channel: str) -> list[Tick]:
    """All observed ticks of a store with the hits of `channel`, in order."""
    with engine.connect() as connection:
        hits = _hits_of_revisions(connection, channel)
        ticks = select(entry.c.entry).where(entry.c.tick, entry.c.observed).order_by(entry.c.entry)
        numbers = [row[0] for row in connection.execute(ticks)]
        rows = select(message.c.entry, message.c.rev).where(message.c.kind == "ongoing")
        revs: dict[int, list[int]] = {}
        for number, rev in connection.execute(rows.order_by(message.c.entry, message.c.part)):
            revs.setdefault(number, []).append(rev)
    empty = np.zeros((0, 4))
    return [_tick([hits.get(rev, empty) for rev in revs.get(number, [])]) for number in numbers]


def _hits_of_revisions(connection, channel: str) -> dict[int, np.ndarray]:
    query = (
        select(revision_hit.c.rev, revision_hit.c.hit, revision_hit.c.lat, revision_hit.c.lon, revision.c.polarity)
        .join(revision, revision.c.rev == revision_hit.c.rev)
        .where(revision.c.channel == channel, revision_hit.c.zda != "")
        .order_by(revision_hit.c.rev, revision_hit.c.hit)
    )
    rows = connection.execute(query).all()
    x_km, y_km = to_km([r.lat for r in rows], [r.lon for r in rows])
    table = np.array(
        [(r.rev * 1_000 + r.hit, x, y, r.polarity or 0.0) for r, x, y in zip(rows, x_km, y_km, strict=True)]
    )
    revs = np.array([r.rev for r in rows])
    return {int(rev): table[revs == rev] for rev in np.unique(revs)}


def _tick(parts: list[np.ndarray]) -> Tick:
    joined = np.concatenate(parts) if parts else np.zeros((0, 4))
    return Tick(joined[:, 0].astype(np.int64), joined[:, 1:3], joined[:, 3])


def labels_by_tick(ticks: Sequence[Tick], k: int, polarity_km: float, discount: float) -> Iterator[np.ndarray]:
    """The label of each hit under the model as it stood before its tick, tick by tick."""
    model = KMeans(initial_centres(k), np.zeros(k))
    for tick in ticks:
        points = tick.points(polarity_km)
        labels = model.assign(points)
        yield labels
        model = model.update(points, discount, labels)


def silhouette(points: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette (Rousseeuw 1987); NaN with fewer than two clusters. A lone hit counts 0."""
    names, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(names) < 2:
        return float("nan")
    distance = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    sums = np.stack([distance[:, inverse == c].sum(axis=1) for c in range(len(names))], axis=1)
    rows = np.arange(len(points))
    own = sums[rows, inverse] / np.maximum(counts[inverse] - 1, 1)
    means = sums / counts
    means[rows, inverse] = np.inf
    other = means.min(axis=1)
    score = np.where(counts[inverse] > 1, (other - own) / np.maximum(np.maximum(own, other), 1e-12), 0.0)
    return float(score.mean())


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985) of two labellings; NaN with fewer than two points.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 7, 7]))
    1.0
    """
    if len(one) < 2:
        return float("nan")
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    pairs = lambda counts: (counts * (counts - 1) / 2).sum()  # noqa: E731
    both, a, b = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = a * b / pairs(np.array([len(one)]))
    top = (a + b) / 2
    return 1.0 if top == expected else float((both - expected) / (top - expected))


def measure(ticks: Sequence[Tick], k: int, polarity_km: float, discount: float) -> dict[str, float]:
    """The medians over `ticks` of one setting."""
    random = np.random.default_rng(1)  # only for the sample of hits whose silhouette is computed
    rows, before = [], None
    for tick, labels in zip(ticks, labels_by_tick(ticks, k, polarity_km, discount), strict=True):
        if len(labels) < 10:
            before = None
            continue
        some = random.permutation(len(labels))[:SAMPLE]
        rows.append(
            {
                "sil_xy": silhouette(tick.xy_km[some], labels[some]),
                "sil_xyp": silhouette(tick.points(YARDSTICK_KM)[some], labels[some]),
                "radius_km": float(np.median(_radii(tick.xy_km, labels))),
                "ari": _agreement(before, (tick.key, labels)) if before else float("nan"),
                "empty": 1 - len(np.unique(labels)) / k,
            }
        )
        before = (tick.key, labels)
    return {name: float(np.nanmedian([row[name] for row in rows])) for name in rows[0]} | {
        "ari_p10": float(np.nanquantile([row["ari"] for row in rows], 0.1))
    }


def _radii(xy_km: np.ndarray, labels: np.ndarray) -> list[float]:
    parts = [xy_km[labels == label] for label in np.unique(labels)]
    return [float(np.sqrt(((part - part.mean(axis=0)) ** 2).sum(axis=1).mean())) for part in parts]


def _agreement(before: tuple[np.ndarray, np.ndarray], now: tuple[np.ndarray, np.ndarray]) -> float:
    _, i, j = np.intersect1d(before[0], now[0], return_indices=True)
    return adjusted_rand(before[1][i], now[1][j])


def main(argv: Sequence[str]) -> int:
    options = _arguments(argv)
    settings = load()
    discount = fold_settings(settings).discount
    engine = replayed_store(options.path, options.day)
    ticks = read_ticks(engine, options.channel)
    columns = ("sil_xy", "sil_xyp", "radius_km", "ari", "ari_p10", "empty")
    print(f"{options.channel}: {len(ticks)} ticks, {sum(len(t.key) for t in ticks)} hits with a station")
    print("| k | polarity_km | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 2) + "|")
    for k in options.k:
        for polarity_km in options.polarity_km:
            found = measure(ticks, k, polarity_km, discount)
            print(f"| {k} | {polarity_km:g} | " + " | ".join(f"{found[c]:.3f}" for c in columns) + " |", flush=True)
    return 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench clusters", description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="a recording, as `./pulse replay` takes it")
    parser.add_argument("--day", help="only this service day")
    parser.add_argument("--channel", default="incident", choices=("incident", "works", "information"))
    parser.add_argument("--k", type=int, nargs="+", default=[4, 6, 8, 12, 16, 24])
    parser.add_argument("--polarity-km", type=float, nargs="+", default=[0, 5, 10, 20])
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
