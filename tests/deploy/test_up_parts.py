"""What `./pulse up` runs, by its configuration."""

from pathlib import Path

from deploy.configuration.settings import Settings, Topics
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
