"""A window that misses ticks says so wherever it is shown or exported: every page, file and answer of the API."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pandas as pd
import pytest
from playwright.sync_api import expect
from sqlalchemy import insert

from dashboard.files.snapshot import FILE_NAMES, make_snapshot
from dashboard.pages.trends.page import answer
from dashboard.pictures.picture import all_pictures
from dashboard.registry.pages import all_pages, words_of
from dashboard.server.app import Options, make_app
from dashboard.server.openapi import PREFIX
from dashboard.store.reader import Store
from dashboard.tables.catalogue import all_datasets
from dashboard.ui.texts import NARROW
from dashboard.window.gaps import missing_ticks
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Views
from prim_client.messages.message import to_epoch_us
from spark_app.store.tables import derived
from tests.dashboard.conftest import NOON, opened
from tests.dashboard.page_servers import start_server
from tests.dashboard.picture_check import drawn, said, texts
from tests.made.filled_store import fill_store
from tests.made.network import TICK, believable_plan

WINDOW = "2024-04-24T12:00:00Z"
CLOSED = Selection(end_us=to_epoch_us(NOON))
UNSEEN = frozenset([NOON - TICK, NOON - 4 * TICK])  # of the six ticks of the window
WHOLE_WINDOW = Selection(end_us=to_epoch_us(NOON - timedelta(hours=2)))
SAID = "Fenêtre incomplète : 2 instants sur 6 n'ont pas été observés."
# Pages that show no window, and why. A page that is added has to stand here, or say what its window missed.
NO_WINDOW = {
    "search": "finds texts of all times",
    "topics": "made by a command over a whole store, named on the page",
}
# Tables of no window: of one incident's whole life, of the whole store, or of what the clock of this machine says.
OF_NO_WINDOW = {"incident-steps", "incident-ends", "usual-levels", "search"}
TABLES = [name for name, table in all_datasets().items() if table.chosen and name not in OF_NO_WINDOW]
SAID_BY = {  # the sentence of each page, in its own words
    "live": '"missing":2',  # painted by figures.js, see below
    "compare": SAID,
    "lines": SAID,
    "places": SAID,
    "clusters": "n'ont pas été observés",
    "alerts": "n'ont pas été observés",
    "trends": "n'ont pas été observés",
    "incidents": "sans relevé correct",
    "data": "13:40",  # the gaps as a table
}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A store in which nobody looked at two of the window's six ticks."""
    url = f"sqlite:///{tmp_path_factory.mktemp('unobserved')}/store.db"
    plan = replace(believable_plan(NOON, hours=4), unobserved=UNSEEN)
    engine = fill_store(url, plan)
    with engine.begin() as connection:
        row = {"name": "trends", "version": "1", "next_entry": 10_000, "state": b"", "at_us": 0}
        connection.execute(insert(derived), [row])
    engine.dispose()
    return url


@pytest.fixture(scope="module")
def app(url):
    return make_app(Store(url), Options())


@pytest.fixture(scope="module")
def client(app):
    return app.server.test_client()


def turn(app, client, page, query) -> str:
    """What the server answers to the page's turn, as the browser asks it."""
    key = next(key for key in app.callback_map if f"shown-{page.name}.data" in key)
    outputs = [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in key.strip(".").split("...")]
    asked = {"id": f"turn-{page.name}", "property": "data", "value": {"v": "1", "query": query, "page": page.path}}
    shown = {"id": f"shown-{page.name}", "property": "data", "value": None}
    body = {
        "output": key,
        "outputs": outputs,
        "inputs": [asked],
        "state": [shown],
        "changedPropIds": [f"turn-{page.name}.data"],
    }
    answer = client.post("/_dash-update-component", json=body, base_url="http://localhost")
    assert answer.status_code == 200, answer.data
    return json.dumps(json.loads(answer.data), ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("page", [p for p in all_pages() if p.name not in NO_WINDOW], ids=lambda page: page.name)
def test_every_page_says_what_its_window_missed(app, client, url, page):
    query = {"window": WINDOW, "lang": "fr", "modes": "all", "other": "hour"}
    if page.name == "trends":
        said = json.dumps(
            answer(Views(Store(url)), {"query": query, "n": 1}, {})[0],
            default=lambda part: part.to_plotly_json(),
            ensure_ascii=False,
        )
    else:
        said = turn(app, client, page, query)
    assert SAID_BY[page.name] in said.replace(NARROW, " ")


def test_a_whole_window_has_nothing_to_say(url):
    views = Views(Store(url))
    assert missing_ticks(views.find(WHOLE_WINDOW)) == 0
    report = make_snapshot(views, WHOLE_WINDOW).files["report.html"].decode()
    assert "incomplète" not in report.split("<details>")[0]


def test_an_open_window_misses_only_what_has_passed(url):
    view = Views(Store(url)).find(Selection())
    assert not view.span.closed and view.span.ticks_observed < view.span.ticks_expected
    assert missing_ticks(view) == sum(not tick.observed for tick in view.ticks)


@pytest.mark.parametrize("name", [name for name in FILE_NAMES if not name.endswith(".zip")])
def test_every_file_of_the_snapshot_says_how_much_was_observed(url, name):
    content = make_snapshot(Views(Store(url)), CLOSED).files[name]
    assert OBSERVED_OF[name.rsplit(".", 1)[-1]](content) == {(4, 6)}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_says_how_much_was_observed_as_answer_and_as_file(client, name):
    """Of the window; of the day before, the chosen stretch or the trends' window, where a table is of that."""
    query = {"window": WINDOW, "modes": "all"}
    facts = client.get(f"{PREFIX}/{name}?{urlencode(query)}", base_url="http://localhost").json
    facts = facts.get("window", facts)
    assert facts["ticks_expected"] - facts["ticks_observed"] == 2
    assert facts["ticks_expected"] == 6 or "closed" not in facts
    with zipfile.ZipFile(
        io.BytesIO(client.get(f"{PREFIX}/{name}.zip?{urlencode(query)}", base_url="http://localhost").data)
    ) as files:
        for file in files.namelist():
            told = OBSERVED_OF[file.rsplit(".", 1)[-1]](files.read(file))
            assert not told or (facts["ticks_observed"], facts["ticks_expected"]) in told, file


@pytest.mark.parametrize("name", [name for name in all_pictures() if name in TABLES])
def test_every_picture_says_in_words_what_its_window_missed(url, name):
    words = " ".join(said(drawn(Views(Store(url)), name, {"window": WINDOW, "modes": "all"}))).replace(NARROW, " ")
    assert re.search(r"2 instants sur \d+ n'ont pas été observés", words)


def from_csv(content: bytes) -> set[tuple[int, int]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    return {(int(row["ticks_observed"]), int(row["ticks_expected"])) for row in rows}


def from_parquet(content: bytes) -> set[tuple[int, int]]:
    frame = pd.read_parquet(io.BytesIO(content))
    return set(zip(frame["ticks_observed"].tolist(), frame["ticks_expected"].tolist(), strict=True))


def from_json(content: bytes) -> set[tuple[int, int]]:
    said = json.loads(content)
    facts = said.get("window", said)
    return {(facts["ticks_observed"], facts["ticks_expected"])}


def from_report(content: bytes) -> set[tuple[int, int]]:
    said = content.decode().split("<svg")[0].split("<thead")[0]
    missing, of = re.search(r"(?:incomplète|Incomplete window)\s?: (\d+) (?:instants? sur|of) (\d+)", said).groups()
    return {(int(of) - int(missing), int(of))}


def from_picture(content: bytes) -> set[tuple[int, int]]:
    return from_json(texts(content)["pulse-manifest"].encode())


OBSERVED_OF = {
    "png": from_picture,
    "csv": from_csv,
    "geojson": from_json,
    "json": from_json,
    "parquet": from_parquet,
    "html": from_report,
}


@pytest.mark.browser
def test_the_browser_paints_it_on_the_map_in_a_frame_and_under_what_is_taken_away(page, url, tmp_path_factory):
    server = start_server(tmp_path_factory.mktemp("unobserved-page"), url)
    try:
        page.goto(f"{server.url}/?window={WINDOW}&embed=1")
        expect(page.locator(".figures-head")).to_contain_text("2 observations manquent")
        opened(page, server.url, f"?window={WINDOW}")
        expect(page.locator(".figures-head")).to_contain_text("2 observations manquent")
        assert "2 observations manquent" in page.evaluate("() => pulse.caption().join()")  # of PNG files
        with page.expect_download() as download:
            page.locator("[data-choice='take:table.csv']").click()
        assert "2 observations manquent" in Path(download.value.path()).read_text("utf-8")
        partial = words_of("fr")("figures.observed", n=4, of=6)
        expect(page.locator("#timeline")).to_have_attribute("aria-valuetext", re.compile(re.escape(partial)))
    finally:
        server.kill()
