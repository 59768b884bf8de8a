"""Entries by hand for the tests of alerts: moments in minutes of one day, stations by letter."""

from datetime import UTC, datetime

from prim_client.messages.message import to_epoch_us
from spark_app.store.entry_reader import StoredEntry, StoredHit, StoredMessage, StoredRevision

LINE, OTHER, BUS = "L", "M", "bus"
SIZES = {LINE: 10, OTHER: 4, BUS: 0}
NOON_US = to_epoch_us(datetime(2024, 4, 24, 10, 0, tzinfo=UTC))  # a Wednesday, 12:00 in Paris
MINUTE_US = 60_000_000


def revision(id_="d", stations="abc", severity="BLOQUANTE", line=LINE, channel="incident", unplaced="", title="Titre"):
    """A revision with one hit a letter of `stations`; "" is a hit without a station."""
    hits = [StoredHit(line, "", zda, "", zda, None, None, "", None, 0) for zda in stations or [""]]
    return StoredRevision(
        rev=1,
        id=id_,
        revision="r",
        channel=channel,
        severity=severity,
        cause="",
        title=title,
        short_message="",
        text="",
        tags=(),
        lines=(),
        published_at_us=None,
        polarity=None,
        unplaced=unplaced,
        hits=tuple(hits),
    )


def message(revision_, kind="opened", begin_us=None, end_us=None):
    return StoredMessage(0, 0, 1, kind, False, begin_us, end_us, None, "", revision_)


def entry(minute, *messages, tick=False, observed=True):
    """An entry so many minutes after noon; a message may be a revision (opened) or (kind, revision)."""
    made = [
        m if isinstance(m, StoredMessage) else message(m[1], m[0]) if isinstance(m, tuple) else message(m)
        for m in messages
    ]
    return StoredEntry(0, NOON_US + int(minute * MINUTE_US), tick, observed, tuple(made))


def tick(minute, *revisions, observed=True):
    """A tick with what is ongoing."""
    return entry(minute, *[("ongoing", r) for r in revisions], tick=True, observed=observed)
