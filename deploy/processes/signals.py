"""Stop signals of a process: one that waits for them alone, and one that waits for its children, too."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from threading import Event, Thread
from typing import Self

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def stop_on_signals() -> Event:
    """An event that SIGTERM and SIGINT set. For entry points, in the main thread.

    Set by a thread that reads the interpreter's wake-up pipe and not by the handler: a handler runs in the middle of
    whatever the main thread does, and `set` in the middle of `wait` waits for ever for the lock that `wait` holds.
    """
    stop, (woken_fd, wake_fd) = Event(), os.pipe()
    os.set_blocking(wake_fd, False)
    signal.set_wakeup_fd(wake_fd, warn_on_full_buffer=False)
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: None)

    def wait() -> None:
        while os.read(woken_fd, 1)[0] not in STOP_SIGNALS:
            pass
        stop.set()

    Thread(target=wait, name="signals", daemon=True).start()
    return stop


class Signals:
    """Counts stop signals and wakes the waiting main thread for them and for the end of a child; also by the pipe."""

    def __enter__(self) -> Self:
        self.stops = 0
        self.woken_fd, self.wake_fd = os.pipe()
        os.set_blocking(self.woken_fd, False)
        os.set_blocking(self.wake_fd, False)
        self.former_fd = signal.set_wakeup_fd(self.wake_fd, warn_on_full_buffer=False)
        self.former = {number: signal.signal(number, self._stop) for number in (*STOP_SIGNALS, signal.SIGHUP)}
        self.former[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.former.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self.former_fd)
        os.close(self.woken_fd)
        os.close(self.wake_fd)

    def wait(self, timeout_s: float) -> None:
        """Return at the next signal, or after `timeout_s`."""
        select.select([self.woken_fd], [], [], max(0.0, timeout_s))
        with contextlib.suppress(BlockingIOError):
            os.read(self.woken_fd, 4096)

    def _stop(self, *_: object) -> None:
        self.stops += 1
