"""How well texts are placed, against PRIM's own stops: `./pulse bench geocode --data RECORDING`.

The stops of messages that carry some are hidden, the text is geocoded, and what it says is compared
with them. docs/geocoding.md explains the unit (text groups), the categories and the bars.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from benchmarks.base._machine import verdict
from benchmarks.geocoder._geocode_scores import (
    Judged,
    calibration,
    expected_calibration_error,
    intervals_by_day,
    median_error_m,
    score,
    shares_by,
)
from benchmarks.geocoder._geocode_speed import print_speed
from benchmarks.geocoder._text_groups import Twins, read_groups
from geo.text.geocoder import locate
from geo.text.phrase_reader import DIRECTION_RULE
from geo.text.whole_line import EXTENT_RULE
from prim_client.inputs.recorded.recorded import RecordingError

ONE_SECTION = re.compile(r"\bentre\b", re.IGNORECASE)
# subset -> least precision, recall and share of exact groups
BARS = {
    "all": (0.95, 0.88, 0.0),
    "mode metro": (0.98, 0.98, 0.0),
    "dialect sncf": (0.92, 0.85, 0.0),
    "one 'entre X et Y', ratp": (0.0, 0.0, 0.97),
    "one 'entre X et Y', sncf": (0.0, 0.0, 0.90),
}
GROUPS_MIN, POINTS_MIN, ECE_MAX = 20, 300, 0.05
COLUMNS = "groups placed  P     R     macroP macroR exact  P by day      R by day"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 0, or 2 when the recording cannot be read."""
    options = _options(arguments)
    try:
        groups = [group for group in read_groups(options.data) if options.first <= group.day <= options.last]
    except RecordingError as error:
        print(f"pulse: {error}", file=sys.stderr)
        return 2
    judged = [Judged(group, locate(group.title, group.text, group.lines)) for group in groups]
    _print_report(judged)
    _print_bars(judged)
    print_speed(groups)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse bench geocode", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a recording: folder, .tar.zst or .json.gz")
    parser.add_argument("--first", type=date.fromisoformat, default=date.min, help="first day, as 2024-04-29")
    parser.add_argument("--last", type=date.fromisoformat, default=date.max, help="last day")
    return parser.parse_args(arguments)


def _print_report(judged: Sequence[Judged]) -> None:
    rail = [one for one in judged if one.group.twins is Twins.ALL and one.group.mode != "bus"]
    main_set = [one for one in rail if one.group.named]
    _print_sizes(judged, main_set)
    print(f"\n{'rail groups with stops and a named station':44}  {COLUMNS}")
    for name, chosen in _subsets(main_set):
        _print_score(name, chosen)
    print("\napart")
    _print_score("with a line-only twin", [one for one in judged if one.group.twins is Twins.SOME])
    _print_score("no station named", [one for one in rail if not one.group.named])
    _print_score("bus", [one for one in judged if one.group.twins is Twins.ALL and one.group.mode == "bus"])
    _print_shares("by method", main_set, lambda place: str(place.method))
    _print_shares("by rule", main_set, lambda place: place.rule)
    rows = calibration(main_set)
    print("\nconfidence  points  mean   right")
    for points, confidence, right in rows:
        print(f"{'':10}  {points:6d}  {confidence:.3f}  {right:.3f}")
    print(f"ECE {expected_calibration_error(rows):.3f}; median error {median_error_m(main_set):.0f} m")


def _print_bars(judged: Sequence[Judged]) -> None:
    """The bars of docs/geocoding.md; a subset of less than `GROUPS_MIN` groups says too little to hold or miss one."""
    main_set = [one for one in judged if one.group.twins is Twins.ALL and one.group.mode != "bus" and one.group.named]
    subsets = dict(_subsets(main_set))
    print("\nbars")
    for name, (precision, recall, exact) in BARS.items():
        chosen = subsets.get(name, [])
        if len(chosen) >= GROUPS_MIN:
            s = score(chosen)
            said = f"P {s.precision:.3f} >= {precision}, R {s.recall:.3f} >= {recall}, exact {s.exact:.3f} >= {exact}"
            print(verdict(f"{name}: {said}", s.precision >= precision and s.recall >= recall and s.exact >= exact))
    rows = calibration(main_set)
    if sum(points for points, _, _ in rows) >= POINTS_MIN:
        error = expected_calibration_error(rows)
        print(verdict(f"calibration error {error:.3f} <= {ECE_MAX}", error <= ECE_MAX))


def _print_sizes(judged: Sequence[Judged], main_set: Sequence[Judged]) -> None:
    days = sorted({one.group.day for one in judged})
    print(f"{days[0]} to {days[-1]}: {sum(one.group.ids for one in judged)} ids, {len(judged)} text groups")
    for twins in Twins:
        print(f"  {twins:24}{sum(one.group.twins is twins for one in judged):6d}")
    print(f"  {'scored':24}{len(main_set):6d}")
    active = [one for one in judged if one.located.hits]
    print(f"  with a point, of all: {len(active)} = {len(active) / len(judged):.3f}")


def _subsets(judged: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
    """(name, groups) of each line of the table."""
    modes = sorted({one.group.mode for one in judged})
    chosen: list[tuple[str, Callable[[Judged], bool]]] = [
        ("all", lambda one: True),
        *((f"mode {mode}", lambda one, mode=mode: one.group.mode == mode) for mode in modes),
        ("dialect ratp", lambda one: one.group.dialect == "ratp"),
        ("dialect sncf", lambda one: one.group.dialect == "sncf"),
        ("gare non desservie", lambda one: one.group.not_served),
        ("only a direction", _only_direction),
        ("the whole line", _whole_line),
        ("without those two", lambda one: not (_only_direction(one) or _whole_line(one))),
        ("one 'entre X et Y', ratp", lambda one: _one_section(one) and one.group.dialect == "ratp"),
        ("one 'entre X et Y', sncf", lambda one: _one_section(one) and one.group.dialect == "sncf"),
    ]
    return [(name, [one for one in judged if choose(one)]) for name, choose in chosen]


def _only_direction(one: Judged) -> bool:
    return any(place.rule == DIRECTION_RULE for place in one.located.hits)


def _whole_line(one: Judged) -> bool:
    return any(place.rule == EXTENT_RULE for place in one.located.places)


def _one_section(one: Judged) -> bool:
    rules = {place.rule for place in one.located.hits}
    return len(ONE_SECTION.findall(one.group.text)) == 1 and rules <= {"entre X et Y"}


def _print_score(name: str, judged: Sequence[Judged]) -> None:
    if not judged:
        print(f"{name:44}       0")
        return
    s, (p, r) = score(judged), intervals_by_day(judged)
    print(
        f"{name:44}  {s.groups:6d} {s.placed:6d}  {s.precision:.3f} {s.recall:.3f} {s.macro_precision:.3f}  "
        f"{s.macro_recall:.3f}  {s.exact:.3f}  {p[0]:.3f}-{p[1]:.3f}   {r[0]:.3f}-{r[1]:.3f}"
    )


def _print_shares(name: str, judged: Sequence[Judged], of: Callable) -> None:
    print(f"\n{name:28}points  right")
    for label, (points, right) in shares_by(judged, of).items():
        print(f"  {label:26}{points:6d}  {right:.3f}")


if __name__ == "__main__":
    sys.exit(main())
