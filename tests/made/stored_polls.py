"""Made-up polls through parser, differ, sink and derived folds into a real store, one after the other, so that a test
can let time pass, prune, restart or break something in between. Without log, socket and Spark, as
`tests.made.recorded_store`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from deploy.configuration.settings import Settings
from prim_client.messages.differ import Differ
from prim_client.messages.message import Entry, to_epoch_us
from prim_client.messages.paris_time import PARIS
from prim_client.messages.parse import Parser
from prim_client.messages.polls import RawPoll
from spark_app.commands.app import fold_settings, initial_centres
from spark_app.commands.derive import make_folds
from spark_app.derived.runner import Runner
from spark_app.fold.sink import Sink
from spark_app.language.sentiment.analyzers import make_analyzer
from spark_app.store.engine import open_store
from spark_app.store.retention import prune
from tests.made.enriched import table
from tests.made.recorded_store import enriched_rows

SETTINGS = Settings()
BATCH_ENTRIES = 500


def disruption(
    id_: str, line: str, title: str, text: str, begin: datetime, end: datetime, **more: Any
) -> dict[str, Any]:
    """A disruption as PRIM publishes it; `line` is IDFM's id, taken off again by `answer`."""
    return {
        "id": id_,
        "title": title,
        "message": f"<p>{text}</p>",
        "cause": "PERTURBATION",
        "severity": "BLOQUANTE",
        "applicationPeriods": [{"begin": _paris(begin), "end": _paris(end)}],
        "lastUpdate": _paris(begin),
        "line": line,
    } | more


def answer(at: datetime, disruptions: Iterable[dict[str, Any]]) -> RawPoll:
    """PRIM's whole answer at `at`."""
    published = list(disruptions)
    by_line: dict[str, list[str]] = {}
    for each in published:
        by_line.setdefault(each["line"], []).append(each["id"])
    lines = [
        {
            "id": f"line:IDFM:{line}",
            "name": "x",
            "shortName": "x",
            "mode": "Metro",
            "networkId": "network:IDFM:439",
            "impactedObjects": [{"type": "line", "id": f"line:IDFM:{line}", "name": "x", "disruptionIds": ids}],
        }
        for line, ids in by_line.items()
    ]
    told = [{name: value for name, value in each.items() if name != "line"} for each in published]
    body = {"disruptions": told, "lines": lines, "lastUpdatedDate": at.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    return RawPoll(at, json.dumps(body).encode(), at.isoformat())


def _paris(moment: datetime) -> str:
    return moment.astimezone(PARIS).strftime("%Y%m%dT%H%M%S")


class StoredPolls:
    """A store that grows poll by poll, and the folds that follow it."""

    def __init__(self, url: str, source: str = "simulated") -> None:
        own = SETTINGS.differ
        self.engine = open_store(url)
        self.differ, self.parser = Differ(own.tick_s, own.grace_s, own.clock_tolerance_s, source), Parser()
        self.analyzer = make_analyzer(SETTINGS.sentiment.analyzer)
        centres = initial_centres(SETTINGS.clusters.k)
        self.sink = Sink(self.engine, fold_settings(SETTINGS), 1, centres, self.analyzer.version)
        self.written = self.batch = 0
        self.restart()

    def restart(self) -> Runner:
        """The folds of a new process."""
        self.runner = Runner(self.engine, make_folds(SETTINGS))
        return self.runner

    def poll(self, at: datetime, *published: dict[str, Any]) -> None:
        """Store what an answer at `at` brings."""
        self.write(self.differ.feed(self.parser.parse(answer(at, published))).entries)

    def wait(self, until: datetime) -> None:
        """Store the ticks that pass while nobody answers."""
        self.write(self.differ.advance(until).entries)

    def write(self, entries: Iterable[Entry]) -> None:
        """Store entries of the log, so many in a batch."""
        entries = list(entries)
        for start in range(0, len(entries), BATCH_ENTRIES):
            rows = []
            for entry in entries[start : start + BATCH_ENTRIES]:
                rows += enriched_rows(self.written, entry, self.analyzer)
                self.written += 1
            self.sink.write("made", self.batch, table(rows))
            self.batch += 1

    def prune(self, now: datetime, keep: timedelta) -> None:
        """What retention does: drop what is older than `keep`, from the stream's tables and from the folds' own."""
        prune(self.engine, keep)
        self.runner.prune(to_epoch_us(now - keep))
