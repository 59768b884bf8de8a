"""The small signs that pages share: a line's badge, a severity's wording with its drawing."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.ui.texts import Words
from dashboard.ui.theme import Badge, badge


def line_mark(shown: Badge) -> html.Span:
    """A line in its shape and colour."""
    style = {"--badge": shown.colour, "--on-badge": shown.text}
    return html.Span(shown.name, className=f"badge {shown.mode}", title=shown.label, style=style)


def named_line(line_id: str) -> html.Span:
    """A line's badge with its full name beside it."""
    shown = badge(line_id)
    return html.Span([line_mark(shown), html.Span(shown.label, className="line-label")], className="line-name")


def severity_mark(code: str, words: Words, short: bool = False) -> html.Span:
    """One of `spark_app.language.severities.SEVERITIES` in words; colour is never the only sign."""
    return html.Span(
        [severity_icon(code), words(f"severity.{'short.' if short else ''}{code}")], className=f"severity {code}"
    )


def severity_icon(code: str) -> html.Span:
    """Its drawing alone, where the words stand beside it."""
    marks: dict[str, Any] = {"aria-hidden": "true"}
    return html.Span(className=f"severity-icon {code}", **marks)
