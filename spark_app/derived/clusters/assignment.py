"""Optimal assignment of rows to columns: the Hungarian method, for matrices of at most some dozens of rows.

SciPy has this as `linear_sum_assignment`; forty lines are less to install than SciPy, and here ties are broken in a
way that is written down: of equally cheap columns the first wins.
"""

from __future__ import annotations

from collections.abc import Sequence

INFINITE = float("inf")


def assign(costs: Sequence[Sequence[float]]) -> list[int]:
    """The column of each row so that no column is taken twice and the sum of costs is least.

    Args:
        costs: finite costs, as many columns as rows or more.

    Source: Kuhn 1955 in the form with potentials and shortest augmenting paths (Jonker and Volgenant 1987), O(n³).

    >>> assign([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]])
    [1, 0, 2]
    """
    rows, columns = len(costs), len(costs[0]) if costs else 0
    row_of = [-1] * columns
    of_row, of_column = [0.0] * rows, [0.0] * columns  # potentials: costs less these are never negative
    for row in range(rows):
        path, reached = _shortest_path(costs, row, row_of, of_row, of_column)
        while reached != -1:  # the columns on the way each change to the row before
            before = path[reached]
            row_of[reached] = row if before == -1 else row_of[before]
            reached = before
    found = [-1] * rows
    for column, row in enumerate(row_of):
        if row != -1:
            found[row] = column
    return found


def _shortest_path(
    costs: Sequence[Sequence[float]], start: int, row_of: list[int], of_row: list[float], of_column: list[float]
) -> tuple[list[int], int]:
    """Way from row `start` to a free column: for each column the one before it, and the column reached.

    The potentials are changed so that every step of the way costs nothing.
    """
    columns = len(of_column)
    least, before, done = [INFINITE] * columns, [-1] * columns, [False] * columns
    row, last = start, -1
    tree = [(start, -1)]  # rows of the way with the column that led to them
    while True:
        for column in range(columns):
            if not done[column]:
                cost = costs[row][column] - of_row[row] - of_column[column]
                if cost < least[column]:
                    least[column], before[column] = cost, last
        step, last = min((least[c], c) for c in range(columns) if not done[c])
        for other, by in tree:
            of_row[other] += step
            if by != -1:
                of_column[by] -= step
        least = [cost if done[c] else cost - step for c, cost in enumerate(least)]
        done[last] = True
        if row_of[last] == -1:
            return before, last
        row = row_of[last]
        tree.append((row, last))
