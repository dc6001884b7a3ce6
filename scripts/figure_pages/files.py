"""Pixels to small grey PNG files, and the page that shows them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from figure_pages.cases import FIGURES, Figure

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures" / "simulator"
PAGE = ROOT / "docs" / "explanations" / "sequences.md"
GAP = 6
GREYS = 64  # enough for the eye, and half the size of 256
_FULL_SCALE_HZ = 250.0

Grey = npt.NDArray[np.uint8]


def grey(pixels: npt.NDArray[np.float64], top: float, *, signed: bool) -> Grey:
    """0 … 255 in `GREYS` steps; signed pixels are centred."""
    share = pixels / (2 * _FULL_SCALE_HZ) + 0.5 if signed else pixels / max(top, 1.0)
    steps = np.rint(np.clip(share, 0, 1) * (GREYS - 1))
    return np.asarray(np.rint(steps * (255 / (GREYS - 1))), dtype=np.uint8)


def side_by_side(panels: Sequence[Grey]) -> Grey:
    """Panels from left to right with a white gap."""
    height = max(panel.shape[0] for panel in panels)
    parts: list[Grey] = []
    for panel in panels:
        above = (height - panel.shape[0]) // 2
        rows = (above, height - panel.shape[0] - above)
        if parts:
            parts.append(np.full((height, GAP), 255, dtype=np.uint8))
        parts.append(np.pad(panel, (rows, (0, 0)), constant_values=255))
    return np.concatenate(parts, axis=1)


def write_png(path: Path, picture: Grey) -> None:
    """Eight bits of grey (ISO/IEC 15948)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    header = struct.pack(">IIBBBBB", picture.shape[1], picture.shape[0], 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )  # fmt: skip


def page(figures: Iterable[Figure] = FIGURES) -> str:
    """The whole page; what it says of a figure is written beside the figure's recipe."""
    lines = [_PREFACE]
    chapter = ""
    for figure in figures:
        if figure.chapter != chapter:
            chapter = figure.chapter
            lines.append(f"## {chapter}\n")
        lines.append(f"### {figure.title}\n")
        lines.append(f"![{figure.title}](../pictures/simulator/{figure.name}.png)\n")
        lines.append(f"{figure.caption}\n")
    return "\n".join(lines)


_PREFACE = """# Sequences and artefacts of the simulated scanner, in pictures

Every sequence once, then every artefact beside the same picture without it. All were scanned by
`simulated_mri` with the steps of its approved protocols; `scripts/figures` makes them and this page again,
and `scripts/figures NAME` makes one. Recipe and caption of each are in `scripts/figure_pages/cases.py`.
What is computed, and how it is proven, is in [simulator.md](simulator.md).

All panels of a figure have the same grey scale unless the caption says otherwise. Axial and coronal panels
have the right side of the patient on the left, sagittal ones the front; up is the front in axial panels, the
head in the others.
SIMULATED, not for clinical use.
"""
