"""The Dash application: header, navigation, filters, the pages, footer.

The layout that is asked for first holds the page that the address names, in the language that it names;
other pages come when they are opened, and stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from flask import abort, has_request_context, request

from dashboard.frame import export_menu, filter_panel, fold_banner, freshness, header, line_notice
from dashboard.health import books
from dashboard.map import base_map
from dashboard.map.leaflet_map import CENTRE
from dashboard.pages.topics import read as topic_files
from dashboard.registry import update as turns
from dashboard.registry.pages import Page, all_pages, words_of
from dashboard.server import access, api, feeds, metrics, response_cache, security
from dashboard.server.access import Access
from dashboard.store.reader import Store, StoreUnavailable
from dashboard.ui import addresses, theme
from dashboard.ui.attributes import attributes
from dashboard.ui.licences import attribution
from dashboard.ui.texts import LANGUAGES, Words
from dashboard.window.hit_filter import zones_of
from dashboard.window.selection import known_choices
from dashboard.window.view_cache import Views
from spark_app.language.severities import severity_of

LARGEST_BODY_BYTES = 1_000_000  # a turn's question has a few thousand
THEME_SCRIPT = "theme.js"
ASKED_FIRST = ("/_dash-layout", "/_dash-dependencies")  # by Dash's scripts; the answers come while those are read
PRELOADS = "".join(f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{path}">' for path in ASKED_FIRST)
HEAD = (
    f'{PRELOADS}<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">'
    f'<script src="/assets/{THEME_SCRIPT}"></script>'
)
TITLE = "Pulse — perturbations des transports d'Île-de-France"


@dataclass(frozen=True, slots=True)
class Options:
    """What the page needs to know besides the store."""

    refresh_s: float = 2.0
    poll_interval_s: float = 120.0
    tick_s: float = 300.0
    tiles_url: str | None = None
    trend_refresh_s: float = 2.0
    topics_folder: Path | None = None
    parts_file: Path | None = None
    embed_ancestors: tuple[str, ...] = ()
    public_names: tuple[str, ...] = ()
    access: Access = Access()  # noqa: RUF009 - frozen


def make_app(store: Store, options: Options) -> Dash:
    """The Dash application over one store."""
    app = Dash(
        __name__,
        title=TITLE,
        update_title="",
        assets_folder=str(theme.ASSETS),
        assets_ignore=f"^{THEME_SCRIPT}$",  # stands in the head already
        serve_locally=True,
        compress=False,
        add_log_handler=False,
        suppress_callback_exceptions=True,  # pages come when they are opened
    )
    app.index_string = app.index_string.replace("<html>", '<html lang="fr">').replace("{%favicon%}", HEAD)
    # Dash keeps its scripts in a footer, and the page has one of its own
    app.index_string = app.index_string.replace("<footer>", "<div>").replace("</footer>", "</div>")
    app.server.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES
    access.register(app.server, options.access)  # before anything else looks at a request
    addresses.register(app.server)
    app.server.config["TILES_URL"] = options.tiles_url
    app.server.config["TREND_REFRESH_S"] = options.trend_refresh_s
    app.layout = lambda: _layout(options, store, *_asked_address())
    views = Views(store, options.topics_folder)
    line_notice.register(app.server, views.has_line)
    _register_callbacks(app, views)
    for page in all_pages():
        page.register(app, views)
    base_map.register(app.server)
    filter_panel.register(app.server)
    look = freshness.Look(store, parts_file=options.parts_file)
    freshness.register(app.server, look)
    export_menu.register(app.server, views)
    api.register(app.server, views, look.moment)
    feeds.register(app.server, views)
    metrics.register(app.server, store)
    topic_files.register(app.server, options.topics_folder)
    security.register(app, options.tiles_url, options.embed_ancestors, options.public_names)
    response_cache.register(app.server, app.callback_map, look.moment)
    return app


def warm_up() -> None:
    """Read the tables that a first look needs, before anybody looks."""
    base_map.geo_url("sections")
    filter_panel.choices_url()
    zones_of(*CENTRE)
    severity_of("incident", "PERTURBEE", "", "")


def _asked_address() -> tuple[str, dict[str, str]]:
    """Path and query of the address that asks for the layout; the browser fills in what this misses."""
    address = urlsplit(request.headers.get("Referer", "") if has_request_context() else "")
    return address.path or "/", dict(parse_qsl(address.query))


def _layout(options: Options, store: Store, path: str, query: dict[str, str]) -> dmc.MantineProvider:
    words, pages = words_of(query.get("lang", "")), all_pages()
    first = next((page for page in pages if page.path == path), pages[0])
    return dmc.MantineProvider(
        id="mantine",
        defaultColorScheme="auto",
        children=html.Div(
            className="page",
            children=[
                html.A(words("skip"), href="#content", className="skip"),
                dcc.Store(id="start", data=_start(words)),
                dcc.Store(id="selection"),
                dcc.Store(id="page-wanted"),
                html.Div(
                    [
                        freshness.layout(options.refresh_s, options.poll_interval_s, options.tick_s),
                        fold_banner.layout(store, words),
                    ]
                ),
                header.layout(words, line_notice.layout(path, query, words)),
                html.Div(
                    className="frame",
                    children=[
                        filter_panel.layout(words),
                        html.Main(
                            className="content",
                            id="content",
                            tabIndex=-1,
                            children=[_slot(p, p is first, words) for p in pages],
                        ),
                    ],
                ),
                _footer(_books(store, words)),
            ],
        ),
    )


def _start(words: Words) -> dict[str, Any]:
    """What the scripts start from: the choices there are, the pages, the texts."""
    pages = {
        page.path: {"name": page.name, "title": page.title(words.language), "filters": page.filters}
        for page in all_pages()
    }
    said = {
        "pages": pages,
        "texts": words.data(),
        "language": words.language,
        "ramp": theme.ramp(),
        "choices": filter_panel.choices_url(),
    }
    said |= {shapes: base_map.geo_url(shapes) for shapes in ("communes", "sections")}
    return known_choices() | said


def _slot(page: Page, opened: bool, words: Words) -> html.Div:
    return html.Div(
        id=f"page-{page.name}",
        className="page-slot",
        hidden=not opened,
        children=_content(page, words) if opened else None,
        tabIndex=0,  # what scrolls has to be reached by the keyboard, also while nothing in it can
        role="region",
        **attributes(data_page=page.path, aria_label=page.title(words.language)),
    )


def _content(page: Page, words: Words) -> list[Any]:
    return [*turns.stores(page), page.layout(words)]


def _footer(said: list[Any] | str) -> html.Footer:
    """With the books of now: lines that came after the map would push it up."""
    return html.Footer(
        className="footer",
        children=[
            html.Div(said, id="books", className="books"),
            html.Div(attribution({}), id="licence", className="licence"),  # of its source, when the page knows it
        ],
    )


def _register_callbacks(app: Dash, views: Views) -> None:
    def client(feature: str, name: str, *wiring: Any, **kwargs: Any) -> None:
        app.clientside_callback(ClientsideFunction(feature, name), *wiring, **kwargs)

    client("pulse_choices", "start", Output("selection", "data"), Input("start", "data"))
    client("pulse_refresh", "beat", Input("freshness-limits", "data"))
    for search, does in (("line-search", "addLine"), ("zone-search", "addZone")):
        value = (Output(search, "value"), Input(search, "value"))
        client("pulse_choices", does, *value, prevent_initial_call=True)
    client("pulse_choices", "setText", Input("text-search", "value"), prevent_initial_call=True)
    for page in all_pages():
        client("pulse_pages", "shown", Input(f"shown-{page.name}", "data"), State(f"parts-{page.name}", "data"))

    @app.callback(
        *(Output(f"page-{page.name}", "children") for page in all_pages()),
        Input("page-wanted", "data"),
        prevent_initial_call=True,
    )
    def open_page(wanted: dict[str, str]) -> list[Any]:
        words = words_of(_known_language(wanted, "lang"))
        return [_content(page, words) if page.path == wanted.get("path") else no_update for page in all_pages()]

    @app.callback(
        Output("books", "children"),
        Input("status-version", "data"),
        State("start", "data"),
        prevent_initial_call=True,
    )
    def show_books(_version: object, start: dict[str, Any]) -> Any:
        return _books(views.store, Words(_known_language(start, "language")))

    @app.callback(
        Output(fold_banner.ID, "children"),
        Input("status-version", "data"),
        State("start", "data"),
        prevent_initial_call=True,
    )
    def show_folds(_version: object, start: dict[str, Any]) -> Any:
        return fold_banner.content(views.store, Words(_known_language(start, "language")))


def _known_language(sent: Any, name: str) -> str:
    """The language under `name` of what a browser sent; 400 if there is none of ours."""
    language: Any = sent.get(name) if isinstance(sent, dict) else None
    if not isinstance(language, str) or language not in LANGUAGES:
        abort(400, f"{name}: there are {', '.join(LANGUAGES)}")
    return language


def _books(store: Store, words: Words) -> list[Any] | str:
    """The footer's line of books, or why there is none."""
    try:
        return books.render(*books.read(store)[:2], words, store.missing)
    except StoreUnavailable as error:
        return str(error)
