"""Draw every state of the desk into a folder: `python tests/console/draw_states.py --out DIR`.

One picture a state, language and size; `--scale 2` draws as a screen at 200 % would.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from datetime import UTC
from pathlib import Path

SETTLING = 12  # rounds of events until every layout has found its place


def main() -> None:
    """Draw what was asked for."""
    chosen = _parser().parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(chosen.scale)
    from remote_console.app import application
    from remote_console.ui import theme

    theme.apply(application())
    chosen.out.mkdir(parents=True, exist_ok=True)
    for size in chosen.sizes:
        for language in chosen.languages:
            for name in chosen.only or _names():
                _draw(name, language, size, chosen.out, chosen.scale)


def _names() -> tuple[str, ...]:
    from console_states import STATES

    return tuple(STATES)


def _draw(name: str, language: str, size: str, out: Path, scale: float) -> None:
    from console_scenes import opened_play
    from console_states import STATES
    from PySide6.QtWidgets import QApplication

    width, height = (round(int(x) / scale) for x in size.split("x"))
    with tempfile.TemporaryDirectory() as folder, opened_play(Path(folder), zone=UTC) as play:
        play.window.resize(width, height)
        play.conductor.change_language(language)
        STATES[name](play)
        play.conductor.show()
        for _ in range(SETTLING):
            QApplication.processEvents()
        play.window.grab().save(str(out / f"{name}-{language}-{size}.png"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--only", nargs="+", metavar="STATE", choices=_names())
    parser.add_argument("--languages", nargs="+", default=["en", "fr", "de"])
    parser.add_argument("--sizes", nargs="+", default=["1920x1080"], metavar="WIDTHxHEIGHT")
    parser.add_argument("--scale", type=float, default=1.0, help="2 for a screen at 200 %%")
    return parser


if __name__ == "__main__":
    main()
