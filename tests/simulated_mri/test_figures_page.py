"""The page of sequences and artefacts shows every sequence, and is the one that its script writes."""

from __future__ import annotations

import struct

from figure_pages.cases import FIGURES
from figure_pages.files import PAGE, PICTURES, page

from simulated_mri.protocols import PROTOCOLS
from simulated_mri.sequences import SEQUENCE_TYPES

MOST_BYTES = 3_000_000


def test_the_page_is_what_the_script_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/figures"


def test_every_sequence_has_a_figure() -> None:
    sequences = {
        f"{protocol.protocol_id}/{step.step_id}": step.sequence
        for protocol in PROTOCOLS
        for step in protocol.steps
    }
    shown = {sequences[panel.step] for figure in FIGURES for panel in figure.panels}
    assert shown == set(SEQUENCE_TYPES)


def test_every_figure_has_its_picture_and_no_picture_is_left_over() -> None:
    names = {figure.name for figure in FIGURES}
    assert {path.stem for path in PICTURES.iterdir()} == names
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < MOST_BYTES
    for figure in FIGURES:
        head = (PICTURES / f"{figure.name}.png").read_bytes()[:24]
        width, height = struct.unpack(">II", head[16:24])
        assert width > height * len(figure.panels) / 2
        assert figure.caption.endswith(".")
