"""The input that a command line names, made from plain settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from deploy.configuration.settings import Settings
from prim_client.inputs.api import Key, Prim
from prim_client.inputs.file.file_input import FileInput
from prim_client.inputs.live import Live
from prim_client.inputs.quota import QUOTA_FILE, Quota
from prim_client.inputs.recorded.recorded import Recorded
from prim_client.messages.polls import Input

NAMES = ("live", "recorded", "simulated", "file")


class InputError(ValueError):
    """The input cannot be made; the message is one sentence for the user."""


def make_input(
    name: str,
    settings: Settings,
    *,
    path: Path | None = None,
    day: date | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Input:
    """The input called `name`.

    Args:
        name: one of NAMES.
        settings: the validated configuration.
        path: what to play, for `recorded`; what to read (`-`: standard input), for `file`.
        day: only this service day, for `recorded`.
        environment: where the key of `live` is.

    Raises InputError, AuthError without a key, or the input's own ValueError for what is at `path`.
    """
    if name == "live":
        return _live(settings, environment)
    if name == "simulated":
        return _simulated(settings)
    if name not in NAMES:
        raise InputError(f"there is no input {name!r}: choose one of {', '.join(NAMES)}")
    if path is None:
        raise InputError(f"the input {name} needs --path: {_WHAT[name]}")
    if name == "file":
        return FileInput(path, settings.file_input.columns, tick_s=settings.differ.tick_s)
    return Recorded(path, day, tick_s=settings.differ.tick_s)


_WHAT = {
    "recorded": "a folder, .tar, .tar.zst, .json or .json.gz",
    "file": "CSV or JSON lines, or - for standard input",
}


def _live(settings: Settings, environment: Mapping[str, str]) -> Live:
    key, poll = Key.from_environment(environment), settings.poll
    try:
        prim = Prim(key, poll.base_url, timeout_s=poll.timeout_s, contact=poll.contact)
    except ValueError as error:
        raise InputError(str(error)) from error
    quota = Quota(settings.data_dir / QUOTA_FILE, key.reveal(), poll.daily_quota)
    return Live(prim.disruptions, quota, interval_s=poll.interval_s, retries=poll.retries, timeout_s=poll.timeout_s)


def _simulated(settings: Settings) -> Input:
    from prim_client.simulated.playback import (
        Simulated,  # half of what the others would wait for at their start
    )
    from prim_client.simulated.world.world import World

    poll, simulator = settings.poll, settings.simulator
    return Simulated(
        World(simulator.seed),
        settings.data_dir,
        history_h=simulator.history_h,
        interval_s=poll.interval_s,
        retries=poll.retries,
        timeout_s=poll.timeout_s,
        contact=poll.contact,
        port=simulator.port,
    )
