"""What a page server has loaded before it looks at its store; a process that imports this can fork servers."""

import dashboard.serve
from dashboard.page import warm_up

__all__ = ["dashboard"]
warm_up()
