"""Clean-up that runs unless a block finishes normally."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def undo_on_failure(undo: Callable[[], object]) -> Iterator[None]:
    """Call `undo` unless the block runs to its end or returns.

    Whatever ended the block is raised again: an error, Ctrl-C, or the end of a generator that nobody reads on.
    """
    with ExitStack() as stack:
        stack.callback(undo)
        yield
        stack.pop_all()
