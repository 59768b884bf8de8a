"""Every number of a window on the screen is whole and can be counted there; weighted means stand in files alone."""

import re
from datetime import timedelta

import pytest

from dashboard.pages.live.screen import summary
from dashboard.pages.live.table import rows
from dashboard.tables.catalogue import all_datasets
from dashboard.tables.dataset import AskedOfView
from dashboard.window.selection import Selection
from prim_client.messages.message import CHANNELS, to_epoch_us
from tests.dashboard.browser.walks import shown
from tests.dashboard.conftest import NOON, opened

CHOICES = [
    Selection(),
    Selection(channels=CHANNELS, modes=()),
    Selection(lines=("C01742", "C01371")),
    Selection(zones=("75",)),
    Selection(end_us=to_epoch_us(NOON - timedelta(hours=2)), size="stations"),
]


@pytest.mark.parametrize("selection", CHOICES)
def test_the_figures_count_the_rows_of_the_table_and_of_the_file(views, selection):
    view = views.find(selection)
    figures, shown_rows = summary(view)["figures"], rows(view)
    filed = all_datasets()["disruptions"].read(AskedOfView(views, view)).rows
    tags = [row["severity"]["tags"] for row in shown_rows]
    assert figures["window"] == len(shown_rows) == len(filed) > 0
    assert figures["opened"] == sum("opened" in each for each in tags) == sum(row["opened"] for row in filed)
    assert figures["over"] == sum("over" in each for each in tags) == sum(row["state"] == "over" for row in filed)
    assert figures["ongoing"] == sum(row["state"] == "ongoing" for row in filed)
    assert figures["stations"] == len(view.stations)
    assert {type(value) for value in figures.values()} == {int}


@pytest.mark.parametrize("selection", CHOICES)
def test_the_number_of_a_cluster_counts_the_cards_of_its_popup_and_the_ids_of_the_file(views, selection):
    view = views.find(selection)
    details = summary(view)["clusters"]
    filed = {row["cluster"]: row for row in all_datasets()["clusters"].read(AskedOfView(views, view)).rows}
    assert details.keys() == filed.keys() and details
    for key, detail in details.items():
        assert detail["disruptions"] == len(detail["ids"]) == len(filed[key]["ids"]) == filed[key]["disruption_count"]
        assert detail["stations"] == filed[key]["station_count"]
        assert set(detail["ids"]) <= {row["id"] for row in rows(view)}
    columns = {column.name: column.doc for column in all_datasets()["clusters"].columns}
    assert "mean" in columns["disruptions"] and "share" in columns["disruptions"]


@pytest.mark.browser
@pytest.mark.parametrize("query", ["?channel=incident,works&modes=all", "?size=stations", "?stack=line"])
def test_no_fraction_is_on_the_screen(page, page_url, query):
    shown(opened(page, page_url, query))
    said = page.locator(
        "#figures, #table-count, #map [data-cluster], #timeline-hint, #timeline text"
    ).all_text_contents()
    fractions = [text for text in said if re.search(r"\d[,.]\d", re.sub(r"polarité.*?[−-]?\d,\d\d", "", text))]
    assert fractions == []
    page.locator("#map [data-cluster]").last.click()
    words = page.locator(".leaflet-popup .popup > .small").first.inner_text()
    disruptions, _stations, opened_, over = map(int, re.findall(r"\d+", words))
    assert disruptions == page.locator(".leaflet-popup .popup-card").count() and max(opened_, over) <= disruptions
    assert " · " not in page.locator(".leaflet-popup h3").inner_text()
