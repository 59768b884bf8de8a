"""A process that is asked to stop hears it, whatever it is doing at that moment."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BUSY_WAITING = """
from deploy.processes.signals import stop_on_signals
stop = stop_on_signals()
print("up", flush=True)
while not stop.wait(0): pass
print("stopped", flush=True)
"""
PATIENCE_S = 30


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_wait_stops_it(number):
    """With `Event.set` in the handler six of ten never ended."""
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", BUSY_WAITING], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout.readline() == "up\n"
            process.send_signal(number)
            assert process.communicate(timeout=PATIENCE_S)[0] == "stopped\n"
            assert process.returncode == 0
        finally:
            process.kill()


def test_another_signal_stops_nothing():
    code = BUSY_WAITING.replace(
        'print("up"', 'import os, signal; signal.signal(signal.SIGUSR1, lambda *_: None)\nprint("up"'
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGUSR1)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=PATIENCE_S)[0] == "stopped\n"
    finally:
        process.kill()
