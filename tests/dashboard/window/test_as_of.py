"""No window knows the future: what a table says of a window is what it said when that window was the newest.

Two stores of one feed: one of all of it, and one of the entries up to a window's end. Every table that follows the
filters is asked for that window in both.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.pages.incidents.datasets import life_answer
from dashboard.store.reader import Store
from dashboard.tables.catalogue import all_datasets
from dashboard.window.selection import format_utc
from dashboard.window.view_cache import Views
from geo.network.stations import Stations
from prim_client.messages.message import to_epoch_us
from spark_app.store.engine import sqlite_url
from tests.made.stored_polls import StoredPolls, answer, disruption

BEGIN = datetime(2024, 4, 24, 8, 0, tzinfo=UTC)
HOURS, POLL_MIN = 7, 5
LINES = ("C01371", "C01373", "C01374", "C01376", "C01379", "C01742", "C01743")  # metro 1, 3, 4, 6, 9; RER A, B
CAUSES = ("malaise voyageur", "panne de signalisation", "bagage oublié", "incident technique")
WINDOWS = [BEGIN + timedelta(minutes=minutes) for minutes in (95, 180, 240, 305)]
CHOICES = (
    {},
    {"modes": "all", "channel": "incident,works,information"},
    {"severity": "interruption", "span": "6h"},
    {"stack": "line", "size": "stations"},
)
# These show the windows behind the chosen one, too. Only those up to it are compared, and the parts of a bar in any
# order: the lines that are largest over all shown windows stand first.
NEWER = {"timeline", "timeline-parts"}


def feed(seed: int = 5) -> list[tuple[datetime, list[dict]]]:
    """Polls: incidents that open, change, announce other ends, return, close by an id of their own or vanish."""
    rng, planned = random.Random(seed), []
    for number in range(36):
        line, cause = rng.choice(LINES), rng.choice(CAUSES)
        stations = [station.name for station in rng.sample(Stations.load().of_line(line), 2)]
        begin = BEGIN + timedelta(minutes=rng.randrange(0, HOURS * 60 - 40))
        end = begin + timedelta(minutes=rng.randrange(15, 150))
        where = rng.choice([f"entre {stations[0]} et {stations[1]}", f"à {stations[0]}", "sur l'ensemble de la ligne"])
        planned.append((f"i{number}", line, cause, where, begin, end, rng.random() < 0.5))
    moments = [BEGIN + timedelta(minutes=minutes) for minutes in range(0, HOURS * 60, POLL_MIN)]
    return [(at, [each for plan in planned for each in published(at, *plan)]) for at in moments]


def published(at, id_, line, cause, where, begin, end, closes):
    title = f"Métro : {cause.capitalize()} - Trafic interrompu"
    half = begin + (end - begin) / 2
    if begin <= at < end:
        until = f" Reprise estimée à {(end + timedelta(minutes=20)).hour + 2} h." if at >= half else ""
        severity = "PERTURBEE" if at >= half else "BLOQUANTE"
        yield disruption(
            id_,
            line,
            title,
            f"Le trafic est interrompu {where} en raison d'un {cause}.{until}",
            begin,
            end + timedelta(hours=1),
            severity=severity,
        )
    elif closes and end <= at < end + timedelta(minutes=20):
        yield disruption(
            f"{id_}-end",
            line,
            f"Métro : {cause.capitalize()} - Retour à la normale",
            f"Incident terminé : {cause}.",
            end,
            end + timedelta(minutes=1),
            severity="INFORMATION",
        )


@pytest.fixture(scope="module")
def stores(tmp_path_factory) -> dict[datetime | None, Views]:
    """Views of the store up to each window's end, and of the whole feed under None."""
    folder = tmp_path_factory.mktemp("as-of")
    entries = entries_of_feed(folder)
    made = {}
    for number, until in enumerate((None, *WINDOWS)):
        url = sqlite_url(folder / f"store-{number}.db")
        polls = StoredPolls(url)
        polls.write(entry for entry in entries if until is None or entry.event_time <= until)
        polls.runner.catch_up()
        polls.engine.dispose()
        made[until] = Views(Store(url))
    return made


def entries_of_feed(folder):
    polls, entries = StoredPolls(sqlite_url(folder / "feed.db")), []
    for at, disruptions in feed():
        entries += polls.differ.feed(polls.parser.parse(answer(at, disruptions))).entries
    return entries


def chosen_tables() -> list[str]:
    return [
        name for name, table in all_datasets().items() if table.chosen and not any(p.required for p in table.parameters)
    ]


def windows_of_both(stores, query) -> set[str]:
    """The ends of the windows up to the chosen one that the timelines of both stores show."""
    ends = [{row["end_utc"] for row in all_datasets()["timeline"].answer(views, query).rows} for views in stores]
    return {end for end in ends[0] & ends[1] if end <= query["window"]}


def in_order(rows) -> list[dict]:
    """Rows of a timeline by window and part."""
    return sorted(rows, key=lambda row: (row["end_utc"], row.get("part", "")))


@pytest.mark.parametrize("until", WINDOWS, ids=str)
@pytest.mark.parametrize("name", chosen_tables())
@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_a_table_of_a_window_is_what_it_was(stores, name, until, choice):
    query, both = {"window": format_utc(to_epoch_us(until))} | choice, (stores[None], stores[until])
    now, then = (all_datasets()[name].answer(views, query) for views in both)
    rows, rows_then = now.rows, then.rows
    if name in NEWER:
        ends = windows_of_both(both, query)
        assert query["window"] in ends
        rows, rows_then = (in_order(row for row in found if row["end_utc"] in ends) for found in (rows, rows_then))
    assert rows == rows_then
    assert now.about == then.about


@pytest.mark.parametrize("until", WINDOWS, ids=str)
def test_the_life_of_an_incident_is_what_it_was_and_says_apart_what_is_known_later(stores, until):
    query = {"window": format_utc(to_epoch_us(until))}
    names = [row["incident"] for row in all_datasets()["incidents"].answer(stores[until], query).rows]
    assert names
    told_later = 0
    for name in names:
        now, then = (life_answer(stores[which], query | {"incident": name}) for which in (None, until))
        told_later += now.pop("later") is not None
        then.pop("later")
        assert now == then
        for table in ("incident-steps", "incident-ends"):
            found = [all_datasets()[table].answer(stores[which], query | {"incident": name}) for which in (None, until)]
            assert found[0].rows == found[1].rows
    assert told_later


def test_the_feed_has_what_the_tables_could_know_too_early(stores):
    """The comparison says something: incidents go on, alerts are raised and clusters live at the windows' ends."""
    query = {"window": format_utc(to_epoch_us(WINDOWS[1]))}
    rows = {
        name: all_datasets()[name].answer(stores[None], query).rows
        for name in ("incidents", "alerts", "cluster-lives", "lines")
    }
    assert any(row["phase"] == "active" for row in rows["incidents"]) and any(
        row["ended_utc"] for row in rows["incidents"]
    )
    assert any(row["cleared_utc"] is None for row in rows["alerts"]) and rows["cluster-lives"]
    assert all(row["usual"] is None and row["ground"] in ("blocked", "unusual") for row in rows["alerts"])
    assert any(0 < (row["quiet_share"] or 0) < 1 for row in rows["lines"])
