"""Datasets: what a page shows as rows with typed columns, for exports and the API alike.

To add one, add it to `DATASETS` of a module `datasets…` of its page; nothing else has to know of it. API, OpenAPI
document, `./pulse export`, CSV, GeoJSON, (Geo)Parquet, HTML and manifest all follow from its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Literal, cast

from sqlalchemy import Connection

from dashboard.registry.pages import modules
from dashboard.store import queries
from dashboard.window.gaps import facts_between
from dashboard.window.refusals import SelectionError, check_one
from dashboard.window.selection import Selection, check_address, format_utc
from dashboard.window.view import View
from dashboard.window.view_cache import Views

Row = dict[str, Any]
Kind = Literal["text", "integer", "number", "boolean", "moment", "texts", "numbers"]


class NoSuchRow(SelectionError):
    """What was asked for by its name is not in the store."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A `moment` is UTC, ISO 8601; `texts` and `numbers` are lists; a `null` one may have no value."""

    name: str
    kind: Kind
    doc: str
    null: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of one table, beside those of the page's address: its values are `known`, or described by `doc`."""

    name: str
    doc: str
    known: tuple[str, ...] = ()
    required: bool = False
    longest: int = 200

    def read(self, query: Mapping[str, str]) -> str:
        """The value, the first of the known ones by default. Raises SelectionError naming a value that cannot be."""
        text = query.get(self.name, "") or (self.known[0] if self.known else "")
        if self.known:
            return check_one(text, self.name, self.known)
        if self.required and not text:
            raise SelectionError(f"{self.name} is missing: expected {self.doc}")
        if len(text) > self.longest or not (text.isprintable() or not text):
            raise SelectionError(f"{self.name} = {text[:20]!r}…: at most {self.longest} printable characters")
        return text


class Asked:
    """A question: the choice, and the parameters of the table, read and checked."""

    def __init__(self, views: Views, query: Mapping[str, str], given: Mapping[str, str]) -> None:
        self.views, self.query, self.given = views, query, given

    @cached_property
    def selection(self) -> Selection:
        """The choice of the page's address."""
        return self.views.selection(self.query)

    def check(self) -> None:
        """Raises SelectionError where the choice has a bad value, also of a table that obeys no choice."""
        _ = self.selection

    @cached_property
    def view(self) -> View:
        """The window through the choice. Raises NoSuchWindow or StoreUnavailable."""
        return self.views.get(self.selection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The store at one moment."""
        with self.views.store.reading() as connection:
            yield connection


class AskedOfView(Asked):
    """The question for a view that is there already, so that several tables are of one moment."""

    def __init__(self, views: Views, view: View) -> None:
        super().__init__(views, {}, {})
        self.selection, self.view = view.selection, view


@dataclass(frozen=True)
class Found:
    """The rows of an answer; `until_us` is the moment that they are of, None where they are of no moment; `about` are
    facts beside the rows."""

    rows: Sequence[Row]
    until_us: int | None = None
    about: Row = field(default_factory=dict)

    @property
    def observed(self) -> Row:
        """`ticks_expected` and `ticks_observed` of the window or stretch that the rows are of; empty if of none."""
        facts = self.about.get("window", self.about)
        return {name: facts[name] for name in ("ticks_expected", "ticks_observed") if name in facts}

    @property
    def missing(self) -> int:
        """Ticks that passed unobserved; what an open window has still to come is not missing."""
        window = self.about.get("window", {})
        if not window.get("closed", True):
            return len(window["ticks_missed_utc"])
        missing: int = self.observed.get("ticks_expected", 0) - self.observed.get("ticks_observed", 0)
        return missing


@dataclass(frozen=True, slots=True)
class Offer:
    """Where the screen offers the files of a table: on the page of this name, with a word in French and English."""

    page: str
    french: str
    english: str

    def translate(self, language: str) -> str:
        """The text in the language of the screen."""
        return self.english if language == "en" else self.french


@dataclass(frozen=True, slots=True)
class Listed:
    """A list column that is also a table of its own (dashboard/tables/long_tables.py), named `<table>-<english>`.

    `column` is the list, `keys` the columns that say whose it is, `value` the column of one value, described by `doc`
    and `order`; `named_by` says what kind of id it is, and so what it is called: line, cause, tag or disruption.
    """

    column: str
    keys: tuple[str, ...]
    value: str
    doc: str
    french: str
    english: str
    named_by: str = ""
    order: str = "in the order of the list"


@dataclass(frozen=True)
class Dataset:
    """One table. With columns `lat` and `lon` its rows have places. `chosen`: whether the filters of the page count."""

    name: str
    offer: Offer | None  # in the export menu; None where it needs a parameter
    title: str
    columns: tuple[Column, ...]
    read: Callable[[Asked], Found]
    parameters: tuple[Parameter, ...] = ()
    chosen: bool = True
    fold: str = ""  # the derived fold that wrote what is read
    lists: tuple[Listed, ...] = ()  # its list columns

    @property
    def placed(self) -> bool:
        """Whether its rows have coordinates."""
        return {"lat", "lon"} <= {column.name for column in self.columns}

    def parse_question(self, views: Views, query: Mapping[str, str]) -> Asked:
        """The question, checked. Raises SelectionError."""
        check_address(query, self.name, (each.name for each in self.parameters))
        for name in query.keys() & _listed_values().keys():  # also one that this table does not read
            check_one(query[name] or _listed_values()[name][0], name, _listed_values()[name])
        asked = Asked(views, query, {each.name: each.read(query) for each in self.parameters})
        asked.check()
        return asked

    def answer(self, views: Views, query: Mapping[str, str]) -> Found:
        """The rows of a question. Raises SelectionError, NoSuchWindow, NoSuchRow or StoreUnavailable."""
        return self.read(self.parse_question(views, query))


def columns(text: str) -> tuple[Column, ...]:
    """Columns from lines of `name kind what it is`; a kind with `?` may be null.

    >>> columns("begin_utc moment? when it began")
    (Column(name='begin_utc', kind='moment', doc='when it began', null=True),)
    """
    parts = [line.split(maxsplit=2) for line in text.strip().splitlines()]
    return tuple(Column(name, cast("Kind", kind.rstrip("?")), doc, kind.endswith("?")) for name, kind, doc in parts)


def span_facts(view: View) -> Row:
    """The window of a view, as every answer about a window says it."""
    span = view.span
    missed = [format_utc(tick.at_us) for tick in view.ticks if not tick.observed]
    return {
        "begin_utc": format_utc(span.begin_us),
        "end_utc": format_utc(span.end_us),
        "closed": span.closed,
        "ticks_expected": span.ticks_expected,
        "ticks_observed": span.ticks_observed,
        "ticks_missed_utc": missed,
        "first_entry": span.first_entry,
        "last_entry": span.last_entry,
        "model_generation": span.generation,
    }


def of_window(view: View, rows: Sequence[Row]) -> Found:
    """Rows about the window of a view."""
    return Found(rows, view.span.end_us, {"window": span_facts(view)})


def of_stretch(connection: Connection, after_us: int, until_us: int) -> Row:
    """A stretch (after, until] for `Found.about`: its moments, and how much of it was observed."""
    moments = {"after_utc": format_utc(max(after_us, 0)), "until_utc": format_utc(until_us)}
    return moments | facts_between(connection, after_us, until_us)


def now_us(connection: Connection, selection: Selection) -> int:
    """The chosen moment, else that of the newest entry."""
    return queries.newest_event_us(connection) if selection.end_us is None else selection.end_us


@cache
def wide_datasets() -> tuple[Dataset, ...]:
    """The tables of all pages, without the long tables of their list columns."""
    return tuple(each for module in modules("datasets") for each in module.DATASETS)


@cache
def _listed_values() -> Mapping[str, tuple[str, ...]]:
    """The values of each parameter of a table that has a list of them, by its name."""
    return {each.name: each.known for dataset in wide_datasets() for each in dataset.parameters if each.known}


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
