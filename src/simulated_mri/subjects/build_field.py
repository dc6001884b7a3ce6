"""Builds head_field.npz: what the shipped head does to a static field along its z axis.

Susceptibility: tissue −9.05 ppm, compact bone −11.3 ppm, air +0.36 ppm (Schenck, Med Phys 1996; 23: 815). Of
what has no signal, pockets wider than a skull is thick are air. The field of dipoles comes from one Fourier
transform (Marques and Bowtell, Concepts Magn Reson B 2005; 25: 65); then second-order shims are fitted to the
brain, as a prescan does.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulated_mri.subjects.head import load_head
from simulated_mri.subjects.morphology import Mask, dilate, erode
from simulated_mri.tissues import Tissue

Volume = npt.NDArray[np.float32]

TISSUE_PPM, BONE_PPM, AIR_PPM = -9.05, -11.3, 0.36
POCKET_VOXELS = 4
MARGIN = 40
STORED_EVERY = 4
STORED_PPM = 0.001


def susceptibility(fractions: npt.NDArray[np.uint8]) -> Volume:
    """On the head's grid with a margin; below its lower end the neck goes on."""
    free = 1 - fractions.sum(0, dtype=np.float32) / 255
    free = np.pad(free, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, MARGIN)), constant_values=1)
    free = np.pad(free, ((0, 0), (0, 0), (MARGIN, 0)), mode="edge")
    empty = free > 0.5
    air = dilate(erode(empty, POCKET_VOXELS), POCKET_VOXELS) & empty
    filling = np.where(air, AIR_PPM, BONE_PPM)
    return np.asarray((1 - free) * TISSUE_PPM + free * filling, dtype=np.float32)


def field_ppm(chi: Volume) -> Volume:
    """Relative field change in the sphere of Lorentz, B0 along the last axis."""
    kx, ky, kz = (np.fft.fftfreq(n).astype(np.float32) for n in chi.shape)
    kz = kz[: chi.shape[2] // 2 + 1]
    k2 = kx[:, None, None] ** 2 + ky[None, :, None] ** 2 + kz**2
    k2[0, 0, 0] = 1
    kernel = np.float32(1 / 3) - kz**2 / k2
    kernel[0, 0, 0] = 0
    return np.asarray(np.fft.irfftn(np.fft.rfftn(chi) * kernel, chi.shape, axes=(0, 1, 2)), dtype=np.float32)


def shimmed(field: Volume, brain: Mask, axes: list[npt.NDArray[np.float64]]) -> Volume:
    """Without what constant, linear and second-order shims take away, fitted over the brain."""
    x, y, z = np.meshgrid(*(axis / 100 for axis in axes), indexing="ij", sparse=True)
    terms = [1 + 0 * x, x, y, z, x * y, x * z, y * z, z**2 - (x**2 + y**2) / 2, x**2 - y**2]
    columns = np.stack([np.broadcast_to(term, field.shape)[brain] for term in terms], axis=1)
    share, *_ = np.linalg.lstsq(columns, field[brain], rcond=None)
    for factor, term in zip(share, terms, strict=True):
        field = field - np.float32(factor) * term.astype(np.float32)
    return field


def build(target: Path) -> None:
    head = load_head()
    inside = (slice(MARGIN, -MARGIN),) * 3
    field = field_ppm(susceptibility(head.fractions))[inside]
    brain = head.fractions[[Tissue.GREY, Tissue.WHITE]].sum(0, dtype=np.int32) > 200
    field = shimmed(field, brain, [head.axis_mm(axis) for axis in range(3)])
    spread = np.percentile(np.abs(field[brain]), [50, 95, 100])
    print(f"brain: median {spread[0]:.3f} ppm, 95 % within {spread[1]:.3f} ppm, largest {spread[2]:.2f} ppm")
    coarse = field[::STORED_EVERY, ::STORED_EVERY, ::STORED_EVERY]
    levels = np.clip(np.round(coarse / STORED_PPM), -32767, 32767).astype(np.int16)
    np.savez_compressed(
        target, levels=levels, step_ppm=STORED_PPM, spacing_mm=float(STORED_EVERY),
        first_mm=head.first_voxel_mm,
    )  # fmt: skip


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("head_field.npz"))
