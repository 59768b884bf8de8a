"""Gap notes: one sentence on the ticks that a window misses, shown wherever the window is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dash import html
from sqlalchemy import Connection

from dashboard.store import queries
from dashboard.store.records import Tick
from dashboard.ui.texts import Words
from dashboard.window.view import View
from prim_client.messages.time_units import DAY_US

NOTE_CLASS = "window-note"  # `assets/frame/take_away.js` puts these sentences under the tables that it gives as files


@dataclass(frozen=True, slots=True)
class Gap:
    """Ticks in a row that nobody observed: after `begin_us` up to and including `end_us`."""

    begin_us: int
    end_us: int
    ticks: int


def gaps_of(ticks: Sequence[Tick]) -> list[Gap]:
    """The runs of unobserved ticks, oldest first.

    >>> gaps_of([Tick(n, at_us, at_us not in (5, 10)) for n, at_us in enumerate((0, 5, 10, 15))])
    [Gap(begin_us=0, end_us=10, ticks=2)]
    """
    found: list[Gap] = []
    step_us = ticks[1].at_us - ticks[0].at_us if len(ticks) > 1 else 0
    before_us = ticks[0].at_us - step_us if ticks else 0
    for observed, group in groupby(ticks, key=lambda tick: tick.observed):
        run = list(group)
        if not observed:
            found.append(Gap(before_us, run[-1].at_us, len(run)))
        before_us = run[-1].at_us
    return found


def missing_ticks(view: View) -> int:
    """Ticks of the window that passed unobserved; what an open window has still to come is not missing."""
    if view.span.closed:
        return view.span.ticks_expected - view.span.ticks_observed
    return sum(not tick.observed for tick in view.ticks)


def sentence(view: View, words: Words) -> str:
    """That the window is not whole; empty if it is."""
    missing = missing_ticks(view)
    return words("window.missing", missing=missing, of=view.span.ticks_expected) if missing else ""


def facts_between(connection: Connection, after_us: int, until_us: int) -> dict[str, int]:
    """`ticks_expected` and `ticks_observed` of any stretch (after, until], for what is exported about it."""
    ticks = queries.ticks_between(connection, after_us, until_us)
    return {"ticks_expected": len(ticks), "ticks_observed": sum(tick.observed for tick in ticks)}


def sentence_between(connection: Connection, after_us: int, until_us: int, words: Words) -> str:
    """The same of any stretch (after, until]: of the ticks that the store has in it."""
    expected, observed = facts_between(connection, after_us, until_us).values()
    begin, end = (words.moment(us, until_us) for us in (after_us, until_us))
    missing = expected - observed
    return words("window.unseen", begin=begin, end=end, missing=missing, of=expected) if missing else ""


def last_day(connection: Connection, until_us: int, words: Words) -> list[html.P]:
    """What was not observed in the 24 hours up to a moment, as a paragraph."""
    return note(sentence_between(connection, until_us - DAY_US, until_us, words))


def note(text: str) -> list[html.P]:
    """A sentence as a paragraph; nothing for none."""
    return [html.P(text, className=f"small {NOTE_CLASS}")] if text else []
