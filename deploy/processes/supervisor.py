"""Runs the parts of a pipeline in the foreground: ordered start, restart with growing pauses, clean stop.

It knows nothing of what it runs. Each part has its own session and only its leader is sent SIGTERM: a
SIGTERM to the whole group kills Spark's JVM under PySpark's feet and loses the clean stop. Parts stop in
reverse order, one after the other, so each still has what it depends on. What a leader leaves behind is
killed before the next start.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.configuration.command_line import DISAGREE, ENVIRONMENT, FAILED, PASSING, USAGE
from deploy.processes import die_with_parent as leash
from deploy.processes.part_states import PartDown
from deploy.processes.signals import Signals

QUICK_S = 60.0  # a part that ran this long has not failed quickly: its pauses begin anew
QUICK_FAILURES = 5  # in a row, and a part is down
LONGEST_PAUSE_S = 30.0
DOWN_PAUSE_S = 120.0  # between two starts of a part that is down: its cause may have passed, and starts cost the others
MOST_DOUBLINGS = 30
LOOK_S = 0.1  # between two looks at a part that is not ready yet
SENTENCE = "pulse: "  # begins the line in which a part says why it ends
LAST_LINES = 20  # of a part's output, kept for the sentence that names its failure
# A restart cannot help: usage, environment, stored data that disagree, no such command.
HOPELESS = (USAGE, ENVIRONMENT, DISAGREE, 127)
WRONG_START = (USAGE, ENVIRONMENT, 127)  # of these, what is wrong before anything runs


class GaveUp(Exception):
    """A part cannot be kept running; the message names it, its end and its last lines.

    `code` is what the whole should end with: 3 when the part says that the environment is wrong, else 1.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Part:
    """One process: its name in the output, its command, how to see that it serves, its time to stop.

    A `job` has an end: when it ends with code 0, everything stops and the run is done. A part that is not `vital`
    is started again for as long as the others run, and nobody waits for it. One with `every_s` comes and goes: it is
    started after `first_s` and then every so often, ends by itself, and its failure is told and costs its turn.
    A `screen` shows what is stored, whatever became of the others: where there is one, a part that cannot be kept
    running is *down* and holds up nobody, is started again every DOWN_PAUSE_S, and everything ends only with a part
    that cannot start at all (WRONG_START), or with a screen that never showed anything. Without one everything ends.
    A `patient` part that ends with PASSING is started again for ever once it has run well: a database that is away
    for an hour comes back, one that never was there is a wrong address.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = lambda: True
    stop_wait_s: float = 30.0
    ready_wait_s: float = 90.0
    job: bool = False
    vital: bool = True
    every_s: float = 0.0
    first_s: float = 0.0
    patient: bool = False
    screen: bool = False
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)  # beside ours; secrets: no argument is one


def run(
    parts: Sequence[Part],
    say: Callable[[str], None],
    first_pause_s: float = 1.0,
    report: Callable[[Sequence[PartDown]], None] = lambda _down: None,
) -> int:
    """Keep `parts` running until SIGINT, SIGTERM or SIGHUP (a second one kills); call it in the main thread.

    `report` gets the parts that are down at the start and whenever that changes.

    Returns 0 after a clean stop or when a job is done, 1 when a part could not be kept running, 3 when a part
    ended because its environment is wrong. `say` gets whole lines.
    """
    say = _one_speaker(say)
    with Signals() as signals, _lifeline() as lifeline_fd:
        has_screen = any(part.screen for part in parts)
        running = [_Running(part, say, lifeline_fd, first_pause_s, has_screen) for part in parts]
        reported = None
        try:
            while not signals.stops:
                pause_s = _advance(running)
                if (down := [one.down for one in running if one.down]) != reported:
                    report(down)
                    reported = down
                if any(one.done for one in running):
                    break
                signals.wait(pause_s)
        except GaveUp as failure:
            say(str(failure))
            return failure.code
        finally:
            for one in reversed(running):
                one.stop(signals)
    return 0


def _advance(running: Sequence["_Running"]) -> float:
    """Take each part one step on, in order, the later ones once the earlier are ready; seconds until the next."""
    pause_s = 3600.0
    for one in running:
        pause_s = min(pause_s, one.step())
        if not one.was_ready and one.part.vital and not one.down:
            break
    return pause_s


class _Running:
    """A part and what became of it: not started, starting, ready, or waiting for its next start."""

    def __init__(
        self, part: Part, say: Callable[[str], None], lifeline_fd: int, first_pause_s: float, has_screen: bool
    ) -> None:
        self.part = part
        self.say = say
        self.lifeline_fd = lifeline_fd
        self.first_pause_s = first_pause_s
        self.has_screen = has_screen
        self.down: PartDown | None = None
        self.process: subprocess.Popen[str] | None = None
        self.started_s = time.monotonic()
        self.next_start_s = self.started_s + part.first_s
        self.ready = self.was_ready = self.done = self.ran_well = False
        self.failures = 0
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)

    def step(self) -> float:
        """Start, look or restart, whatever is due; returns the seconds until the next look."""
        if self.process is None and time.monotonic() < self.next_start_s:
            return self.next_start_s - time.monotonic()
        process = self.process or self._start()
        if self.part.every_s:
            return self._turn(process.poll())
        if self.part.job and process.poll() == 0:
            self.done = True
            return 0.0
        if (code := process.poll()) is not None:
            return self._failed(f"ended with {_end(code)}", code)
        if not self.ready and self.part.ready():
            self.ready = self.was_ready = True
            self.say(f"{self.part.name} is ready after {self._age_s():.1f} s")
        if not self.ready and self._age_s() > self.part.ready_wait_s:
            return self._failed(f"was not ready after {self.part.ready_wait_s:g} s", process.poll())
        if not self.ready:
            return LOOK_S
        return self._look_whether_up() if self.down else 3600.0

    def _look_whether_up(self) -> float:
        """A part that was down is up again when it has run as long as one that did not fail quickly."""
        if self._age_s() <= QUICK_S:
            return QUICK_S - self._age_s() + LOOK_S
        self.down = None
        self.say(f"{self.part.name} runs again")
        return 3600.0

    def stop(self, signals: Signals) -> None:
        """SIGTERM to the leader; SIGKILL to the group after stop_wait_s or at a second stop signal."""
        if self.process is None:
            return
        deadline_s = time.monotonic() + self.part.stop_wait_s
        if self.process.poll() is None:
            self.process.terminate()
        while self.process.poll() is None and time.monotonic() < deadline_s and signals.stops < 2:
            signals.wait(deadline_s - time.monotonic())
        killed = self.process.poll() is None
        self._kill_group()
        self.say(f"{self.part.name} {'did not stop and was killed' if killed else 'stopped'}")

    def _start(self) -> "subprocess.Popen[str]":
        self.started_s, self.ready = time.monotonic(), False
        leashed = [sys.executable, "-I", "-S", str(Path(leash.__file__)), str(os.getpid()), str(self.lifeline_fd)]
        self.process = process = subprocess.Popen(
            [*leashed, *self.part.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=[self.lifeline_fd],
            env=os.environ | self.part.environment,
        )
        self.reader = threading.Thread(target=self._read, args=[process], daemon=True)
        self.reader.start()
        return process

    def _read(self, process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            self.last_lines.append(line.rstrip())
            self.say(f"{self.part.name} | {line.rstrip()}")

    def _turn(self, code: int | None) -> float:
        """A look at a part that comes and goes; the seconds until the next."""
        age_s = self._age_s()
        if code is None and age_s < self.part.every_s:
            return self.part.every_s - age_s
        how = "is done" if code == 0 else "took too long and was killed" if code is None else f"ended with {_end(code)}"
        self._kill_group()
        pause_s = max(0.0, self.part.every_s - self._age_s())
        self.next_start_s = time.monotonic() + pause_s
        self.say(f"{self.part.name} {how} after {age_s:.0f} s; its next turn is in {pause_s:.0f} s")
        return pause_s

    def _failed(self, how: str, code: int | None) -> float:
        """Clean up and plan the next start. Raises GaveUp when there is to be none."""
        self._kill_group()
        self.ran_well |= self._age_s() > QUICK_S
        self.failures = 1 if self._age_s() > QUICK_S else self.failures + 1
        waits = self.part.patient and self.ran_well and code == PASSING
        is_down = code in HOPELESS or self.failures >= QUICK_FAILURES
        if is_down and self.part.vital and not waits and self._ends_everything(code):
            raise GaveUp(self._epitaph(how), code=ENVIRONMENT if code == ENVIRONMENT else FAILED)
        pause_s = self._pause_s(waits, is_down)
        if is_down:
            if not self.down:
                self.say(f"{self.part.name} is down: {self._reason(how)}")
            self.down = PartDown(self.part.name, self.down.since if self.down else time.time(), self._reason(how))
        self.next_start_s = time.monotonic() + pause_s
        self.say(f"{self.part.name} {how}; it starts again in {pause_s:g} s")
        return pause_s

    def _ends_everything(self, code: int | None) -> bool:
        if not self.has_screen or (code in WRONG_START and not self.ran_well):
            return True
        return self.part.screen and not self.was_ready

    def _pause_s(self, waits: bool, is_down: bool) -> float:
        if is_down and self.part.vital and not waits:
            return DOWN_PAUSE_S
        doublings = min(self.failures - 1, MOST_DOUBLINGS)  # after 1,024 the product is no number any more
        return min(LONGEST_PAUSE_S, self.first_pause_s * 2.0**doublings)

    def _reason(self, how: str) -> str:
        """The sentence of the part that failed, else how it ended."""
        sentences = [line.split(SENTENCE, 1)[1] for line in self.last_lines if line.startswith(SENTENCE)]
        return sentences[-1] if sentences else how

    def _epitaph(self, how: str) -> str:
        times = f", {self.failures} times in a row" if self.failures > 1 else ""
        lines = "".join(f"\n    {line}" for line in self.last_lines)
        return f"{self.part.name} {how}{times}; everything stops. Its last lines:{lines or ' none'}"

    def _kill_group(self) -> None:
        """End whatever is left of the part, so its ports and locks are free."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join(timeout=1)  # its last lines; a process that left the group may hold the pipe
        self.process = None

    def _age_s(self) -> float:
        return time.monotonic() - self.started_s


@contextlib.contextmanager
def _lifeline() -> Iterator[int]:
    """A pipe whose writing end only this process has: parts see it end with us (see `leash`)."""
    reading_fd, writing_fd = os.pipe()
    try:
        yield reading_fd
    finally:
        os.close(reading_fd)
        os.close(writing_fd)


def _one_speaker(say: Callable[[str], None]) -> Callable[[str], None]:
    """`say` for several threads, one line at a time, and silent after the terminal was closed.

    Without an ear the parts must still be read, or they block on a full pipe, and still be stopped.
    """
    turn = threading.Lock()

    def tell(line: str) -> None:
        with turn, contextlib.suppress(OSError):
            say(line)

    return tell


def _end(returncode: int) -> str:
    return f"exit code {returncode}" if returncode >= 0 else signal.Signals(-returncode).name
