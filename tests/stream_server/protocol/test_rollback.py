"""The clean-up runs unless the block finishes normally, and what ended the block is raised again."""

import pytest

from stream_server.protocol.rollback import undo_on_failure


@pytest.mark.parametrize("ending", [ValueError, KeyboardInterrupt, SystemExit])
def test_whatever_ends_the_block_is_raised_after_the_undoing(ending):
    done = []
    with pytest.raises(ending), undo_on_failure(lambda: done.append("undone")):
        raise ending
    assert done == ["undone"]


def test_a_generator_that_nobody_reads_on_is_undone():
    done = []

    def numbers():
        with undo_on_failure(lambda: done.append("undone")):
            yield 1
            yield 2

    reading = numbers()
    next(reading)
    reading.close()
    assert done == ["undone"]


def test_the_good_ways_out_undo_nothing():
    done = []

    def answer():
        with undo_on_failure(lambda: done.append("undone")):
            return 7

    with undo_on_failure(lambda: done.append("undone")):
        pass
    assert (answer(), done) == (7, [])
