"""What a window shows: hits, clusters, disruptions, lines, how places were found and what has none."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.choosing import severity
from dashboard.clusters import Cluster
from dashboard.datasets import Asked, Dataset, Found, Listed, Offer, Row, columns, of_window
from dashboard.extents import extent_of
from dashboard.line_states import LineState, Observed, read_board
from dashboard.lives import cluster_id
from dashboard.pages.places import Unplaced, methods, unplaced
from dashboard.records import Hit
from dashboard.selection import utc_or_none
from dashboard.theme import badge
from dashboard.view import Active
from geo.lines import Lines
from geo.station_zones import station_zone
from spark_app.alerts.baseline import times_usual

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
    index            integer  the model's, at the last tick at which it had hits
    name             text     what it is called: a station, the same while it stays within 5 km
    station          text     its medoid: the station with the least distance to all its hits
    station_zda      text     stop zone of that station
    station_lat      number   of that station, degrees, WGS 84
    station_lon      number   of that station, degrees, WGS 84
    lat              number?  middle of the hits, degrees, WGS 84
    lon              number?  middle of the hits, degrees, WGS 84
    width_km         number   twice the RMS distance of the hits from their mean
    drawn_as         text     circle, or its stations where the middle would be the place of nothing
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
LINE_COLUMNS = columns("""
    line         text      line id
    name         text      mode and short name
    mode         text      mode of the line
    disruptions  integer   ongoing at the last observed tick
    worst        text      wording of the gravest; empty without any
    level        number?   at the last observed tick, 0 to 1; null: none in the window, or its stations are not known
    usual_level  number?   of this kind of day and hour, 0 to 1; null: too few days
    usual_days   integer   observed days behind the usual level
    times_usual  number?   level over usual level
    hours        numbers   mean disruptions in each of the last 24 hours, oldest first; null: not observed
    quiet_share  number?   of the observed hours, those without an incident at one of its stations
    observed_hours  integer  hours observed in the 30 service days up to the window's end
    observed_days  integer  service days that hold them
""")
METHOD_COLUMNS = columns("""
    method       text     how the points were found
    disruptions  integer  with such a point
    points       integer  found so
""")
UNPLACED_COLUMNS = columns("""
    disruption  text   PRIM's id
    lines       texts  line ids
    said        text   title, else the begin of the text
    reason      text   why no point was found
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
        "index": cluster.index,
        "name": cluster.name,
        "station": cluster.medoid.name,
        "station_zda": cluster.medoid.zda,
        "station_lat": cluster.medoid.lat,
        "station_lon": cluster.medoid.lon,
        "lat": cluster.lat,
        "lon": cluster.lon,
        "width_km": round(cluster.width_km, 3),
        "drawn_as": cluster.drawn_as,
        "disruptions": _rounded(cluster.disruptions),
        "stations": _rounded(cluster.stations),
        "disruption_count": cluster.count("disruptions"),
        "station_count": cluster.count("stations"),
        "opened": _rounded(cluster.opened),
        "closed": _rounded(cluster.closed),
        "polarity": _rounded(cluster.polarity),
        "polarity_spread": _rounded(cluster.spread),
        "ids": list(cluster.ids),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


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


def lines(asked: Asked) -> Found:
    """One row a line of the choice, those with most to tell first."""
    with asked.reading() as connection:
        board = read_board(connection, asked.view)
    return of_window(asked.view, [_line_row(state, board.observed) for state in board.states])


def _line_row(state: LineState, observed: Observed) -> Row:
    shown, usual = badge(state.line), state.usual
    return {
        "line": state.line,
        "name": shown.label,
        "mode": shown.mode,
        "disruptions": state.ongoing,
        "worst": state.worst,
        "level": _rounded(state.level),
        "usual_level": usual.level_e6 / 1e6 if usual.is_known else None,
        "usual_days": usual.days,
        "times_usual": None if state.level is None else times_usual(round(state.level * 1e6), usual),
        "hours": [_rounded(value) for value in state.hours],
        "quiet_share": _rounded(state.quiet_share),
        "observed_hours": observed.hours,
        "observed_days": observed.days,
    }


def place_methods(asked: Asked) -> Found:
    """One row a way of finding a place."""
    found = methods(asked.view).items()
    return of_window(
        asked.view, [{"method": name, "disruptions": ids, "points": points} for name, (ids, points) in found]
    )


def without_place(asked: Asked) -> Found:
    """One row a disruption that no station is known of."""
    return of_window(asked.view, [_unplaced_row(each) for each in unplaced(asked.view)])


def _unplaced_row(each: Unplaced) -> Row:
    return {"disruption": each.id, "lines": list(each.lines), "said": each.said, "reason": each.reason}


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
    Dataset(
        "lines",
        Offer("lines", "Lignes", "Lines"),
        "Each line now, against what is usual, over 24 hours, and how often undisturbed",
        LINE_COLUMNS,
        lines,
        lists=(
            Listed(
                "hours",
                ("line", "name"),
                "disruptions",
                "mean in that hour; null: not observed",
                "heures",
                "hours",
                order="the oldest of the 24 hours first",
            ),
        ),
    ),
    Dataset(
        "place-methods",
        Offer("places", "Méthodes", "Methods"),
        "How the places of the window were found",
        METHOD_COLUMNS,
        place_methods,
    ),
    Dataset(
        "unplaced",
        Offer("places", "Sans lieu", "Without a place"),
        "The disruptions of the window without a place, and why",
        UNPLACED_COLUMNS,
        without_place,
        lists=(Listed("lines", ("disruption", "said"), "line", "line id", "lignes", "lines", "line"),),
    ),
)
