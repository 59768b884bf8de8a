"""Where the files of a configuration are, and what a wrong value is told."""

import pytest

from deploy.configuration import settings
from deploy.configuration.settings import SettingsError, load


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "etc" / "config.yaml"
    path.parent.mkdir()
    path.write_text("data_dir: files\n")
    return path


def test_data_lie_beside_the_file_wherever_the_user_is(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load(config).data_dir == config.parent / "files"


def test_an_absolute_folder_is_taken_as_it_is(config, tmp_path):
    config.write_text(f"data_dir: {tmp_path / 'else'}\n")
    assert load(config).data_dir == tmp_path / "else"


def test_with_the_file_of_an_installed_package_they_lie_where_the_user_is(config, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "PACKAGED", config)
    monkeypatch.chdir(tmp_path)
    assert load(config).data_dir == tmp_path / "files"


def test_the_environment_names_the_file(config, monkeypatch):
    monkeypatch.setenv("PULSE_CONFIG", str(config))
    assert load().data_dir == config.parent / "files"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("windows: {span_min: 7}", "windows.slide_min must be a multiple"),
        ("clusters: {k: x}", "clusters.k = 'x'"),
        ("a: [", "is not YAML"),
        ("store: {url: data/store.db}", "store.url = 'data/store.db'"),
        ("transport: {kind: kafka}", "kafka needs transport.bootstrap_servers: the addresses of your brokers"),
        ("transport: {bootstrap_servers: broker}", "expected addresses as broker-1:9092,broker-2:9092"),
        ("transport: {topic: a b}", "expected a topic of Kafka"),
        ("transport: {partitions: 0}", "greater than or equal to 1"),
        ("transport: {client: {sasl.password: pw-5}}", "sasl.password belongs into the environment"),
        ("transport: {client: {isolation.level: x}}", "isolation.level is set by Pulse itself"),
        ("store: {url: oracle://host/db}", "begins with sqlite, postgresql, mysql or mariadb"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_file_and_key(config, text, said):
    config.write_text(text)
    with pytest.raises(SettingsError) as error:
        load(config)
    assert "pw-5" not in str(error.value)
    assert said in str(error.value) and str(config) in str(error.value) and "\n" not in str(error.value)
