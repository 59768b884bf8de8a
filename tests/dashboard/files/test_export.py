"""A window snapshot: the store's rows, the same bytes every time, source and licence everywhere."""

import csv
import hashlib
import html
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, text

from dashboard.export import main
from dashboard.files.formats import to_csv, to_parquet
from dashboard.files.snapshot import make_snapshot
from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store
from dashboard.tables.dataset import columns
from dashboard.window.selection import Selection, format_utc
from dashboard.window.view_cache import Views
from prim_client.messages.message import CHANNELS, to_epoch_us
from tests.dashboard.conftest import NOON, ROOT
from tests.made.filled_store import fill_store
from tests.made.network import Plan, Planned, Touched

CLOSED = Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON))
FILES = {
    "hits.csv",
    "hits.geojson",
    "hits.parquet",
    "clusters.csv",
    "clusters.geojson",
    "clusters.parquet",
    "clusters.png",
    "manifest.json",
    "report.html",
}

# Every (disruption, line, stop zone) that is ongoing at a tick of the window, straight from the tables.
ONGOING = """
select distinct r.id, h.line, h.zda from message m join entry e on e.entry = m.entry
join revision r on r.rev = m.rev join revision_hit h on h.rev = m.rev
where m.kind = 'ongoing' and e.event_time_us > :begin and e.event_time_us <= :end {more}
"""


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def stored(store_url: str, more: str = "") -> set[tuple[str, str, str]]:
    bounds = {"begin": to_epoch_us(NOON) - 1_800_000_000, "end": to_epoch_us(NOON)}
    with create_engine(store_url).connect() as connection:
        return {tuple(row) for row in connection.execute(text(ONGOING.format(more=more)), bounds)}


def test_the_rows_are_those_of_the_store(views, store_url):
    rows = rows_of(make_snapshot(views, CLOSED).files["hits.csv"])
    found = [(row["disruption"], row["line"], row["zda"]) for row in rows]
    assert set(found) == stored(store_url)
    assert len(found) == len(set(found)) > 100


def test_a_filtered_export_has_the_rows_of_its_lines(views, store_url):
    selection = replace(CLOSED, lines=("C01742", "C01743"), channels=("incident",))
    rows = rows_of(make_snapshot(views, selection).files["hits.csv"])
    expected = stored(store_url, "and h.line in ('C01742', 'C01743') and r.channel = 'incident'")
    assert {(row["disruption"], row["line"], row["zda"]) for row in rows} == expected
    assert expected


def test_exported_again_by_another_process_every_byte_is_the_same(views, store_url, tmp_path):
    here = make_snapshot(views, CLOSED)
    assert make_snapshot(Views(Store(store_url)), CLOSED).zip() == here.zip()
    moments = {info.date_time for info in zipfile.ZipFile(io.BytesIO(here.zip())).infolist()}
    assert moments == {(1980, 1, 1, 0, 0, 0)}  # no clock in the archive
    command = [
        sys.executable,
        "-m",
        "dashboard.export",
        "--store",
        store_url,
        "--window",
        "2024-04-24T12:00:00Z",
        "--out",
        str(tmp_path),
    ]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    folder = tmp_path / here.name
    assert said.stdout.strip() == str(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == here.files


def test_the_manifest_says_what_the_files_were_made_from(views):
    snapshot = make_snapshot(views, CLOSED)
    manifest = json.loads(snapshot.files["manifest.json"])
    assert set(snapshot.files) == FILES
    assert manifest["window"] == {
        "begin_utc": "2024-04-24T11:30:00Z",
        "end_utc": "2024-04-24T12:00:00Z",
        "closed": True,
        "ticks_expected": 6,
        "ticks_observed": 6,
        "ticks_missed_utc": [],
    }
    assert manifest["log"]["first_entry"] < manifest["log"]["last_entry"]
    assert (manifest["model_generation"], manifest["config_sha256"]) == (1, "0" * 64)
    narrowing = {"severities": [], "causes": [], "zones": [], "text": "", "area_lat_lon": []}
    assert manifest["selection"] == {"channels": list(CHANNELS), "modes": [], "lines": []} | narrowing
    for name, said in manifest["files"].items():
        content = snapshot.files[name]
        assert said["sha256"] == hashlib.sha256(content).hexdigest()
        assert said["bytes"] == len(content)
    assert manifest["files"]["hits.csv"]["rows"] == len(rows_of(snapshot.files["hits.csv"]))


def test_the_totals_of_the_manifest_are_the_sums_of_the_window_table(views, store_url):
    manifest = json.loads(make_snapshot(views, CLOSED).files["manifest.json"])
    query = "select sum(disruptions_e9), sum(hits) from window where line = '*' and end_us = :end"
    with create_engine(store_url).connect() as connection:
        weights, hits = connection.execute(text(query), {"end": to_epoch_us(NOON)}).one()
    assert (manifest["totals"]["disruptions_e9"], manifest["totals"]["hits"]) == (weights, hits)


def test_the_formats_say_the_same(views):
    files = make_snapshot(views, CLOSED).files
    rows = rows_of(files["hits.csv"])
    features = json.loads(files["hits.geojson"])["features"]
    frame = geopandas.read_parquet(io.BytesIO(files["hits.parquet"]))
    assert len(rows) == len(features) == len(frame)
    assert frame.crs.to_epsg() == 4326
    for row, feature, (_, line) in zip(rows, features, frame.iterrows(), strict=True):
        assert row["disruption"] == feature["properties"]["disruption"] == line["disruption"]
        if row["lat"]:
            assert [float(row["lon"]), float(row["lat"])] == feature["geometry"]["coordinates"]
            assert (line.geometry.x, line.geometry.y) == (float(row["lon"]), float(row["lat"]))
        else:
            assert feature["geometry"] is None
            assert pd.isna(line["lat"]) and line.geometry is None


def test_source_licence_and_not_official_are_in_every_file(views):
    files = make_snapshot(views, CLOSED).files
    for row in (*rows_of(files["hits.csv"]), *rows_of(files["clusters.csv"])):
        assert "ODbL" in row["attribution"] and "non officiel" in row["attribution"]
    for name in ("hits.geojson", "clusters.geojson", "manifest.json"):
        said = json.loads(files[name])
        assert "ODbL" in said["attribution"] and said["status"] == "non officiel"
    frame = geopandas.read_parquet(io.BytesIO(files["hits.parquet"]))
    assert frame["attribution"].str.contains("non officiel").all()


@pytest.mark.parametrize(
    ("source", "licence"), [("live", "Licence Mobilité"), ("simulated", "fictives"), ("recorded", "ODbL")]
)
def test_the_licence_is_that_of_the_source(tmp_path, source, licence):
    url = f"sqlite:///{tmp_path}/store.db"
    fill_store(url, Plan(NOON, NOON, [], source=source)).dispose()
    manifest = json.loads(make_snapshot(Views(Store(url)), CLOSED).files["manifest.json"])
    assert licence in manifest["attribution"]
    assert "Licence Ouverte" in manifest["attribution"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\n@"])
def test_a_text_that_a_spreadsheet_would_run_is_disarmed(tmp_path, start):
    url = f"sqlite:///{tmp_path}/store.db"
    evil = Planned(
        "-1",
        "incident",
        "PERTURBEE",
        f"{start}1+1",
        f'{start}HYPERLINK("x")',
        -0.5,
        (Touched("C01742"),),
        NOON.replace(hour=1),
        NOON.replace(hour=23),
    )
    fill_store(url, Plan(NOON, NOON, [evil])).dispose()
    files = make_snapshot(Views(Store(url)), CLOSED).files
    row = rows_of(files["hits.csv"])[0]
    assert row["title"] == f"'{start}1+1"
    assert row["text"].startswith("'")
    assert row["disruption"] == "'-1"
    assert row["polarity"] == "-0.5"  # a number is no formula
    assert json.loads(files["hits.geojson"])["features"][0]["properties"]["title"] == f"{start}1+1"


def test_nothing_is_written_as_nothing():
    assert to_csv([{"a": None, "b": "é"}], columns("a text? nothing\nb text something")) == '"a","b"\n"","é"\n'.encode()


def test_an_empty_window_is_exported_as_empty(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    fill_store(url, Plan(NOON, NOON, [])).dispose()
    files = make_snapshot(Views(Store(url)), CLOSED).files
    assert rows_of(files["hits.csv"]) == []
    assert len(geopandas.read_parquet(io.BytesIO(files["hits.parquet"]))) == 0


def test_moments_are_utc(views):
    rows = rows_of(make_snapshot(views, CLOSED).files["hits.csv"])
    assert all(row["begin_utc"].endswith("Z") for row in rows)


def test_a_window_that_is_not_there_is_one_sentence(store_url, tmp_path):
    command = [
        sys.executable,
        "-m",
        "dashboard.export",
        "--store",
        store_url,
        "--window",
        "2020-01-01T00:00:00Z",
        "--out",
        str(tmp_path),
    ]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode != 0
    assert "2020-01-01T00:00:00Z" in said.stderr and "Traceback" not in said.stderr
    assert list(tmp_path.iterdir()) == []


def test_any_table_is_exported_with_a_manifest_and_the_same_bytes_as_the_api(store_url, tmp_path, capsys):
    assert (
        main(["--store", store_url, "--table", "lines", "--window", "2024-04-24T12:00:00Z", "--out", str(tmp_path)])
        == 0
    )
    folder = Path(capsys.readouterr().out.strip())
    assert {path.name for path in folder.iterdir()} == {
        "lines.csv",
        "lines.parquet",
        "lines.html",
        "lines.png",
        "manifest.json",
    }
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert (manifest["table"], manifest["window"]["ticks_missed_utc"]) == ("lines", [])
    assert manifest["versions"]["analyzer"] == "fixture 1" and "non officiel" in manifest["attribution"]
    for name, file in manifest["files"].items():
        assert file["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    client = make_app(Store(store_url), Options()).server.test_client()
    query = "modes=all&channel=incident,works,information&window=2024-04-24T12:00:00Z"
    assert client.get(f"/api/v1/lines.parquet?{query}").data == (folder / "lines.parquet").read_bytes()


@pytest.mark.parametrize(("setting", "named"), [("colour=red", "colour"), ("by=moon", "moon"), ("by", "NAME=VALUE")])
def test_a_parameter_that_the_table_does_not_have_is_named(store_url, tmp_path, capsys, setting, named):
    assert main(["--store", store_url, "--table", "reliability", "--set", setting, "--out", str(tmp_path)]) == 2
    assert named in capsys.readouterr().err and list(tmp_path.iterdir()) == []


def test_ticks_that_were_missed_are_in_the_manifest(store_url, plan):
    missed = min(plan.unobserved)
    selection = replace(CLOSED, end_us=to_epoch_us(missed))
    manifest = json.loads(make_snapshot(Views(Store(store_url)), selection).files["manifest.json"])
    assert format_utc(to_epoch_us(missed)) in manifest["window"]["ticks_missed_utc"]


def test_parquet_has_the_types_of_the_columns():
    rows = [{"n": 1, "at": "2024-04-24T12:00:00Z", "ids": ["a", "b"], "ok": True, "x": None}]
    described = columns("n integer count\nat moment when\nids texts who\nok boolean whether\nx number? what")
    table = pq.read_table(io.BytesIO(to_parquet(rows, described)))
    assert [str(field.type) for field in table.schema] == [
        "int64",
        "timestamp[us, tz=UTC]",
        "list<element: string>",
        "bool",
        "double",
    ]
    assert table.to_pylist() == [{"n": 1, "at": NOON, "ids": ["a", "b"], "ok": True, "x": None}]
    assert [field.nullable for field in table.schema] == [False, False, False, False, True]


def test_the_page_serves_the_same_bytes(store_url, views):
    client = make_app(Store(store_url), Options()).server.test_client()
    answer = client.get("/export/snapshot.zip?window=2024-04-24T12:00:00Z&modes=all&channel=incident,works,information")
    assert answer.data == make_snapshot(views, CLOSED).zip()
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="pulse_2024-04-24T120000Z')
    assert set(zipfile.ZipFile(io.BytesIO(answer.data)).namelist()) == {
        f"{make_snapshot(views, CLOSED).name}/{n}" for n in FILES
    }
    assert client.get("/export/passwd").status_code == 404
    assert client.get("/export/hits.csv?window=nonsense").status_code == 400


def test_the_report_needs_nothing_else_and_shows_what_the_window_holds(views):
    view = views.find(CLOSED)
    report = make_snapshot(views, CLOSED).files["report.html"].decode()
    assert "http" not in report.split("<body>")[0] and "<script" not in report and "src=" not in report
    assert report.count("<tr>") == 1 + len(view.disruptions)
    for station in view.stations[:5]:
        assert f"<title>{html.escape(station.name)}</title>" in report
    assert "non officiel" in report and "sha256" in report
