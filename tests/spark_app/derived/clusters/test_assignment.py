"""The assignment is the cheapest of all, found by trying them all."""

import doctest
from itertools import permutations
from random import Random

import pytest

from spark_app.derived.clusters import assignment
from spark_app.derived.clusters.assignment import assign


def cheapest(costs):
    rows, columns = len(costs), len(costs[0])
    return min(sum(costs[r][c] for r, c in enumerate(p)) for p in permutations(range(columns), rows))


@pytest.mark.parametrize("seed", range(60))
def test_no_other_assignment_is_cheaper(seed):
    draw = Random(seed)
    rows = draw.randint(1, 6)
    columns = draw.randint(rows, 7)
    # few different values: many ties
    costs = [[draw.choice([0.0, 0.5, 1.0, 2.0, 9.0]) for _ in range(columns)] for _ in range(rows)]
    found = assign(costs)
    assert len(set(found)) == rows
    assert sum(costs[r][c] for r, c in enumerate(found)) == pytest.approx(cheapest(costs))


def test_nothing_to_assign():
    assert assign([]) == []


def test_a_large_matrix_finds_what_was_hidden_in_it():
    draw = Random(1)
    hidden = draw.sample(range(60), 60)
    costs = [[0.0 if hidden[r] == c else 1.0 + draw.random() for c in range(60)] for r in range(60)]
    assert assign(costs) == hidden


def test_the_examples_are_true():
    assert doctest.testmod(assignment).failed == 0
