"""The supervisor runs small real programs; each test waits for what a program says, never for a time."""

import signal
import socket

import pytest

from deploy.processes.ports import free_port_or_sentence, listens
from tests.deploy.processes.supervised import STUBBORN, WAITS


def test_a_part_starts_when_the_one_before_it_is_ready(supervise, tmp_path):
    permission = tmp_path / "permission"
    one = supervise(f"""
        run([Part("log", program({WAITS!r}), ready=Path({str(permission)!r}).exists),
             Part("spark", program({WAITS!r}))], say)
    """)
    one.until("log | started")
    one.lines.append("permission given")
    permission.touch()
    one.until("spark | started")
    said = [line for line in one.lines if "is ready" not in line]
    assert said == ["log | started", "permission given", "spark | started"]


def test_a_part_that_keeps_failing_is_started_with_growing_pauses_and_then_given_up(supervise):
    one = supervise(f"""
        broken = "print('no such table: ticks')\\nsys.exit(1)"
        sys.exit(run([Part("log", program({WAITS!r})), Part("spark", program(broken))], say, first_pause_s=0.01))
    """)
    assert one.end() == 1
    assert [line for line in one.lines if "starts again" in line] == [
        "spark ended with exit code 1; it starts again in 0.01 s",
        "spark ended with exit code 1; it starts again in 0.02 s",
        "spark ended with exit code 1; it starts again in 0.04 s",
        "spark ended with exit code 1; it starts again in 0.08 s",
    ]
    epitaph = one.lines.index("spark ended with exit code 1, 5 times in a row; everything stops. Its last lines:")
    assert one.lines[epitaph + 1] == "    no such table: ticks"
    assert one.lines[-1] == "log stopped"


SCREEN = f"Part('page', program({WAITS!r}), screen=True)"
REPORTS = """
def report(down):
    print("down:", [(one.part, one.reason) for one in down], flush=True)
"""


@pytest.mark.parametrize(("code", "starts"), [(1, 5), (4, 1)])
def test_a_part_that_cannot_be_kept_running_leaves_the_page_where_there_is_one(supervise, code, starts):
    one = supervise(f"""
        exec({REPORTS!r})
        broken = "print('pulse: no such table: ticks')\\nsys.exit({code})"
        sys.exit(run([Part("log", program({WAITS!r})), Part("spark", program(broken), ready=lambda: False), {SCREEN}],
                     say, first_pause_s=0.01, report=report))
    """)
    one.until("down: []", "down: [('spark', 'no such table: ticks')]", "page | started", "log | started")
    assert "spark is down: no such table: ticks" in one.lines
    one.process.send_signal(signal.SIGTERM)
    assert one.end() == 0
    assert len([line for line in one.lines if line == "spark | pulse: no such table: ticks"]) == starts
    assert f"spark ended with exit code {code}; it starts again in 120 s" in one.lines
    assert {"page stopped", "log stopped"} <= set(one.lines)


def test_a_part_that_was_down_is_up_again_once_it_runs(supervise, tmp_path):
    mended = tmp_path / "mended"
    one = supervise(f"""
        exec({REPORTS!r})
        supervisor.DOWN_PAUSE_S, supervisor.QUICK_S = 0.05, 0.3
        code = "from pathlib import Path\\nif not Path({str(mended)!r}).exists(): sys.exit(4)\\nsignal.pause()"
        run([Part("spark", program(code)), {SCREEN}], say, first_pause_s=0.01, report=report)
    """)
    one.until("down: [('spark', 'ended with exit code 4')]")
    mended.touch()
    one.until("spark runs again", "down: []")


@pytest.mark.parametrize(("code", "whole"), [(2, 1), (3, 3), (127, 1)])
def test_what_cannot_start_at_all_ends_everything_with_its_sentence_page_or_not(supervise, code, whole):
    one = supervise(f"""
        log = Part("log", program("print('pulse: log.port = -1')\\nsys.exit({code})"), ready=lambda: False)
        sys.exit(run([log, {SCREEN}], say))
    """)
    assert one.end() == whole
    assert f"log ended with exit code {code}; everything stops. Its last lines:" in one.lines
    assert "page | started" not in one.lines


def test_what_ran_well_and_then_finds_its_environment_wrong_leaves_the_page(supervise, tmp_path):
    one = supervise(f"""
        exec({REPORTS!r})
        supervisor.QUICK_S = 0.1
        code = "import time\\ntime.sleep(0.5)\\nsys.exit(3)"
        run([Part("log", program(code)), {SCREEN}], say, report=report)
    """)
    one.until("page | started", "down: [('log', 'ended with exit code 3')]")


def test_a_page_that_never_showed_anything_ends_everything(supervise):
    one = supervise("""
        sys.exit(run([Part("page", program("sys.exit(1)"), ready=lambda: False, screen=True)], say, first_pause_s=0.01))
    """)
    assert one.end() == 1
    assert any(line.startswith("page ended with exit code 1, 5 times in a row; everything stops") for line in one.lines)


def test_a_part_that_ran_long_enough_has_not_failed_quickly(supervise, tmp_path):
    seven = f"""
with open({str(tmp_path / "starts")!r}, "a+") as starts:
    starts.write("x")
    starts.seek(0)
    count = len(starts.read())
if count < 8: sys.exit(1)
print('eighth start')
signal.pause()
"""
    one = supervise(f"""
        supervisor.QUICK_S = 0.0
        sys.exit(run([Part("spark", program({seven!r}))], say, first_pause_s=0.01))
    """)
    one.until("spark | eighth start")
    assert {line for line in one.lines if "again" in line} == {
        "spark ended with exit code 1; it starts again in 0.01 s"
    }


@pytest.mark.parametrize(("code", "whole"), [(2, 1), (3, 3), (4, 1)])
def test_a_wrong_configuration_is_not_tried_again(supervise, code, whole):
    one = supervise(f"""
        wrong = "print('config.yaml: log.port = -1')\\nsys.exit({code})"
        sys.exit(run([Part("log", program(wrong))], say))
    """)
    assert one.end() == whole
    assert one.lines[-2:] == [
        f"log ended with exit code {code}; everything stops. Its last lines:",
        "    config.yaml: log.port = -1",
    ]


def test_a_command_that_is_not_there_is_named(supervise):
    one = supervise('sys.exit(run([Part("log", ["no-such-program"])], say))')
    assert one.end() == 1
    assert "log | cannot start 'no-such-program': No such file or directory" in one.lines


def test_a_part_that_never_serves_is_given_up(supervise):
    one = supervise(f"""
        never = Part("page", program({WAITS!r}), ready=lambda: False, ready_wait_s=0.05)
        sys.exit(run([never], say, first_pause_s=0.01))
    """)
    assert one.end() == 1
    assert any(line.startswith("page was not ready after 0.05 s, 5 times in a row") for line in one.lines)


def test_a_taken_port_is_one_sentence_with_the_setting_to_change():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port_or_sentence("127.0.0.1", port, "log.port") == (
            f"127.0.0.1:{port} is taken by another process: stop what uses it or change log.port"
        )
        assert listens("127.0.0.1", port)()
    assert free_port_or_sentence("127.0.0.1", port, "log.port") is None
    assert not listens("127.0.0.1", port)()


def test_any_free_port_is_free_and_a_foreign_address_is_refused():
    assert free_port_or_sentence("127.0.0.1", 0, "log.port") is None
    assert free_port_or_sentence("192.0.2.1", 9999, "log.host") == (
        "192.0.2.1:9999 cannot be used (Cannot assign requested address): stop what uses it or change log.host"
    )


def test_a_part_that_is_not_vital_is_started_again_for_ever_and_holds_up_nobody(supervise):
    one = supervise(f"""
        sys.exit(run([Part("log", program({WAITS!r})),
                      Part("derive", program("sys.exit(3)"), ready=lambda: False, vital=False),
                      Part("page", program({WAITS!r}))], say, first_pause_s=0.01))
    """)
    one.until("log | started", "page | started", "derive ended with exit code 3; it starts again in 0.64 s")
    one.process.send_signal(signal.SIGTERM)
    assert one.end() == 0
    assert {"page stopped", "log stopped"} <= set(one.lines)


def test_a_part_that_comes_and_goes_has_its_turns_and_its_failure_stops_nothing(supervise):
    one = supervise(f"""
        sys.exit(run([Part("log", program({WAITS!r})),
                      Part("topics", program("print('found')"), vital=False, every_s=0.4, first_s=0.2),
                      Part("broken", program("sys.exit(3)"), vital=False, every_s=0.3),
                      Part("page", program({WAITS!r}))], say))
    """)
    one.until("log | started", "page | started")
    for _ in range(2):
        one.until("topics | found", "broken ended with exit code 3 after 0 s; its next turn is in 0 s")
        one.until("topics is done after 0 s; its next turn is in 0 s")
    one.process.send_signal(signal.SIGTERM)
    assert one.end() == 0
    assert {"page stopped", "log stopped"} <= set(one.lines)
    assert not [line for line in one.lines if line.startswith(("topics is ready", "broken is ready"))]


def test_a_turn_that_lasts_until_the_next_one_is_ended(supervise):
    one = supervise(f"""
        sys.exit(run([Part("topics", program({STUBBORN!r}), vital=False, every_s=1, stop_wait_s=0)], say))
    """)
    one.until("topics | started")
    one.until("topics took too long and was killed after 1 s; its next turn is in 0 s")
    one.until("topics | started")
    one.process.send_signal(signal.SIGTERM)
    assert one.end() == 0


FAILS_AFTER_A_WHILE = """
from pathlib import Path
runs = Path("runs")
runs.write_text(runs.read_text() + "." if runs.exists() else ".")
if len(runs.read_text()) == 1: select.select([], [], [], 0.5)
sys.exit(75)
"""


@pytest.mark.parametrize(("patient", "ran_s"), [(True, 0.3), (True, 60.0), (False, 0.3)])
def test_what_has_run_well_waits_for_what_it_depends_on_and_what_never_did_does_not(
    supervise, tmp_path, patient, ran_s
):
    one = supervise(f"""
        import os, select
        os.chdir({str(tmp_path)!r})
        supervisor.QUICK_S, supervisor.QUICK_FAILURES = {ran_s}, 3
        code = {("import select" + FAILS_AFTER_A_WHILE)!r}
        sys.exit(run([Part("spark", program(code), patient={patient})], say, first_pause_s=0.01))
    """)
    if patient and ran_s < 1:
        one.until(*[f"spark ended with exit code 75; it starts again in {0.01 * 2**n:g} s" for n in range(6)])
        one.process.send_signal(signal.SIGTERM)
        assert one.end() == 0
    else:
        assert one.end() == 1
        assert "spark ended with exit code 75, 3 times in a row; everything stops. Its last lines: none" in one.lines


def test_a_part_that_has_failed_for_a_day_is_started_again_as_ever(supervise):
    one = supervise("""
        class LongFailed(supervisor._Running):
            def __init__(self, *given):
                super().__init__(*given)
                self.failures = 3_000
        supervisor._Running = LongFailed
        sys.exit(run([Part("derive", program("sys.exit(1)"), vital=False)], say))
    """)
    one.until("derive ended with exit code 1; it starts again in 30 s")
    one.process.send_signal(signal.SIGTERM)
    assert one.end() == 0
