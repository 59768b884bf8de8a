"""Spreadsheet formulas in texts: a cell that a spreadsheet would run gets an apostrophe before it.

Published texts are a stranger's. Excel, LibreOffice and others run a cell that begins with `=`, `+`, `-` or `@`; some
skip what cannot be seen before it, some fold wide and small forms. Numbers are written as numbers and need nothing.
"""

from __future__ import annotations

import unicodedata

MARK = "'"
_SIGNS = frozenset("=+-@\u2212")  # \u2212: the minus that superscript forms fold to
_STARTERS = frozenset("\t\r\n")  # a cell that begins so is cut or moved by some importers
# Invisible letters that their category does not tell: fillers of Hangul, the blank of Braille.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def disarmed(text: str) -> str:
    """`text` as it may stand in a cell; `original` takes it back.

    >>> disarmed("=1+1"), disarmed("Panne"), disarmed("'=1")
    ("'=1+1", 'Panne', "''=1")
    """
    return MARK + text if _is_formula(text.lstrip(MARK)) else text


def original(cell: str) -> str:
    """The text of a cell that `disarmed` wrote.

    >>> original("'=1+1"), original("''=1"), original("'s Gravenhage")
    ('=1+1', "'=1", "'s Gravenhage")
    """
    is_marked = cell.startswith(MARK) and _is_formula(cell.lstrip(MARK))
    return cell[len(MARK) :] if is_marked else cell


def _is_formula(text: str) -> bool:
    if text[:1] in _STARTERS:
        return True
    first = next((char for char in text if not _is_unseen(char)), "")
    return bool(first) and unicodedata.normalize("NFKC", first) in _SIGNS


def _is_unseen(char: str) -> bool:
    """Whether it takes no ink: a space, a control or format character, a combining mark, unassigned, a filler."""
    category = unicodedata.category(char)
    return category[0] in "CZ" or category in ("Mn", "Me") or char in _FILLERS
