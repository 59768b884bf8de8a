"""The level of a line: stations count once, by the gravest that is on them."""

from datetime import UTC, datetime

import pytest

from geo.network.stations import Stations
from geo.text.geocoder import WHOLE_LINE
from prim_client.messages.message import to_epoch_us
from spark_app.derived.alerts.levels import Active
from tests.made.alert_entries import BUS, LINE, NOON_US, OTHER, SIZES, entry, message, revision, tick


@pytest.fixture
def active():
    return Active(SIZES.__getitem__)


def level(active, line=LINE):
    found = active.level(line)
    return found.level_e6, found.blocked_e6


def test_a_line_without_incidents_is_quiet(active):
    assert level(active) == (0, 0)


def test_blocked_stations_count_whole_and_disturbed_ones_half(active):
    active.take(entry(0, revision("a", "abc"), revision("b", "cdef", "PERTURBEE")))
    assert level(active) == (450_000, 300_000)  # 3 blocked, d e f disturbed, of 10


def test_one_event_under_many_ids_counts_once(active):
    active.take(entry(0, *[revision(str(n), "abc") for n in range(20)]))
    assert level(active) == (300_000, 300_000)


def test_the_whole_line_is_every_station_and_never_more(active):
    active.take(entry(0, revision("a", "", unplaced=WHOLE_LINE), revision("b", "abc")))
    assert level(active) == (1_000_000, 1_000_000)


def test_a_message_without_a_place_hits_no_station(active):
    active.take(entry(0, revision("a", "", unplaced="no station of its lines is named")))
    assert level(active) == (0, 0) and list(active.lines_with_incident()) == []


def test_a_bus_stop_is_no_station_of_a_line_on_rails():
    bus = next(station.zda for station in Stations.load() if station.mode == "bus")
    rail_active = Active()
    rail_active.take(entry(0, revision("a", [bus], "PERTURBEE", line="C01374")))
    assert rail_active.level("C01374").level_e6 == 0 and list(rail_active.lines_with_incident()) == []


@pytest.mark.parametrize(
    ("severity", "title", "counts"),
    [
        ("BLOQUANTE", "Trafic interrompu", True),
        ("PERTURBEE", "Trafic perturbé", True),
        ("PERTURBEE", "Des retards sont à prévoir", False),  # "ralentissement ou info horaire"
        ("INFORMATION", "Trafic perturbé", False),
    ],
)
def test_an_hour_has_an_incident_from_perturbation_non_bloquante_up(active, severity, title, counts):
    active.take(entry(0, revision("a", "abc", severity, title=title)))
    assert list(active.lines_with_incident()) == [LINE] * counts


@pytest.mark.parametrize("channel", ["works", "information"])
def test_works_and_information_have_no_level(active, channel):
    active.take(entry(0, revision("a", "abc", channel=channel)))
    assert level(active) == (0, 0)


def test_information_about_an_incident_has_no_weight(active):
    active.take(entry(0, revision("a", "abc", "INFORMATION")))
    assert level(active) == (0, 0)


@pytest.mark.parametrize("kind", ["closed", "paused", "announced"])
def test_what_is_over_or_not_yet_does_not_count(active, kind):
    active.take(entry(0, revision("a", "abc")))
    active.take(entry(1, (kind, revision("a", "abc"))))
    assert level(active) == (0, 0)


def test_an_update_of_what_is_only_announced_does_not_open_it(active):
    active.take(entry(0, ("announced", revision("a", "abc"))))
    active.take(entry(1, ("updated", revision("a", "abcd"))))
    assert level(active) == (0, 0)


def test_an_update_of_an_active_one_replaces_its_stations(active):
    active.take(entry(0, revision("a", "abc")))
    assert active.take(entry(1, ("updated", revision("a", "d")))) == {LINE}
    assert level(active) == (100_000, 100_000)


def test_an_update_moves_an_incident_to_another_line(active):
    active.take(entry(0, revision("a", "abc")))
    assert active.take(entry(1, ("updated", revision("a", "ab", line=OTHER)))) == {LINE, OTHER}
    assert (level(active), level(active, OTHER)) == ((0, 0), (500_000, 500_000))


AUTUMN_US = to_epoch_us(datetime(2024, 10, 27, 0, 30, tzinfo=UTC))  # 02:30, which comes again an hour later


@pytest.mark.parametrize(("begin_us", "length_min"), [(NOON_US, 1), (AUTUMN_US, 61)])
def test_the_id_that_closes_an_incident_is_nothing_itself(active, begin_us, length_min):
    closing = message(revision("end", "abcdef"), begin_us=begin_us, end_us=begin_us + length_min * 60_000_000)
    active.take(entry(0, closing))
    assert level(active) == (0, 0)


def test_an_observed_tick_says_all_that_is_active(active):
    active.take(entry(0, revision("a", "abc"), revision("b", "d")))
    active.take(tick(5, revision("b", "d")))
    assert level(active) == (100_000, 100_000)


def test_an_unobserved_tick_changes_nothing(active):
    active.take(entry(0, revision("a", "abc")))
    assert active.take(tick(5, observed=False)) == set()
    assert level(active) == (300_000, 300_000)


def test_a_line_whose_stations_are_not_known_has_no_level_and_is_not_remembered(active):
    active.take(entry(0, revision("a", "abc", line=BUS)))
    assert level(active, BUS) == (0, 0)
    assert active.touching == {"a": {}}


def test_the_title_is_that_of_the_gravest(active):
    active.take(entry(0, revision("a", "abcde", "PERTURBEE", title="ralenti"), revision("b", "a", title="interrompu")))
    assert active.level(LINE).title == "interrompu"
