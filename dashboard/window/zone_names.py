"""What départements and communes are called."""

from __future__ import annotations

import json
from functools import cache

from geo.network.tables import DATA_DIR


@cache
def departements() -> tuple[tuple[str, str], ...]:
    """(code, name) of the départements, Paris first."""
    shapes = json.loads((DATA_DIR / "departements.geojson").read_text("utf-8"))["features"]
    return tuple(sorted((f["properties"]["insee"], f["properties"]["name"]) for f in shapes))


@cache
def communes() -> list[dict[str, str]]:
    """Every commune by name and département."""
    shapes = json.loads((DATA_DIR / "communes.geojson").read_text("utf-8"))["features"]
    codes = [(f["properties"]["name"], f["properties"]["insee"]) for f in shapes]
    return [{"value": insee, "label": f"{name} ({insee[:2]})"} for name, insee in sorted(codes)]


def zone_names() -> dict[str, str]:
    """What départements and communes are called, by INSEE code."""
    return dict(departements()) | {each["value"]: each["label"] for each in communes()}
