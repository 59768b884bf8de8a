"""Clusters keep their identity, whatever the model calls them."""

from dataclasses import replace
from random import Random

import numpy as np
import orjson
import pytest

from spark_app.commands.app import initial_centres
from spark_app.derived.clusters.lineage import GRACE_TICKS, ClusterHit, Group, Lineage
from spark_app.fold.kmeans import KMeans
from spark_app.fold.window_fold import initial_models

PARIS = (48.86, 2.35)


def group(index, stations, lat=PARIS[0], lon=PARIS[1], id_="d"):
    return Group(index, frozenset(ClusterHit(id_, "L", zda) for zda in stations), lat, lon)


def told(step):
    return [(e.life, e.event, e.other) for e in step.events]


def test_a_cluster_is_born_once_and_stays_the_same():
    lineage = Lineage()
    assert told(lineage.take(1, [group(0, "abc")])) == [(0, "born", -1)]
    assert told(lineage.take(2, [group(0, "abc")])) == []


def test_another_index_for_the_same_hits_is_the_same_cluster():
    lineage = Lineage()
    lineage.take(1, [group(0, "abc"), group(1, "xy", lat=48.7)])
    step = lineage.take(2, [group(1, "abc"), group(0, "xy", lat=48.7)])
    assert (told(step), step.life_of) == ([], {1: 0, 0: 1})


def test_the_assignment_is_the_best_of_all_and_not_the_first_that_fits():
    """Each alone is nearest to the same place; together each has its own."""
    lineage = Lineage()
    lineage.take(1, [group(0, "aaab", lat=48.80), group(1, "cd", lat=48.83)])
    step = lineage.take(2, [group(0, "ef", lat=48.82, id_="e"), group(1, "gh", lat=48.86, id_="e")])
    assert step.life_of == {0: 0, 1: 1}


def test_new_hits_nearby_are_the_same_cluster_and_far_away_another():
    lineage = Lineage()
    lineage.take(1, [group(0, "abc")])
    assert lineage.take(2, [group(0, "xyz", lat=48.88)]).life_of == {0: 0}
    assert lineage.take(3, [group(0, "pqr", lat=48.40)]).life_of == {0: 1}


def test_how_far_it_moved_is_told_when_it_is_far_enough():
    lineage = Lineage()
    lineage.take(1, [group(0, "abc")])
    lineage.take(2, [group(0, "abcd", lat=48.87)])  # 1.1 km
    (event,) = lineage.take(3, [group(0, "bcd", lat=48.88)]).events  # 2.2 km from where it was told
    assert (event.event, round(event.km, 1)) == ("moved", 2.2)


def test_growing_and_shrinking_are_told_once():
    lineage = Lineage()
    lineage.take(1, [group(0, "abcdefghij")])
    assert told(lineage.take(2, [group(0, "abcdefghijklmno")])) == [(0, "grown", -1)]
    assert told(lineage.take(3, [group(0, "abcdefghijklmnop")])) == []
    assert told(lineage.take(4, [group(0, "abcd")])) == [(0, "shrunk", -1)]


def test_what_leaves_a_cluster_is_split_from_it():
    lineage = Lineage()
    lineage.take(1, [group(0, "abcdefgh")])
    step = lineage.take(2, [group(0, "abcdefi"), group(1, "gh", lat=48.80)])
    assert told(step) == [(1, "born", -1), (0, "split", 1)]


def test_what_goes_into_another_is_merged():
    lineage = Lineage()
    lineage.take(1, [group(0, "abcdef"), group(1, "gh", lat=48.80)])
    step = lineage.take(2, [group(0, "abcdefghi")])
    assert told(step) == [(0, "merged", 1), (1, "died", -1)]
    assert step.died == {1: 2}


def test_a_pause_is_no_death():
    lineage = Lineage()
    lineage.take(0, [group(0, "abc")])
    steps = [lineage.take(tick, []) for tick in range(1, GRACE_TICKS + 1)]
    assert not any(step.events for step in steps)
    assert lineage.take(GRACE_TICKS + 1, [group(3, "abc")]).life_of == {3: 0}


def test_a_long_absence_is_one_from_its_first_tick():
    lineage = Lineage()
    lineage.take(0, [group(0, "abc")])
    steps = [lineage.take(tick, []) for tick in range(1, GRACE_TICKS + 2)]
    assert told(steps[-1]) == [(0, "died", -1)]
    assert steps[-1].died == {0: 1}
    assert lineage.take(20, [group(0, "abc")]).life_of == {0: 1}


def story(seed=1, ticks=80):
    """Incidents that come and go, in the space of a k-means model: (points, hits) a tick."""
    draw = Random(seed)
    places = [(draw.uniform(-30, 30), draw.uniform(-30, 30)) for _ in range(9)]
    active: dict[str, tuple[float, float, int]] = {}
    for tick in range(ticks):
        for id_ in [id_ for id_, (_, _, until) in active.items() if until <= tick]:
            del active[id_]
        for n in range(draw.choice([0, 0, 1, 2])):
            x, y = draw.choice(places)
            active[f"{tick}-{n}"] = (x + draw.gauss(0, 1), y + draw.gauss(0, 1), tick + draw.randint(3, 30))
        yield [(id_, x + k * 0.4, y) for id_, (x, y, _) in active.items() for k in range(6)]


def lives(centres, ticks):
    """The history of each life: (tick, hits); in order of birth. Restored from its state at every tick."""
    model, lineage, found, events = KMeans(centres, np.ones(len(centres))), Lineage(), {}, []
    for tick, hits in enumerate(ticks):
        points = np.array([(x, y) for _, x, y in hits]).reshape(-1, 2)
        labels = model.assign(points)
        groups = []
        for index in sorted(set(labels.tolist())):
            inside = [hits[i] for i in np.flatnonzero(labels == index)]
            members = frozenset(ClusterHit(id_, "L", f"{x:.3f},{y:.3f}") for id_, x, y in inside)
            lat = PARIS[0] + sum(y for _, _, y in inside) / len(inside) / 111
            lon = PARIS[1] + sum(x for _, x, _ in inside) / len(inside) / 73
            groups.append(Group(index, members, lat, lon))
        step = lineage.take(tick, groups)
        events += step.events
        for g in sorted(groups, key=lambda g: min(g.hits)):
            found.setdefault(step.life_of[g.index], []).append((tick, g.hits))
        lineage = Lineage.restored(orjson.loads(orjson.dumps(lineage.state())))
        model = model.update(points, 0.9, labels)
    return found, events


@pytest.mark.parametrize("seed", range(4))
def test_permuting_the_initial_centres_changes_no_life_and_no_event(seed):
    draw = np.random.default_rng(seed)
    centres = np.array([(x, y) for x in (-20.0, 0.0, 20.0) for y in (-15.0, 15.0)]) + draw.uniform(-1, 1, (6, 2))
    ticks = list(story(seed))
    expected = lives(centres, ticks)
    assert len(expected[0]) >= 6 and {e.event for e in expected[1]} >= {"born", "moved"}
    for _ in range(3):
        assert lives(draw.permutation(centres), ticks) == expected


def test_the_models_of_the_product_do_not_depend_on_the_order_of_their_centres():
    centres = np.random.default_rng(1).uniform(-30, 30, (8, 3))
    one, other = (initial_models(c)[0].kmeans.centres for c in (centres, centres[::-1]))
    assert one.tolist() == other.tolist()
    assert initial_centres(8).tolist() == initial_models(initial_centres(8))[0].kmeans.centres.tolist()


def test_data_that_does_not_change_switches_no_label():
    """The same hits at every tick, under indices that are drawn anew each time."""
    draw, lineage = Random(1), Lineage()
    stations = ["abc", "def", "ghi", "jkl"]
    first = None
    for tick in range(50):
        indices = draw.sample(range(8), 4)
        groups = [group(i, s, lat=48.5 + 0.1 * n) for n, (i, s) in enumerate(zip(indices, stations, strict=True))]
        step = lineage.take(tick, draw.sample(groups, 4))
        now = [step.life_of[i] for i in indices]
        first = first or now
        assert now == first
        assert tick == 0 or not step.events


def test_borders_that_the_model_draws_anew_without_a_new_hit_change_no_cluster():
    lineage = Lineage()
    lineage.take(1, [group(0, "abcdef"), group(1, "xyz", lat=48.7)])
    split = lineage.take(2, [group(0, "abcd"), group(2, "ef", lat=48.8), group(1, "xyz", lat=48.7)])
    assert (told(split), split.life_of) == ([], {0: 0, 2: 0, 1: 1})
    assert told(lineage.take(3, [group(0, "abcdef"), group(1, "xyz", lat=48.7)])) == []
    changed = lineage.take(4, [group(0, "abcd"), group(2, "ef", lat=48.8), group(1, "xyzw", lat=48.7)])
    assert told(changed) == [(2, "born", -1), (0, "split", 2)]


def test_two_clusters_at_the_same_stations_stay_apart():
    """Told apart by polarity: the hits differ, the places do not."""
    lineage = Lineage()
    one, other = group(0, "abc", id_="a"), group(1, "abc", id_="b")
    before = lineage.take(1, [one, other]).life_of
    after = lineage.take(2, [replace(other, index=0), replace(one, index=1)]).life_of
    assert (before[0], before[1]) == (after[1], after[0])
