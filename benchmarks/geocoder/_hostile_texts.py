"""Texts that nobody would write, made of one piece over and over: for the geocoder's tests and measurements."""

MEGABYTE = 1_000_000

PIECES = {
    "one letter": "a",
    "capitals": "A ",
    "brackets": "(",
    "zero-width spaces": "\u200b",
    "newlines": "\n",
    "full stops": ". ",
    "quotation marks": "« ",
    "the grammar's own characters": "\ue000 et ",
    "a list without end": "Nation, Vincennes et ",
    "entre": "entre ",
    "entre Nation": "entre Nation ",
    "de Nation à": "de Nation à ",
    "sens": "sens Nation - ",
    "axe": "axe Nation - ",
    "départ": "départ Nation 12h30 arrivée ",
    "cause": "en raison de ",
    "sauf": "sauf ",
    "cut names": "Saint-M. ",
    "misspelt names": "Natiom Vincenes ",
    "names that are everywhere": "arrêts Mairie, Église et ",
    "towns": "Versailles Montreuil, Nanterre ",
    "reports": "reporter a ",
}


def hostile_text(piece: str) -> str:
    """A megabyte of `piece`."""
    return (piece * (MEGABYTE // len(piece) + 1))[:MEGABYTE]
