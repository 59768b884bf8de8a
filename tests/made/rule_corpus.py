"""A fixed corpus on which the results of every rule are pinned: our labelled texts, and a store of them.

Each text is a disruption of one of a few lines. A new one opens every five minutes and is ongoing for an hour.
"""

from pathlib import Path
from random import Random

import numpy as np
from sqlalchemy import Engine

from spark_app.language import lexicon
from tests.made.small_store import HIT, MINUTE_US, put_entry

BEGIN_US = 1_750_000_000_000_000
TICKS_OPEN = 12
PLACES = (  # line, name, mode, zone, interchange, station, lat, lon
    ("C01742", "A", "rer", "43135", "71264", "Châtelet - Les Halles", 48.8618, 2.3470),
    ("C01742", "A", "rer", "43114", "71517", "La Défense", 48.8920, 2.2380),
    ("C01371", "1", "metro", "41293", "71673", "Nation", 48.8483, 2.3959),
    ("C01389", "T1", "tram", "41530", "72460", "Gare de Saint-Denis", 48.9350, 2.3440),
    ("C01150", "152", "bus", "40300", "70640", "Porte de la Villette", 48.8977, 2.3858),
)


def texts() -> list[str]:
    """Our labelled texts."""
    lines = (Path(__file__).parent / "labelled_texts.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[2] for line in lines if line and not line.startswith("#")]


def phrases() -> list[str]:
    """Every phrase and small word of the lexicon, so that a changed row changes a result."""
    known = lexicon.load()
    words = [f"{word} trafic interrompu" for kind in sorted(known.words) for word in sorted(known.words[kind])]
    return [*sorted(" ".join(phrase) for phrase, _ in known.trie.phrases()), *words]


def fill(engine: Engine) -> None:
    """Write the corpus as the sink would have done."""
    from spark_app.store.engine import append
    from spark_app.store.tables import revision, revision_hit

    with engine.begin() as connection:
        for rev, text in enumerate(texts(), 1):
            append(connection, revision, [_revision(rev, text)])
            append(connection, revision_hit, _hits(rev))
    for number in range(len(texts()) + TICKS_OPEN):
        at_us = BEGIN_US + number * 5 * MINUTE_US
        _put(engine, 2 * number, at_us + MINUTE_US, _changes(number), tick=False)
        _put(engine, 2 * number + 1, at_us + 5 * MINUTE_US, _ongoing(number), tick=True)


def _put(engine: Engine, entry: int, at_us: int, messages: list[tuple[int, str]], *, tick: bool) -> None:
    put_entry(engine, entry, at_us, messages, tick=tick, labels=[_labels(rev) for rev, _ in messages])


def _labels(rev: int) -> str:
    """The cluster of each hit: one a line."""
    return str(rev % len(PLACES)) * len(_hits(rev))


def _revision(rev: int, text: str) -> dict:
    line, name, mode = PLACES[rev % len(PLACES)][:3]
    lines = f'[{{"id": "{line}", "name": "{name}", "mode": "{mode}", "network": "", "sections": []}}]'
    return {
        "rev": rev,
        "id": f"d{rev % 97}",
        "revision": f"{rev:016}",
        "channel": "incident" if rev % 3 else "works",
        "severity": ("BLOQUANTE", "PERTURBEE")[rev % 2],
        "cause": "PERTURBATION",
        "title": text[:60],
        "short_message": "",
        "text": text,
        "html": "",
        "tags": "[]",
        "lines": lines,
        "published_at_us": BEGIN_US + rev * 5 * MINUTE_US,
        "polarity": -0.5,
        "analyzer": "corpus",
        "unplaced": "",
    }


def _hits(rev: int) -> list[dict]:
    line, mode = PLACES[rev % len(PLACES)][0], PLACES[rev % len(PLACES)][2]
    stations = [place for place in PLACES if place[0] == line]
    return [
        HIT
        | {
            "rev": rev,
            "hit": hit,
            "line": line,
            "mode": mode,
            "zda": zda,
            "zdc": zdc,
            "station": station,
            "lat": lat,
            "lon": lon,
            "weight_e9": 10**9 // len(stations),
        }
        for hit, (*_, zda, zdc, station, lat, lon) in enumerate(stations)
    ]


def _changes(number: int) -> list[tuple[int, str]]:
    opened, closed = number + 1, number + 1 - TICKS_OPEN
    changes = [(opened, "opened")] if opened <= len(texts()) else []
    return changes + ([(closed, "closed")] if closed >= 1 else [])


def _ongoing(number: int) -> list[tuple[int, str]]:
    return [(rev, "ongoing") for rev in range(max(1, number + 2 - TICKS_OPEN), min(number + 1, len(texts())) + 1)]


def stations(seed: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The hits of a message: stop zones, kilometres east and north; some are without station, some stand twice."""
    draw = Random(seed)
    places = [(str(draw.randint(100, 999)), draw.uniform(640, 660), draw.uniform(6850, 6870)) for _ in range(seed + 1)]
    hits = [draw.choice([*places, ("", float("nan"), float("nan"))]) for _ in range(2 * seed + 1)]
    return [zda for zda, _, _ in hits], np.array([x for _, x, _ in hits]), np.array([y for _, _, y in hits])


def points(seed: int, count: int) -> np.ndarray:
    """Points (count, 3) in kilometres, crowded at a few places."""
    draw = Random(seed)
    places = [(0.0, 0.0), (12.0, 5.0), (30.0, -8.0), (45.0, 20.0)]
    rows = [(*draw.choice(places), draw.choice([0.0, -5.0])) for _ in range(count)]
    return np.array([(x + draw.gauss(0, 1.5), y + draw.gauss(0, 1.5), z) for x, y, z in rows]).reshape(-1, 3)
