"""The selection of a user: channels, modes, lines, one window; and its form in the page's address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from dashboard.store.lives import CLUSTER_ID
from dashboard.ui.addresses import encoded
from dashboard.ui.texts import LANGUAGES
from dashboard.window.refusals import NoSuchLine, SelectionError, check_each, check_form, check_names, check_one
from geo.network.line_names import LineNameError, LineNames, canonical_id
from geo.network.lines import MODES as MAP_MODES
from geo.network.lines import Lines
from geo.network.nearest import nearest
from geo.network.zones import Zones
from prim_client.messages.message import CHANNELS, Channel, from_epoch_us, to_epoch_us
from spark_app.language.labels import CAUSES_FR
from spark_app.language.severities import SEVERITIES
from spark_app.store.tables import ALL_LINES, MODE_SCOPE, RAIL_MODES, RAIL_SCOPE

MODES = (*MAP_MODES, "other")
NO_CAUSE = "unnamed"  # the text names none
CAUSES = (*CAUSES_FR, NO_CAUSE)
SIZES = ("disruptions", "stations")
COLOURS = ("cluster", "severity", "polarity")
STACKS = ("cluster", "line")
SHOWN = ("size", "span", "stack", "colour", "cluster")  # how a choice is shown: none of it changes a count
CORNERS_MAX = 60  # of a drawn area
TEXT_MAX = 80
YEARS = range(1971, 2200)  # of a window: all arithmetic around it stays within what a calendar can say
PAGE_CHOICES = {"incident": "", "find": "", "order": "opened", "by": "line"}  # of the page of incidents
LOOKS = ("embed", "view", "around", "theme")  # of the page's address only: how the page looks
BYGONE = ("unit",)  # of saved addresses: says nothing any more
RANGES_H = {"6h": 6, "24h": 24, "7j": 24 * 7, "30j": 24 * 30}


class NoSuchWindow(SelectionError):
    """The store has no window with this end."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The choice behind a screen or an export. A filter never re-clusters: it only chooses hits.

    `modes` () means every mode, and what has no line; `lines` narrow to exactly these lines and then `modes`
    say nothing. Empty `severities`, `causes`, `zones` (départements and communes by INSEE code), `text` and `area`
    ((lat, lon) corners in degrees) choose everything. `end_us` None is live: the newest window. `size` is the
    measure that badges and bars show, `span` the stretch of the timeline, `stack` what its bars are made of,
    `colour` what the colours of the map say. `cluster` stands out on screen, also where a window does not have it; it
    changes no figure.
    """

    channels: tuple[str, ...] = (Channel.INCIDENT.value,)
    modes: tuple[str, ...] = RAIL_MODES
    lines: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    text: str = ""
    area: tuple[tuple[float, float], ...] = ()
    end_us: int | None = None
    size: str = "disruptions"
    span: str = "24h"
    stack: str = "cluster"
    colour: str = "cluster"
    cluster: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether more is asked than channels, modes and lines: then every figure is counted from hits."""
        return bool(self.severities or self.causes or self.zones or self.text or self.area)

    def choice(self) -> Selection:
        """What is counted, without which window and how it is shown: equal choices give equal figures."""
        default = Selection()
        return replace(self, end_us=None, **{name: getattr(default, name) for name in SHOWN})

    def scope(self) -> str | None:
        """The `line` value of the window table that holds this choice; None: counted from hits."""
        if self.narrowed:
            return None
        if self.lines:
            return self.lines[0] if len(self.lines) == 1 else None
        if not self.modes:
            return ALL_LINES
        if set(self.modes) == set(RAIL_MODES):
            return RAIL_SCOPE
        return MODE_SCOPE.format(mode=self.modes[0]) if len(self.modes) == 1 else None

    def holds(self, line: str, mode: str) -> bool:
        """Whether a hit on this line belongs to the choice."""
        if self.lines:
            return line in self.lines
        return not self.modes or mode in self.modes

    def holds_line(self, line: str) -> bool:
        """Whether a line belongs to the choice, by its id alone."""
        known = Lines.load().get(line)
        return self.holds(line, known.mode if known else "other")

    def live(self) -> Selection:
        """The same choice on the newest window."""
        return replace(self, end_us=None)

    def to_plain(self) -> dict[str, Any]:
        """What is chosen, for a manifest; the window has its own place there."""
        return {
            "channels": self.channels,
            "modes": () if self.lines else self.modes,
            "lines": self.lines,
            "severities": self.severities,
            "causes": self.causes,
            "zones": self.zones,
            "text": self.text,
            "area_lat_lon": self.area,
        }

    def to_query(self) -> str:
        """The part of the address behind the question mark; empty for the choice that the page opens with."""
        default, query = Selection(), {}
        if self.channels != default.channels:
            query["channel"] = ",".join(self.channels)
        if self.lines:
            query["lines"] = ",".join(self.lines)
        elif self.modes != default.modes:
            query["modes"] = ",".join(self.modes) or "all"
        many = {"severity": self.severities, "cause": self.causes, "zone": self.zones}
        query |= {name: ",".join(values) for name, values in many.items() if values}
        if self.text:
            query["text"] = self.text
        if self.area:
            query["area"] = ",".join(f"{value:.4f}" for corner in self.area for value in corner)
        if self.end_us is not None:
            query["window"] = format_utc(self.end_us)
        query |= {name: getattr(self, name) for name in SHOWN if getattr(self, name) != getattr(default, name)}
        return encoded(query)


def known_choices() -> dict[str, Any]:
    """For the browser: the choices there are, in their order, and those that the page opens with."""
    opening = Selection()
    defaults = {
        "channel": ",".join(opening.channels),
        "modes": ",".join(opening.modes),
        "lines": "",
        "severity": "",
        "cause": "",
        "zone": "",
        "text": "",
        "area": "",
        "window": "",
        "size": opening.size,
        "span": opening.span,
        "stack": opening.stack,
        "colour": opening.colour,
        "cluster": opening.cluster,
        "other": "day",
        "lang": LANGUAGES[0],
        **PAGE_CHOICES,
    }
    return {"defaults": defaults, "modes": MODES, "channels": CHANNELS}


def address_names() -> set[str]:
    """The parameters that the page's address may have; any of them may stand in a question to the API."""
    return {*known_choices()["defaults"], *LOOKS, *BYGONE}


def check_address(query: Mapping[str, str], what: str, more: Iterable[str] = ()) -> None:
    """Raises SelectionError for a parameter that neither the page's address nor `more` has,
    and for an unknown language."""
    check_names(query, {*address_names(), *more}, what)
    if query.get("lang"):
        check_one(query["lang"], "lang", LANGUAGES)


def no_line(_: str) -> bool:
    """Without a store: no line but those of the reference."""
    return False


def parse_selection(query: Mapping[str, Any], is_stored_line: Callable[[str], bool] = no_line) -> Selection:
    """The Selection of an address's query (`to_query` undone).

    Args:
        query: parameters of the address; those that are no choice are ignored.
        is_stored_line: whether the store has a line of this id, for ids that the reference does not have.

    Raises:
        SelectionError: naming the bad value and the nearest that exist.
    """
    modes = query.get("modes")
    return Selection(
        channels=check_each(split(query.get("channel")), "channel", CHANNELS) or Selection().channels,
        modes=() if modes == "all" else check_each(split(modes), "modes", MODES) or Selection().modes,
        lines=tuple(dict.fromkeys(resolve_line(line, is_stored_line) for line in split(query.get("lines")))),
        severities=check_each(split(query.get("severity")), "severity", SEVERITIES),
        causes=check_each(split(query.get("cause")), "cause", CAUSES),
        zones=tuple(sorted({_zone(code) for code in split(query.get("zone"))})),
        text=_text(query.get("text")),
        area=parse_area(query.get("area")),
        end_us=parse_window(query.get("window")),
        size=check_one(query.get("size") or SIZES[0], "size", SIZES),
        span=check_one(query.get("span") or "24h", "span", RANGES_H),
        stack=check_one(query.get("stack") or STACKS[0], "stack", STACKS),
        colour=check_one(query.get("colour") or COLOURS[0], "colour", COLOURS),
        cluster=check_form(
            query.get("cluster") or "", "cluster", CLUSTER_ID, "channel and number of a cluster, as incident:208"
        ),
    )


def resolve_line(text: str, is_stored_line: Callable[[str], bool] = no_line) -> str:
    """The id of a line by its id or public name, or an id that only the store has. Raises NoSuchLine."""
    try:
        return LineNames.load().resolve(text).id
    except LineNameError as error:
        line_id = canonical_id(text) or text
        if is_stored_line(line_id):
            return line_id
        raise NoSuchLine("lines", error) from error


def parse_window(text: str | None) -> int | None:
    """The end of a window in microseconds from `2024-04-24T12:05:00Z`; None for nothing, `live`, `latest`."""
    if text in (None, "", "live", "latest"):
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise SelectionError(f"window = {text!r}: expected a moment as 2024-04-24T12:05:00Z, or latest") from error
    if moment.tzinfo is None:
        raise SelectionError(f"window = {text!r}: say which zone, as 2024-04-24T12:05:00Z")
    if moment.year not in YEARS:
        raise SelectionError(f"window = {text!r}: expected a year from {YEARS[0]} to {YEARS[-1]}")
    return to_epoch_us(moment.astimezone(UTC))


def parse_area(text: str | None) -> tuple[tuple[float, float], ...]:
    """Corners (lat, lon) in degrees from `48.85,2.3,48.9,2.4`; two are opposite corners of a rectangle.

    >>> parse_area("48.85,2.3,48.9,2.4")
    ((48.85, 2.3), (48.9, 2.4))
    """
    parts = split(text)
    try:
        values = [round(float(part), 4) for part in parts]
    except ValueError as error:
        raise SelectionError(f"area = {text!r}: expected latitudes and longitudes with commas between") from error
    corners = tuple(zip(values[::2], values[1::2], strict=False))
    inside = all(-90 <= lat <= 90 and -180 <= lon <= 180 for lat, lon in corners)
    if values and (len(values) % 2 or not 2 <= len(corners) <= CORNERS_MAX or not inside):
        raise SelectionError(f"area = {text!r}: expected 2 to {CORNERS_MAX} corners as latitude,longitude in degrees")
    return corners


def format_utc(micros: int) -> str:
    """`2024-04-24T12:05:00Z`; with fractions only where there are some."""
    return from_epoch_us(micros).isoformat().replace("+00:00", "Z")


def utc_or_none(micros: int | None) -> str | None:
    """`format_utc` of a moment that may be open."""
    return None if micros is None else format_utc(micros)


def split(text: str | None) -> list[str]:
    """The values of a parameter, which have commas between."""
    return [part for part in str(text or "").split(",") if part]


def _zone(text: str) -> str:
    known = Zones.load().names
    if text in known:
        return text
    if text.isascii() and text.isdecimal():
        codes = sorted((code for code in known if len(code) == len(text)), key=lambda code: abs(int(code) - int(text)))
    else:
        codes = [code for name in nearest(text, known.values()) for code in known if known[code] == name]
    hint = f"; nearest: {', '.join(f'{code} ({known[code]})' for code in codes[:3])}" if codes else ""
    raise SelectionError(
        f"zone = {text[:40]!r}: expected départements as 75 and communes as 94080, with commas between{hint}"
    )


def _text(text: str | None) -> str:
    text = " ".join(str(text or "").split())
    if len(text) > TEXT_MAX:
        raise SelectionError(f"text = {text[:20]!r}…: at most {TEXT_MAX} characters")
    return text
