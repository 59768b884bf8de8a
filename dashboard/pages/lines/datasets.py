"""Lines: how each one is now."""

from __future__ import annotations

from dashboard.pages.lines.read import LineState, Observed, read_board
from dashboard.tables.dataset import Asked, Dataset, Found, Listed, Offer, Row, columns, of_window, rounded
from dashboard.ui.theme import badge
from spark_app.derived.alerts.baseline import times_usual

LINE_COLUMNS = columns("""
    line         text      line id
    name         text      mode and short name
    mode         text      mode of the line
    disruptions  integer   ongoing at the last observed tick
    worst        text      wording of the gravest; empty without any
    level        number?   at the last observed tick, 0 to 1; null: none in the window, or its stations are not known
    usual_level  number?   of this kind of day and hour, 0 to 1; null: too few days
    usual_days   integer   observed days behind the usual level
    times_usual  number?   level over usual level
    hours        numbers   mean disruptions in each of the last 24 hours, oldest first; null: not observed
    quiet_share  number?   of the observed hours, those without an incident at one of its stations
    observed_hours  integer  hours observed in the 30 service days up to the window's end
    observed_days  integer  service days that hold them
""")


def lines(asked: Asked) -> Found:
    """One row a line of the choice, those with most to tell first."""
    with asked.reading() as connection:
        board = read_board(connection, asked.view)
    return of_window(asked.view, [_line_row(state, board.observed) for state in board.states])


def _line_row(state: LineState, observed: Observed) -> Row:
    shown, usual = badge(state.line), state.usual
    return {
        "line": state.line,
        "name": shown.label,
        "mode": shown.mode,
        "disruptions": state.ongoing,
        "worst": state.worst,
        "level": rounded(state.level),
        "usual_level": usual.level_e6 / 1e6 if usual.is_known else None,
        "usual_days": usual.days,
        "times_usual": None if state.level is None else times_usual(round(state.level * 1e6), usual),
        "hours": [rounded(value) for value in state.hours],
        "quiet_share": rounded(state.quiet_share),
        "observed_hours": observed.hours,
        "observed_days": observed.days,
    }


DATASETS = (
    Dataset(
        "lines",
        Offer("lines", "Lignes", "Lines"),
        "Each line now, against what is usual, over 24 hours, and how often undisturbed",
        LINE_COLUMNS,
        lines,
        lists=(
            Listed(
                "hours",
                ("line", "name"),
                "disruptions",
                "mean in that hour; null: not observed",
                "heures",
                "hours",
                order="the oldest of the 24 hours first",
            ),
        ),
    ),
)  # fmt: skip
