"""Which incident a notice belongs to: the rules, each with the words that tell why.

A rule looks at a notice and at one incident that is still in mind, and either links them, with a reason in
words, or does not. `docs/incidents.md` tells where each rule was learned. Times are microseconds.
"""

from __future__ import annotations

from collections.abc import Callable

from prim_client.messages.time_units import DAY_S, MINUTE_US, SECOND_US
from spark_app.derived.incidents.notice import Notice
from spark_app.derived.incidents.reading import VARIOUS, Reading
from spark_app.derived.incidents.record import TWINS_US, Record, scope

UPDATE_US = 120 * MINUTE_US  # RATP's updates of one incident begin at most this far apart
UPDATE_SAME_PLACE_US = 300 * MINUTE_US
UPDATE_HELD_US = 60 * MINUTE_US  # a train is not held for longer; the next one is another
SERVICE_DAY_US = 20 * 60 * MINUTE_US
CHANGED_CAUSE_US = 15 * MINUTE_US
VARIOUS_US = 90 * MINUTE_US
SAME_WORDING_US = 60 * MINUTE_US
WORKS_AGAIN_US = 14 * 24 * 60 * MINUTE_US
EPISODE_US = 30 * MINUTE_US
EPISODE_SAME_PLACE_US = 45 * MINUTE_US
EPISODE_HELD_US = 10 * MINUTE_US
EPISODE_ANY_CAUSE_US = 10 * MINUTE_US
SAME_TITLE_US = 3 * 24 * 60 * MINUTE_US
TITLE_MIN_CHARACTERS = 15
LIVE_US = 60 * MINUTE_US  # works that are told as they happen, not planned ones
NEVER_US = -(10**18)
MOST = 0.75


Rule = Callable[[Notice, Reading, Record], str]  # the reason why they belong together; empty: the rule says nothing


def clock(moment_us: int) -> str:
    """`moment_us` for a reason in words: hour, minute and second of the UTC day."""
    minutes, seconds = divmod(moment_us // SECOND_US % DAY_S, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}Z"


def minutes(span_us: int) -> str:
    return f"{abs(span_us) / MINUTE_US:.0f} min"


# --- sure: any number of incidents that they link are one


def is_twin(notice: Notice, reading: Reading, record: Record) -> str:
    """The same words within three minutes: one text published as several ids."""
    read_us = record.wordings.get(reading.wording)
    if read_us is None or abs(notice.observed_us - read_us) > TWINS_US:
        return ""
    return f"twin: the same words as one of its ids {minutes(notice.observed_us - read_us)} before"


def is_same_begin(notice: Notice, reading: Reading, record: Record) -> str:
    """The period keeps its begin to the second over the updates of one incident."""
    if not record.lines & scope(notice) or notice.channel != record.channel:
        return ""
    begins = {begin for begin, _ in notice.periods}
    shared = record.begins_us & begins
    if notice.channel != "incident" and len(shared) < MOST * min(len(begins), len(record.begins_us)):
        return ""  # works of other weeks that meet in some nights
    for begin in sorted(shared):
        by_machine = begin % MINUTE_US != 0  # two incidents of one line in the same second: not seen
        if (by_machine and notice.channel == "incident") or _says_the_same(reading, record):
            return f"update: its period begins at {clock(begin)} as before"
    return ""


def _says_the_same(reading: Reading, record: Record) -> bool:
    if record.channel == "incident":
        return bool(reading.root) and reading.root in record.roots and record.place_agrees(reading.place) is not False
    return any(_share_most_words(reading.wording, known) for known in record.wordings)


def _share_most_words(one: str, other: str) -> bool:
    """Whether three of four words are shared."""
    words, others = set(one.split()), set(other.split())
    return len(words & others) >= MOST * len(words | others)


SURE = (is_twin, is_same_begin)


# --- likely: the nearest one that they link


def is_update(notice: Notice, reading: Reading, record: Record) -> str:
    """RATP: the same cause on the same line, and not closed in between."""
    if not _goes_on(notice, reading, record) or reading.root not in record.roots:
        return ""
    agrees, gap = record.place_agrees(reading.place), notice.begin_us() - record.last_begin_us
    if agrees is False or abs(gap) > _update_limit_us(reading, record, agrees):
        return ""
    where = " at the same place" if agrees else ""
    closes = "closing id" if reading.closing else "update"
    return f"{closes}: the same cause on the same line{where}, {minutes(gap)} after the last begin, not closed between"


def is_closing_id(notice: Notice, reading: Reading, record: Record) -> str:
    """RATP: the closing id repeats the words of the id that it closes, however long that held."""
    if not reading.closing or not _goes_on(notice, reading, record) or reading.wording not in record.wordings:
        return ""
    gap = notice.begin_us() - record.last_begin_us
    if not 0 <= gap <= SERVICE_DAY_US:
        return ""
    return f"closing id: the words of an id that began {minutes(gap)} before and was not closed"


def _update_limit_us(reading: Reading, record: Record, agrees: bool | None) -> int:
    if record.held and reading.held:
        return UPDATE_HELD_US
    return UPDATE_SAME_PLACE_US if agrees else UPDATE_US


def is_changed_cause(notice: Notice, reading: Reading, record: Record) -> str:
    """RATP: another cause at the same place within minutes, or "divers incidents" where one went on."""
    if not _goes_on(notice, reading, record) or reading.root in record.roots:
        return ""
    gap = notice.begin_us() - record.last_begin_us
    if 0 <= gap <= CHANGED_CAUSE_US and record.place_agrees(reading.place):
        return f"changed cause: at the same place {minutes(gap)} after the last begin, not closed between"
    if 0 <= gap <= VARIOUS_US and reading.root == VARIOUS:
        return f"changed cause: causes added up on the same line {minutes(gap)} after the last begin"
    return ""


def _goes_on(notice: Notice, reading: Reading, record: Record) -> bool:
    """Whether an RATP incident can have this notice as one of its own."""
    if reading.dialect != "ratp" or record.dialect != "ratp" or notice.channel != record.channel:
        return False
    if notice.channel != "incident" and abs(notice.observed_us - notice.begin_us()) > LIVE_US:
        return False
    if not record.lines & scope(notice) or _self_closing(reading, record):
        return False
    return record.closed_us is None or (notice.begin_us() < record.closed_us and not reading.closing)


def _self_closing(reading: Reading, record: Record) -> bool:
    """A period of 46 minutes stands for itself: nothing follows it and it follows nothing."""
    return reading.self_closed or record.self_closed


def is_same_wording(notice: Notice, reading: Reading, record: Record) -> str:
    """The same words again, with a new period; works keep their words for weeks."""
    read_us = record.wordings.get(reading.wording)
    if read_us is None or reading.dialect == "ratp" or not record.lines & scope(notice):
        return ""
    limit = SAME_WORDING_US if notice.channel == "incident" else WORKS_AGAIN_US
    if notice.observed_us - max(read_us, record.last_seen_us) > limit:
        return ""
    return "update: the same words on the same line with another period"


def is_same_title(notice: Notice, reading: Reading, record: Record) -> str:
    """Notices without a cause, as of storms or of a changed offer, keep their title while their text is worked on."""
    if {reading.dialect, record.dialect} != {"other"} or reading.root or "works" in (notice.channel, record.channel):
        return ""
    if reading.title != record.title or len(reading.title) < TITLE_MIN_CHARACTERS or not record.lines & scope(notice):
        return ""
    gap = notice.observed_us - record.last_seen_us
    return (
        f"update: the same title on the same line, {minutes(gap)} after it was last read"
        if gap <= SAME_TITLE_US
        else ""
    )


LIKELY = (is_closing_id, is_update, is_changed_cause, is_same_wording, is_same_title)


# --- episode: what a rider would call one event


def is_same_event(notice: Notice, reading: Reading, record: Record) -> str:
    """The same cause on the same line, soon after, where no other place is named; or at the same place at once."""
    if {notice.channel, record.channel} != {"incident"} or not record.lines & scope(notice):
        return ""
    if reading.train or record.train:
        return ""
    agrees, same_cause = record.place_agrees(reading.place), _causes_agree(reading, record)
    moment = notice.begin_us() if reading.dialect == "ratp" else notice.observed_us
    gap = moment - record.over_us()
    if agrees is False or gap > _episode_limit_us(reading, record, agrees, same_cause):
        return ""
    after = f"{minutes(max(0, gap))} after the incident before"
    if not same_cause:
        return f"same event: the same place, {after}, with another cause"
    where = "the same place and cause" if agrees else "the same cause on the same line, no other place named"
    return f"same event: {where}, {after}"


def _causes_agree(reading: Reading, record: Record) -> bool:
    if reading.dialect == "ratp":
        return reading.root in record.roots
    return bool(reading.root) and (reading.root in record.roots or bool(reading.causes & record.causes))


def _episode_limit_us(reading: Reading, record: Record, agrees: bool | None, same_cause: bool) -> int:
    if not same_cause:
        return EPISODE_ANY_CAUSE_US if agrees and reading.dialect == record.dialect == "ratp" else NEVER_US
    if record.held or reading.held:
        return EPISODE_HELD_US
    return EPISODE_SAME_PLACE_US if agrees else EPISODE_US
