"""What a window shows: hits, clusters, disruptions, lines, how places were found and what has none."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.map.extents import extent_of
from dashboard.store.lives import cluster_id
from dashboard.store.records import Hit
from dashboard.tables.dataset import Asked, Dataset, Found, Listed, Offer, Row, columns, of_window, rounded
from dashboard.window.clusters import Cluster
from dashboard.window.hit_filter import severity
from dashboard.window.selection import utc_or_none
from dashboard.window.view import Active
from geo.network.lines import Lines
from geo.network.station_zones import station_zone

HIT_COLUMNS = columns("""
    disruption      text     PRIM's id
    revision        text     hash of what was published under it
    channel         text     incident, works or information
    severity        text     PRIM's severity
    cause           text     PRIM's cause
    title           text     as published, plain
    text            text     as published, plain
    line            text     line id; empty if none
    line_name       text     short name of the line
    mode            text     mode of the line
    zda             text     stop zone; empty: no station
    zdc             text     interchange
    station         text     name of the station
    commune         text     commune of the station
    arrondissement  text     arrondissement of Paris
    departement     text     département of the station
    lat             number?  degrees, WGS 84
    lon             number?  degrees, WGS 84
    method          text     how the place was found
    confidence      number?  0 to 1
    words           text     words of the text that name the place
    rule            text     phrase of the grammar that makes it a hit
    polarity        number?  of the text, -1 to 1; null: no evidence
    cluster         text     identity of its cluster, `incident:208` (see clusters); empty: none
    cluster_name    text     what the cluster is called; empty: none
    state           text     new, ongoing or over
    ticks_active    integer  observed ticks of the window at which it was active
    begin_utc       moment?  begin of its period
    end_utc         moment?  end of its period
    published_utc   moment?  PRIM's lastUpdate
""")
CLUSTER_COLUMNS = columns("""
    cluster          text     its life, `incident:208`; `incident:new-3`: index 3, which has none yet
    channel          text     incident, works or information
    letter           text     that marks it on screen, of no other cluster now; empty: no life yet
    hue              integer? 0 to 7, its colour on screen; null: no life yet
    pattern          integer  on its colour, 0: plain; hue and pattern together mark one cluster now
    index            integer  the model's, at the last tick at which it had hits
    name             text     what it is called: a station, the same while it stays within 5 km
    station          text     its medoid: the station with the least distance to all its hits
    station_zda      text     stop zone of that station
    station_lat      number   of that station, degrees, WGS 84
    station_lon      number   of that station, degrees, WGS 84
    lat              number?  middle of the hits, degrees, WGS 84
    lon              number?  middle of the hits, degrees, WGS 84
    width_km         number   twice the RMS distance of the hits from their mean
    disruptions      number   mean over the observed ticks; of each disruption the share of its hits that lie here
    stations         number   mean over the observed ticks
    disruption_count integer  its distinct disruptions in the window: the number on the map
    station_count    integer  its distinct stations in the window
    opened           number   disruptions that opened in the window; of each the share of its hits that lie here
    closed           number   disruptions that closed in the window; of each the share of its hits that lie here
    polarity         number?  mean over disruptions, -1 to 1
    polarity_spread  number?  standard deviation over disruptions
    ids              texts    PRIM's ids
""")
DISRUPTION_COLUMNS = columns("""
    id             text      PRIM's id
    revision       text      hash of what was published under it
    channel        text      incident, works or information
    severity       text      PRIM's severity
    cause          text      PRIM's cause
    wording        text      the wording of its severity that riders are told
    named_causes   texts     causes that the text names, as the store's tags say
    title          text      as published, plain
    text           text      as published, plain
    polarity       number?   of the text, -1 to 1; null: no evidence
    state          text      new, ongoing or over
    begin_utc      moment?   begin of its period
    end_utc        moment?   end of its period
    published_utc  moment?   PRIM's lastUpdate
    lines          texts     ids of its chosen lines
    extent         text      the two ends of the section that it is, else its first stations; empty without one
    stations       integer   distinct stations among the chosen hits
    opened         boolean   it opened in the window
    ticks_active   integer   observed ticks of the window at which it was active
    unplaced       text      why it has no place; empty if it has one
""")


def hits(asked: Asked) -> Found:
    """One row a hit of the choice, by disruption, line and station."""
    names = {cluster.key: cluster.name for cluster in asked.view.clusters}
    rows = [_hit_row(active, hit, cluster, names) for active in asked.view.disruptions for hit, cluster in active.hits]
    return of_window(asked.view, sorted(rows, key=lambda row: (row["disruption"], row["line"], row["zda"])))


def _hit_row(active: Active, hit: Hit, number: int, names: Mapping[str, str]) -> Row:
    r, line, zone = active.revision, Lines.load().get(hit.line), station_zone(hit.zda)
    cluster = cluster_id(r.channel, number)
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
        "cluster": cluster,
        "cluster_name": names.get(cluster, ""),
        "state": active.state,
        "ticks_active": active.ticks,
        **_period(active),
    }


def _period(active: Active) -> Row:
    return {
        "begin_utc": utc_or_none(active.begin_us),
        "end_utc": utc_or_none(active.end_us),
        "published_utc": utc_or_none(active.revision.published_at_us),
    }


def clusters(asked: Asked) -> Found:
    """One row a cluster: what the map draws, as numbers."""
    return of_window(asked.view, [_cluster_row(cluster) for cluster in asked.view.clusters])


def _cluster_row(cluster: Cluster) -> Row:
    return {
        "cluster": cluster.key,
        "channel": cluster.channel,
        "letter": cluster.letter,
        "hue": cluster.hue,
        "pattern": cluster.pattern,
        "index": cluster.index,
        "name": cluster.name,
        "station": cluster.medoid.name,
        "station_zda": cluster.medoid.zda,
        "station_lat": cluster.medoid.lat,
        "station_lon": cluster.medoid.lon,
        "lat": cluster.lat,
        "lon": cluster.lon,
        "width_km": round(cluster.width_km, 3),
        "disruptions": rounded(cluster.disruptions),
        "stations": rounded(cluster.stations),
        "disruption_count": cluster.count("disruptions"),
        "station_count": cluster.count("stations"),
        "opened": rounded(cluster.opened),
        "closed": rounded(cluster.closed),
        "polarity": rounded(cluster.polarity),
        "polarity_spread": rounded(cluster.spread),
        "ids": list(cluster.ids),
    }


def disruptions(asked: Asked) -> Found:
    """One row a disruption, in the order of the table."""
    return of_window(asked.view, [_disruption_row(active) for active in asked.view.disruptions])


def _disruption_row(active: Active) -> Row:
    r = active.revision
    return {
        "id": r.id,
        "revision": r.revision,
        "channel": r.channel,
        "severity": r.severity,
        "cause": r.cause,
        "wording": severity(r),
        "named_causes": list(r.causes),
        "title": r.title,
        "text": r.text,
        "polarity": r.polarity,
        "state": active.state,
        **_period(active),
        "lines": sorted({hit.line for hit, _ in active.hits if hit.line}),
        "extent": extent_of(hit for hit, _ in active.hits).text(),
        "stations": active.stations,
        "opened": active.opened,
        "ticks_active": active.ticks,
        "unplaced": r.unplaced,
    }


DATASETS = (
    Dataset(
        "hits",
        Offer("live", "Points", "Hits"),
        "One row a (disruption, line, station) of the window",
        HIT_COLUMNS,
        hits,
    ),
    Dataset(
        "clusters",
        Offer("live", "Foyers", "Clusters"),
        "The clusters of the window, as the map draws them",
        CLUSTER_COLUMNS,
        clusters,
        lists=(
            Listed("ids", ("cluster", "name"), "disruption", "PRIM's id", "perturbations", "disruptions", "disruption"),
        ),
    ),
    Dataset(
        "disruptions",
        Offer("live", "Perturbations", "Disruptions"),
        "The disruptions of the window, in the order of the table",
        DISRUPTION_COLUMNS,
        disruptions,
        lists=(
            Listed("lines", ("id", "title"), "line", "line id", "lignes", "lines", "line"),
            Listed("named_causes", ("id", "title"), "cause", "cause that the text names", "causes", "causes", "cause"),
        ),
    ),
)
