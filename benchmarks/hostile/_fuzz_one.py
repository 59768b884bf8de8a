"""One fuzz target in a process of its own: `python -m benchmarks.hostile._fuzz_one TARGET [OPTIONS OF LIBFUZZER]
CORPUS`."""

from __future__ import annotations

import sys

import atheris

from benchmarks.hostile._fuzz_targets import TARGETS


def main(argv: list[str]) -> None:
    """Fuzz until libFuzzer ends the process."""
    name, *options = argv
    target = TARGETS[name]
    with atheris.instrument_imports(include=list(target.modules), enable_loader_override=False):
        target.run(target.seeds[0])  # imports what it needs, so that its branches are seen
    atheris.Setup([sys.argv[0], *options], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
