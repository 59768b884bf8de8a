"""The store's URL for child processes: a command hands it over in the environment,
which no process list shows.
"""

from __future__ import annotations

from collections.abc import Mapping

from deploy.configuration.command_line import STORE_PREFIX
from deploy.configuration.settings import STORE_VARIABLE


def for_part(url: str) -> tuple[list[str], Mapping[str, str]]:
    """The arguments and the environment that hand `url` to a process of ours."""
    return ["--store", f"{STORE_PREFIX}{STORE_VARIABLE}"], {STORE_VARIABLE: url}
