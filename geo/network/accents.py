"""Accent folding: texts compared without case and accents. `geo.text.folding` keeps offsets, this does not."""

import unicodedata


def without_accents(text: str) -> str:
    """`text` in lower case, without accents and other combining marks.

    >>> without_accents("Gare de l'Évêque")
    "gare de l'eveque"
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
