"""Tables as pictures: one drawing on the server, for the page, the API and `./pulse export` alike.

A picture is SVG made of the rows of its table (no script, nothing to fetch), then drawn as PNG. To add one, add it to
`PICTURES` of a module `picture…` of its page, under the name of its table; formats, menu, API and manifest follow from
that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from dashboard.pictures import captions
from dashboard.pictures.frame import Drawing, Said, sheet
from dashboard.registry.pages import modules, words_of
from dashboard.tables.dataset import Asked, Dataset, Found
from dashboard.ui.texts import Words

Draw = Callable[[Asked, Found, Words], Drawing]


@dataclass(frozen=True, slots=True)
class Picture:
    """How a table is drawn, and which of the page's filters its rows obey: what it says to be of."""

    draw: Draw
    obeys: tuple[str, ...] = captions.FILTERS
    of_stretch: bool = True  # or of the moment at which the stretch that is told ends


@cache
def all_pictures() -> Mapping[str, Picture]:
    """The pictures of all pages, by the name of the table."""
    return {name: each for module in modules("picture") for name, each in module.PICTURES.items()}


def is_drawn(dataset: Dataset) -> bool:
    """Whether a table has a picture."""
    return dataset.name in all_pictures()


def svg_of(dataset: Dataset, asked: Asked, found: Found, foot: list[str]) -> str:
    """The picture of a table; `foot` says whose data it is."""
    picture, words = all_pictures()[dataset.name], words_of(asked.query.get("lang", ""))
    chosen = captions.choice_text(asked.selection, picture.obeys, words) if dataset.chosen else []
    about = [*captions.moment_facts(found, picture.of_stretch, words), *chosen]
    return sheet(picture.draw(asked, found, words), Said(about, captions.unseen(found, words), foot))
