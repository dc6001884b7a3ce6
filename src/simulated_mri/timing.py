"""How long things take: shortest TE and TR, echo spacing, slices per TR, scan time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulated_mri.hardware import GAMMA_HZ_PER_T, Hardware
from simulated_mri.sequences import SequenceType, Values, count, number

DUMMY_REPETITIONS = 1
PRESCAN_S = 3.0
CRUSHER_MS = 1.0
SPACING_STEP_MS = 0.5
BLOCK_PULSE_MS = 0.5  # the non-selective pulse of the 3D sequence
LONGEST_LOBE_MS = 2.5


@dataclass(frozen=True, slots=True)
class Timing:
    """Everything that follows from values and hardware for one sequence, in ms (scan time in s)."""

    sampling_ms: float
    te_min_ms: float
    echo_spacing_ms: float  # 0 where there is no train
    slice_ms: float  # busy time of one slice in one TR (without the inversion time)
    tr_min_ms: float  # with the present concatenations
    slices_per_concatenation: int
    shots_per_slice: int  # repetitions needed for one average
    duration_s: float


def sampling_ms(values: Values) -> float:
    return 1000.0 / number(values, "bandwidth_hz_per_px")


def fov_phase_mm(values: Values) -> float:
    return number(values, "fov_read_mm") * number(values, "phase_fov_percent") / 100


def fov_read_min_mm(values: Values, hardware: Hardware) -> float:
    total_hz = number(values, "bandwidth_hz_per_px") * number(values, "acquisition_matrix_read")
    return total_hz * hardware.fov_min_bandwidth_mm


def prephase_areas(values: Values, hardware: Hardware) -> tuple[float, float, float]:
    """Lobes that run together before a readout: read prephaser, phase encoding, slice rephaser; T·s/m."""

    def edge(matrix: float, fov_mm: float) -> float:
        return matrix / (2 * GAMMA_HZ_PER_T * fov_mm / 1000)

    thickness_m = number(values, "slice_thickness_mm") / 1000
    return (
        edge(number(values, "acquisition_matrix_read"), number(values, "fov_read_mm")),
        edge(number(values, "acquisition_matrix_phase"), fov_phase_mm(values)),
        hardware.time_bandwidth / 2 / (GAMMA_HZ_PER_T * thickness_m),
    )


def _prephase_ms(values: Values, hardware: Hardware) -> float:
    return hardware.lobe_ms(max(prephase_areas(values, hardware)))


def prephase_window_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Time that these lobes may take at the present TE or echo spacing; never stretched beyond a limit."""
    sampling, te_ms = sampling_ms(values), number(values, "te_ms")
    match sequence:
        case "tse" | "flair":
            spacing = echo_spacing_ms(sequence, values, hardware)
            window = (spacing - hardware.refocusing_ms - sampling) / 2
        case "se":
            window = te_ms / 2 - hardware.excitation_ms / 2 - hardware.refocusing_ms / 2
        case "gre_3d_t1":
            window = te_ms - BLOCK_PULSE_MS / 2 - sampling / 2
        case _:
            window = te_ms - hardware.excitation_ms / 2 - sampling / 2
    return min(max(window, _prephase_ms(values, hardware)), LONGEST_LOBE_MS)


def _ceil(value: float, step: float) -> float:
    return round(math.ceil(value / step - 1e-9) * step, 6)


def echo_spacing_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Between two echoes of a train; 0 for sequences without one."""
    sampling = sampling_ms(values)
    match sequence:
        case "tse" | "flair":
            lobes = 2 * max(_prephase_ms(values, hardware), CRUSHER_MS) + 0.4
            return _ceil(hardware.refocusing_ms + lobes + sampling, SPACING_STEP_MS)
        case "gre_3d_t1":
            echo = max(number(values, "te_ms"), te_min_ms(sequence, values, hardware))
            return _ceil(echo + sampling / 2 + hardware.spoiler_ms + 0.5, 0.1)
        case _:
            return 0.0


def te_min_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Half the pulse, the lobes, and half the readout; a train's first echo is one spacing."""
    sampling = sampling_ms(values)
    prephase = _prephase_ms(values, hardware)
    match sequence:
        case "tse" | "flair":
            return echo_spacing_ms(sequence, values, hardware)
        case "se":
            before = hardware.excitation_ms / 2 + max(prephase, CRUSHER_MS) + hardware.refocusing_ms / 2
            after = hardware.refocusing_ms / 2 + CRUSHER_MS + sampling / 2
            return _ceil(2 * max(before, after), 0.01)
        case "gre_3d_t1":
            return _ceil(BLOCK_PULSE_MS / 2 + prephase + sampling / 2, 0.01)
        case _:
            return _ceil(hardware.excitation_ms / 2 + prephase + sampling / 2, 0.01)


def train_length_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """From excitation to the end of the last echo; for 3D, all excitations after one inversion."""
    spacing = echo_spacing_ms(sequence, values, hardware)
    match sequence:
        case "tse" | "flair":
            return count(values, "echo_train_length") * spacing + spacing / 2
        case "gre_3d_t1":
            return count(values, "acquisition_matrix_phase") * spacing
        case _:
            return 0.0


def slice_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Busy time of one slice within a TR, without its inversion time."""
    match sequence:
        case "tse" | "flair":
            inversion = hardware.inversion_ms if sequence == "flair" else 0.0
            train = train_length_ms(sequence, values, hardware)
            return hardware.excitation_ms / 2 + train + hardware.spoiler_ms + inversion
        case "gre_3d_t1":
            return train_length_ms(sequence, values, hardware)
        case _:
            after = number(values, "te_ms") + sampling_ms(values) / 2 + hardware.spoiler_ms
            return hardware.excitation_ms / 2 + after


def tr_min_ms(sequence: SequenceType, values: Values, hardware: Hardware, *, concatenations: int) -> float:
    """Shortest TR that holds all slices of one concatenation, to the 0.1 ms above.

    FLAIR inverts all slices of a concatenation one after another and then reads them in the same
    order, TI later each, so TI must hold the trains of a whole concatenation too (see `ti_min_ms`).
    """
    busy = slice_ms(sequence, values, hardware)
    match sequence:
        case "flair":
            packet = math.ceil(count(values, "slice_count") / concatenations)
            return _ceil(number(values, "ti_ms") + packet * busy, 0.1)
        case "gre_3d_t1":
            return _ceil(number(values, "ti_ms") + busy / 2 + hardware.inversion_ms, 0.1)
        case _:
            return _ceil(math.ceil(count(values, "slice_count") / concatenations) * busy, 0.1)


def ti_min_ms(sequence: SequenceType, values: Values, hardware: Hardware, *, concatenations: int) -> float:
    match sequence:
        case "flair":
            packet = math.ceil(count(values, "slice_count") / concatenations)
            return packet * slice_ms(sequence, values, hardware)
        case "gre_3d_t1":
            return slice_ms(sequence, values, hardware) / 2 + hardware.inversion_ms
        case _:
            return 0.0


def shots_per_slice(sequence: SequenceType, values: Values) -> int:
    """Repetitions for one average: echo trains, lines, or partitions (3D: one inversion for each)."""
    lines = count(values, "acquisition_matrix_phase")
    match sequence:
        case "tse" | "flair":
            return math.ceil(lines / count(values, "echo_train_length"))
        case "gre_3d_t1":
            return count(values, "slice_count")
        case _:
            return lines


def timing(sequence: SequenceType, values: Values, hardware: Hardware) -> Timing:
    """TA = TR × repetitions × averages × concatenations + dummy repetitions + prescan."""
    concatenations = count(values, "concatenations") if "concatenations" in values else 1
    repetitions = shots_per_slice(sequence, values)
    tr_s = number(values, "tr_ms") / 1000
    measured = tr_s * repetitions * count(values, "averages") * concatenations
    return Timing(
        sampling_ms=sampling_ms(values),
        te_min_ms=te_min_ms(sequence, values, hardware),
        echo_spacing_ms=echo_spacing_ms(sequence, values, hardware),
        slice_ms=slice_ms(sequence, values, hardware),
        tr_min_ms=tr_min_ms(sequence, values, hardware, concatenations=concatenations),
        slices_per_concatenation=math.ceil(count(values, "slice_count") / concatenations),
        shots_per_slice=repetitions,
        duration_s=measured + DUMMY_REPETITIONS * tr_s * concatenations + PRESCAN_S,
    )
