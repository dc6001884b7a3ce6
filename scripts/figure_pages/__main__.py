"""scripts/figures [NAME …]"""

from __future__ import annotations

import sys

import numpy as np

from figure_pages.cases import FIGURES, Figure
from figure_pages.files import PAGE, PICTURES, grey, page, side_by_side, write_png
from figure_pages.panels import scanned


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - {figure.name for figure in FIGURES}
    if unknown:
        print(f"figures: there is no {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    PICTURES.mkdir(parents=True, exist_ok=True)
    for figure in FIGURES:
        if not wanted or figure.name in wanted:
            _make(figure)
            print(figure.name, flush=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def _make(figure: Figure) -> None:
    pictures = [scanned(panel) for panel in figure.panels]
    tops = [float(np.percentile(picture, 99.5)) for picture in pictures]
    if not figure.own_windows:
        tops = [tops[0]] * len(tops)
    panels = [
        grey(picture, top, signed=panel.signed)
        for picture, top, panel in zip(pictures, tops, figure.panels, strict=True)
    ]
    write_png(PICTURES / f"{figure.name}.png", side_by_side(panels))


sys.exit(main(sys.argv[1:]))
