"""The simulated input: the last hours first, as fast as they can be read, then real time over HTTP.

Both come from one world: the past straight from the model, the present through the same live client
that asks PRIM, pointed at a simulator. So the embedded default takes the road that the real data take,
and `POST /_fault` on its port shows what a failure looks like on the screen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event

import requests

from prim_client.inputs.api import Key, Prim
from prim_client.inputs.errors import of_answer
from prim_client.inputs.live import Live
from prim_client.inputs.quota import UNLIMITED, Quota
from prim_client.messages.poll_schedule import Slot
from prim_client.messages.polls import Idle, RawPoll
from prim_client.simulated.line_reports import line_reports
from prim_client.simulated.server import PREFIX, SIMULATED_KEY, Simulator
from prim_client.simulated.world.world import World

HISTORY_STEP_S = 120  # between two polls of the past; they lie on multiples of it, whenever one starts
ASK_TIMEOUT_S = 2.0
GOOD_BEGINS = b'{"disruptions":['

log = logging.getLogger(__name__)


def past_poll(world: World, moment: datetime) -> RawPoll:
    """The poll that a client would have made at an aware `moment`."""
    status, body = world.answer_at(moment)
    # a good body is not read again here: of the past there are hundreds, 1.3 MB each
    good = status == 200 and body.startswith(GOOD_BEGINS)
    error = None if good else of_answer(status, {}, body, moment)
    poll = RawPoll(moment, body, moment.isoformat(), slot=Slot(moment, HISTORY_STEP_S))
    return replace(poll, body=b"", error=str(error), rejection=error.rejection) if error else poll


class Simulated:
    """The simulated network as an input.

    Args:
        world: what happens.
        data_dir: where the client keeps its quota book.
        history_h: hours handed over before real time.
        interval_s, retries, timeout_s, contact: of the live client.
        port: of the simulator: the one that serves this world there already, else one of this
            process; if something else is there, on any free port.
        clock: UTC now.
        sleep: waits so many seconds of that clock; None: real ones.
    """

    source = "simulated"

    def __init__(
        self,
        world: World,
        data_dir: Path,
        *,
        history_h: float,
        interval_s: float,
        retries: int,
        timeout_s: float,
        contact: str,
        port: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._world = world
        self._history = timedelta(hours=history_h)
        self._clock = clock
        self._stopping = Event()
        self.base_url = running(port, world.name)
        self._simulator = None if self.base_url else _started(world, port, clock)
        if self._simulator:
            self.base_url = self._simulator.base_url
        prim = Prim(Key(SIMULATED_KEY), self.base_url, timeout_s=timeout_s, contact=contact)
        self._live = Live(
            prim.disruptions,
            Quota(data_dir / "quota.sqlite", SIMULATED_KEY, UNLIMITED),
            interval_s=interval_s,
            retries=retries,
            timeout_s=timeout_s,
            clock=clock,
            source=self.source,
            sleep=sleep,
        )

    def polls(self, after: str = "") -> Generator[RawPoll | Idle, None, None]:
        """The past behind `after` (at most `history_h` of it), then for ever.

        Raises ValueError if `after` is no cursor of this input.
        """
        moment = self._first(after)
        while moment <= self._clock() and not self._stopping.is_set():
            yield past_poll(self._world, moment)
            moment += timedelta(seconds=HISTORY_STEP_S)
        if not self._stopping.is_set():
            yield from self._live.polls()

    def stop(self) -> None:
        """End `polls` within a second, from any thread."""
        self._stopping.set()
        self._live.stop()

    def close(self) -> None:
        """Stop the server, if it is of this process."""
        if self._simulator:
            self._simulator.close()

    def _first(self, after: str) -> datetime:
        """The first moment of the grid behind the cursor and within the history."""
        begin = self._clock() - self._history
        try:
            seen = datetime.fromisoformat(after).astimezone(UTC) if after else begin
        except ValueError:
            raise ValueError(f"cursor {after[:60]!r} is no moment: it is of another input") from None
        steps = int(max(begin, seen).timestamp() // HISTORY_STEP_S) + 1
        return datetime.fromtimestamp(steps * HISTORY_STEP_S, UTC)


def running(port: int, name: str) -> str:
    """The address of the simulator of this name on a port of this machine; empty if it is not there."""
    host = f"http://127.0.0.1:{port}"
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy between us and ourselves
            state = session.get(f"{host}/_state", timeout=ASK_TIMEOUT_S).json()
    except (requests.RequestException, ValueError):
        return ""
    return host + PREFIX if isinstance(state, dict) and state.get("simulator") == name else ""


def _started(world: World, port: int, clock: Callable[[], datetime]) -> Simulator:
    pages = partial(line_reports, world)
    try:
        return Simulator(world.answer_at, port=port, name=world.name, clock=clock, pages=pages).start()
    except OSError as error:
        simulator = Simulator(world.answer_at, name=world.name, clock=clock, pages=pages).start()
        log.warning("simulator.port %d: %s; the simulated PRIM is at %s", port, error.strerror, simulator.base_url)
        return simulator
