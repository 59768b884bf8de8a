"""The frame of the timeline: its title, the choices of what it shows, and the player."""

from __future__ import annotations

from dash import html

from dashboard.ui.attributes import attributes
from dashboard.ui.downloads import take_buttons
from dashboard.ui.static_html import as_static
from dashboard.ui.texts import Words
from dashboard.window.selection import RANGES_H, SIZES, STACKS

SPEEDS = (2, 1, 4, 8)  # windows a second; the first is chosen


def layout(words: Words) -> html.Section:
    """The frame of the chart; `assets/timeline/timeline.js` draws into it."""
    return html.Section(
        className="timeline-card card",
        **attributes(aria_label=words("timeline.title")),
        children=[
            _head(words),
            html.Div(id="timeline-tip", className="timeline-tip", **attributes(aria_hidden="true")),
            html.Div(
                id="timeline",
                className="timeline",
                tabIndex=0,
                role="slider",
                **attributes(aria_label=words("timeline.slider"), aria_valuemin=0, aria_valuemax=0, aria_valuenow=0),
            ),
        ],
    )


def _head(words: Words) -> html.Div:
    head = html.Div(
        className="card-head",
        children=[
            html.H2(words("timeline.title"), id="timeline-title"),
            _segments(words, "timeline.measure", "size", {v: f"timeline.{v}" for v in SIZES}),
            _segments(words, "timeline.stack", "stack", {v: f"timeline.by_{v}" for v in STACKS}),
            _segments(words, "timeline.span", "span", {v: f"span.{v}" for v in RANGES_H}),
            _player(words),
            take_buttons(words, "timeline.csv", "timeline.png"),
            html.Div(id="timeline-hint", className="timeline-hint"),
        ],
    )
    return as_static(head)


def _player(words: Words) -> html.Div:
    """Plays the windows of the range one after the other; `assets/timeline/playback.js`."""

    def button(what: str, sign: str) -> html.Button:
        word = words(f"play.{what}")
        marks = attributes(data_choice=f"play:{what}", aria_label=word)
        return html.Button(sign, type="button", className="segment", id=f"play-{what}", title=word, **marks)

    speeds = [html.Option(words("play.speed", n=n), value=str(n)) for n in SPEEDS]
    return html.Div(
        className="segments player",
        role="group",
        **attributes(aria_label=words("play.label")),
        children=[
            button("back", "‹"),
            button("toggle", "▶"),
            button("on", "›"),
            button("loop", "↻"),
            html.Select(
                speeds, id="play-speed", className="segment", **attributes(aria_label=words("play.speed.label"))
            ),
        ],
    )


def _segments(words: Words, label: str, kind: str, choices: dict[str, str]) -> html.Div:
    return html.Div(
        className="segments",
        role="group",
        **attributes(aria_label=words(label)),
        children=[
            html.Button(words(key), type="button", className="segment", **attributes(data_choice=f"{kind}:{value}"))
            for value, key in choices.items()
        ],
    )
