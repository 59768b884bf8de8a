"""What has to be taken back on every way out but the good one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def undoing(undo: Callable[[], object]) -> Iterator[None]:
    """Run `undo` unless the block is gone through to its end or returns. What ended it goes on, whatever it is:
    an error, Ctrl-C, or a generator that nobody reads on."""
    with ExitStack() as stack:
        stack.callback(undo)
        yield
        stack.pop_all()
