"""Where measured lines are kept until they become pictures: slice by slice, or as a slab."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from simulated_mri.encoding.fourier import Complex, centred_fft, centred_inverse
from simulated_mri.geometry import Pose
from simulated_mri.plan import Shot

if TYPE_CHECKING:
    from simulated_mri.acquisition import Acquisition

_POSES_KEPT = 6
_LINES_AT_ONCE = 8


class Store(Protocol):
    def prepare(self) -> None:
        """Simulate what can be simulated before the first shot."""
        ...

    def add(self, shot: Shot) -> None: ...

    def forget(self) -> None:
        """What the patient would give is simulated anew from here on; what was measured stays."""
        ...

    def kspace(self, index: int, frame: int) -> Complex: ...

    def slice_kspace(self, index: int, frame: int) -> Complex: ...

    def times(self, index: int, frame: int) -> npt.NDArray[np.int32]:
        """How often each line of a slice, or each partition of a slab, was measured."""
        ...


class FlatStore:
    """k-space of a 2D acquisition, slice by slice and frame by frame."""

    def __init__(self, owner: Acquisition) -> None:
        self._owner = owner
        self._true: dict[tuple[int, int], dict[Pose, Complex]] = {}
        self._sum: dict[tuple[int, int], Complex] = {}
        shape = (owner.plan.frame_count, owner.plan.slice_count, owner.encoding.lines)
        self._count = np.zeros(shape, dtype=np.int32)

    def prepare(self) -> None:
        """Nothing: each slice is simulated with its first shot."""

    def add(self, shot: Shot) -> None:
        if shot.slice_index is None:
            raise ValueError(f"shot {shot.index} names no slice")
        for frame in shot.frames:
            self._add(shot, shot.slice_index, frame)

    def forget(self) -> None:
        self._true.clear()

    def _add(self, shot: Shot, index: int, frame: int) -> None:
        true = self._simulated(index, frame, self._owner.pose_of(shot))
        key = (index, frame)
        if key not in self._sum:
            self._sum[key] = np.zeros_like(true)
        lines = list(shot.lines)
        seen = self._owner.noise(shot, frame)
        seen += true[:, lines]
        if self._owner.plan.averages == 1:
            self._sum[key][:, lines] = seen
        else:
            self._sum[key][:, lines] += seen
        self._count[frame, index, lines] += 1
        if self._count[frame, index, list(self._owner.measured)].min() == self._owner.plan.averages:
            del self._true[key]  # complete: what the patient would give is no longer needed

    def _simulated(self, index: int, frame: int, pose: Pose) -> Complex:
        known = self._true.setdefault((index, frame), {})
        if pose not in known:
            while len(known) >= _POSES_KEPT:
                del known[next(iter(known))]
            known[pose] = self._owner.simulate(index, frame, pose)
        return known[pose]

    def kspace(self, index: int, frame: int) -> Complex:
        count = self._count[frame, index]
        if (index, frame) not in self._sum:
            owner = self._owner
            shape = (owner.channels, owner.encoding.lines, owner.encoding.samples)
            return np.zeros(shape, dtype=np.complex64)
        return np.asarray(self._sum[index, frame] / np.maximum(count, 1).astype(np.float32)[:, None])

    def times(self, index: int, frame: int) -> npt.NDArray[np.int32]:
        return np.asarray(self._count[frame, index])

    slice_kspace = kspace


class SlabStore:
    """k-space of a 3D acquisition: [partition, line, sample] for each frame; one picture is followed.

    With acceleration the lines left out are kept too: the elements' signals are made from them at the end
    (see `reconstruction.combine`).
    """

    def __init__(self, owner: Acquisition) -> None:
        self._owner = owner
        self._shape = (owner.plan.slice_count, owner.encoding.lines, owner.encoding.samples)
        self._true: dict[tuple[int, Pose], Complex] = {}
        self._sum: dict[int, Complex] = {}
        self._count = np.zeros((owner.plan.frame_count, self._shape[0]), dtype=np.int32)
        self._followed: tuple[tuple[int, int], Complex] = ((-1, -1), np.zeros(0, dtype=np.complex64))
        self._finished: dict[int, Complex] = {}

    def prepare(self) -> None:
        first = self._owner.plan.shot(0)
        for frame in first.frames:
            self._simulated(frame, self._owner.pose_of(first))

    def forget(self) -> None:
        self._true.clear()

    def _simulated(self, frame: int, pose: Pose) -> Complex:
        if (frame, pose) not in self._true:
            kept = len(self._owner.plan.pass_frames[0])
            while len(self._true) >= kept:
                del self._true[next(iter(self._true))]
            self._true[frame, pose] = self._simulate(frame, pose)
        return self._true[frame, pose]

    def _simulate(self, frame: int, pose: Pose) -> Complex:
        true = np.empty(self._shape, dtype=np.complex64)
        for index in range(len(true)):
            true[index] = self._owner.simulate(index, frame, pose)[0]
        for lines in self._few_lines():
            true[:, lines] = centred_fft(true[:, lines], 0) / np.float32(len(true))
        return true

    def _few_lines(self) -> Iterator[slice]:
        """All lines, a few at a time: a transform along the partitions needs no second slab in memory."""
        return (slice(start, start + _LINES_AT_ONCE) for start in range(0, self._shape[1], _LINES_AT_ONCE))

    def add(self, shot: Shot) -> None:
        if shot.partition is None:
            raise ValueError(f"shot {shot.index} names no partition")
        self._finished.clear()
        for frame in shot.frames:
            self._add(shot, shot.partition, frame)

    def _add(self, shot: Shot, partition: int, frame: int) -> None:
        true = self._simulated(frame, self._owner.pose_of(shot))
        if frame not in self._sum:
            self._sum[frame] = np.zeros(self._shape, dtype=np.complex64)
        lines = list(shot.lines)
        before = self.kspace(partition, frame)[0]
        if self._owner.elements:
            self._sum[frame][partition] += true[partition]
        else:
            self._sum[frame][partition, lines] += true[partition, lines] + self._owner.noise(shot, frame)[0]
        self._count[frame, partition] += 1
        if self._complete(frame):
            for key in [key for key in self._true if key[0] == frame]:
                del self._true[key]  # what the patient would give is no longer needed
        (index, followed_frame), followed = self._followed
        if index >= 0 and followed_frame == frame:
            followed += (self.kspace(partition, frame)[0] - before) * self._turn(partition, index)

    def _turn(self, partition: int | npt.NDArray[np.int_], index: int) -> Complex:
        n = self._shape[0]
        turns = 2j * math.pi * (partition - n // 2) * (index - n // 2) / n
        return np.asarray(np.exp(turns), dtype=np.complex64)

    def kspace(self, index: int, frame: int) -> Complex:
        if frame not in self._sum:
            return np.zeros((1, *self._shape[1:]), dtype=np.complex64)
        return np.asarray(self._sum[frame][index] / np.float32(max(int(self._count[frame, index]), 1)))[None]

    def times(self, index: int, frame: int) -> npt.NDArray[np.int32]:
        if not 0 <= index < self._shape[0]:
            raise IndexError(f"slice {index} of {self._shape[0]}")
        return np.asarray(self._count[frame])

    def slice_kspace(self, index: int, frame: int) -> Complex:
        if self._complete(frame):
            return np.asarray(self._transformed(frame)[index][None])
        if self._followed[0] != (index, frame):
            self._followed = ((index, frame), self._one_slice(index, frame))
        return np.array(self._followed[1][None])

    def _one_slice(self, index: int, frame: int) -> Complex:
        if frame not in self._sum:
            return np.zeros(self._shape[1:], dtype=np.complex64)
        count = np.maximum(self._count[frame], 1)
        weights = (self._turn(np.arange(self._shape[0]), index) / count).astype(np.complex64)
        flat = self._sum[frame].reshape(self._shape[0], -1)
        return np.asarray((weights @ flat).reshape(self._shape[1:]))

    def _complete(self, frame: int) -> bool:
        return bool(self._count[frame].min() == self._owner.plan.averages)

    def _transformed(self, frame: int) -> Complex:
        if frame not in self._finished:
            mean = self._sum[frame] / np.float32(self._owner.plan.averages)
            for lines in self._few_lines():
                mean[:, lines] = centred_inverse(mean[:, lines], 0) * np.float32(len(mean))
            self._finished[frame] = mean
        return self._finished[frame]
