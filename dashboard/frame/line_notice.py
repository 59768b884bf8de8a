"""Lines in the page's address: names become ids by a redirect;
a text that names no line becomes a notice on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dash import html
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from dashboard.registry.pages import all_pages
from dashboard.store.reader import StoreUnavailable
from dashboard.ui.addresses import link
from dashboard.ui.attributes import attributes
from dashboard.ui.texts import Words
from dashboard.window.refusals import NoSuchLine
from dashboard.window.selection import resolve_line, split
from geo.network.line_names import AmbiguousLine, LineNameError, LineNames

UNKNOWN = "unknown_lines"  # parameter of the address: the texts that named no line


def register(server: Flask, is_stored_line: Callable[[str], bool]) -> None:
    """Send who opens a page to the address that has ids of lines alone."""
    paths = {page.path for page in all_pages()}

    @server.before_request
    def with_ids() -> Response | None:
        if request.path not in paths or not request.args.get("lines"):
            return None
        query = request.args.to_dict()
        try:
            corrected = with_line_ids(query, is_stored_line)
        except StoreUnavailable:  # the page says so
            return None
        return redirect(link(request.path.strip("/"), **corrected)) if corrected != query else None


def with_line_ids(query: Mapping[str, str], is_stored_line: Callable[[str], bool]) -> dict[str, str]:
    """The query with ids in `lines`; what names no line is moved to UNKNOWN."""
    ids: list[str] = []
    unknown = split(query.get(UNKNOWN))
    for text in split(query.get("lines")):
        try:
            ids.append(resolve_line(text, is_stored_line))
        except NoSuchLine:
            unknown.append(text)
    moved = {"lines": ",".join(dict.fromkeys(ids)), UNKNOWN: ",".join(dict.fromkeys(unknown))}
    rest = {name: value for name, value in query.items() if name not in moved}
    return rest | {name: value for name, value in moved.items() if value}


def layout(path: str, query: Mapping[str, str], words: Words) -> html.Div:
    """A sentence for each text that names no line, with links to the lines that may be meant; hidden without any."""
    sentences = [_sentence(text, path, query, words) for text in split(query.get(UNKNOWN))]
    close = html.Button(
        "×",
        type="button",
        className="button",
        title=words("notice.close"),
        **attributes(data_choice="notice:close", aria_label=words("notice.close")),
    )
    return html.Div([*sentences, close], id="line-notice", className="line-notice", role="alert", hidden=not sentences)


def _sentence(text: str, path: str, query: Mapping[str, str], words: Words) -> html.P:
    try:
        LineNames.load().resolve(text)
        return html.P()  # a link of before: it is a line by now
    except LineNameError as error:
        is_shared, alike = isinstance(error, AmbiguousLine), error.lines
    sentence = words("notice.shared" if is_shared else "notice.unknown", name=text[:40], n=len(alike))
    rest = {name: value for name, value in query.items() if name != UNKNOWN}
    chosen = split(query.get("lines"))
    links = [
        html.A(line.label, href=link(path.strip("/"), **rest | {"lines": ",".join([*chosen, line.id])}), title=line.id)
        for line in alike
    ]
    between = [part for each in links for part in (" · ", each)][1:]
    return html.P([sentence, *([" ", words("notice.nearest"), " "] if links else []), *between])
