"""What is dropped, what stays, and what a reader of dropped entries is told."""

import json
from datetime import timedelta

import pytest

from prim_client.messages.differ import Differ
from prim_client.messages.message import Kind
from prim_client.messages.polls import Disruption, Snapshot
from stream_server.log.books import Observed
from stream_server.log.log import Log, LogError
from stream_server.log.retention import Retention
from tests.made.log_entries import append, at, body, fill, message, poll, tick


@pytest.fixture
def log(tmp_path):
    with Log.open(tmp_path / "pulse.log") as log:
        yield log


def bodies(log):
    return {row[0] for row in log._connection.execute("SELECT id FROM body")}


def test_the_first_offset_moves_and_numbers_stay(log):
    fill(log, 10)
    assert log.drop_before(4) == 4
    assert log.bounds() == (4, 10)
    assert [json.loads(line)["entry"] for line in log.read(4, 10)] == [4, 5, 6, 7, 8, 9]
    with pytest.raises(LogError, match=r"entries 3 to 10 are not all in the log: it holds 4 to 10"):
        list(log.read(3, 10))
    assert log.drop_before(2) == 0
    fill(log, 1)
    assert log.bounds() == (4, 11)


def test_the_books_still_count_all_that_was_logged(log, tmp_path):
    fill(log, 10)
    log.drop_before(4)
    assert log.books()["messages"]["logged"] == 10
    assert (log.books()["first"], log.books()["last"]) == (4, 10)
    log.close()
    with Log.open(tmp_path / "pulse.log") as again:
        assert again.bounds() == (4, 10)


def test_the_last_entry_stays_so_that_event_time_cannot_go_back(log):
    fill(log, 10)
    assert log.drop_before(99) == 9
    assert log.bounds() == (9, 10)
    with pytest.raises(ValueError, match="goes back"):
        append(log, poll(at(8)))


def test_bodies_that_nothing_uses_go_and_others_stay(log):
    long = message("long", at(0))
    append(log, poll(at(0), long, message("early", at(0)), message("wanted", at(0))))
    append(log, *(tick(at(n), message("long", at(n), Kind.ONGOING)) for n in range(1, 600)))
    append(log, poll(at(600), message("late", at(600))))
    log.drop_before(590, keep={("wanted", "00000000000000aa")})
    assert bodies(log) == {"long", "wanted", "late"}
    assert log.body_of("wanted", "00000000000000aa").title == "Titre de wanted"
    served = [json.loads(line) for line in log.read(590, 601)]
    assert [line["title"] for line in served] == ["Titre de long"] * 10 + ["Titre de late"]


def test_a_body_that_comes_back_after_it_was_dropped_is_stored_again(log):
    append(log, poll(at(0), message("d", at(0))))
    append(log, *(tick(at(n)) for n in range(1, 600)))
    log.drop_before(590)
    assert bodies(log) == set()
    append(log, poll(at(600), message("d", at(600))))
    assert json.loads(next(log.read(600, 601)))["title"] == "Titre de d"


def test_a_reader_with_a_warm_memory_does_not_serve_what_was_dropped(log):
    fill(log, 600)
    reader = log.reader()
    assert len(list(reader.read(0, 600))) == 600
    log.drop_before(590)
    append(log, poll(at(700), message("new", at(700))))
    with pytest.raises(LogError, match="not all in the log"):
        list(reader.read(0, 5))
    (line,) = reader.read(600, 601)
    assert json.loads(line)["id"] == "new"
    reader.close()


def test_retention_goes_by_the_log_s_own_time_and_never_beyond_what_is_needed(log, tmp_path):
    day = 24 * 60
    for number in range(10):
        append(log, poll(at(number * day)), state=b"")
    needed = tmp_path / "needed"
    assert Retention(log, 3, None).run() == 0
    assert Retention(log, 3, needed).run() == 0
    needed.write_text("2\n")
    assert Retention(log, 3, needed).run() == 2
    needed.write_text("100")
    assert Retention(log, 3, needed).run() == 4
    assert log.bounds() == (6, 10)  # the last is of day 9: entries of day 6 and later stay
    needed.write_text("two")
    with pytest.raises(LogError, match="should hold the first entry still needed, not 'two': remove it"):
        Retention(log, 3, needed).run()


def test_an_announcement_from_before_the_retention_can_still_begin_after_a_restart(log, tmp_path):
    now, begin = at(0), at(60 * 24 * 30)
    body_ = body("Travaux dans un mois")
    known = {"far": Disruption("far", "00000000000000ff", now, ((begin, None),), body_)}
    differ = Differ(3_600, 600, 600, "recorded")
    log.append([Observed(differ.feed(Snapshot(now, now, known, "c")), now)], differ.state())
    log.append([Observed(differ.advance(at(60 * 24 * 29)), at(60 * 24 * 29))], differ.state())
    (tmp_path / "needed").write_text("1000000")
    assert Retention(log, 1, tmp_path / "needed").run() > 600
    assert bodies(log) == {"far"}
    restarted = Differ(3_600, 600, 600, "recorded", log.state(), body_of=log.body_of)
    later = begin + timedelta(days=2)
    known = {"other": Disruption("other", "00000000000000ee", now, ((later, None),), body_)}
    outcome = restarted.feed(Snapshot(begin, begin, known, "d", complete=False))
    log.append([Observed(outcome, begin)], restarted.state())
    opened = [json.loads(line) for line in log.read(log.bounds()[1] - 1, log.bounds()[1])]
    assert ("far", "opened", "Travaux dans un mois") in [(line["id"], line["kind"], line["title"]) for line in opened]
