"""The approved protocol of the simulated scanner, with values and slices that suit the shipped head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType

from simulated_mri.geometry import SliceGroup, Vector
from simulated_mri.sequences import SequenceType, Value, Values

RIGHT_TO_LEFT: Vector = (1.0, 0.0, 0.0)
FRONT_TO_BACK: Vector = (0.0, 1.0, 0.0)
HEAD_TO_FOOT: Vector = (0.0, 0.0, -1.0)
# Axial slices follow the line under the corpus callosum: the front is tilted up by this angle.
TILT_DEG = 8.0
TILTED_BACK: Vector = (0.0, math.cos(math.radians(TILT_DEG)), -math.sin(math.radians(TILT_DEG)))


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


def _values(**values: Value) -> Values:
    return MappingProxyType(values)


def _axial(name: str, *, count: int = 24, spacing: float = 5.5, thickness: float = 5.0) -> SliceGroup:
    return SliceGroup(name, (0.0, 1.0, 14.0), RIGHT_TO_LEFT, TILTED_BACK, count, spacing, thickness)


def _step(
    step_id: str, name: str, sequence: SequenceType, groups: tuple[SliceGroup, ...], values: Values
) -> ProtocolStep:
    slices = {
        "slice_count": sum(group.slice_count for group in groups),
        "slice_thickness_mm": groups[0].slice_thickness_mm,
        "slice_spacing_mm": groups[0].slice_spacing_mm,
    }
    return ProtocolStep(step_id, name, sequence, _values(**values, **slices), groups)


_LOCALIZER = _step(
    "localizer", "Localizer 3-plane", "localizer",
    (
        SliceGroup("sagittal", (0.0, -2.0, -6.0), FRONT_TO_BACK, HEAD_TO_FOOT, 3, 20.0, 5.0),
        SliceGroup("coronal", (0.0, 0.0, -6.0), RIGHT_TO_LEFT, HEAD_TO_FOOT, 3, 20.0, 5.0),
        SliceGroup("axial", (0.0, -2.0, 4.0), RIGHT_TO_LEFT, FRONT_TO_BACK, 5, 20.0, 5.0),
    ),
    _values(
        tr_ms=110.0, te_ms=3.5, flip_angle_deg=40, averages=1, concatenations=1, bandwidth_hz_per_px=320,
        acquisition_matrix_read=256, acquisition_matrix_phase=160, fov_read_mm=260, phase_fov_percent=100.0,
        phase_encoding="ROW",
    ),
)  # fmt: skip
_T2 = _step(
    "t2_tse_ax", "T2 TSE ax", "tse", (_axial("axial"),),
    _values(
        tr_ms=4500.0, te_ms=100.0, flip_angle_deg=90, refocusing_flip_angle_deg=150, echo_train_length=16,
        averages=1, concatenations=1, bandwidth_hz_per_px=220, acquisition_matrix_read=320,
        acquisition_matrix_phase=256, fov_read_mm=230, phase_fov_percent=87.5, phase_encoding="ROW",
    ),
)  # fmt: skip
_FLAIR = _step(
    "flair_ax", "FLAIR ax", "flair", (_axial("axial"),),
    _values(
        tr_ms=9000.0, te_ms=90.0, ti_ms=2500, flip_angle_deg=90, refocusing_flip_angle_deg=150,
        echo_train_length=18, averages=1, concatenations=2, bandwidth_hz_per_px=220,
        acquisition_matrix_read=256, acquisition_matrix_phase=198, fov_read_mm=230, phase_fov_percent=87.5,
        phase_encoding="ROW",
    ),
)  # fmt: skip
_T2_STAR = _step(
    "t2star_gre_ax", "T2* GRE ax", "gre_t2star", (_axial("axial"),),
    _values(
        tr_ms=720.0, te_ms=20.0, flip_angle_deg=20, averages=1, concatenations=1, bandwidth_hz_per_px=200,
        acquisition_matrix_read=256, acquisition_matrix_phase=192, fov_read_mm=230, phase_fov_percent=87.5,
        phase_encoding="ROW",
    ),
)  # fmt: skip
_T1_3D = _step(
    "t1_3d_sag", "3D T1 sag", "gre_3d_t1",
    (SliceGroup("sagittal", (0.0, -2.0, -2.0), FRONT_TO_BACK, HEAD_TO_FOOT, 128, 1.3, 1.3),),
    _values(
        tr_ms=2000.0, te_ms=3.6, ti_ms=900, flip_angle_deg=9, averages=1, bandwidth_hz_per_px=240,
        acquisition_matrix_read=256, acquisition_matrix_phase=220, fov_read_mm=256, phase_fov_percent=87.5,
        phase_encoding="ROW",
    ),
)  # fmt: skip

BRAIN_ROUTINE = Protocol("brain_routine", 4, "Brain routine", (_LOCALIZER, _T2, _FLAIR, _T2_STAR, _T1_3D))
PROTOCOLS: tuple[Protocol, ...] = (BRAIN_ROUTINE,)
