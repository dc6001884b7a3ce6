"""Unfolding of regularly left-out lines with known coil maps (SENSE; Pruessmann, MRM 1999; 42: 952)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulated_mri.encoding.fourier import Complex, Real, centred_inverse

REGULARISATION = (
    1e-3  # share of the mean squared sensitivity: keeps empty places from being divided by nothing
)


@dataclass(frozen=True, slots=True, eq=False)
class Unfolding:
    """Weights (folds, elements, lines / factor, samples) that separate what lies `lines / factor` apart.

    `amplification` (lines, samples) is the standard deviation of the noise of a picture made of fully
    sampled lines with unit noise in every element and image pixel; `g_factor` how much more than by the
    missing lines it grows.
    """

    weights: Complex
    amplification: Real
    g_factor: Real


def unfolding(maps: Complex, factor: int) -> Unfolding:
    """`maps`: (elements, lines, samples); lines must be a multiple of `factor`."""
    elements, lines, samples = maps.shape
    short = lines // factor
    folded = maps.reshape(elements, factor, short, samples)
    gram = np.einsum("cfyx,cgyx->yxfg", np.conj(folded), folded)
    diagonal = np.einsum("yxff->yxf", gram).real
    loading = REGULARISATION * float(diagonal.mean())
    loaded = gram + loading * np.eye(factor, dtype=np.complex64)
    inverse = 1 / loaded if factor == 1 else np.linalg.inv(loaded)
    weights = np.einsum("yxfg,cgyx->fcyx", inverse, np.conj(folded))
    variance = np.einsum("fcyx,fcyx->fyx", weights, np.conj(weights)).real
    alone = np.moveaxis(diagonal, -1, 0)
    g_factor = np.sqrt(np.maximum(variance * alone, 0)).reshape(lines, samples)
    return Unfolding(
        np.asarray(weights, dtype=np.complex64),
        np.asarray(np.sqrt(variance).reshape(lines, samples), dtype=np.float32),
        np.asarray(g_factor, dtype=np.float32),
    )


def unfold(kspace: Complex, how: Unfolding) -> Complex:
    """Zero-filled k-space (elements, lines, samples) to the picture (lines, samples) of even sensitivity."""
    _, lines, samples = kspace.shape
    factor, short = how.weights.shape[0], how.weights.shape[2]
    images = centred_inverse(centred_inverse(kspace, 2), 1)
    first = images[:, :short] * np.float32(factor)
    seen = np.einsum("fcyx,cyx->fyx", how.weights, first)
    return np.asarray(seen.reshape(lines, samples), dtype=np.complex64)
