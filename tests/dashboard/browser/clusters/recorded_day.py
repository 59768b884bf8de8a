"""Windows of a recorded day, and their clusters as the API has them."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

from dashboard.store import queries
from dashboard.store.reader import Store
from dashboard.window.selection import format_utc
from tests.dashboard.browser.walks import IS_SHOWN

EVERYTHING = "channel=incident,works,information&modes=all"


def some_windows(store: str, count: int) -> list[str]:
    """Ends of windows all over the day, with the one of the most clusters."""
    with Store(store).reading() as connection:
        ends = [span.end_us for span in queries.spans_between(connection, 0, 2**62) if span.ticks_observed]
        facts = {end: len(queries.window_facts(connection, end, ("incident",), "*")) for end in ends}
    chosen = {*ends[:: len(ends) // count], max(ends, key=lambda end: facts[end])}
    return [format_utc(end) for end in sorted(chosen)]


def of_api(site: str, window: str, query: str = EVERYTHING) -> dict[str, dict[str, Any]]:
    """The clusters of a window by identity, as the API has them."""
    with urlopen(f"{site}/api/v1/clusters?{query}&window={window}") as answer:
        return {row["cluster"]: row for row in json.load(answer)["rows"]}


def choose(page, window: str) -> None:
    """Step to a window, and wait until all of it is shown."""
    page.evaluate("(window) => pulse.choose('window', window)", window)
    page.wait_for_function(f"(end) => pulse.view.span.end_ms === Date.parse(end) && ({IS_SHOWN})()", arg=window)
