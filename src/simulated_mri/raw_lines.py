"""The lines of an acquisition as ISMRMRD acquisitions: one for each measured line of each picture.

Lines come in the order in which they were acquired. Of averages the mean is kept, so a line stands once, and
`user_int[0]` says how many averages are in it. The head's directions are unit vectors and its position is in
millimetres from the isocentre, both in LPS: where a Fourier transform with its origin at n // 2 has the
origin of its picture. `slice_dir` points towards higher slices and partitions; it is row × column of the
picture, so −read × phase where phase encoding runs along a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import ismrmrd
import numpy as np
import numpy.typing as npt
from ismrmrd.hdf5 import acquisition_dtype

from simulated_mri.acquisition import Acquisition
from simulated_mri.encoding.fourier import Complex, centred_fft
from simulated_mri.plan import Shot

Records = npt.NDArray[Any]
"""Structured: `acquisition_dtype` of the library."""

VERSION = 1
_FLAT_ENDS = (
    (ismrmrd.ACQ_FIRST_IN_ENCODE_STEP1, ismrmrd.ACQ_LAST_IN_ENCODE_STEP1),
    (ismrmrd.ACQ_FIRST_IN_SLICE, ismrmrd.ACQ_LAST_IN_SLICE),
)
_SLAB_ENDS = ((ismrmrd.ACQ_FIRST_IN_ENCODE_STEP1, ismrmrd.ACQ_LAST_IN_ENCODE_STEP1),)


@dataclass(frozen=True, slots=True)
class _Line:
    """`where`: the slice, or the partition of a slab."""

    shot: Shot
    frame: int
    where: int
    number: int
    averages: int


def raw_records(acquisition: Acquisition) -> Iterator[Records]:
    """All lines there are, in batches (a pass of slices, a partition of a slab), ready to be stored."""
    lines = tuple(_lines(acquisition))
    ends = _ends(lines, _SLAB_ENDS if acquisition.plan.volume else _FLAT_ENDS)
    counter = 0
    elements: dict[int, Complex] = {}
    for _, batch in groupby(lines, key=lambda line: _batch(acquisition, line)):
        own = tuple(batch)
        records = np.zeros(len(own), dtype=acquisition_dtype)
        head = records["head"]
        _fill(head, own, acquisition)
        head["scan_counter"] = np.arange(counter, counter + len(own))
        head["flags"] = ends[counter : counter + len(own)]
        _fill_data(records, own, acquisition, elements)
        counter += len(own)
        yield records


def _batch(acquisition: Acquisition, line: _Line) -> int:
    return line.shot.index if acquisition.plan.volume else line.shot.frames[0]


def _lines(acquisition: Acquisition) -> Iterator[_Line]:
    """Each line when it was measured first."""
    seen = np.zeros(
        (len(acquisition.frames), acquisition.plan.slice_count, acquisition.encoding.lines), dtype=bool
    )
    for shot in acquisition.plan.shots():
        where = shot.partition if shot.slice_index is None else shot.slice_index
        if where is None:
            raise ValueError(f"shot {shot.index} names neither slice nor partition")
        for frame in shot.frames:
            times = acquisition.times(where, frame)
            for number in shot.lines:
                averages = int(times[where if acquisition.plan.volume else number])
                if averages and not seen[frame, where, number]:
                    seen[frame, where, number] = True
                    yield _Line(shot, frame, where, number, averages)


def _ends(lines: tuple[_Line, ...], flags: tuple[tuple[int, int], ...]) -> npt.NDArray[np.uint64]:
    """Flags of the first and the last line there is of each slice or partition, and of the measurement."""
    bits = np.zeros(len(lines), dtype=np.uint64)
    first: dict[tuple[int, int], int] = {}
    last: dict[tuple[int, int], int] = {}
    for place, line in enumerate(lines):
        first.setdefault((line.frame, line.where), place)
        last[line.frame, line.where] = place
    for at, which in ((first, 0), (last, 1)):
        word = sum(1 << (pair[which] - 1) for pair in flags)
        bits[list(at.values())] |= np.uint64(word)
    bits[-1:] |= np.uint64(1 << (ismrmrd.ACQ_LAST_IN_MEASUREMENT - 1))
    return bits


def _fill(head: Records, lines: tuple[_Line, ...], acquisition: Acquisition) -> None:
    encoding = acquisition.encoding
    head["version"] = VERSION
    head["number_of_samples"] = encoding.samples
    head["center_sample"] = encoding.samples // 2
    head["sample_time_us"] = 1e6 / (encoding.hz_per_pixel_read * encoding.samples)
    head["acquisition_time_stamp"] = [round(line.shot.at_s * 1000) for line in lines]
    head["user_int"][:, 0] = [line.averages for line in lines]
    counters, frames = head["idx"], [acquisition.frames[line.frame] for line in lines]
    counters["kspace_encode_step_1"] = [line.number for line in lines]
    counters["kspace_encode_step_2" if acquisition.plan.volume else "slice"] = [line.where for line in lines]
    counters["contrast"] = [frame.echo for frame in frames]
    counters["repetition"] = [frame.dynamic for frame in frames]
    segments = {train: number for number, train in enumerate(acquisition.plan.trains)}
    counters["segment"] = [segments[line.shot.lines] for line in lines]
    _fill_geometry(head, lines, acquisition)


def _fill_geometry(head: Records, lines: tuple[_Line, ...], acquisition: Acquisition) -> None:
    middle = acquisition.plan.slice_count // 2
    for record, line in zip(head, lines, strict=True):
        # A slab's slices are the picture of its partitions: its origin is at slice n // 2.
        group, within = acquisition.prescription.slice_at(middle if acquisition.plan.volume else line.where)
        along, down = group.row_direction, group.column_direction
        read, phase = (down, along) if acquisition.encoding.phase_along_row else (along, down)
        record["position"] = group.slice_centre_mm(within)
        record["read_dir"], record["phase_dir"], record["slice_dir"] = read, phase, group.normal


def _fill_data(
    records: Records, lines: tuple[_Line, ...], acquisition: Acquisition, elements: dict[int, Complex]
) -> None:
    """`elements`: those of a slab with acceleration, made once for each frame and kept for a pass."""
    kspaces: dict[tuple[int, int], Complex] = {}
    for place, line in enumerate(lines):
        key = (line.where, line.frame)
        if key not in kspaces:
            kspaces[key] = _kspace(acquisition, line, elements)
        values = np.ascontiguousarray(kspaces[key][:, line.number])
        records["data"][place] = values.view(np.float32).ravel()
        records["traj"][place] = np.zeros(0, dtype=np.float32)
    channels = next(iter(kspaces.values())).shape[0]
    head = records["head"]
    head["available_channels"] = head["active_channels"] = channels
    for channel in range(channels):
        head["channel_mask"][:, channel // 64] |= np.uint64(1 << channel % 64)


def _kspace(acquisition: Acquisition, line: _Line, elements: dict[int, Complex]) -> Complex:
    """(channels, lines, samples) of a slice or a partition."""
    if not (acquisition.plan.volume and acquisition.elements):
        return acquisition.kspace(line.where, line.frame)
    for old in set(elements) - set(line.shot.frames):
        del elements[old]
    if line.frame not in elements:
        elements[line.frame] = _elements_of_slab(acquisition, line.frame)
    known = elements[line.frame][line.where]
    whole = np.zeros((known.shape[0], acquisition.encoding.lines, known.shape[2]), dtype=np.complex64)
    whole[:, list(acquisition.measured)] = known
    return whole


def _elements_of_slab(acquisition: Acquisition, frame: int) -> Complex:
    """(partitions, channels, measured lines, samples): made slice by slice, as the reconstruction does."""
    measured, slices = list(acquisition.measured), acquisition.plan.slice_count
    made = np.stack([acquisition.elements_of_slab(n, frame)[:, measured] for n in range(slices)])
    for channel in range(made.shape[1]):
        made[:, channel] = centred_fft(made[:, channel], 0) / np.float32(slices)
    return made
