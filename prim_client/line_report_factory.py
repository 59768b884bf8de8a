"""The line reports beside an input, made from plain settings.
Not in `make_input`, which loads the simulated network."""

from __future__ import annotations

import os
from collections.abc import Mapping

from deploy.configuration.settings import Settings
from prim_client.inputs.api import Key, Prim
from prim_client.inputs.line_reports import LineReports, fetch_page, quota_key
from prim_client.inputs.quota import QUOTA_FILE, UNLIMITED, Quota
from prim_client.simulated.server import PREFIX, SIMULATED_KEY


def make_line_reports(
    source: str, settings: Settings, environment: Mapping[str, str] = os.environ
) -> LineReports | None:
    """The line reports of `source`: `live`, or `simulated` on its port; None for any other, which has none.

    Raises AuthError without a key, ValueError where it must not be sent, sqlite3.Error without a place for the quota.
    """
    poll = settings.poll
    if source == "live":
        key, base_url, per_day = Key.from_environment(environment), poll.base_url, poll.line_reports_daily_quota
    elif source == "simulated":
        key, base_url = Key(SIMULATED_KEY), f"http://127.0.0.1:{settings.simulator.port}{PREFIX}"
        per_day = UNLIMITED
    else:
        return None
    prim = Prim(key, base_url, timeout_s=poll.timeout_s, contact=poll.contact)
    return LineReports(fetch_page(prim), Quota(settings.data_dir / QUOTA_FILE, quota_key(key), per_day))
