"""`./pulse up`: the live pipeline and its page in the foreground; Ctrl-C or SIGTERM stops all of it.

With PRIM_API_KEY in the environment it watches PRIM; without, the simulated network. Both have their own
folder, so their data never meet. `--parts` runs some of the parts here, and the others elsewhere.
Exit codes: 0 stopped, 1 failed, 2 usage, 3 environment.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from deploy.configuration.command_line import ENVIRONMENT, add_config_argument, complain
from deploy.configuration.page_host import check_page_host
from deploy.configuration.private_folder import make_private
from deploy.configuration.settings import KEY_VARIABLE, Settings, SettingsError, load
from deploy.configuration.store_url import for_part
from deploy.processes.environment import pass_on, python
from deploy.processes.part_states import FILE_NAME, PartDown, write_parts_down
from deploy.processes.ports import free_port_or_sentence, listens
from deploy.processes.programs import PROGRAMS
from deploy.processes.socket_token import token_file
from deploy.processes.supervisor import Part, run
from deploy.processes.thread_failure import end_with_any_thread
from prim_client.messages.time_units import HOUR_S

LOWEST_PRIORITY = 19
# What `--parts` names, and the processes of each.
PROCESSES = {
    "collect": ("network", "log"),
    "publish": ("publish",),
    "spark": ("spark",),
    "derive": ("derive",),
    "page": ("page",),
    "topics": ("topics",),
}
READERS = ("spark", "derive", "page")  # share the store
FIRST_TOPICS_S = 600.0  # by then the last day is stored, and what is wrong with a start is seen


def main(argv: Sequence[str]) -> int:
    """Run until stopped; returns the exit code."""
    options = _arguments(argv)
    try:
        settings = load(options.config)
    except SettingsError as error:
        return complain(str(error), ENVIRONMENT)
    source = options.source or ("live" if os.environ.get(KEY_VARIABLE) else "simulated")
    folder = settings.data_dir / source
    chosen = choose(make_parts(settings, source, folder, options.parts), options.parts)
    try:
        check_choice(options.parts, settings)
    except SettingsError as error:
        return complain(str(error), ENVIRONMENT)
    for sentence in _taken_ports(settings, {part.name for part in chosen}):
        return complain(sentence, ENVIRONMENT)
    try:
        make_private(folder)
    except OSError as error:
        return complain(f"{folder} cannot be made: {error.strerror}", ENVIRONMENT)
    pass_on(options.config)
    _announce(settings, source, options.parts)
    states = folder / FILE_NAME
    try:
        return run(chosen, _say, report=partial(_report, states))
    finally:
        states.unlink(missing_ok=True)


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def _report(path: Path, down: Sequence[PartDown]) -> None:
    """A disk that takes no file now costs the banner, not the pipeline."""
    try:
        write_parts_down(path, down)
    except OSError as error:
        _say(f"{path} cannot be written: {error.strerror}; the page does not name the parts that are down")


def make_parts(settings: Settings, source: str, folder: Path, names: Sequence[str] = ()) -> list[Part]:
    """The processes of the whole pipeline in the order of their start; `names`: the parts that are to run here."""
    log, page, store = settings.log, settings.dashboard, settings.store.url or f"sqlite:///{folder / 'store.db'}"
    to_store, environment = for_part(store)
    needed = str(folder / "needed")
    collect = ["--input", source, "--log", str(folder / "log.db"), "--port", str(log.port), "--needed-file", needed]
    socket = ["--port", str(log.port), "--token-file", str(token_file(folder / "log.db"))]
    topic = _topic(settings, source)
    spark = [*(topic or socket), "--state", str(folder), *to_store, "--source", source, "--needed-file", needed]
    parts = [
        Part("log", python(PROGRAMS["collect"], *collect), listens(log.host, log.port), stop_wait_s=15, patient=True),
        Part("spark", python(PROGRAMS["spark"], *spark), stop_wait_s=60, patient=True, environment=environment),
        Part("derive", python(PROGRAMS["derive"], *to_store), stop_wait_s=15, vital=False, environment=environment),
        Part(
            "page",
            python(PROGRAMS["serve"], *to_store),
            _answers(page.host, page.port),
            stop_wait_s=10,
            screen=True,
            environment=environment,
        ),
    ]
    if topic:
        # where Spark runs elsewhere, what is published may be dropped
        keep = ["--needed-file", needed] if names and "spark" not in names else []
        command = python(PROGRAMS["publish"], *socket, *topic, *keep)
        parts.insert(1, Part("publish", command, stop_wait_s=15, patient=True))
    if settings.topics.every_h:
        parts.append(_topics(settings, source, store))
    if source == "simulated":
        serve = ["serve", "--port", str(settings.simulator.port), "--seed", str(settings.simulator.seed)]
        ready = listens("127.0.0.1", settings.simulator.port)
        parts.insert(0, Part("network", python(PROGRAMS["simulate"], *serve), ready, stop_wait_s=5))
    return parts


def part_names(text: str) -> tuple[str, ...]:
    """The parts that `--parts` names. Raises ArgumentTypeError."""
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in PROCESSES]:
        raise argparse.ArgumentTypeError(f"there is no part {unknown[0]!r}; the parts are {', '.join(PROCESSES)}")
    return names


def choose(parts: Sequence[Part], names: Sequence[str]) -> list[Part]:
    """Those of `parts` that `names` stand for; all of them without names."""
    wanted = {process for name in names for process in PROCESSES[name]}
    return [part for part in parts if not names or part.name in wanted]


def check_choice(names: Sequence[str], settings: Settings) -> None:
    """Raises SettingsError, with what to do, if the parts of `names` cannot work without the others beside them."""
    if not names or "page" in names:
        check_page_host(settings.dashboard)
    alone = names and "collect" not in names
    if alone and "publish" in names:
        raise SettingsError("publish reads the log's socket, which never leaves its machine: run collect beside it")
    if alone and "spark" in names and settings.transport.kind == "socket":
        raise SettingsError(
            "spark without collect needs transport.kind: kafka, as the log's socket never leaves its machine"
        )
    if "publish" in names and settings.transport.kind == "socket":
        raise SettingsError("publish needs transport.kind: kafka, and transport.bootstrap_servers")
    if names and set(names) & set(READERS) and not set(READERS) <= set(names) and not settings.store.url:
        _say("pulse: note: store.url is empty: spark, derive and page have to run on this machine to share its file")


def _topic(settings: Settings, source: str) -> list[str]:
    """The arguments that name the topic of the log; none where its socket carries it."""
    transport = settings.transport
    if transport.kind == "socket":
        return []
    topic = ["--topic", transport.topic_of(source), "--partitions", str(transport.partitions)]
    return ["--kafka", transport.bootstrap_servers, *topic]


def _topics(settings: Settings, source: str, store: str) -> Part:
    """The topics every so often. Niced: on two cores a second Spark would hold up the map."""
    to_store, environment = for_part(store)
    command = python(PROGRAMS["topics"], "--source", source, *to_store)
    return Part(
        "topics",
        ["nice", "-n", str(LOWEST_PRIORITY), *command],
        vital=False,
        every_s=settings.topics.every_h * HOUR_S,
        first_s=FIRST_TOPICS_S,
        environment=environment,
    )


def _answers(host: str, port: int) -> Callable[[], bool]:
    """A `ready` for the page: its /health answers, whatever it says."""

    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"http://{host}:{port}/health", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except (OSError, http.client.HTTPException):  # nobody there yet, or it was just ended
            return False

    return ready


def _taken_ports(settings: Settings, parts: Collection[str]) -> list[str]:
    of_part = {
        "log": (settings.log.host, settings.log.port, "log.port"),
        "page": (settings.dashboard.host, settings.dashboard.port, "dashboard.port"),
        "network": ("127.0.0.1", settings.simulator.port, "simulator.port"),
    }
    wanted = [address for name, address in of_part.items() if name in parts]
    return [sentence for address in wanted if (sentence := free_port_or_sentence(*address))]


def _announce(settings: Settings, source: str, names: Sequence[str]) -> None:
    """Say the address once the page answers, without holding up the supervisor."""
    if names and "page" not in names:
        return print(f"pulse: running {', '.join(names)}; the other parts run elsewhere", flush=True)
    address = f"http://{settings.dashboard.host}:{settings.dashboard.port}"
    what = "PRIM" if source == "live" else f"the simulated network ({KEY_VARIABLE} is not set)"
    ready = _answers(settings.dashboard.host, settings.dashboard.port)

    def wait() -> None:
        while not ready():
            time.sleep(0.2)
        print(f"\n  Pulse is at {address}, watching {what}. Ctrl-C stops it.\n", flush=True)

    print(f"pulse: watching {what}; the page will be at {address}", flush=True)
    return threading.Thread(target=wait, daemon=True).start()


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulse up", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--parts",
        type=part_names,
        default=(),
        help=f"run only these parts here, with commas between: {', '.join(PROCESSES)}; default: all",
    )
    parser.add_argument(
        "--source", choices=("live", "simulated"), help=f"default: live where {KEY_VARIABLE} is set, else simulated"
    )
    add_config_argument(parser)
    return parser.parse_args(argv)


if __name__ == "__main__":
    end_with_any_thread()
    sys.exit(main(sys.argv[1:]))
