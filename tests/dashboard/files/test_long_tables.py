"""Files for people: a name beside every id, one value a cell, and a long table for each list; nothing is lost."""

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from dashboard.files.table_files import formats_of
from dashboard.tables.catalogue import all_datasets
from dashboard.ui.addresses import link
from geo.network.lines import Lines
from tests.dashboard.server.test_api import CHOICE, asked, get, told  # noqa: F401 - fixtures

NAME_OF = {  # columns of ids -> the column beside them that names what they stand for
    "line": ("line_name", "name"),
    "disruption": ("title", "said", "disruption_name"),
    "incident": ("title",),
    "id": ("title", "name"),
    "cluster": ("cluster_name", "name"),
    "zda": ("station",),
    "zdc": ("station",),
    "life": ("name",),
    "other": ("other_name",),
    "part": ("name",),
    "group": ("name",),
    "cause": ("cause_name", "title"),
    "tag": ("tag_name",),
    "value": ("name",),
    "episode": ("title",),
}
LONG = {f"{each.name}-{listed.english}": (each, listed) for each in all_datasets().values() for listed in each.lists}


@pytest.mark.parametrize("name", all_datasets())
def test_every_column_of_ids_has_a_name_beside_it(name):
    columns = {column.name for column in all_datasets()[name].columns}
    for ids in columns & NAME_OF.keys():
        if (name, ids) != ("dead-letters", "part"):  # a place in an entry
            assert columns & set(NAME_OF[ids]), f"{name}.{ids}"


@pytest.mark.parametrize("name", all_datasets())
def test_every_list_column_is_a_table_and_a_list_in_parquet_and_in_no_cell_for_people(get, name):  # noqa: F811
    dataset = all_datasets()[name]
    lists = {column.name for column in dataset.columns if column.kind in ("texts", "numbers")}
    assert lists == {listed.column for listed in dataset.lists}
    question = asked(name, get)
    header = next(csv.reader(io.StringIO(get(f"{name}.csv?{question}").data.decode(), newline="")))
    assert not lists & set(header) and {column.name for column in dataset.columns} - lists <= set(header)
    heads = get(f"{name}.html?{question}").data.decode().split("<thead>")[1].split("</thead>")[0]
    assert all(f">{column}</th>" not in heads for column in lists)
    schema = pq.read_table(io.BytesIO(get(f"{name}.parquet?{question}").data)).schema
    assert all(str(schema.field(column).type).startswith("list<") for column in lists)
    assert "parquet" in formats_of(dataset)


@pytest.mark.parametrize("name", LONG)
def test_a_long_table_holds_each_value_of_its_list_once_with_its_owner(get, name):  # noqa: F811
    wide, listed = LONG[name]
    question = asked(wide.name, get)
    rows, long_rows = told(get(f"{wide.name}?{question}"))["rows"], told(get(f"{name}?{question}"))["rows"]
    expected = [(*(row[key] for key in listed.keys), n, v) for row in rows for n, v in enumerate(row[listed.column], 1)]
    assert [(*(row[key] for key in listed.keys), row["position"], row[listed.value]) for row in long_rows] == expected
    in_file = list(csv.DictReader(io.StringIO(get(f"{name}.csv?{question}").data.decode(), newline="")))
    assert len(in_file) == len(expected)
    if name in ("disruptions-lines", "clusters-disruptions", "lines-hours", "incidents-lines", "disruptions-causes"):
        assert long_rows
    for row in long_rows:
        if listed.named_by == "line":
            assert row["line_name"] == Lines.load().get(row["line"]).label
        if listed.named_by == "disruption":
            assert row["disruption_name"] and row["disruption_name"] != row["disruption"]


def test_hits_and_parts_of_the_timeline_have_names(get):  # noqa: F811
    hits = told(get(f"hits?{CHOICE}"))["rows"]
    names = {row["cluster"]: row["name"] for row in told(get(f"clusters?{CHOICE}"))["rows"]}
    assert any(row["cluster_name"] for row in hits)
    assert all(row["cluster_name"] == names.get(row["cluster"], "") for row in hits)
    parts = told(get(f"timeline-parts?{CHOICE}"))["rows"]
    assert sum(row["name"] != row["part"] for row in parts) > len(parts) / 2
    by_line = told(get(f"timeline-parts?{CHOICE}&stack=line"))["rows"]
    assert all(
        row["name"] == (Lines.load().get(row["part"]).label if row["part"] else "all other lines") for row in by_line
    )


def test_groups_of_reliability_are_named(get):  # noqa: F811
    for by in ("line", "cause", "hour"):
        rows = told(get(link("api", "v1", "reliability", by=by, span="30j", modes="all").removeprefix("/api/v1/")))[
            "rows"
        ]
        assert all(row["name"] for row in rows if row["group"])


def test_the_manifest_names_the_long_tables(get):  # noqa: F811
    import zipfile

    with zipfile.ZipFile(io.BytesIO(get(f"disruptions.zip?{CHOICE}").data)) as archive:
        manifest = json.loads(next(archive.read(name) for name in archive.namelist() if name.endswith("manifest.json")))
    assert manifest["long_tables"] == ["disruptions-lines", "disruptions-causes"]
