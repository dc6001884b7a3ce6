"""Partial Fourier: missing lines follow from their mirror images, once the phase is known (Noll 1991)."""

from __future__ import annotations

import numpy as np

from simulated_mri.encoding.fourier import Complex, Real

CROSSING = 0.1  # of the symmetric half: over which weights go from even to all on one side


def symmetric_half_width(measured: Real) -> int:
    """How many lines around the centre are measured on both sides; `measured`: (lines,) of 0 or 1."""
    lines = len(measured)
    present = np.flatnonzero(measured)
    return min(lines // 2 - int(present[0]), int(present[-1]) + 1 - lines // 2)


def filters(measured: Real) -> tuple[Real, Real]:
    """(weights that count lines without a mirror image twice, low-pass for the phase), each (lines,).

    A line and its mirror image weigh 2 together, as evenly as can be: so noise is least.
    """
    lines, half = len(measured), max(symmetric_half_width(measured), 1)
    offset = np.arange(lines) - lines // 2
    crossing = max(CROSSING * half, 1.0)
    twice = 1 + np.sign(offset) * np.clip((np.abs(offset) - half) / crossing + 1, 0, 1)
    low = np.where(np.abs(offset) <= half, 0.5 * (1 + np.cos(np.pi * offset / (half + 1))), 0.0)
    return twice.astype(np.float32), low.astype(np.float32)


def in_phase(twice: Complex, low: Complex) -> Complex:
    """The part of `twice` that has the phase of `low`, as a complex picture with that phase."""
    phase = low / np.maximum(np.abs(low), 1e-12)
    return np.asarray((twice * np.conj(phase)).real * phase, dtype=np.complex64)
