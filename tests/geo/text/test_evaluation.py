"""The benchmark's unit and its figures: by hand on made-up polls, and on the recording against the bars."""

import json
from datetime import date

import pytest

from benchmarks.geocoder import geocode
from benchmarks.geocoder._geocode_scores import Judged, calibration, expected_calibration_error, score, shares_by
from benchmarks.geocoder._text_groups import TextGroup, Twins, read_groups
from geo.network.stations import Stations
from geo.text.geocoder import locate

RER_A = "C01742"
DAY = date(2024, 4, 30)


def zda(name: str) -> str:
    return Stations.load().of_name_on_line(name, RER_A)[0].zda


def poll(folder, minute, disruptions):
    """A poll of 30 April 2024 with RER A's disruptions: id -> (title, text, names of its stops)."""

    def stop(name):
        return {"type": "stop_point", "id": f"stop_point:IDFM:monomodalStopPlace:{zda(name)}", "name": name}

    line = {"type": "line", "id": "line:IDFM:C01742", "name": "A", "disruptionIds": list(disruptions)}
    stops = [{**stop(name), "disruptionIds": [i]} for i, (_, _, names) in disruptions.items() for name in names]
    body = {
        "disruptions": [
            {
                "id": i,
                "title": title,
                "message": text,
                "severity": "PERTURBEE",
                "cause": "PERTURBATION",
                "lastUpdate": "20240430T080000",
                "applicationPeriods": [],
            }
            for i, (title, text, _) in disruptions.items()
        ],
        "lines": [
            {
                "id": "line:IDFM:C01742",
                "name": "A",
                "shortName": "A",
                "mode": "RapidTransit",
                "impactedObjects": [line, *stops],
            }
        ],
        "lastUpdatedDate": f"2024-04-30T06:{minute:02}:00.000Z",
    }
    (folder / f"20240430080{minute}00_disruptions.json").write_text(json.dumps(body))


TEXT = "Le trafic est interrompu entre Nation et Fontenay-sous-Bois."


def test_twins_of_one_minute_are_one_group_with_all_their_stops(tmp_path):
    poll(tmp_path, 0, {"a": ("A", TEXT, ["Nation"]), "b": ("A", TEXT, ["Vincennes"])})
    (group,) = read_groups(tmp_path)
    assert (group.ids, group.twins, group.day) == (2, Twins.ALL, date(2024, 4, 30))
    assert group.truth == {(RER_A, zda("Nation")), (RER_A, zda("Vincennes"))}


def test_the_same_text_four_minutes_later_is_another_group(tmp_path):
    first = {"a": ("A", TEXT, ["Nation"])}
    poll(tmp_path, 0, first)
    poll(tmp_path, 4, first | {"b": ("A", TEXT, ["Vincennes"])})
    assert [group.ids for group in read_groups(tmp_path)] == [1, 1]


def test_a_line_only_twin_sets_its_group_apart(tmp_path):
    poll(tmp_path, 0, {"a": ("A", TEXT, ["Nation"]), "b": ("A", TEXT, [])})
    assert [group.twins for group in read_groups(tmp_path)] == [Twins.SOME]


def test_the_neighbours_of_an_unserved_station_do_not_count(tmp_path):
    text = "La gare de Vincennes n'est pas desservie."
    poll(tmp_path, 0, {"a": ("A", text, ["Nation", "Vincennes", "Val de Fontenay"])})
    (group,) = read_groups(tmp_path)
    assert group.truth == {(RER_A, zda("Vincennes"))}


def judged(text: str, *names: str) -> Judged:
    truth = frozenset((RER_A, zda(name)) for name in names)
    group = TextGroup(
        date(2024, 4, 30), (RER_A,), "rer", "Ligne A", text, 1, Twins.ALL, frozenset(), truth, not_served=False
    )
    return Judged(group, locate("", text, [RER_A]))


def test_scores_by_hand():
    both = [judged("À Nation.", "Nation", "Auber"), judged("À Nation et à Torcy.", "Nation")]
    found = score(both)
    assert (found.groups, found.placed, found.exact) == (2, 2, 0)
    assert found.precision == pytest.approx(2 / 3) and found.recall == pytest.approx(2 / 3)
    assert found.macro_precision == pytest.approx(0.75) and found.macro_recall == pytest.approx(0.75)
    shares = shares_by(both, lambda place: place.rule)
    assert shares == {"à X": (3, 2 / 3)}


def test_the_calibration_error_is_the_mean_distance_from_the_diagonal():
    assert expected_calibration_error([(30, 0.9, 0.8), (10, 0.5, 0.5)]) == pytest.approx(0.075)
    ((points, mean, right),) = calibration([judged("À Nation et à Torcy.", "Nation")])
    assert (points, right) == (2, 0.5) and mean == pytest.approx(0.99)


def test_an_unreadable_recording_is_one_sentence(tmp_path, capsys):
    assert geocode.main(["--data", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.recording
def test_the_bars_hold_on_the_recording(shared_data, thorough):
    """On one day of it; at night on all."""
    groups = read_groups(shared_data / "prim" / "rail-2024-04-23_05-05.tar.zst", None if thorough else DAY)
    rail = [
        Judged(group, locate(group.title, group.text, group.lines))
        for group in groups
        if group.twins is Twins.ALL and group.named
    ]
    everything, metro = score(rail), score([one for one in rail if one.group.mode == "metro"])
    sncf = score([one for one in rail if one.group.dialect == "sncf"])
    assert (
        everything.groups > (1_000 if thorough else 50) and everything.precision >= 0.97 and everything.recall >= 0.92
    )
    assert metro.precision >= 0.98 and metro.recall >= 0.98
    assert sncf.precision >= 0.92 and sncf.recall >= 0.85
    assert expected_calibration_error(calibration(rail)) <= 0.05
