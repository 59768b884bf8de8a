"""A thread that dies of an error ends its process, with a sentence; real processes, as only they can end."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.processes.programs import PROGRAMS

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60
# None has a thread of ours: waitress keeps its threads whatever a request does, and each request to the simulator is
# its own.
NO_THREADS = {"dashboard.server.serve", "prim_client.simulator", "spark_app.commands.topics"}


def run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def waiting_process(target: str) -> subprocess.CompletedProcess:
    """A process whose main thread waits for ever while the thread `early` runs `target`."""
    return run(f"""
import sys, threading
from deploy.processes.thread_failure import end_with_any_thread
end_with_any_thread()
def early(): {target}
threading.Thread(target=early, name="early", daemon=True).start()
threading.Event().wait({PATIENCE_S // 4})
print("went on")
""")


def test_an_error_in_a_thread_ends_the_process_with_its_traceback_and_a_sentence():
    done = waiting_process("raise KeyError('zda')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "pulse: the thread 'early' died of KeyError: 'zda'; the process ends with it, to be started again"
    )


def test_a_thread_that_ends_by_itself_ends_nothing_else():
    done = run("""
import sys, threading
from deploy.processes.thread_failure import end_with_any_thread
end_with_any_thread()
for target in (lambda: None, sys.exit):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
print("went on")
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "went on\n", "")


DYING = """
import runpy, sys
from {module} import {name} as owner
def die(*_): raise KeyError("planted")
owner.{method} = die
sys.argv = {argv!r}
runpy.run_module({main!r}, run_name="__main__")
"""


@pytest.mark.parametrize(
    ("module", "name", "method", "main", "argv"),
    [
        ("spark_app.derived.alerts.delivery", "Deliverer", "step", "spark_app.commands.derive", ["--store", "{store}"]),
        (
            "spark_app.derived.incidents.asking",
            "Asking",
            "_reader",
            "spark_app.commands.derive",
            ["--store", "{store}"],
        ),
        (
            "stream_server.socket.server",
            "Server",
            "_accept",
            "stream_server.serve_log",
            ["--log", "{log}", "--port", "0"],
        ),
    ],
)
def test_our_processes_do_not_go_on_without_a_thread(tmp_path, module, name, method, main, argv):
    places = {"store": f"sqlite:///{tmp_path / 'store.db'}", "log": str(tmp_path / "log.db")}
    run(f"""
from pathlib import Path
from spark_app.store.engine import open_store, put_meta
from stream_server.log.log import Log
with open_store({places["store"]!r}).begin() as connection:
    put_meta(connection, source="simulated")
Log.open(Path({places["log"]!r})).close()
""")
    words = [main, *(word.format(**places) for word in argv)]
    done = run(DYING.format(module=module, name=name, method=method, main=main, argv=words))
    assert done.returncode == 1, done.stderr
    assert "died of KeyError: 'planted'; the process ends with it" in done.stderr.splitlines()[-1]


def test_every_process_of_ours_that_has_threads_ends_with_them():
    sources = {
        path: path.read_text("utf-8")
        for part in ("deploy", "stream_server", "spark_app")
        for path in (ROOT / part).rglob("*.py")
    }
    parts = {
        PROGRAMS[name] for name in re.findall(r'python\(\s*PROGRAMS\["([\w ]+)"\]', "\n".join(sources.values()))
    } - NO_THREADS
    commands = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path, text in sources.items()
        if "if __name__" in text and ("import Part, run" in text or "spark_app.replay.run import" in text)
    }
    assert {"stream_server.serve", "spark_app.commands.app", "spark_app.commands.derive"} <= parts
    assert {"deploy.up", "spark_app.replay.command"} <= commands
    for module in parts | commands:
        text = (ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8")
        assert 'if __name__ == "__main__":\n    end_with_any_thread()\n' in text, module
