"""The store contract: every serving table, its columns, units and sources. Imports no Spark.

Moments are integers, microseconds since 1970 UTC (`*_us`): the same in SQLite, PostgreSQL and MySQL.
Sums are integers too: weights in 1e-9 disruptions (`*_e9`), weighted polarity in 1e-12 (`*_e12`),
metres from the projection's origin shift (`*_m`), so that no order of batches changes a digit.
A station or cluster that is not known is the empty string or `NO_CLUSTER`, never NULL in a key.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    event,
)
from sqlalchemy.dialects.mysql import LONGTEXT, MEDIUMBLOB

NO_CLUSTER = -1  # hits without a station: in every total, in no cluster
ALL_LINES = "*"  # the facts of all lines together, each disruption once
MODE_SCOPE = "*{mode}"  # the facts of one mode together: `*metro`, `*bus` …
RAIL_SCOPE = "*rail"  # the facts of everything on rails together: the page opens on it
RAIL_MODES = ("rer", "train", "shuttle", "metro", "tram")

ORIGIN_M = (652_000, 6_862_000)  # Paris in EPSG:2154 metres: sums of x and y are taken from here, to stay small
WEIGHT_E9 = 1_000_000_000  # the weight of one disruption

LABELS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # cluster index -> one character
NO_LABEL = "-"

metadata = MetaData()
LongText = Text().with_variant(LONGTEXT, "mysql", "mariadb")
Blob = LargeBinary().with_variant(MEDIUMBLOB, "mysql", "mariadb")
_MYSQL: dict[str, Any] = {  # by bytes: with its usual collation the ids A and a, or e and é, would be the same key
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
    "sqlite_with_rowid": False,
}


def _column(
    name: str, type_: Any, doc: str, *, key: bool = False, null: bool = False, default: object = None
) -> Column[Any]:
    return Column(name, type_, primary_key=key, nullable=null, comment=doc, autoincrement=False, default=default)


def _measures() -> list[Column[Any]]:
    """The integer measures that tick facts and windows share; all of them add."""
    return [
        _column("stations", Integer, "distinct stations of active disruptions, summed over observed ticks"),
        _column("disruptions_e9", BigInteger, "weights of active disruptions in 1e-9, summed over observed ticks"),
        _column("opened_e9", BigInteger, "weights of disruptions that opened, in 1e-9 (initial ones not counted)"),
        _column("closed_e9", BigInteger, "weights of disruptions that closed, in 1e-9"),
        _column("scored_e9", BigInteger, "the part of disruptions_e9 whose text has evidence of a polarity"),
        _column("polarity_e12", BigInteger, "sum of weight x polarity over the scored, in 1e-12"),
        _column("polarity_sq_e12", BigInteger, "sum of weight x polarity squared over the scored, in 1e-12"),
        _column("hits", Integer, "hits with a station, summed over observed ticks"),
        _column("x_m", BigInteger, "sum over hits of x in metres from the origin ORIGIN_M"),
        _column("y_m", BigInteger, "sum over hits of y in metres from the origin"),
        _column("r2_m2", BigInteger, "sum over hits of x squared + y squared, in square metres"),
    ]


MEASURES = tuple(column.name for column in _measures())

meta = Table(
    "meta",
    metadata,
    _column("name", String(64), "schema, source, credit, generation, config_sha256, query_id …", key=True),
    _column("value", LongText, "text or JSON"),
    comment="Facts about this store; one row each",
    **_MYSQL,
)

book = Table(
    "book",
    metadata,
    _column(
        "name",
        String(64),
        "stored, dead_lettered, hits, unplaced, ticks_observed, ticks_unobserved, or kind:<kind>",
        key=True,
    ),
    _column("value", BigInteger, "the counter, raised in the transaction that does the thing"),
    comment="Counters of the store",
    **_MYSQL,
)

status = Table(
    "status",
    metadata,
    _column("part", String(32), "log (the stream server's answer to status) or spark", key=True),
    _column("at_us", BigInteger, "when it was said"),
    _column("value", LongText, "JSON"),
    comment="Last word of each running part; mirrored by the Spark application",
    **_MYSQL,
)

ledger = Table(
    "ledger",
    metadata,
    _column("query_id", String(64), "StreamingQuery.id of the checkpoint", key=True),
    _column("batch_id", BigInteger, "Spark's micro-batch", key=True),
    _column("from_entry", BigInteger, "first entry of the batch"),
    _column("to_entry", BigInteger, "entry after the last one"),
    _column("written_at_us", BigInteger, "clock of the writer"),
    comment="One row a committed micro-batch, written in its transaction",
    **_MYSQL,
)

entry = Table(
    "entry",
    metadata,
    _column("entry", BigInteger, "offset in the log", key=True),
    _column("event_time_us", BigInteger, "when it was observed; monotone in the offset"),
    _column("tick", Boolean, "a tick of the model's clock, or a poll that changed something"),
    _column("observed", Boolean, "of a tick: a good poll lies shortly before it"),
    _column("messages", Integer, "messages in the entry"),
    Index("ix_entry_time", "event_time_us"),
    comment="Entries of the log that are in the store",
    **_MYSQL,
)

revision = Table(
    "revision",
    metadata,
    _column("rev", Integer, "number of the revision in this store, by first appearance", key=True),
    _column("id", String(191), "PRIM's id of the disruption"),
    _column("revision", String(16), "revision hash"),
    _column("channel", String(16), "incident, works or information"),
    _column("severity", String(32), "PRIM's severity"),
    _column("cause", String(64), "PRIM's cause"),
    _column("title", LongText, "title, plain text"),
    _column("short_message", LongText, "PRIM's shortMessage"),
    _column("text", LongText, "message, plain text"),
    _column("html", LongText, "message, sanitised HTML"),
    _column("tags", LongText, "JSON list"),
    _column("lines", LongText, "JSON list of {id, name, mode, network, sections, unresolved}"),
    _column("published_at_us", BigInteger, "PRIM's lastUpdate at first sight", null=True),
    _column("polarity", Double, "polarity of the text in [-1, 1]; NULL: no evidence", null=True),
    _column("analyzer", String(64), "name and version of the analyzer that scored it"),
    _column("unplaced", String(255), "why no point was found; empty if it has one"),
    Index("ix_revision_id", "id"),
    comment="What PRIM published, once per (id, revision)",
    **_MYSQL,
)

revision_hit = Table(
    "revision_hit",
    metadata,
    _column("rev", Integer, "revision.rev", key=True),
    _column("hit", SmallInteger, "0-based; a message without station keeps one hit a line without one", key=True),
    _column("line", String(32), "line id, as C01742; empty if none"),
    _column("mode", String(16), "mode of the line"),
    _column("zda", String(16), "stop zone; empty: no station"),
    _column("zdc", String(16), "interchange; empty if none"),
    _column("station", String(191), "station name"),
    _column("lat", Double, "WGS 84 degrees; NULL without station", null=True),
    _column("lon", Double, "WGS 84 degrees; NULL without station", null=True),
    _column("method", String(32), "how the point was found; empty without station"),
    _column("confidence", Double, "0 to 1; NULL without station", null=True),
    _column("words", LongText, "words of the text that name it; empty for PRIM's own stop", default=""),
    _column("rule", String(191), "phrase of the grammar that makes it a hit; empty for PRIM's own stop", default=""),
    _column("weight_e9", BigInteger, "1 / hits of the message, in 1e-9; sums to exactly 1e9"),
    _column("line_weight_e9", BigInteger, "1 / hits of the message on this line, in 1e-9"),
    comment="The hits of a revision: one (disruption, line, station)",
    **_MYSQL,
)

message = Table(
    "message",
    metadata,
    _column("entry", BigInteger, "offset in the log", key=True),
    _column("part", Integer, "place in the entry", key=True),
    _column("rev", Integer, "revision.rev"),
    _column("kind", String(16), "announced, opened, updated, ongoing, paused or closed"),
    _column("initial", Boolean, "of the log's first poll"),
    _column("begin_us", BigInteger, "begin of the period", null=True),
    _column("end_us", BigInteger, "end of the period", null=True),
    _column("last_seen_us", BigInteger, "closed: last good poll that held it", null=True),
    _column("labels", LongText, "one character a hit: its cluster (tables.LABELS), '-' without station"),
    Index("ix_message_rev", "rev"),
    comment="Messages of the log, each exactly once",
    **_MYSQL,
)

dead_letter = Table(
    "dead_letter",
    metadata,
    _column("entry", BigInteger, "offset in the log", key=True),
    _column("part", Integer, "place in the entry", key=True),
    _column("reason", String(255), "which field, which value, what was expected"),
    _column("payload", LongText, "the line, cut at 10,000 characters"),
    comment="Messages that break the contract",
    **_MYSQL,
)

model = Table(
    "model",
    metadata,
    _column("generation", Integer, "raised when a setting of the model changes", key=True),
    _column("channel", String(16), "one model per channel", key=True),
    _column("tick_us", BigInteger, "state after this tick; 0: the initial centres", key=True),
    _column("cluster", SmallInteger, "index of the cluster; kept while it lives, then free again", key=True),
    _column("x_km", Double, "centre, EPSG:2154 kilometres"),
    _column("y_km", Double, "centre, EPSG:2154 kilometres"),
    _column("z_km", Double, "centre, polarity x polarity_km"),
    _column("weight", Double, "discounted count of disruptions"),
    comment="Centres of the streaming k-means",
    **_MYSQL,
)

tick_fact = Table(
    "tick_fact",
    metadata,
    _column("tick_us", BigInteger, "end of the pane (tick - interval, tick]", key=True),
    _column("channel", String(16), "incident, works or information", key=True),
    _column("cluster", SmallInteger, "cluster index, -1: no station", key=True),
    _column("line", String(32), "line id, or a scope: *, *rail, *metro …", key=True),
    *_measures(),
    comment="What one tick's pane holds; kept for the newest span only, to go on from",
    **_MYSQL,
)

window = Table(
    "window",
    metadata,
    # The line comes first: a timeline reads one line over many windows, in key order.
    _column("line", String(32), "line id, or a scope: *, *rail, *metro …", key=True),
    _column("end_us", BigInteger, "end of the window, inclusive; it begins one span before", key=True),
    _column("channel", String(16), "incident, works or information", key=True),
    _column("cluster", SmallInteger, "cluster index, -1: no station", key=True),
    *_measures(),
    comment="Sums of the tick facts over a sliding span; divide by window_span.ticks_observed",
    **_MYSQL,
)

window_span = Table(
    "window_span",
    metadata,
    _column("end_us", BigInteger, "end of the window, inclusive", key=True),
    _column("begin_us", BigInteger, "its begin, exclusive"),
    _column("ticks_expected", SmallInteger, "ticks that the span has"),
    _column("ticks_observed", SmallInteger, "ticks of the log so far with a good poll shortly before"),
    _column("closed", Boolean, "its last tick is in the store: it will not change any more"),
    _column("first_entry", BigInteger, "first log entry of the span"),
    _column("last_entry", BigInteger, "last log entry of the span so far"),
    _column("generation", Integer, "model generation"),
    comment="The sliding windows themselves",
    **_MYSQL,
)

derived = Table(
    "derived",
    metadata,
    _column("name", String(32), "the fold", key=True),
    _column("version", String(64), "of its rule: another one begins anew"),
    _column("next_entry", BigInteger, "the entry behind the last one that it took in"),
    _column("state", Blob, "what it remembers; JSON, compressed"),
    _column("at_us", BigInteger, "clock of the writer"),
    comment="How far the folds are that follow the store, written in their transactions",
    **_MYSQL,
)

fold_book = Table(
    "fold_book",
    metadata,
    _column("fold", String(32), "derived.name", key=True),
    _column("first_entry", BigInteger, "the entry that it began with"),
    _column("taken_in", BigInteger, "entries that it took in since"),
    _column("set_aside", BigInteger, "entries that it could not take in: rows of fold_dead_letter"),
    _column("incomplete_from", BigInteger, "the first of these: its tables lack something from here on", null=True),
    _column("incomplete_from_us", BigInteger, "event time of that entry", null=True),
    comment="Counters of the derived folds: entries stored since first_entry = taken in + set aside + behind",
    **_MYSQL,
)

fold_dead_letter = Table(
    "fold_dead_letter",
    metadata,
    _column("fold", String(32), "derived.name", key=True),
    _column("entry", BigInteger, "offset in the log", key=True),
    _column("version", String(64), "of the fold's rule"),
    _column("reason", Text, "the error and where it was raised"),
    _column("at_us", BigInteger, "clock of the writer"),
    comment="Entries that a derived fold could not take in; tried again when the fold begins anew",
    **_MYSQL,
)

incident = Table(
    "incident",
    metadata,
    _column("incident", String(191), "the id of its first disruption", key=True),
    _column("episode", String(191), "what a rider would call one event: the id of its first incident"),
    _column("channel", String(16), "incident, works or information"),
    _column("cause", String(191), "the cause in the notices' own words, without accents; empty if none is told"),
    _column("severity", String(32), "the worst severity so far"),
    _column("title", LongText, "title of the newest revision"),
    _column("rev", Integer, "revision.rev, the newest"),
    _column("phase", String(16), "announced, active, resuming or over"),
    _column("initial", Boolean, "went on already when the log began: its begin is not known"),
    _column("disruptions", Integer, "ids that PRIM gave it"),
    _column("revisions", Integer, "texts that were published about it"),
    _column("messages", Integer, "messages of the log about it"),
    _column("published_us", BigInteger, "when it was first observed"),
    _column(
        "opened_us",
        BigInteger,
        "effective begin: of the first period that held; NULL: none did, or only the end was published",
        null=True,
    ),
    _column("ended_us", BigInteger, "effective end; NULL while it is not over", null=True),
    _column("ended_by", String(16), "how the end is known: closing id, period over, or vanished from good polls"),
    _column("first_end_us", BigInteger, "the end that was announced first", null=True),
    _column("last_end_us", BigInteger, "the end that was announced last", null=True),
    _column("seen_us", BigInteger, "the last message about it"),
    Index("ix_incident_seen", "seen_us"),
    comment="Published incidents: the disruptions that IDFM holds under one disruption_id, as far as the "
    "rules find them",
    **_MYSQL,
)

incident_past = Table(
    "incident_past",
    metadata,
    _column("incident", String(191), "incident.incident, or what was merged into it since", key=True),
    _column("since_entry", BigInteger, "entry of the log from which on this was known", key=True),
    *(
        _column(name, each.type, f"incident.{name} then", null=bool(each.nullable))
        for name, each in incident.c.items()
        if name not in ("incident", "title", "messages")
    ),
    comment="What was known of an incident from when on, but that it went on: for windows of the past",
    **_MYSQL,
)

incident_of = Table(
    "incident_of",
    metadata,
    _column("disruption", String(191), "PRIM's id", key=True),
    _column(
        "since_entry", BigInteger, "entry of the log from which on it belongs there; the newest row counts", key=True
    ),
    _column("incident", String(191), "incident.incident"),
    _column("why", Text, "the reason in words"),
    Index("ix_incident_of_incident", "incident"),
    comment="Which incident a disruption belongs to; a merge adds rows, none is changed",
    **_MYSQL,
)

incident_alias = Table(
    "incident_alias",
    metadata,
    _column("level", String(16), "incident or episode", key=True),
    _column("old", String(191), "a name that turned out to be part of another", key=True),
    _column("into", String(191), "the name that it resolves to"),
    _column("since_entry", BigInteger, "entry of the log that showed it"),
    _column("why", Text, "the reason in words"),
    comment="Names of incidents and episodes that were merged into others",
    **_MYSQL,
)

published_incident = Table(
    "published_incident",
    metadata,
    _column("id", String(191), "PRIM's id, which Navitia calls impact", key=True),
    _column("disruption_id", String(191), "IDFM's id of the incident, as it was told first"),
    _column("since_entry", BigInteger, "entry of the log from which on it counts"),
    _column("seen_at_us", BigInteger, "when Navitia told it"),
    Index("ix_published_incident_disruption", "disruption_id"),
    Index("ix_published_incident_since", "since_entry"),
    comment="What Navitia's line reports tell: which of PRIM's ids IDFM holds as one incident; of no log, "
    "and kept when "
    "a fold begins anew",
    **_MYSQL,
)

incident_line = Table(
    "incident_line",
    metadata,
    _column("line", String(32), "line id; empty: it names none", key=True),
    _column("incident", String(191), "incident.incident", key=True),
    _column("name", String(64), "short name of the line"),
    _column("mode", String(16), "mode of the line"),
    comment="Lines that an incident touches",
    **_MYSQL,
)

incident_event = Table(
    "incident_event",
    metadata,
    _column("incident", String(191), "incident.incident", key=True),
    _column("entry", BigInteger, "message.entry", key=True),
    _column("part", Integer, "message.part", key=True),
    _column("at_us", BigInteger, "event time of the entry"),
    _column("kind", String(16), "announced, opened, updated, paused or closed: all but ongoing"),
    _column("disruption", String(191), "PRIM's id"),
    _column("rev", Integer, "revision.rev"),
    _column("begin_us", BigInteger, "begin of the period", null=True),
    _column("end_us", BigInteger, "end of the period", null=True),
    _column("last_seen_us", BigInteger, "closed: last good poll that held it", null=True),
    comment="What the log tells of an incident, but that it goes on",
    **_MYSQL,
)

incident_end = Table(
    "incident_end",
    metadata,
    _column("incident", String(191), "incident.incident", key=True),
    _column("at_us", BigInteger, "when it was announced", key=True),
    _column("end_us", BigInteger, "the end that was announced"),
    _column("source", String(16), "text: an hour in the words; period: the end of PRIM's period"),
    comment="Ends that were announced, each when it changed",
    **_MYSQL,
)

line_hour = Table(
    "line_hour",
    metadata,
    _column("line", String(32), "line id; *: the observed ticks of the hour, whatever happened", key=True),
    _column("day", String(10), "service day, YYYY-MM-DD: 04:00 to 04:00 in Paris", key=True),
    _column("hour", SmallInteger, "hour on Paris's clocks, 0 to 23", key=True),
    _column("ticks", SmallInteger, "observed ticks of the hour"),
    _column("level_e6", BigInteger, "level of the line in 1e-6, summed over those ticks; quiet lines have no row"),
    Index("ix_line_hour_day", "day"),
    comment="Levels of lines by hour: what is usual is worked out from them (docs/alerts.md)",
    **_MYSQL,
)

incident_hour = Table(
    "incident_hour",
    metadata,
    _column("line", String(32), "line id", key=True),
    _column("day", String(10), "service day, YYYY-MM-DD: 04:00 to 04:00 in Paris", key=True),
    _column("hour", SmallInteger, "hour on Paris's clocks, 0 to 23", key=True),
    _column("ticks", SmallInteger, "observed ticks with one"),
    Index("ix_incident_hour_day", "day"),
    comment="Hours in which an incident, from 'perturbation non bloquante' up, hit a station of the line or "
    "the whole line "
    "at an observed tick; line_hour says which hours were observed",
    **_MYSQL,
)

alert = Table(
    "alert",
    metadata,
    _column("id", String(64), "line and moment", key=True),
    _column("line", String(32), "line id"),
    _column("raised_us", BigInteger, "when it was raised"),
    _column("due_us", BigInteger, "not to be delivered before: the end of the quiet hours"),
    _column("cleared_us", BigInteger, "when it was over; NULL: it goes on", null=True),
    _column("level_e6", Integer, "level when raised, in 1e-6"),
    _column("blocked_e6", Integer, "share of the line's stations blocked when raised, in 1e-6"),
    _column("peak_e6", Integer, "highest level so far, in 1e-6"),
    _column("usual_e6", Integer, "usual level of that kind of day and hour, in 1e-6"),
    _column("days", SmallInteger, "observed days behind the usual level; under 10 it is not shown"),
    _column("repeats", SmallInteger, "times that it was opened again"),
    _column("title", LongText, "title of the gravest disruption when raised"),
    _column("disruptions", LongText, "JSON list of PRIM's ids when raised"),
    Index("ix_alert_raised", "raised_us"),
    comment="Lines far above what is usual (docs/alerts.md)",
    **_MYSQL,
)

alert_change = Table(
    "alert_change",
    metadata,
    _column("alert", String(64), "alert.id", key=True),
    _column("at_us", BigInteger, "event time from which on it was so", key=True),
    _column("cleared_us", BigInteger, "alert.cleared_us then", null=True),
    _column("peak_e6", Integer, "alert.peak_e6 then"),
    _column("repeats", SmallInteger, "alert.repeats then"),
    _column(
        "ground",
        String(16),
        "why it was raised: blocked (the share of blocked stations alone is enough) or unusual (a "
        "smaller share, and a level far above the expected one)",
    ),
    comment="What was known of an alert from when on: for windows of the past",
    **_MYSQL,
)

delivery = Table(
    "delivery",
    metadata,
    _column("alert", String(64), "alert.id", key=True),
    _column("event", String(16), "raised or cleared", key=True),
    _column("target", String(64), "log, or hash of the address", key=True),
    _column("status", String(16), "waiting, sent, failed or skipped"),
    _column("attempts", SmallInteger, "so far"),
    _column("next_us", BigInteger, "not tried before"),
    _column("said", String(255), "what the target answered last"),
    comment="Who was told of which alert",
    **_MYSQL,
)

EVIDENCE = (published_incident, delivery)  # what no log holds: a rebuild carries it over

cluster_life = Table(
    "cluster_life",
    metadata,
    _column("channel", String(16), "incident, works or information", key=True),
    _column("life", Integer, "number of the cluster in this store, by birth", key=True),
    _column("born_us", BigInteger, "first tick"),
    _column("died_us", BigInteger, "first tick without it; NULL: it lives", null=True),
    _column("ticks", Integer, "observed ticks with hits"),
    _column("lat", Double, "middle of its hits at its last tick, WGS 84 degrees"),
    _column("lon", Double, "middle of its hits at its last tick, WGS 84 degrees"),
    _column("hits", Integer, "hits at its last tick"),
    comment="Clusters that keep their identity over ticks, whatever their index (docs/clusters.md)",
    **_MYSQL,
)

cluster_sign = Table(
    "cluster_sign",
    metadata,
    _column("channel", String(16), "incident, works or information", key=True),
    _column("life", Integer, "cluster_life.life", key=True),
    _column(
        "sign", SmallInteger, "0: A, 1: B … 25: Z, 26: AA; of one living cluster at a time, and for two hours after it"
    ),
    comment="The letter of each cluster",
    **_MYSQL,
)

cluster_place = Table(
    "cluster_place",
    metadata,
    _column("channel", String(16), "incident, works or information", key=True),
    _column("life", Integer, "cluster_life.life", key=True),
    _column("tick_us", BigInteger, "from this tick on", key=True),
    _column("zda", String(16), "stop zone of the station that it is called after"),
    _column("name", String(191), "name of that station"),
    _column("lat", Double, "of that station, WGS 84 degrees"),
    _column("lon", Double, "of that station, WGS 84 degrees"),
    comment="What each cluster is called, one row whenever that changes: when it has moved by more than 5 km",
    **_MYSQL,
)

cluster_medoid = Table(
    "cluster_medoid",
    metadata,
    _column("channel", String(16), "incident, works or information", key=True),
    _column("life", Integer, "cluster_life.life", key=True),
    _column("tick_us", BigInteger, "from this tick on", key=True),
    _column("zda", String(16), "stop zone of its medoid: the station with the least total distance to its hits"),
    _column("lat", Double, "of that station, WGS 84 degrees"),
    _column("lon", Double, "of that station, WGS 84 degrees"),
    comment="Where each cluster was, one row whenever its medoid changes",
    **_MYSQL,
)

cluster_tick = Table(
    "cluster_tick",
    metadata,
    _column("channel", String(16), "incident, works or information", key=True),
    _column("tick_us", BigInteger, "an observed tick at which it had hits", key=True),
    _column("life", Integer, "cluster_life.life", key=True),
    _column("ticks", Integer, "observed ticks with hits so far"),
    _column("lat", Double, "middle of its hits, WGS 84 degrees"),
    _column("lon", Double, "middle of its hits, WGS 84 degrees"),
    _column("hits", Integer, "its hits"),
    Index("ix_cluster_tick_life", "channel", "life", "tick_us"),
    comment="A cluster at each tick: for windows of the past",
    **_MYSQL,
)

cluster_label = Table(
    "cluster_label",
    metadata,
    _column("channel", String(16), "incident, works or information", key=True),
    _column("cluster", SmallInteger, "cluster index of messages and windows", key=True),
    _column("begin_us", BigInteger, "from this tick on", key=True),
    _column("life", Integer, "cluster_life.life that the index stands for; -1: none"),
    comment="Which living cluster an index stands for, a row where it changes",
    **_MYSQL,
)

cluster_event = Table(
    "cluster_event",
    metadata,
    _column("channel", String(16), "incident, works or information", key=True),
    _column("tick_us", BigInteger, "when", key=True),
    _column("life", Integer, "whose", key=True),
    _column("event", String(8), "born, moved, grown, shrunk, split, merged or died", key=True),
    _column("other", Integer, "split: what left it; merged: what went into it; else -1", key=True),
    _column("km", Double, "moved: how far since its last event of the kind"),
    _column("hits_before", Integer, "its hits before"),
    _column("hits", Integer, "its hits now"),
    comment="What happened to clusters",
    **_MYSQL,
)

revision_tag = Table(
    "revision_tag",
    metadata,
    _column("rev", Integer, "revision.rev", key=True),
    _column("kind", String(16), "cause, effect, line, mode, station or place", key=True),
    _column(
        "value", String(191), "cause or effect (docs/language.md), line id, mode, interchange, or commune", key=True
    ),
    Index("ix_revision_tag_value", "kind", "value"),
    comment="What each revision is about (derived fold texts)",
    **_MYSQL,
)

revision_search = Table(
    "revision_search",
    metadata,
    _column("rev", Integer, "revision.rev", key=True),
    _column("words", LongText, "every word to be found, folded (no accents, no capitals), a space around each"),
    comment="What each revision is found by (derived fold texts); in SQLite also the FTS5 table revision_fts",
    **_MYSQL,
)

trend_sighting = Table(
    "trend_sighting",
    metadata,
    _column("entry", BigInteger, "offset in the log", key=True),
    _column("part", Integer, "place in the entry", key=True),
    _column("opened_us", BigInteger, "when it opened"),
    _column("rev", Integer, "revision.rev"),
    _column("disruption", String(191), "id of the first of the updates and twins that count as one"),
    Index("ix_trend_sighting_opened", "opened_us"),
    comment="What opened, as the trends count it (derived fold trends)",
    **_MYSQL,
)

trend = Table(
    "trend",
    metadata,
    _column("end_us", BigInteger, "end of the window, a tick, inclusive", key=True),
    _column("ranking", String(16), "unusual (by surprise) or frequent (by disruptions)", key=True),
    _column("place", SmallInteger, "0-based, in its ranking", key=True),
    _column("begin_us", BigInteger, "begin of the window, exclusive"),
    _column("kind", String(16), "of the tag, as in revision_tag"),
    _column("value", String(191), "of the tag"),
    _column("disruptions", Integer, "that opened in the window and have the tag, each once"),
    _column("expected", Double, "disruptions that its own trailing week leads one to expect"),
    _column("surprise", Double, "Poisson log-likelihood ratio; 0: no more than expected"),
    _column("also", LongText, "JSON list of [kind, value]: tags of mostly the same disruptions"),
    comment="The ten most unusual and the ten most frequent tags at each tick (derived fold trends)",
    **_MYSQL,
)


def _has_fts5(ddl: object, target: object, bind: Connection | None, *_: object, **__: object) -> bool:
    if bind is None or bind.dialect.name != "sqlite":
        return False
    options = bind.exec_driver_sql("pragma compile_options").scalars()
    return "ENABLE_FTS5" in options


_FORGET_WORDS = "drop table if exists revision_fts"  # SQLite drops triggers with their table, and not this
for _when, _statement in (
    ("before_drop", _FORGET_WORDS),
    ("after_create", _FORGET_WORDS),
    (
        "after_create",
        (
            "create virtual table revision_fts using fts5(words, content='revision_search', content_rowid='rev', "
            "tokenize='ascii')"
        ),
    ),
    (
        "after_create",
        (
            "create trigger revision_search_insert after insert on revision_search begin "
            "insert into revision_fts(rowid, words) values (new.rev, new.words); end"
        ),
    ),
    (
        "after_create",
        (
            "create trigger revision_search_delete after delete on revision_search begin "
            "insert into revision_fts(revision_fts, rowid, words) values ('delete', old.rev, old.words); end"
        ),
    ),
):
    event.listen(revision_search, _when, DDL(_statement).execute_if(callable_=_has_fts5))
