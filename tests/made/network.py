"""A believable small network: which disruptions there are, when, where. `store_fixture` writes it to a store.

The texts are our own, in the dialects of the operators. The same arguments give the same plan.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from geo.network.lines import Line, Lines
from geo.network.stations import Station, Stations

TICK = timedelta(minutes=5)

_TEXTS: dict[str, list[tuple[str, str, str, float | None]]] = {  # severity, title, text, polarity
    "incident": [
        (
            "BLOQUANTE",
            "{line} : trafic interrompu entre {a} et {b}",
            "Le trafic est interrompu entre {a} et {b} dans les 2 sens jusqu'à {until}.\nMotif : malaise voyageur.",
            -0.9,
        ),
        (
            "PERTURBEE",
            "{line} : trafic perturbé",
            "Le trafic est perturbé entre {a} et {b} en raison d'une panne de signalisation à {a}.",
            -0.6,
        ),
        (
            "PERTURBEE",
            "{line} : trafic ralenti en direction de {b}",
            "Le trafic est ralenti sur l'ensemble de la ligne. Motif : bagage oublié à {a}. Reprise estimée à {until}.",
            -0.4,
        ),
        (
            "PERTURBEE",
            "{line} : arrêt non desservi",
            "La station {a} n'est pas desservie (affluence). Reportez-vous sur {b}.",
            -0.3,
        ),
        (
            "INFORMATION",
            "{line} : retour progressif à la normale",
            "Le trafic reprend progressivement entre {a} et {b}. Des retards restent à prévoir.",
            0.2,
        ),
    ],
    "works": [
        (
            "BLOQUANTE",
            "{line} : arrêt déplacé",
            "L'arrêt {a} est reporté à {b} pendant la durée des travaux.",
            -0.3,
        ),
        (
            "PERTURBEE",
            "{line} : déviation",
            "La ligne est déviée : les arrêts situés entre {a} et {b} ne sont plus desservis.\nRaison : travaux.",
            -0.5,
        ),
        ("INFORMATION", "{line} : travaux de modernisation", "Travaux à {a} du lundi au vendredi.", None),
    ],
    "information": [
        (
            "INFORMATION",
            "{line} : ascenseur indisponible",
            "L'ascenseur de la station {a} est indisponible.",
            -0.3,
        ),
        ("INFORMATION", "{line} : bienvenue", "Préparez votre voyage avec le plan de quartier de {a}.", None),
    ],
}
_LINES = {  # how often a line is hit, by channel: bus lines mostly through works
    "incident": (
        "C01742",
        "C01743",
        "C01727",
        "C01728",
        "C01729",
        "C01739",
        "C01740",
        "C01371",
        "C01374",
        "C01379",
        "C01381",
        "C01383",
        "C01384",
        "C01386",
        "C01389",
        "C01390",
        "C01391",
        "C01679",
        "C01227",
    ),
    "works": (
        "C01742",
        "C01728",
        "C01383",
        "C01390",
        "C01227",
        "C01229",
        "C01107",
        "C01243",
        "C01229",
        "C01119",
    ),
    "information": ("C01371", "C01377", "C01384", "C01742", "C01389"),
}
_CAUSE = {"incident": "PERTURBATION", "works": "TRAVAUX", "information": "INFORMATION"}


@dataclass(frozen=True)
class Touched:
    """One line of a disruption with the stations it hits there, perhaps none."""

    line: str
    stations: tuple[Station, ...] = ()


@dataclass(frozen=True)
class Planned:
    """One disruption of the plan: active in [begin, end)."""

    id: str
    channel: str
    severity: str
    title: str
    text: str
    polarity: float | None
    touched: tuple[Touched, ...]
    begin: datetime
    end: datetime
    html: str = ""
    cause: str = ""
    short_message: str = ""


@dataclass
class Plan:
    """What happens in the store: disruptions, and the ticks without a good poll shortly before."""

    first_tick: datetime
    last_tick: datetime
    disruptions: list[Planned]
    unobserved: frozenset[datetime] = frozenset()
    source: str = "recorded"
    k: int = 12
    open_window: bool = True
    last_poll: datetime | None = None  # when the last good poll was; None: with the last observed entry
    extra_meta: dict[str, str] = field(default_factory=dict)


def believable_plan(last_tick: datetime, hours: float = 6, seed: int = 1, per_day: int = 420, **kwargs) -> Plan:
    """A plan of `hours` up to `last_tick`: incidents, works, information, and four unobserved ticks."""
    chance = random.Random(seed)
    first = last_tick - timedelta(hours=hours)
    plan = [
        _planned(chance, n, "incident", _moment(chance, first - TICK * 12, last_tick), _duration(chance, 45))
        for n in range(round(per_day * (hours + 1) / 24))
    ]
    steady = [("works", 60, 24 * 20), ("information", 12, 24 * 5)]
    for channel, count, length_h in steady:
        for n in range(count):
            begin = first - timedelta(hours=chance.random() * length_h)
            plan.append(_planned(chance, n, channel, begin, timedelta(hours=length_h * 1.5)))
    gap = frozenset(last_tick - TICK * n for n in range(14, 18)) if hours >= 2 else frozenset()
    return Plan(first, last_tick, plan, gap, **kwargs)


def crowded_plan(last_tick: datetime, stations: int = 2_000, **kwargs) -> Plan:
    """An hour in which `stations` are hit at every tick, and all look otherwise at the last one.

    Ten to a disruption, on bus lines; before the last tick they all end and milder ones begin.
    """
    everywhere = [s for s in Stations.load() if s.mode == "bus"]
    chosen = everywhere[:: len(everywhere) // stations][:stations]
    groups = [tuple(chosen[n : n + 10]) for n in range(0, stations, 10)]
    first, change = last_tick - 12 * TICK, last_tick - TICK / 2
    spans = (("before", -0.9, first - TICK, change), ("after", -0.1, change, last_tick + TICK))
    lines = ("C01227", "C01229", "C01107", "C01243", "C01119")
    plan = [
        Planned(
            f"{word}-{n:04d}",
            "incident",
            "PERTURBEE",
            f"Bus : perturbation {n}",
            f"Des arrêts ne sont pas desservis ({n}).",
            polarity,
            (Touched(lines[n % len(lines)], group),),
            begin,
            end,
            cause=_CAUSE["incident"],
        )
        for word, polarity, begin, end in spans
        for n, group in enumerate(groups)
    ]
    return Plan(first, last_tick, plan, **kwargs)


def _moment(chance: random.Random, start: datetime, stop: datetime) -> datetime:
    return start + (stop - start) * chance.random()


def _duration(chance: random.Random, median_min: float) -> timedelta:
    return timedelta(minutes=min(chance.lognormvariate(0, 0.8) * median_min, 600))


def _planned(chance: random.Random, n: int, channel: str, begin: datetime, length: timedelta) -> Planned:
    line = chance.choice([found for name in _LINES[channel] if (found := Lines.load().get(name))])
    severity, title, text, polarity = chance.choice(_TEXTS[channel])
    stations = _run(chance, line)
    names = [s.name for s in stations] or ["Mairie", "Gare"]
    words = {
        "line": line.label.split(" (")[0],
        "a": names[0],
        "b": names[-1],
        "until": f"{(begin + length):%H:%M}",
    }
    text = text.format(**words)
    noise = None if polarity is None else round(polarity + chance.uniform(-0.08, 0.08), 3)
    touched = [Touched(line.id, tuple(stations))] + ([Touched("C01743")] if chance.random() < 0.05 else [])
    if len(touched) == 2 and touched[0].line == touched[1].line:
        touched.pop()
    return Planned(
        f"{channel[:3]}-{n:05d}-{chance.getrandbits(32):08x}",
        channel,
        severity,
        title.format(**words),
        text,
        noise,
        tuple(touched),
        begin,
        begin + length,
        html="<p>" + text.replace("\n", "<br>") + "</p>",
        cause=_CAUSE[channel],
    )


def _run(chance: random.Random, line: Line) -> list[Station]:
    """Some neighbouring stations of the line; of a bus line, a few bus stops around a place; often none."""
    stations = Stations.load().of_line(line.id)
    if line.mode == "bus":
        stations = _bus_stops()
    if not stations or chance.random() < 0.15:
        return []
    start = chance.choice(stations)
    count = chance.choice((1, 1, 2, 3, 5, 8))
    return sorted(stations, key=start.distance_m)[:count]


def _bus_stops() -> tuple[Station, ...]:
    if not _BUS:
        _BUS.extend([s for s in Stations.load() if s.mode == "bus"][::97])
    return tuple(_BUS)


_BUS: list[Station] = []
