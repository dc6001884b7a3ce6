"""The shipped head with what people are scanned for: plaques, a tumour with oedema, an acute infarct.

Lesions replace brain only (grey and white matter); places are in the head's own LPS coordinates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulated_mri.geometry import Vector
from simulated_mri.subjects.head import load_head
from simulated_mri.subjects.shared import shared
from simulated_mri.subjects.subject import Fractions, Real, Subject
from simulated_mri.tissues import Tissue

Diseased = Literal["head_ms", "head_tumour", "head_infarct"]


@dataclass(frozen=True, slots=True)
class Blob:
    """An ellipsoid of one tissue, its surface uneven by a share of its size; `only`: what it replaces."""

    tissue: Tissue
    centre_mm: Vector
    radii_mm: Vector
    uneven: float = 0.0
    only: tuple[Tissue, ...] = (Tissue.GREY, Tissue.WHITE)


# Beside the ventricles, at right angles to them, and one under the cortex.
_PLAQUES = tuple(
    Blob(Tissue.PLAQUE, centre, radii)
    for centre, radii in (
        ((26.0, -6.0, 24.0), (7.0, 3.0, 3.0)),
        ((-25.0, 8.0, 26.0), (6.5, 3.0, 3.5)),
        ((28.0, 20.0, 22.0), (6.0, 3.0, 3.0)),
        ((-28.0, -16.0, 22.0), (5.0, 3.0, 3.0)),
        ((24.0, -24.0, 18.0), (4.0, 3.0, 2.5)),
        ((-40.0, 22.0, 30.0), (3.5, 3.5, 3.0)),
        ((33.0, -32.0, 34.0), (3.0, 4.0, 3.0)),
    )
)
_TUMOUR = (
    Blob(Tissue.OEDEMA, (34.0, -22.0, 26.0), (24.0, 27.0, 20.0), 0.25, (Tissue.WHITE,)),
    Blob(Tissue.TUMOUR, (35.0, -20.0, 26.0), (13.0, 14.0, 12.0), 0.12,
         (Tissue.GREY, Tissue.WHITE, Tissue.OEDEMA)),
    Blob(Tissue.CSF, (35.0, -20.0, 26.0), (6.5, 7.0, 6.0), 0.15, (Tissue.TUMOUR,)),  # necrosis
)  # fmt: skip
# Part of the territory of the right middle cerebral artery.
_INFARCT = (Blob(Tissue.INFARCT, (-42.0, -2.0, 18.0), (17.0, 22.0, 18.0), 0.2),)
_BLOBS: dict[Diseased, tuple[Blob, ...]] = {
    "head_ms": _PLAQUES,
    "head_tumour": _TUMOUR,
    "head_infarct": _INFARCT,
}


@cache
def load_head_with(disease: Diseased) -> Subject:
    """Placed once per machine; 57 MB that are shared between processes."""
    head = load_head()
    blobs = _BLOBS[disease]
    tissues = tuple(dict.fromkeys((*head.tissues, *(blob.tissue for blob in blobs))))
    return replace(
        head, fractions=shared(disease, lambda: _fallen_ill(head, tissues, blobs)), tissues=tissues
    )


def _fallen_ill(head: Subject, tissues: tuple[Tissue, ...], blobs: tuple[Blob, ...]) -> Fractions:
    fractions = np.zeros((len(tissues), *head.fractions.shape[1:]), dtype=np.uint8)
    fractions[: len(head.tissues)] = head.fractions
    sick = replace(head, fractions=fractions, tissues=tissues)
    for blob in blobs:
        _place(sick, blob)
    return sick.fractions


def _place(subject: Subject, blob: Blob) -> None:
    """Move the blob's share of every voxel from the tissues it replaces to its own."""
    reach = max(blob.radii_mm) * (1 + blob.uneven) + 3
    box = tuple(
        slice(*np.searchsorted(axis, [centre - reach, centre + reach]).tolist())
        for axis, centre in zip(subject.axes_mm(), blob.centre_mm, strict=True)
    )
    cover = _cover(subject, blob, box)
    own = subject.fractions[subject.tissues.index(blob.tissue)][box]
    for tissue in blob.only:
        given = subject.fractions[subject.tissues.index(tissue)][box]
        moved = np.asarray(np.rint(given * cover), dtype=np.uint8)
        given -= moved
        own += moved


def _cover(subject: Subject, blob: Blob, box: tuple[slice, ...]) -> npt.NDArray[np.float32]:
    """1 inside the blob, 0 outside, one voxel of ramp."""
    x, y, z = (
        (axis[part] - centre) / radius
        for axis, part, centre, radius in zip(
            subject.axes_mm(), box, blob.centre_mm, blob.radii_mm, strict=True
        )
    )
    x, y, z = x[:, None, None], y[None, :, None], z[None, None, :]
    distance = np.sqrt(x**2 + y**2 + z**2)
    waves: Real = np.asarray(np.sin(4 * x + 1) * np.sin(3.5 * y + 2) + np.sin(5 * z + x * math.pi))
    surface = 1 + blob.uneven * waves / 2
    return np.asarray(np.clip((surface - distance) * min(blob.radii_mm) + 0.5, 0, 1), dtype=np.float32)
