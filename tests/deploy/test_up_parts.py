"""What `./pulse up` runs, by its configuration."""

from pathlib import Path

from deploy.configuration.settings import Settings, Topics
from deploy.configuration.transport import Transport
from deploy.up import make_parts

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
