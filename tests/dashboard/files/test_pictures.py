"""Pictures of tables: their numbers are those of the rows, their words are text,
the same question gives the same bytes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import timedelta
from itertools import combinations, pairwise

import pytest

from dashboard.export import main
from dashboard.files.snapshot import make_snapshot
from dashboard.pages.incidents.picture_errors import signed, span_of
from dashboard.pages.incidents.reliability import ERRORS_MIN
from dashboard.pictures import png
from dashboard.pictures.axis import moments, round_above
from dashboard.pictures.badge_layout import GAP, MARGIN, Badge, lay
from dashboard.pictures.frame import WIDTH
from dashboard.pictures.ground import CENTRE
from dashboard.pictures.picture import all_pictures
from dashboard.pictures.png import NotDrawn, to_png
from dashboard.pictures.svg import cut, number, width_of, wrapped, write
from dashboard.pictures.window_map import frame_of
from dashboard.registry.pages import words_of
from dashboard.server.app import Options, make_app
from dashboard.server.openapi import PREFIX, document
from dashboard.store.reader import Store
from dashboard.tables.catalogue import all_datasets
from dashboard.ui.texts import NARROW
from dashboard.ui.theme import colours
from dashboard.window.selection import parse_selection
from dashboard.window.view_cache import Views
from prim_client.messages.message import to_epoch_us
from spark_app.derived.incidents.fold import Incidents
from spark_app.derived.runner import Runner
from spark_app.derived.tags.folds import language_folds
from tests.dashboard.conftest import NOON, ROOT
from tests.dashboard.picture_check import SVG, boxes, drawn, said, size, texts, with_fill
from tests.made.filled_store import fill_store
from tests.made.network import Plan, Planned, Touched, believable_plan

WINDOW = {"window": "2024-04-24T12:00:00Z", "modes": "all"}
ALLOWED = {"svg", "g", "text", "title", "rect", "circle", "line", "path", "defs", "clipPath", "pattern"}
OWN = {"reliability": {"by": "cause", "span": "30j"}}


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """A store with its incidents and trends; read only."""
    url = f"sqlite:///{tmp_path_factory.mktemp('pictures')}/store.db"
    engine = fill_store(url, believable_plan(NOON, hours=6))
    runner = Runner(engine, [Incidents(), *language_folds(timedelta(hours=2), timedelta(days=7))[1:]])
    for fold in runner.folds:
        runner.take_turn(fold, lambda: False)
    engine.dispose()
    return url


@pytest.fixture
def picture(followed):
    """The picture of a table of that store, as XML."""
    views = Views(Store(followed))
    return lambda name, **query: drawn(views, name, WINDOW | query)


@pytest.fixture
def rows(followed):
    """The rows of a table of that store."""
    views = Views(Store(followed))
    return lambda name, **query: all_datasets()[name].answer(views, WINDOW | query).rows


@pytest.fixture(scope="module")
def get(followed):
    client = make_app(Store(followed), Options()).server.test_client()
    return lambda path: client.get(f"{PREFIX}/{path}", base_url="http://localhost")


def question(name, views) -> dict[str, str]:
    """A question that the table `name` has an answer to."""
    if name.startswith("incident-"):
        return {"incident": all_datasets()["incidents"].answer(views, WINDOW).rows[0]["incident"]}
    return (WINDOW if all_datasets()[name].chosen else {}) | OWN.get(name, {})


class TestWords:
    def test_foreign_words_are_text_without_signs_that_xml_or_readers_cannot_hold(self):
        assert (
            write(1, 2, "<b>&\x00\x0b\u202eévil\n»", fill=None)
            == '<text x="1" y="2" font-size="13">&lt;b&gt;&amp;évil »</text>'
        )

    def test_numbers_are_short(self):
        assert [number(value) for value in (3.0, 0.333, -0.001, 1e6)] == ["3", "0.33", "0", "1000000"]

    def test_what_is_too_long_is_cut_and_says_so(self):
        long = "Bibliothèque François Mitterrand"
        assert cut(long, 12, 1000) == long
        assert cut(long, 12, 100).endswith("…") and width_of(cut(long, 12, 100), 12) <= 100

    def test_parts_are_kept_whole_on_as_few_lines_as_they_need(self):
        assert wrapped(["aaa", "bbb"], " · ", 10, 1000) == ["aaa · bbb"]
        assert wrapped(["aaa", "bbb"], " · ", 10, 25) == ["aaa", "bbb"]


class TestAxes:
    def test_an_axis_ends_at_a_round_value(self):
        assert [round_above(value) for value in (0, 1, 1.1, 9, 11, 29, 100)] == [1, 1, 2, 10, 20, 30, 100]

    def test_hours_are_those_of_paris_also_where_the_clock_changes(self):
        begin = to_epoch_us(NOON.replace(month=3, day=30, hour=11))  # the night of the change lies between
        shown = moments(begin, begin + 24 * 3_600_000_000, 420)
        assert [(us - begin) // 3_600_000_000 for us in shown] == [0, 6, 12, 17, 23]

    def test_errors_have_zero_on_their_axis_and_one_far_group_does_not_press_the_others(self):
        low, high, tick = span_of([{"p10_min": -9000, "p90_min": 20}, {"p10_min": 0, "p90_min": 40}])
        assert low >= -200 and high >= 40 and low % tick == high % tick == 0


class TestMap:
    def test_every_station_and_cluster_of_the_window_is_on_it(self, followed, picture):
        view = Views(Store(followed)).get(parse_selection(WINDOW))
        names = [
            title.text for circle in picture("clusters").iter(f"{SVG}circle") for title in circle.iter(f"{SVG}title")
        ]
        assert len(view.stations) > 10 and len(view.clusters) > 2
        assert sorted(names) == sorted([s.name for s in view.stations] + [c.name for c in view.clusters])

    def test_each_badge_has_the_letter_and_the_size_of_its_cluster(self, picture, rows):
        words = said(picture("clusters"))
        shown = {(letter, number.split(" ")[0]) for letter, number in pairwise(words)}
        badges = {(row["letter"] or "nouv.", str(row["disruption_count"])) for row in rows("clusters")}
        assert len(badges) > 2 and badges <= shown

    def test_badges_on_one_spot_are_moved_apart_and_those_outside_come_to_the_edge(self):
        spots = lay([Badge(300, 200, 20), Badge(300, 200, 15), Badge(301, 200, 15), Badge(-900, 200, 15)], 600, 400)
        assert spots[0] == (300, 200, 20) and spots[3].x == 15 + MARGIN
        for one, other in combinations(spots, 2):
            assert max(abs(one.x - other.x), abs(one.y - other.y)) >= one.radius + other.radius + GAP

    def test_it_says_window_choice_and_source(self, picture):
        words = " ".join(said(picture("clusters", lines="C01742", channel="incident,works"))).replace(NARROW, " ")
        assert "24 avr. 2024, 13:30 → 14:00 (heure de Paris)" in words and "fenêtre close" in words
        assert "RER A" in words and "Incidents, Travaux" in words and "non officiel" in words

    def test_the_frame_holds_every_badge_and_is_the_middle_of_the_region_without_any(self):
        lat, lon = CENTRE
        provins = frame_of([(3.3, 48.56), (3.2, 48.5), (lon, lat)], 1000, 700)
        assert provins.holds(48.56, 3.3) and provins.holds(lat, lon) and provins.to_units(48.56, 3.3)[0] <= 940
        assert frame_of([(lon, lat)], 1000, 700).px_per_km == 40
        assert frame_of([], 1000, 700).to_units(lat, lon) == (500, 350)


class TestNumbers:
    def test_the_timeline_has_one_box_for_each_part_with_its_size(self, picture, rows):
        chart, parts = picture("timeline"), [part["size"] for part in rows("timeline-parts")]
        bars = [box for path in chart.iter(f"{SVG}path") if path.get("opacity") for box in boxes(path)]
        assert len(bars) == len(parts) > 100
        heights = sum(height for *_, height in bars)
        assert heights == pytest.approx(
            sum(parts) * units_a_disruption(chart), rel=0.06
        )  # a thin line between the parts

    def test_each_line_has_its_hours_and_what_nobody_saw_is_hatched(self, picture, rows):
        chart, lines = picture("lines"), rows("lines")
        known = [box for path in with_fill(chart, "path", colours()["strong"]) for box in boxes(path)]
        unknown = [box for path in with_fill(chart, "path", "url(#unseen)") for box in boxes(path)]
        assert {row["name"] for row in lines} <= set(said(chart))
        assert len(known) == sum(value is not None for row in lines for value in row["hours"]) > 100
        assert len(unknown) == sum(value is None for row in lines for value in row["hours"]) > 100

    def test_both_rankings_stand_side_by_side_with_their_counts(self, picture, rows):
        chart, ranked = picture("trends"), rows("trends")
        assert ranked and {"Les plus inhabituels", "Les plus fréquents"} <= set(said(chart))
        assert {str(row["disruptions"]) for row in ranked} <= set(said(chart))
        assert len(with_fill(chart, "rect", colours()["strong"])) == len(ranked)

    def test_errors_are_written_beside_their_group(self, picture, rows):
        chart = picture("reliability", by="hour", span="30j")
        shown = [row for row in rows("reliability", by="hour", span="30j") if row["announcements"] >= ERRORS_MIN]
        assert shown and {f"{row['group']} h" for row in shown} <= set(said(chart))
        assert {signed(row["median_min"], words_of("fr")) for row in shown} <= set(said(chart))

    def test_a_window_that_is_not_whole_says_so_on_the_picture(self, picture):
        words = " ".join(said(picture("clusters", window="2024-04-24T11:00:00Z"))).replace(NARROW, " ")
        assert "Fenêtre incomplète : 4 instants sur 6 n'ont pas été observés." in words
        assert "incomplète" not in " ".join(said(picture("clusters")))


def units_a_disruption(picture) -> float:
    """Units of height for one disruption, read off the axis."""
    values = [
        element
        for element in picture.iter(f"{SVG}text")
        if element.get("text-anchor") == "end" and element.get("x") == "40"
    ]
    zero, top = (
        min(values, key=lambda e: float(e.text.replace(",", "."))),
        max(values, key=lambda e: float(e.text.replace(",", "."))),
    )
    return (float(zero.get("y")) - float(top.get("y"))) / float(top.text.replace(",", "."))


class TestLimits:
    """Pictures never hold up those who look at the live page."""

    def test_who_comes_when_the_queue_is_full_is_told_to_ask_again(self, get, monkeypatch):
        monkeypatch.setattr(png, "_QUEUE", threading.BoundedSemaphore(1))
        with png._turn():
            refused = get("trends.png?lang=en&scale=2")
        assert refused.status_code == 503 and "ask again" in refused.json["error"]
        assert get("trends.png?lang=en&scale=2").status_code == 200

    def test_one_that_takes_too_long_or_cannot_be_drawn_says_so(self, monkeypatch):
        with pytest.raises(NotDrawn, match="resvg could not draw"):
            to_png("<svg", 1, {})
        monkeypatch.setattr(png, "LIMIT_S", 0.001)
        with pytest.raises(NotDrawn, match="longer than 0.001 s"):
            to_png("<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>", 1, {})


class TestFiles:
    @pytest.mark.parametrize("name", all_pictures())
    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_every_picture_is_plain_svg_in_both_languages(self, followed, name, language):
        views = Views(Store(followed))
        picture = drawn(views, name, question(name, views) | {"lang": language})
        assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= ALLOWED
        assert not [
            key for element in picture.iter() for key in element.attrib if "href" in key or key.startswith("on")
        ]
        assert (
            picture.get("width") == str(WIDTH) and len(said(picture)) >= 3 and "non officiel" in " ".join(said(picture))
        )
        assert not [word for word in said(picture) if "{" in word], "a word that was not filled in"

    @pytest.mark.parametrize("name", all_pictures())
    def test_the_api_gives_it_as_png_with_its_manifest_inside(self, get, followed, name):
        query = "&".join(f"{key}={value}" for key, value in question(name, Views(Store(followed))).items())
        answer = get(f"{name}.png?{query}")
        assert answer.status_code == 200 and answer.content_type == "image/png", answer.data
        width, height = size(answer.data)
        assert width == WIDTH and 100 < height <= 1300
        inside = json.loads(texts(answer.data)["pulse-manifest"])
        assert inside["table"] == name and inside["versions"]["schema"] and "non officiel" in inside["status"]
        assert "Île-de-France Mobilités" in texts(answer.data)["Copyright"]

    def test_twice_as_many_pixels_on_demand_and_no_other_scale(self, get):
        assert size(get("trends.png?scale=2").data)[0] == 2 * WIDTH
        refused = get("trends.png?scale=20")
        assert refused.status_code == 400 and "scale = '20'" in refused.json["error"]

    def test_another_process_gives_the_same_bytes(self, get, followed, tmp_path):
        query = "window=2024-04-24T12:00:00Z&modes=rer,metro&channel=incident"
        given = [f"--{name}={value}" for name, value in (each.split("=") for each in query.split("&"))]
        command = [
            sys.executable,
            "-m",
            "dashboard.export",
            "--store",
            followed,
            "--config",
            str(ROOT / "config.yaml"),
            "--table",
            "lines",
            "--format",
            "png",
            "--out",
            str(tmp_path),
            *given,
        ]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        (folder,) = tmp_path.iterdir()
        assert {file.name for file in folder.iterdir()} == {"lines.png", "manifest.json"}
        assert (folder / "lines.png").read_bytes() == get(f"lines.png?{query}").data

    def test_the_snapshot_holds_the_map_of_its_window(self, followed):
        image = make_snapshot(Views(Store(followed)), parse_selection(WINDOW)).files["clusters.png"]
        assert json.loads(texts(image)["pulse-manifest"])["window"]["end_utc"] == WINDOW["window"]

    def test_a_table_without_a_chart_refuses_and_names_the_formats_that_it_has(self, get, followed, capsys, tmp_path):
        answer = get("versions.png")
        assert answer.status_code == 406
        for word in ("versions.png", "no chart", "csv", "parquet", "html"):
            assert word in answer.json["error"]
        given = [
            "--store",
            followed,
            "--config",
            str(ROOT / "config.yaml"),
            "--table",
            "versions",
            "--format",
            "png",
            "--out",
            str(tmp_path),
        ]
        assert main(given) == 2 and "no chart" in capsys.readouterr().err and not list(tmp_path.iterdir())

    def test_the_description_offers_pictures_of_tables_with_a_chart_alone(self):
        for name in all_datasets():
            said_of = document()["paths"][f"{PREFIX}/{name}.{{format}}"]["get"]["parameters"]
            formats = next(each for each in said_of if each.get("name") == "format")["schema"]["enum"]
            assert (
                ("png" in formats) == any(each.get("name") == "scale" for each in said_of) == (name in all_pictures())
            )

    def test_topics_are_clouds_of_their_words(self, followed, tmp_path):
        cloud = {"box": [-60, -30, 120, 60], "words": [["colis <b>", 0, 0, 30.0], ["suspect", 5, 25.5, 12.0]]}
        topic = {
            "number": 1,
            "name": "bagage oublié",
            "share": 0.25,
            "texts": 2,
            "top": ["colis"],
            "causes": [["unattended_item", "bagage oublié", 2]],
            "cloud": cloud,
        }
        report = {
            "made_at": "2024-04-24T12:00:00+00:00",
            "notices": 9,
            "methods": [{"method": "lda", "title": "LDA", "topics": [topic]}],
        }
        (tmp_path / "topics.json").write_text(json.dumps(report), "utf-8")
        views = Views(Store(followed), tmp_path)
        (row,) = all_datasets()["topics"].answer(views, {}).rows
        assert row["words"] == ["colis"] and row["causes"] == ["unattended_item:2"] and row["share"] == 0.25
        assert {"1. bagage oublié", "2 textes", "colis <b>", "suspect"} <= set(said(drawn(views, "topics", {})))
        assert all_datasets()["topics"].answer(views, {"method": "kmeans"}).rows == []

    def test_words_of_a_message_stay_words(self, tmp_path):
        evil = "</text><script>alert(1)</script><image href='file:///etc/passwd'/>&#0;\x07\u202e"
        url = f"sqlite:///{tmp_path}/store.db"
        planned = Planned(
            "id<i>", "incident", "BLOQUANTE", evil, evil, -0.5, (Touched("C01742"),), NOON - timedelta(hours=2), NOON
        )
        fill_store(url, Plan(NOON - timedelta(hours=1), NOON - timedelta(minutes=5), [planned])).dispose()
        picture = drawn(Views(Store(url)), "clusters", {"modes": "all", "text": evil[:60]})
        assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= ALLOWED
        assert any("</text><script>" in word for word in said(picture))
