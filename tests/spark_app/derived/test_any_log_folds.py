"""Any small log, with silences between its polls, prunings and restarts:
no derived fold raises, sets aside, or miscounts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from prim_client.messages.message import to_epoch_us
from spark_app.derived.fold_books import read_folds, wrong_books
from spark_app.derived.incidents import evidence
from spark_app.store.engine import sqlite_url
from spark_app.store.tables import fold_dead_letter, incident
from tests.made.stored_polls import StoredPolls, disruption

START = datetime(2026, 3, 27, 22, 3, tzinfo=UTC)  # the clocks go forward a day later
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LINES = ("C01376", "C01379", "C01742", "C00000")  # the last one is in no table
TITLES = ("Métro 6 : Bagage oublié - Trafic interrompu", "Ligne A : perturbé", "", "Travaux")
TEXTS = (
    "Le trafic est interrompu entre Nation et Bercy.",
    "Motif : panne d'un train à Auber.",
    "",
    "Reprise estimée à 25h99. \x85 Ça va",
    "Le trafic est interrompu sur l'ensemble de la ligne.",
)
GAPS = st.one_of(
    st.sampled_from([2 * MINUTE, 6 * MINUTE, 12 * MINUTE, HOUR, 25 * HOUR, 15 * DAY, 400 * DAY]),
    st.integers(1, 40 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)
PUBLISHED = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", "c", "d", "é" * 60]),
        "line": st.sampled_from(LINES),
        "title": st.sampled_from(TITLES),
        "text": st.sampled_from(TEXTS),
        "begin": st.integers(-3 * 1_440, 3 * 1_440),
        "minutes": st.sampled_from([1, 46, 120, 3_000, 600_000]),
        "cause": st.sampled_from(["PERTURBATION", "TRAVAUX", "INFORMATION"]),
        "severity": st.sampled_from(["BLOQUANTE", "PERTURBEE", "INFORMATION", ""]),
    }
)
STEPS = st.lists(
    st.tuples(
        GAPS,
        st.lists(PUBLISHED, max_size=5, unique_by=lambda each: each["id"]),
        st.sampled_from(["", "", "", "restart", "prune", "fold", "told"]),
    ),
    min_size=2,
    max_size=7,
)


def published(at, drawn):
    """A drawn disruption; its period is near the poll."""
    begin = at + drawn["begin"] * MINUTE
    return disruption(
        drawn["id"],
        drawn["line"],
        drawn["title"],
        drawn["text"],
        begin,
        begin + drawn["minutes"] * MINUTE,
        cause=drawn["cause"],
        severity=drawn["severity"],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture
def take_in(thorough):
    """Take in any small log: eight of them, at night a hundred."""
    return settings(
        max_examples=100 if thorough else 8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )(given(steps=STEPS)(every_fold_takes_in_every_entry))


def test_every_fold_takes_in_every_entry(folder, take_in):
    take_in(folder)


def every_fold_takes_in_every_entry(folder, steps):
    for old in folder.iterdir():
        old.unlink()
    store, at = StoredPolls(sqlite_url(folder / "store.db")), START
    for gap, drawn, then in steps:
        at += gap
        store.poll(at, *(published(at, each) for each in drawn), published(at, KEPT))
        if then:
            store.runner.catch_up()
        if then == "restart":
            store.restart()
        if then == "told":  # Navitia says which of these IDFM holds as one incident
            with store.engine.begin() as connection:
                evidence.note(
                    connection, {each["id"]: f"of {index % 2}" for index, each in enumerate(drawn)}, to_epoch_us(at)
                )
        if then == "prune":
            store.prune(at, timedelta(hours=6))
    store.runner.catch_up()
    with store.engine.connect() as connection:
        folds = read_folds(connection)
        assert connection.execute(select(fold_dead_letter)).all() == []
        assert wrong_books(folds) == [] and not any(fold.behind for fold in folds)
        for row in connection.execute(select(incident)):
            assert (row.phase == "over") >= (row.ended_us is not None)
            assert row.opened_us is None or row.ended_us is None or row.opened_us <= row.ended_us
    store.engine.dispose()


# an answer without any disruption is an empty one, and rejected
KEPT = {
    "id": "kept",
    "line": "C01742",
    "title": "Ligne A : travaux",
    "text": "La nuit.",
    "begin": -1_440,
    "minutes": 9_000,
    "cause": "TRAVAUX",
    "severity": "PERTURBEE",
}
