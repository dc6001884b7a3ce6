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

SequenceType = Literal[
    "localizer", "tse", "flair", "gre_t2star", "gre_3d_t1", "se", "stir", "tse_ss", "gre", "gre_3d",
    "dixon_3d", "bssfp", "epi_dwi", "bolus", "field_map",
]  # fmt: skip
SEQUENCE_TYPES: tuple[SequenceType, ...] = get_args(SequenceType)

Readout = Literal["gradient_echo", "balanced", "spin_echo", "echo_train", "inversion_train", "epi"]
"""How magnetisation becomes lines: one line to an excitation, or many."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a sequence is, as far as timing, order, exposure and contrast ask.

    `inversion`: a packet's slices are inverted one after another and then read (FLAIR), each slice is
    inverted and read by itself (STIR), or a slab before each train (MPRAGE). `single_shot`: one excitation
    reads all lines. `echoes`: gradient echoes with a picture of their own after each excitation.
    """

    readout: Readout
    volume: bool = False
    inversion: Literal["none", "packet", "slice", "slab"] = "none"
    single_shot: bool = False
    echoes: int = 1

    @property
    def inverted(self) -> bool:
        return self.inversion != "none"


_TRAITS: dict[SequenceType, Traits] = {
    "localizer": Traits("gradient_echo"),
    "gre": Traits("gradient_echo"),
    "gre_t2star": Traits("gradient_echo"),
    "bolus": Traits("gradient_echo"),
    "field_map": Traits("gradient_echo", echoes=2),
    "gre_3d": Traits("gradient_echo", volume=True),
    "dixon_3d": Traits("gradient_echo", volume=True, echoes=2),
    "gre_3d_t1": Traits("inversion_train", volume=True, inversion="slab"),
    "bssfp": Traits("balanced"),
    "se": Traits("spin_echo"),
    "tse": Traits("echo_train"),
    "tse_ss": Traits("echo_train", single_shot=True),
    "flair": Traits("echo_train", inversion="packet"),
    "stir": Traits("echo_train", inversion="slice"),
    "epi_dwi": Traits("epi", single_shot=True),
}


def traits(sequence: SequenceType) -> Traits:
    return _TRAITS[sequence]


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
_REFOCUSING = NumberRange("refocusing_flip_angle_deg", "Refocusing angle", "°", 60, 180, 1)
_AVERAGES = NumberRange("averages", "Averages", "", 1, 8, 1)
_CONCATENATIONS = NumberRange("concatenations", "Concatenations", "", 1, 12, 1)
_GEOMETRY: tuple[Parameter, ...] = (
    NumberRange("acquisition_matrix_read", "Matrix, readout", "", 64, 512, 2),
    NumberRange("acquisition_matrix_phase", "Matrix, phase", "", 64, 512, 2),
    NumberRange("fov_read_mm", "Field of view, readout", "mm", 80, 500, 1),
    NumberRange("phase_fov_percent", "Field of view, phase", "%", 50, 100, 0.5, 1),
    Choice("phase_encoding", "Phase encoding", ("ROW", "COL")),
)
_LINES: tuple[Parameter, ...] = (
    NumberRange("phase_oversampling_percent", "Phase oversampling", "%", 0, 100, 10),
    NumberRange("partial_fourier_percent", "Partial Fourier", "%", 62.5, 100, 12.5, 1),
    NumberRange("acceleration_factor", "Acceleration", "", 1, 4, 1),
)
_FAT_SATURATION = Choice("fat_saturation", "Fat saturation", ("OFF", "ON"))
_CONTRAST_AGENT = Choice("contrast_agent", "Contrast agent", ("NONE", "GIVEN"))
_INJECTION = Choice("contrast_agent", "Contrast agent", ("NONE", "AT_START"))
_DYNAMICS = NumberRange("dynamics", "Dynamics", "", 1, 60, 1)
_INTERVAL = NumberRange("dynamic_interval_s", "Interval of dynamics", "s", 0.0, 120.0, 0.1, 1)
_SECOND_ECHO = NumberRange("echo_difference_ms", "Second echo after", "ms", 0.4, 12.0, 0.01, 2)
_DIFFUSION: tuple[Parameter, ...] = (
    NumberRange("b_value_s_per_mm2", "b value", "s/mm²", 50, 2000, 50),
    NumberRange("diffusion_directions", "Diffusion directions", "", 1, 3, 1),
)
UNTRIGGERED = {
    "localizer": "a localizer is over before a trigger would help",
    "field_map": "the phase difference of two echoes is the same in every phase of heart and breath",
    "bolus": "its pictures follow the injection at even times, which no trigger may delay",
    "dixon_3d": "its dynamics follow the injection at even times and are held in one breath",
}
"""Where no trigger makes sense, and why."""
_OFF: tuple[Parameter, ...] = (Choice("trigger", "Trigger", ("OFF",)),)
_TRIGGER: tuple[Parameter, ...] = (
    Choice("trigger", "Trigger", ("OFF", "PULSE", "ECG", "RESPIRATION")),
    NumberRange("trigger_rate_per_min", "Rate of the trigger", "1/min", 6, 150, 1),
    NumberRange("trigger_delay_ms", "Trigger delay", "ms", 0, 3000, 10),
    NumberRange("trigger_window_percent", "Acquisition window", "%", 10, 90, 5),
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


def _bandwidth(high: int, low: int = 60) -> NumberRange:
    return NumberRange("bandwidth_hz_per_px", "Bandwidth", "Hz/px", low, high, 10)


_FLAT = (_AVERAGES, _CONCATENATIONS, _bandwidth(1000), *_GEOMETRY, *_LINES, *_SLICES_2D)
_SLAB = (_AVERAGES, _bandwidth(2000), *_GEOMETRY, *_LINES, *_SLICES_3D)
_TURBO = (_FLIP, _REFOCUSING, _train(40), _FAT_SATURATION, *_FLAT)
_PARAMETERS: dict[SequenceType, tuple[Parameter, ...]] = {
    "localizer": (_TR, _echo_time(30.0), _FLIP, *_FLAT, *_OFF),
    "gre": (_TR, _echo_time(80.0), _FLIP, _FAT_SATURATION, _CONTRAST_AGENT, *_FLAT, *_TRIGGER),
    "gre_t2star": (_TR, _echo_time(80.0), _FLIP, *_FLAT, *_TRIGGER),
    "bolus": (_TR, _echo_time(30.0), _FLIP, _INJECTION, _DYNAMICS, *_FLAT, *_OFF),
    "field_map": (_TR, _echo_time(30.0), _SECOND_ECHO, _FLIP, *_FLAT, *_OFF),
    "bssfp": (
        _TR, _echo_time(30.0), _FLIP, _AVERAGES, _bandwidth(2000), *_GEOMETRY, *_LINES, *_SLICES_2D,
        *_TRIGGER,
    ),
    "se": (_TR, _echo_time(200.0), _FLIP, _REFOCUSING, _FAT_SATURATION, _CONTRAST_AGENT, *_FLAT, *_TRIGGER),
    "tse": (_TR, _echo_time(400.0), *_TURBO, *_TRIGGER),
    "tse_ss": (
        _TR, _echo_time(400.0), _FLIP, _REFOCUSING, _FAT_SATURATION, _AVERAGES, _bandwidth(1000), *_GEOMETRY,
        *_LINES, *_SLICES_2D, *_TRIGGER,
    ),
    "flair": (_TR, _echo_time(400.0), _inversion_time(500, 4000), _CONTRAST_AGENT, *_TURBO, *_TRIGGER),
    "stir": (
        _TR, _echo_time(400.0), _inversion_time(50, 500), _FLIP, _REFOCUSING, _train(40), *_FLAT, *_TRIGGER,
    ),
    "epi_dwi": (
        _TR, _echo_time(200.0), *_DIFFUSION, _AVERAGES, _CONCATENATIONS, _bandwidth(2500, 600), *_GEOMETRY,
        *_LINES, *_SLICES_2D, *_TRIGGER,
    ),
    "gre_3d": (_TR, _echo_time(20.0), _FLIP, _FAT_SATURATION, _CONTRAST_AGENT, *_SLAB, *_TRIGGER),
    "dixon_3d": (
        _TR, _echo_time(20.0), _SECOND_ECHO, _FLIP, _INJECTION, _DYNAMICS, _INTERVAL, *_SLAB, *_OFF,
    ),
    "gre_3d_t1": (
        _TR, _echo_time(20.0), _inversion_time(300, 2000), _FLIP, _CONTRAST_AGENT, *_SLAB, *_TRIGGER,
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


def count_or(values: Values, key: str, otherwise: int) -> int:
    """The same for a parameter that not every sequence has."""
    return count(values, key) if key in values else otherwise
