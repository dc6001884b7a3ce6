"""Steady states of gradient echoes: spoiled (Ernst) and balanced. Per unit of equilibrium water."""

from __future__ import annotations

import numpy as np

from simulated_mri.signals.pools import Array, Pools


def spoiled(pools: Pools, *, tr_ms: float, te_ms: float, flip_deg: float) -> Array:
    """Ernst's steady state with perfect spoiling, decayed by T2* (Ernst and Anderson, 1966)."""
    e1 = np.exp(-tr_ms / pools.t1_ms)
    flip = pools.flip(flip_deg)
    steady = np.sin(flip) * (1 - e1) / (1 - np.cos(flip) * e1)
    return np.asarray(pools.proton_density * steady * np.exp(-te_ms / pools.t2_star_ms))


def band_profile(pools: Pools, *, tr_ms: float, flip_deg: float, steps: int) -> Array:
    """Balanced signal over two turns of precession during TR, (pools, steps), as a share of that without.

    Its sign is the echo's phase at half of TR: the same within a bright band, opposite in the next.
    """
    turns = 2 * np.arange(steps) / steps
    shape = [
        balanced(pools, tr_ms=tr_ms, te_ms=0.0, flip_deg=flip_deg, off_resonance_rad=2 * np.pi * turn)
        for turn in turns
    ]
    sign = np.where(np.cos(np.pi * turns) >= 0, 1.0, -1.0)
    return np.asarray(sign * (np.array(shape) / np.maximum(shape[0], 1e-12)).T)


def balanced(
    pools: Pools, *, tr_ms: float, te_ms: float, flip_deg: float, off_resonance_rad: float = 0.0
) -> Array:
    """Balanced steady state with alternating pulses (Freeman and Hill 1971); magnitude.

    `off_resonance_rad` is the precession during one TR; 0 is the middle of the pass band, ±π a dark band.
    """
    e1, e2 = np.exp(-tr_ms / pools.t1_ms), np.exp(-tr_ms / pools.t2_ms)
    flip = pools.flip(flip_deg)
    # Alternating the pulse's sign is the same as half a turn more of precession.
    turn = off_resonance_rad + np.pi
    c = e2 * (e1 - 1) * (1 + np.cos(flip))
    d = 1 - e1 * np.cos(flip) - (e1 - np.cos(flip)) * e2**2
    steady = (1 - e1) * np.sin(flip) * np.abs(1 - e2 * np.exp(-1j * turn)) / (d + c * np.cos(turn))
    return np.asarray(pools.proton_density * steady * np.exp(-te_ms / pools.t2_ms))
