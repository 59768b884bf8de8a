"""Names of lines on the page, in the API, in feeds and in commands: understood, or refused with the nearest."""

import json

import pytest

from dashboard.export import main as export
from dashboard.frame import line_notice
from dashboard.registry.pages import words_of
from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store
from dashboard.ui.addresses import link

B = "C01743"
FORMS = ["C01743", "c01743", "IDFM:C01743", "line:IDFM:C01743", "STIF:Line::C01743:", "RER B", "rer b", "RERB"]
WINDOW = {"window": "2024-04-24T12:00:00Z", "channel": "incident,works,information"}


@pytest.fixture(scope="module")
def client(store_url):
    return make_app(Store(store_url), Options()).server.test_client()


def rows(client, table, **query):
    answer = client.get(link("api", "v1", table, **WINDOW, **query))
    assert answer.status_code == 200, answer.data
    return json.loads(answer.data)["rows"]


@pytest.mark.parametrize("form", FORMS)
def test_the_api_its_files_and_the_feeds_understand_every_form(client, form):
    found = rows(client, "hits", lines=form)
    assert found and {row["line"] for row in found} == {B}
    plain = client.get(link("api", "v1", "hits.csv", lines=B, **WINDOW)).data
    assert client.get(link("api", "v1", "hits.csv", lines=form, **WINDOW)).data == plain
    assert client.get(link("export", "hits.csv", lines=form, **WINDOW)).data == plain
    assert client.get(link("works", f"{form}.ics")).data == client.get(f"/works/{B}.ics").data
    assert client.get(link("alerts.atom", lines=form)).data == client.get(f"/alerts.atom?lines={B}").data


@pytest.mark.parametrize("form", FORMS)
def test_the_command_writes_the_same_files_for_every_form(store_url, tmp_path, capsys, form):
    def written(lines):
        asked = ["--table", "hits", "--format", "csv", "--window", WINDOW["window"], "--lines", lines]
        assert export(["--store", store_url, "--out", str(tmp_path), *asked]) == 0
        return next((tmp_path / capsys.readouterr().out.strip().split("/")[-1]).glob("*.csv")).read_bytes()

    assert written(form) == written(B)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"lines": "6142"}, ["6142", "C00049"]),
        ({"lines": "C01743,RER Z"}, ["RER Z", "C01727"]),
        ({"lines": "C99999"}, ["C99999", "nearest"]),
        ({"lines": "9"}, ["is the name of 5 lines", "C01379", "RATP", "C02133", "Marne et Brie"]),
        ({"modes": "metros"}, ["metros", "nearest: metro"]),
        ({"severity": "bloking"}, ["bloking", "nearest: blocking"]),
        ({"cause": "fires"}, ["fires", "nearest: fire"]),
        ({"zone": "94090"}, ["94090", "94081 (Vitry-sur-Seine)"]),
        ({"zone": "Vincennes"}, ["Vincennes", "94080"]),
        ({"channel": "works,Incident"}, ["Incident", "nearest: incident"]),
        ({"span": "24"}, ["24", "nearest: 24h"]),
        ({"stack": "lines"}, ["lines", "nearest: line"]),
        ({"size": "station"}, ["station", "nearest: stations"]),
        ({"lang": "eng"}, ["eng", "nearest: en"]),
        ({"by": "causes"}, ["causes", "nearest: cause"]),
        ({"order": "durations"}, ["durations", "nearest: duration"]),
        ({"line": "C01743"}, ["'line' is no parameter", "nearest: lines"]),
        ({"windows": "latest"}, ["'windows' is no parameter", "nearest: window"]),
    ],
)
@pytest.mark.parametrize("table", ["hits", "incidents", "topics", "counters", "hits.csv"])
def test_a_value_or_parameter_that_does_not_exist_is_refused_with_the_nearest(client, table, query, wanted):
    answer = client.get(link("api", "v1", table, **query))
    assert answer.status_code == 400
    for part in wanted:
        assert part in json.loads(answer.data)["error"]


@pytest.mark.parametrize("path", ["window", "files/hits.csv", "books", "incidents/x", "openapi.json"])
def test_every_other_path_of_the_api_refuses_parameters_that_it_does_not_have(client, path):
    answer = client.get(f"/api/v1/{path}?line=C01743")
    assert answer.status_code == 400 and "'line' is no parameter" in json.loads(answer.data)["error"]


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("fire", "nearest"),
        ("cause:fires", "nearest: fire"),
        ("line:RER Z", "nearest"),
        ("mode:metros", "metro"),
        ("station:Chatelet les Hales", "Châtelet les Halles"),
        ("place:Vincenes (94)", "Vincennes (94)"),
    ],
)
def test_a_tag_that_does_not_exist_is_refused_with_the_nearest(client, tag, wanted):
    answer = client.get(link("api", "v1", "trend-areas", tag=tag))
    assert answer.status_code == 400 and wanted in json.loads(answer.data)["error"]


def test_a_tag_may_name_its_line_or_station(client):
    for tag in ("line:RER B", "station:Châtelet les Halles", "cause:fire", "place:Vincennes (94)", ""):
        assert client.get(link("api", "v1", "trend-areas", tag=tag)).status_code == 200


class TestFeeds:
    def test_a_calendar_of_no_line_names_the_nearest_and_one_of_several_lines_names_them(self, client):
        unknown, shared = client.get("/works/C1743.ics"), client.get("/works/9.ics")
        assert unknown.status_code == 404 and "C01743" in unknown.text
        assert shared.status_code == 400 and "C01379" in shared.text and "Marne et Brie" in shared.text

    @pytest.mark.parametrize(
        ("query", "wanted"), [({"lines": "RER Z"}, "RER C"), ({"line": "C01743"}, "nearest: lines")]
    )
    def test_the_feed_of_alerts_refuses_what_it_does_not_know(self, client, query, wanted):
        answer = client.get(link("alerts.atom", **query))
        assert answer.status_code == 400 and wanted in answer.text


def props(component):
    return component.to_plotly_json()["props"]


class TestPage:
    @pytest.mark.parametrize("form", [form for form in FORMS if form != B])
    @pytest.mark.parametrize("path", ["", "lines", "incidents"])
    def test_an_address_with_a_name_leads_to_the_one_with_the_id(self, client, path, form):
        answer = client.get(link(path, lines=form, span="6h"))
        assert answer.status_code == 302 and answer.location == link(path, span="6h", lines=B)

    def test_an_address_with_ids_is_answered_at_once(self, client):
        assert client.get(f"/?lines={B},C01742").status_code == 200

    @pytest.mark.parametrize(
        ("language", "name", "wanted"),
        [
            ("", "6142", ["Ligne inconnue : « 6142 ».", "Vouliez-vous dire :", "Bus 6142"]),
            ("en", "6142", ["Unknown line: “6142”.", "Did you mean:"]),
            ("", "9", ["« 9 » est le nom de 5 lignes.", "Métro 9", "Bus 9 (Marne et Brie)"]),
        ],
    )
    def test_a_text_that_names_no_line_becomes_a_notice_in_the_language_of_the_page(
        self, client, language, name, wanted
    ):
        answer = client.get(link("", lines=f"{B},{name}", lang=language or "fr"))
        assert answer.status_code == 302 and f"lines={B}" in answer.location
        layout = client.get("/_dash-layout", headers={"Referer": f"http://localhost{answer.location}"}).text
        shown = json.dumps(json.loads(layout), ensure_ascii=False).replace("\u202f", " ").replace("\xa0", " ")
        for part in wanted:
            assert part in shown

    def test_the_links_of_a_notice_choose_the_line_beside_those_that_were_chosen(self):
        shown = line_notice.layout("/lines", {"lines": B, "span": "7j", "unknown_lines": "Metro 99"}, words_of("fr"))
        hrefs = [part.href for part in shown.children[0].children if hasattr(part, "href")]
        assert not props(shown)["hidden"] and f"/lines?lines={B},C01379&span=7j" in hrefs

    def test_without_such_a_text_the_notice_is_hidden(self):
        assert props(line_notice.layout("/", {"lines": B}, words_of("fr")))["hidden"]


@pytest.mark.browser
def test_a_reader_sees_the_notice_and_its_link_chooses_the_line(page, page_url):
    page.goto(f"{page_url}/?lines=RER%20Z&channel=incident,works&modes=all&lang=en")
    notice = page.get_by_role("alert").filter(has_text="Unknown line: “RER Z”.")
    notice.wait_for()
    notice.get_by_role("link", name="RER C").click()
    page.wait_for_selector(".figure-row")
    page.wait_for_selector(".line-choice[data-choice='line:C01727'][aria-pressed='true']")
    assert "lines=C01727" in page.url and "unknown_lines" not in page.url
    assert page.locator("#line-notice").is_hidden()
