"""Incidents: the list, the life of one, how well announced ends held, and the stretches of which nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from dashboard.pages.incidents.read import (
    ORDERS,
    Announced,
    Incident,
    Life,
    Step,
    filter_incidents,
    past_of,
    read_incidents,
    read_life,
    stretch,
)
from dashboard.pages.incidents.reliability import GROUPS, Reliability, read_gaps, read_reliability
from dashboard.tables.dataset import (
    Asked,
    Dataset,
    Found,
    Listed,
    NoSuchRow,
    Offer,
    Parameter,
    Row,
    columns,
    of_stretch,
)
from dashboard.ui.theme import badge
from dashboard.window.gaps import Gap
from dashboard.window.selection import Selection, format_utc, utc_or_none
from dashboard.window.view_cache import Views

FOLD = "incidents"
INCIDENT_COLUMNS = columns("""
    incident       text      its id: that of its first disruption
    episode        text      what a rider would call one event: the id of its first incident
    channel        text      incident, works or information
    cause          text      in the notices' own words, without accents; empty if none is told
    severity       text      PRIM's, the worst so far
    title          text      of the newest revision
    phase          text      announced, active, resuming or over
    initial        boolean   went on already when the log began: its begin is not known
    disruptions    integer   ids that PRIM gave it
    revisions      integer   texts that were published about it
    lines          texts     line ids
    published_utc  moment    first observed
    opened_utc     moment?   effective begin; null: none, or only its end was published
    ended_utc      moment?   effective end; null while it is not over
    ended_by       text      how the end is known: closing id, period over, or vanished
    first_end_utc  moment?   the end that was announced first
    last_end_utc   moment?   the end that was announced last
    seen_utc       moment    the last message about it
    minutes        number?   how long it held, up to seen_utc if it goes on; null if it never did
    error_minutes  number?   first announced end less effective end: positive, it was over before
""")
STEP_COLUMNS = columns("""
    at_utc         moment   when it was observed
    kind           text     announced, opened, updated, paused or closed
    disruption     text     PRIM's id
    severity       text     PRIM's severity
    title          text     as published, plain
    text           text     as published, plain
    last_seen_utc  moment?  closed: the last good poll that held it
    why            text     why this id belongs to the incident
""")
END_COLUMNS = columns("""
    at_utc         moment   when it was announced
    end_utc        moment   the end that was announced
    source         text     text: an hour in the words; period: the end of PRIM's period
    error_minutes  number?  announced less effective end; null while it is not over
""")
RELIABILITY_COLUMNS = columns("""
    group          text     line id, cause, or hour in Paris
    name           text     what the group is called
    incidents      integer  that are over and whose begin is known
    announcements  integer  of their ends
    p10_min        number   announced less effective end in minutes: positive, it was over before
    median_min     number   the same
    p90_min        number   the same
""")
GAP_COLUMNS = columns("""
    begin_utc  moment   the last observed tick before
    end_utc    moment   the last unobserved tick
    ticks      integer  that were not observed
""")
FIND = Parameter("find", "words that title, cause or a line's name hold")
ORDER = Parameter("order", "order of the list", tuple(ORDERS))
BY = Parameter("by", "what the groups are", GROUPS)
INCIDENT = Parameter("incident", "the id of an incident, as the list has it", required=True, longest=191)


def incidents(asked: Asked) -> Found:
    """One row an incident that was told of in the chosen stretch."""
    with asked.reading() as connection:
        until_us, about = _stretch(connection, asked)
        found = read_incidents(connection, asked.selection, asked.views.revisions_now)
    listed = filter_incidents(found, asked.given["find"], asked.given["order"])
    return Found([incident_row(each) for each in listed], until_us, about)


def _stretch(connection: Connection, asked: Asked) -> tuple[int, Row]:
    after_us, until_us = stretch(connection, asked.selection)
    return until_us, of_stretch(connection, after_us, until_us)


def incident_row(each: Incident) -> Row:
    """An incident as a row."""
    return {
        "incident": each.incident,
        "episode": each.episode,
        "channel": each.channel,
        "cause": each.cause,
        "severity": each.severity,
        "title": each.title,
        "phase": each.phase,
        "initial": each.initial,
        "disruptions": each.disruptions,
        "revisions": each.revisions,
        "lines": [line for line, _, _ in each.lines if line],
        "published_utc": format_utc(each.published_us),
        "opened_utc": utc_or_none(each.opened_us),
        "ended_utc": utc_or_none(each.ended_us),
        "ended_by": each.ended_by,
        "first_end_utc": utc_or_none(each.first_end_us),
        "last_end_utc": utc_or_none(each.last_end_us),
        "seen_utc": format_utc(each.seen_us),
        "minutes": _minutes(each.minutes()),
        "error_minutes": _minutes(each.error_minutes()),
    }


def _minutes(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def life_of(views: Views, name: str, selection: Selection) -> Life:
    """The life of one incident, or alias, up to the chosen window. Raises NoSuchRow or StoreUnavailable."""
    with views.store.reading() as connection:
        life = read_life(connection, name, past_of(connection, selection))
    if life is None:
        when = "" if selection.end_us is None else f" at {format_utc(selection.end_us)}"
        raise NoSuchRow(f"incident = {name!r}: the store {views.store.name} has no such incident{when}")
    return life


def life_answer(views: Views, query: Mapping[str, str]) -> Row:
    """One incident with its revisions, announced ends and siblings of the same episode, as known at the window's end;
    `later` is what is known today, null if that is no more."""
    life = life_of(views, INCIDENT.read(query), views.selection(query))
    return {
        "incident": incident_row(life.incident),
        "steps": [_step_row(step, life) for step in life.steps],
        "ends": [_end_row(end, life) for end in life.ends],
        "siblings": [incident_row(each) for each in life.siblings],
        "later": None if life.later is None else incident_row(life.later),
    }


def steps(asked: Asked) -> Found:
    """One row a message of the log about one incident, with what was said."""
    life = life_of(asked.views, asked.given["incident"], asked.selection)
    return Found([_step_row(step, life) for step in life.steps], None, {"incident": life.incident.incident})


def _step_row(step: Step, life: Life) -> Row:
    return {
        "at_utc": format_utc(step.at_us),
        "kind": step.kind,
        "disruption": step.disruption,
        "severity": step.severity,
        "title": step.title,
        "text": step.text,
        "last_seen_utc": utc_or_none(step.last_seen_us),
        "why": life.why.get(step.disruption, ""),
    }


def ends(asked: Asked) -> Found:
    """One row an announced end of one incident."""
    life = life_of(asked.views, asked.given["incident"], asked.selection)
    return Found([_end_row(end, life) for end in life.ends], None, {"incident": life.incident.incident})


def _end_row(end: Announced, life: Life) -> Row:
    return {
        "at_utc": format_utc(end.at_us),
        "end_utc": format_utc(end.end_us),
        "source": end.source,
        "error_minutes": _minutes(end.error_minutes(life.incident.ended_us)),
    }


def reliability(asked: Asked) -> Found:
    """One row a line, cause or hour: how far announced ends were from the effective ones."""
    with asked.reading() as connection:
        until_us, about = _stretch(connection, asked)
        incidents = read_incidents(connection, asked.selection, asked.views.revisions_now)
        found = read_reliability(connection, incidents, asked.given["by"])
    return Found([_reliability_row(each, asked.given["by"]) for each in found], until_us, about)


def _reliability_row(each: Reliability, by: str) -> Row:
    name = badge(each.group).label if by == "line" and each.group else f"{each.group} h" if by == "hour" else each.group
    quantiles = {"p10_min": each.p10, "median_min": each.median, "p90_min": each.p90}
    rounded: dict[str, Any] = {name: round(value, 3) for name, value in quantiles.items()}
    return {
        "group": each.group,
        "name": name,
        "incidents": each.incidents,
        "announcements": each.announcements,
    } | rounded


def gaps(asked: Asked) -> Found:
    """One row a stretch of ticks without a good poll."""
    with asked.reading() as connection:
        until_us, about = _stretch(connection, asked)
        found, _ = read_gaps(connection, asked.selection)
    return Found([_gap_row(gap) for gap in found], until_us, about)


def _gap_row(gap: Gap) -> Row:
    return {"begin_utc": format_utc(gap.begin_us), "end_utc": format_utc(gap.end_us), "ticks": gap.ticks}


DATASETS = (
    Dataset(
        "incidents",
        Offer("incidents", "Incidents", "Incidents"),
        "The incidents that were told of in the stretch `span` up to the window's end",
        INCIDENT_COLUMNS,
        incidents,
        (FIND, ORDER),
        fold=FOLD,
        lists=(Listed("lines", ("incident", "title"), "line", "line id", "lignes", "lines", "line"),),
    ),
    Dataset(
        "incident-steps",
        None,
        "What was published about one incident, in the order of the log",
        STEP_COLUMNS,
        steps,
        (INCIDENT,),
        fold=FOLD,
    ),
    Dataset(
        "incident-ends",
        None,
        "The ends that were announced for one incident",
        END_COLUMNS,
        ends,
        (INCIDENT,),
        fold=FOLD,
    ),
    Dataset(
        "reliability",
        Offer("incidents", "Fins annoncées", "Announced ends"),
        "How well announced ends held, by line, cause or hour",
        RELIABILITY_COLUMNS,
        reliability,
        (BY,),
        fold=FOLD,
    ),
    Dataset(
        "gaps",
        Offer("incidents", "Trous", "Gaps"),
        "The stretches of `span` up to the window's end without a good poll",
        GAP_COLUMNS,
        gaps,
    ),
)
