"""A derived fold that is late or set something aside: health, banner, page, API and metrics say so,
in both languages."""

import base64
import json
import re
import time
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from dashboard.frame import fold_banner
from dashboard.health.data_health import read_health
from dashboard.pages.health.page import _folds
from dashboard.registry.pages import words_of
from dashboard.server.access import Access
from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store
from dashboard.ui.texts import Words
from prim_client.messages.message import to_epoch_us
from spark_app.commands.derive import make_folds
from spark_app.derived.fold_books import NAMES
from spark_app.store.tables import derived, entry, fold_book, fold_dead_letter, ledger
from spark_app.store.tables import meta as meta_table
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store
from tests.made.network import believable_plan
from tests.made.stored_polls import SETTINGS

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def engine(tmp_path):
    """A store whose folds have taken in everything."""
    engine = fill_store(f"sqlite:///{tmp_path}/store.db", believable_plan(NOON, hours=1))
    whole_folds(engine)
    yield engine
    engine.dispose()


def whole_folds(engine):
    """Every fold at the end of the store."""
    with engine.begin() as connection:
        end = len(connection.execute(entry.select()).all())
        connection.execute(
            insert(derived),
            [{"name": name, "version": "1", "next_entry": end, "state": b"", "at_us": 0} for name in NAMES],
        )


def client_of(engine, access=None):
    return make_app(Store(str(engine.url)), Options(access=access or Access())).server.test_client()


def set_aside(engine, fold="trends", number=3):
    with engine.begin() as connection:
        end = len(connection.execute(entry.select()).all())
        connection.execute(
            insert(fold_book).values(
                fold=fold,
                first_entry=0,
                taken_in=end - 1,
                set_aside=1,
                incomplete_from=number,
                incomplete_from_us=to_epoch_us(NOON),
            )
        )
        connection.execute(
            insert(fold_dead_letter).values(fold=fold, entry=number, version="1", reason="KeyError: 'd3'", at_us=0)
        )
        connection.execute(derived.update().where(derived.c.name == fold).values(at_us=time.time_ns() // 1_000))


def fall_behind(engine, fold="incidents", minutes=25):
    written_us = time.time_ns() // 1_000 - minutes * 60_000_000
    with engine.begin() as connection:
        connection.execute(ledger.update().values(written_at_us=written_us))
        connection.execute(derived.update().where(derived.c.name == fold).values(next_entry=derived.c.next_entry - 5))


def banner(engine, language="fr"):
    return re.sub(r"\\u202f|\\xa0", " ", str(fold_banner.content(Store(str(engine.url)), Words(language))))


def metrics(engine):
    text = client_of(engine).get("/metrics").get_data(as_text=True)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_fold_of_the_product_has_a_name():
    assert {fold.name for fold in make_folds(SETTINGS)} == set(NAMES)
    for language in ("fr", "en"):
        assert all(Words(language)(f"fold.name.{name}") for name in NAMES)


def test_folds_that_are_whole_and_on_time_say_nothing(engine):
    health = client_of(engine).get("/health").json
    assert (health["state"], health["troubles"]) == ("ok", [])
    assert set(health["folds"]) == set(NAMES)
    assert banner(engine) == "[]"
    found = metrics(engine)
    assert found["pulse_fold_late", "incidents"] == found["pulse_fold_incomplete", "trends"] == 0


def test_a_fold_that_set_something_aside_is_said_everywhere(engine):
    set_aside(engine)
    client = client_of(engine)
    health = client.get("/health").json
    assert (health["state"], health["troubles"]) == (
        "degraded",
        ["the fold trends set 1 entries aside, the first is 3"],
    )
    assert health["folds"]["trends"]["incomplete_from"] == 3 and "d3" not in str(health)  # it is open to all
    assert "Tables incomplètes : tendances (1 entrée écartée, depuis le 24 avr. 2024)." in banner(engine)
    assert "Incomplete tables: trends (1 entry set aside, since 24 Apr 2024)." in banner(engine, "en")
    (books,) = [row for row in client.get("/api/v1/books").json["folds"] if row["fold"] == "trends"]
    assert books["stored"] == books["taken_in"] + books["set_aside"] + books["behind"] and books["set_aside"] == 1
    (row,) = [row for row in client.get("/api/v1/folds").json["rows"] if row["fold"] == "trends"]
    assert (row["incomplete_from"], row["incomplete_utc"], row["set_aside"]) == (3, "2024-04-24T12:00:00Z", 1)
    assert row["reason"] == "KeyError: 'd3'"
    with ZipFile(BytesIO(client.get("/api/v1/trends.zip").data)) as files:
        (manifest,) = [name for name in files.namelist() if name.endswith("manifest.json")]
        assert json.loads(files.read(manifest))["versions"]["fold_trends_incomplete_from"] == "3"
    found = metrics(engine)
    assert (
        found["pulse_fold_incomplete", "trends"] == 1 and found["pulse_fold_entries_total", "trends", "set_aside"] == 1
    )


def test_the_page_of_the_data_lists_what_was_set_aside_and_why(engine):
    set_aside(engine)
    with Store(str(engine.url)).reading() as connection:
        shown = str(_folds(read_health(connection), words_of("fr")))
    assert "entrée 3, 24 avr. 2024" in shown and "KeyError: 'd3'" in shown and "./pulse refold" in shown


def test_a_fold_that_is_late_is_said_everywhere(engine):
    fall_behind(engine)
    health = client_of(engine).get("/health").json
    assert (health["state"], health["troubles"]) == ("degraded", ["the fold incidents is 5 entries behind, for 25 min"])
    assert "Calculs en retard : incidents (5 entrées en attente, depuis 25 min)." in banner(engine)
    assert "Late computations: incidents (5 entries waiting, for 25 min)." in banner(engine, "en")
    found = metrics(engine)
    assert found["pulse_fold_late", "incidents"] == 1 and found["pulse_fold_behind_entries", "incidents"] == 5
    assert 1_500 <= found["pulse_fold_waiting_seconds", "incidents"] < 1_800


def test_the_banner_stands_in_the_first_layout_of_every_page(engine):
    set_aside(engine)
    client = client_of(engine)
    for path in ("/", "/incidents", "/trends", "/data"):
        layout = client.get("/_dash-layout", headers={"Referer": f"http://localhost{path}?lang=en"}).get_data(
            as_text=True
        )
        assert "Incomplete tables: trends" in layout


def test_what_a_fold_says_makes_the_pages_look_again(engine):
    client = client_of(engine)
    before = client.get("/version").json["s"]
    with engine.begin() as connection:
        connection.execute(derived.update().values(at_us=before + 1))
    time.sleep(0.6)  # a look is kept for half a second
    assert client.get("/version").json["s"] == before + 1


def test_the_metrics_are_those_of_the_books(engine):
    found = metrics(engine)
    books = client_of(engine).get("/api/v1/books").json
    log = books["parts"]["log"]
    for outcome in ("changed", "unchanged", "rejected"):
        assert found["pulse_polls_total", outcome] == log["polls"][outcome]
    assert found["pulse_polls_rejected_total", "empty"] == 2
    assert (
        found["pulse_messages_total", "stored"]
        == books["counters"]["stored"]
        == found["pulse_messages_total", "logged"]
    )
    assert found["pulse_entries", "log"] == found["pulse_entries", "store"] == log["last"]
    assert found["pulse_store_readable",] == 1
    assert ("pulse_polls_missed_total",) not in found  # a recording has no schedule


def test_every_metric_is_documented_and_no_other(engine):
    documented = set(
        re.findall(r"^\| `(pulse_\w+)` \|", (DOCS / "metrics.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    text = client_of(engine).get("/metrics").get_data(as_text=True)
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == documented


def test_a_store_that_cannot_be_read_is_a_sample(tmp_path):
    client = make_app(Store(f"sqlite:///{tmp_path}/none.db"), Options()).server.test_client()
    answer = client.get("/metrics")
    assert answer.status_code == 200 and "pulse_store_readable 0.0" in answer.get_data(as_text=True)
    assert client.get("/health").json["state"] == "unavailable"
    assert str(tmp_path) not in answer.get_data(as_text=True)


def test_metrics_are_under_the_password_of_the_page(engine):
    client = client_of(engine, Access(password="sesame"))
    assert client.get("/metrics").status_code == 401
    word = base64.b64encode(b"prometheus:sesame").decode()
    assert client.get("/metrics", headers={"Authorization": f"Basic {word}"}).status_code == 200


def test_metrics_of_a_store_of_an_older_version_are_what_it_has(engine):
    for table in (fold_book, fold_dead_letter):
        table.drop(engine)
    found = metrics(engine)
    assert found["pulse_fold_incomplete", "trends"] == 0
    assert found["pulse_fold_entries_total", "trends", "taken_in"] == found["pulse_entries", "store"]


def test_no_metric_tells_a_secret_or_a_place(engine):
    with engine.begin() as connection:
        connection.execute(meta_table.insert().values(name="made_up", value="secret-of-a-store"))
    text = client_of(engine).get("/metrics").get_data(as_text=True)
    assert "secret-of-a-store" not in text and "store.db" not in text
