"""Page updates: the browser asks when something changed, and gets only the parts that changed.

The browser puts `{v, query, page}` (version of the store, the choice) into the store `turn-<page>` of the
page that is on screen, so a page that nobody looks at costs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from dash import Dash, Input, Output, State, dcc, no_update

from dashboard.registry.pages import Page
from dashboard.store.reader import StoreUnavailable
from dashboard.window.refusals import SelectionError

Show = Callable[[dict[str, Any]], Sequence[Any]]


def stores(page: Page) -> list[dcc.Store]:
    """What the turns of a page are made of; they come and stay with its layout."""
    return [dcc.Store(id=f"{what}-{page.name}") for what in ("turn", "parts", "shown")]


def on_turn(app: Dash, page: Page, *outputs: Output, parts: Sequence[str] = ()) -> Callable[[Show], Show]:
    """Decorate `show(query) -> [value of each output]`; it runs on every turn of `page`.

    With names of `parts` in place of outputs the values go to the scripts, which paint each in a task of its own
    (assets/frame/parts.js) and send with the next turn which values they have painted: what Dash was given last may
    still
    wait to be painted, or may never be, where two answers come at once. A choice that does not exist or a store that
    cannot be read leaves the screen as it is, and the browser asks again; so does a first value that is a dict with
    `error` and no `offers`.
    """
    targets = [Output(f"parts-{page.name}", "data")] if parts else outputs

    def register(show: Show) -> Show:
        @app.callback(
            *targets,
            Output(f"shown-{page.name}", "data"),
            Input(f"turn-{page.name}", "data"),
            State(f"shown-{page.name}", "data"),
            prevent_initial_call=True,
        )
        def turn(asked: dict[str, Any], shown: dict[str, Any] | None) -> list[Any]:
            key = {name: asked[name] for name in ("v", "query", "page")}
            try:
                has = asked.get("painted") if parts else shown
                *changed, now = only_changes(list(show(texts(asked["query"]))), has or {}, key, parts)
            except (SelectionError, StoreUnavailable):
                return [*[no_update] * len(targets), (shown or {}) | {"asked": None}]
            return [named(parts, changed), now] if parts else [*changed, now]

        return show

    return register


def texts(query: Mapping[str, Any]) -> dict[str, str]:
    """The query as an address has it: texts only, whatever was sent."""
    return {name: value if isinstance(value, str) else str(value or "") for name, value in query.items()}


def only_changes(
    values: list[Any], shown: Mapping[str, Any], asked: dict[str, Any], names: Sequence[str] = ()
) -> list[Any]:
    """`values` without what the browser shows already, and what it shows then: hashes by name or place, and `asked`."""
    names = names or [str(i) for i in range(len(values))]
    hashes = (hashlib.blake2b(_bytes(value), digest_size=8).hexdigest() for value in values)
    kept = dict(zip(names, hashes, strict=True))
    # then the browser asks again; an offer is a whole answer
    failed = isinstance(values[0], dict) and "error" in values[0] and "offers" not in values[0]
    changed = [value if shown.get(name) != kept[name] else no_update for name, value in zip(names, values, strict=True)]
    return [*changed, kept | {"asked": None if failed else asked}]


def named(parts: Sequence[str], changed: Sequence[Any]) -> dict[str, Any]:
    """The parts that changed, by name."""
    return {part: value for part, value in zip(parts, changed, strict=True) if value is not no_update}


def _bytes(value: Any) -> bytes:
    """The value as it goes to the browser; components say themselves what they are."""
    return orjson.dumps(value, default=lambda item: item.to_plotly_json())
