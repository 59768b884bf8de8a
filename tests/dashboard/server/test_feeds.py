"""Feeds: alerts as Atom, works as iCalendar; valid, sourced, and safe with whatever was published."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import create_engine

from dashboard.server.app import Options, make_app
from dashboard.server.feeds import ATOM, Works, atom, calendar, folded
from dashboard.store.reader import Store
from prim_client.messages.message import to_epoch_us
from spark_app.store.engine import upsert
from spark_app.store.licences import attribution
from spark_app.store.tables import alert
from tests.made.filled_store import fill_store
from tests.made.network import Plan, Planned, Touched

BEGIN = datetime(2024, 4, 24, 10, 0, tzinfo=UTC)
BEGIN_US, HOUR_US = to_epoch_us(BEGIN), 3_600_000_000
A = "C01742"
ROW = {
    "id": "C01742-1",
    "line": A,
    "raised_us": BEGIN_US,
    "due_us": BEGIN_US,
    "cleared_us": None,
    "level_e6": 310_000,
    "blocked_e6": 260_000,
    "peak_e6": 310_000,
    "usual_e6": 100_000,
    "days": 12,
    "repeats": 0,
    "title": "Interrompu <script>alert(1)</script> & \x01",
    "disruptions": '["a"]',
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    works = Planned(
        "w1",
        "works",
        "PERTURBEE",
        "Travaux, RER A",
        "Bus;\nremplacement",
        -0.2,
        (Touched(A),),
        BEGIN,
        BEGIN + timedelta(hours=3),
    )
    url = f"sqlite:///{tmp_path_factory.mktemp('feeds')}/store.db"
    fill_store(url, Plan(BEGIN, BEGIN + timedelta(minutes=40), [works])).dispose()
    engine = create_engine(url)
    with engine.begin() as connection:
        upsert(connection, alert, [ROW, ROW | {"id": "C01743-1", "line": "C01743", "cleared_us": BEGIN_US + HOUR_US}])
    engine.dispose()
    return make_app(Store(url), Options()).server.test_client()


def entries(feed: bytes):
    return ElementTree.fromstring(feed).findall(f"{{{ATOM}}}entry")


def text(element, tag):
    return element.find(f"{{{ATOM}}}{tag}").text


def unfolded(content: bytes) -> list[str]:
    return content.decode().replace("\r\n ", "").split("\r\n")


class TestAlerts:
    def test_the_feed_names_line_share_and_factor(self, client):
        answer = client.get("/alerts.atom")
        assert (answer.status_code, answer.content_type) == (200, "application/atom+xml; charset=utf-8")
        one = next(e for e in entries(answer.data) if text(e, "id") == "urn:pulse:alert:C01742-1")
        assert text(one, "title") == "RER A : 26 % des stations bloquées, 3,1 × son niveau habituel de 12 h"
        assert text(one, "published") == text(one, "updated") == "2024-04-24T10:00:00Z"

    def test_what_is_over_says_so_and_when(self, client):
        one = next(e for e in entries(client.get("/alerts.atom").data) if text(e, "id").endswith("C01743-1"))
        assert text(one, "title").endswith("(terminée)")
        assert text(one, "updated") == "2024-04-24T11:00:00Z"

    def test_published_words_are_text_whatever_they_contain(self, client):
        feed = client.get("/alerts.atom").data
        assert b"<script" not in feed
        assert text(entries(feed)[0], "summary").startswith("Interrompu <script>alert(1)</script> & ")

    def test_it_says_source_licence_and_not_official(self, client):
        feed = ElementTree.fromstring(client.get("/alerts.atom").data)
        assert "non officiel" in text(feed, "title")
        assert "ODbL" in text(feed, "rights") and "non officiel" in text(feed, "rights")

    def test_it_is_as_new_as_the_last_change_of_any_alert_also_of_one_that_is_in_it_no_more(self, client, monkeypatch):
        monkeypatch.setattr("dashboard.server.feeds.ALERTS_MAX", 1)
        feed = client.get("/alerts.atom").data
        assert [text(one, "id") for one in entries(feed)] == ["urn:pulse:alert:C01742-1"]
        assert text(ElementTree.fromstring(feed), "updated") == "2024-04-24T11:00:00Z"

    def test_without_alerts_it_is_a_feed_all_the_same(self):
        feed = ElementTree.fromstring(atom([], attribution({"source": "simulated"}), BEGIN_US))
        assert text(feed, "updated") == "2024-04-24T10:00:00Z"


class TestWorks:
    def test_the_works_of_a_line_with_their_period(self, client):
        answer = client.get(f"/works/{A}.ics")
        assert answer.content_type == "text/calendar; charset=utf-8"
        lines = unfolded(answer.data)
        assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
        assert "DTSTART:20240424T100000Z" in lines and "DTEND:20240424T130000Z" in lines
        assert "SUMMARY:RER A : Travaux\\, RER A" in lines
        assert any(line.startswith("DESCRIPTION:Bus\\;\\nremplacement\\n") and "non officiel" in line for line in lines)

    def test_no_line_is_longer_than_the_standard_allows(self, client):
        assert max(map(len, client.get(f"/works/{A}.ics").data.split(b"\r\n"))) <= 75

    def test_a_line_without_works_has_an_empty_calendar(self, client):
        assert "BEGIN:VEVENT" not in unfolded(client.get("/works/C01743.ics").data)

    @pytest.mark.parametrize("line", ["nowhere", "C01742%0d%0aX"])
    def test_an_unknown_line_is_not_found(self, client, line):
        assert client.get(f"/works/{line}.ics").status_code == 404

    def test_a_new_revision_takes_back_what_was_to_come(self):
        works = Works("w")
        works.take(0, "announced", 1, 10, 20)
        works.take(5, "announced", 2, 12, 22)
        assert works.periods == {12: 22}

    def test_periods_that_were_add_up_and_the_end_that_counts_is_the_last(self):
        works = Works("w")
        works.take(10, "opened", 1, 10, 20)
        works.take(15, "updated", 2, 10, 25)
        works.take(25, "paused", 2, 30, 40)
        assert works.periods == {10: 25, 30: 40}

    def test_works_that_vanish_end_then(self):
        works = Works("w")
        works.take(10, "opened", 1, 10, 100)
        works.take(50, "closed", 1, 10, 100)
        assert works.periods == {10: 50}

    def test_an_open_end_is_said(self):
        lines = unfolded(calendar(A, [Works("w", "T", "", 1, BEGIN_US, {BEGIN_US: None})], "live", BEGIN_US))
        assert not any(line.startswith("DTEND") for line in lines)
        assert any("Fin non annoncée." in line for line in lines)

    def test_long_over_is_left_out(self):
        old = Works("w", "T", "", 1, 0, {0: HOUR_US})
        assert b"VEVENT" not in calendar(A, [old], "live", BEGIN_US)


def test_a_character_is_never_cut():
    pieces = folded("é" * 200).split("\r\n ")
    assert "".join(pieces) == "é" * 200
    assert all(len(piece.encode()) <= 73 for piece in pieces)
    assert re.fullmatch("é+", pieces[-1])


def test_a_store_that_is_not_there_is_said(tmp_path):
    client = make_app(Store(f"sqlite:///{tmp_path}/none.db"), Options()).server.test_client()
    assert client.get("/alerts.atom").status_code == 503
