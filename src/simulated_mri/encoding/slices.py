"""k-space of planned slices, without noise: object on a finer grid, off-resonance, coils, transform, crop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulated_mri.encoding.bases import Bases
from simulated_mri.encoding.coils import CoilArray
from simulated_mri.encoding.fourier import Complex, Real, add_central_kspace, fast_length, origin_phase
from simulated_mri.encoding.matrix import Encoding
from simulated_mri.encoding.off_resonance import Displacement, shifted
from simulated_mri.encoding.sampling import Plane, sample, smoothly
from simulated_mri.encoding.volume import SignalVolume
from simulated_mri.geometry import AT_REST, Placement, Points, Pose, SliceGroup
from simulated_mri.hardware import GAMMA_HZ_PER_T

OBJECT_PITCH_MM, OBJECT_PITCH_VOXELS = 0.8, 0.6  # the coarser of the two: finer than the subject's voxels
MOST_LAYERS = 10  # where phase differs through the slice
EXCITABLE_MM, EXCITABLE_EDGE_MM = 240.0, 15.0


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One slice of a group, as encoded.

    `te_ms` dephases gradient echoes; None: phases are refocused.
    """

    encoding: Encoding
    group: SliceGroup
    index: int
    placement: Placement
    b0_t: float
    te_ms: float | None = None
    pose: Pose = AT_REST

    @property
    def axes(self) -> tuple[Points, Points]:
        """Directions of phase and readout."""
        row, column = np.array(self.group.row_direction), np.array(self.group.column_direction)
        return (row, column) if self.encoding.phase_along_row else (column, row)

    def plane(self, lines: int, samples: int, *, depth_mm: float = 0.0, fold: int = 0) -> Plane:
        """A grid over the encoded field of view, its centre at (lines // 2, samples // 2)."""
        encoding, (phase_axis, read_axis) = self.encoding, self.axes
        read_mm, phase_mm = encoding.fov_read_mm / samples, encoding.encoded_fov_mm / lines
        first = (
            self.group.slice_centre_mm(self.index)
            + depth_mm * np.array(self.group.normal)
            + (fold * encoding.encoded_fov_mm - (lines // 2) * phase_mm) * phase_axis
            - (samples // 2) * read_mm * read_axis
        )
        return Plane(first, read_mm * read_axis, phase_mm * phase_axis, lines, samples)

    def in_patient(self, points: Points) -> Points:
        """Where scanner points are in the patient at rest: there lies the coil."""
        lying, offset = self.placement.head_from_scanner()
        return np.asarray(points @ lying.T + offset)


def slice_kspace(volume: SignalVolume, planned: Slice, *, elements: bool = False) -> Complex:
    """Shape (channels, lines, samples): one channel of the combined sensitivity, or every element."""
    encoding = planned.encoding
    seen, courses = _fewest(_seen(volume, planned), volume.bases)
    shape, kept = (seen.shape[1], seen.shape[2]), (encoding.lines, encoding.samples)
    maps = sensitivity_maps(volume.subject.array, planned, shape, elements=elements, also=_excitable)
    kspace = np.zeros((len(maps), *kept), dtype=np.complex64)
    courses = courses / np.float32(shape[0] * shape[1])
    filled = _filled_rows(seen)
    weighted = np.zeros(shape, dtype=np.complex64)
    for total, sensitivity in zip(kspace, maps, strict=True):
        for course, part in zip(courses, seen, strict=True):
            weighted[: filled.start] = weighted[filled.stop :] = 0  # transforms overwrite these too
            np.multiply(part[filled], sensitivity[filled], out=weighted[filled])
            add_central_kspace(total, weighted, filled, course)
    kspace *= origin_phase(shape, kept)
    return kspace


def _fewest(seen: Complex | Real, bases: Bases) -> tuple[Complex | Real, Real]:
    """What need not be transformed by itself is added up: (pictures, their courses along the lines)."""
    courses = bases.courses
    if bases.constant:
        together = np.asarray(sum(part * first for part, first in zip(seen, courses[:, 0], strict=True)))
        return together[None], np.ones((1, courses.shape[1]), dtype=np.float32)
    if bases.fat_by_others is not None:  # it lies where it belongs by now
        seen[:-1] += bases.fat_by_others[:, None, None] * seen[-1]
        return seen[:-1], courses[:-1]
    return seen, courses


def _filled_rows(seen: Complex | Real) -> slice:
    """From the first row with any signal to the last."""
    rows = np.flatnonzero(seen.any(axis=(0, 2)))
    return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)


def sensitivity_maps(
    array: CoilArray,
    planned: Slice,
    shape: tuple[int, int],
    *,
    elements: bool,
    also: Callable[[Points], Real] | None = None,
) -> Complex | Real:
    """Receive sensitivity over the encoded field of view, (channels, lines, samples), of a grid `shape`.

    `also`: a smooth factor of scanner points, (1, …).
    """
    sensed = array.sensitivities if elements else lambda points: array.combined(points)[None]

    def at(points: Points) -> Complex | Real:
        seen = sensed(planned.in_patient(points))
        return seen if also is None else seen * also(points)

    return smoothly(planned.plane(*shape), at)


def _seen(volume: SignalVolume, planned: Slice) -> Complex | Real:
    """The excited slice, (bases, phase, read): averaged over thickness, displaced, folded in phase.

    Real where phases are refocused.
    """
    encoding = planned.encoding
    pitch_mm = max(OBJECT_PITCH_MM, OBJECT_PITCH_VOXELS * float(volume.subject.spacing_mm.min()))
    n_read = fast_length(max(encoding.samples, encoding.fov_read_mm / pitch_mm))
    n_phase = fast_length(max(encoding.lines, encoding.encoded_fov_mm / pitch_mm))
    dephasing = volume.subject.field_map is not None and planned.te_ms is not None
    layers = max(1, math.ceil(encoding.thickness_mm / volume.subject.layer_mm))
    if dephasing:
        layers = _layers_needed(volume, planned, layers)
    bases = len(volume.bases.courses)
    kind = np.float32 if planned.te_ms is None else np.complex64
    total: npt.NDArray[Any] = np.zeros((bases, n_phase, n_read), dtype=kind)
    for fold in _folds(volume, planned):
        turned = _layers_turned(volume, planned, (n_phase, n_read), fold, layers) if dephasing else None
        for layer in range(layers):
            plane = planned.plane(n_phase, n_read, depth_mm=_depth_mm(planned, layer, layers), fold=fold)
            parts = sample(volume, plane, planned.placement, planned.pose)
            total += parts if turned is None else parts * next(turned)
    total /= np.float32(layers)
    return _displaced(volume, planned, total)


def _depth_mm(planned: Slice, layer: int, layers: int) -> float:
    """Of the middle of a layer, from the middle of the slice."""
    return ((layer + 0.5) / layers - 0.5) * planned.encoding.thickness_mm


def _layers_needed(volume: SignalVolume, planned: Slice, least: int) -> int:
    """So many that the signal turns by less than an eighth from one to the next, almost everywhere."""
    half_mm = planned.encoding.thickness_mm / 2
    top, bottom = (
        _field_hz(volume, planned, planned.plane(24, 24, depth_mm=depth)) for depth in (half_mm, -half_mm)
    )
    turns = np.abs(top - bottom) * (planned.te_ms or 0.0) / 1000
    return min(max(least, math.ceil(8 * float(np.percentile(turns, 95)))), MOST_LAYERS)


def _layers_turned(
    volume: SignalVolume, planned: Slice, shape: tuple[int, int], fold: int, layers: int
) -> Iterator[Complex]:
    """By how much the field has turned each layer's signal until the echo; it is linear through the slice."""
    te_s = np.float32((planned.te_ms or 0.0) / 1000)
    outer = [
        _field_hz(volume, planned, planned.plane(*shape, depth_mm=_depth_mm(planned, at, layers), fold=fold))
        for at in (0, layers - 1)
    ]
    turned = _turn(outer[0] * te_s)
    step = _turn((outer[1] - outer[0]) * (te_s / np.float32(max(layers - 1, 1))))
    for _ in range(layers):
        yield turned
        turned = turned * step


def _turn(turns: Real) -> Complex:
    angle = turns * np.float32(2 * np.pi)
    out = np.empty(angle.shape, dtype=np.complex64)
    np.cos(angle, out=out.real)
    np.sin(angle, out=out.imag)
    return out


def _displaced(volume: SignalVolume, planned: Slice, parts: Complex | Real) -> Complex | Real:
    """Every basis where its frequency puts it; the last is fat, which turns its phase as well."""
    encoding, shape = planned.encoding, (parts.shape[1], parts.shape[2])
    per_read = shape[1] / encoding.samples / encoding.hz_per_pixel_read
    per_phase = shape[0] / encoding.lines / encoding.hz_per_pixel_phase
    if planned.te_ms is not None:
        parts[-1] *= np.exp(2j * np.pi * encoding.fat_hz * planned.te_ms / 1000)
    if volume.subject.field_map is None:
        moved = shifted(parts[-1], -encoding.fat_hz * per_read)
        parts[-1] = shifted(moved.T, -encoding.fat_hz * per_phase).T if per_phase else moved
        return parts
    hz = _field_hz(volume, planned, planned.plane(*shape))
    for own_hz, group in ((0.0, parts[:-1]), (encoding.fat_hz, parts[-1:])):
        along_read = Displacement(np.asarray(-(hz + own_hz) * per_read, np.float32), 1, wraps=False)
        along_phase = Displacement(np.asarray(-(hz + own_hz) * per_phase, np.float32), 0, wraps=True)
        for index, part in enumerate(group):
            group[index] = along_phase(along_read(part))
    return parts


def _folds(volume: SignalVolume, planned: Slice) -> range:
    """Which copies of the field of view hold patient: these wrap around into the picture."""
    turn, shift = planned.pose.of_patient(planned.placement)
    corners = (volume.subject.corners_mm() - shift) @ turn  # the inverse of a rotation is its transpose
    fov_mm = planned.encoding.encoded_fov_mm
    reach = (corners - planned.group.slice_centre_mm(planned.index)) @ planned.axes[0]
    first, last = (math.floor(edge / fov_mm + 0.5) for edge in (reach.min() + 12, reach.max() - 12))
    return range(min(first, 0), max(last, 0) + 1)


def _field_hz(volume: SignalVolume, planned: Slice, plane: Plane) -> Real:
    """Off-resonance of water at the points of `plane`; the field belongs to the patient."""
    field_map = volume.subject.field_map
    if field_map is None:
        raise ValueError("this subject has no field map")
    ppm = smoothly(plane, lambda points: field_map.at(planned.in_patient(points))[None])[0]
    return np.asarray(ppm * np.float32(GAMMA_HZ_PER_T * planned.b0_t * 1e-6), dtype=np.float32)


def _excitable(points: Points) -> Real:
    """1 near the isocentre, 0 far from it: the magnet's homogeneous volume and the transmit coil's length."""
    fades = 1 / (1 + np.exp((np.abs(points) - EXCITABLE_MM) / EXCITABLE_EDGE_MM))
    return np.asarray(np.prod(fades, axis=-1)[None], dtype=np.float32)
