"""The section `alerts` of the configuration as the plain values of the rule."""

from __future__ import annotations

from datetime import time

from deploy.configuration.settings import Alerts
from prim_client.messages.time_units import MINUTE_US
from spark_app.derived.alerts.levels import SCALE
from spark_app.derived.alerts.rule import Thresholds


def thresholds_of(alerts: Alerts) -> Thresholds:
    """The rule's values.

    >>> thresholds_of(Alerts(quiet_hours="01:00-05:00")).quiet
    (datetime.time(1, 0), datetime.time(5, 0))
    """
    begin, _, end = alerts.quiet_hours.partition("-")
    return Thresholds(
        raise_e6=round(alerts.raise_share * SCALE),
        always_e6=round(alerts.always_share * SCALE),
        clear_e6=round(alerts.clear_share * SCALE),
        usual_factor=alerts.usual_factor,
        clear_us=round(alerts.clear_min * MINUTE_US),
        repeat_us=round(alerts.repeat_min * MINUTE_US),
        quiet=(time.fromisoformat(begin), time.fromisoformat(end)) if end else None,
    )
