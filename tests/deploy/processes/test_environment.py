"""What the processes do about Python's search for cycles of garbage."""

import gc

import pytest

from deploy.processes.environment import collect_rarely, keep_loaded


@pytest.fixture(autouse=True)
def as_before():
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    keep_loaded.cache_clear()


def test_what_is_loaded_is_searched_no_more_and_what_comes_later_is():
    gc.unfreeze()
    loaded = [[] for _ in range(1_000)]
    keep_loaded("tables")
    later = [[] for _ in range(10)]
    searched = {id(each) for each in gc.get_objects()}
    assert not searched & {id(each) for each in loaded}
    assert searched >= {id(each) for each in later}


def test_the_same_thing_is_kept_once_so_that_garbage_is_not_kept_with_it():
    keep_loaded("tables")
    kept = gc.get_freeze_count()
    later = [[] for _ in range(1_000)]
    keep_loaded("tables")
    assert gc.get_freeze_count() <= kept
    assert len(later) == 1_000


def test_cycles_are_looked_for_after_many_containers_only():
    collect_rarely()
    assert gc.get_threshold()[0] >= 10_000
