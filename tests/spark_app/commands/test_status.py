"""`./pulse status`: what became of the polls, and whether the books balance."""

import json

import pytest
from sqlalchemy import update

from spark_app.commands import status
from spark_app.commands.report import imbalances
from spark_app.store.tables import status as status_table
from tests.dashboard.conftest import NOON
from tests.made.filled_store import fill_store
from tests.made.network import believable_plan

COUNTED = {"rejected": {"failed": 1, "empty": 2, "other": 0}, "schedule": {"expected": 80, "missed": 4, "late": 3}}


@pytest.fixture
def engine(tmp_path):
    engine = fill_store(f"sqlite:///{tmp_path}/store.db", believable_plan(NOON, hours=1))
    yield engine
    engine.dispose()


def said(engine, **changed):
    """The log's last word, with some of it changed, put into the store."""
    word = status.read_status(engine)["log"] | changed
    with engine.begin() as connection:
        connection.execute(update(status_table).where(status_table.c.part == "log").values(value=json.dumps(word)))
    return status.read_status(engine)


def shown(word):
    return status.as_text(word | {"balanced": True, "wrong": []}, "a store")


def test_what_became_of_the_polls_is_said_where_the_log_has_counted(engine):
    polls = said(engine)["log"]["polls"] | {"received": 76, "rejected": 3}
    text = shown(said(engine, polls=polls, **COUNTED))
    assert "3 rejected = 1 without an answer + 2 empty + 0 unusable" in text
    assert "80 expected = 76 received + 4 missed; 3 late" in text


def test_a_recording_has_no_schedule_and_an_older_log_no_reasons(engine):
    assert "expected = 76" not in shown(said(engine, schedule=None))
    word = said(engine, schedule=None, rejected=None)
    assert "without an answer" not in shown(word) and imbalances(engine, word["log"]) == []


def test_polls_that_do_not_add_up_are_named(engine):
    polls = said(engine)["log"]["polls"]
    assert imbalances(engine, said(engine)["log"]) == []
    word = said(engine, schedule={"expected": polls["received"] + 5, "missed": 4, "late": 0})
    assert imbalances(engine, word["log"]) == [
        f"polls expected = received + missed: {polls['received'] + 5} is not {polls['received'] + 4}"
    ]
    word = said(engine, schedule=None, rejected={"failed": 1, "empty": 1, "other": 0})
    assert imbalances(engine, word["log"]) == [f"polls rejected = failed + empty + other: {polls['rejected']} is not 2"]
