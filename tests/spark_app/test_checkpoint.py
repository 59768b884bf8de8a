"""What a checkpoint says, and what is said of one that a loss of power left behind."""

import pytest

from spark_app.checkpoint import CheckpointError, Progress, read_progress

OFFSETS = 'v1\n{"batchWatermarkMs":0}\n{"entry": %d}\n'


@pytest.fixture
def checkpoint(tmp_path):
    """Two batches begun, one of them finished."""
    (tmp_path / "metadata").write_text('{"id":"q"}')
    for folder, numbers in (("offsets", (0, 1)), ("commits", (0,))):
        (tmp_path / folder).mkdir()
        for number in numbers:
            (tmp_path / folder / str(number)).write_text(OFFSETS % (10 * (number + 1)))
    return tmp_path


def test_it_says_which_query_it_is_and_how_far_it_got(checkpoint):
    assert read_progress(checkpoint) == Progress("q", 10, 20)


def test_none_is_there_before_the_first_batch(tmp_path):
    assert read_progress(tmp_path / "none") is None


@pytest.mark.parametrize("name", ["metadata", "offsets/1", "offsets/0"])
@pytest.mark.parametrize("content", ["", "[]", "v1\n{}\n7"])
def test_an_empty_or_broken_file_is_one_sentence_with_the_way_back(checkpoint, name, content):
    (checkpoint / name).write_text(content)
    with pytest.raises(CheckpointError, match="cannot read the checkpoint .*; run `./pulse rebuild`") as raised:
        read_progress(checkpoint)
    assert str(checkpoint / name) in str(raised.value)
