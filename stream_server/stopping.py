"""How a process is asked to stop."""

from __future__ import annotations

import os
import signal
from threading import Event, Thread

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
