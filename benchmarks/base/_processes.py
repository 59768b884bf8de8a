"""What the processes of a pipeline take: memory and processor time by role, sampled while they run."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Self

import psutil

ROLES = {  # a part of the command line -> what the process is
    "benchmarks.speed._fast_clock": "log server",
    "spark_app.commands.derive": "derive",
    "stream_server.serve": "log server",  # also serve_log
    "pyspark.daemon": "Python workers",
    "pyspark.worker": "Python workers",
    "pyspark/python": "Python workers",
    "org.apache.spark": "JVM",
    "spark_app.commands.app": "Python driver",
    "dashboard.server.serve": "page",
}


@dataclass
class Usage:
    """One role's memory over time, and the processor time of all its processes, those that ended included."""

    at_s: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)  # sum over its processes; 0 while there is none
    cpu_s: float = 0.0

    @property
    def peak_mb(self) -> float:
        return max(self.rss_mb, default=0.0)


class Watch(threading.Thread):
    """Samples the descendants of `pid` (`own`: and itself) every `period_s`; use it in `with`, then read `usage`."""

    def __init__(self, pid: int, period_s: float = 0.5, own: bool = False) -> None:
        super().__init__(daemon=True)
        self._root, self._period_s, self._ended = psutil.Process(pid), period_s, threading.Event()
        self._own = own
        self._cpu_s: dict[tuple[str, int], float] = {}
        self.usage: dict[str, Usage] = defaultdict(Usage)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        began_s = time.monotonic()
        while not self._ended.wait(self._period_s):
            self._sample(time.monotonic() - began_s)

    def _sample(self, at_s: float) -> None:
        rss_mb = dict.fromkeys(self.usage, 0.0)
        for process in self._descendants():
            try:
                role, memory, spent = role_of(process.cmdline()), process.memory_info(), process.cpu_times()
            except psutil.Error:
                continue  # it ended while we looked
            if role:
                rss_mb[role] = rss_mb.get(role, 0.0) + memory.rss / 1e6
                self._cpu_s[role, process.pid] = spent.user + spent.system
        for role, value in rss_mb.items():
            self.usage[role].at_s.append(at_s)
            self.usage[role].rss_mb.append(value)
            self.usage[role].cpu_s = sum(s for (of, _), s in self._cpu_s.items() if of == role)

    def _descendants(self) -> list[psutil.Process]:
        try:
            return [*([self._root] if self._own else []), *self._root.children(recursive=True)]
        except psutil.Error:
            return []


def role_of(command: list[str]) -> str:
    """The role of the process with this command line; empty if it is none of the pipeline's.

    >>> role_of(["python", "-m", "spark_app.commands.app", "--port", "1"])
    'Python driver'
    """
    line = " ".join(command)
    return next((role for part, role in ROLES.items() if part in line), "")
