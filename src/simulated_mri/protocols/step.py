"""What an approved protocol is made of, and how its steps are written down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType

from simulated_mri.geometry import SliceGroup, Vector
from simulated_mri.sequences import SequenceType, Value, Values, parameters

RIGHT_TO_LEFT: Vector = (1.0, 0.0, 0.0)
FRONT_TO_BACK: Vector = (0.0, 1.0, 0.0)
HEAD_TO_FOOT: Vector = (0.0, 0.0, -1.0)


@dataclass(frozen=True, slots=True)
class ProtocolStep:
    """A sequence with its values and slices. `values` agree with the groups (sum, spacing, thickness)."""

    step_id: str
    name: str
    sequence: SequenceType
    values: Values
    groups: tuple[SliceGroup, ...]


@dataclass(frozen=True, slots=True)
class Protocol:
    protocol_id: str
    version: int
    name: str
    steps: tuple[ProtocolStep, ...]


_USUAL: Values = {
    "averages": 1,
    "concatenations": 1,
    "phase_fov_percent": 100.0,
    "phase_encoding": "ROW",
    "phase_oversampling_percent": 0,
    "partial_fourier_percent": 100.0,
    "acceleration_factor": 1,
    "fat_saturation": "OFF",
    "contrast_agent": "NONE",
    "flip_angle_deg": 90,
    "trigger": "OFF",
    "trigger_rate_per_min": 60,
    "trigger_delay_ms": 0,
    "trigger_window_percent": 40,
}


def step(
    step_id: str, name: str, sequence: SequenceType, groups: tuple[SliceGroup, ...], **values: Value
) -> ProtocolStep:
    """With the usual values of parameters that are not named; slices are counted from the groups."""
    slices: dict[str, Value] = {
        "slice_count": sum(group.slice_count for group in groups),
        "slice_thickness_mm": groups[0].slice_thickness_mm,
        "slice_spacing_mm": groups[0].slice_spacing_mm,
    }
    known = parameters(sequence)
    if unknown := set(values) - set(known):
        raise ValueError(f"{step_id}: {sequence} has no {', '.join(sorted(unknown))}")
    wanted = {**_USUAL, **values, **slices}
    return ProtocolStep(
        step_id, name, sequence, MappingProxyType({key: wanted[key] for key in known}), groups
    )


def tilted_back(degrees: float) -> Vector:
    """Columns of axial slices whose front is tilted up by an angle."""
    return (0.0, math.cos(math.radians(degrees)), -math.sin(math.radians(degrees)))
