"""Captions of a picture: its moment, its filters, and the ticks that nobody observed."""

from __future__ import annotations

from datetime import datetime

from dashboard.tables.dataset import Found
from dashboard.ui.paris_time import moment_word
from dashboard.ui.texts import Words
from dashboard.ui.theme import badge
from dashboard.window.selection import Selection
from dashboard.window.zone_names import zone_names
from prim_client.messages.message import to_epoch_us
from spark_app.store.tables import RAIL_MODES

NAMED = 6  # of a choice; the others are counted
FILTERS = ("channels", "lines", "more")  # what a picture may obey
_YEARS_US = 400 * 86_400_000_000


def moment_facts(found: Found, of_stretch: bool, words: Words) -> list[str]:
    """Of which window, stretch or moment the rows are, in Paris; nothing for rows of no moment."""
    facts = found.about.get("window", found.about)
    begin, end = (
        facts.get(one) or facts.get(other) for one, other in (("begin_utc", "after_utc"), ("end_utc", "until_utc"))
    )
    if begin and end and of_stretch:
        closed = [] if "closed" not in facts else [words("figures.closed" if facts["closed"] else "figures.open")]
        return [words("picture.paris", moment=_period_text(_us(begin), _us(end), words)), *closed]
    if found.until_us is None:
        return []
    return [words("picture.paris", moment=_whole(found.until_us, words))]


def moment_text(utc: str | None, near_us: int, words: Words) -> str:
    """A moment of a row in Paris; empty for none."""
    return words.moment(_us(utc), near_us) if utc else ""


def _us(utc: str) -> int:
    return to_epoch_us(datetime.fromisoformat(utc))


def _whole(us: int, words: Words) -> str:
    """A moment with its year."""
    return f"{moment_word(us, us + _YEARS_US, words.language)}, {moment_word(us, us, words.language)}"


def _period_text(begin_us: int, end_us: int, words: Words) -> str:
    day, other = (moment_word(us, us + _YEARS_US, words.language) for us in (begin_us, end_us))
    end = moment_word(end_us, end_us, words.language) if day == other else _whole(end_us, words)
    return f"{_whole(begin_us, words)} → {end}"


def unseen(found: Found, words: Words) -> str:
    """That ticks of the window or stretch were not observed; empty if all were."""
    facts, expected = found.about.get("window", found.about), found.observed.get("ticks_expected", 0)
    missing = found.missing
    if not missing:
        return ""
    if "after_utc" not in facts:
        return words("window.missing", missing=missing, of=expected)
    begin, end = (moment_text(facts[name], found.until_us or 0, words) for name in ("after_utc", "until_utc"))
    return words("window.unseen", begin=begin, end=end, missing=missing, of=expected)


def choice_text(selection: Selection, obeys: tuple[str, ...], words: Words) -> list[str]:
    """What is chosen, of the filters that the picture `obeys`."""
    said: list[str] = []
    if "channels" in obeys:
        said.append(", ".join(words(f"channel.{name}") for name in selection.channels))
    if "lines" in obeys:
        said.append(_lines(selection, words))
    return said + (_other_filters(selection, words) if "more" in obeys else [])


def _lines(selection: Selection, words: Words) -> str:
    if selection.lines:
        return _listed([badge(line).label for line in selection.lines])
    if set(selection.modes) == set(RAIL_MODES):
        return words("filter.rail")
    return ", ".join(words(f"mode.{mode}") for mode in selection.modes) or words("picture.all_modes")


def _other_filters(selection: Selection, words: Words) -> list[str]:
    said = [
        _listed([words(f"{kind}.{name}") for name in names])
        for kind, names in (("severity", selection.severities), ("cause", selection.causes))
        if names
    ]
    said += [_listed([zone_names().get(code, code) for code in selection.zones])] if selection.zones else []
    said += [f"« {selection.text} »"] if selection.text else []
    return said + ([words("filter.area")] if selection.area else [])


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" +{len(names) - NAMED}" if len(names) > NAMED else "")
