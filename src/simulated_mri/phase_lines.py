"""Which phase-encoding lines are measured, and in which echo: oversampling, acceleration, partial Fourier.

Lines are numbered 0 … n − 1 over the *encoded* field of view; line n // 2 holds the centre of k-space.
"""

from __future__ import annotations

import math

from simulated_mri.sequences import SequenceType, Values, count, count_or, number, traits


def encoded_lines(values: Values) -> int:
    """Lines over the field of view with its oversampling; the same resolution as without.

    Even, and a multiple of the acceleration (a few lines more over a field of view that much larger), so that
    what lies folded lies a whole number of lines apart.
    """
    wanted = count(values, "acquisition_matrix_phase")
    percent = count_or(values, "phase_oversampling_percent", 0)
    even = wanted if percent == 0 else 2 * round(wanted * (1 + percent / 100) / 2)
    together = math.lcm(2, count_or(values, "acceleration_factor", 1))
    return math.ceil(even / together) * together


def encoded_fov_phase_mm(values: Values) -> float:
    fov_mm = number(values, "fov_read_mm") * number(values, "phase_fov_percent") / 100
    return fov_mm * encoded_lines(values) / count(values, "acquisition_matrix_phase")


def measured_lines(values: Values) -> tuple[int, ...]:
    """Every R-th line through the centre, without those that partial Fourier leaves out at the beginning."""
    lines, factor = encoded_lines(values), count_or(values, "acceleration_factor", 1)
    share = number(values, "partial_fourier_percent") / 100 if "partial_fourier_percent" in values else 1.0
    first = lines - math.ceil(lines * share)
    return tuple(line for line in range(first, lines) if (line - lines // 2) % factor == 0)


def lines_before_centre(values: Values) -> int:
    """How many measured lines come before the central one, in order of their numbers."""
    return measured_lines(values).index(encoded_lines(values) // 2)


def train_echoes(sequence: SequenceType, values: Values) -> int:
    """Echoes that each train is asked to read: the turbo factor, or all lines of a single shot."""
    if traits(sequence).single_shot:
        return len(measured_lines(values))
    return min(count(values, "echo_train_length"), len(measured_lines(values)))


def trains_per_slice(sequence: SequenceType, values: Values) -> int:
    return math.ceil(len(measured_lines(values)) / train_echoes(sequence, values))


def echo_of_position(sequence: SequenceType, values: Values, effective: int) -> tuple[int, ...]:
    """Which echo (0 = first) reads the n-th measured line; the central line is read by echo `effective`.

    k-space is cut into as many bands as the train has echoes; the bands follow each other in echo order,
    turned round so that the effective echo falls on the central band.
    """
    lines = len(measured_lines(values))
    trains = trains_per_slice(sequence, values)
    echoes = math.ceil(lines / trains)
    centre_band = lines_before_centre(values) // trains
    return tuple(
        (position // trains - centre_band + effective) % max(echoes, effective + 1)
        for position in range(lines)
    )
