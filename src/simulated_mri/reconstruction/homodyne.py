"""Partial Fourier: missing lines follow from their mirror images, once the phase is known (Noll 1991)."""

from __future__ import annotations

import numpy as np

from simulated_mri.encoding.fourier import Complex, Real


def symmetric_half_width(measured: Real) -> int:
    """How many lines around the centre are measured on both sides; `measured`: (lines,) of 0 or 1."""
    lines = len(measured)
    present = np.flatnonzero(measured)
    return min(lines // 2 - int(present[0]), int(present[-1]) + 1 - lines // 2)


def filters(measured: Real) -> tuple[Real, Real]:
    """(weights that count lines without a mirror image twice, low-pass for the phase), each (lines,)."""
    lines, half = len(measured), max(symmetric_half_width(measured), 1)
    offset = np.arange(lines) - lines // 2
    ramp = np.clip(1 + offset / half, 0, 2)
    low = np.where(np.abs(offset) <= half, 0.5 * (1 + np.cos(np.pi * offset / (half + 1))), 0.0)
    return ramp.astype(np.float32), low.astype(np.float32)


def in_phase(twice: Complex, low: Complex) -> Complex:
    """The part of `twice` that has the phase of `low`, as a complex picture with that phase."""
    phase = low / np.maximum(np.abs(low), 1e-12)
    return np.asarray((twice * np.conj(phase)).real * phase, dtype=np.complex64)
