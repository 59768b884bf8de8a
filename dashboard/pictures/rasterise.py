"""Run as a file, not imported: SVG on stdin, PNG on stdout. Arguments: pixels a unit, then the files of the fonts."""

import os
import sys


def main(scale: str, *fonts: str) -> None:
    """Draw; who watches the live page goes first."""
    import resvg_py

    os.nice(5)
    image = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode("utf-8"),
        zoom=int(scale),
        skip_system_fonts=True,
        font_family="Inter",
        font_files=list(fonts),
    )
    sys.stdout.buffer.write(bytes(image))


if __name__ == "__main__":
    main(*sys.argv[1:])
