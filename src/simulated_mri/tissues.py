"""Relaxation times, water content and diffusion of the tissues at a field strength of 0.5 to 3 T.

T1 follows B0 to a power of its own for each tissue (CSF: the same at all fields). T2 follows a power law
through its values at 1.5 and 3 T; 1/T2* is a straight line through its values there, never below 1/T2.

Sources: white and grey matter T1 and the exponent 0.38: Rooney et al., MRM 2007; 57: 308 · CSF T1: ibid. ·
T2 of brain, muscle and blood, T1 of blood and muscle: Stanisz et al., MRM 2005; 54: 507 · T2* of brain:
Peters et al., MRI 2007; 25: 748 · fat, liver, spleen and kidney (T1, T2): de Bazelaire et al., Radiology
2004; 230: 652 · T2* of liver: Storey et al., JMRI 2007; 25: 540 · proton density of brain: Tofts,
Quantitative MRI of the Brain, 2003 · ADC of brain: Le Bihan, Nat Rev Neurosci 2003; 4: 469; of the
abdomen: Taouli and Koh, Radiology 2010; 254: 47; of acute infarction: Warach et al., Ann Neurol 1995;
37: 231 · plaques (T1, T2 of lesions in multiple sclerosis): Whittall et al., MRM 2002; 47: 403 · phantom
solution (10 mM NiCl2, field-independent relaxivity): Kraft et al., MRM 1987; 5: 555.
Oedema and tumour vary between patients more than between methods: their values are typical, not measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum


class Tissue(IntEnum):
    """What a voxel may hold; what a subject leaves free is bone or air, without signal."""

    CSF = 0
    GREY = 1
    WHITE = 2
    FAT = 3
    SOFT = 4
    PLAQUE = 5
    OEDEMA = 6
    TUMOUR = 7
    INFARCT = 8
    BLOOD = 9
    LIVER = 10
    SPLEEN = 11
    KIDNEY = 12
    SOLUTION = 13
    PORTAL_BLOOD = 14


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Times in ms; `t2_train_ms` is the T2 seen by a train of refocusing pulses.

    It is longer for fat only: closely spaced refocusing pulses undo J-coupling (Henkelman, MRM 1990).
    """

    t1_ms: float
    t2_ms: float
    t2_star_ms: float
    t2_train_ms: float
    proton_density: float
    adc_um2_per_ms: float


@dataclass(frozen=True, slots=True)
class _Reference:
    """T1 at 1.5 T with its exponent of B0; T2 and T2* as (at 1.5 T, at 3 T)."""

    t1_ms: float
    t1_exponent: float
    t2_ms: tuple[float, float]
    t2_star_ms: tuple[float, float]
    proton_density: float
    adc_um2_per_ms: float
    train_factor: float = 1.0

    def at(self, b0_t: float) -> Relaxation:
        low, high = self.t2_ms
        t2_ms = low * (b0_t / 1.5) ** math.log2(high / low)
        slow, fast = (1 / time for time in self.t2_star_ms)
        rate = slow + (fast - slow) * (b0_t - 1.5) / 1.5
        return Relaxation(
            t1_ms=self.t1_ms * (b0_t / 1.5) ** self.t1_exponent,
            t2_ms=t2_ms,
            t2_star_ms=1 / max(rate, 1 / t2_ms),
            t2_train_ms=t2_ms * self.train_factor,
            proton_density=self.proton_density,
            adc_um2_per_ms=self.adc_um2_per_ms,
        )


def _exponent(at_1_5_t: float, at_3_t: float) -> float:
    return math.log2(at_3_t / at_1_5_t)


_REFERENCES: dict[Tissue, _Reference] = {
    Tissue.CSF: _Reference(4300.0, 0.0, (2000.0, 2000.0), (600.0, 350.0), 1.00, 3.0),
    Tissue.GREY: _Reference(1188.0, 0.38, (95.0, 99.0), (84.0, 66.0), 0.84, 0.80),
    Tissue.WHITE: _Reference(656.0, 0.38, (72.0, 69.0), (66.2, 53.2), 0.70, 0.70),
    Tissue.FAT: _Reference(343.0, 0.15, (58.0, 68.0), (35.0, 25.0), 0.90, 0.05, train_factor=1.9),
    Tissue.SOFT: _Reference(1008.0, 0.486, (44.0, 50.0), (30.0, 22.0), 0.77, 1.5),
    Tissue.PLAQUE: _Reference(1080.0, 0.30, (170.0, 160.0), (130.0, 100.0), 0.86, 1.15),
    Tissue.OEDEMA: _Reference(1250.0, 0.30, (160.0, 150.0), (120.0, 95.0), 0.90, 1.45),
    Tissue.TUMOUR: _Reference(1250.0, 0.30, (120.0, 110.0), (90.0, 70.0), 0.86, 1.05),
    Tissue.INFARCT: _Reference(1150.0, 0.33, (125.0, 120.0), (95.0, 75.0), 0.86, 0.42),
    Tissue.BLOOD: _Reference(1441.0, _exponent(1441.0, 1932.0), (290.0, 275.0), (150.0, 90.0), 0.80, 2.0),
    Tissue.LIVER: _Reference(586.0, _exponent(586.0, 809.0), (46.0, 34.0), (25.6, 15.0), 0.75, 1.20),
    Tissue.SPLEEN: _Reference(1057.0, _exponent(1057.0, 1328.0), (79.0, 61.0), (45.0, 28.0), 0.80, 0.85),
    Tissue.KIDNEY: _Reference(966.0, _exponent(966.0, 1142.0), (87.0, 76.0), (55.0, 38.0), 0.80, 2.10),
    Tissue.SOLUTION: _Reference(148.0, 0.0, (135.0, 135.0), (100.0, 90.0), 1.00, 2.0),
    Tissue.PORTAL_BLOOD: _Reference(
        1441.0, _exponent(1441.0, 1932.0), (230.0, 170.0), (100.0, 60.0), 0.80, 2.0
    ),
}


def relaxation(b0_t: float) -> dict[Tissue, Relaxation]:
    """Every tissue's values at `b0_t` tesla (0.5 to 3)."""
    return {tissue: reference.at(b0_t) for tissue, reference in _REFERENCES.items()}
