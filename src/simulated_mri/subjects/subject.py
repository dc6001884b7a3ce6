"""The patient as tissue fractions on a grid, with the fields that the patient's body makes.

Fractions are uint8 (255 = all of this tissue), first axis as in `tissues`, then x, y, z in the subject's own
LPS axes; what is missing to 255 is bone or air.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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

    def deviation(self, axes_mm: tuple[Points, Points, Points], b0_t: float) -> Callable[[int], Real]:
        """B1+ − 1 on the grid of the three axes: for an index along x the plane (y, z)."""
        x, y, z = (
            np.exp(-((axis / width) ** 2)).astype(np.float32)
            for axis, width in zip(axes_mm, self.widths_mm, strict=True)
        )
        share = np.float32((b0_t / 3.0) ** 2)
        plane = share * np.float32(self.bell) * (y[:, None] * z)
        rim = share * np.float32(self.edge - 1)
        return lambda index: np.asarray(rim + x[index] * plane)


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


Displacement = Callable[[list[Real]], Real]
"""From coordinates (x, y, z arrays, mm) to how much of the diaphragm's way each point makes (0 … 1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Voxel (i, j, k) lies at `first_voxel_mm` + (i, j, k) × spacing."""

    fractions: npt.NDArray[np.uint8]
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
