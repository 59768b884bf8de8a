"""Notices in the dialects of the feed, with texts of our own. Times are minutes of one morning."""

from spark_app.derived.incidents.notice import Notice

MINUTE_US = 60_000_000
MORNING_US = 1_714_000_000_000_000 // MINUTE_US * MINUTE_US
END_OF_DAY = 1_200.0


def at(minute: float) -> int:
    return MORNING_US + round(minute * MINUTE_US)


def notice(id_, seen, title, text, *periods, line="C01383", channel="incident", severity="PERTURBEE") -> Notice:
    """`seen` and `periods` in minutes; an end of None is open."""
    spans = tuple((at(begin), None if end is None else at(end)) for begin, end in periods)
    return Notice(id_, at(seen), (line,) if line else (), channel, severity, title, text, spans)


def ratp(
    id_, begin, cause="Bagage oublié", place="Brochant", manner="Trafic perturbé", *, until=END_OF_DAY, **more
) -> Notice:
    """RATP's dialect, published four minutes after the begin of its period."""
    where = f" à {place}" if place else ""
    text = f"Le trafic est perturbé sur l'ensemble de la ligne en raison d'un incident de ce genre{where}."
    return notice(id_, begin + 4, f"Métro 13 : {cause} - {manner}", text, (begin, until), **more)


def closing(id_, begin, cause="Bagage oublié", place="Brochant", **more) -> Notice:
    """The id with which RATP ends an incident: its period lasts one minute."""
    return ratp(id_, begin, cause, place, "Reprise progressive", until=begin + 1, **more)


def held(id_, begin, station="Brochant", cause="Malaise voyageur", **more) -> Notice:
    """A train stands at a station."""
    text = f"Un train stationne à {station} en direction de Châtillon-Montrouge en raison d'un malaise."
    return notice(id_, begin + 4, f"Métro 13 : {cause} - Train stationne", text, (begin, END_OF_DAY), **more)


def sncf(
    id_, seen, begin, motif="panne d'un train à Auber", said="perturbé", *, until=90.0, line="C01742", **more
) -> Notice:
    """SNCF's dialect: the period keeps its begin over all updates."""
    text = f"Le trafic est {said} entre Nation et Torcy dans les 2 sens jusqu'à 09h30. Motif : {motif}."
    return notice(id_, seen, f"Ligne A : {said}", text, (begin, until), line=line, **more)
