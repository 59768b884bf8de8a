"""The head of the page: where one is, what can be done with it, and how fresh it is."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.frame import export_menu
from dashboard.registry.pages import all_pages
from dashboard.ui.attributes import attributes
from dashboard.ui.static_html import as_static
from dashboard.ui.texts import LANGUAGES, Words

PACES = ("2", "10", "60", "off")  # seconds between two looks; the first is dashboard.refresh_s


def layout(words: Words, notice: Any = None) -> html.Header:
    """Two rows: where one is, and how fresh it is; below them a `notice` about the address, if there is one."""
    return html.Header(
        className="header",
        children=[
            html.Div(
                className="header-row",
                children=[
                    html.Div(
                        className="brand",
                        children=[
                            html.Span(className="mark", **attributes(aria_hidden="true")),
                            html.H1("Pulse"),
                            html.Span(words("unofficial"), className="tag"),
                        ],
                    ),
                    _navigation(words),
                    _tools(words),
                ],
            ),
            html.Div(className="header-row status-row", children=[_state(), _controls(words)]),
            notice,
        ],
    )


def _navigation(words: Words) -> html.Nav:
    links = [
        html.A(page.title(words.language), href=page.path, **attributes(data_goto=page.path)) for page in all_pages()
    ]
    return as_static(html.Nav(links, className="nav", **attributes(aria_label=words("nav.label"))))


def _tools(words: Words) -> html.Div:
    return html.Div(
        className="header-tools",
        children=[
            _other_language(words),
            _icon_button("theme", "theme:next", words("tool.theme")),
            _icon_button("copy-link", "link:copy", words("tool.copy")),
            export_menu.layout(words),
        ],
    )


def _icon_button(id_: str, choice: str, name: str) -> html.Button:
    """Its drawing is in assets/icons, its name is for everybody else."""
    icon = html.Span(className="tool-icon", **attributes(aria_hidden="true"))
    return html.Button(
        icon,
        id=id_,
        type="button",
        className="button quiet icon",
        title=name,
        **attributes(data_choice=choice, aria_label=name),
    )


def _other_language(words: Words) -> html.A:
    other = next(language for language in LANGUAGES if language != words.language)
    return html.A(words("tool.language"), id="language", href=f"?lang={other}", className="button quiet", lang=other)


def _state() -> html.Div:
    return html.Div(
        className="header-state",
        children=[
            html.Span(className="dot", id="dot", **attributes(aria_hidden="true")),
            html.Span(id="freshness", className="freshness"),
            html.Span(id="source-badge", className="tag source"),
        ],
    )


def _controls(words: Words) -> html.Div:
    def button(word: str, id_: str, choice: str, class_name: str, **more: Any) -> html.Button:
        return html.Button(
            word, id=id_, type="button", className=f"button {class_name}", **attributes(data_choice=choice) | more
        )

    filters_marks = attributes(aria_controls="filters")
    pause_marks = attributes(title=words("pause.key"), aria_pressed="false")
    return html.Div(
        className="header-tools",
        children=[
            button(words("tool.filters"), "filters-toggle", "filters:toggle", "only-narrow", **filters_marks),
            button(words("live.on"), "live", "window:", "live"),
            button(words("pause.on"), "pause", "pause:toggle", "", **pause_marks),
            html.Select(
                [html.Option(words(f"pace.{pace}"), value=pace) for pace in PACES],
                id="pace",
                className="button",
                title=words("pace.label"),
                **attributes(aria_label=words("pace.label")),
            ),
        ],
    )
