"""Fail-fast for threads: if one of its threads dies, the whole process exits and is restarted."""

from __future__ import annotations

import os
import sys
import threading
import traceback

from deploy.configuration.command_line import FAILED, complain


def end_with_any_thread() -> None:
    """From now on an error that ends any thread ends this process with code 1, and its supervisor starts it anew.

    For entry points. Else the process would go on without the thread, and nobody would see what it no longer does.
    It ends at once, as after a kill, which every process of ours survives: a stop in good order might wait for the
    very thread that is gone.
    """
    threading.excepthook = _end


def _end(died: threading.ExceptHookArgs) -> None:
    if died.exc_type is SystemExit:
        return
    name = died.thread.name if died.thread else "?"
    traceback.print_exception(died.exc_type, died.exc_value, died.exc_traceback)
    complain(
        f"the thread {name!r} died of {died.exc_type.__name__}: {died.exc_value}; "
        "the process ends with it, to be started again"
    )
    sys.stdout.flush()
    os._exit(FAILED)
