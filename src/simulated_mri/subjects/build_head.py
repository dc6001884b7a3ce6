"""Builds head_colin27.npz from the Colin27 average head (Debian package mricron-data; group `phantom`).

Three brain tissues are told apart by T1 intensity inside the brain mask; fat, soft tissue and
"nothing" (bone, air) outside it. A voxel holds fractions in steps of 1/15, stored as 0…255.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import numpy.typing as npt

from simulated_mri.subjects.morphology import Mask, dilate, erode

Volume = npt.NDArray[np.float32]

TEMPLATES = Path("/usr/share/mricron/templates")
HEAD_CENTRE_MNI_MM = (0.0, -18.0, 8.0)  # becomes the origin of the subject, between the thalami
EYES_MNI_MM = ((-32.0, 61.0, -37.0), (32.0, 61.0, -37.0))
EYE_RADIUS_MM = 12.5
CSF_T1, GREY_T1, WHITE_T1 = 34.0, 81.0, 113.0  # peaks of the intensity histogram inside the brain
AIR_T1, SOFT_T1, FAT_LOW_T1, FAT_T1 = 22.0, 62.0, 98.0, 155.0
LEVELS = 15


def ramp(volume: Volume, low: float, high: float) -> Volume:
    return np.asarray(np.clip((volume - low) / (high - low), 0.0, 1.0), dtype=np.float32)


def plateau(fraction: Volume) -> Volume:
    """Pulls a mixture towards its nearer pure tissue: the histogram's width is noise, not mixture."""
    return ramp(fraction, 0.2, 0.8)


def eye_mask(shape: tuple[int, ...], affine: npt.NDArray[np.float64]) -> Mask:
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    points = grid * np.diag(affine)[:3] + affine[:3, 3]
    masks = [np.linalg.norm(points - np.array(eye), axis=-1) < EYE_RADIUS_MM for eye in EYES_MNI_MM]
    return np.asarray(masks[0] | masks[1])


def fractions(t1: Volume, brain: Mask, eyes: Mask) -> Volume:
    """CSF, grey matter, white matter, fat, soft tissue along the first axis; the rest is bone or air."""
    brain = dilate(erode(brain, 2), 2) & (t1 > 10)
    brain |= erode(dilate(brain, 4), 4) & (t1 < 120)
    inside_skull = dilate(brain, 4)
    white = plateau(ramp(t1, GREY_T1, WHITE_T1))
    csf = 1 - plateau(ramp(t1, CSF_T1, GREY_T1))
    fat = ramp(t1, FAT_LOW_T1, FAT_T1)
    soft = ramp(t1, AIR_T1, SOFT_T1) * (1 - fat)
    around = inside_skull & ~brain & (t1 < 60)
    around_csf = ramp(t1, 20.0, 30.0)
    zero = np.zeros_like(t1)
    out = np.stack([zero, zero, zero, fat, soft])
    out[:, brain] = np.stack([csf, 1 - csf - white, white, zero, zero])[:, brain]
    out[:, around] = np.stack([around_csf, zero, zero, zero, zero])[:, around]
    vitreous = eyes & (t1 > 12) & (t1 < 62)
    out[:, vitreous] = np.array([1, 0, 0, 0, 0], dtype=np.float32)[:, None]
    return out


def build(target: Path) -> None:
    image = nib.load(TEMPLATES / "ch2.nii.gz")
    t1 = np.asarray(image.dataobj).astype(np.float32)
    brain = np.asarray(nib.load(TEMPLATES / "ch2bet.nii.gz").dataobj) > 0
    parts = fractions(t1, brain, eye_mask(t1.shape, image.affine))
    levels = np.round(parts * LEVELS).astype(np.uint8) * (255 // LEVELS)
    first_ras = image.affine[:3, 3] - np.array(HEAD_CENTRE_MNI_MM)
    lps = levels[:, ::-1, ::-1, :]  # RAS → LPS: first two axes turned round
    last_ras = first_ras + np.array(t1.shape) - 1
    first_lps = np.array([-last_ras[0], -last_ras[1], first_ras[2]])
    np.savez_compressed(
        target,
        fractions=np.ascontiguousarray(lps),
        spacing_mm=np.array([1.0, 1.0, 1.0]),
        first_voxel_lps_mm=first_lps,
    )


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("head_colin27.npz"))
