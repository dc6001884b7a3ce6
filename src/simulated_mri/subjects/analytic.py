"""Subjects made of formulas: shapes are painted one over the other onto a grid of tissue fractions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulated_mri.geometry import Vector
from simulated_mri.tissues import Tissue

Real = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """Fractions over a box, painted on `shares`; `pitch_mm` along each axis, first voxel at `first_mm`."""

    tissues: tuple[Tissue, ...]
    first_mm: Vector
    pitch_mm: Vector
    shares: Real

    def part(self, low: Vector, high: Vector) -> Canvas:
        """The voxels around a box, painted on like the whole: what is small need not touch everything."""
        starts = [
            min(max(int((edge - first) // pitch) - 1, 0), n - 1)
            for edge, first, pitch, n in zip(
                low, self.first_mm, self.pitch_mm, self.shares.shape[1:], strict=True
            )
        ]
        ends = [
            int((edge - first) // pitch) + 3
            for edge, first, pitch in zip(high, self.first_mm, self.pitch_mm, strict=True)
        ]
        x, y, z = (
            first + start * pitch
            for first, start, pitch in zip(self.first_mm, starts, self.pitch_mm, strict=True)
        )
        box = tuple(slice(start, max(end, start + 1)) for start, end in zip(starts, ends, strict=True))
        return Canvas(self.tissues, (x, y, z), self.pitch_mm, self.shares[(slice(None), *box)])

    def axes(self) -> tuple[Real, Real, Real]:
        """Coordinates that broadcast over the box."""
        x, y, z = (
            (np.float32(first) + np.float32(pitch) * np.arange(n, dtype=np.float32))
            for first, pitch, n in zip(self.first_mm, self.pitch_mm, self.shares.shape[1:], strict=True)
        )
        return x[:, None, None], y[None, :, None], z[None, None, :]

    def paint(self, tissue: Tissue | None, cover: Real) -> None:
        """Replace what is there by `tissue` (None: nothing) where `cover` is 1, in part where it is less."""
        shares = self.shares
        shares *= 1 - cover
        if tissue is not None:
            shares[self.tissues.index(tissue)] += cover

    def fractions(self) -> npt.NDArray[np.uint8]:
        return np.asarray(np.rint(np.clip(self.shares, 0, 1) * 255), dtype=np.uint8)

    @property
    def finest_mm(self) -> float:
        return min(self.pitch_mm)

    def edge(self, inside_mm: Real) -> Real:
        """1 inside, 0 outside, a ramp of one voxel between: `inside_mm` is the distance to the surface."""
        return np.asarray(np.clip(inside_mm / self.finest_mm + 0.5, 0, 1), dtype=np.float32)

    def ellipsoid(self, centre: Vector, radii: Vector) -> Real:
        x, y, z = self.axes()
        scaled = ((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2
        distance = np.sqrt(scaled + ((z - centre[2]) / radii[2]) ** 2)
        return self.edge((1 - distance) * min(radii))

    def cylinder(
        self, centre: tuple[float, float], radii: tuple[float, float], span: tuple[float, float]
    ) -> Real:
        """Along z, from `span[0]` to `span[1]`."""
        x, y, _ = self.axes()
        distance = np.sqrt(((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2)
        inside = np.asarray((1 - distance) * min(radii), dtype=np.float32)
        return self.edge(inside) * self.between(2, *span)

    def between(self, axis: int, low: float, high: float) -> Real:
        """A slab; its ramp is one voxel of this axis."""
        place = self.axes()[axis]
        pitch = np.float32(self.pitch_mm[axis])
        cover = np.clip((place - low) / pitch + 0.5, 0, 1) * np.clip((high - place) / pitch + 0.5, 0, 1)
        return np.asarray(cover, dtype=np.float32)

    def box(self, low: Vector, high: Vector) -> Real:
        parts = [self.between(axis, low[axis], high[axis]) for axis in range(3)]
        return np.asarray(parts[0] * parts[1] * parts[2])


def blank(
    tissues: tuple[Tissue, ...], first_mm: Vector, pitch_mm: Vector, shape: tuple[int, int, int]
) -> Canvas:
    return Canvas(tissues, first_mm, pitch_mm, np.zeros((len(tissues), *shape), dtype=np.float32))
