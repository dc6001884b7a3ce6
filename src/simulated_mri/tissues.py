"""Relaxation times, water content and diffusion of the tissues at a field strength.

Sources: white and grey matter T1 and the exponent 0.38: Rooney et al., MRM 2007; 57: 308 ·
T2: Stanisz et al., MRM 2005; 54: 507 (muscle too) · T2* of brain: Peters et al., MRI 2007; 25: 748 ·
fat: de Bazelaire et al., Radiology 2004; 230: 652 · CSF T1 (the same at all fields): Rooney 2007 ·
proton density: Tofts, Quantitative MRI of the Brain, 2003 · ADC: Le Bihan, Nat Rev Neurosci 2003; 4: 469.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Tissue(IntEnum):
    """Also the index of the tissue in a subject's fractions; what remains is bone or air, without signal."""

    CSF = 0
    GREY = 1
    WHITE = 2
    FAT = 3
    SOFT = 4


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
    """Values at 1.5 T with their exponent of B0, so that any clinical field has values."""

    t1_ms: float
    t1_exponent: float
    t2_ms: tuple[float, float]
    t2_star_ms: tuple[float, float]
    train_factor: float
    proton_density: float
    adc_um2_per_ms: float

    def at(self, b0_t: float) -> Relaxation:
        share = min(max((b0_t - 1.5) / 1.5, 0.0), 1.0)

        def between(pair: tuple[float, float]) -> float:
            return pair[0] + share * (pair[1] - pair[0])

        t2_ms = between(self.t2_ms)
        return Relaxation(
            t1_ms=self.t1_ms * (b0_t / 1.5) ** self.t1_exponent,
            t2_ms=t2_ms,
            t2_star_ms=between(self.t2_star_ms),
            t2_train_ms=t2_ms * self.train_factor,
            proton_density=self.proton_density,
            adc_um2_per_ms=self.adc_um2_per_ms,
        )


# T2 and T2*: (at 1.5 T, at 3 T)
_REFERENCES: dict[Tissue, _Reference] = {
    Tissue.CSF: _Reference(4300.0, 0.0, (2000.0, 2000.0), (600.0, 350.0), 1.0, 1.00, 3.0),
    Tissue.GREY: _Reference(1188.0, 0.38, (95.0, 99.0), (84.0, 66.0), 1.0, 0.84, 0.80),
    Tissue.WHITE: _Reference(656.0, 0.38, (72.0, 69.0), (66.2, 53.2), 1.0, 0.70, 0.70),
    Tissue.FAT: _Reference(343.0, 0.15, (58.0, 68.0), (35.0, 25.0), 1.9, 0.90, 0.05),
    Tissue.SOFT: _Reference(1008.0, 0.486, (44.0, 50.0), (30.0, 22.0), 1.0, 0.77, 1.5),
}


def relaxation(b0_t: float) -> dict[Tissue, Relaxation]:
    """Every tissue's values at `b0_t` tesla (clinical fields: 1.5 and 3)."""
    return {tissue: reference.at(b0_t) for tissue, reference in _REFERENCES.items()}
