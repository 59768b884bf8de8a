"""The title of a disruption, also of one that has none."""

from __future__ import annotations

import re

from dashboard.store.records import Revision

TITLE_MAX = 120


def shown_title(revision: Revision) -> str:
    """The title; where it says nothing ("." on some messages), the short message or the text's first sentence."""
    for candidate in (revision.title, revision.short_message, revision.text):
        if re.search(r"\w", candidate):
            sentence = re.split(r"(?<=[.!?])\s|\n", candidate.strip(), maxsplit=1)[0]
            return candidate if candidate is revision.title else sentence[:TITLE_MAX]
    return ""
