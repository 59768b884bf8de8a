"""What a page shows is what the API says, to the row: both are asked over HTTP."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, insert

from dashboard.pages.live.datasets_timeline import _window_row
from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store
from prim_client.messages.message import to_epoch_us
from spark_app.derived.alerts.fold import AlertFold
from spark_app.derived.alerts.rule import Thresholds
from spark_app.derived.clusters.fold import ClusterFold
from spark_app.derived.incidents.fold import Incidents
from spark_app.derived.runner import Runner
from spark_app.derived.tags.folds import language_folds
from spark_app.store.tables import alert, dead_letter
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store

CHOICE = {"channel": "incident,works,information", "modes": "all", "window": "2024-04-24T12:00:00Z", "lang": "fr"}
NOON_US = to_epoch_us(NOON)
ALERT = {
    "id": "C01742-1",
    "line": "C01742",
    "raised_us": NOON_US - 1,
    "due_us": NOON_US,
    "cleared_us": None,
    "level_e6": 310_000,
    "blocked_e6": 260_000,
    "peak_e6": 310_000,
    "usual_e6": 100_000,
    "days": 12,
    "repeats": 0,
    "title": "Interrompu",
    "disruptions": "[]",
}


@pytest.fixture(scope="module")
def client(plan, tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('pages')}/store.db"
    engine = fill_store(url, plan)
    folds = [
        Incidents(),
        AlertFold(Thresholds()),
        ClusterFold(),
        *language_folds(timedelta(hours=2), timedelta(days=7))[1:],
    ]
    runner = Runner(engine, folds)
    for fold in runner.folds:
        runner.take_turn(fold)
    with create_engine(url).begin() as connection:
        connection.execute(insert(alert), [ALERT])
        connection.execute(
            insert(dead_letter), [{"entry": 1, "part": 0, "reason": "id = 1: expected text", "payload": "{}"}]
        )
    engine.dispose()
    return make_app(Store(url), Options()).server.test_client()


def turn(client, page):
    """What a page shows, by the id of its part."""
    dependencies = client.get("/_dash-dependencies").json
    wanted = next(d for d in dependencies if d["inputs"] and d["inputs"][0]["id"] == f"turn-{page}")
    outputs = [
        dict(zip(("id", "property"), one.rsplit(".", 1), strict=True))
        for one in wanted["output"].strip(".").split("...")
    ]
    asked = {"v": "1", "query": CHOICE, "page": page}
    body = {
        "output": wanted["output"],
        "outputs": outputs,
        "changedPropIds": [f"turn-{page}.data"],
        "inputs": [{"id": f"turn-{page}", "property": "data", "value": asked}],
        "state": [{"id": f"shown-{page}", "property": "data", "value": None}],
    }
    return client.post("/_dash-update-component", json=body).json["response"]


def rows_of(shown):
    """Texts of the cells of every row in the bodies of its tables."""
    found = []

    def walk(node, in_body=False):
        if isinstance(node, list):
            for one in node:
                walk(one, in_body)
        elif isinstance(node, dict):
            if node.get("type") == "Tr" and in_body:
                found.append([text(cell) for cell in node["props"]["children"]])
            else:
                walk(node.get("props", {}).get("children"), in_body or node.get("type") == "Tbody")

    walk(shown)
    return found


def text(node):
    if isinstance(node, list):
        return " ".join(map(text, node))
    if isinstance(node, dict):
        return text(node.get("props", {}).get("children"))
    return "" if node is None else str(node)


def api(client, name, **more):
    question = {key: value for key, value in CHOICE.items() if key != "lang"} | more
    return json.loads(client.get(f"/api/v1/{name}", query_string=question).data)["rows"]


@pytest.mark.parametrize(
    ("page", "part", "table", "column", "cell"),
    [
        ("incidents", "incidents-list", "incidents", "disruptions", -1),
        ("lines", "lines-table", "lines", "disruptions", 1),
        ("alerts", "alerts-list", "alerts", "title", -1),
        ("alerts", "alerts-usual", "usual-levels", "days", -1),
        ("clusters", "lives-alive", "cluster-lives", "hits", -1),
        ("clusters", "lives-events", "cluster-events", None, None),
        ("places", "places-methods", "place-methods", "points", -1),
        ("places", "places-unplaced", "unplaced", "said", 1),
        ("data", "health-books", "balances", None, None),
        ("data", "health-polls", "polls", None, None),
        ("data", "health-lags", "lags", None, None),
        ("data", "health-dead", "dead-letters", "reason", 1),
        ("data", "health-unplaced", "unplaced-reasons", "reason", 0),
        ("data", "health-versions", "versions", "version", 1),
        ("incidents", "incidents-reliability", "reliability", None, None),
    ],
)
def test_a_table_of_a_page_has_the_rows_of_the_api(client, page, part, table, column, cell):
    shown = rows_of(turn(client, page)[part]["children"])
    said = api(client, table)
    if table == "reliability":  # the page leaves out what is of few announcements
        said = [row for row in said if row["announcements"] >= 5][:40]
    else:
        assert shown, "an empty table shows nothing"
    assert len(shown) == len(said)
    if column:
        assert [row[cell] for row in shown] == [str(row[column]) for row in said]


def test_the_grid_of_the_map_and_the_timeline_have_the_rows_of_the_api(client):
    parts = turn(client, "live")["parts-live"]["data"]
    assert [row["id"] for row in parts["table"]] == [row["id"] for row in api(client, "disruptions")]
    chart = parts["timeline"]
    windows, parts = api(client, "timeline"), api(client, "timeline-parts")
    assert (
        len(windows) == len(chart["windows"]) and len(parts) == sum(len(window[4]) for window in chart["windows"]) > 0
    )
    assert [row["ticks_observed"] for row in windows] == [window[2] for window in chart["windows"]]


def test_a_window_that_nobody_observed_has_no_size():
    row = _window_row([1_800_000, 6, 0, True, [], None, ""], 1_800_000)
    assert (row["begin_utc"], row["size"]) == ("1970-01-01T00:00:00Z", None)
