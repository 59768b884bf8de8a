"""Lengths of time in microseconds (`_US`) and seconds (`_S`), and the clock in microseconds since 1970 UTC."""

import time

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
SECOND_US = 1_000_000
MINUTE_US = MINUTE_S * SECOND_US
HOUR_US = HOUR_S * SECOND_US
DAY_US = DAY_S * SECOND_US


def now_us() -> int:
    """The system's clock."""
    return time.time_ns() // 1_000
