"""Search and topics in a real browser: answers, highlights, pages without a CDN, and nothing that runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.registry.pages import words_of
from spark_app.commands.topics import files
from spark_app.derived.runner import Runner
from spark_app.derived.tags.folds import language_folds
from spark_app.store.engine import open_store, put_meta, sqlite_url
from spark_app.topics.files import topics_folder, write_files
from spark_app.topics.models import TopicModel
from spark_app.topics.report import topic_report
from spark_app.topics.words import TopicText
from tests.dashboard.conftest import opened
from tests.dashboard.page_servers import start_server
from tests.dashboard.xss_payloads import PAYLOADS
from tests.made.small_store import put_entry, put_revision

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store whose every text is hostile, with tags, search words and trends; read only."""
    engine = open_store(sqlite_url(tmp_path_factory.mktemp("hostile") / "store.db"))
    with engine.begin() as connection:
        put_meta(connection, source="recorded")
    for rev, payload in enumerate(PAYLOADS, start=1):
        put_revision(
            engine,
            rev,
            payload[:191],
            title=f"Panne {payload}",
            text=f"Étampes {payload}",
            id=f"{rev} {payload}"[:191],
            lines='[{"id": "<img src=x onerror=window.xss=31>", "name": "<b>", "mode": "rer", "network": "", '
            '"sections": []}]',
        )
        put_entry(engine, rev, 1_714_471_200_000_000 + rev * 60_000_000, [(rev, "opened")], tick=True)
    Runner(engine, language_folds(timedelta(hours=2), timedelta(days=7))).catch_up()
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def hostile_url(store, tmp_path_factory):
    """The address of a page over `store` and over topics of hostile words, written as the command writes them."""
    write_hostile_topics(str(store.url))
    server = start_server(tmp_path_factory.mktemp("server"), str(store.url))
    yield server.url
    server.kill()


def write_hostile_topics(store_url: str) -> None:
    words = tuple(payload[:60] for payload in PAYLOADS[:12])
    share = np.random.default_rng(1).dirichlet(np.full(12, 0.5), 4) + 1e-3
    texts = [TopicText((word,), ("works",) if n % 2 else (), 1) for n, word in enumerate(words)]
    models = [
        TopicModel(
            name,
            words,
            share / share.sum(axis=1, keepdims=True),
            np.eye(4)[np.arange(12) % 4] * 0.9 + 0.025,
            np.full(12, 5.0),
        )
        for name in ("lda", "kmeans")
    ]
    report = topic_report(models, texts, 12, datetime(2024, 4, 30, 12, tzinfo=UTC))
    write_files(topics_folder(store_url, Path()), files(models, report))  # beside the store


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["policy", "no policy"])
def test_no_payload_runs_in_search_trends_or_topics(chromium, hostile_url, bypass_csp):
    url = hostile_url
    context = chromium.new_context(bypass_csp=bypass_csp)
    page = context.new_page()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{url}/search")
    page.locator("#search-question").fill("etampes")
    page.wait_for_selector("#search-found article")
    expect(page.locator("#search-found mark").first).to_have_text("Étampes")
    assert (
        PAYLOADS[0] in page.locator("#search-found").inner_text()
        or PAYLOADS[-1] in page.locator("#search-found").inner_text()
    )
    assert page.evaluate("() => window.xss") is None
    page.goto(f"{url}/trends")
    page.wait_for_selector("#trends-frequent .bar")
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.xss") is None
    page.goto(f"{url}/topics")
    page.wait_for_selector("#topics-content table")
    assert page.evaluate("() => window.xss") is None
    page.goto(f"{url}/topic-files/index.html")
    expect(page.locator("svg")).to_have_count(8)
    assert page.evaluate("() => window.xss") is None
    assert dialogs == []
    context.close()


def test_the_interactive_page_runs_under_its_policy_and_asks_nobody(page, hostile_url):
    """`page` fails on any request to the outside and on any error of a script."""
    url = hostile_url
    page.goto(f"{url}/topics")
    page.get_by_text("pyLDAvis").click()
    page.wait_for_selector("#ldavis circle.dot")
    expect(page.locator("#ldavis circle.dot")).to_have_count(4)
    expect(page.locator("#ldavis .bar-totals")).to_have_count(12)
    page.locator("#ldavis circle.dot").first.hover()
    assert page.url.startswith(f"{url}/topic-files/pyldavis.html")


def test_without_topics_the_page_says_what_to_do(page, page_url):
    url = page_url
    page.goto(f"{url}/topics")
    page.get_by_text("lancez ./pulse topics").wait_for()
    assert page.request.get(f"{url}/topic-files/index.html").status == 404
    assert "SQLite format" not in page.request.get(f"{url}/topic-files/..%2Fstore.db").text()


def test_words_are_found_as_they_are_typed_and_marked(page, hostile_url):
    page.goto(f"{hostile_url}/search")
    page.locator("#search-question").fill("introuvable")
    page.get_by_text("Aucun message ne contient ces mots.").wait_for()
    page.locator("#search-question").fill("PANNE etamp")
    page.wait_for_selector("#search-found article")
    expect(page.locator("#search-found article")).to_have_count(20)
    marks = set(page.locator("#search-found mark").all_inner_texts())
    assert marks == {"Panne", "Étampes"}
    expect(page.locator("#search-found")).to_contain_text("30 textes trouvés, 20 ci-dessous")


def test_the_browser_fits_words_to_numbers_as_the_server_does(page, page_url):
    numbers = (0, 1, 1.04, 1.5, 1.96, 2, 1234)
    for language in ("fr", "en"):
        opened(page, page_url, f"?lang={language}")
        written = page.evaluate("(numbers) => numbers.map((n) => pulse.t('n.stations_hit', { n }))", list(numbers))
        assert written == [words_of(language)("n.stations_hit", n=n) for n in numbers]
