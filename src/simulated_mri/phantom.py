"""The patient as tissue fractions on a grid, and the sampling of planes through it at any angle.

Fractions are uint8 (255 = all of this tissue), first axis `Tissue`, then x, y, z in the subject's own
LPS axes; what is missing to 255 is bone or air.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import numpy.typing as npt

from simulated_mri.geometry import Placement, Points
from simulated_mri.tissues import Tissue

Complex = npt.NDArray[np.complex64]
Real = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Tissue fractions with their place: voxel (i, j, k) lies at `first_voxel_mm` + (i, j, k) × spacing."""

    fractions: npt.NDArray[np.uint8]
    spacing_mm: Points
    first_voxel_mm: Points

    def axis_mm(self, axis: int) -> Points:
        steps = np.arange(self.fractions.shape[axis + 1])
        return np.asarray(self.first_voxel_mm[axis] + steps * self.spacing_mm[axis])

    def corners_mm(self) -> Points:
        """The 8 corners of the grid, shape (8, 3)."""
        last = self.first_voxel_mm + (np.array(self.fractions.shape[1:]) - 1) * self.spacing_mm
        pairs = np.stack([self.first_voxel_mm, last])
        return np.stack(np.meshgrid(*pairs.T, indexing="ij"), axis=-1).reshape(8, 3)


@cache
def load_head() -> Subject:
    """The shipped Colin27 head (origin: centre of the head); loaded once per process, about 36 MB."""
    with as_file(files("simulated_mri") / "subjects" / "head_colin27.npz") as path, np.load(path) as stored:
        return Subject(stored["fractions"], stored["spacing_mm"], stored["first_voxel_lps_mm"])


@dataclass(frozen=True, slots=True, eq=False)
class SignalVolume:
    """What the receiver would see of each voxel: water in the real part, fat in the imaginary part."""

    values: Complex
    subject: Subject
    placement: Placement


def signal_volume(subject: Subject, placement: Placement, signals: Mapping[Tissue, float]) -> SignalVolume:
    """Fractions × signals × receive sensitivity × what the magnet can excite this far from the isocentre."""
    shape = subject.fractions.shape[1:]
    water = np.zeros(shape, dtype=np.float32)
    for tissue, signal in signals.items():
        if tissue is not Tissue.FAT:
            water += subject.fractions[tissue] * np.float32(signal / 255)
    values = np.empty(shape, dtype=np.complex64)
    values.real = water
    values.imag = subject.fractions[Tissue.FAT] * np.float32(signals.get(Tissue.FAT, 0.0) / 255)
    values *= _receive_sensitivity(subject)
    for axis in range(3):
        shape_along = [1, 1, 1]
        shape_along[axis] = -1
        values *= _excitable(subject, placement, axis).reshape(shape_along)
    return SignalVolume(values, subject, placement)


def _receive_sensitivity(subject: Subject) -> Real:
    """A head array: brighter near its elements, fading below the chin. It moves with the head."""
    x, y, z = (subject.axis_mm(axis) for axis in range(3))
    radial = (x[:, None, None] / 90) ** 2 + (y[None, :, None] / 105) ** 2 + (z[None, None, :] / 110) ** 2
    below = 1 / (1 + np.exp(-(z + 66) / 5))
    return np.asarray((0.88 + 0.22 * radial) * below, dtype=np.float32)


def _excitable(subject: Subject, placement: Placement, axis: int) -> Real:
    """1 near the isocentre, 0 far from it: the magnet's homogeneous volume and the transmit coil's length."""
    signs, offset = placement.head_from_scanner()
    scanner_mm = (subject.axis_mm(axis) - offset[axis]) / signs[axis]
    return np.asarray(1 / (1 + np.exp((np.abs(scanner_mm) - 240) / 15)), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Plane:
    """A regular grid of points (scanner LPS, mm): shape (rows, columns), from `first_mm` by the two steps."""

    first_mm: Points
    row_step_mm: Points  # from one column to the next
    column_step_mm: Points  # from one row to the next
    rows: int
    columns: int


def sample(volume: SignalVolume, plane: Plane) -> Complex:
    """Trilinear values at the points of `plane`; 0 outside the grid."""
    signs, offset = volume.placement.head_from_scanner()
    subject = volume.subject
    first = (signs * plane.first_mm + offset - subject.first_voxel_mm) / subject.spacing_mm
    along_row = signs * plane.row_step_mm / subject.spacing_mm
    along_column = signs * plane.column_step_mm / subject.spacing_mm
    columns = np.arange(plane.columns, dtype=np.float32)
    rows = np.arange(plane.rows, dtype=np.float32)[:, None]
    coordinates = [
        (np.float32(first[axis]) + np.float32(along_row[axis]) * columns)
        + np.float32(along_column[axis]) * rows
        for axis in range(3)
    ]
    shape = volume.values.shape
    inside = np.ones((plane.rows, plane.columns), dtype=np.bool_)
    for axis in range(3):
        inside &= (coordinates[axis] >= 0) & (coordinates[axis] < shape[axis] - 1)
    chosen = np.flatnonzero(inside)
    out = np.zeros(plane.rows * plane.columns, dtype=np.complex64)
    out[chosen] = _trilinear(volume.values, [c.ravel()[chosen] for c in coordinates])
    return out.reshape(plane.rows, plane.columns)


def _trilinear(values: Complex, coordinates: list[Real]) -> Complex:
    """Values at fractional voxel `coordinates`, all of them at least one voxel from the upper edges."""
    _, ny, nz = values.shape
    lower = [c.astype(np.int32) for c in coordinates]
    x, y, z = (c - low for c, low in zip(coordinates, lower, strict=True))
    base = (lower[0] * ny + lower[1]) * nz + lower[2]
    flat = values.reshape(-1)

    def along_z(at: npt.NDArray[np.int32]) -> Complex:
        near = flat.take(at)
        far = flat.take(at + 1)
        far -= near
        far *= z
        far += near
        return far

    def blend(near: Complex, far: Complex, share: Real) -> Complex:
        far -= near
        far *= share
        far += near
        return far

    low = blend(along_z(base), along_z(base + nz), y)
    high = blend(along_z(base + ny * nz), along_z(base + (ny + 1) * nz), y)
    return blend(low, high, x)
