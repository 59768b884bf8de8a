"""Build every table of `geo/data` from the open data: `python -m geo.builders.tables SOURCE_DIR`.

The same sources give the same bytes: rows are sorted, digits are fixed, nothing carries the
date of the build. Sources, licences and what is changed: `geo/data/SOURCES.md`.
"""

import argparse
import csv
import gzip
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from geo.builders.shapes import build_shapes
from geo.builders.topology import edge_rows
from geo.network.distance import distance_m
from geo.network.names import normalise, visible
from geo.network.projection import to_degrees
from geo.network.tables import DATA_DIR, write_table

Row = dict[str, str]

ZONES_2026 = "zda_coords_202602.csv.gz"
ZONES_2024 = "zones-d-arrets_20241205.csv.gz"
ZONE_TO_INTERCHANGE = "zda_to_zdc_202602.csv"
INTERCHANGES = "zones-de-correspondance_202411.csv.gz"
RAIL_STOPS = "arrets_rail_20241205.csv"
METRO_STOPS = "arrets-lignes_metro_2026.json"
LINES = "referentiel-des-lignes_202605.csv"
LINE_STATIONS = "emplacement-des-gares-idf_202605.csv"

MODE_OF_ZONE_TYPE = {
    "onstreetBus": "bus",
    "railStation": "rail",
    "metroStation": "metro",
    "onstreetTram": "tram",
    "cableway": "cable",
}
# Stations that a line served when the recordings were made and that another line has taken over
# since: messages of that time name them. RER C to line V, line P to tram T14.
FORMER_STATIONS = {
    "C01727": ("43083", "43091", "43136", "43215", "57674"),
    "C01730": ("47325", "47327", "47894", "58581"),
}
# A platform of the metro lies this close to the middle of its stop zone, or it is not its own.
METRO_STOP_REACH_M = 300.0


def read_source(folder: Path, name: str) -> Iterator[Row]:
    """The rows of a source table (CSV, `;` or `,`, maybe compressed) as dictionaries."""
    raw = (folder / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8-sig")
    header = text[: text.index("\n")]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",")
    return ({column: visible(value) for column, value in row.items()} for row in rows)


def degrees(value: float) -> str:
    """A coordinate with the five decimals (1.1 m) that the tables keep."""
    return f"{value:.5f}"


def degrees_of_metres(x_m: str, y_m: str) -> tuple[float, float]:
    """Latitude and longitude of a source point in metres on Lambert-93."""
    lat, lon = to_degrees([float(x_m) / 1e3], [float(y_m) / 1e3])
    return float(lat[0]), float(lon[0])


def zone_rows(source: Path) -> list[list[str]]:
    """Stop zones of 2026, then those that only 2024 knows; other names and interchanges beside."""
    former = {row["ZdAId"]: row for row in read_source(source, ZONES_2024)}
    zdc_of = {row["ZdAId"]: row["ZdCId"] for row in read_source(source, ZONE_TO_INTERCHANGE)}
    served: dict[str, list[Row]] = defaultdict(list)
    for row in read_source(source, LINE_STATIONS):
        served[row["id_ref_ZdA"]].append(row)
    rows = []
    for row in read_source(source, ZONES_2026):
        zda = row["zda_id"]
        old = former.pop(zda, None)
        zdcs = [station["id_ref_ZdC"] for station in served[zda]]
        zdcs += [zdc_of[zda]] if zda in zdc_of else []
        zdcs += [old["ZdCId"]] if old else []
        names = [_station_name(served[zda]), row["name"], old["ZdAName"] if old else ""]
        rows.append(_zone_row(row, names, zdcs))
    rows.extend(_former_zone_row(row) for row in former.values())
    return sorted(rows, key=lambda row: int(row[0]))


def _station_name(served: list[Row]) -> str:
    """The name riders read on most of the lines there: the zone's own is often "Gare de …"."""
    names = Counter(row["nom_long"] for row in served)
    return min(names, key=lambda name: (-names[name], name), default="")


def _zone_row(row: Row, names: list[str], zdcs: list[str]) -> list[str]:
    """One zone; `names` and `zdcs` are what the sources say, best first, maybe with empty texts."""
    lat, lon = degrees(float(row["lat"])), degrees(float(row["lon"]))
    name, *others = list(dict.fromkeys(name for name in names if name))
    zdc, *former = list(dict.fromkeys(zdcs)) or [""]
    mode = MODE_OF_ZONE_TYPE.get(row["type"], row["type"])
    return [row["zda_id"], zdc, name, lat, lon, row["town"], mode, "|".join(others), " ".join(former)]


def _former_zone_row(row: Row) -> list[str]:
    lat, lon = degrees_of_metres(row["ZdAXEpsg2154"], row["ZdAYEpsg2154"])
    place = [row["ZdAName"], degrees(lat), degrees(lon), row["ZdATown"]]
    return [row["ZdAId"], row["ZdCId"], *place, MODE_OF_ZONE_TYPE[row["ZdAType"]], "", ""]


def interchange_rows(source: Path, zones: list[list[str]]) -> list[list[str]]:
    """Interchanges that some zone belongs to; one that is listed nowhere is the middle of its zones."""
    zones_of: dict[str, list[list[str]]] = defaultdict(list)
    for zone in zones:
        if zone[1]:
            zones_of[zone[1]].append(zone)
    listed = {row["ZdCId"]: row for row in read_source(source, INTERCHANGES)}
    rows = [
        _listed_interchange(listed[zdc]) if zdc in listed else _middle_of(zdc, members)
        for zdc, members in zones_of.items()
    ]
    return sorted(rows, key=lambda row: int(row[0]))


def _listed_interchange(row: Row) -> list[str]:
    lat, lon = degrees_of_metres(row["ZdCXEpsg2154"], row["ZdCYEpsg2154"])
    return [row["ZdCId"], row["ZdCName"], degrees(lat), degrees(lon), row["ZdCTown"]]


def _middle_of(zdc: str, zones: list[list[str]]) -> list[str]:
    lat = sum(float(zone[3]) for zone in zones) / len(zones)
    lon = sum(float(zone[4]) for zone in zones) / len(zones)
    return [zdc, zones[0][2], degrees(lat), degrees(lon), zones[0][5]]


def rail_stop_rows(source: Path) -> list[list[str]]:
    """Rail stops (ArR) and their stop zone."""
    rows = ([row["ArRId"], row["ZdAId"]] for row in read_source(source, RAIL_STOPS))
    return sorted(rows, key=lambda row: int(row[0]))


def metro_stop_rows(source: Path, stations: list[list[str]]) -> list[list[str]]:
    """Metro stops (ArR) joined to the zone of the same name, within reach, on the same line.

    Raises `ValueError` naming the stops that no zone, or several, answer to.
    """
    on_line: dict[str, list[list[str]]] = defaultdict(list)
    for station in stations:
        on_line[station[0]].append(station)
    rows, refused = [], []
    for stop in json.loads((source / METRO_STOPS).read_text("utf-8")):
        near = {s[1] for s in on_line[stop["id"].removeprefix("IDFM:")] if _is_at(stop, s)}
        if len(near) == 1:
            rows.append([stop["stop_id"].removeprefix("IDFM:"), near.pop()])
        else:
            refused.append(f"{stop['stop_id']} {stop['stop_name']}: {len(near)} zones")
    if refused:
        raise ValueError(f"{METRO_STOPS}: stops without a single zone of their name: {refused}")
    return sorted(rows, key=lambda row: int(row[0]))


def _is_at(stop: Row, station: list[str]) -> bool:
    _line, _zda, _zdc, lat, lon, names = station
    if normalise(stop["stop_name"]) not in {normalise(name) for name in names.split("|")}:
        return False
    away_m = distance_m(float(stop["stop_lat"]), float(stop["stop_lon"]), float(lat), float(lon))
    return away_m <= METRO_STOP_REACH_M


def line_rows(source: Path) -> list[list[str]]:
    """Lines as published, one a row; `geo.network.lines` gives them their mode and label."""
    columns = (
        "ID_Line",
        "ShortName_Line",
        "Name_Line",
        "TransportMode",
        "TransportSubmode",
        "NetworkName",
        "OperatorName",
        "ColourWeb_hexa",
        "TextColourWeb_hexa",
        "Status",
        "ShortName_GroupOfLines",
    )
    return sorted([row[column] for column in columns] for row in read_source(source, LINES))


def line_station_rows(source: Path, zones: list[list[str]]) -> list[list[str]]:
    """Which zones a rail, metro, tram or cable line serves, and every name the sources give them."""
    zone_names = {zone[0]: [zone[2], *zone[7].split("|")] for zone in zones}
    rows = []
    for row in read_source(source, LINE_STATIONS):
        if row["idrefligc"] == "NR":  # long-distance trains: no line of the region
            continue
        names = [row[column] for column in ("nom_long", "nom_ZdA", "nom_ZdC", "nom_iv", "nom_so_gar")]
        names += zone_names[row["id_ref_ZdA"]]
        distinct = list(dict.fromkeys(name for name in names if name and name != "NC"))
        lat, lon = map(float, row["Geo Point"].split(","))
        station = [row["idrefligc"], row["id_ref_ZdA"], row["id_ref_ZdC"], degrees(lat), degrees(lon)]
        rows.append([*station, "|".join(distinct)])
    return sorted([*rows, *_former_station_rows(zones)])


def _former_station_rows(zones: list[list[str]]) -> list[list[str]]:
    by_zda = {zone[0]: zone for zone in zones}
    rows = []
    for line_id, zdas in FORMER_STATIONS.items():
        for zda, zdc, name, lat, lon, _town, _mode, others, _former in (by_zda[zda] for zda in zdas):
            rows.append([line_id, zda, zdc, lat, lon, f"{name}|{others}".strip("|")])
    return rows


def build(source: Path, target: Path) -> dict[str, int]:
    """Write every table into `target`; returns the number of rows (features) of each file."""
    target.mkdir(parents=True, exist_ok=True)
    zones = zone_rows(source)
    stations = line_station_rows(source, zones)
    tables: dict[str, tuple[str, list[list[str]]]] = {
        "zones.csv.gz": ("zda,zdc,name,lat,lon,town,mode,other_names,former_zdc", zones),
        "interchanges.csv.gz": ("zdc,name,lat,lon,town", interchange_rows(source, zones)),
        "stops_rail.csv": ("arr,zda", rail_stop_rows(source)),
        "stops_metro_odbl.csv": ("arr,zda", metro_stop_rows(source, stations)),
        "lines.csv": (
            "line,short_name,name,transport_mode,submode,network,operator,colour,text_colour,status,group",
            line_rows(source),
        ),
        "line_stations.csv": ("line,zda,zdc,lat,lon,names", stations),
        "line_edges.csv": ("line,zda_a,zda_b,length_m,one_way,detour_m", edge_rows(source, stations)),
    }
    counts = {name: write_table(target / name, header.split(","), rows) for name, (header, rows) in tables.items()}
    return counts | build_shapes(source, target, towns={zone[5] for zone in zones})


def main() -> None:
    """Entry point: build the tables from the folder given on the command line."""
    parser = argparse.ArgumentParser(prog="python -m geo.builders.tables", description=__doc__)
    parser.add_argument("source", type=Path, help="folder of the open data (see geo/data/SOURCES.md)")
    parser.add_argument("--target", type=Path, default=DATA_DIR, help="folder to write (geo/data)")
    options = parser.parse_args()
    for name, count in build(options.source, options.target).items():
        print(f"{count:6d} {(options.target / name).stat().st_size:9,d} bytes  {name}")


if __name__ == "__main__":
    main()
