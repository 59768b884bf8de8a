"""Tables as pictures: one drawing on the server, for the page, the API and `./pulse export` alike.

A picture is SVG made of the rows of its table (no script, nothing to fetch), then drawn as PNG. To add one, add it to
`PICTURES` of a module of this folder, under the name of its table; formats, menu, API and manifest follow from that.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from dashboard.datasets import Asked, Dataset, Found
from dashboard.pages import words_of
from dashboard.pictures import said
from dashboard.pictures.sheet import Drawing, Said, sheet
from dashboard.texts import Words

Draw = Callable[[Asked, Found, Words], Drawing]


@dataclass(frozen=True, slots=True)
class Picture:
    """How a table is drawn, and which of the page's filters its rows obey: what it says to be of."""

    draw: Draw
    obeys: tuple[str, ...] = said.FILTERS
    of_stretch: bool = True  # or of the moment at which the stretch that is told ends


@cache
def all_pictures() -> Mapping[str, Picture]:
    """The pictures of this folder's modules, by the name of the table."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {name: each for module in modules for name, each in getattr(module, "PICTURES", {}).items()}


def is_drawn(dataset: Dataset) -> bool:
    """Whether a table has a picture."""
    return dataset.name in all_pictures()


def svg_of(dataset: Dataset, asked: Asked, found: Found, foot: list[str]) -> str:
    """The picture of a table; `foot` says whose data it is."""
    picture, words = all_pictures()[dataset.name], words_of(asked.query.get("lang", ""))
    chosen = said.chosen(asked.selection, picture.obeys, words) if dataset.chosen else []
    about = [*said.when(found, picture.of_stretch, words), *chosen]
    return sheet(picture.draw(asked, found, words), Said(about, said.unseen(found, words), foot))
