"""What the soak measures: files and threads at rest, and the heap that is alive in a real JVM."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from benchmarks.speed.soak import REST_SAMPLES, at_rest, growth, live_heap_mb

KEEPS_20_MB = """
public class Keeps {
    public static void main(String[] none) throws Exception {
        byte[] kept = new byte[20_000_000];
        for (int i = 0; i < 200; i++) { byte[] gone = new byte[1_000_000]; }
        System.out.println(kept.length);
        System.in.read();
        System.out.println(kept.length);
    }
}
"""


def test_bursts_are_no_growth_and_a_leak_is():
    minute = [20.0] * 10 + [33.0] * 2  # what the archive takes for ten seconds of each
    bursts = [value + (value > 20) * n for n, value in enumerate(minute * 20)]
    times = list(range(len(bursts)))
    assert growth(times, bursts) > 3 and growth(times, at_rest(bursts)) == pytest.approx(0)
    leak = [value + n / REST_SAMPLES for n, value in enumerate(bursts)]
    assert growth(times, at_rest(leak)) > 3


@pytest.fixture(params=["-XX:+UseSerialGC", "-XX:+UseG1GC"])
def jvm(request, tmp_path) -> Iterator[psutil.Process]:
    """A JVM that has allocated 220 MB and keeps 20."""
    (tmp_path / "Keeps.java").write_text(KEEPS_20_MB)
    command = ["java", request.param, "-Xmx300m", str(tmp_path / "Keeps.java"), "org.apache.spark"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield psutil.Process(process.pid)
        process.kill()


if shutil.which("jcmd"):  # of a JDK; where there is only a JRE the soak has no such figure

    def test_the_live_heap_holds_what_is_kept(jvm):
        live_mb = live_heap_mb(jvm)
        assert live_mb is not None and 19 < live_mb < 60


def test_another_process_has_no_heap():
    assert live_heap_mb(psutil.Process()) is None
