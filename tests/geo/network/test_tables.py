"""The tables are what SOURCES.md says, small, and built again they are the same bytes."""

import gzip
import json
import re

import pytest

from geo.builders.tables import build
from geo.network.tables import DATA_DIR, read_table, write_table

SOURCES = (DATA_DIR / "SOURCES.md").read_text("utf-8")
# Built tables; what is written by hand is text (.txt) and explains itself.
FILES = sorted(path for path in DATA_DIR.iterdir() if path.suffix not in {".md", ".txt"})
LISTED = {name: int(rows) for name, rows in re.findall(r"^\| `([\w.]+)` \| (\d+) \|", SOURCES, re.MULTILINE)}


def _rows(name: str) -> int:
    if name.endswith(".geojson"):
        return len(json.loads((DATA_DIR / name).read_text("utf-8"))["features"])
    return sum(1 for _ in read_table(name))


def test_every_file_is_listed_with_its_source():
    assert sorted(LISTED) == [path.name for path in FILES]


@pytest.mark.parametrize("name", sorted(LISTED))
def test_the_listed_row_count_is_the_files(name):
    assert _rows(name) == LISTED[name]


def test_every_listed_file_has_a_licence_and_odbl_stands_alone():
    licence = dict(re.findall(r"^\| `([\w.]+)` \|.*\| ([^|]+) \|$", SOURCES, re.MULTILINE))
    assert set(licence) == set(LISTED)
    assert {name for name, text in licence.items() if "ODbL" in text} == {"stops_metro_odbl.csv"}
    assert all("Licence Ouverte" in text for name, text in licence.items() if "odbl" not in name)


def test_the_tables_stay_small():
    sizes = {path.name: path.stat().st_size for path in FILES}
    assert max(sizes.values()) < 1_000_000 and sum(sizes.values()) < 3_000_000, sizes


def test_compressed_tables_carry_no_time_of_building():
    for path in FILES:
        if path.suffix == ".gz":
            assert path.read_bytes()[4:8] == b"\0\0\0\0", path.name


def test_no_identifier_comes_twice():
    columns = {"line_stations.csv": 2, "line_edges.csv": 3}
    for name in LISTED.keys() - {path.name for path in FILES if path.suffix == ".geojson"}:
        keys = [tuple(row[: columns.get(name, 1)]) for row in read_table(name)]
        assert len(set(keys)) == len(keys), name


def test_identifiers_that_point_to_a_zone_find_it():
    zones = {row[0] for row in read_table("zones.csv.gz")}
    for name, column in (
        ("stops_rail.csv", 1),
        ("stops_metro_odbl.csv", 1),
        ("line_stations.csv", 1),
        ("line_edges.csv", 1),
        ("line_edges.csv", 2),
    ):
        assert {row[column] for row in read_table(name)} <= zones, name


def test_a_table_is_written_the_same_way_twice_and_read_back(tmp_path):
    rows = [["1", 'a "quoted", name'], ["2", "Église"]]
    for name in ("one.csv.gz", "two.csv.gz", "three.csv"):
        assert write_table(tmp_path / name, ["id", "name"], rows) == 2
        assert list(read_table(name, tmp_path)) == rows
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()
    assert (tmp_path / "three.csv").read_bytes() == 'id,name\n1,"a ""quoted"", name"\n2,Église\n'.encode()


def test_a_missing_table_says_how_to_build_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.csv.*geo.builders.tables"):
        read_table("nothing.csv", tmp_path)


@pytest.mark.recording
def test_built_again_from_the_sources_every_file_is_the_same(shared_data, tmp_path):
    build(shared_data / "reference", tmp_path)
    for path in FILES:
        if path.name == "rivers.geojson":
            continue  # of a source that is not among the recordings
        # The compressed bytes depend on the zlib at hand; what they hold must not.
        fresh, kept = (tmp_path / path.name).read_bytes(), path.read_bytes()
        if path.suffix == ".gz":
            fresh, kept = gzip.decompress(fresh), gzip.decompress(kept)
        assert fresh == kept, path.name
