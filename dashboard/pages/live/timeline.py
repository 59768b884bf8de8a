"""The timeline: sizes of the clusters over the sliding windows, with every gap shown as a gap."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from dash import html
from sqlalchemy import Connection

from dashboard.pages.live import timeline_lines
from dashboard.store import queries
from dashboard.store.lives import Key, Lives, cluster_id, read_lives
from dashboard.store.measures import Counter, Measures, merged
from dashboard.store.records import Event, Span, Tick
from dashboard.ui.attributes import attributes
from dashboard.ui.downloads import take_buttons
from dashboard.ui.static_html import as_static
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge, polarity_colour
from dashboard.window.clusters import polarity_of
from dashboard.window.hit_filter import Choosing
from dashboard.window.selection import RANGES_H, SIZES, STACKS, Selection
from dashboard.window.view_cache import Views
from prim_client.messages.time_units import HOUR_US
from spark_app.derived.clusters.signs import hue_of, letter_of, pattern_of
from spark_app.store.tables import NO_CLUSTER, WEIGHT_E9

WINDOWS_MAX = 300  # bars that a screen can tell apart; a longer range shows every n-th window
SHORTEST_H = 2  # a store younger than this shows the time before it as a gap
SPEEDS = (2, 1, 4, 8)  # windows a second; the first is chosen


def layout(words: Words) -> html.Section:
    """The frame of the chart; `assets/timeline/timeline.js` draws into it."""
    return html.Section(
        className="timeline-card card",
        **attributes(aria_label=words("timeline.title")),
        children=[
            _head(words),
            html.Div(
                id="timeline",
                className="timeline",
                tabIndex=0,
                role="slider",
                **attributes(aria_label=words("timeline.slider"), aria_valuemin=0, aria_valuemax=0, aria_valuenow=0),
            ),
        ],
    )


def _head(words: Words) -> html.Div:
    head = html.Div(
        className="card-head",
        children=[
            html.H2(words("timeline.title"), id="timeline-title"),
            _segments(words, "timeline.measure", "size", {v: f"timeline.{v}" for v in SIZES}),
            _segments(words, "timeline.stack", "stack", {v: f"timeline.by_{v}" for v in STACKS}),
            _segments(words, "timeline.span", "span", {v: f"span.{v}" for v in RANGES_H}),
            _player(words),
            take_buttons(words, "timeline.csv", "timeline.png"),
            html.Div(id="timeline-hint", className="timeline-hint"),
        ],
    )
    return as_static(head)


def _player(words: Words) -> html.Div:
    """Plays the windows of the range one after the other; `assets/timeline/playback.js`."""

    def button(what: str, sign: str) -> html.Button:
        word = words(f"play.{what}")
        marks = attributes(data_choice=f"play:{what}", aria_label=word)
        return html.Button(sign, type="button", className="segment", id=f"play-{what}", title=word, **marks)

    speeds = [html.Option(words("play.speed", n=n), value=str(n)) for n in SPEEDS]
    return html.Div(
        className="segments player",
        role="group",
        **attributes(aria_label=words("play.label")),
        children=[
            button("back", "‹"),
            button("toggle", "▶"),
            button("on", "›"),
            button("loop", "↻"),
            html.Select(
                speeds, id="play-speed", className="segment", **attributes(aria_label=words("play.speed.label"))
            ),
        ],
    )


def _segments(words: Words, label: str, kind: str, choices: dict[str, str]) -> html.Div:
    return html.Div(
        className="segments",
        role="group",
        **attributes(aria_label=words(label)),
        children=[
            html.Button(words(key), type="button", className="segment", **attributes(data_choice=f"{kind}:{value}"))
            for value, key in choices.items()
        ],
    )


def data(views: Views, selection: Selection) -> dict[str, Any] | None:
    """What the chart draws: windows oldest first, each with its clusters; None in an empty store.

    A window that the store does not have, or whose ticks were not observed, is there with what is missing,
    so that a gap looks like a gap. Raises StoreUnavailable.
    """
    with views.store.reading() as connection:
        version = queries.read_version(connection).data()
        return views.charts.get((version, selection), lambda: _of_stretch(connection, views, selection, version))


def _of_stretch(connection: Connection, views: Views, selection: Selection, version: str) -> dict[str, Any] | None:
    """The chart of the stretch around the chosen window: the windows of one stretch have the same."""
    newest = queries.live_span(connection)
    if newest is None:
        return None
    until_us, after_us = _range(newest, selection, queries.first_span_end(connection) - _slide_us(connection, newest))
    key = (version, selection.live(), after_us, until_us)
    return views.charts.get(key, lambda: _chart(connection, views, selection, newest, after_us, until_us))


def _chart(
    connection: Connection, views: Views, selection: Selection, newest: Span, after_us: int, until_us: int
) -> dict[str, Any] | None:
    slide_us = _slide_us(connection, newest)
    step_us = slide_us * max(-(-(until_us - after_us) // slide_us // WINDOWS_MAX), 1)
    spans = queries.spans_between(connection, after_us, until_us, step_us)
    if newest.end_us <= until_us and newest not in spans:  # between two steps of a long range
        spans.append(newest)
    if not spans:
        return None
    facts, lives = _facts(connection, views, selection, spans, after_us, until_us, step_us)
    series, bars = _series(connection, views, selection, spans, facts, lives)
    return {
        "after_ms": after_us // 1000,
        "until_ms": until_us // 1000,
        "step_ms": step_us // 1000,
        "width_ms": (newest.end_us - newest.begin_us) // 1000,
        "size": selection.size,
        "stack": selection.stack,
        "series": series,
        "marks": _marks(connection, selection, after_us, until_us),
        "windows": [
            _window(span, bars.get(span.end_us, []), found, _largest(span, found, lives, selection.size))
            for span, found in ((span, facts.get(span.end_us, {})) for span in spans)
        ],
    }


def _largest(span: Span, facts: Measures, lives: Lives, size: str) -> str:
    """What the largest cluster of a window was called at its end; empty where nobody knows."""
    measure = "stations" if size == "stations" else "disruptions_e9"
    sizes = {key: measures[measure] for key, measures in facts.items() if key[1] != NO_CLUSTER}
    if not any(sizes.values()):
        return ""
    return lives.name(max(sizes, key=lambda key: (sizes[key], key)), span.end_us)


def _series(
    connection: Connection,
    views: Views,
    selection: Selection,
    spans: list[Span],
    facts: dict[int, Measures],
    lives: Lives,
) -> tuple[list[Any], dict[int, list[Any]]]:
    """What the bars are made of, and the parts of each window's: [position, size, colour]."""
    if selection.stack == "line":
        store = queries.read_version(connection).store
        return timeline_lines.stacked(timeline_lines.sizes(connection, views, selection, store, spans), spans)
    order = _stacking_order([facts.get(span.end_us, {}) for span in spans])
    bars = {span.end_us: _bars(span, facts.get(span.end_us, {}), order, selection.size) for span in spans}
    return [_series_of(key, lives, spans[-1].end_us) for key in order], bars


def _series_of(key: Key, lives: Lives, at_us: int) -> dict[str, Any]:
    """A cluster as a part of the bars: its identity, letter, hue, pattern and name."""
    sign = lives.sign(key)
    return {
        "id": cluster_id(*key),
        "letter": letter_of(sign),
        "hue": hue_of(sign),
        "pattern": pattern_of(sign),
        "label": lives.name(key, at_us),
    }


def _marks(connection: Connection, selection: Selection, after_us: int, until_us: int) -> list[list[Any]]:
    """[moment in ms, line, its name] of each alert that was raised on a chosen line in the range."""
    found = queries.alerts_between(connection, after_us, until_us)
    return [[at_us // 1000, line, badge(line).label] for at_us, line in found if selection.holds_line(line)]


def _slide_us(connection: Connection, newest: Span) -> int:
    """The step between windows, as the store says it; else that of the ticks."""
    said = queries.read_meta(connection).get("slide_us")
    return int(said) if said else (newest.end_us - newest.begin_us) // max(newest.ticks_expected, 1)


def _range(newest: Span, selection: Selection, first_us: int) -> tuple[int, int]:
    """(until, after): up to the live window, or around an older one; a young store fills its chart."""
    length_us = RANGES_H[selection.span] * HOUR_US
    until_us = newest.end_us
    if selection.end_us is not None and selection.end_us <= until_us - length_us:
        until_us = min(until_us, selection.end_us + length_us // 4)
    began_us = min(first_us, until_us - SHORTEST_H * HOUR_US)
    return until_us, max(until_us - length_us, began_us)


def _facts(
    connection: Connection,
    views: Views,
    selection: Selection,
    spans: list[Span],
    after_us: int,
    until_us: int,
    step_us: int,
) -> tuple[dict[int, Measures], Lives]:
    """The measures of each window by cluster, and who the clusters are."""
    scope, ticks = selection.scope(), _observed_ticks(connection, spans)
    lives = read_lives(connection, selection.channels, spans[0].begin_us, spans[-1].end_us)
    found: dict[int, Measures] = {}
    if scope is not None:
        newest = spans[-1]
        by_index = queries.timeline_facts(connection, after_us, until_us, step_us, selection.channels, scope)
        if newest.end_us not in by_index:
            by_index[newest.end_us] = queries.window_facts(connection, newest.end_us, selection.channels, scope)
        found = dict(_of_lives(spans, ticks, by_index, lives))
    left = [span for span in spans if span.end_us not in found]
    return found | _counted(connection, views, selection, left, ticks, lives), lives


def _observed_ticks(connection: Connection, spans: list[Span]) -> list[Tick]:
    return [tick for tick in queries.ticks_between(connection, spans[0].begin_us, spans[-1].end_us) if tick.observed]


def _of_lives(
    spans: list[Span], ticks: list[Tick], by_index: dict[int, Measures], lives: Lives
) -> Iterable[tuple[int, Measures]]:
    """The windows in which each index of the model stood for one cluster, by cluster."""
    for span in spans:
        facts = by_index.get(span.end_us, {})
        clusters = lives.of_indices(facts, _ticks_within(span, ticks))
        if clusters is not None:
            yield span.end_us, {clusters[key]: measures for key, measures in facts.items()}


def _ticks_within(span: Span, ticks: list[Tick]) -> list[Tick]:
    first = bisect_right(ticks, span.begin_us, key=lambda tick: tick.at_us)
    return ticks[first : bisect_right(ticks, span.end_us, key=lambda tick: tick.at_us)]


def _counted(
    connection: Connection, views: Views, selection: Selection, spans: list[Span], ticks: list[Tick], lives: Lives
) -> dict[int, Measures]:
    """The measures of windows from their hits, for any choice: ticks are counted once and kept."""
    wanted = {tick.at_us: tick for span in spans for tick in _ticks_within(span, ticks)}
    if not wanted:
        return {span.end_us: {} for span in spans}
    by_tick = _tick_facts(connection, views, selection, [wanted[at_us] for at_us in sorted(wanted)], lives)
    return {span.end_us: merged(by_tick[tick.at_us] for tick in _ticks_within(span, ticks)) for span in spans}


def _tick_facts(
    connection: Connection, views: Views, selection: Selection, ticks: list[Tick], lives: Lives
) -> dict[int, Measures]:
    store = queries.read_version(connection).store
    kept = views.ticks_of(connection, store, selection)
    missing = [tick for tick in ticks if tick.at_us not in kept]
    counted = _count_ticks(connection, views, selection, store, missing, lives) if missing else {}
    known = queries.next_entry_of(connection, "clusters")
    kept.update({tick.at_us: counted[tick.at_us] for tick in missing if tick.entry < known})
    return kept | counted


def _count_ticks(
    connection: Connection, views: Views, selection: Selection, store: str, ticks: list[Tick], lives: Lives
) -> dict[int, Measures]:
    choosing = Choosing(selection)
    entries = [tick.entry for tick in ticks]
    revs = queries.revisions_of(connection, selection.channels, entries)
    revisions = views.revisions(connection, store, revs)
    revs = [rev for rev in revs if choosing.disruption(revisions[rev]) and any(map(choosing.hit, revisions[rev].hits))]
    counter = Counter(revisions, choosing.line, choosing.hit, lives)
    of_tick: dict[int, list[Event]] = {tick.at_us: [] for tick in ticks}
    for event in queries.ongoing_events(connection, revs, entries):
        of_tick[event.pane_us].append(event)
    return {at_us: counter.count(events) for at_us, events in of_tick.items()}


def _stacking_order(facts: list[Measures]) -> list[tuple[str, int]]:
    """The most negative clusters at the bottom, by their mean over the whole range: stable within a chart."""
    total = merged({k: m for k, m in f.items() if k[1] != NO_CLUSTER} for f in facts)
    return sorted(total, key=lambda key: (polarity_of(total[key])[0] or 0, key))


def _bars(span: Span, facts: Measures, order: list[tuple[str, int]], size: str) -> list[Any]:
    ticks, bars = max(span.ticks_observed, 1), []
    for position, key in enumerate(order):
        if key in facts:
            value = facts[key]["stations"] if size == "stations" else facts[key]["disruptions_e9"] / WEIGHT_E9
            if value:
                bars.append([position, round(value / ticks, 3), polarity_colour(polarity_of(facts[key])[0])])
    return bars


def _window(span: Span, bars: list[Any], facts: Measures, largest: str) -> list[Any]:
    """[end_ms, expected, observed, closed, [[position, size, colour] …], mean polarity or None, largest cluster]."""
    scored = {name: sum(m[name] for m in facts.values()) for name in ("scored_e9", "polarity_e12")}
    polarity = polarity_of(scored | {"polarity_sq_e12": 0})[0]
    shown = None if polarity is None else round(polarity, 3)
    return [span.end_us // 1000, span.ticks_expected, span.ticks_observed, span.closed, bars, shown, largest]
