"""What the page refuses, and the headers that every answer carries."""

import re

import pytest

from dashboard.server.access import Access
from dashboard.server.app import Options, make_app
from dashboard.store.reader import Store

ROUTES = ("/", "/version", "/health", "/_dash-layout", "/geo/lines.geojson", "/export/hits.csv", "/nowhere")


@pytest.fixture(scope="module")
def client(store_url):
    return make_app(Store(store_url), Options()).server.test_client()


@pytest.mark.parametrize("host", ["127.0.0.1:8050", "localhost", "localhost:1", "[::1]:8050", "LOCALHOST:8050"])
def test_our_own_names_are_served(client, host):
    assert client.get("/version", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8050", "127.0.0.1.evil.example", "0.0.0.0:8050", "10.0.0.1"]
)
@pytest.mark.parametrize("route", ["/", "/version", "/export/hits.csv"])
def test_a_foreign_host_header_is_refused(client, host, route):
    answer = client.get(route, headers={"Host": host})
    assert answer.status_code == 421
    assert b"127.0.0.1" in answer.data


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:8050", "http://127.0.0.1:9", "null"])
def test_a_foreign_origin_is_refused(client, origin):
    answer = client.post("/_dash-update-component", json={}, headers={"Host": "127.0.0.1:8050", "Origin": origin})
    assert answer.status_code == 421


def test_the_own_origin_is_served(client):
    headers = {"Host": "127.0.0.1:8050", "Origin": "http://127.0.0.1:8050"}
    assert client.get("/version", headers=headers).status_code == 200


@pytest.mark.parametrize("route", ROUTES)
def test_every_answer_carries_the_headers(client, route):
    headers = client.get(route).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["frame-ancestors"] == "'none'"
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert "http" not in policy["script-src"]


def test_only_configured_tiles_widen_the_policy(store_url):
    options = Options(tiles_url="https://tile.example.org/{z}/{x}/{y}.png")
    client = make_app(Store(store_url), options).server.test_client()
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://tile.example.org;" in policy
    assert policy.count("https://") == 1


def test_the_page_names_no_other_server(client):
    html = client.get("/").get_data(as_text=True)
    assert "http://" not in html and "https://" not in html


def test_shapes_are_kept_for_ever_under_their_hash(client):
    from dashboard.map.base_map import geo_url

    answer = client.get(geo_url("lines"))
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 100_000
    assert client.get("/geo/none.geojson").status_code == 404


def test_an_asset_is_asked_for_again_only_where_its_address_would_stay_the_same(client):
    links = re.findall(r"/assets/[^\"]+", client.get("/").get_data(as_text=True))
    dated = [link for link in links if "?m=" in link]
    assert len(dated) > 30, "Dash dates its scripts and styles"
    for link in dated:
        assert client.get(link).headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert client.get("/assets/icons/works.svg").headers["Cache-Control"] == "private, max-age=86400"
    assert client.get("/assets/theme.js").headers["Cache-Control"] == "no-cache"
    assert "max-age" not in client.get("/assets/none.js?m=1").headers["Cache-Control"]


def test_only_the_embeddable_view_may_be_framed_and_only_by_those_that_are_named(store_url):
    client = make_app(Store(store_url), Options(embed_ancestors=("https://news.example",))).server.test_client()
    policy = client.get("/?embed=1").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://news.example" in policy and "unsafe" not in policy.split("style-src")[0]
    assert "X-Frame-Options" not in client.get("/?embed=1").headers
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]


def test_behind_a_proxy_the_public_name_is_served_with_or_without_tls(store_url):
    client = make_app(Store(store_url), Options(public_names=("pulse.example.org",))).server.test_client()
    for origin in ("https://pulse.example.org", "http://pulse.example.org"):
        headers = {"Host": "pulse.example.org", "Origin": origin}
        assert client.get("/version", headers=headers).status_code == 200
    assert (
        client.get("/version", headers={"Host": "pulse.example.org", "Origin": "https://evil.example"}).status_code
        == 421
    )
    assert client.get("/version", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "/health"])
def test_a_password_closes_every_route_but_health(store_url, route):
    client = make_app(Store(store_url), Options(access=Access(password="sésame"))).server.test_client()
    answer = client.get(route)
    assert answer.status_code == 401 and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/health").status_code == 200
    assert (
        client.get(route, auth=("anyone", "sésame")).status_code
        == make_app(Store(store_url), Options()).server.test_client().get(route).status_code
    )
