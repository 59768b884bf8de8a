"""The page of incidents over a filled store: list, counts, the life of one, announced ends, gaps."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.pages.incidents.life import join_same_steps
from dashboard.pages.incidents.parts import incident_row
from dashboard.pages.incidents.read import Step, filter_incidents, read_incidents, read_life
from dashboard.pages.incidents.reliability import read_gaps, read_reliability
from dashboard.pages.incidents.texts import TEXTS, duration, error_word
from dashboard.registry.pages import words_of
from dashboard.store.reader import Store
from dashboard.store.records import Tick
from dashboard.window.gaps import Gap, gaps_of
from dashboard.window.selection import Selection
from spark_app.store.engine import append, open_store, sqlite_url
from spark_app.store.tables import (
    entry,
    incident,
    incident_alias,
    incident_end,
    incident_event,
    incident_line,
    incident_of,
    revision,
)

MINUTE_US = 60_000_000
NOON_US = 1_713_952_800_000_000  # 24 April 2024, 12:00 in Paris


def at(minute):
    return NOON_US + minute * MINUTE_US


def row(name, title, begin, end, **more):
    return {
        "incident": name,
        "episode": name,
        "channel": "incident",
        "cause": "bagage oublie",
        "severity": "PERTURBEE",
        "title": title,
        "rev": 1,
        "phase": "over" if end is not None else "active",
        "initial": False,
        "disruptions": 2,
        "revisions": 2,
        "messages": 9,
        "published_us": at(begin + 4),
        "opened_us": at(begin),
        "ended_us": None if end is None else at(end),
        "ended_by": "" if end is None else "closing id",
        "first_end_us": at(40),
        "last_end_us": at(50),
        "seen_us": at(60),
    } | more


@pytest.fixture(scope="module")
def store_url(tmp_path_factory):
    """Two incidents of metro 13, one on RER A that goes on, and an old one."""
    url = sqlite_url(tmp_path_factory.mktemp("incidents") / "store.db")
    engine = open_store(url)
    with engine.begin() as connection:
        append(
            connection,
            entry,
            [
                {
                    "entry": n,
                    "event_time_us": at(minute),
                    "tick": True,
                    "observed": minute not in (20, 25),
                    "messages": 0,
                }
                for n, minute in enumerate(range(0, 65, 5))
            ],
        )
        append(
            connection,
            incident,
            [
                row("a", "Métro 13 : Bagage oublié - Trafic perturbé", 0, 30),
                row("b", "Métro 13 : Malaise voyageur", 35, 45, episode="a"),
                row("c", "Ligne A : perturbé", 10, None, cause="panne d un train", severity="BLOQUANTE", disruptions=7),
                row("old", "Ligne A : ancien", -5_000, -4_000, seen_us=at(-4_000)),
            ],
        )
        lines = [("C01383", "a"), ("C01383", "b"), ("C01742", "c"), ("C01742", "old")]
        append(
            connection,
            incident_line,
            [{"line": line, "incident": name, "name": "", "mode": "metro"} for line, name in lines],
        )
        append(
            connection,
            incident_end,
            [
                {"incident": "a", "at_us": at(minute), "end_us": at(end), "source": "text"}
                for minute, end in ((4, 40), (10, 20), (29, 50), (31, 90))
            ],
        )
        append(
            connection,
            incident_of,
            [
                {"disruption": d, "since_entry": n, "incident": "a", "why": f"why {d}"}
                for n, d in enumerate(("a", "a2"))
            ],
        )
        append(
            connection,
            incident_alias,
            [{"level": "incident", "old": "x", "into": "a", "since_entry": 3, "why": "twin"}],
        )
        append(
            connection,
            revision,
            [
                {
                    "rev": 1,
                    "id": "a",
                    "revision": "1",
                    "channel": "incident",
                    "severity": "PERTURBEE",
                    "cause": "PERTURBATION",
                    "title": "T",
                    "short_message": "",
                    "text": "<b>Texte</b> publié",
                    "html": "",
                    "tags": "[]",
                    "lines": "[]",
                    "published_at_us": None,
                    "polarity": None,
                    "analyzer": "",
                    "unplaced": "",
                }
            ],
        )
        append(
            connection,
            incident_event,
            [
                {
                    "incident": "a",
                    "entry": n,
                    "part": 0,
                    "at_us": at(minute),
                    "kind": kind,
                    "disruption": d,
                    "rev": 1,
                    "begin_us": at(0),
                    "end_us": None,
                    "last_seen_us": None,
                }
                for n, (minute, kind, d) in enumerate(
                    ((4, "opened", "a"), (6, "opened", "a2"), (30, "closed", "a"), (30, "closed", "a2"))
                )
            ],
        )
    engine.dispose()
    return url


@pytest.fixture
def connection(store_url):
    with Store(store_url).reading() as connection:
        yield connection


def names(found):
    return [each.incident for each in found]


def test_the_list_holds_what_was_told_of_in_the_stretch_on_the_chosen_lines(connection):
    everything = Selection(modes=())
    assert sorted(names(read_incidents(connection, everything))) == ["a", "b", "c"]
    assert names(read_incidents(connection, Selection(lines=("C01742",)))) == ["c"]
    assert sorted(names(read_incidents(connection, Selection(modes=(), span="7j")))) == ["a", "b", "c", "old"]
    assert names(read_incidents(connection, Selection(channels=("works",), modes=()))) == []


@pytest.mark.parametrize(
    ("words", "order", "found"),
    [
        ("", "opened", ["b", "c", "a"]),
        ("", "duration", ["c", "a", "b"]),
        ("", "ids", ["c", "a", "b"]),
        ("", "severity", ["c", "b", "a"]),
        ("", "error", ["a", "b", "c"]),
        ("", "nonsense", ["b", "c", "a"]),
        ("METRO oublie", "opened", ["b", "a"]),
        ("métro malaise", "opened", ["b"]),
        ("rien de tel", "opened", []),
    ],
)
def test_sorted_and_searched(connection, words, order, found):
    assert names(filter_incidents(read_incidents(connection, Selection(modes=())), words, order)) == found


def test_errors_of_first_announced_ends_and_durations(connection):
    by_name = {each.incident: each for each in read_incidents(connection, Selection(modes=()))}
    assert (by_name["a"].minutes(), by_name["a"].error_minutes()) == (30, 10)
    assert (by_name["c"].minutes(), by_name["c"].error_minutes()) == (50, None)


def test_an_incident_whose_end_alone_was_published_has_no_duration(connection):
    known = read_incidents(connection, Selection(modes=()))
    alone = replace(next(each for each in known if each.incident == "b"), opened_us=None, first_end_us=None)
    assert alone.only_ended and (alone.minutes(), alone.error_minutes()) == (None, None)
    assert names(filter_incidents([*known, alone], "", "duration"))[-1] == "b"
    shown = str(incident_row(alone, False, at(60), words_of("fr")))
    assert "seule sa fin a été publiée" in shown and "0 min" not in shown


def test_a_life_by_its_name_or_an_alias(connection):
    life = read_life(connection, "x")
    assert life.incident.incident == "a"
    assert [(step.kind, step.disruption, step.title) for step in life.steps][:2] == [
        ("opened", "a", "T"),
        ("opened", "a2", "T"),
    ]
    assert life.why == {"a": "why a", "a2": "why a2"}
    assert [end.end_us for end in life.ends] == [at(40), at(20), at(50), at(90)]
    assert names(life.siblings) == ["b"]
    assert read_life(connection, "nothing") is None


@pytest.mark.parametrize(("by", "group"), [("line", "C01383"), ("cause", "bagage oublie"), ("hour", "12")])
def test_announced_against_effective_end(connection, by, group):
    found = read_reliability(connection, read_incidents(connection, Selection(modes=())), by)
    # a ended at 30: announced 40, 20, 50; what was announced after its end counts for nothing
    assert [(each.group, each.incidents, each.announcements, each.median) for each in found] == [(group, 1, 3, 10)]
    assert (found[0].p10, found[0].p90) == pytest.approx((-6, 18))


def test_gaps_are_stretches_between_observed_ticks(connection):
    assert read_gaps(connection, Selection()) == ([Gap(at(15), at(25), 2)], 13)
    assert gaps_of([]) == []
    assert gaps_of([Tick(0, 0, True), Tick(1, 5, False)]) == [Gap(0, 5, 1)]
    assert gaps_of([Tick(0, 10, False), Tick(1, 15, True)]) == [Gap(5, 10, 1)]


def test_twins_are_shown_once():
    said = [
        Step(minute, kind, name, "T", text, "", None)
        for minute, kind, name, text in (
            (0, "opened", "a", "x"),
            (2, "opened", "b", "x"),
            (2, "opened", "c", "y"),
            (9, "closed", "a", "x"),
            (9, "closed", "c", "y"),
        )
    ]
    assert [[step.disruption for step in steps] for steps in join_same_steps(said)] == [
        ["a", "b"],
        ["c"],
        ["a", "c"],
    ]


@pytest.mark.parametrize(
    ("error", "said"), [(0.4, "à l'heure dite"), (65, "finie 1 h 05 avant"), (-12, "finie 12 min après")]
)
def test_an_error_in_words(error, said):
    assert error_word(error, words_of("fr")) == said


def test_every_rule_has_a_word_on_the_screen():
    from spark_app.derived.incidents import lineage, rows, rules

    source = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (lineage, rows, rules))
    told = set(re.findall(r'f?"(new|twin|update|closing id|changed cause|same event|told|merged): ', source))
    assert told == {key.removeprefix("incidents.why_") for key in TEXTS if key.startswith("incidents.why_")}


def test_durations():
    assert [duration(each) for each in (None, 0, 59.6, 130, 3 * 1440)] == [
        "",
        "< 1 min",
        "1 h 00",
        "2 h 10",
        "3 j",
    ]


@pytest.mark.browser
def test_the_page_lists_searches_and_shows_a_life(page, serve, store_url):
    url = serve(store_url).url
    page.goto(f"{url}/incidents?modes=all")
    page.wait_for_selector("#incidents-list tbody tr")
    assert page.locator("#incidents-list tbody tr").count() == 3
    expect(page.locator("#incidents-counts")).to_contain_text(
        "11 identifiants de PRIM = 3 incidents publiés = 2 épisodes"
    )
    expect(page.locator("#incidents-gaps")).to_contain_text("2 pas sur 13 sans relevé correct")
    page.locator("[data-choice='order:duration']").click()
    page.wait_for_function("() => document.querySelector('.incidents-name').textContent.startsWith('Ligne A')")
    page.fill("#incidents-search", "bagage")
    page.wait_for_function("() => document.querySelectorAll('#incidents-list tbody tr').length === 2")
    assert "find=bagage" in page.url
    page.get_by_role("button", name="Métro 13 : Bagage oublié").click()
    page.wait_for_selector(".incidents-steps li")
    assert "<b>Texte</b> publié" in page.locator(".incidents-steps").inner_text()  # a text is a text
    assert page.locator(".incidents-steps li").count() == 2
    assert page.locator(".incidents-bar").count() == 2
    assert "incident=a" in page.url
    page.reload()
    page.wait_for_selector(".incidents-steps li")
    assert page.input_value("#incidents-search") == "bagage"
