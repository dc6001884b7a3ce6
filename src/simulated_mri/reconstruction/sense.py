"""Unfolding of regularly left-out lines with known coil maps (SENSE; Pruessmann, MRM 1999; 42: 952)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulated_mri.encoding.fourier import Complex, Real, centred_inverse_2d

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
    if factor == 1:
        return _weighting(maps)
    elements, lines, samples = maps.shape
    short = lines // factor
    folded = maps.reshape(elements, factor, short, samples)
    gram = np.einsum("cfyx,cgyx->yxfg", np.conj(folded), folded)
    diagonal = np.einsum("yxff->yxf", gram).real
    loading = REGULARISATION * float(diagonal.mean())
    loaded = gram + loading * np.eye(factor, dtype=np.complex64)
    weights = np.einsum("yxfg,cgyx->fcyx", np.linalg.inv(loaded), np.conj(folded))
    variance = np.einsum("fcyx,fcyx->fyx", weights, np.conj(weights)).real
    alone = np.moveaxis(diagonal, -1, 0)
    g_factor = np.sqrt(np.maximum(variance * alone, 0)).reshape(lines, samples)
    return Unfolding(
        np.asarray(weights, dtype=np.complex64),
        np.asarray(np.sqrt(variance).reshape(lines, samples), dtype=np.float32),
        np.asarray(g_factor, dtype=np.float32),
    )


def _weighting(maps: Complex) -> Unfolding:
    """Nothing is folded: each element weighs by its sensitivity."""
    squared = np.zeros(maps.shape[1:], dtype=np.float32)
    for sensitivity in maps:
        squared += sensitivity.real**2
        squared += sensitivity.imag**2
    loaded = squared + np.float32(REGULARISATION) * squared.mean()
    amplification = np.sqrt(squared) / loaded
    weights = np.conj(maps)
    weights /= loaded
    return Unfolding(weights[None], amplification, amplification * np.sqrt(squared))


def unfold(kspace: Complex, how: Unfolding) -> Complex:
    """Zero-filled k-space (elements, lines, samples) to the picture (lines, samples) of even sensitivity."""
    _, lines, samples = kspace.shape
    factor, short = how.weights.shape[0], how.weights.shape[2]
    seen = np.zeros((factor, short, samples), dtype=np.complex64)
    for element, lines_of in enumerate(kspace):  # one at a time: its arrays stay in the cache
        seen += how.weights[:, element] * centred_inverse_2d(lines_of)[:short]
    seen *= np.float32(factor)
    return seen.reshape(lines, samples)
