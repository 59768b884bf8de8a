"""`./pulse export --day`: one compressed file a day, in a folder or on an S3 server, always the same bytes."""

from __future__ import annotations

import gzip
import io
from datetime import date

import pandas as pd
import pytest

from dashboard.export import main
from dashboard.files.formulas import original
from prim_client.messages.message import from_epoch_us
from prim_client.messages.paris_time import service_day_of
from spark_app.archive.delta import SCHEMA, hits_table
from spark_app.fold.sink import Sink
from spark_app.store.engine import put_meta
from tests.made.enriched import network, table
from tests.spark_app.fold.test_sink import make_sink


@pytest.fixture
def store(tmp_path) -> Sink:
    """A store with sixty hours in it."""
    sink = make_sink(tmp_path / "s.db")
    with sink.engine.begin() as connection:
        put_meta(connection, build="b1")
    sink.write("q", 0, table(network(hours=60)))
    return sink


@pytest.fixture
def export(tmp_path, store, object_store):
    """`export(day, out)` gives the exit code."""
    config = tmp_path / "config.yaml"
    config.write_text(f"archive: {{endpoint: '{object_store.store.endpoint}'}}\n")
    url = f"sqlite:///{tmp_path / 's.db'}"
    return lambda day, out: main(["--config", str(config), "--store", url, "--day", day, "--out", out])


@pytest.fixture
def hits(store) -> pd.DataFrame:
    """Every hit of the store, as the archive has it."""
    with store.engine.connect() as connection:
        return hits_table(connection, 0, 10**6).to_pandas()


def test_the_files_of_all_days_hold_every_hit_once(tmp_path, export, hits):
    days = sorted(set(hits["service_day"]))
    assert len(days) >= 3
    read = []
    for day in days:
        assert export(day, str(tmp_path / "out")) == 0
        text = gzip.decompress((tmp_path / "out" / f"hits-{day}.csv.gz").read_bytes())
        read.append(pd.read_csv(io.BytesIO(text), dtype={"zda": str, "zdc": str}, keep_default_na=False))
        assert set(read[-1]["service_day"]) == {day}
    found = pd.concat(read, ignore_index=True)
    assert list(found.columns) == SCHEMA.names
    for name in ("entry", "part", "hit"):
        assert found[name].tolist() == hits[name].tolist()
    assert [original(title) for title in found["title"]] == hits["title"].tolist()
    assert pd.to_datetime(found["event_time"]).tolist() == hits["event_time"].tolist()


def test_a_day_gives_the_same_bytes_in_a_folder_and_on_the_server_again_and_again(tmp_path, export, hits, object_store):
    day, url = hits["service_day"].iloc[0], object_store.new_url()
    assert export(day, str(tmp_path)) == 0
    wanted = (tmp_path / f"hits-{day}.csv.gz").read_bytes()
    for _ in range(2):
        assert export(day, url) == 0
        with object_store.files().open_input_stream(f"{url.removeprefix('s3://')}/hits-{day}.csv.gz") as stream:
            assert stream.read() == wanted


def test_a_day_without_an_entry_is_one_sentence(export, tmp_path, capsys):
    assert export("1999-01-01", str(tmp_path / "out")) == 2
    assert capsys.readouterr().err == "pulse: --day 1999-01-01: nothing is stored of that service day\n"
    assert not (tmp_path / "out").exists()


def test_a_server_that_is_away_is_one_sentence(export, hits, object_store, capsys):
    object_store.kill()
    try:
        assert export(hits["service_day"].iloc[0], object_store.new_url()) == 3
    finally:
        object_store.start()
    said = capsys.readouterr().err
    assert said.startswith("pulse: ") and said.count("\n") == 1 and "secret" not in said


def test_the_day_begins_at_four_in_paris(hits):
    assert {service_day_of(from_epoch_us(when.value // 1000)) for when in hits["event_time"]} == {
        date.fromisoformat(day) for day in hits["service_day"]
    }
