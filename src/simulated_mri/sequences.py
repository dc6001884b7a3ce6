"""The sequences of the scanner: which parameters each has, in which range and steps.

Keys follow DICOM with the unit as suffix. `acquisition_matrix_phase` counts the lines really
encoded over the phase field of view (`fov_read_mm` × `phase_fov_percent`); a 3D sequence calls
its partitions slices, and their spacing is their thickness.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

SequenceType = Literal["localizer", "tse", "flair", "gre_t2star", "gre_3d_t1", "se"]
SEQUENCE_TYPES: tuple[SequenceType, ...] = get_args(SequenceType)

Value = float | int | str
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A numeric parameter: allowed values are `low` + n × `step` up to `high`."""

    key: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    decimals: int = 0

    @property
    def whole(self) -> bool:
        return self.decimals == 0 and float(self.step).is_integer() and float(self.low).is_integer()

    def nearest(self, value: float) -> Value:
        """The allowed value nearest to a finite `value`."""
        return self._at(round((value - self.low) / self.step))

    def at_least(self, value: float) -> Value:
        """The smallest allowed value not below `value` (or the highest there is)."""
        return self._at(math.ceil((value - self.low) / self.step - 1e-9))

    def at_most(self, value: float) -> Value:
        """The largest allowed value not above `value` (or the lowest there is)."""
        return self._at(math.floor((value - self.low) / self.step + 1e-9))

    def _at(self, steps: int) -> Value:
        last = math.floor((self.high - self.low) / self.step + 1e-9)
        value = self.low + min(max(steps, 0), last) * self.step
        return round(value) if self.whole else round(value, max(self.decimals, 3))

    def show(self, value: float) -> str:
        return f"{value:.{self.decimals}f}{' ' + self.unit if self.unit else ''}"


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that takes one of a few words."""

    key: str
    label: str
    choices: tuple[str, ...]
    unit: str = ""


Parameter = NumberRange | Choice

_TR = NumberRange("tr_ms", "Repetition time", "ms", 3.0, 15000.0, 0.1, 1)
_FLIP = NumberRange("flip_angle_deg", "Flip angle", "°", 1, 90, 1)
_REFOCUSING = NumberRange("refocusing_flip_angle_deg", "Refocusing angle", "°", 90, 180, 1)
_AVERAGES = NumberRange("averages", "Averages", "", 1, 8, 1)
_CONCATENATIONS = NumberRange("concatenations", "Concatenations", "", 1, 12, 1)
_BANDWIDTH = NumberRange("bandwidth_hz_per_px", "Bandwidth", "Hz/px", 60, 1000, 10)
_GEOMETRY: tuple[Parameter, ...] = (
    NumberRange("acquisition_matrix_read", "Matrix, readout", "", 64, 512, 2),
    NumberRange("acquisition_matrix_phase", "Matrix, phase", "", 64, 512, 2),
    NumberRange("fov_read_mm", "Field of view, readout", "mm", 80, 500, 1),
    NumberRange("phase_fov_percent", "Field of view, phase", "%", 50, 100, 0.5, 1),
    Choice("phase_encoding", "Phase encoding", ("ROW", "COL")),
)
_SLICES_2D: tuple[Parameter, ...] = (
    NumberRange("slice_thickness_mm", "Slice thickness", "mm", 1.0, 20.0, 0.1, 1),
    NumberRange("slice_spacing_mm", "Slice spacing", "mm", 1.0, 60.0, 0.1, 1),
    NumberRange("slice_count", "Slices", "", 1, 60, 1),
)
_SLICES_3D: tuple[Parameter, ...] = (
    NumberRange("slice_thickness_mm", "Partition thickness", "mm", 0.6, 5.0, 0.05, 2),
    NumberRange("slice_spacing_mm", "Partition spacing", "mm", 0.6, 5.0, 0.05, 2),
    NumberRange("slice_count", "Partitions", "", 16, 208, 2),
)


def _echo_time(high: float) -> NumberRange:
    return NumberRange("te_ms", "Echo time", "ms", 1.0, high, 0.01, 2)


def _inversion_time(low: float, high: float) -> NumberRange:
    return NumberRange("ti_ms", "Inversion time", "ms", low, high, 1)


def _train(high: int) -> NumberRange:
    return NumberRange("echo_train_length", "Turbo factor", "", 2, high, 1)


_COMMON = (_AVERAGES, _CONCATENATIONS, _BANDWIDTH, *_GEOMETRY, *_SLICES_2D)
_PARAMETERS: dict[SequenceType, tuple[Parameter, ...]] = {
    "localizer": (_TR, _echo_time(30.0), _FLIP, *_COMMON),
    "gre_t2star": (_TR, _echo_time(80.0), _FLIP, *_COMMON),
    "se": (_TR, _echo_time(200.0), _FLIP, _REFOCUSING, *_COMMON),
    "tse": (_TR, _echo_time(400.0), _FLIP, _REFOCUSING, _train(40), *_COMMON),
    "flair": (_TR, _echo_time(400.0), _inversion_time(500, 4000), _FLIP, _REFOCUSING, _train(40), *_COMMON),
    "gre_3d_t1": (
        _TR, _echo_time(20.0), _inversion_time(300, 2000), _FLIP, _AVERAGES, _BANDWIDTH,
        *_GEOMETRY, *_SLICES_3D,
    ),
}  # fmt: skip


def parameters(sequence: SequenceType) -> dict[str, Parameter]:
    """Every parameter that `sequence` has, in the order in which a person would read them."""
    return {parameter.key: parameter for parameter in _PARAMETERS[sequence]}


def number(values: Values, key: str) -> float:
    """A numeric value of validated `values`; a missing or wordy one is a programming error."""
    value = values[key]
    if isinstance(value, str):
        raise TypeError(f"{key} holds the word {value!r}")
    return float(value)


def count(values: Values, key: str) -> int:
    return round(number(values, key))
