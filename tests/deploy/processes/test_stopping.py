"""How the supervisor stops and kills, and what dies with it; each test waits for what a program says."""

import os
import signal
import socket
import sys

import pytest

from deploy.processes import die_with_parent as leash
from tests.deploy.processes.supervised import STUBBORN, WAITS, accept, calls, is_over


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_stops_the_parts_in_reverse_order(supervise, number):
    one = supervise(f'sys.exit(run([Part(n, program({WAITS!r})) for n in ("log", "spark", "page")], say))')
    one.until("log | started", "spark | started", "page | started")
    one.process.send_signal(number)
    assert one.end() == 0
    assert [line for line in one.lines if line.endswith("stopped")] == [
        "page stopped",
        "spark stopped",
        "log stopped",
    ]
    assert one.lines.index("page | goodbye") < one.lines.index("page stopped") < one.lines.index("spark | goodbye")


def test_only_the_leader_is_told_to_stop_so_it_can_still_use_its_children(supervise):
    child = "print('alive', flush=True); print('answer to', input(), flush=True)"
    leader = f"""
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdin=subprocess.PIPE, text=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(child.communicate("last question")))
print("started")
signal.pause()
"""
    one = supervise(f'sys.exit(run([Part("spark", program({leader!r}))], say))')
    one.until("spark | alive", "spark | started")
    one.process.terminate()
    one.end()
    assert "spark | answer to last question" in one.lines


def test_a_part_that_does_not_stop_is_killed_with_its_children(supervise, guest_book):
    child = calls(guest_book) + "signal.pause()"
    leader = f'subprocess.Popen([sys.executable, "-c", "import signal, socket\\n" + {child!r}])\n' + STUBBORN
    one = supervise(f'sys.exit(run([Part("spark", program({leader!r}), stop_wait_s=0.2)], say))')
    one.until("spark | started")
    connection = accept(guest_book)
    one.process.terminate()
    assert one.end() == 0
    assert one.lines[-2:] == ["spark | no", "spark did not stop and was killed"]
    assert is_over(connection)


def test_a_second_stop_signal_does_not_wait(supervise):
    one = supervise(f'sys.exit(run([Part("spark", program({STUBBORN!r}), stop_wait_s=3600)], say))')
    one.until("spark | started")
    one.process.terminate()
    one.until("spark | no")
    one.process.terminate()
    assert one.end() == 0
    assert one.lines[-1] == "spark did not stop and was killed"


def test_a_killed_part_finds_its_port_free_although_its_child_held_it(supervise):
    serve = "s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\nprint('serving', flush=True)\nsignal.pause()"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    leader = f"""
print("pid", os.getpid())
subprocess.run([sys.executable, "-c", "import signal, socket, sys\\n" + {serve!r}, "{port}"])
"""
    one = supervise(f'run([Part("log", program({leader!r}), ready=listens("127.0.0.1", {port}))], say)')
    one.until("log | serving")
    pid = next(line for line in one.lines if line.startswith("log | pid")).split()[-1]
    os.kill(int(pid), signal.SIGKILL)
    one.until("log ended with SIGKILL; it starts again in 1 s", "log | serving")


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_on_linux_parts_die_with_a_killed_supervisor(supervise, guest_book):
    one = supervise(f'run([Part("log", program({calls(guest_book) + STUBBORN!r}))], say)')
    connection = accept(guest_book)
    one.process.kill()
    assert is_over(connection)


def test_elsewhere_parts_and_their_children_die_with_a_killed_supervisor(supervise, guest_book, tmp_path):
    foreign_leash = tmp_path / "foreign_leash.py"
    foreign_leash.write_text(
        f"import ctypes, runpy, sys\nsys.platform = 'other'\nrunpy.run_path({leash.__file__!r}, run_name='__main__')"
    )
    child = calls(guest_book) + "signal.pause()"
    leader = (
        calls(guest_book)
        + f'subprocess.Popen([sys.executable, "-c", "import signal, socket\\n" + {child!r}])\n'
        + STUBBORN
    )
    one = supervise(f"""
        leash.__file__ = {str(foreign_leash)!r}
        run([Part("log", program({leader!r}))], say)
    """)
    connections = [accept(guest_book), accept(guest_book)]
    one.process.kill()
    assert all(is_over(connection) for connection in connections)


def test_parts_are_stopped_cleanly_when_the_terminal_is_gone(supervise, guest_book):
    handles = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(book.send(b'goodbye')))\n"
    one = supervise(f"""
        sys.exit(run([Part("log", program({handles + calls(guest_book) + "signal.pause()"!r}))], say))
    """)
    connection = accept(guest_book)
    one.process.stdout.close()
    one.process.send_signal(signal.SIGHUP)
    assert connection.recv(7) == b"goodbye"
    assert is_over(connection)
