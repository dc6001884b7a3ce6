"""Values of a volume on planes at any angle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from simulated_mri.encoding.fourier import Real
from simulated_mri.encoding.volume import AT_ONCE, SignalVolume, Words
from simulated_mri.geometry import Placement, Points, Pose
from simulated_mri.subjects.subject import BLOCK, Subject, Voxels


@dataclass(frozen=True, slots=True)
class Plane:
    """A regular grid of points (scanner LPS, mm): shape (rows, columns), from `first_mm` by the two steps."""

    first_mm: Points
    row_step_mm: Points  # from one column to the next
    column_step_mm: Points  # from one row to the next
    rows: int
    columns: int

    def every(self, rows: Points, columns: Points) -> Points:
        """Points at fractional row and column numbers, shape (rows, columns, 3)."""
        across = columns[:, None] * self.row_step_mm
        return np.asarray(self.first_mm + across[None] + rows[:, None, None] * self.column_step_mm)


_Field = TypeVar("_Field", bound=npt.NDArray[Any])
SMOOTH_PITCH_MM = 6.0  # fields without detail are computed this coarsely, and interpolated


def smoothly(plane: Plane, function: Callable[[Points], _Field]) -> _Field:
    """A smooth function of scanner points, (channels, …), at all points: (channels, rows, columns).

    Interpolated linearly along both axes, in plain arithmetic: threads of a matrix product would wait here.
    Channel by channel, since their arrays then stay in the cache.
    """
    rows, row_low, row_share = _coarse(plane.rows, float(np.linalg.norm(plane.column_step_mm)))
    columns, low, share = _coarse(plane.columns, float(np.linalg.norm(plane.row_step_mm)))
    coarse = function(plane.every(rows, columns))
    across = coarse.take(low, axis=-1)
    across += (coarse.take(low + 1, axis=-1) - across) * share
    out = np.empty((len(coarse), plane.rows, plane.columns), dtype=coarse.dtype)
    for channel, known in zip(_floats(out), _floats(across), strict=True):
        steps = np.diff(known, axis=0).take(row_low, axis=0)
        steps *= row_share[:, None]
        np.add(known.take(row_low, axis=0), steps, out=channel)
    return cast("_Field", out)


def _floats(values: npt.NDArray[Any]) -> Real:
    """Complex numbers as pairs of their parts, for factors that are real."""
    return values.view(np.float32)


def _coarse(n: int, step_mm: float) -> tuple[Points, npt.NDArray[np.int64], Real]:
    """Coarse positions in 0 … n − 1; for each fine one the coarse one before it and how far beyond it is."""
    count = max(int(np.ceil((n - 1) * step_mm / SMOOTH_PITCH_MM)) + 1, 2)
    at = np.arange(n) * (count - 1) / max(n - 1, 1)
    low = np.minimum(at.astype(np.int64), count - 2)
    return np.linspace(0, n - 1, count), low, (at - low).astype(np.float32)


def sample(volume: SignalVolume, plane: Plane, placement: Placement, pose: Pose) -> Real:
    """Trilinear values at the points of `plane`, shape (bases, rows, columns); 0 outside the grid."""
    subject = volume.subject
    places = _places(plane, placement, pose)
    if subject.breathing is not None and pose.breath_mm:
        places[2] = places[2] + np.float32(pose.breath_mm) * subject.breathing(places)
    coordinates = [
        (place - np.float32(start)) * np.float32(1 / step)
        for place, start, step in zip(places, subject.first_voxel_mm, subject.spacing_mm, strict=True)
    ]
    inside = np.ones((plane.rows, plane.columns), dtype=np.bool_)
    for coordinate, length in zip(coordinates, subject.voxels.shape, strict=True):
        inside &= (coordinate >= 0) & (coordinate < length - 1)
    out = np.zeros((volume.basis_count, plane.rows * plane.columns), dtype=np.float32)
    chosen = _occupied(subject, coordinates, np.flatnonzero(inside))
    for start in range(0, len(chosen), AT_ONCE):
        block = chosen[start : start + AT_ONCE]
        between = [c.ravel()[block] for c in coordinates]
        if volume.words is not None:
            out[:, block] = _trilinear(volume.words, between, np.float32)[:, : len(out)].T
        else:
            shares = _trilinear(subject.voxels, between, np.uint8)
            out[:, block] = volume.weighted(shares, [place.ravel()[block] for place in places])
    return out.reshape(-1, plane.rows, plane.columns)


def _occupied(
    subject: Subject, coordinates: list[Real], chosen: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """Those of the chosen points around which there is anything."""
    _, ny, nz = subject.occupied.shape
    x, y, z = (c.ravel()[chosen].astype(np.intp) // BLOCK for c in coordinates)
    return np.asarray(chosen[subject.occupied.reshape(-1).take((x * ny + y) * nz + z)])


def _places(plane: Plane, placement: Placement, pose: Pose) -> list[Real]:
    """Where the points of `plane` are in the patient, mm: x, y and z, each (rows, columns)."""
    turn, shift = pose.of_patient(placement)
    first = turn @ plane.first_mm + shift
    along_row, along_column = turn @ plane.row_step_mm, turn @ plane.column_step_mm
    columns = np.arange(plane.columns, dtype=np.float32)
    rows = np.arange(plane.rows, dtype=np.float32)[:, None]
    return [
        (np.float32(first[axis]) + np.float32(along_row[axis]) * columns)
        + np.float32(along_column[axis]) * rows
        for axis in range(3)
    ]


def _trilinear(voxels: Voxels | Words, coordinates: list[Real], kind: type[np.number]) -> Real:
    """Values between voxels, (points, values of a voxel); each voxel is a word of so many values of a kind.

    `coordinates` are fractional voxel numbers, all of them at least one voxel from the upper edges. All
    values of a voxel are fetched at once: fetching is what costs.
    """
    _, ny, nz = voxels.shape
    lower = [c.astype(np.intp) for c in coordinates]  # any narrower index is widened at each use
    width = voxels.dtype.itemsize // np.dtype(kind).itemsize
    x, y, z = (np.repeat(c - low, width) for c, low in zip(coordinates, lower, strict=True))
    base = (lower[0] * ny + lower[1]) * nz + lower[2]
    flat = voxels.reshape(-1)

    def edge(row: int) -> Real:
        near, far = (flat.take(base + at).view(kind).astype(np.float32, copy=False) for at in (row, row + 1))
        return _blend(near, far, z)

    low = _blend(edge(0), edge(nz), y)
    high = _blend(edge(ny * nz), edge((ny + 1) * nz), y)
    return _blend(low, high, x).reshape(-1, width)


def _blend(near: Real, far: Real, share: Real) -> Real:
    far -= near
    far *= share
    far += near
    return far
