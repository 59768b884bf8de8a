"""What a page server has loaded before it looks at its store; a process that imports this can fork servers."""

import dashboard.server.serve
from dashboard.server.app import warm_up

__all__ = ["dashboard"]
warm_up()
