"""Degrees to kilometres and back: true to the millimetre, the same bytes every time."""

import numpy as np
import pytest

from geo.network.projection import looks_swapped, to_degrees, to_km


def test_the_published_metres_of_a_station_are_met():
    # Combs-la-Ville - Quincy in the open data: both its degrees and its Lambert-93 metres.
    x_km, y_km = to_km([48.667901961049886], [2.5475480458143664])
    assert x_km[0] == pytest.approx(666.6818714, abs=1e-4)
    assert y_km[0] == pytest.approx(6840.9552070, abs=1e-4)


def test_there_and_back_is_the_same_place():
    lat, lon = np.array([48.1, 48.85, 49.2]), np.array([1.5, 2.35, 3.5])
    back_lat, back_lon = to_degrees(*to_km(lat, lon))
    assert np.allclose(back_lat, lat, atol=2e-8) and np.allclose(back_lon, lon, atol=2e-8)


def test_a_kilometre_is_a_kilometre():
    x_km, y_km = to_km([48.85, 48.85 + 1 / 111.2], [2.35, 2.35])
    assert np.hypot(np.diff(x_km), np.diff(y_km))[0] == pytest.approx(1.0, abs=0.002)


def test_one_point_gives_the_same_bytes_alone_and_in_any_company():
    rng = np.random.default_rng(3)
    lat, lon = rng.uniform(48, 49.3, 1000), rng.uniform(1.4, 3.6, 1000)
    x_km, y_km = to_km(lat, lon)
    order = rng.permutation(1000)
    again_x, again_y = to_km(lat[order], lon[order])
    assert again_x.tobytes() == x_km[order].tobytes() and again_y.tobytes() == y_km[order].tobytes()
    assert float(to_km(lat[7], lon[7])[0]) == x_km[7]


def test_results_are_whole_millimetres():
    x_km, _ = to_km([48.8534], [2.3488])
    assert x_km[0] == round(float(x_km[0]), 6)


def test_no_place_stays_no_place():
    x_km, y_km = to_km([np.nan, 48.85], [2.35, 2.35])
    assert np.isnan(x_km[0]) and np.isnan(y_km[0]) and np.isfinite(x_km[1])


def test_an_empty_array_stays_empty():
    x_km, y_km = to_km([], [])
    assert x_km.shape == y_km.shape == (0,)


def test_exchanged_coordinates_are_noticed():
    assert looks_swapped(2.3488, 48.8534)
    assert not looks_swapped(48.8534, 2.3488)
    assert not looks_swapped(0.0, 0.0)
