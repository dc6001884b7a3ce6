"""Every sequence's tissue signals against an independent integration of the Bloch equations, within 2 %.

The sequences are taken as the scanner runs them, from their parameters to the signal of every line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from bloch import balanced_echoes, echo_train, inversion_train, spoiled_echo

from simulated_mri.contrast import line_courses
from simulated_mri.frames import make_frames
from simulated_mri.hardware import Hardware
from simulated_mri.limits import achieve
from simulated_mri.phase_lines import echo_of_position, lines_before_centre, measured_lines, train_echoes
from simulated_mri.protocols import PROTOCOLS
from simulated_mri.sequences import SEQUENCE_TYPES, SequenceType, Value, Values
from simulated_mri.signals.contrast_agent import R1_PER_MM_S, concentration_mm
from simulated_mri.signals.gradient_echo import balanced
from simulated_mri.signals.pools import make_pools
from simulated_mri.timing import echo_spacing_ms, packets
from simulated_mri.tissues import Relaxation, Tissue, relaxation

WITHIN = 0.02
INVERSION_EFFICIENCY = 0.97  # of MPRAGE's adiabatic pulse
BASES: dict[SequenceType, Values] = {
    step.sequence: step.values for protocol in reversed(PROTOCOLS) for step in reversed(protocol.steps)
}
HEAD = (Tissue.CSF, Tissue.GREY, Tissue.WHITE, Tissue.SOFT, Tissue.INFARCT, Tissue.LIVER)
Course = npt.NDArray[np.float64]


def values_of(sequence: SequenceType, hardware: Hardware, **changes: Value) -> Values:
    """What the scanner achieves for the changes: the test never runs values that the scanner would not."""
    achieved = achieve(sequence, BASES[sequence], changes, hardware)
    assert not achieved.conflicts, achieved.conflicts
    return achieved.values


def courses(
    sequence: SequenceType, values: Values, hardware: Hardware, *, frame: int = 0, b1: float = 1.0
) -> Mapping[Tissue, Course]:
    """Signal of every measured line, per unit of equilibrium magnetisation and proton density."""
    frames = make_frames(sequence, values, hardware)
    tissues = tuple(Tissue)
    seen = line_courses(sequence, values, hardware, frames[frame], tissues, (b1,))
    times = relaxation(hardware.b0_t)
    lines = list(measured_lines(values))
    return {tissue: seen[index, lines] / times[tissue].proton_density for index, tissue in enumerate(tissues)}


def agree(seen: Course, expected: Course, *, floor: float = 0.0) -> None:
    """Within 2 % of each, or of `floor`: signals near a null are compared with what a picture shows."""
    tolerance = WITHIN * np.maximum(np.abs(expected), floor)
    assert np.all(np.abs(seen - expected) <= tolerance), (seen, expected)


def number(values: Values, key: str) -> float:
    return float(values[key])


@pytest.mark.parametrize("b0_t", [0.5, 1.5, 3.0])
@pytest.mark.parametrize("flip", [8, 30, 70])
@pytest.mark.parametrize(
    "sequence", ["localizer", "gre", "gre_t2star", "gre_3d", "field_map", "dixon_3d", "bolus"]
)
def test_spoiled_gradient_echoes(sequence: SequenceType, flip: int, b0_t: float) -> None:
    hardware = Hardware(b0_t=b0_t)
    off: dict[str, Value] = {"contrast_agent": "NONE"} if "contrast_agent" in BASES[sequence] else {}
    values = values_of(sequence, hardware, flip_angle_deg=flip, **off)
    for frame in make_frames(sequence, values, hardware)[:2]:
        seen = courses(sequence, values, hardware, frame=frame.index)
        for tissue in (Tissue.GREY, Tissue.FAT, Tissue.LIVER):
            own = relaxation(b0_t)[tissue]
            expected = spoiled_echo(
                own.t1_ms, own.t2_ms, own.t2_star_ms,
                tr=number(values, "tr_ms"), te=frame.te_ms, flip=flip,
            )  # fmt: skip
            agree(seen[tissue], np.full(len(seen[tissue]), expected))


@pytest.mark.parametrize("b0_t", [0.5, 1.5, 3.0])
@pytest.mark.parametrize(
    ("sequence", "tr", "te"),
    [("gre", 120.0, 8.0), ("gre", 900.0, 15.0), ("gre_t2star", 1500.0, 45.0), ("gre_3d", 25.0, 7.0),
     ("gre_3d", 7.5, 3.5)],
)  # fmt: skip
def test_spoiled_gradient_echoes_at_other_times(
    sequence: SequenceType, tr: float, te: float, b0_t: float
) -> None:
    hardware = Hardware(b0_t=b0_t)
    own_slices: dict[str, Value] = {} if sequence == "gre_3d" else {"slice_count": 4}
    values = values_of(sequence, hardware, tr_ms=tr, te_ms=te, flip_angle_deg=25, **own_slices)
    seen = courses(sequence, values, hardware)
    for tissue in (Tissue.CSF, Tissue.WHITE, Tissue.BLOOD):
        own = relaxation(b0_t)[tissue]
        expected = spoiled_echo(own.t1_ms, own.t2_ms, own.t2_star_ms, tr=tr, te=te, flip=25)
        agree(seen[tissue], np.full(len(seen[tissue]), expected))


@pytest.mark.parametrize(
    ("flip", "tr", "b0_t"), [(20, 5.0, 3.0), (50, 5.0, 1.5), (90, 5.0, 3.0), (35, 14.0, 0.5)]
)
def test_balanced_steady_state_on_and_off_resonance(flip: int, tr: float, b0_t: float) -> None:
    hardware = Hardware(b0_t=b0_t)
    values = values_of("bssfp", hardware, flip_angle_deg=flip, tr_ms=tr)
    seen = courses("bssfp", values, hardware)
    tr = number(values, "tr_ms")
    for tissue in (Tissue.GREY, Tissue.SOFT, Tissue.LIVER):
        own = relaxation(b0_t)[tissue]
        turns = np.array([0.0, 0.3, 0.5, 0.8])
        expected = balanced_echoes(own.t1_ms, own.t2_ms, tr=tr, flip=flip, hertz=1000 * turns / tr)
        agree(seen[tissue], np.full(len(seen[tissue]), expected[0]))
        pools = make_pools((tissue,), relaxation(b0_t))
        for turn, echo in zip(turns, expected, strict=True):
            off = balanced(pools, tr_ms=tr, te_ms=tr / 2, flip_deg=flip, off_resonance_rad=2 * math.pi * turn)
            agree(off / own.proton_density, np.array([echo]))


@pytest.mark.parametrize("b0_t", [0.5, 1.5, 3.0])
@pytest.mark.parametrize(
    ("tr", "te", "flip", "refocusing"), [(560, 12, 90, 180), (900, 40, 70, 150), (2500, 90, 90, 120)]
)
def test_spin_echo(tr: float, te: float, flip: float, refocusing: float, b0_t: float) -> None:
    hardware = Hardware(b0_t=b0_t)
    values = values_of(
        "se", hardware, tr_ms=tr, te_ms=te, flip_angle_deg=flip, refocusing_flip_angle_deg=refocusing,
        slice_count=4,
    )  # fmt: skip
    seen = courses("se", values, hardware)
    for tissue in HEAD:
        own = relaxation(b0_t)[tissue]
        expected = echo_train(
            own.t1_ms, own.t2_ms, tr=tr, spacing=te, echoes=1, flip=flip, refocusing=refocusing
        )
        agree(seen[tissue], np.full(len(seen[tissue]), expected[0]))


def expected_train(
    sequence: SequenceType, values: Values, own: Relaxation, hardware: Hardware, b1: float = 1.0
) -> Course:
    train = whole_train(sequence, values, own, hardware, b1)
    effective = round(number(values, "te_ms") / echo_spacing_ms(sequence, values, hardware)) - 1
    return train[np.minimum(echo_of_position(sequence, values, effective), len(train) - 1)]


def whole_train(
    sequence: SequenceType, values: Values, own: Relaxation, hardware: Hardware, b1: float = 1.0
) -> Course:
    spacing, echoes = echo_spacing_ms(sequence, values, hardware), train_echoes(sequence, values)
    single = sequence == "tse_ss"
    return echo_train(
        own.t1_ms, own.t2_train_ms, spacing=spacing, echoes=echoes,
        tr=number(values, "tr_ms") * (packets(sequence, values) if single else 1),
        flip=b1 * number(values, "flip_angle_deg"),
        refocusing=b1 * number(values, "refocusing_flip_angle_deg"),
        ti=number(values, "ti_ms") if "ti_ms" in values else None,
    )  # fmt: skip


@pytest.mark.parametrize("refocusing", [70, 120, 150, 180])
@pytest.mark.parametrize("sequence", ["tse", "flair", "stir", "tse_ss"])
def test_echo_trains_line_by_line(sequence: SequenceType, refocusing: float) -> None:
    values = values_of(sequence, Hardware(), refocusing_flip_angle_deg=refocusing)
    seen = courses(sequence, values, Hardware())
    for tissue in (Tissue.CSF, Tissue.WHITE, Tissue.FAT, Tissue.LIVER):
        own = relaxation(3.0)[tissue]
        agree(seen[tissue], expected_train(sequence, values, own, Hardware()), floor=0.02)


@pytest.mark.parametrize("b0_t", [0.5, 1.5, 3.0])
@pytest.mark.parametrize(
    ("sequence", "changes"),
    [
        ("tse", {"tr_ms": 2200.0, "te_ms": 20.0, "echo_train_length": 4, "slice_count": 8}),
        ("tse", {"tr_ms": 6000.0, "te_ms": 190.0, "echo_train_length": 24, "slice_count": 12}),
        ("flair", {"tr_ms": 6500.0, "ti_ms": 2050, "te_ms": 120.0, "slice_count": 12}),
        ("flair", {"tr_ms": 11000.0, "ti_ms": 2750, "te_ms": 60.0, "echo_train_length": 12}),
        ("stir", {"tr_ms": 3000.0, "ti_ms": 130, "te_ms": 30.0, "slice_count": 6}),
        ("stir", {"tr_ms": 7000.0, "ti_ms": 300, "te_ms": 90.0, "echo_train_length": 20, "slice_count": 10}),
        ("tse_ss", {"tr_ms": 900.0, "te_ms": 60.0, "slice_count": 3, "flip_angle_deg": 70}),
    ],
    ids=str,
)
def test_echo_trains_at_other_times_lengths_and_fields(
    sequence: SequenceType, changes: dict[str, Value], b0_t: float
) -> None:
    hardware = Hardware(b0_t=b0_t)
    values = values_of(sequence, hardware, **changes)
    seen = courses(sequence, values, hardware)
    for tissue in (Tissue.CSF, Tissue.GREY, Tissue.FAT):
        expected = expected_train(sequence, values, relaxation(b0_t)[tissue], hardware)
        agree(seen[tissue], expected, floor=0.02)
        echoes = number(values, "te_ms") / echo_spacing_ms(sequence, values, hardware)
        assert echoes == pytest.approx(round(echoes))
        train = whole_train(sequence, values, relaxation(b0_t)[tissue], hardware)
        centre = seen[tissue][list(measured_lines(values)).index(encoded_centre(values))]
        agree(np.array([centre]), train[[round(echoes) - 1]], floor=0.02)


def encoded_centre(values: Values) -> int:
    return round(number(values, "acquisition_matrix_phase")) // 2


@pytest.mark.parametrize("b1", [0.8, 1.15])
@pytest.mark.parametrize("sequence", ["tse", "flair", "stir", "tse_ss"])
def test_an_echo_train_in_an_uneven_transmit_field(sequence: SequenceType, b1: float) -> None:
    values = values_of(sequence, Hardware())
    seen = courses(sequence, values, Hardware(), b1=b1)
    for tissue in (Tissue.CSF, Tissue.WHITE):
        expected = expected_train(sequence, values, relaxation(3.0)[tissue], Hardware(), b1)
        agree(seen[tissue], expected, floor=0.02)


@pytest.mark.parametrize("b1", [0.8, 1.15])
def test_every_other_readout_in_an_uneven_transmit_field(b1: float) -> None:
    """Angles scale with the field; an adiabatic inversion does not mind it."""
    own, hardware = relaxation(3.0)[Tissue.GREY], Hardware()

    def seen(sequence: SequenceType) -> tuple[Course, Values, float]:
        values = values_of(sequence, hardware)
        flip = b1 * (number(values, "flip_angle_deg") if "flip_angle_deg" in values else 90.0)
        return courses(sequence, values, hardware, b1=b1)[Tissue.GREY], values, flip

    course, values, flip = seen("gre")
    tr, te = number(values, "tr_ms"), number(values, "te_ms")
    gradient_echo = spoiled_echo(own.t1_ms, own.t2_ms, own.t2_star_ms, tr=tr, te=te, flip=flip)
    agree(course[:1], np.array([gradient_echo]))
    course, values, flip = seen("bssfp")
    tr = number(values, "tr_ms")
    agree(course[:1], balanced_echoes(own.t1_ms, own.t2_ms, tr=tr, flip=flip, hertz=np.zeros(1)))
    for sequence in ("se", "epi_dwi"):
        course, values, flip = seen(sequence)
        tr, te = number(values, "tr_ms"), number(values, "te_ms")
        spin_echo = echo_train(
            own.t1_ms, own.t2_ms, tr=tr, spacing=te, echoes=1, flip=flip, refocusing=b1 * 180
        )
        agree(course[[lines_before_centre(values)]], spin_echo)
    course, values, flip = seen("gre_3d_t1")
    agree(course, expected_inversion_train(values, own, hardware, flip), floor=0.005)


@pytest.mark.parametrize(("tr", "ti", "flip"), [(2000, 900, 9), (2400, 1000, 6), (1900, 1000, 12)])
@pytest.mark.parametrize("b0_t", [1.5, 3.0])
def test_mprage_has_its_true_transient(tr: float, ti: float, flip: float, b0_t: float) -> None:
    hardware = Hardware(b0_t=b0_t)
    values = values_of("gre_3d_t1", hardware, tr_ms=tr, ti_ms=ti, flip_angle_deg=flip)
    seen = courses("gre_3d_t1", values, hardware)
    for tissue in (Tissue.CSF, Tissue.GREY, Tissue.WHITE, Tissue.FAT):
        own = relaxation(b0_t)[tissue]
        agree(seen[tissue], expected_inversion_train(values, own, hardware, flip), floor=0.005)


def expected_inversion_train(values: Values, own: Relaxation, hardware: Hardware, flip: float) -> Course:
    return inversion_train(
        own.t1_ms, own.t2_ms, own.t2_star_ms, tr=number(values, "tr_ms"), ti=number(values, "ti_ms"),
        te=number(values, "te_ms"), flip=flip, spacing=echo_spacing_ms("gre_3d_t1", values, hardware),
        echoes=len(measured_lines(values)), centre=lines_before_centre(values),
        efficiency=INVERSION_EFFICIENCY,
    )  # fmt: skip


@pytest.mark.parametrize(("b_value", "te", "b0_t"), [(500, 72.0, 3.0), (1000, 80.0, 1.5), (2000, 110.0, 0.5)])
def test_diffusion_weighted_epi(b_value: float, te: float, b0_t: float) -> None:
    hardware = Hardware(b0_t=b0_t)
    values = values_of("epi_dwi", hardware, b_value_s_per_mm2=b_value, te_ms=te, slice_count=12)
    plain, weighted = (courses("epi_dwi", values, hardware, frame=frame) for frame in (0, 1))
    centre = lines_before_centre(values)
    for tissue in HEAD:
        own = relaxation(b0_t)[tissue]
        tr, te = number(values, "tr_ms"), number(values, "te_ms")
        echo = echo_train(own.t1_ms, own.t2_ms, tr=tr, spacing=te, echoes=1, flip=90, refocusing=180)[0]
        agree(plain[tissue][[centre]], np.array([echo]))
        lost = weighted[tissue][centre] / plain[tissue][centre]
        assert -math.log(lost) / b_value * 1e3 == pytest.approx(own.adc_um2_per_ms, rel=1e-6)


@pytest.mark.parametrize(("b0_t", "factor"), [(1.5, 1), (3.0, 2)])
def test_epi_lines_beside_the_echo_are_dephased_by_a_spread_of_frequencies(b0_t: float, factor: int) -> None:
    """Spins of many frequencies, Lorentz-shaped as T2* wants, are refocused at TE and at no other time."""
    hardware = Hardware(b0_t=b0_t)
    values = values_of("epi_dwi", hardware, acceleration_factor=factor)
    seen = courses("epi_dwi", values, hardware)
    times = np.arange(len(measured_lines(values))) - lines_before_centre(values)
    times_ms = times * (1000 / number(values, "bandwidth_hz_per_px") + 0.30)  # samples, turning round
    for tissue in (Tissue.GREY, Tissue.WHITE, Tissue.LIVER):
        own = relaxation(b0_t)[tissue]
        rate_hz = 1000 * (1 / own.t2_star_ms - 1 / own.t2_ms) / (2 * np.pi)
        hertz = rate_hz * np.tan(np.pi * ((np.arange(20001) + 0.5) / 20001 - 0.5))
        refocused = np.array([np.cos(2 * np.pi * hertz * time / 1000).mean() for time in times_ms])
        expected = np.exp(-times_ms / own.t2_ms) * refocused
        course = seen[tissue] / seen[tissue][lines_before_centre(values)]
        agree(course, expected, floor=0.2)


def test_contrast_agent_shortens_t1_by_its_relaxivity() -> None:
    values = values_of("dixon_3d", Hardware())
    frames = make_frames("dixon_3d", values, Hardware())
    late = frames[-1]
    assert late.after_injection_s is not None
    own = relaxation(3.0)[Tissue.LIVER]
    mm = concentration_mm(Tissue.LIVER, late.after_injection_s)
    assert 0.2 < mm < 3.0
    t1 = 1 / (1 / own.t1_ms + R1_PER_MM_S * mm / 1000)
    t2_star = 1 / (1 / own.t2_star_ms + 7.1 * mm / 1000)
    expected = spoiled_echo(t1, own.t2_ms, t2_star, tr=number(values, "tr_ms"), te=late.te_ms, flip=11)
    seen = courses("dixon_3d", values, Hardware(), frame=late.index)[Tissue.LIVER]
    agree(seen, np.full(len(seen), expected))


def test_every_sequence_is_compared_with_an_integration_here() -> None:
    gradient_echoes = {"localizer", "gre", "gre_t2star", "gre_3d", "field_map", "dixon_3d", "bolus"}
    others = {"bssfp", "se", "tse", "flair", "stir", "tse_ss", "gre_3d_t1", "epi_dwi"}
    assert gradient_echoes | others == set(SEQUENCE_TYPES)
