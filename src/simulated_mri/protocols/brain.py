"""Protocols for the head, with slices that suit the shipped one."""

from __future__ import annotations

from simulated_mri.geometry import SliceGroup
from simulated_mri.protocols.step import (
    FRONT_TO_BACK,
    HEAD_TO_FOOT,
    RIGHT_TO_LEFT,
    Protocol,
    step,
    tilted_back,
)

TILTED_BACK = tilted_back(8.0)  # along the line under the corpus callosum


def _axial(name: str, *, count: int = 24, spacing: float = 5.5, thickness: float = 5.0) -> SliceGroup:
    return SliceGroup(name, (0.0, 1.0, 14.0), RIGHT_TO_LEFT, TILTED_BACK, count, spacing, thickness)


_AXIAL = (_axial("axial"),)
_SAGITTAL_SLAB = (SliceGroup("sagittal", (0.0, -2.0, -2.0), FRONT_TO_BACK, HEAD_TO_FOOT, 128, 1.3, 1.3),)

LOCALIZER = step(
    "localizer", "Localizer 3-plane", "localizer",
    (
        SliceGroup("sagittal", (0.0, -2.0, -6.0), FRONT_TO_BACK, HEAD_TO_FOOT, 3, 20.0, 5.0),
        SliceGroup("coronal", (0.0, 0.0, -6.0), RIGHT_TO_LEFT, HEAD_TO_FOOT, 3, 20.0, 5.0),
        SliceGroup("axial", (0.0, -2.0, 4.0), RIGHT_TO_LEFT, FRONT_TO_BACK, 5, 20.0, 5.0),
    ),
    tr_ms=110.0, te_ms=3.5, flip_angle_deg=40, bandwidth_hz_per_px=320, acquisition_matrix_read=256,
    acquisition_matrix_phase=160, fov_read_mm=260,
)  # fmt: skip
_T2 = step(
    "t2_tse_ax", "T2 TSE ax", "tse", _AXIAL,
    tr_ms=4500.0, te_ms=100.0, refocusing_flip_angle_deg=150, echo_train_length=16,
    bandwidth_hz_per_px=220, acquisition_matrix_read=320, acquisition_matrix_phase=256, fov_read_mm=230,
    phase_fov_percent=87.5,
)  # fmt: skip
_FLAIR = step(
    "flair_ax", "FLAIR ax", "flair", _AXIAL,
    tr_ms=9000.0, te_ms=90.0, ti_ms=2500, refocusing_flip_angle_deg=150, echo_train_length=18,
    concatenations=2, bandwidth_hz_per_px=220, acquisition_matrix_read=256, acquisition_matrix_phase=198,
    fov_read_mm=230, phase_fov_percent=87.5,
)  # fmt: skip
_T2_STAR = step(
    "t2star_gre_ax", "T2* GRE ax", "gre_t2star", _AXIAL,
    tr_ms=720.0, te_ms=20.0, flip_angle_deg=20, bandwidth_hz_per_px=200, acquisition_matrix_read=256,
    acquisition_matrix_phase=192, fov_read_mm=230, phase_fov_percent=87.5,
)  # fmt: skip
_T1_3D_VALUES = {
    "tr_ms": 2000.0, "te_ms": 3.6, "ti_ms": 900, "flip_angle_deg": 9, "bandwidth_hz_per_px": 240,
    "acquisition_matrix_read": 256, "acquisition_matrix_phase": 220, "fov_read_mm": 256,
    "phase_fov_percent": 87.5,
}  # fmt: skip
_T1_3D = step("t1_3d_sag", "3D T1 sag", "gre_3d_t1", _SAGITTAL_SLAB, **_T1_3D_VALUES)
_T1_3D_GD = step(
    "t1_3d_sag_gd", "3D T1 sag Gd", "gre_3d_t1", _SAGITTAL_SLAB, contrast_agent="GIVEN", **_T1_3D_VALUES
)
_DWI = step(
    "dwi_ax", "DWI ax", "epi_dwi", _AXIAL,
    tr_ms=5000.0, te_ms=80.0, b_value_s_per_mm2=1000, diffusion_directions=3, averages=1,
    bandwidth_hz_per_px=1500, acquisition_matrix_read=128, acquisition_matrix_phase=128, fov_read_mm=230,
    phase_encoding="COL", partial_fourier_percent=75.0, acceleration_factor=2,
)  # fmt: skip
_T1_SE = step(
    "t1_se_ax", "T1 SE ax", "se", _AXIAL,
    tr_ms=560.0, te_ms=12.0, refocusing_flip_angle_deg=180, bandwidth_hz_per_px=150,
    acquisition_matrix_read=256, acquisition_matrix_phase=192, fov_read_mm=230, phase_fov_percent=87.5,
)  # fmt: skip
_STIR = step(
    "stir_cor", "STIR cor", "stir",
    (SliceGroup("coronal", (0.0, 0.0, 0.0), RIGHT_TO_LEFT, HEAD_TO_FOOT, 20, 6.0, 5.0),),
    tr_ms=4600.0, te_ms=60.0, ti_ms=260, refocusing_flip_angle_deg=150, echo_train_length=12,
    concatenations=2, bandwidth_hz_per_px=220, acquisition_matrix_read=256, acquisition_matrix_phase=192,
    fov_read_mm=240,
)  # fmt: skip
_SINGLE_SHOT = step(
    "t2_ss_ax", "T2 single-shot ax", "tse_ss", _AXIAL,
    tr_ms=1200.0, te_ms=90.0, refocusing_flip_angle_deg=130, bandwidth_hz_per_px=500,
    acquisition_matrix_read=256, acquisition_matrix_phase=192, fov_read_mm=230,
    partial_fourier_percent=62.5, acceleration_factor=2,
)  # fmt: skip
_T1_GRE = step(
    "t1_gre_ax", "T1 GRE ax", "gre", _AXIAL,
    tr_ms=450.0, te_ms=4.6, flip_angle_deg=70, bandwidth_hz_per_px=300, acquisition_matrix_read=256,
    acquisition_matrix_phase=192, fov_read_mm=230, phase_fov_percent=87.5,
)  # fmt: skip
_T1_VIBE = step(
    "t1_gre_3d_ax", "3D T1 GRE ax", "gre_3d",
    (SliceGroup("axial", (0.0, 1.0, 14.0), RIGHT_TO_LEFT, TILTED_BACK, 72, 2.0, 2.0),),
    tr_ms=9.0, te_ms=4.6, flip_angle_deg=16, bandwidth_hz_per_px=300, acquisition_matrix_read=224,
    acquisition_matrix_phase=192, fov_read_mm=230, phase_fov_percent=87.5, acceleration_factor=2,
)  # fmt: skip
_BALANCED = step(
    "bssfp_ax", "Balanced SSFP ax", "bssfp", (_axial("axial", count=12, spacing=8.0),),
    tr_ms=5.0, te_ms=2.5, flip_angle_deg=45, bandwidth_hz_per_px=700, acquisition_matrix_read=256,
    acquisition_matrix_phase=192, fov_read_mm=230, phase_fov_percent=87.5,
)  # fmt: skip
_FIELD_MAP = step(
    "field_map_ax", "Field map ax", "field_map", _AXIAL,
    tr_ms=450.0, te_ms=4.6, echo_difference_ms=2.3, flip_angle_deg=50, bandwidth_hz_per_px=560,
    acquisition_matrix_read=96, acquisition_matrix_phase=96, fov_read_mm=230,
)  # fmt: skip

BRAIN_ROUTINE = Protocol("brain_routine", 5, "Brain routine", (LOCALIZER, _T2, _FLAIR, _T2_STAR, _T1_3D))
BRAIN_STROKE = Protocol("brain_stroke", 2, "Brain stroke", (LOCALIZER, _DWI, _FLAIR, _T2_STAR, _FIELD_MAP))
BRAIN_TUMOUR = Protocol("brain_tumour", 2, "Brain tumour", (LOCALIZER, _FLAIR, _DWI, _T1_SE, _T1_3D_GD))
BRAIN_CATALOGUE = Protocol(
    "brain_catalogue", 1, "Brain, other sequences",
    (LOCALIZER, _STIR, _SINGLE_SHOT, _T1_GRE, _T1_VIBE, _BALANCED),
)  # fmt: skip
