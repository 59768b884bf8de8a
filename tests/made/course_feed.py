"""The classic setting of a streaming course: a batch every 10 s, the top ten of the last 5 minutes, redrawn every 2 s.

In each batch one disruption opens, of a line and of one or two causes; no two are updates of each other.
"""

from __future__ import annotations

from collections import Counter

BATCH_S, WINDOW_BATCHES, TOP = 10, 30, 10
CLASSIC = {
    "trends": {"trend_window_min": 5, "trend_refresh_s": 2},
    "differ": {"tick_s": BATCH_S},
    "spark": {"trigger_s": BATCH_S},
}
CAUSES = {
    "bagage oublié": "Motif : bagage oublié.",
    "malaise voyageur": "Motif : malaise voyageur.",
    "obstacle sur la voie": "Motif : obstacle sur la voie.",
    "travaux": "Motif : travaux.",
}


def said(batch: int, lines: list[str]) -> tuple[str, list[str]]:
    """Line and causes of the disruption that opens in a batch, counted from 1."""
    names = list(CAUSES)
    pairs = [(one, other) for one in range(4) for other in range(one, 4)]
    one, other = pairs[batch // len(lines) % len(pairs)]
    return lines[batch % len(lines)], list(dict.fromkeys([names[one], names[other]]))


def text_of(causes: list[str]) -> str:
    """What a disruption of these causes says."""
    return " ".join(CAUSES[cause] for cause in causes)


def expected(batch: int, lines: list[str]) -> Counter[str]:
    """Disruptions by cause among those of the last five minutes."""
    batches = range(max(1, batch - WINDOW_BATCHES + 1), batch + 1)
    return Counter(cause for n in batches for cause in said(n, lines)[1])
