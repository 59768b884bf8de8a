"""The words of the screen in French and English: one table, `key: (French, English)`.

Python uses it through `Words`, the browser through `pulse.t` with the same keys. A page may bring keys of
its own (`Page.texts`); every key has both languages, which a test holds.
"""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("fr", "en")
Texts = Mapping[str, tuple[str, str]]

TEXTS: Texts = {
    "nav.label": ("Pages", "Pages"),
}


class Words:
    """The texts of one language.

    >>> Words("en", {"greet": ("Bonjour {name}", "Hello {name}")})("greet", name="Ada")
    'Hello Ada'
    """

    def __init__(self, language: str, texts: Texts = TEXTS) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language {language!r}: there are {', '.join(LANGUAGES)}")
        self.language = language
        self._texts = {key: both[LANGUAGES.index(language)] for key, both in texts.items()}

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` with `values` in its braces. Raises KeyError for a key that no table has."""
        return self._texts[key].format(**values) if values else self._texts[key]

    def data(self) -> dict[str, str]:
        """All of them, for the browser."""
        return self._texts
