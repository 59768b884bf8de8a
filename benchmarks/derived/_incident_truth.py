"""What is known of incidents: IDFM's `disruption_id` of metro 9, and pairs of the recorded rail days judged by hand."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import numpy as np

from prim_client.messages.message import to_epoch_us
from prim_client.messages.polls import Disruption
from spark_app.derived.incidents.lineage import Decision, Lineage
from spark_app.derived.incidents.notice import Notice, notice_of

JUDGED_PAIRS = (
    Path(__file__).resolve().parents[2] / "tests" / "spark_app" / "derived" / "incidents" / "judged_pairs.tsv"
)
METRO_9 = "C01379"
HARD_PAIRS = JUDGED_PAIRS.with_name("judged_hard_pairs.tsv")
RESAMPLES = 1_000
Groups = Mapping[str, Hashable]  # disruption -> incident


class DataError(ValueError):
    """A file that does not hold what it should; the message says which and what."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pairwise agreement of two groupings: counts of pairs."""

    both: int
    ours: int
    truth: int

    @property
    def precision(self) -> float:
        return self.both / self.ours if self.ours else float("nan")

    @property
    def recall(self) -> float:
        return self.both / self.truth if self.truth else float("nan")

    @property
    def f1(self) -> float:
        return 2 * self.both / (self.ours + self.truth) if self.ours + self.truth else float("nan")

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(self.both + other.both, self.ours + other.ours, self.truth + other.truth)


def pairwise(ours: Groups, truth: Groups) -> Agreement:
    """Pairs that are together in both, in ours, in the truth.

    >>> pairwise({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 2})
    Agreement(both=1, ours=3, truth=1)
    """
    one, other = set(_pairs(ours)), set(_pairs(truth))
    return Agreement(len(one & other), len(one), len(other))


def _pairs(groups: Groups) -> Iterator[tuple[str, str]]:
    members = defaultdict(list)
    for id_, group in groups.items():
        members[group].append(id_)
    for ids in members.values():
        yield from combinations(sorted(ids), 2)


def b_cubed(ours: Groups, truth: Groups) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1: averaged over disruptions, so that a large incident does not rule.

    >>> b_cubed({"a": 1, "b": 1}, {"a": 1, "b": 2})
    (0.5, 1.0, 0.6666666666666666)
    """
    one, other = _members(ours), _members(truth)
    shared = {id_: len(one[ours[id_]] & other[truth[id_]]) for id_ in ours}
    precision = float(np.mean([shared[id_] / len(one[ours[id_]]) for id_ in ours]))
    recall = float(np.mean([shared[id_] / len(other[truth[id_]]) for id_ in ours]))
    return precision, recall, 2 * precision * recall / (precision + recall)


def _members(groups: Groups) -> dict[Hashable, set[str]]:
    members: dict[Hashable, set[str]] = defaultdict(set)
    for id_, group in groups.items():
        members[group].add(id_)
    return members


def by_day(ours: Groups, truth: Groups, day_of: Mapping[str, Any]) -> list[Agreement]:
    """One agreement a day; a pair counts on the day of its earlier disruption."""
    one, other = set(_pairs(ours)), set(_pairs(truth))
    days: dict[Any, list[int]] = {day: [0, 0, 0] for day in sorted(set(day_of.values()))}
    for pair in one | other:
        counts = days[min(day_of[id_] for id_ in pair)]
        for place, holds in enumerate((pair in one and pair in other, pair in one, pair in other)):
            counts[place] += holds
    return [Agreement(*counts) for counts in days.values()]


def interval(days: Sequence[Agreement], figure: str, seed: int = 1) -> tuple[float, float]:
    """95 % bootstrap interval over days of `precision`, `recall` or `f1`; the same for the same seed."""
    chance, counts = np.random.default_rng(seed), np.array([(d.both, d.ours, d.truth) for d in days])
    drawn = [counts[chance.integers(0, len(days), len(days))].sum(axis=0) for _ in range(RESAMPLES)]
    low, high = np.nanpercentile([getattr(Agreement(*map(int, each)), figure) for each in drawn], [2.5, 97.5])
    return float(low), float(high)


def share_interval(hits: int, count: int) -> tuple[float, float]:
    """95 % Wilson interval of a share."""
    if not count:
        return float("nan"), float("nan")
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return float(max(0, middle - half)), float(min(1, middle + half))


def read_history(path: Path) -> tuple[list[Notice], dict[str, str]]:
    """Notices of a history of Navitia's answers (columns impact_id, disruption_id …), and the truth.
    Raises DataError."""
    rows: dict[str, dict[str, Any]] = {}
    truth: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            try:
                truth[line["impact_id"]] = line["disruption_id"]
                _add(rows.setdefault(line["impact_id"], {"lines": [], "periods": []}), line)
            except KeyError as error:
                raise DataError(f"{path}: no column {error}, expected Navitia's history with impact_id …") from error
    notices = [notice_of(row) for row in rows.values()]
    return sorted(notices, key=lambda notice: (notice.observed_us, notice.id)), truth


def _add(row: dict[str, Any], line: Mapping[str, str]) -> None:
    """Take in one line of the history: title and text of an impact are two lines."""
    row |= {
        "id": line["impact_id"],
        "observed_at": min(line["updated_at"], row.get("observed_at", "9")),
        "cause": line["cause"],
        "severity": line["severity.name"],
    }
    row["text" if line["messages_text"].lstrip().startswith("<") else "title"] = line["messages_text"]
    if (
        line["impacted_objects_pt_object_id"].startswith("line:")
        and line["impacted_objects_pt_object_id"] not in row["lines"]
    ):
        row["lines"].append(line["impacted_objects_pt_object_id"])
    period = [line["period_begin"], line["period_end"]]
    if period not in row["periods"]:
        row["periods"].append(period)


def notice_at(disruption: Disruption, clock: datetime) -> Notice:
    """The notice of a disruption that was read at `clock`."""
    body = disruption.body
    periods = tuple((to_epoch_us(begin), to_epoch_us(end) if end else None) for begin, end in disruption.periods)
    return Notice(
        disruption.id,
        to_epoch_us(clock),
        tuple(line.id for line in body.lines),
        str(body.channel),
        body.severity,
        body.title,
        body.text,
        periods,
    )


def decide(notices: Iterable[Notice]) -> dict[str, Decision]:
    """The last decision on each disruption; later merges are not applied: see `resolved`."""
    lineage, decided = Lineage(), {}
    for _, together in groupby(notices, key=lambda notice: notice.observed_us):
        group = list(together)
        for notice, decision in zip(group, lineage.take_together(group), strict=True):
            decided[notice.id] = decision
    return decided


def resolved(decided: Mapping[str, Decision], level: str) -> dict[str, str]:
    """Disruption -> incident or episode, aliases followed. `level`: incident or episode."""
    into = {m.old: m.into for decision in decided.values() for m in decision.merges if m.level == level}

    def follow(name: str) -> str:
        while name in into:
            name = into[name]
        return name

    return {id_: follow(getattr(decision, level)) for id_, decision in decided.items()}


def judged_pairs(ids: Iterable[str], path: Path = JUDGED_PAIRS) -> list[tuple[str, str, bool]]:
    """The pairs judged by hand of which both disruptions are among `ids`."""
    named = {hashlib.sha256(id_.encode()).hexdigest()[:16]: id_ for id_ in ids}
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(named[one], named[other], same == "1") for one, other, same in rows if one in named and other in named]


def twins(notices: Sequence[Notice], within_us: int = 180_000_000) -> list[list[str]]:
    """Groups of disruptions with one text, each first seen within three minutes of the one before."""
    by_text: dict[str, list[Notice]] = defaultdict(list)
    for notice in sorted(notices, key=lambda notice: notice.observed_us):
        by_text[notice.text].append(notice)
    groups: list[list[str]] = []
    for same in by_text.values():
        last_us = None
        for notice in same:
            if last_us is None or notice.observed_us - last_us > within_us:
                groups.append([])
            groups[-1].append(notice.id)
            last_us = notice.observed_us
    return [group for group in groups if len(group) > 1]
