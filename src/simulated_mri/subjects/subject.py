"""The patient as tissue fractions on a grid, with the fields that the patient's body makes.

Fractions are uint8 (255 = all of this tissue), first axis as in `tissues`, then x, y, z in the subject's own
LPS axes; what is missing to 255 is bone or air.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from simulated_mri.encoding.coils import EVEN_ARRAY, CoilArray
from simulated_mri.geometry import Points
from simulated_mri.tissues import Tissue

Real = npt.NDArray[np.float32]
BRAIN_AND_HEAD = (Tissue.CSF, Tissue.GREY, Tissue.WHITE, Tissue.FAT, Tissue.SOFT)


@dataclass(frozen=True, slots=True)
class TransmitField:
    """B1+ as a share of the nominal one at 3 T: `edge` at the rim, higher in the middle by a bell of `bell`.

    `widths_mm` along the subject's axes. The deviation from 1 falls with the square of the field strength.
    """

    edge: float
    bell: float
    widths_mm: tuple[float, float, float]

    def deviation(self, places: list[Real], b0_t: float) -> Real:
        """B1+ − 1 at places of the subject (x, y and z in mm)."""
        scaled = (place * np.float32(1 / width) for place, width in zip(places, self.widths_mm, strict=True))
        distance = np.asarray(sum(part**2 for part in scaled), dtype=np.float32)
        share = np.float32((b0_t / 3.0) ** 2)
        bell = np.float32(self.bell) * np.exp(-distance)
        return np.asarray(share * (np.float32(self.edge - 1) + bell))


@dataclass(frozen=True, slots=True, eq=False)
class FieldMap:
    """What susceptibility adds to the static field, in ppm, on a coarse grid; the edge's value outside it."""

    ppm: Real
    spacing_mm: float
    first_mm: Points

    def at(self, points: Points) -> Real:
        """Trilinear, at `points` (…, 3) in the subject's coordinates."""
        last = np.array(self.ppm.shape) - 1
        place = np.clip((points - self.first_mm) / self.spacing_mm, 0, last - 1e-6)
        low = place.astype(np.int32)
        share = (place - low).astype(np.float32)
        total = np.zeros(points.shape[:-1], dtype=np.float32)
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod(np.where(corner, share, 1 - share), axis=-1)
            total += weight * self.ppm[tuple((low + corner)[..., axis] for axis in range(3))]
        return total


Fractions = npt.NDArray[np.uint8]
Voxels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | npt.NDArray[np.uint32] | npt.NDArray[np.uint64]
BLOCK = 4
_WORDS = (np.uint8, np.uint16, np.uint32, np.uint64)


def in_words(fractions: Fractions) -> Voxels:
    """(tissues, x, y, z) → (x, y, z) words; the same memory where it already lies so."""
    word = next((w for w in _WORDS if np.dtype(w).itemsize >= len(fractions)), None)
    if word is None:
        raise ValueError(f"a subject has 8 tissues at most, not {len(fractions)}")
    width = np.dtype(word).itemsize
    by_voxel = np.moveaxis(fractions, 0, -1)
    if len(fractions) != width or not by_voxel.flags.c_contiguous:
        by_voxel = np.zeros((*fractions.shape[1:], width), dtype=np.uint8)
        by_voxel[..., : len(fractions)] = np.moveaxis(fractions, 0, -1)
    return np.asarray(by_voxel.view(word)[..., 0])


def by_tissue(voxels: Voxels) -> Fractions:
    """The same memory as (bytes of a word, x, y, z)."""
    return np.moveaxis(voxels[..., None].view(np.uint8), -1, 0)


def _occupied(voxels: Voxels) -> npt.NDArray[np.bool_]:
    """The first plane of the next cube belongs to this one too: its last voxels are interpolated with it."""
    seen = voxels != 0
    for axis, length in enumerate(voxels.shape):
        firsts = np.arange(0, length, BLOCK)
        cubes = np.moveaxis(np.logical_or.reduceat(seen, firsts, axis=axis), axis, 0)
        cubes[:-1] |= np.moveaxis(seen.take(firsts[1:], axis=axis), axis, 0)
        seen = np.moveaxis(cubes, 0, axis)
    return np.ascontiguousarray(seen)


Displacement = Callable[[list[Real]], Real]
"""From coordinates (x, y, z arrays, mm) to how much of the diaphragm's way each point makes (0 … 1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Voxel (i, j, k) lies at `first_voxel_mm` + (i, j, k) × spacing.

    `fractions` are kept as `voxels`: all tissues of a voxel in one word of 1, 2, 4 or 8 bytes, tissue n in
    its byte n. Arrays that lie so already (see `shared`) are not copied, and may have more rows than tissues.
    """

    fractions: Fractions
    spacing_mm: Points
    first_voxel_mm: Points
    tissues: tuple[Tissue, ...] = BRAIN_AND_HEAD
    array: CoilArray = EVEN_ARRAY
    transmit: TransmitField | None = None
    field_map: FieldMap | None = None
    breathing: Displacement | None = None
    layer_mm: float = 2.0
    """A slice is averaged over layers no thicker than this: as fine as what lies slanted in it."""
    usual_landmark: str = "nasion"
    """The reference mark with which the table brings the subject's origin to the isocentre."""
    voxels: Voxels = field(init=False)
    occupied: npt.NDArray[np.bool_] = field(init=False)
    """Of each cube of BLOCK voxels along an edge, whether interpolation within it can find anything."""

    def __post_init__(self) -> None:
        voxels = in_words(self.fractions)
        object.__setattr__(self, "voxels", voxels)
        object.__setattr__(self, "occupied", _occupied(voxels))
        object.__setattr__(self, "fractions", by_tissue(voxels)[: len(self.tissues)])

    def axis_mm(self, axis: int) -> Points:
        steps = np.arange(self.fractions.shape[axis + 1])
        return np.asarray(self.first_voxel_mm[axis] + steps * self.spacing_mm[axis])

    def axes_mm(self) -> tuple[Points, Points, Points]:
        return self.axis_mm(0), self.axis_mm(1), self.axis_mm(2)

    def corners_mm(self) -> Points:
        """The 8 corners of the grid, shape (8, 3)."""
        last = self.first_voxel_mm + (np.array(self.fractions.shape[1:]) - 1) * self.spacing_mm
        pairs = np.stack([self.first_voxel_mm, last])
        return np.stack(np.meshgrid(*pairs.T, indexing="ij"), axis=-1).reshape(8, 3)
