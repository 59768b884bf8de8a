"""The API gives what the screen shows, says whose it is, and describes itself completely."""

import json

import pytest

from dashboard.api_description import BOOKS, OF_A_WINDOW, PARAMETERS, PATHS, PREFIX
from dashboard.export import ARCHIVE, FILE_NAMES, make_snapshot
from dashboard.page import Options, make_app
from dashboard.selection import CHANNELS, Selection, parse_selection
from dashboard.store import Store
from prim_client.message import to_epoch_us
from tests.dashboard.conftest import NOON
from tests.made_network import TICK, Plan
from tests.store_fixture import fill_store

CHOICE = "channel=incident,works,information&modes=all&window=2024-04-24T12:00:00Z"


@pytest.fixture
def get(store_url):
    client = make_app(Store(store_url), Options()).server.test_client()
    return lambda path: client.get(f"{PREFIX}/{path}", base_url="http://localhost")


def told(answer):
    assert answer.status_code == 200, answer.data
    return json.loads(answer.data)


@pytest.mark.parametrize("name", PATHS)
def test_an_answer_holds_what_its_description_says_and_no_more(get, name):
    assert set(told(get(f"{name}?{CHOICE}"))) == set(OF_A_WINDOW) | set(PATHS[name][1])


def test_the_description_lists_every_route(get):
    answer = told(get("openapi.json"))
    assert set(answer["paths"]) == {f"{PREFIX}/{name}" for name in (*PATHS, "books", "files/{name}")}
    for path in answer["paths"].values():
        for parameter in path["get"]["parameters"]:
            assert parameter.get("in") == "path" or parameter["$ref"].rsplit("/", 1)[1] in answer["components"]["parameters"]


def test_the_description_names_every_parameter_that_is_read():
    class Asked(dict):
        def get(self, name, default=None):
            self[name] = True
            return default

    asked = Asked()
    parse_selection(asked)
    assert set(asked) == set(PARAMETERS)


def test_every_answer_says_whose_data_they_are_and_which_window(get):
    answer = told(get(f"clusters?{CHOICE}"))
    assert "non officiel" in answer["status"].lower() and "Île-de-France Mobilités" in answer["attribution"]
    assert answer["window"]["end_utc"] == "2024-04-24T12:00:00Z" and answer["window"]["closed"]


def test_hits_and_clusters_are_those_of_the_export(get, views):
    files = make_snapshot(views, Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON))).files
    hits, exported = told(get(f"hits?{CHOICE}"))["hits"], json.loads(files["hits.geojson"])["features"]
    assert len(hits) == len(exported) > 50
    assert [h["disruption"] for h in hits] == [f["properties"]["disruption"] for f in exported]
    names = [c["cluster"] for c in told(get(f"clusters?{CHOICE}"))["clusters"]]
    assert names == [f["properties"]["cluster"] for f in json.loads(files["clusters.geojson"])["features"]]


def test_a_file_is_the_same_bytes_as_the_export(get, views):
    files = make_snapshot(views, Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON))).files
    assert {*files, ARCHIVE} == set(FILE_NAMES)
    for name in files:
        assert get(f"files/{name}?{CHOICE}").data == files[name]


def test_disruptions_and_counts_obey_the_choice(get, views):
    line = next(iter(views.of(parse_selection({"modes": "all", "window": "2024-04-24T12:00:00Z"})).counts.lines))
    answer = told(get(f"disruptions?lines={line}&window=2024-04-24T12:00:00Z"))
    assert answer["disruptions"] and all(line in d["lines"] and d["channel"] == "incident" for d in answer["disruptions"])
    counted = {row["line"]: row["disruptions"] for row in told(get("lines?modes=all&window=2024-04-24T12:00:00Z"))["lines"]}
    assert counted[line] == told(get(f"window?lines={line}&window=2024-04-24T12:00:00Z"))["disruptions_ongoing"] > 0


def test_the_books_are_there_with_their_equations(get):
    answer = told(get("books"))
    assert set(answer) == set(BOOKS)
    assert {"name", "total", "parts", "holds"} == set(answer["balances"][0])
    assert answer["completeness"]["empty"] == 2 and answer["completeness"]["expected"] is None


def test_gaps_are_told_as_intervals(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    fill_store(url, Plan(NOON - 6 * TICK, NOON, [], frozenset([NOON - 2 * TICK, NOON - 3 * TICK]))).dispose()
    client = make_app(Store(url), Options()).server.test_client()
    answer = told(client.get(f"{PREFIX}/books", base_url="http://localhost"))
    assert answer["gaps"] == [{"begin_utc": "2024-04-24T11:40:00Z", "end_utc": "2024-04-24T11:50:00Z", "ticks": 2}]


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("window?modes=plane", 400, "plane"),
        ("window?window=yesterday", 400, "yesterday"),
        ("window?window=2001-01-01T00:00:00Z", 404, "2001-01-01T00:00:00Z"),
        ("files/hits.csv?window=2001-01-01T00:00:00Z", 404, "2001-01-01T00:00:00Z"),
        ("hits?lines=<script>", 400, "<script>"),
        ("files/all.exe", 404, "all.exe"),
    ],
)
def test_a_wrong_question_gets_its_value_back(get, path, code, said):
    answer = get(path)
    assert answer.status_code == code and answer.content_type == "application/json"
    assert said in json.loads(answer.data)["error"]


def test_a_store_that_is_away_is_said(tmp_path):
    client = make_app(Store(f"sqlite:///{tmp_path / 'none.db'}"), Options()).server.test_client()
    answer = client.get(f"{PREFIX}/window", base_url="http://localhost")
    assert answer.status_code == 503 and "none.db" in json.loads(answer.data)["error"]
