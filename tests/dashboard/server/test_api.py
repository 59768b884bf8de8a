"""The API gives what the screen shows, says whose it is, and describes itself completely."""

import gzip
import json
import re
from urllib.parse import urlsplit

import pytest

from dashboard.files.snapshot import ARCHIVE, FILE_NAMES, make_snapshot
from dashboard.files.table_files import TABLE_FORMATS, formats_of
from dashboard.server.app import Options, make_app
from dashboard.server.openapi import PARAMETERS, PREFIX, document
from dashboard.store.reader import Store
from dashboard.tables.catalogue import all_datasets
from dashboard.window.selection import Selection, parse_selection
from dashboard.window.view_cache import Views
from prim_client.messages.message import CHANNELS, to_epoch_us
from tests.dashboard.conftest import NOON, ROOT
from tests.dashboard.picture_check import texts
from tests.dashboard.schema_check import problems
from tests.made.filled_store import fill_store
from tests.made.network import TICK, Plan

CHOICE = "channel=incident,works,information&modes=all&window=2024-04-24T12:00:00Z"
OWN = {
    "search": "words=trafic",
    "search-lines": "words=trafic",
    "trend-areas": "level=departement",
    "reliability": "by=hour",
}


@pytest.fixture(scope="module")
def get(followed):
    client = make_app(Store(followed), Options()).server.test_client()
    return lambda path, **headers: client.get(f"{PREFIX}/{path}", base_url="http://localhost", headers=headers)


def told(answer):
    assert answer.status_code == 200, answer.data
    return json.loads(answer.data)


def asked(name, get):
    """A question that the table `name` has an answer to."""
    if name.startswith("incident-"):
        return f"incident={told(get(f'incidents?{CHOICE}'))['rows'][0]['incident']}"
    return "&".join(filter(None, (CHOICE, OWN.get(name))))


@pytest.mark.parametrize("name", all_datasets())
def test_every_table_is_served_as_it_is_described(get, name):
    answer, described = told(get(f"{name}?{asked(name, get)}")), document()
    schema = described["paths"][f"{PREFIX}/{name}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert list(problems(answer, schema, described)) == []
    if name not in (
        "alerts",
        "usual-levels",
        "cluster-lives",
        "cluster-events",
        "dead-letters",
        "incident-ends",
    ) and not name.startswith(("topics", "alerts-")):
        assert answer["rows"], "an empty answer shows nothing"


@pytest.mark.parametrize("path", ["window", "books", "incidents/{incident}"])
def test_every_other_answer_is_as_it_is_described(get, path):
    incident = told(get(f"incidents?{CHOICE}"))["rows"][0]["incident"]
    answer, described = told(get(path.format(incident=incident))), document()
    schema = described["paths"][f"{PREFIX}/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert list(problems(answer, schema, described)) == []


def test_the_description_is_complete_and_names_nothing_that_is_not_there(get):
    described = told(get("openapi.json"))
    tables = {f"{PREFIX}/{name}{end}" for name in all_datasets() for end in ("", ".{format}")}
    fixed = {f"{PREFIX}/{path}" for path in ("window", "books", "incidents/{incident}", "files/{name}")}
    assert set(described["paths"]) == tables | fixed
    text = json.dumps(described)
    for part in ("parameters", "schemas"):
        used = {piece.split('"')[0] for piece in text.split(f"#/components/{part}/")[1:]}
        unused = set(described["components"][part]) - used
        assert used <= set(described["components"][part]) and not unused


def test_the_description_names_every_parameter_that_is_read():
    class Asked(dict):
        def get(self, name, default=None):
            self[name] = True
            return default

    asked = Asked()
    parse_selection(asked)
    assert set(asked) == set(PARAMETERS)


def test_every_answer_says_whose_data_they_are_and_which_window(get):
    answer = told(get(f"clusters?{CHOICE}"))
    assert "non officiel" in answer["status"].lower() and "Île-de-France Mobilités" in answer["attribution"]
    assert answer["window"]["end_utc"] == "2024-04-24T12:00:00Z" and answer["window"]["closed"]


def test_hits_and_clusters_are_those_of_the_export(get, followed):
    files = make_snapshot(
        Views(Store(followed)), Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON))
    ).files
    hits, exported = told(get(f"hits?{CHOICE}"))["rows"], json.loads(files["hits.geojson"])["features"]
    assert len(hits) == len(exported) > 50
    assert [h["disruption"] for h in hits] == [f["properties"]["disruption"] for f in exported]
    names = [c["cluster"] for c in told(get(f"clusters?{CHOICE}"))["rows"]]
    assert names == [f["properties"]["cluster"] for f in json.loads(files["clusters.geojson"])["features"]]


def test_a_file_is_the_same_bytes_as_the_export(get, followed):
    files = make_snapshot(
        Views(Store(followed)), Selection(channels=CHANNELS, modes=(), end_us=to_epoch_us(NOON))
    ).files
    assert {*files, ARCHIVE} == set(FILE_NAMES)
    for name in files:
        assert get(f"files/{name}?{CHOICE}").data == files[name]


def test_disruptions_and_counts_obey_the_choice(get, views):
    line = next(iter(views.find(parse_selection({"modes": "all", "window": "2024-04-24T12:00:00Z"})).counts.lines))
    answer = told(get(f"disruptions?lines={line}&window=2024-04-24T12:00:00Z"))
    assert answer["rows"] and all(line in d["lines"] and d["channel"] == "incident" for d in answer["rows"])
    counted = {
        row["line"]: row["disruptions"] for row in told(get("lines?modes=all&window=2024-04-24T12:00:00Z"))["rows"]
    }
    assert counted[line] == told(get(f"window?lines={line}&window=2024-04-24T12:00:00Z"))["disruptions_ongoing"] > 0


class TestPaging:
    def test_pages_one_after_the_other_are_the_whole(self, get):
        whole = told(get(f"hits?{CHOICE}"))
        assert whole["next"] is None and whole["total"] == len(whole["rows"]) > 20
        rows, path = [], f"hits?{CHOICE}&limit=7"
        while path:
            page = told(get(path))
            assert page["total"] == whole["total"] and page["offset"] == len(rows) and len(page["rows"]) <= 7
            rows += page["rows"]
            path = page["next"] and page["next"].removeprefix(f"{PREFIX}/")
        assert rows == whole["rows"]

    def test_the_next_page_of_a_live_question_is_of_the_same_window(self, get):
        page = told(get("hits?modes=all&limit=1"))
        assert f"window={page['window']['end_utc']}" in urlsplit(page["next"]).query

    @pytest.mark.parametrize("value", ["0", "-1", "1.5", "NaN", "inf", "1e3", "10001", "9" * 400, "", "٣", "0x10"])
    def test_a_limit_that_is_no_count_is_refused_with_its_value(self, get, value):
        answer = get(f"hits?limit={value}")
        assert answer.status_code == 400 and value[:40] in json.loads(answer.data)["error"]

    def test_behind_the_last_row_there_is_nothing(self, get):
        page = told(get(f"hits?{CHOICE}&offset=999999"))
        assert page["rows"] == [] and page["next"] is None and page["total"] > 0


class TestTags:
    def test_who_has_the_answer_gets_no_body_and_who_has_another_gets_it(self, get):
        first = get(f"hits?{CHOICE}")
        again = get(f"hits?{CHOICE}", If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert get(f"hits?{CHOICE}", If_None_Match='"other"').data == first.data
        assert get(f"hits?{CHOICE}&limit=1", If_None_Match=first.headers["ETag"]).status_code == 200

    def test_packed_or_not_it_is_the_same_answer_under_a_tag_of_its_own(self, get):
        plain, packed = get(f"hits?{CHOICE}"), get(f"hits?{CHOICE}", Accept_Encoding="gzip")
        assert gzip.decompress(packed.data) == plain.data and len(packed.data) < len(plain.data) / 3
        assert packed.headers["ETag"] != plain.headers["ETag"] and packed.headers["Vary"] == "Accept-Encoding"
        again = get(f"hits?{CHOICE}", Accept_Encoding="gzip", If_None_Match=packed.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")

    def test_files_have_one_too(self, get):
        tag = get(f"hits.csv?{CHOICE}").headers["ETag"]
        assert get(f"hits.csv?{CHOICE}", If_None_Match=tag).status_code == 304


class TestFiles:
    @pytest.mark.parametrize("name", all_datasets())
    def test_every_table_is_there_in_every_format_with_the_same_rows(self, get, name):
        question = asked(name, get)
        rows = told(get(f"{name}?{question}"))["rows"]
        made = read_archive(get(f"{name}.zip?{question}").data)
        dataset = all_datasets()[name]
        assert set(made) == {f"{name}.{each}" for each in formats_of(dataset)} | {"manifest.json"}
        for format_ in formats_of(dataset):
            answer = get(f"{name}.{format_}?{question}")
            assert answer.data == made[f"{name}.{format_}"]
            assert count_of(format_, answer.data) == len(rows)
        manifest = json.loads(made["manifest.json"])
        assert {said["rows"] for said in manifest["files"].values()} == {len(rows)}

    def test_a_format_or_table_that_is_not_there_is_named_with_those_that_are(self, get):
        for path, status, wrong, known in (
            ("lines.geojson", 406, "geojson", "csv"),
            ("hits.exe", 406, "exe", "geojson"),
            ("hits.png", 406, "png", "geojson"),
            ("trains.csv", 404, "trains", "disruptions"),
            ("trains", 404, "trains", "incidents"),
            ("../../etc/passwd", 404, "passwd", "hits"),
        ):
            answer = get(path)
            said = json.loads(answer.data)["error"]
            assert answer.status_code == status and wrong in said and known in said

    def test_the_archive_is_last_of_the_formats(self):
        assert TABLE_FORMATS[-1] == "zip"


def read_archive(content):
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name.rsplit("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def count_of(format_, content):
    """Rows of a file, counted by a reader that is not ours."""
    import csv
    import io

    import pyarrow.parquet as pq

    if format_ == "png":
        return json.loads(texts(content)["pulse-manifest"])["rows"]
    if format_ == "csv":
        return len(list(csv.DictReader(io.StringIO(content.decode(), newline=""))))
    if format_ == "geojson":
        return len(json.loads(content)["features"])
    if format_ == "parquet":
        return pq.read_table(io.BytesIO(content)).num_rows
    return content.decode().split("<tbody>")[1].split("</tbody>")[0].count("<tr>")


def test_the_books_are_there_with_their_equations(get):
    answer = told(get("books"))
    assert {"name", "total", "parts", "holds"} == set(answer["balances"][0])
    assert answer["completeness"]["empty"] == 2 and answer["completeness"]["expected"] is None


def test_gaps_are_told_as_intervals(tmp_path):
    url = f"sqlite:///{tmp_path}/store.db"
    fill_store(url, Plan(NOON - 6 * TICK, NOON, [], frozenset([NOON - 2 * TICK, NOON - 3 * TICK]))).dispose()
    client = make_app(Store(url), Options()).server.test_client()
    answer = told(client.get(f"{PREFIX}/books", base_url="http://localhost"))
    assert answer["gaps"] == [{"begin_utc": "2024-04-24T11:40:00Z", "end_utc": "2024-04-24T11:50:00Z", "ticks": 2}]


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("window?modes=plane", 400, "plane"),
        ("window?window=yesterday", 400, "yesterday"),
        ("window?window=0001-01-01T00:00:00%2B10:00", 400, "0001-01-01"),
        ("window?window=9999-12-31T23:59:59-10:00", 400, "9999-12-31"),
        ("window?window=2001-01-01T00:00:00Z", 404, "2001-01-01T00:00:00Z"),
        ("files/hits.csv?window=2001-01-01T00:00:00Z", 404, "2001-01-01T00:00:00Z"),
        ("hits?lines=<script>", 400, "<script>"),
        ("hits?cause=hunger", 400, "passenger_ill"),
        ("hits?zone=7", 400, "94080"),
        ("hits?line=C01742", 400, "'line' is no parameter"),
        ("hits?lines=C01742&lines=C01743", 400, "lines"),
        ("incidents?order=alphabet", 400, "duration"),
        ("incidents/nobody", 404, "nobody"),
        ("incidents/%00", 400, "incident"),
        ("incident-steps", 400, "incident is missing"),
        ("reliability?by=moon", 400, "hour"),
        ("search?words=", 400, "words is missing"),
        ("files/all.exe", 404, "all.exe"),
    ],
)
def test_a_wrong_question_gets_its_value_back(get, path, code, said):
    answer = get(path)
    assert answer.status_code == code and answer.content_type == "application/json"
    assert said in json.loads(answer.data)["error"]


def test_a_store_that_is_away_is_said(tmp_path):
    client = make_app(Store(f"sqlite:///{tmp_path / 'none.db'}"), Options()).server.test_client()
    answer = client.get(f"{PREFIX}/window", base_url="http://localhost")
    assert answer.status_code == 503 and "none.db" in json.loads(answer.data)["error"]


def test_the_page_about_the_api_lists_every_table():
    listed = re.findall(
        r"^\| `([\w-]+)` \| .* \| .*\|$",
        (ROOT / "docs" / "api.md").read_text("utf-8").split("## Tables")[1],
        flags=re.MULTILINE,
    )
    assert sorted(name for name in listed if name in all_datasets()) == sorted(all_datasets())
