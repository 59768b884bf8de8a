"""The timeline stacked by line: what each line has in each window. A disruption on two lines counts on both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from dashboard.store import queries
from dashboard.store.records import Revision, Span, Tick
from dashboard.ui.theme import UNKNOWN_LINE_COLOUR, as_json, badge
from dashboard.window.hit_filter import Choosing
from dashboard.window.selection import Selection
from dashboard.window.view_cache import Views
from spark_app.store.tables import WEIGHT_E9

LINES_SHOWN = 10  # the largest of the range; the others are one grey part
Sizes = dict[str, float]  # line -> disruptions or stations, summed over observed ticks


def sizes(
    connection: Connection, views: Views, selection: Selection, store: str, spans: Sequence[Span]
) -> dict[int, Sizes]:
    """{end_us: sizes by line} of each window."""
    revs = queries.revisions_between(
        connection, selection.channels, spans[0].first_entry, max(span.last_entry for span in spans)
    )
    revisions = views.revisions(connection, store, revs)
    choosing = Choosing(selection)
    held = {rev: r for rev, r in revisions.items() if choosing.disruption(r)}
    if selection.narrowed:
        return _counted(connection, selection, spans, held, choosing)
    lines = {hit.line for r in held.values() for hit in r.hits if hit.line and choosing.line(hit)}
    ends = [span.end_us for span in spans]
    column = "stations" if selection.size == "stations" else "disruptions_e9"
    unit = 1 if selection.size == "stations" else WEIGHT_E9
    found = queries.line_sizes(connection, sorted(lines), ends, selection.channels, column)
    return {end: {line: value / unit for line, value in by.items()} for end, by in found.items()}


def _counted(
    connection: Connection, selection: Selection, spans: Sequence[Span], held: dict[int, Revision], choosing: Choosing
) -> dict[int, Sizes]:
    """The same from the hits of each tick, for choices that no table holds."""
    ticks = queries.ticks_between(connection, spans[0].begin_us, spans[-1].end_us)
    wanted = [t for t in ticks if t.observed and any(s.begin_us < t.at_us <= s.end_us for s in spans)]
    by_tick = _by_tick(connection, selection, wanted, held, choosing) if wanted else {}
    return {
        span.end_us: _summed(by_tick.get(t.at_us, {}) for t in wanted if span.begin_us < t.at_us <= span.end_us)
        for span in spans
    }


def _by_tick(
    connection: Connection, selection: Selection, ticks: Sequence[Tick], held: dict[int, Revision], choosing: Choosing
) -> dict[int, Sizes]:
    places: dict[int, dict[str, set[str]]] = {}
    for rev, revision in held.items():
        by_line = places.setdefault(rev, defaultdict(set))
        for hit in filter(choosing.hit, revision.hits):
            by_line[hit.line].add(hit.zda)
    events = queries.ongoing_events(connection, held, [tick.entry for tick in ticks])
    disruptions: dict[int, Sizes] = defaultdict(lambda: defaultdict(float))
    stations: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for event in events:
        for line, zdas in places[event.rev].items():
            disruptions[event.pane_us][line] += 1
            stations[event.pane_us][line] |= zdas - {""}
    if selection.size == "disruptions":
        return dict(disruptions)
    return {at: {line: float(len(zdas)) for line, zdas in by.items()} for at, by in stations.items()}


def _summed(parts: Iterable[Sizes]) -> Sizes:
    total: Sizes = defaultdict(float)
    for part in parts:
        for line, size in part.items():
            total[line] += size
    return total


def stacked(by_window: dict[int, Sizes], spans: Sequence[Span]) -> tuple[list[dict[str, str]], dict[int, list[Any]]]:
    """Badges of the lines that are shown, and {end_us: [[position, mean size, colour] …]} with the others last."""
    total = _summed(by_window.values())
    order = sorted((line for line in total if line), key=lambda line: (-total[line], line))[:LINES_SHOWN]
    badges = [as_json(badge(line)) for line in order]
    bars = {span.end_us: _bars(by_window.get(span.end_us, {}), span, order, badges) for span in spans}
    return badges, bars


def _bars(sizes_: Sizes, span: Span, order: list[str], badges: list[dict[str, str]]) -> list[Any]:
    ticks = max(span.ticks_observed, 1)
    bars = [
        [position, round(sizes_[line] / ticks, 3), shown["colour"]]
        for position, (line, shown) in enumerate(zip(order, badges, strict=True))
        if sizes_.get(line)
    ]
    rest = sum(size for line, size in sizes_.items() if line not in order)
    return [*bars, [len(order), round(rest / ticks, 3), UNKNOWN_LINE_COLOUR]] if rest else bars
