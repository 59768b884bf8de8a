"""The classic setting of a course, all the way: polls, log, socket, Spark every 10 s, trends, the page every 2 s."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store
from deploy.configuration.settings import Settings
from prim_client.messages.polls import RawPoll
from spark_app.commands.derive import follow, make_folds
from spark_app.derived.runner import Runner
from stream_server.log.log import Log
from stream_server.socket.server import Server
from tests.made.course_feed import BATCH_S, CLASSIC, TOP, expected, said, text_of
from tests.made.synthetic_polls import LINES, START, Event, answer
from tests.truth.road import Polls, Road, collect, wait_for

pytestmark = pytest.mark.spark

SETTINGS = Settings.model_validate(CLASSIC)
FEED_LINES = list(LINES)[:7]
HISTORY, LIVE = 42, 43  # polls; each brings one disruption
LATE_S = SETTINGS.trends.trend_refresh_s + 3  # a look of the page, the fold's second, and a busy machine's patience


def moment(batch: int) -> datetime:
    return START + timedelta(seconds=batch * BATCH_S)


def polls(until: int) -> list[RawPoll]:
    """The polls up to the one in which the disruption `until` opens; each writes the tick before it."""
    events = [_event(batch) for batch in range(1, until + 1)]
    at = [moment(batch) for batch in range(until + 1)]
    return [RawPoll(when, answer(events, when, when), f"{when:%H%M%S}") for when in at]


def _event(batch: int) -> Event:
    line, causes = said(batch, FEED_LINES)
    since, until = moment(batch), START + timedelta(hours=2)
    return Event(
        f"course-{batch}",
        line,
        (),
        "PERTURBATION",
        "PERTURBEE",
        f"n° {batch}",
        text_of(causes),
        ((since, until),),
        (since, until),
    )


class Page:
    """The page's server, asked as its browser asks every `trend_refresh_s`."""

    def __init__(self, store_url: str) -> None:
        self._client = make_app(
            Store(store_url), Options(trend_refresh_s=SETTINGS.trends.trend_refresh_s)
        ).server.test_client()
        dependencies = self._client.get("/_dash-dependencies").json
        self._output = next(
            d["output"] for d in dependencies if "trends-have.data" in d["output"] and "trends-frequent" in d["output"]
        )
        self._n = 0

    def frequent(self) -> dict[str, int]:
        """The bars of the most frequent tags."""
        self._n += 1
        outputs = [
            dict(zip(("id", "property"), one.rsplit(".", 1), strict=True))
            for one in self._output.strip(".").split("...")
        ]
        body = {
            "output": self._output,
            "outputs": outputs,
            "changedPropIds": ["trends-ask.data"],
            "inputs": [
                {"id": "trends-ask", "property": "data", "value": {"query": {"lang": "fr"}, "tag": "all", "n": self._n}}
            ],
            "state": [{"id": "trends-have", "property": "data", "value": None}],
        }
        drawn = self._client.post("/_dash-update-component", json=body).json["response"]["trends-frequent"]["children"]
        return dict(_bar(bar["props"]["children"]) for bar in drawn["props"]["children"]) if drawn else {}


def _bar(parts: list[Any]) -> tuple[str, int]:
    return parts[0]["props"]["children"][0], int(parts[2]["props"]["children"])


@pytest.fixture
def deriving() -> Iterator[Callable[[Road], None]]:
    """The loop of the derive process over a road's store."""
    stop, threads = threading.Event(), []

    def start(road: Road) -> None:
        runner = Runner(road.engine, make_folds(SETTINGS))
        threads.append(threading.Thread(target=follow, args=(runner, road.engine, timedelta(days=400), stop)))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def test_the_top_ten_of_five_minutes_follows_each_batch_of_ten_seconds(spark, tmp_path: Path, deriving):
    with Log.open(tmp_path / "log.db") as log, Server(log, "127.0.0.1", 0) as server:
        collect(log, Polls(polls(HISTORY)), SETTINGS)
        road = Road(spark, server.port, tmp_path, settings=SETTINGS)
        deriving(road)
        stream = road.start()
        page = Page(str(road.engine.url))
        try:
            for batch in (HISTORY, LIVE):
                wait_for(
                    lambda: not stream.query.status["isTriggerActive"], stream
                )  # a slow batch makes the next one late
                fed_s = time.time()
                collect(log, Polls(polls(batch)), SETTINGS)
                wait_for(lambda: stream.next_entry() == log.bounds()[1], stream)
                stored, wanted = time.monotonic(), expected(batch - 1, FEED_LINES)  # of its newest tick
                while not wanted.items() <= (shown := page.frequent()).items():
                    assert time.monotonic() - stored < LATE_S, (shown, wanted)
                    time.sleep(0.05)
                assert len(shown) == TOP
            wait_for(lambda: not stream.query.status["isTriggerActive"], stream)  # then it says what it has done
            progress = [p for p in stream.query.recentProgress if p["numInputRows"]]
        finally:
            stream.stop()
    began_s = [datetime.fromisoformat(p["timestamp"]).timestamp() for p in progress]
    assert len({at // BATCH_S for at in began_s}) == len(began_s) > 1, "one batch in each ten seconds"
    assert began_s[-1] // BATCH_S * BATCH_S >= fed_s, "what came meanwhile waited for the whole ten seconds"
