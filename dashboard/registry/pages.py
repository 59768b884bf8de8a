"""The registry of pages: finds page, tables and pictures of each folder of `dashboard/pages`. To add a page, add a
folder with a module `page` there; nothing else has to know of it:

    PAGE = Page(path="/lines", order=30, titles=("Lignes", "Lines"), layout=layout, register=register)


- `layout(words)` gives the components; `words("key")` is the text of a key in the language of the screen
  (`dashboard/ui/texts.py`, or the page's own `texts`). It is asked for when the page is first opened.
- `register(app, views)` registers callbacks. `@on_turn(app, PAGE, Output(...), ...)` (dashboard/registry/update.py)
  wraps `show(query) -> [values]`: it runs when the page is on screen and the store's version, the window or
  a filter changed; a value that the browser has already is not sent again. At most one a page.
- `query` is what the address says: `parse_selection(query)` makes it a `Selection`; `query["lang"]` the language.
- A script or style of the page is `assets/<page>/<page>.js|css`; `data-choice="kind:value"` on a button changes the
  selection, `data-goto="/lines"` on a link opens a page. The address keeps filters, window, language and page.
- `filters=False` hides the column of filters where they would mean nothing.
- Tables of the page stand in `DATASETS` of its modules `datasets…`, their pictures in `PICTURES` of its modules
`picture…`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

from dash import Dash
from dash.development.base_component import Component

from dashboard.ui.texts import LANGUAGES, TEXTS, Texts, Words
from dashboard.window.view_cache import Views

FOLDER = Path(__file__).parents[1] / "pages"


@dataclass(frozen=True)
class Page:
    """One page: `path` in the address, place in the navigation, titles as (French, English)."""

    path: str
    order: int
    titles: tuple[str, str]
    layout: Callable[[Words], Component]
    register: Callable[[Dash, Views], None]
    texts: Texts = field(default_factory=dict)
    filters: bool = True

    @property
    def name(self) -> str:
        """The page in ids of components: `live` is the first page."""
        return self.path.strip("/") or "live"

    def title(self, language: str) -> str:
        """The word in the navigation."""
        return self.titles[LANGUAGES.index(language)]


@cache
def modules(role: str) -> tuple[ModuleType, ...]:
    """The modules of all pages' folders whose name begins with `role`: `page`, `datasets` or `picture`; by name.

    Nothing else in the packages imports a module by its name.
    """
    folders = [found.name for found in pkgutil.iter_modules([str(FOLDER)]) if found.ispkg]
    names = [
        f"dashboard.{FOLDER.name}.{folder}.{found.name}"
        for folder in folders
        for found in pkgutil.iter_modules([str(FOLDER / folder)])
        if found.name.startswith(role)
    ]
    return tuple(importlib.import_module(name) for name in sorted(names))


@cache
def all_pages() -> tuple[Page, ...]:
    """The pages of all folders, in the order of the navigation."""
    return tuple(sorted((module.PAGE for module in modules("page")), key=lambda page: (page.order, page.path)))


def words_of(language: str) -> Words:
    """The texts of the frame and of every page; in the first language where there is no such one."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    return Words(language, {key: both for page in all_pages() for key, both in page.texts.items()} | dict(TEXTS))
