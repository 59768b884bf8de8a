"""The machine that a figure was measured on, named with every figure."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path


def machine() -> str:
    """Processor, cores, Python, and how busy the machine is now.

    A load (of the last minute) well under the cores means that nobody else was measured.
    """
    python = f"Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {python}; load {os.getloadavg()[0]:.1f} at the start"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def figure(name: str, values: Sequence[float], unit: str) -> str:
    """One line: the median of `values`, and their range if there are several.

    >>> figure("total", [3.0, 1.0, 2.0], "s")
    'total                                       2.00 s  (1.00 to 3.00)'
    """
    spread = f"  ({min(values):,.2f} to {max(values):,.2f})" if len(values) > 1 else ""
    return f"{name:36} {statistics.median(values):>11,.2f} {unit}{spread}"


def verdict(name: str, held: bool) -> str:
    """One line for a bar, held or missed."""
    return f"{'held  ' if held else 'MISSED'} {name}"
