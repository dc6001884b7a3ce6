"""Protocol for the upper abdomen: breath-holds, bolus tracking, dynamics with contrast agent."""

from __future__ import annotations

from simulated_mri.geometry import SliceGroup
from simulated_mri.protocols.step import FRONT_TO_BACK, HEAD_TO_FOOT, RIGHT_TO_LEFT, Protocol, step


def _axial(count: int, spacing: float, thickness: float) -> tuple[SliceGroup, ...]:
    return (SliceGroup("axial", (0.0, 0.0, 0.0), RIGHT_TO_LEFT, FRONT_TO_BACK, count, spacing, thickness),)


_LOCALIZER = step(
    "localizer", "Localizer 3-plane", "localizer",
    (
        SliceGroup("coronal", (0.0, 0.0, 0.0), RIGHT_TO_LEFT, HEAD_TO_FOOT, 3, 30.0, 8.0),
        SliceGroup("sagittal", (-60.0, 0.0, 0.0), FRONT_TO_BACK, HEAD_TO_FOOT, 3, 40.0, 8.0),
        SliceGroup("axial", (0.0, 0.0, 0.0), RIGHT_TO_LEFT, FRONT_TO_BACK, 3, 40.0, 8.0),
    ),
    tr_ms=90.0, te_ms=3.0, flip_angle_deg=40, bandwidth_hz_per_px=500, acquisition_matrix_read=256,
    acquisition_matrix_phase=160, fov_read_mm=420,
)  # fmt: skip
_SINGLE_SHOT = step(
    "t2_ss_cor", "T2 single-shot cor", "tse_ss",
    (SliceGroup("coronal", (0.0, 0.0, 0.0), RIGHT_TO_LEFT, HEAD_TO_FOOT, 20, 8.0, 6.0),),
    tr_ms=1200.0, te_ms=90.0, refocusing_flip_angle_deg=120, bandwidth_hz_per_px=500,
    acquisition_matrix_read=256, acquisition_matrix_phase=192, fov_read_mm=400,
    partial_fourier_percent=62.5, acceleration_factor=2,
)  # fmt: skip
_BALANCED = step(
    "bssfp_ax", "Balanced SSFP ax", "bssfp", _axial(20, 8.0, 6.0),
    tr_ms=4.2, te_ms=2.1, flip_angle_deg=50, bandwidth_hz_per_px=800, acquisition_matrix_read=256,
    acquisition_matrix_phase=192, fov_read_mm=380, phase_fov_percent=80.0, phase_encoding="COL",
    acceleration_factor=2,
)  # fmt: skip
_DWI = step(
    "dwi_ax", "DWI ax", "epi_dwi", _axial(24, 7.0, 6.0),
    tr_ms=4500.0, te_ms=70.0, b_value_s_per_mm2=800, diffusion_directions=3, averages=1,
    bandwidth_hz_per_px=1600, acquisition_matrix_read=128, acquisition_matrix_phase=104, fov_read_mm=380,
    phase_fov_percent=81.0, phase_encoding="COL", partial_fourier_percent=75.0, acceleration_factor=2,
)  # fmt: skip
_BOLUS = step(
    "bolus_cor", "Bolus tracking cor", "bolus",
    (SliceGroup("coronal", (0.0, 42.0, 0.0), RIGHT_TO_LEFT, HEAD_TO_FOOT, 1, 20.0, 20.0),),
    tr_ms=7.0, te_ms=1.9, flip_angle_deg=35, dynamics=40, contrast_agent="AT_START",
    bandwidth_hz_per_px=1000, acquisition_matrix_read=160, acquisition_matrix_phase=128, fov_read_mm=400,
    partial_fourier_percent=75.0,
)  # fmt: skip
_DYNAMIC = step(
    "dixon_dynamic_ax", "Dynamic 3D Dixon ax", "dixon_3d", _axial(60, 3.5, 3.5),
    tr_ms=4.7, te_ms=1.15, echo_difference_ms=1.15, flip_angle_deg=11, dynamics=4, dynamic_interval_s=42.0,
    contrast_agent="AT_START", bandwidth_hz_per_px=1400, acquisition_matrix_read=224,
    acquisition_matrix_phase=160, fov_read_mm=380, phase_fov_percent=80.0, phase_encoding="COL",
    partial_fourier_percent=75.0,
    acceleration_factor=2,
)  # fmt: skip

ABDOMEN_DYNAMIC = Protocol(
    "abdomen_dynamic", 2, "Abdomen dynamic", (_LOCALIZER, _SINGLE_SHOT, _BALANCED, _DWI, _BOLUS, _DYNAMIC)
)
