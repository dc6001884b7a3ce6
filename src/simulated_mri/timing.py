"""How long things take: shortest TE and TR, echo spacing, slices per TR, scan time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulated_mri.hardware import GAMMA_HZ_PER_T, Hardware
from simulated_mri.phase_lines import lines_before_centre, measured_lines, train_echoes, trains_per_slice
from simulated_mri.sequences import SequenceType, Values, count, count_or, number, traits
from simulated_mri.signals.diffusion import lobe_ms

DUMMY_REPETITIONS = 1
PRESCAN_S = 3.0
CRUSHER_MS = 1.0
SPACING_STEP_MS = 0.5
BLOCK_PULSE_MS = 0.5  # the non-selective pulse of the 3D sequence
LONGEST_LOBE_MS = 2.5
FAT_SATURATION_MS = 12.0  # a Gaussian pulse of 3.4 ppm bandwidth and its spoiler
EPI_RAMPS_MS = 0.30  # turning the readout gradient round, with the blip inside
DIFFUSION_RAMP_MS = 0.3
REWIND_MS = 0.3  # turning the readout gradient round between two echoes


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
    ready_s: float  # when the first shot could begin if it need not wait for a trigger
    duration_s: float


def cycle_ms(values: Values) -> float | None:
    """From one trigger to the next, at the rate that is expected; None without triggering."""
    if values.get("trigger", "OFF") == "OFF":
        return None
    return 60000.0 / number(values, "trigger_rate_per_min")


def window_ms(values: Values) -> float:
    """How long after its delay a trigger's cycle may be used for shots."""
    return (cycle_ms(values) or 0.0) * number(values, "trigger_window_percent") / 100


def segment_lines(sequence: SequenceType, values: Values) -> int | None:
    """How many lines, TR apart, are read after each trigger where TR is far shorter than a cycle.

    None without triggering, and where TR itself is a number of cycles.
    """
    cycle, kind = cycle_ms(values), traits(sequence)
    if cycle is None or kind.inverted or not (kind.volume or kind.readout == "balanced"):
        return None
    lines = len(measured_lines(values))
    fitting = int(window_ms(values) / number(values, "tr_ms") + 1e-6)
    return lines if kind.volume else min(max(fitting, 1), lines)


def repetition_ms(sequence: SequenceType, values: Values) -> float:
    """From one repetition's beginning to the next one's: TR, or a cycle where each is a segment of lines."""
    cycle = cycle_ms(values)
    if cycle is None or segment_lines(sequence, values) is None:
        return number(values, "tr_ms")
    return cycle


def as_repeated(sequence: SequenceType, values: Values, repetition_s: float | None) -> Values:
    """`values` with the TR that triggers give: what exposure and contrast of a triggered acquisition go by.

    Unchanged without triggers (None), and where lines TR apart are read after each: there the pulses go on
    between the segments, as the steady state needs it.
    """
    if repetition_s is None or segment_lines(sequence, values) is not None:
        return values
    return {**values, "tr_ms": repetition_s * 1000}


def sampling_ms(values: Values) -> float:
    return 1000.0 / number(values, "bandwidth_hz_per_px")


def fov_phase_mm(values: Values) -> float:
    return number(values, "fov_read_mm") * number(values, "phase_fov_percent") / 100


def turns_ms(sequence: SequenceType) -> float:
    """Time to turn the readout gradient round between two echoes; 0 where it need not be."""
    if traits(sequence).readout == "epi":
        return EPI_RAMPS_MS
    return REWIND_MS if traits(sequence).echoes > 1 else 0.0


def fov_read_min_mm(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """At the strongest gradient; where it is turned round, at the strongest that the slew rate can turn."""
    total_hz = number(values, "bandwidth_hz_per_px") * number(values, "acquisition_matrix_read")
    turned = hardware.slew_t_per_m_per_s * turns_ms(sequence) / 1000 / 2
    return (
        total_hz
        * hardware.fov_min_bandwidth_mm
        * max(1.0, hardware.gradient_max_t_per_m / turned if turned else 1.0)
    )


def prephase_areas(sequence: SequenceType, values: Values, hardware: Hardware) -> tuple[float, float, float]:
    """Lobes that run together before a readout: read prephaser, phase encoding, slice direction; T·s/m.

    In the slice direction a 2D sequence rephases its pulse, a 3D one encodes partitions.
    """

    def edge(matrix: float, fov_mm: float) -> float:
        return matrix / (2 * GAMMA_HZ_PER_T * fov_mm / 1000)

    thickness_m = number(values, "slice_thickness_mm") / 1000
    slices = 0.5 if traits(sequence).volume else hardware.time_bandwidth / 2
    return (
        edge(number(values, "acquisition_matrix_read"), number(values, "fov_read_mm")),
        edge(number(values, "acquisition_matrix_phase"), fov_phase_mm(values)),
        slices / (GAMMA_HZ_PER_T * thickness_m),
    )


def _prephase_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    return hardware.lobe_ms(max(prephase_areas(sequence, values, hardware)))


def pulse_ms(sequence: SequenceType, hardware: Hardware) -> float:
    """The excitation: selective, or the short block of a 3D or balanced sequence."""
    kind = traits(sequence)
    if kind.volume:
        return BLOCK_PULSE_MS
    return hardware.excitation_ms / 2 if kind.readout == "balanced" else hardware.excitation_ms


def refocusing_ms(sequence: SequenceType, hardware: Hardware) -> float:
    """One refocusing pulse; those of a single-shot train are short."""
    short = traits(sequence).single_shot and traits(sequence).readout == "echo_train"
    return hardware.refocusing_ms * (0.5 if short else 1.0)


def preparation_ms(values: Values) -> float:
    return FAT_SATURATION_MS if values.get("fat_saturation") == "ON" else 0.0


def last_echo_ms(sequence: SequenceType, values: Values) -> float:
    """Echo time of the last echo that has a picture of its own."""
    second = number(values, "echo_difference_ms") if traits(sequence).echoes > 1 else 0.0
    return number(values, "te_ms") + second


def prephase_window_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Time that these lobes take at the present TE or echo spacing; stretched up to a limit, never cut."""
    sampling, te_ms = sampling_ms(values), number(values, "te_ms")
    match traits(sequence).readout:
        case "echo_train":
            spacing = echo_spacing_ms(sequence, values, hardware)
            window = (spacing - refocusing_ms(sequence, hardware) - sampling) / 2
        case "spin_echo":
            window = te_ms / 2 - hardware.excitation_ms / 2 - hardware.refocusing_ms / 2
        case "epi":
            window = LONGEST_LOBE_MS
        case _:
            window = te_ms - pulse_ms(sequence, hardware) / 2 - sampling / 2
    return max(min(window, LONGEST_LOBE_MS), _prephase_ms(sequence, values, hardware))


def _ceil(value: float, step: float) -> float:
    return round(math.ceil(value / step - 1e-9) * step, 6)


def echo_spacing_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Between two echoes of a train; 0 for sequences without one."""
    sampling = sampling_ms(values)
    match traits(sequence).readout:
        case "echo_train":
            lobes = 2 * max(_prephase_ms(sequence, values, hardware), CRUSHER_MS) + 0.4
            return _ceil(refocusing_ms(sequence, hardware) + lobes + sampling, SPACING_STEP_MS)
        case "inversion_train":
            echo = max(number(values, "te_ms"), te_min_ms(sequence, values, hardware))
            return _ceil(echo + sampling / 2 + hardware.spoiler_ms + 0.5, 0.1)
        case "epi":
            return _ceil(sampling + EPI_RAMPS_MS, 0.01)
        case _:
            return 0.0


def te_min_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Half the pulse, the lobes, and half the readout; a train's first echo is one spacing."""
    sampling = sampling_ms(values)
    prephase = _prephase_ms(sequence, values, hardware)
    match traits(sequence).readout:
        case "echo_train":
            return echo_spacing_ms(sequence, values, hardware)
        case "spin_echo":
            before = hardware.excitation_ms / 2 + max(prephase, CRUSHER_MS) + hardware.refocusing_ms / 2
            after = hardware.refocusing_ms / 2 + CRUSHER_MS + sampling / 2
            return _ceil(2 * max(before, after), 0.01)
        case "epi":
            return _epi_te_min_ms(sequence, values, hardware)
        case _:
            return _ceil(pulse_ms(sequence, hardware) / 2 + prephase + sampling / 2, 0.01)


def _epi_te_min_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Both diffusion lobes lie between the pulses and the train, one on each side of the refocusing."""
    train = lines_before_centre(values) * echo_spacing_ms(sequence, values, hardware)
    prephase = _prephase_ms(sequence, values, hardware)
    between = hardware.refocusing_ms + 2 * DIFFUSION_RAMP_MS
    b_value = number(values, "b_value_s_per_mm2")
    lobe = lobe_ms(b_value, hardware.gradient_max_t_per_m, between) + DIFFUSION_RAMP_MS
    before = hardware.excitation_ms / 2 + prephase + lobe + hardware.refocusing_ms / 2
    after = hardware.refocusing_ms / 2 + lobe + train
    return _ceil(2 * max(before, after), 0.01)


def train_length_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """From excitation to the end of the last echo; for 3D, all excitations after one inversion."""
    spacing = echo_spacing_ms(sequence, values, hardware)
    match traits(sequence).readout:
        case "echo_train":
            return train_echoes(sequence, values) * spacing + spacing / 2
        case "inversion_train":
            return len(measured_lines(values)) * spacing
        case "epi":
            after = len(measured_lines(values)) - lines_before_centre(values)
            return number(values, "te_ms") + after * spacing
        case _:
            return 0.0


def slice_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Busy time of one slice within a TR, without its inversion time."""
    train = train_length_ms(sequence, values, hardware)
    preparation = preparation_ms(values)
    match traits(sequence).readout:
        case "echo_train":
            preparation += hardware.inversion_ms if traits(sequence).inverted else 0.0
            return hardware.excitation_ms / 2 + train + hardware.spoiler_ms + preparation
        case "inversion_train":
            return train
        case "epi":
            return hardware.excitation_ms / 2 + train + hardware.spoiler_ms + FAT_SATURATION_MS
        case "balanced":
            # Everything is rewound, so that as much comes after the echo as before it.
            return _ceil(2 * te_min_ms(sequence, values, hardware), 0.01)
        case _:
            after = last_echo_ms(sequence, values) + sampling_ms(values) / 2 + hardware.spoiler_ms
            return pulse_ms(sequence, hardware) / 2 + after + preparation


def packets(sequence: SequenceType, values: Values) -> int:
    """How many times the slices are shared out: concatenations, or one slice after the other."""
    kind = traits(sequence)
    if kind.readout == "balanced" or (kind.single_shot and kind.readout == "echo_train"):
        return count(values, "slice_count")
    return count_or(values, "concatenations", 1)


def slices_per_packet(values: Values, concatenations: int) -> int:
    """Of the fullest concatenation."""
    return math.ceil(count(values, "slice_count") / concatenations)


def tr_min_ms(sequence: SequenceType, values: Values, hardware: Hardware, *, concatenations: int) -> float:
    """Shortest TR that holds all slices of one concatenation, to the 0.1 ms above.

    FLAIR inverts all slices of a concatenation one after another and then reads them in the same order, TI
    later each, so TI must hold the trains of a whole concatenation too (see `ti_min_ms`). STIR's TI is too
    short for that: inversion, TI and train of one slice follow each other.
    """
    busy = slice_ms(sequence, values, hardware)
    packet = slices_per_packet(values, concatenations)
    match traits(sequence).inversion:
        case "slab":
            after = len(measured_lines(values)) - lines_before_centre(values)
            rest = after * echo_spacing_ms(sequence, values, hardware)
            return _ceil(number(values, "ti_ms") + rest + hardware.inversion_ms, 0.1)
        case "packet":
            return _ceil(number(values, "ti_ms") + packet * busy, 0.1)
        case "slice":
            return _ceil(packet * (number(values, "ti_ms") + busy), 0.1)
        case "none":
            return _ceil(busy if traits(sequence).volume else packet * busy, 0.1)


def ti_min_ms(sequence: SequenceType, values: Values, hardware: Hardware, *, concatenations: int) -> float:
    match traits(sequence).inversion:
        case "slab":
            before = lines_before_centre(values) * echo_spacing_ms(sequence, values, hardware)
            return before + hardware.inversion_ms
        case "packet":
            return slices_per_packet(values, concatenations) * slice_ms(sequence, values, hardware)
        case "slice":
            return hardware.inversion_ms + hardware.excitation_ms
        case "none":
            return 0.0


def shots_per_slice(sequence: SequenceType, values: Values) -> int:
    """Repetitions for one average: echo trains, lines, or (3D) all lines of all partitions."""
    lines = len(measured_lines(values))
    if (segment := segment_lines(sequence, values)) is not None:
        return math.ceil(lines / segment) * (count(values, "slice_count") if traits(sequence).volume else 1)
    match traits(sequence).readout:
        case "echo_train" | "epi":
            return trains_per_slice(sequence, values)
        case "inversion_train":
            return count(values, "slice_count")
        case _:
            return lines * (count(values, "slice_count") if traits(sequence).volume else 1)


def frame_passes(sequence: SequenceType, values: Values) -> int:
    """How many times everything is measured, one after the other: dynamics, or diffusion weightings."""
    if sequence == "epi_dwi":
        return 1 + count(values, "diffusion_directions")
    return count_or(values, "dynamics", 1)


def measured_pass_s(sequence: SequenceType, values: Values) -> float:
    """How long the shots of one pass take."""
    repetitions = shots_per_slice(sequence, values) * count(values, "averages") * packets(sequence, values)
    return repetitions * repetition_ms(sequence, values) / 1000


def pass_s(sequence: SequenceType, values: Values) -> float:
    """From the beginning of one pass to that of the next; dynamics may pause in between."""
    measured = measured_pass_s(sequence, values)
    if "dynamic_interval_s" in values and count(values, "dynamics") > 1:
        return max(measured, number(values, "dynamic_interval_s"))
    return measured


def timing(sequence: SequenceType, values: Values, hardware: Hardware) -> Timing:
    """TA = TR × repetitions × averages × concatenations × passes + dummy repetitions + prescan."""
    concatenations = packets(sequence, values)
    tr_s = number(values, "tr_ms") / 1000
    measured = pass_s(sequence, values) * frame_passes(sequence, values)
    dummies = 0.0 if traits(sequence).single_shot else DUMMY_REPETITIONS * tr_s * concatenations
    ready_s = dummies + PRESCAN_S
    lead_in = ready_s
    if (cycle := cycle_ms(values)) is not None:
        lead_in = math.ceil(lead_in * 1000 / cycle) * cycle / 1000  # the first shot waits for a trigger
    return Timing(
        sampling_ms=sampling_ms(values),
        te_min_ms=te_min_ms(sequence, values, hardware),
        echo_spacing_ms=echo_spacing_ms(sequence, values, hardware),
        slice_ms=slice_ms(sequence, values, hardware),
        tr_min_ms=tr_min_ms(sequence, values, hardware, concatenations=concatenations),
        slices_per_concatenation=slices_per_packet(values, concatenations),
        shots_per_slice=shots_per_slice(sequence, values),
        ready_s=ready_s,
        duration_s=measured + lead_in,
    )
