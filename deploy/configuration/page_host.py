"""Where the page may be served: on the loopback to everybody of this machine, elsewhere behind a password only."""

from __future__ import annotations

import os

from deploy.configuration.section import LOOPBACK
from deploy.configuration.settings import PASSWORD_VARIABLE, Dashboard, SettingsError


def check_page_host(dashboard: Dashboard) -> None:
    """Raises SettingsError if other machines would reach a page that asks for no password."""
    if dashboard.host not in LOOPBACK and not os.environ.get(PASSWORD_VARIABLE):
        raise SettingsError(
            f"dashboard.host = {dashboard.host!r} is reached from other machines: set {PASSWORD_VARIABLE} in the "
            "environment, or serve on 127.0.0.1"
        )


def names_of_page(dashboard: Dashboard) -> tuple[str, ...]:
    """The host names under which the page answers, beside those of the loopback."""
    return (*dashboard.public_names, dashboard.host)
