"""Configurations that must not be taken in silence: each is one sentence with the file and the key."""

import os

import pytest

from deploy.configuration.settings import SettingsError, load

LAUGHS = "a: &a [x, x]\n" + "".join(f"{chr(b)}: &{chr(b)} [*{chr(b - 1)}, *{chr(b - 1)}]\n" for b in range(98, 122))
WRONG = {
    "infinite": ("poll: {interval_s: .inf}", "poll.interval_s"),
    "minus infinite": ("simulator: {history_h: -.inf}", "simulator.history_h"),
    "no number": ("windows: {span_min: .nan}", "windows.span_min"),
    "no number in a share": ("alerts: {raise_share: .NaN}", "alerts.raise_share"),
    "a switch as a port": ("log: {port: yes}", "log.port"),
    "a switch as a count": ("clusters: {k: true}", "clusters.k"),
    "a switch as a text": ("sentiment: {analyzer: on}", "sentiment.analyzer"),
    "a switch as a time": ("poll: {timeout_s: true}", "poll.timeout_s"),
    "a huge count": ("poll: {daily_quota: 1" + "0" * 400 + "}", "poll.daily_quota"),
    "a huge time": ("poll: {interval_s: 1e300}", "poll.interval_s"),
    "a huge number of days": ("store: {retention_days: 1000000000}", "store.retention_days"),
    "5,000 digits": ("poll: {daily_quota: " + "9" * 5_000 + "}", "not YAML"),
    "CR LF in a contact": ('poll: {contact: "a\\r\\nX: b"}', "poll.contact"),
    "NUL in a folder": ('data_dir: "a\\0b"', "data_dir"),
    "half a character": ('sentiment: {analyzer: "\\uD800"}', "sentiment.analyzer"),
    "a line break in a key": ('"a\\nb": 1', "a key"),
    "a semicolon in an origin": (
        "dashboard: {embed_ancestors: ['https://a.example; script-src *']}",
        "dashboard.embed_ancestors.0",
    ),
    "a path in an origin": ("dashboard: {embed_ancestors: ['https://a.example/x']}", "dashboard.embed_ancestors.0"),
    "a line break in an origin": (
        'dashboard: {embed_ancestors: ["https://a.example\\n"]}',
        "dashboard.embed_ancestors",
    ),
    "a star as origin": ("dashboard: {embed_ancestors: ['*']}", "dashboard.embed_ancestors.0"),
    "an address as name": ("dashboard: {public_names: ['https://a.example']}", "dashboard.public_names.0"),
    "a colon in a header": ("dashboard: {proxy_header: 'X: y'}", "dashboard.proxy_header"),
    "a semicolon in tiles": ("dashboard: {tiles_url: 'https://a.example/{z};x'}", "dashboard.tiles_url"),
    "an address that is none": ("poll: {base_url: prim}", "poll.base_url"),
    "a webhook with a space": ("alerts: {webhooks: ['https://a.example/ x']}", "alerts.webhooks.0"),
    "a key twice": ("log: {port: 1}\nlog: {port: 2}", "line 2: the key 'log' stands there twice"),
    "a nested key twice": ("log:\n  port: 1\n  port: 2", "line 3: the key 'port'"),
    "a key twice in two spellings": ("log: {port: 1, 'port': 2}", "the key 'port'"),
    "anchors": (LAUGHS, "line 1: anchors"),
    "an alias": ("log: *x", "anchors and aliases"),
    "a list": ("- a\n- b", "found a list"),
    "a text": ("just a text", "found a str"),
    "a number": ("5", "found a int"),
    "very deep": ("a: " + "[" * 10_000, "nested deeper"),
    "a date that is none": ("data_dir: 2024-99-99", "month must be in"),
    "two documents": ("a: 1\n---\nb: 2", "not YAML"),
    "an object of Python": ("a: !!python/object:os.system {}", "not YAML"),
    "a tab": ("a:\n\t- b", "not YAML"),
    "an unknown key": ("pol: {}", "pol"),
    "a section that is a list": ("poll: []", "poll"),
}


@pytest.fixture
def config(tmp_path):
    return tmp_path / "config.yaml"


def sentence(config):
    with pytest.raises(SettingsError) as error:
        load(config)
    assert str(config) in str(error.value) or repr(str(config)) in str(error.value)
    assert str(error.value).isprintable() and len(str(error.value)) < 600
    return str(error.value)


@pytest.mark.parametrize("kind", WRONG)
def test_what_no_configuration_means_is_one_sentence_with_file_and_key(config, kind):
    text, said = WRONG[kind]
    config.write_text(text)
    assert said in sentence(config)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: \x00", b"a: \x07", bytes(range(256)), b"x" * 1_000_001])
def test_what_is_no_text_is_one_sentence(config, content):
    config.write_bytes(content)
    sentence(config)


def test_what_is_no_file_is_one_sentence(config, tmp_path):
    assert "No such file" in sentence(config)
    os.mkfifo(config)
    assert "regular file" in sentence(config)
    config.unlink()
    config.mkdir()
    assert "found a folder" in sentence(config)
    with pytest.raises(SettingsError, match=r"a\\x00b"):
        load(tmp_path / "a\0b")


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "{}", "\ufefflog: {port: 1}"])
def test_an_empty_file_and_a_byte_order_mark_are_fine(config, text):
    config.write_text(text, encoding="utf-8")
    assert load(config).log.port in (1, 9999)


def test_what_is_meant_is_taken(config):
    config.write_text(
        "dashboard: {embed_ancestors: ['https://*.example.org', 'http://localhost:8000'], tiles: yes, "
        "proxy_header: X-User,\n"
        "  public_names: [pulse.example.org]}\nsimulator: {seed: 9007199254740993}\ndata_dir: Données d'été\n",
        encoding="utf-8",
    )
    settings = load(config)
    assert settings.dashboard.tiles and settings.simulator.seed == 9007199254740993
    assert settings.data_dir.name == "Données d'été"
