"""The table of the model: centres, what they hold, and which tick, settings and generation they are of."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select, update

from dashboard.pages.cluster_lives.model import read_model
from dashboard.store.reader import Store
from dashboard.tables.catalogue import all_datasets
from dashboard.window.selection import Selection, format_utc
from dashboard.window.view_cache import Views
from geo.network.projection import to_km
from prim_client.messages.message import CHANNELS
from spark_app.commands.derive import make_folds
from spark_app.derived.runner import Runner
from spark_app.fold.sink import Sink
from spark_app.query.query import claim_generation
from spark_app.store.engine import open_store, put_meta, sqlite_url
from spark_app.store.tables import LABELS, NO_LABEL, cluster_label, entry, message, model, revision
from tests.made.enriched import TICK_US, network, table
from tests.made.stored_polls import SETTINGS as CONFIGURED
from tests.spark_app.fold.test_sink import CENTRES, SETTINGS

QUESTION = {"channel": ",".join(CHANNELS), "modes": "all"}
CHOICE = Selection(channels=CHANNELS)


@pytest.fixture
def url(tmp_path):
    """A store of a few hours, with the lives of its clusters."""
    url = sqlite_url(tmp_path / "store.db")
    engine = open_store(url)
    plan: Any = SimpleNamespace(fold=SETTINGS, centres=CENTRES, analyzer="transport", config_sha256="")
    generation = claim_generation(engine, plan)
    Sink(engine, SETTINGS, generation, CENTRES, "test-1").write("q", 0, table(network(hours=3)))
    Runner(engine, make_folds(CONFIGURED)).catch_up()
    engine.dispose()
    return url


@pytest.fixture
def engine(url):
    engine = open_store(url)
    yield engine
    engine.dispose()


def answer(url, **question):
    return all_datasets()["model"].answer(Views(Store(url)), QUESTION | question)


def stored_rows(engine, tick_us=None):
    """The rows of the model at a tick, by channel and index; at the last one by default."""
    with engine.connect() as connection:
        rows = connection.execute(select(model)).mappings().all()
    last = tick_us or max(row["tick_us"] for row in rows)
    return {(row["channel"], row["cluster"]): row for row in rows if row["tick_us"] == last}


def test_every_centre_of_the_last_tick_is_a_row_at_its_place_with_its_polarity_and_weight(url, engine):
    found, held = answer(url).rows, stored_rows(engine)
    assert {(row["channel"], row["index"]) for row in found} == set(held) and len(found) > 9
    for row in found:
        own = held[row["channel"], row["index"]]
        x_km, y_km = to_km(row["lat"], row["lon"])
        assert (float(x_km), float(y_km)) == pytest.approx((own["x_km"], own["y_km"]), abs=2e-4)
        assert row["polarity"] == pytest.approx(own["z_km"] / SETTINGS.polarity_km, abs=1e-6)
        assert row["weight"] == pytest.approx(own["weight"], abs=1e-6)
        assert (row["generation"], row["learned_utc"]) == (1, format_utc(own["tick_us"]))
        assert row["half_life_min"] == pytest.approx(60)


def test_a_centre_that_holds_disruptions_names_its_cluster_and_an_empty_one_none(url, engine):
    last_us = max(row["tick_us"] for row in stored_rows(engine).values())
    with engine.connect() as connection:
        at_tick = select(revision.c.channel, message.c.labels).join(revision, revision.c.rev == message.c.rev)
        at_tick = at_tick.join(entry, entry.c.entry == message.c.entry).where(
            entry.c.event_time_us == last_us, message.c.kind == "ongoing"
        )
        labels = [(channel, text.replace(NO_LABEL, "")[:1]) for channel, text in connection.execute(at_tick)]
    expected = {}
    for channel, label in labels:
        if label:
            key = channel, LABELS.index(label)
            expected[key] = expected.get(key, 0) + 1
    found = answer(url).rows
    assert {(r["channel"], r["index"]): r["disruptions"] for r in found if r["alive"]} == expected
    assert {row["alive"] for row in found} == {True, False}
    for row in found:
        assert row["cluster"].startswith(f"{row['channel']}:") == bool(row["letter"]) == row["alive"]
        assert row["alive"] or (row["cluster"], row["disruptions"]) == ("", 0)


def test_a_centre_whose_cluster_has_no_life_yet_says_new(url, engine):
    with engine.begin() as connection:
        connection.execute(delete(cluster_label))
    alive = [row for row in answer(url).rows if row["alive"]]
    assert {row["cluster"] for row in alive} == {f"{row['channel']}:new-{row['index']}" for row in alive}


def test_a_window_of_the_past_has_the_model_as_it_was_then(url, engine):
    with engine.connect() as connection:
        ticks = sorted(set(connection.execute(select(model.c.tick_us)).scalars()))
    then_us = ticks[len(ticks) // 2]
    found = answer(url, window=format_utc(then_us)).rows
    held = stored_rows(engine, then_us)
    assert {(row["channel"], row["index"]): row["weight"] for row in found} == pytest.approx(
        {key: row["weight"] for key, row in held.items()}, abs=1e-6
    )
    with Store(url).reading() as connection:
        assert read_model(connection, Selection(channels=CHANNELS, end_us=ticks[0] - TICK_US)).centres == ()


def test_only_the_chosen_channels_are_listed(url):
    assert {row["channel"] for row in answer(url, channel="works").rows} == {"works"}


def test_a_former_generation_keeps_its_centres_but_what_only_its_settings_said_is_not_known(url, engine):
    with engine.begin() as connection:
        put_meta(connection, generation="2")
    found = answer(url).rows
    assert {(r["generation"], r["half_life_min"], r["polarity"]) for r in found} == {(1, None, None)}
    assert all(np.isfinite(row["lat"]) for row in found)


def test_without_polarity_in_the_space_of_the_model_a_centre_has_none(url, engine):
    with engine.begin() as connection:
        put_meta(connection, polarity_km="0.0")
    assert {row["polarity"] for row in answer(url).rows} == {None}


def test_before_the_first_tick_there_is_no_model(url, engine):
    with engine.begin() as connection:
        connection.execute(update(model).values(tick_us=model.c.tick_us + 10**15))
    assert answer(url).rows == []
