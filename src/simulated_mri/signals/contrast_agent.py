"""Gadolinium: how much of it is where and when, and what it does to relaxation.

Arterial concentration: the population curve of Parker et al., MRM 2006; 56: 993 (0.1 mmol/kg at 3 ml/s).
Relaxivity of gadobutrol in plasma at 37 °C: Rohrer et al., Invest Radiol 2005; 40: 715. Uptake: vascular
share plus extended Tofts exchange (Tofts et al., JMRI 1999; 10: 223); the liver receives a quarter of its
blood from the artery and the rest, delayed and dispersed, from the portal vein.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from simulated_mri.signals.pools import Array
from simulated_mri.tissues import Relaxation, Tissue

R1_PER_MM_S = 5.0
R2_PER_MM_S = 7.1
TRANSIT_S = 14.0  # from the arm to the aorta
HAEMATOCRIT = 0.42
_STEP_S = 0.5
_LAST_S = 900.0


@dataclass(frozen=True, slots=True)
class _Uptake:
    """Shares of plasma volume, exchange Ktrans and interstitial space; how much comes by the portal vein."""

    plasma: float
    ktrans_per_min: float = 0.0
    interstitial: float = 1.0
    portal: float = 0.0


_UPTAKES: dict[Tissue, _Uptake] = {
    Tissue.BLOOD: _Uptake(1 - HAEMATOCRIT),
    Tissue.PORTAL_BLOOD: _Uptake(1 - HAEMATOCRIT, portal=1.0),
    Tissue.LIVER: _Uptake(0.05, ktrans_per_min=0.9, interstitial=0.22, portal=0.75),
    Tissue.SPLEEN: _Uptake(0.15, ktrans_per_min=1.1, interstitial=0.22),
    Tissue.KIDNEY: _Uptake(0.25, ktrans_per_min=0.9, interstitial=0.40),
    Tissue.SOFT: _Uptake(0.01, ktrans_per_min=0.04, interstitial=0.12),
    Tissue.TUMOUR: _Uptake(0.05, ktrans_per_min=0.15, interstitial=0.30),
    Tissue.GREY: _Uptake(0.03),
    Tissue.WHITE: _Uptake(0.015),
    Tissue.FAT: _Uptake(0.005),
}


@cache
def _arterial_plasma() -> tuple[Array, Array]:
    """(seconds after the injection, mmol/l in arterial plasma)."""
    seconds = np.arange(0.0, _LAST_S, _STEP_S)
    minutes = (seconds - TRANSIT_S) / 60
    waves = sum(
        area / (width * np.sqrt(2 * np.pi)) * np.exp(-((minutes - peak) ** 2) / (2 * width**2))
        for area, peak, width in ((0.809, 0.17046, 0.0563), (0.330, 0.365, 0.132))
    )
    tail = 1.050 * np.exp(-0.1685 * minutes) / (1 + np.exp(-38.078 * (minutes - 0.483)))
    blood = np.where(minutes > 0, waves + tail, 0.0)
    return seconds, np.asarray(blood / (1 - HAEMATOCRIT))


@cache
def _portal_plasma() -> Array:
    """The artery's curve after the gut: 10 s later, spread over some 10 s."""
    seconds, arterial = _arterial_plasma()
    spread = _trapezium(np.exp(-seconds / 9.0))
    late = np.interp(seconds - 10.0, seconds, arterial, left=0.0)
    return np.asarray(np.convolve(late, spread / spread.sum())[: len(seconds)])


def _trapezium(kernel: Array) -> Array:
    """A kernel for convolutions in steps: with its first value whole, all would come half a step early."""
    return np.asarray(np.concatenate([kernel[:1] / 2, kernel[1:]]))


@cache
def _curve(tissue: Tissue) -> Array:
    uptake = _UPTAKES[tissue]
    seconds, arterial = _arterial_plasma()
    supply = (1 - uptake.portal) * arterial + uptake.portal * _portal_plasma()
    washout = _trapezium(np.exp(-uptake.ktrans_per_min / uptake.interstitial * seconds / 60))
    leaked = np.convolve(supply, washout)[: len(seconds)] * uptake.ktrans_per_min * _STEP_S / 60
    return np.asarray(uptake.plasma * supply + leaked)


def concentration_mm(tissue: Tissue, after_s: float) -> float:
    """Millimoles per litre of tissue, `after_s` seconds after the injection (0 before it)."""
    if tissue not in _UPTAKES or after_s <= 0:
        return 0.0
    return float(np.interp(after_s, _arterial_plasma()[0], _curve(tissue)))


def enhanced(tissue: Tissue, times: Relaxation, after_s: float | None) -> Relaxation:
    """`times` with what the agent adds to the relaxation rates; None: no agent."""
    mm = concentration_mm(tissue, after_s) if after_s is not None else 0.0
    if mm <= 0:
        return times

    def faster(time_ms: float, relaxivity: float) -> float:
        return 1 / (1 / time_ms + relaxivity * mm / 1000)

    return replace(
        times,
        t1_ms=faster(times.t1_ms, R1_PER_MM_S),
        t2_ms=faster(times.t2_ms, R2_PER_MM_S),
        t2_star_ms=faster(times.t2_star_ms, R2_PER_MM_S),
        t2_train_ms=faster(times.t2_train_ms, R2_PER_MM_S),
    )
