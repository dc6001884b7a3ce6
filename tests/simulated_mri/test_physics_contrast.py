"""Contrast of every sequence, and the closed forms behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.contrast import line_courses, tissue_signals
from simulated_mri.encoding import COUNTS_PER_UNIT
from simulated_mri.encoding.bases import make_bases
from simulated_mri.frames import make_frames
from simulated_mri.geometry import Placement, SliceGroup
from simulated_mri.hardware import Hardware
from simulated_mri.protocols import BRAIN_ROUTINE, PROTOCOLS, ProtocolStep
from simulated_mri.subjects.catalogue import load_subject
from simulated_mri.subjects.subject import Subject
from simulated_mri.tissues import Tissue, relaxation

STEPS = {step.step_id: step for step in BRAIN_ROUTINE.steps}


def signals_of(step: ProtocolStep, b0_t: float, **changes: float) -> dict[Tissue, float]:
    return tissue_signals(step.sequence, {**step.values, **changes}, Hardware(b0_t=b0_t))


@pytest.mark.parametrize("b0_t", [1.5, 3.0])
def test_t2_tse_shows_csf_bright_and_grey_above_white(b0_t: float) -> None:
    seen = signals_of(STEPS["t2_tse_ax"], b0_t)
    assert seen[Tissue.CSF] > 1.5 * seen[Tissue.GREY] > 1.5 * seen[Tissue.WHITE]


@pytest.mark.parametrize("b0_t", [1.5, 3.0])
def test_flair_shows_csf_dark_and_grey_above_white(b0_t: float) -> None:
    seen = signals_of(STEPS["flair_ax"], b0_t)
    assert seen[Tissue.GREY] > seen[Tissue.WHITE] > 10 * seen[Tissue.CSF]


def test_the_approved_stir_nulls_fat_and_keeps_water() -> None:
    (step,) = (own for protocol in PROTOCOLS for own in protocol.steps if own.step_id == "stir_cor")
    seen = signals_of(step, 3.0)
    assert seen[Tissue.FAT] < 0.1 * min(seen[Tissue.SOFT], seen[Tissue.WHITE], seen[Tissue.GREY])


@pytest.mark.parametrize("b0_t", [1.5, 3.0])
@pytest.mark.parametrize("step_id", ["localizer", "t1_3d_sag"])
def test_t1_weighting_shows_white_above_grey_above_csf(step_id: str, b0_t: float) -> None:
    seen = signals_of(STEPS[step_id], b0_t)
    assert seen[Tissue.WHITE] > seen[Tissue.GREY] > seen[Tissue.CSF]


def test_t2_star_gre_loses_more_signal_where_t2_star_is_short() -> None:
    early = signals_of(STEPS["t2star_gre_ax"], 3.0, te_ms=5.0)
    late = signals_of(STEPS["t2star_gre_ax"], 3.0, te_ms=40.0)
    kept = {tissue: late[tissue] / early[tissue] for tissue in Tissue}
    assert kept[Tissue.CSF] > kept[Tissue.GREY] > kept[Tissue.WHITE] > kept[Tissue.SOFT]


def test_a_short_spin_echo_is_t1_weighted_and_a_long_one_t2_weighted() -> None:
    values = {**STEPS["t2_tse_ax"].values, "flip_angle_deg": 90}
    short = tissue_signals("se", {**values, "tr_ms": 500.0, "te_ms": 14.0}, Hardware())
    long = tissue_signals("se", {**values, "tr_ms": 6000.0, "te_ms": 100.0}, Hardware())
    assert short[Tissue.WHITE] > short[Tissue.GREY] > short[Tissue.CSF]
    assert long[Tissue.CSF] > long[Tissue.GREY] > long[Tissue.WHITE]


def test_white_matter_t1_rises_with_the_field_and_csf_does_not() -> None:
    low, high = relaxation(1.5), relaxation(3.0)
    assert high[Tissue.WHITE].t1_ms / low[Tissue.WHITE].t1_ms == pytest.approx(2**0.38)
    assert high[Tissue.CSF].t1_ms == low[Tissue.CSF].t1_ms


def uniform(tissue: Tissue) -> Subject:
    fractions = np.zeros((5, 80, 80, 40), dtype=np.uint8)
    fractions[tissue] = 255
    return Subject(fractions, np.full(3, 2.0), np.array([-80.0, -80.0, -40.0]))


def measured_centre(tr_ms: float) -> float:
    step = STEPS["t2_tse_ax"]
    plane = SliceGroup("ax", (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), 1, 5.5, 5.0)
    values = {**step.values, "tr_ms": tr_ms, "slice_count": 1}
    exam = Exam(uniform(Tissue.CSF), Placement(), replace(Hardware(), b0_t=3.0))
    acquisition = Acquisition(Prescription("tse", values, (plane,)), exam, seed=1)
    acquisition.acquire(acquisition.plan.shots())
    picture = acquisition.picture(0)
    rows, columns = picture.shape
    middle = picture[rows // 2 - 20 : rows // 2 + 20, columns // 2 - 20 : columns // 2 + 20]
    return float(middle.mean()) / COUNTS_PER_UNIT


def test_t2_and_t2_star_have_each_their_own_course_with_the_field() -> None:
    """T2* always falls; T2 follows literature, tissue by tissue, and stays above it."""
    low, high = relaxation(1.5), relaxation(3.0)
    t2 = {tissue: high[tissue].t2_ms / low[tissue].t2_ms for tissue in Tissue}
    t2_star = {tissue: high[tissue].t2_star_ms / low[tissue].t2_star_ms for tissue in Tissue}
    for tissue in (Tissue.CSF, Tissue.GREY, Tissue.WHITE, Tissue.FAT, Tissue.SOFT):
        assert t2_star[tissue] < 0.9
        assert t2[tissue] > 0.9
    assert all(high[tissue].t2_star_ms <= high[tissue].t2_ms for tissue in Tissue)


def test_between_and_below_the_fields_of_the_sources_the_laws_hold_too() -> None:
    """1/T2* goes straight, T1 by its power, CSF's T1 not at all; T2* never exceeds T2."""
    lowest, low, middle, high = (relaxation(b0_t) for b0_t in (0.5, 1.5, 2.25, 3.0))
    for tissue in Tissue:
        rates = [1 / own[tissue].t2_star_ms for own in (low, middle, high)]
        assert rates[1] == pytest.approx((rates[0] + rates[2]) / 2)
        assert lowest[tissue].t2_star_ms <= lowest[tissue].t2_ms * (1 + 1e-9)
    assert low[Tissue.GREY].t1_ms / lowest[Tissue.GREY].t1_ms == pytest.approx(3**0.38)
    assert lowest[Tissue.CSF].t1_ms == high[Tissue.CSF].t1_ms


def test_b1_of_the_head_is_uneven_at_3_t_and_a_quarter_as_much_at_1_5() -> None:
    transmit = load_subject("head").transmit
    assert transmit is not None
    places = [np.array([0.0, 80.0], dtype=np.float32)] + [np.zeros(2, dtype=np.float32)] * 2
    middle, rim = transmit.deviation(places, 3.0)
    assert middle > 0.1
    assert rim < 0.0
    assert transmit.deviation(places, 1.5) == pytest.approx(transmit.deviation(places, 3.0) / 4)


def test_a_changed_tr_changes_the_picture_by_the_closed_form_amount() -> None:
    step = STEPS["t2_tse_ax"]
    expected = [signals_of(step, 3.0, tr_ms=tr)[Tissue.CSF] for tr in (2000.0, 4500.0)]
    seen = [measured_centre(tr) for tr in (2000.0, 4500.0)]
    assert expected[1] / expected[0] > 1.5
    assert seen[1] / seen[0] == pytest.approx(expected[1] / expected[0], rel=0.01)


@pytest.mark.parametrize("step", BRAIN_ROUTINE.steps, ids=lambda step: step.step_id)
def test_few_basis_courses_keep_the_contrast_of_every_tissue(step: ProtocolStep) -> None:
    """Within 2 % of a tissue's signal at the centre of k-space, or of a fifth of the brightest."""
    tissues, fields = tuple(Tissue), (0.8, 0.9, 1.0, 1.1, 1.2)
    frame = make_frames(step.sequence, step.values, Hardware())[0]
    courses = line_courses(step.sequence, step.values, Hardware(), frame, tissues, fields)
    bases = make_bases(courses, tissues, fields)
    kept = bases.weights[0] @ bases.courses
    exact = courses.reshape(len(fields), len(tissues), -1)[2]
    centre = exact.shape[1] // 2
    floor = np.abs(exact[:, centre]).max()  # what a window shows
    allowed = 0.02 * np.maximum(np.abs(exact[:, centre]), floor / 5)
    assert np.all(np.abs(kept - exact)[:, centre] <= allowed)
    assert len(bases.courses) <= 6
    if bases.fat_by_others is not None:
        fat = bases.courses[-1]
        assert np.abs(bases.fat_by_others @ bases.courses[:-1] - fat).max() <= 0.01 * np.abs(fat).max()


def test_fat_is_made_of_the_other_courses_only_where_they_can_make_it() -> None:
    tissues, decay = (Tissue.WHITE, Tissue.FAT), np.exp(-np.arange(64) / 40)
    alike = make_bases(np.stack([decay, 0.3 * decay]), tissues, (1.0,))
    assert alike.fat_by_others is not None
    np.testing.assert_allclose(alike.fat_by_others @ alike.courses[:-1], alike.courses[-1], rtol=1e-5)
    other = make_bases(np.stack([decay, np.linspace(1, 0, 64)]), tissues, (1.0,))
    assert other.fat_by_others is None


def test_without_fat_nothing_is_transformed_for_it() -> None:
    bases = make_bases(np.exp(-np.arange(64) / 40)[None], (Tissue.WHITE,), (1.0,))
    assert bases.fat_by_others is not None
    assert not bases.fat_by_others.any()
