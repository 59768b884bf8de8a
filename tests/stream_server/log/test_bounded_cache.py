"""The bounded memory: what was used lately is there, and it never holds more than its budget."""

from stream_server.log.bounded_cache import Recent


def test_it_keeps_what_is_used_and_forgets_the_rest():
    recent = Recent(10)
    for number in range(100):
        recent.put(number, f"v{number}", 1)
        assert recent.get(0) == "v0"  # asked for all the time
    assert recent.get(99) == "v99"
    assert recent.get(50) is None


def test_it_stays_within_its_budget():
    recent = Recent(1_000)
    for number in range(500):
        recent.put(number, "x", 1 + number % 90)
        recent.get(number // 2)
    costs = [1 + number % 90 for number in range(500) if recent.get(number)]
    assert 200 < sum(costs) <= 1_000


def test_what_is_too_large_is_not_kept_and_pushes_nothing_out():
    recent = Recent(10)
    recent.put("small", "s", 2)
    recent.put("large", "l", 6)
    assert (recent.get("small"), recent.get("large")) == ("s", None)
    recent.clear()
    assert recent.get("small") is None
