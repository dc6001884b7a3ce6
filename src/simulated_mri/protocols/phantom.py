"""Quality assurance: the series that the ACR large phantom test is measured on."""

from __future__ import annotations

from simulated_mri.geometry import SliceGroup
from simulated_mri.protocols.step import FRONT_TO_BACK, HEAD_TO_FOOT, RIGHT_TO_LEFT, Protocol, step

_SLICES = (SliceGroup("axial", (0.0, 0.0, 0.0), RIGHT_TO_LEFT, FRONT_TO_BACK, 11, 10.0, 5.0),)
_SAGITTAL = (SliceGroup("sagittal", (0.0, 0.0, 0.0), FRONT_TO_BACK, HEAD_TO_FOOT, 1, 20.0, 20.0),)

_SITE = step(
    "acr_localizer", "ACR localizer sag", "se", _SAGITTAL,
    tr_ms=200.0, te_ms=20.0, refocusing_flip_angle_deg=180, bandwidth_hz_per_px=160,
    acquisition_matrix_read=256, acquisition_matrix_phase=256, fov_read_mm=250,
)  # fmt: skip
_T1 = step(
    "acr_t1", "ACR T1 ax", "se", _SLICES,
    tr_ms=500.0, te_ms=20.0, refocusing_flip_angle_deg=180, bandwidth_hz_per_px=160,
    acquisition_matrix_read=256, acquisition_matrix_phase=256, fov_read_mm=250,
)  # fmt: skip
_T2 = step(
    "acr_t2", "ACR T2 ax", "se", _SLICES,
    tr_ms=2000.0, te_ms=80.0, refocusing_flip_angle_deg=180, bandwidth_hz_per_px=160,
    acquisition_matrix_read=256, acquisition_matrix_phase=256, fov_read_mm=250,
)  # fmt: skip

PHANTOM_QA = Protocol("phantom_qa", 1, "Phantom quality assurance", (_SITE, _T1, _T2))
