"""The long campaigns that `./pulse bench nightly` runs, in its order. A new one is one line here.

Each is a benchmark of its own, which can be run alone: it ends with 0 when it found nothing, and where it takes long it
is resumable by itself. One whose module is not there is left out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Campaign:
    """`python -m benchmarks.<module> <arguments>`; `{seed}` in an argument becomes the seed of the night."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()


CAMPAIGNS = (
    Campaign("faults", "faults.faults", ("--seed", "{seed}", "--write", "docs/faults-campaign.md")),
    Campaign(
        "rebuild kills",
        "faults.faults",
        (
            "--seed",
            "{seed}",
            "--parts",
            "rebuild=60,rebuild-postgresql=15,rebuild-mariadb=15",
            "--write",
            "docs/faults-campaign.md",
        ),
    ),
    Campaign("long tests", "long_tests"),
    Campaign("mutations", "mutations"),
    Campaign("fuzz", "hostile.fuzz", ("--seed", "{seed}")),
    Campaign("soak", "speed.soak"),
)
