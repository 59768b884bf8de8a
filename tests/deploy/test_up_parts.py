"""What `./pulse up` runs, by its configuration."""

import argparse
from pathlib import Path

import pytest

from deploy.configuration.settings import Dashboard, Settings, SettingsError, Store, Topics
from deploy.configuration.transport import Transport
from deploy.up import PROCESSES, check_choice, choose, make_parts, part_names

FOLDER = Path("data/simulated")


def test_topics_are_left_to_the_user_unless_a_schedule_is_set():
    assert [part.name for part in make_parts(Settings(), "simulated", FOLDER)] == [
        "network",
        "log",
        "spark",
        "derive",
        "page",
    ]


def test_with_kafka_a_publisher_comes_between_the_log_and_spark_which_reads_the_topic():
    transport = Transport(kind="kafka", bootstrap_servers="a:9092", partitions=3)
    parts = make_parts(Settings(transport=transport), "live", FOLDER)
    assert [part.name for part in parts] == ["log", "publish", "spark", "derive", "page"]
    topic = ["--kafka", "a:9092", "--topic", "pulse-live", "--partitions", "3"]
    publish, spark = parts[1].command, parts[2].command
    assert publish[-6:] == topic and "--port" in publish
    assert spark[3:9] == topic and "--port" not in spark


def test_topics_come_last_at_the_lowest_priority_and_are_not_vital():
    topics = make_parts(Settings(topics=Topics(every_h=6)), "live", FOLDER)[-1]
    assert (topics.name, topics.vital, topics.every_s, topics.first_s) == ("topics", False, 21_600, 600)
    assert topics.command[:3] == ["nice", "-n", "19"]
    assert topics.command[4:] == [
        "-m",
        "spark_app.commands.topics",
        "--source",
        "live",
        "--store",
        "env:PULSE_STORE_URL",
    ]
    assert topics.environment == {"PULSE_STORE_URL": f"sqlite:///{FOLDER / 'store.db'}"}


KAFKA = Transport(kind="kafka", bootstrap_servers="a:9092")
ELSEWHERE = Settings(transport=KAFKA, store=Store(url="postgresql://db/pulse"))


def test_two_machines_run_every_part_once_between_them():
    whole = [part.name for part in make_parts(ELSEWHERE, "simulated", FOLDER)]
    split = [
        part.name
        for names in (("collect", "publish"), ("spark", "derive", "page"))
        for part in choose(make_parts(ELSEWHERE, "simulated", FOLDER, names), names)
    ]
    assert split == whole == ["network", "log", "publish", "spark", "derive", "page"]


def test_every_process_belongs_to_one_part():
    settings = Settings(transport=KAFKA, topics=Topics(every_h=6))
    processes = [process for names in PROCESSES.values() for process in names]
    assert sorted(processes) == sorted(part.name for part in make_parts(settings, "simulated", FOLDER))


def test_the_log_is_told_what_is_still_needed_by_spark_or_where_that_runs_elsewhere_by_the_publisher():
    def telling(names: tuple[str, ...]) -> set[str]:
        parts = choose(make_parts(ELSEWHERE, "live", FOLDER, names), names)
        return {part.name for part in parts if "--needed-file" in part.command}

    assert telling(()) == telling(("collect", "publish", "spark")) == {"log", "spark"}
    assert telling(("collect", "publish")) == {"log", "publish"}


@pytest.mark.parametrize(
    ("names", "settings", "said"),
    [
        (("spark",), Settings(), "spark without collect needs transport.kind: kafka"),
        (("publish",), ELSEWHERE, "publish reads the log's socket, which never leaves its machine: run collect"),
        (("collect", "publish"), Settings(), "publish needs transport.kind: kafka"),
        ((), Settings(dashboard=Dashboard(host="0.0.0.0")), "dashboard.host = '0.0.0.0' is reached from other"),
        (("page",), Settings(dashboard=Dashboard(host="10.0.0.5")), "set PULSE_PASSWORD in the environment"),
    ],
)
def test_parts_that_cannot_work_so_are_one_sentence(names, settings, said, monkeypatch):
    monkeypatch.delenv("PULSE_PASSWORD", raising=False)
    with pytest.raises(SettingsError, match=said):
        check_choice(names, settings)


def test_a_page_for_other_machines_asks_for_a_password(monkeypatch):
    monkeypatch.setenv("PULSE_PASSWORD", "x")
    check_choice((), Settings(dashboard=Dashboard(host="0.0.0.0")))


def test_a_file_for_a_store_is_noted_where_its_readers_are_apart(capsys):
    check_choice(("collect", "spark"), Settings())
    assert "have to run on this machine to share its file" in capsys.readouterr().out
    check_choice(("collect",), Settings())
    check_choice(("spark", "derive", "page"), Settings(transport=KAFKA))
    assert capsys.readouterr().out == ""


def test_a_part_that_there_is_not_is_named():
    assert part_names("collect,page") == ("collect", "page")
    with pytest.raises(argparse.ArgumentTypeError, match="there is no part 'log'; the parts are collect, publish"):
        part_names("collect,log")
