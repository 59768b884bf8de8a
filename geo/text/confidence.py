"""Confidence of a place: the share of such places that PRIM's own ids agree with.

Measured by rule (`./pulse bench geocode`, table "by rule"; counts in docs/geocoding.md) and rounded
down a little, because the next recording is not this one. Rules seen fewer than 20 times have the
value of the rule they are most like.
"""

# rule -> share of places within 500 m of a stop of PRIM's, rail, metro and tram
RAIL = {
    "stop": 1.0,
    "impactedSections": 0.98,
    "entre X et Y": 0.98,
    "ainsi que X et Y": 0.95,
    "titre X - Y": 0.98,
    "de X vers Y": 0.98,
    "de X et Y": 0.95,
    "X <> Y": 0.95,
    "axe X - Y": 0.9,
    "départ X arrivée Y": 0.9,
    "missions coupées": 0.94,
    "train": 0.87,
    "direction seule": 0.95,
    "ensemble de la ligne": 0.95,
    "trafic de la ligne": 0.9,
    "à X": 0.99,
    "X non desservi": 0.98,
    "ne desserv X": 0.95,
    "nom seul": 0.8,
    "nom dans le titre": 0.8,
    "cause": 0.85,
}
# Bus: no table says which stops a line serves, so namesakes are mistaken for each other.
BUS = {
    "impactedSections": 0.94,
    "entre X et Y": 0.94,
    "X non desservi": 0.88,
    "à X": 0.9,
    "nom seul": 0.4,
    "nom dans le titre": 0.4,
    "cause": 0.6,
}
EXTENT = {"ensemble de la ligne": 0.95, "ligne": 0.5, "commune": 0.7}
BUS_DEFAULT, RAIL_DEFAULT = 0.7, 0.9
# A cut or misspelt name of a line's own stations is nearly as good as a whole one; a bus stop that
# only its neighbours or its network tell from its namesakes is right half as often.
RAIL_INEXACT, BUS_INEXACT = 0.99, 0.6


def rail_confidence(rule: str, *, exact: bool) -> float:
    """The confidence (0 to 1) of a station on a line whose stations are known."""
    return round(RAIL.get(rule, RAIL_DEFAULT) * (1.0 if exact else RAIL_INEXACT), 3)


def bus_confidence(rule: str, *, exact: bool) -> float:
    """The confidence (0 to 1) of a bus stop found by its name alone."""
    return round(BUS.get(rule, BUS_DEFAULT) * (1.0 if exact else BUS_INEXACT), 3)


def extent_confidence(rule: str) -> float:
    """The confidence (0 to 1) of a line or zone as the place of a message."""
    return EXTENT[rule]
