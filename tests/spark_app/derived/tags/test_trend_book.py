"""The trends of a stream are those of the pure function over all that was seen, wherever it was stopped."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from spark_app.derived.tags.trend_book import TrendBook
from spark_app.derived.tags.trends import Chain, Sighting, chained, trends

BEGIN = datetime(2024, 4, 1, 4, tzinfo=UTC)
TICK = timedelta(minutes=5)
LINES, CAUSES = [f"C{n}" for n in range(6)], ["works", "fire", "weather"]


def stream(days: float, seed: int) -> list[Sighting]:
    """Sightings of a few days: often several at one moment, lines and causes that chain."""
    chance, now, found = random.Random(seed), BEGIN, []
    while now < BEGIN + timedelta(days=days):
        tags = {("line", chance.choice(LINES)), ("cause", chance.choice(CAUSES))}
        tags |= {("station", str(chance.randrange(30))) for _ in range(chance.randrange(4))}
        found.append(Sighting(now, f"d{len(found):05}", tuple(sorted(tags))))
        now += timedelta(seconds=chance.choice([0, 60, 500, 4000]))
    return found


@pytest.mark.parametrize(("window_min", "memory_days"), [(120, 7), (5, 1), (600, 2)])
def test_at_every_tick_it_says_what_the_pure_function_says(window_min, memory_days):
    window, memory = timedelta(minutes=window_min), timedelta(days=memory_days)
    sightings = stream(4, seed=window_min)
    book, left, seen, looks = TrendBook(window, memory), list(sightings), [], 0
    book.begin(BEGIN)
    for n in range(4 * 288):
        end = BEGIN + n * TICK
        while left and left[0].opened < end:
            seen.append(left[0])
            book.see(left.pop(0))
        if n % 17 == 0:
            expected = trends(chained(seen), end, window, memory, since=BEGIN)
            assert book.trends_before(end) == expected
            looks += bool(expected.unusual)
    assert looks > 10


def test_a_book_that_is_written_down_and_read_goes_on_as_if_it_had_not_been():
    window, memory = timedelta(hours=2), timedelta(days=1)
    through, stopped = TrendBook(window, memory), TrendBook(window, memory)
    for book in (through, stopped):
        book.begin(BEGIN)
    for n, sighting in enumerate(stream(3, seed=5)):
        through.see(sighting)
        stopped.see(sighting)
        if n % 10 == 0:
            end = sighting.opened + timedelta(microseconds=1)
            assert through.trends_before(end) == stopped.trends_before(end)
        if n % 7 == 0:
            stopped = TrendBook.restored(window, memory, json.loads(json.dumps(stopped.state())))


def test_what_is_too_old_is_forgotten():
    book = TrendBook(timedelta(hours=1), timedelta(hours=2))
    for sighting in stream(2, seed=1):
        book.see(sighting)
    book.trends_before(BEGIN + timedelta(days=3))
    assert book.state()["sightings"] == [] and book.count() == 0


def test_updates_of_one_incident_are_one_disruption():
    book = TrendBook()
    for minutes, name in ((0, "a"), (10, "b"), (25, "c")):
        book.see(Sighting(BEGIN + timedelta(minutes=minutes), name, (("line", "C1"), ("cause", "fire"))))
    found = book.trends_before(BEGIN + timedelta(hours=1))
    assert [(t.tag, t.count) for t in found.frequent] == [(("cause", "fire"), 1), (("line", "C1"), 1)]
    assert book.count() == 1


def test_spans_must_be_positive():
    with pytest.raises(ValueError, match="must be positive"):
        TrendBook(timedelta(0))


def test_what_nothing_can_continue_any_more_is_not_remembered():
    chain = Chain()
    for hours in range(100):
        chain.link(Sighting(BEGIN + timedelta(hours=hours), f"d{hours}", (("line", f"L{hours}"),)))
    assert len(chain) == 1
    again = Sighting(BEGIN + timedelta(hours=99, minutes=30), "twin", (("line", "L99"),))
    assert chain.link(again).disruption == "d99"
