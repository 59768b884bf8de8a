"""A window snapshot that can be checked: the same window and choice give the same bytes, every time.

    ./pulse export --window 2024-04-24T12:00:00Z --lines C01742 --out DIR

`hits` has one row a (disruption, line, station) of the window, `clusters` one a cluster with the sums it is
made of; `manifest.json` says what they were made from and carries the sha256 of each file.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.clusters import Cluster
from dashboard.export_formats import Row, to_csv, to_geojson, to_geoparquet, to_json
from dashboard.export_html import to_html
from dashboard.licences import NOT_OFFICIAL, attribution
from dashboard.records import Hit
from dashboard.selection import Selection, SelectionError, format_utc, parse_selection, utc_or_none
from dashboard.store import Store, StoreUnavailable
from dashboard.view import Active, View
from dashboard.views import Views
from geo.lines import Lines
from geo.station_zones import station_zone
from prim_client.settings import SettingsError, load
from spark_app.tables import MEASURES
from spark_app.workspace import workspace

FORMAT_VERSION = 1
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows: archives do not differ by the clock
ARCHIVE = "snapshot.zip"
FILE_NAMES = (
    "hits.csv", "hits.geojson", "hits.parquet", "clusters.csv", "clusters.geojson", "manifest.json", "report.html", ARCHIVE
)  # fmt: skip
DONE, FAILED, USAGE, ENVIRONMENT = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of one export by name, `manifest.json` among them, and a name for the whole."""

    name: str
    files: Mapping[str, bytes]

    def file(self, name: str) -> bytes | None:
        """The file `name` of FILE_NAMES; None for any other name."""
        return self.zip() if name == ARCHIVE else self.files.get(name)

    def zip(self) -> bytes:
        """All files in one archive, always the same bytes."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.files.items():
                archive.writestr(zipfile.ZipInfo(f"{self.name}/{name}", ZIP_MOMENT), content)
        return out.getvalue()


def make_snapshot(views: Views, selection: Selection) -> Snapshot:
    """Export one window through one choice. Raises NoSuchWindow or StoreUnavailable."""
    view = views.shown(selection)
    note = attribution(view.meta.get("source", ""))
    hits, clusters = list(hit_rows(view, note)), [cluster_row(c, view, note) for c in view.clusters]
    files = {
        "hits.csv": to_csv(hits, HIT_COLUMNS),
        "hits.geojson": to_geojson(hits, note),
        "hits.parquet": to_geoparquet(hits, HIT_COLUMNS),
        "clusters.csv": to_csv(clusters, CLUSTER_COLUMNS),
        "clusters.geojson": to_geojson(clusters, note),
    }
    rows = {name: len(hits if name.startswith("hits") else clusters) for name in files}
    manifest = _manifest(view, files, rows)
    # the report shows the manifest, so the manifest cannot know the report
    more = {"manifest.json": to_json(manifest), "report.html": to_html(view, manifest)}
    return Snapshot(_name(view), files | more)


HIT_COLUMNS = (
    "disruption revision channel severity cause title text line line_name mode zda zdc station "
    "commune arrondissement departement lat lon "
    "method confidence words rule polarity cluster state ticks_active begin_utc end_utc published_utc "
    "attribution"
).split()
CLUSTER_COLUMNS = (
    "cluster channel index name lat lon width_km drawn_as disruptions stations opened closed polarity "
    "polarity_spread ids attribution"
).split()


def hit_rows(view: View, note: str) -> Iterable[Row]:
    """One row a hit of the choice, by disruption, line and station."""
    rows = [
        _hit_row(active, hit, cluster, note) for active in view.disruptions for hit, cluster in active.hits
    ]
    return sorted(rows, key=lambda row: (row["disruption"], row["line"], row["zda"]))


def _hit_row(active: Active, hit: Hit, cluster: int, note: str) -> Row:
    r, line, zone = active.revision, Lines.load().get(hit.line), station_zone(hit.zda)
    return {
        "disruption": r.id,
        "revision": r.revision,
        "channel": r.channel,
        "severity": r.severity,
        "cause": r.cause,
        "title": r.title,
        "text": r.text,
        "line": hit.line,
        "line_name": line.name if line else "",
        "mode": hit.mode,
        "zda": hit.zda,
        "zdc": hit.zdc,
        "station": hit.station,
        "commune": zone.commune,
        "arrondissement": zone.arrondissement,
        "departement": zone.departement,
        "lat": hit.lat,
        "lon": hit.lon,
        "method": hit.method,
        "confidence": hit.confidence,
        "words": hit.words,
        "rule": hit.rule,
        "polarity": r.polarity,
        "cluster": f"{r.channel}:{cluster}" if cluster >= 0 else "",
        "state": active.state,
        "ticks_active": active.ticks,
        "begin_utc": utc_or_none(active.begin_us),
        "end_utc": utc_or_none(active.end_us),
        "published_utc": utc_or_none(r.published_at_us),
        "attribution": note,
    }


def cluster_row(cluster: Cluster, view: View, note: str) -> Row:
    """One row a cluster: what the map draws, as numbers."""
    return {
        "cluster": cluster.key,
        "channel": cluster.channel,
        "index": cluster.index,
        "name": cluster.name,
        "lat": cluster.lat,
        "lon": cluster.lon,
        "width_km": round(cluster.width_km, 3),
        "drawn_as": cluster.drawn_as,
        "disruptions": _rounded(cluster.disruptions),
        "stations": _rounded(cluster.stations),
        "opened": _rounded(cluster.opened),
        "closed": _rounded(cluster.closed),
        "polarity": _rounded(cluster.polarity),
        "polarity_spread": _rounded(cluster.spread),
        "ids": " ".join(cluster.ids),
        "attribution": note,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _manifest(view: View, files: Mapping[str, bytes], rows: Mapping[str, int]) -> Row:
    span, selection, source = view.span, view.selection, view.meta.get("source", "")
    return {
        "pulse_export": FORMAT_VERSION,
        "status": NOT_OFFICIAL,
        "attribution": attribution(source),
        "source": source,
        "window": {
            "begin_utc": format_utc(span.begin_us),
            "end_utc": format_utc(span.end_us),
            "closed": span.closed,
            "ticks_expected": span.ticks_expected,
            "ticks_observed": span.ticks_observed,
        },
        "log": {"first_entry": span.first_entry, "last_entry": span.last_entry},
        "model_generation": span.generation,
        "config_sha256": view.meta.get("config_sha256", ""),
        "selection": {
            "channels": selection.channels,
            "modes": () if selection.lines else selection.modes,
            "lines": selection.lines,
            "severities": selection.severities,
            "causes": selection.causes,
            "zones": selection.zones,
            "text": selection.text,
            "area_lat_lon": selection.area,
        },
        "totals": {
            name: sum(m[name] for m in view.measures.values()) for name in MEASURES if name != "stations"
        },
        "files": {
            name: {"rows": rows[name], "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        },
    }


def _name(view: View) -> str:
    moment = format_utc(view.span.end_us).replace(":", "")
    s = view.selection
    what = "-".join(s.lines) if s.lines else "-".join(s.modes) or "all"
    more = f"_{hashlib.sha256(s.to_query().encode()).hexdigest()[:8]}" if s.narrowed else ""
    return f"pulse_{moment}_{'-'.join(s.channels)}_{what[:60]}{more}"


def write_files(snapshot: Snapshot, folder: Path) -> Path:
    """Write the files of `snapshot` into a folder of its name below `folder`; returns it."""
    target = folder / snapshot.name
    target.mkdir(parents=True, exist_ok=True)
    for name, content in snapshot.files.items():
        (target / name).write_bytes(content)
    return target


def main(argv: Sequence[str]) -> int:
    """`pulse export`; returns the exit code: 0 done, 1 failed, 2 no such choice, 3 environment."""
    given = _arguments(argv)
    try:
        url = workspace(load(given.config), store_url=given.store).store_url
        selection = parse_selection(
            {name: getattr(given, name) for name in ("window", "lines", "modes", "channel", *_NARROWING)}
        )
        print(write_files(make_snapshot(Views(Store(url)), selection), given.out))
    except SelectionError as error:
        return _complain(error, USAGE)
    except (SettingsError, OSError) as error:
        return _complain(error, ENVIRONMENT)
    except StoreUnavailable as error:
        return _complain(error, FAILED)
    return DONE


def _complain(error: Exception, code: int) -> int:
    print(f"pulse: {error}", file=sys.stderr)
    return code


_NARROWING = {
    "severity": "wordings of severity with commas between, as interruption,blocking",
    "cause": "causes that the text names, with commas between, as passenger_ill",
    "zone": "départements and communes by INSEE code, as 75,94080",
    "text": "words that title or text hold",
    "area": "corners of an area as latitude,longitude,latitude,longitude…",
}


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="pulse export", description="Write a window snapshot with its manifest."
    )
    parser.add_argument("--config", type=Path, help="configuration file")
    parser.add_argument("--store", help="SQLAlchemy URL of the store (default: that of the configuration)")
    parser.add_argument(
        "--window", default="latest", help="end of the window, as 2024-04-24T12:00:00Z, or latest"
    )
    parser.add_argument("--lines", default="", help="line ids with commas between; empty: by mode")
    parser.add_argument("--modes", default="all", help="modes with commas between, or all")
    parser.add_argument(
        "--channel", default="incident,works,information", help="channels with commas between"
    )
    for name, what in _NARROWING.items():
        parser.add_argument(f"--{name}", default="", help=what)
    parser.add_argument("--out", type=Path, default=Path("."), help="folder to write into")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
