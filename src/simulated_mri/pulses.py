"""Every radio-frequency pulse of a repetition: what it deposits, and how long the amplifier is on.

The amplifier may be on for `Hardware.rf_duty_percent` of a repetition, however little it gives: more slices,
longer trains and shorter spacings need a longer TR for it, also where all of them would fit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simulated_mri.hardware import Hardware
from simulated_mri.phase_lines import measured_lines, train_echoes
from simulated_mri.sequences import SequenceType, Values, number, traits
from simulated_mri.timing import FAT_SATURATION_MS, packets, pulse_ms, refocusing_ms, slices_per_packet

PULSE_SHAPE = 2.0  # mean square of the pulse's envelope over the square of its mean
ADIABATIC_SHAPE = 3.0
FAT_PULSE_MS = 0.7 * FAT_SATURATION_MS
_TR_STEP_MS = 0.1


class Pulses(NamedTuple):
    """`alike` of them, of `duration_ms` each."""

    alike: int
    flip_deg: float
    duration_ms: float
    shape: float


def pulses_of_slice(sequence: SequenceType, values: Values, hardware: Hardware) -> tuple[Pulses, ...]:
    """Those of one slice, or of a slab, in one TR."""
    kind = traits(sequence)
    flip_deg = number(values, "flip_angle_deg") if "flip_angle_deg" in values else 90.0
    excitations = len(measured_lines(values)) if kind.readout == "inversion_train" else 1
    shape = 1.0 if kind.volume else PULSE_SHAPE
    pulses = [Pulses(excitations, flip_deg, pulse_ms(sequence, hardware), shape)]
    if kind.inverted:
        pulses.append(Pulses(1, 180.0, hardware.inversion_ms, ADIABATIC_SHAPE))
    if sequence == "epi_dwi" or values.get("fat_saturation") == "ON":
        pulses.append(Pulses(1, 100.0, FAT_PULSE_MS, PULSE_SHAPE))
    if kind.readout in ("echo_train", "spin_echo", "epi"):
        key = "refocusing_flip_angle_deg"
        angle = number(values, key) if key in values else 180.0
        echoes = train_echoes(sequence, values) if kind.readout == "echo_train" else 1
        pulses.append(Pulses(echoes, angle, refocusing_ms(sequence, hardware), PULSE_SHAPE))
    return tuple(pulses)


def tr_for_duty_ms(
    sequence: SequenceType, values: Values, hardware: Hardware, *, concatenations: int
) -> float:
    """Shortest TR in which the amplifier may be on that long, to the 0.1 ms above."""
    slices = 1 if traits(sequence).volume else slices_per_packet(values, concatenations)
    on_ms = slices * sum(own.alike * own.duration_ms for own in pulses_of_slice(sequence, values, hardware))
    return round(math.ceil(100 * on_ms / hardware.rf_duty_percent / _TR_STEP_MS - 1e-9) * _TR_STEP_MS, 6)


def duty_percent(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Share of TR in which the amplifier is on, in the fullest concatenation."""
    slices = 1 if traits(sequence).volume else slices_per_packet(values, packets(sequence, values))
    on_ms = slices * sum(own.alike * own.duration_ms for own in pulses_of_slice(sequence, values, hardware))
    return 100 * on_ms / number(values, "tr_ms")
