"""Of many who ask for the same at once one works it out; what does not last is not kept."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from dashboard.store.cache import Cache


def test_of_many_at_once_one_works_it_out_and_all_get_it():
    cache, made, began, release = Cache(4), [], Barrier(9), Event()

    def make():
        made.append(1)
        release.wait(10)
        return object()

    def ask(_):
        began.wait(10)
        return cache.get("key", make)

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask, n) for n in range(8)]
        began.wait(10)
        release.set()
        found = {id(answer.result(10)) for answer in answers}
    assert len(found) == 1 and len(made) == 1


def test_an_error_is_not_kept():
    cache = Cache(4)
    with pytest.raises(ValueError, match="broken"):
        cache.get("key", lambda: _raise(ValueError("broken")))
    assert cache.get("key", lambda: "mended") == "mended"


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(1)])
def test_who_waits_for_one_that_fails_makes_it_for_itself(error):
    """The error, or the end of a thread, is its maker's own: the other gets its answer."""
    cache, waits, release = Cache(4), Event(), Event()

    def fail():
        waits.set()
        release.wait(10)
        raise error

    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(cache.get, "key", fail)
        waits.wait(10)
        waiting = pool.submit(cache.get, "key", lambda: "made")
        release.set()
        assert waiting.result(10) == "made"
        with pytest.raises(type(error)):
            failing.result(10)
    assert cache.get("key", lambda: "anew") in ("made", "anew")


def _raise(error):
    raise error


def test_what_does_not_last_is_made_again():
    cache, made = Cache(4), []
    for _ in range(2):
        cache.get("key", lambda: made.append(1), lambda value: False)
    assert len(made) == 2


def test_made_from_other_sources_it_is_made_anew():
    cache, one, other = Cache(4), object(), object()
    first = cache.get_from("key", (one,), object)
    assert cache.get_from("key", (one,), object) is first
    assert cache.get_from("key", (other,), object) is not first
