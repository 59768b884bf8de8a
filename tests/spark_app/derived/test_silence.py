"""Nobody looks for a day, a week, a year: what ended meanwhile is closed in every derived fold, with its own end."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from prim_client.inputs.file.file_input import FileInput
from prim_client.messages.message import to_epoch_us
from prim_client.messages.polls import Snapshot
from spark_app.commands.derive import make_folds
from spark_app.derived.fold_books import read_folds
from spark_app.derived.incidents.fold import VERSION
from spark_app.derived.runner import Runner
from spark_app.store.engine import open_store, sqlite_url
from spark_app.store.retention import prune
from spark_app.store.tables import (
    alert,
    cluster_life,
    derived,
    entry,
    fold_book,
    fold_dead_letter,
    incident,
    incident_event,
    message,
    revision,
    revision_hit,
    revision_search,
    trend_sighting,
)
from tests.made.stored_polls import SETTINGS, StoredPolls, disruption

START = datetime(2026, 10, 5, 10, 17, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GAPS = {"25 h": timedelta(hours=25), "8 days": 8 * DAY, "400 days": 400 * DAY}
BAGGAGE = ("Métro 6 : Bagage oublié - Trafic interrompu", "Le trafic est interrompu sur l'ensemble de la ligne.")
ENDS = disruption("ends", "C01376", *BAGGAGE, START - HOUR, START + HOUR)  # alone, and after its period
VANISHES = disruption(
    "vanishes",
    "C01379",
    "Métro 9 : Malaise voyageur - Trafic perturbé",
    "Le trafic est perturbé entre Nation et Voltaire.",
    START - HOUR,
    START + 500 * DAY,
)
PASSES = disruption(
    "passes",
    "C01384",
    "Métro 14 : Colis suspect - Trafic interrompu",
    "Le trafic est interrompu à Bercy.",
    START + HOUR,
    START + 2 * HOUR,
)
WORKS = disruption(
    "works",
    "C01372",
    "Métro 2 : Travaux - Trafic interrompu",
    "Le trafic est interrompu entre Nation et Avron.",
    START - 9 * DAY,
    START + 1_800 * DAY,
    cause="TRAVAUX",
)


def same_words(at):
    """What begins after the silence and says what `ENDS` said before it: another incident."""
    return disruption("again", "C01376", *BAGGAGE, at - 4 * MINUTE, at + HOUR)


def silence(url, gap, pruned):
    """Polls for half an hour, `gap` without any, polls for half an hour; returns the store and the first poll after."""
    store = StoredPolls(url)
    for step in range(16):
        store.poll(START + 2 * step * MINUTE, ENDS, VANISHES, PASSES, WORKS)
    store.runner.catch_up()
    after = START + 30 * MINUTE + gap
    if pruned:
        store.wait(START + min(gap, 5 * DAY) - 10 * MINUTE)
        store.runner.catch_up()
        store.prune(START + min(gap, 5 * DAY), HOUR)
    for step in range(24):
        at = after + 2 * step * MINUTE
        store.poll(at, WORKS, same_words(after))
        if step % 5 == 0:
            store.runner.catch_up()
    store.runner.catch_up()
    return store, after


@pytest.fixture(
    scope="module",
    params=[(gap, pruned) for gap in GAPS for pruned in (False, True)],
    ids=lambda p: f"{p[0]}{' pruned' * p[1]}",
)
def found(request, tmp_path_factory):
    gap, pruned = request.param
    store, after = silence(sqlite_url(tmp_path_factory.mktemp("silence") / "store.db"), GAPS[gap], pruned)
    with store.engine.connect() as connection:
        yield connection, after


def of(connection, table, **key):
    (row,) = connection.execute(select(table).filter_by(**key)).all()
    return row


def test_every_fold_is_at_the_end(found):
    connection, _ = found
    end = connection.execute(select(func.max(entry.c.entry))).scalar() + 1
    at = dict(connection.execute(select(derived.c.name, derived.c.next_entry)).all())
    assert set(at) == {"incidents", "alerts", "clusters", "texts", "trends"}
    assert set(at.values()) == {end}


def test_what_ended_by_its_period_ended_then(found):
    connection, after = found
    row = of(connection, incident, incident="ends")
    assert (row.phase, row.ended_by, row.ended_us) == ("over", "period over", to_epoch_us(START + HOUR))
    assert (row.opened_us, row.disruptions) == (to_epoch_us(START - HOUR), 1)
    closing = of(connection, incident_event, incident="ends", kind="closed")
    assert closing.at_us == row.seen_us == to_epoch_us(after)
    assert closing.last_seen_us == to_epoch_us(START + 30 * MINUTE)


def test_what_is_no_longer_published_ended_when_it_was_last_seen(found):
    connection, after = found
    row = of(connection, incident, incident="vanishes")
    assert (row.phase, row.ended_by, row.ended_us) == ("over", "vanished", to_epoch_us(START + 30 * MINUTE))
    closing = of(connection, incident_event, incident="vanishes", kind="closed")
    assert closing.at_us == to_epoch_us(after + 10 * MINUTE)


def test_what_passed_unseen_was_and_is_over(found):
    connection, _ = found
    row = of(connection, incident, incident="passes")
    assert (row.phase, row.ended_us) == ("over", to_epoch_us(START + 2 * HOUR))


def test_what_goes_on_goes_on(found):
    connection, _ = found
    row = of(connection, incident, incident="works")
    assert (row.phase, row.ended_us, row.opened_us) == ("active", None, to_epoch_us(START - 9 * DAY))


def test_the_same_words_after_the_silence_are_another_incident(found):
    connection, after = found
    row = of(connection, incident, incident="again")
    assert (row.phase, row.episode, row.disruptions) == ("active", "again", 1)
    assert row.opened_us == to_epoch_us(after - 4 * MINUTE)


def test_the_alert_of_before_is_over_and_the_one_of_now_is_open(found):
    connection, _after = found
    rows = connection.execute(select(alert).where(alert.c.line == "C01376").order_by(alert.c.raised_us)).all()
    assert [row.cleared_us is None for row in rows][-1]
    assert all(row.cleared_us is None or row.cleared_us > row.raised_us for row in rows)


def test_the_cluster_of_what_closed_died_after_the_silence(found):
    connection, after = found
    rows = connection.execute(select(cluster_life).where(cluster_life.c.channel == "incident")).all()
    living = [row for row in rows if row.died_us is None]
    assert all(row.died_us > to_epoch_us(after) for row in rows if row.died_us is not None)
    works = connection.execute(select(cluster_life).where(cluster_life.c.channel == "works")).all()
    assert [(row.life, row.died_us) for row in works if row.died_us is None] == [(0, None)]
    (rev,) = connection.execute(select(revision.c.rev).where(revision.c.id == "again")).scalars()
    hits = connection.execute(select(func.count()).select_from(revision_hit).where(revision_hit.c.rev == rev)).scalar()
    assert sum(row.hits for row in living) == hits  # what lives holds nothing of what closed


def test_trends_names_and_search_go_on(found):
    connection, after = found
    opened = connection.execute(select(trend_sighting.c.disruption, trend_sighting.c.opened_us)).all()
    assert ("again", to_epoch_us(after)) in [tuple(row) for row in opened]
    words = set(connection.execute(select(revision_search.c.rev)).scalars())
    assert words >= set(connection.execute(select(message.c.rev)).scalars()) - {None}
    assert set(connection.execute(select(revision.c.id)).scalars()) >= {"works", "again"}


def test_a_fold_that_begins_anew_behind_the_begin_of_a_disruption_closes_it(tmp_path):
    """Retention dropped the message with which it opened: all that the store has of it is that it goes on and ends."""
    store = StoredPolls(sqlite_url(tmp_path / "store.db"))
    lasting = ENDS | {"applicationPeriods": WORKS["applicationPeriods"]}
    for step in range(60):
        store.poll(START + 2 * step * MINUTE, lasting, WORKS)
    prune(store.engine, HOUR)
    for step in range(60, 70):
        store.poll(START + 2 * step * MINUTE, WORKS)
    with store.engine.connect() as connection:
        assert connection.execute(select(func.min(entry.c.entry))).scalar() > 0
    store.runner.catch_up()
    with store.engine.connect() as connection:
        closed, works = of(connection, incident, incident="ends"), of(connection, incident, incident="works")
        assert (closed.phase, closed.ended_by, closed.ended_us) == (
            "over",
            "vanished",
            to_epoch_us(START + 118 * MINUTE),
        )
        assert (closed.initial, closed.opened_us, closed.disruptions) == (True, to_epoch_us(START - 9 * DAY), 1)
        assert (works.phase, works.initial, works.opened_us) == ("active", True, to_epoch_us(START - 9 * DAY))
        assert of(connection, incident_event, incident="ends").kind == "closed"


def test_a_tick_that_wakes_what_was_forgotten_takes_in_all_that_goes_on(tmp_path):
    """Two weeks without a look: the works of before are forgotten while what opened in the same tick is decided."""
    store = StoredPolls(sqlite_url(tmp_path / "store.db"))
    store.poll(START, WORKS)
    store.poll(START + 4 * MINUTE, WORKS)
    store.runner.catch_up()
    after = START + 15 * DAY
    soon = disruption("soon", "C01376", *BAGGAGE, after + 2 * MINUTE, after + HOUR)
    store.poll(after, WORKS, soon)
    store.poll(after + MINUTE, WORKS, soon)
    store.wait(after + 4 * MINUTE)  # the tick at which `soon` opens by the clock, and `works` goes on
    store.runner.catch_up()
    with store.engine.connect() as connection:
        assert {row.incident: row.phase for row in connection.execute(select(incident))} == {
            "works": "active",
            "soon": "active",
        }


def test_messages_of_a_file_with_a_silence_reach_every_fold(tmp_path):
    rows = tmp_path / "silence.csv"
    rows.write_text(
        "id,event_time,text,line,mode\na-1,2026-10-05 18:05,Trafic interrompu entre Nation et Bercy,6,metro\n"
        "a-2,2026-10-07 06:00,Trafic interrompu entre Auber et Nation,A,rer\n",
        encoding="utf-8",
    )
    store = StoredPolls(sqlite_url(tmp_path / "store.db"), source="file")
    for snapshot in FileInput(str(rows), columns={}, tick_s=300).polls():
        store.write(store.differ.feed(snapshot).entries if isinstance(snapshot, Snapshot) else ())
    store.runner.catch_up()
    with store.engine.connect() as connection:
        assert {row.incident: (row.phase, row.ended_by) for row in connection.execute(select(incident))} == {
            "a-1": ("over", "period over"),
            "a-2": ("over", "period over"),
        }


@pytest.mark.parametrize("version", ["9", VERSION], ids=["of the rule before", "of this rule"])
def test_a_store_that_an_older_program_left_stuck_goes_on(tmp_path, version):
    """Its states are of before the entry at which the folds ended at every start; it has no counters."""
    store = StoredPolls(sqlite_url(tmp_path / "store.db"))
    for step in range(16):
        store.poll(START + 2 * step * MINUTE, ENDS, WORKS)
    store.runner.catch_up()
    after = START + 25 * HOUR
    for step in range(4):
        store.poll(after + 2 * step * MINUTE, WORKS, same_words(after))
    with store.engine.begin() as connection:
        connection.execute(derived.update().where(derived.c.name == "incidents").values(version=version))
        for table in (fold_book, fold_dead_letter):
            table.drop(connection)
    engine = open_store(str(store.engine.url))  # makes the tables that it lacks
    Runner(engine, make_folds(SETTINGS)).catch_up()
    with engine.connect() as connection:
        row = of(connection, incident, incident="ends")
        assert (row.phase, row.ended_us, row.opened_us) == (
            "over",
            to_epoch_us(START + HOUR),
            to_epoch_us(START - HOUR),
        )
        assert all(
            (fold.behind, fold.set_aside, fold.taken_in) == (0, 0, store.written) for fold in read_folds(connection)
        )
    engine.dispose()
