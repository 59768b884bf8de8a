"""The input that a command line names, made from plain settings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from prim_client.inputs import Input
from prim_client.recorded import Recorded
from prim_client.settings import Settings

NAMES = ("recorded",)


class InputError(ValueError):
    """The input cannot be made; the message is one sentence for the user."""


def make_input(name: str, settings: Settings, *, path: Path | None = None, day: date | None = None) -> Input:
    """The input called `name`.

    Args:
        name: one of NAMES.
        settings: the validated configuration.
        path: what to play, for `recorded`.
        day: only this service day, for `recorded`.

    Raises InputError, or the input's own ValueError for what is at `path`.
    """
    if name == "recorded":
        if path is None:
            raise InputError("the input recorded needs --path: a folder, .tar, .tar.zst, .json or .json.gz")
        return Recorded(path, day, tick_s=settings.differ.tick_s)
    raise InputError(f"there is no input {name!r}: choose one of {', '.join(NAMES)}")
