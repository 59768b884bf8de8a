"""HTML attributes whose names have hyphens, which Python's keyword arguments cannot have."""

from __future__ import annotations

from typing import Any


def attributes(**values: Any) -> dict[str, Any]:
    """Attributes for a Dash component by their names with underscores: `html.Div(**attributes(aria_label="Map"))`.

    >>> attributes(aria_label="Map", data_choice="fit:all")
    {'aria-label': 'Map', 'data-choice': 'fit:all'}
    """
    return {name.replace("_", "-"): value for name, value in values.items()}
