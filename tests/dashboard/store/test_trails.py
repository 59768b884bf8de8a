"""Where clusters were in the last hour, as of the end of a window, and where they split and merged."""

import pytest
from sqlalchemy import create_engine, insert

from dashboard.store.trails import HOUR_US, NO_TRAILS, Fork, Place, read_trails
from spark_app.store.tables import cluster_event, cluster_medoid, metadata

END_US = 10 * HOUR_US
MINUTE_US = HOUR_US // 60
A, B, C = ("incident", 1), ("incident", 2), ("incident", 3)


def ago(minutes: int) -> int:
    return END_US - minutes * MINUTE_US


def medoid(key, minutes: int, lat: float) -> dict:
    return {"channel": key[0], "life": key[1], "tick_us": ago(minutes), "zda": "1", "lat": lat, "lon": 2.0}


def event(what: str, minutes: int, life, other) -> dict:
    row = {"channel": "incident", "tick_us": ago(minutes), "life": life[1], "event": what, "other": other[1]}
    return row | {"km": 0.0, "hits_before": 2, "hits": 3}


@pytest.fixture
def read():
    engine = create_engine("sqlite://")
    metadata.create_all(engine, [cluster_medoid, cluster_event])

    def made(medoids, events, keys):
        with engine.begin() as connection:
            connection.execute(insert(cluster_medoid), medoids)
            if events:
                connection.execute(insert(cluster_event), events)
            return read_trails(connection, keys, END_US)

    return made


def test_a_trail_has_the_medoids_of_the_hour_and_the_one_before_and_none_of_the_future(read):
    steps = [medoid(A, 200, 48.0), medoid(A, 90, 48.1), medoid(A, 40, 48.2), medoid(A, 0, 48.3), medoid(A, -5, 48.4)]
    trails = read([*steps, medoid(B, 20, 49.0)], [], [A])
    assert trails.places == {A: (Place(ago(90), 48.1, 2.0), Place(ago(40), 48.2, 2.0), Place(END_US, 48.3, 2.0))}
    assert trails.forks == ()


def test_a_split_goes_from_the_old_cluster_to_the_new_and_a_merger_from_what_went_in_to_what_goes_on(read):
    medoids = [medoid(A, 90, 48.1), medoid(B, 30, 48.2), medoid(A, 20, 48.15), medoid(C, 300, 48.3)]
    events = [event("split", 30, A, B), event("merged", 10, A, C), event("grown", 10, A, A)]
    assert read(medoids, events, [A, B]).forks == (
        Fork("split", B, Place(ago(90), 48.1, 2.0), Place(ago(30), 48.2, 2.0)),
        Fork("merged", A, Place(ago(300), 48.3, 2.0), Place(ago(20), 48.15, 2.0)),
    )


def test_a_fork_of_before_the_hour_or_after_the_window_or_of_a_cluster_that_is_not_shown_is_none(read):
    medoids = [medoid(A, 90, 48.1), medoid(B, 80, 48.2), medoid(C, 80, 48.3)]
    events = [event("split", 61, A, B), event("merged", -5, A, C), event("split", 20, A, C)]
    assert read(medoids, events, [A, B]).forks == ()


def test_a_cluster_without_a_life_has_no_trail(read):
    assert read([medoid(A, 20, 48.1)], [], [("incident", -2)]) == NO_TRAILS
