"""Letters: unique among what lives, free again two hours after."""

from spark_app.derived.clusters.signs import REST_US, Signs


def test_letters_are_shared_by_all_channels_and_the_first_free_one_is_taken():
    signs = Signs()
    assert [signs.take("incident", 0, 0), signs.take("works", 0, 0), signs.take("incident", 1, 0)] == [0, 1, 2]


def test_a_letter_is_free_again_two_hours_after_the_life_ended():
    signs = Signs()
    signs.take("incident", 0, 0)
    signs.give_back("incident", 0, 1_000)
    assert signs.take("incident", 1, 1_000 + REST_US - 1) == 1
    assert signs.take("incident", 2, 1_000 + REST_US) == 0


def test_what_is_remembered_goes_on_the_same():
    signs = Signs()
    for life in range(3):
        signs.take("incident", life, 0)
    signs.give_back("incident", 1, 5)
    again = Signs.restored(signs.state())
    assert again.state() == signs.state()
    assert again.take("works", 0, 10) == signs.take("works", 0, 10) == 3
