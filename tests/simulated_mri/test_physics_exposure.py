"""Predicted exposure: calibration, scaling, limits and operating modes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulated_mri.body_parts import MARKS
from simulated_mri.exposure import Exposure, Patient, limits_of, predict
from simulated_mri.hardware import Hardware
from simulated_mri.limits import achieve
from simulated_mri.protocols import BRAIN_ROUTINE, ProtocolStep
from simulated_mri.protocols.brain import BRAIN_STROKE
from simulated_mri.sequences import Value, number
from simulated_mri.timing import EPI_RAMPS_MS, prephase_areas, prephase_window_ms

STEPS = {step.step_id: step for step in BRAIN_ROUTINE.steps}
ADULT = Patient(weight_kg=82, height_cm=175, age_years=68)


def of(step_id: str, patient: Patient = ADULT, b0_t: float = 3.0, **changes: Value) -> Exposure:
    step = STEPS[step_id]
    return predict(step.sequence, {**step.values, **changes}, patient, Hardware(b0_t=b0_t))


def test_the_approved_t2_tse_is_the_calibration_point() -> None:
    assert 1.5 <= of("t2_tse_ax").head_w_per_kg <= 2.2


@pytest.mark.parametrize("step", BRAIN_ROUTINE.steps, ids=lambda step: step.step_id)
def test_the_whole_approved_protocol_runs_in_normal_mode(step: ProtocolStep) -> None:
    exposure = predict(step.sequence, step.values, ADULT, Hardware())
    assert exposure.operating_mode == "normal"
    assert exposure.share_of_normal < 1


def test_sar_is_four_times_higher_at_twice_the_field_and_b1_rms_the_same() -> None:
    low, high = of("t2_tse_ax", b0_t=1.5), of("t2_tse_ax", b0_t=3.0)
    assert high.head_w_per_kg == pytest.approx(4 * low.head_w_per_kg)
    assert high.b1_rms_ut == pytest.approx(low.b1_rms_ut)


def test_sar_falls_as_one_over_tr_and_whole_body_sar_as_one_over_mass() -> None:
    assert of("t2_tse_ax", tr_ms=9000.0).head_w_per_kg == pytest.approx(of("t2_tse_ax").head_w_per_kg / 2)
    heavy = of("t2_tse_ax", Patient(164, 175, 68))
    assert heavy.whole_body_w_per_kg == pytest.approx(of("t2_tse_ax").whole_body_w_per_kg / 2)


def test_full_refocusing_with_the_shortest_tr_leaves_normal_mode_and_is_not_permitted() -> None:
    step = STEPS["t2_tse_ax"]
    achieved = achieve(step.sequence, step.values, {"refocusing_flip_angle_deg": 180, "tr_ms": 4020.0})
    assert not achieved.conflicts
    exposure = predict(step.sequence, achieved.values, ADULT, Hardware())
    assert exposure.head_w_per_kg > 3.2  # the same limit in both modes
    assert exposure.rf_mode == "not_permitted"
    assert exposure.operating_mode == "not_permitted"


def test_slices_that_are_shared_out_unevenly_count_as_the_fullest_concatenation() -> None:
    """For minutes it is that one which runs: no average of any 10 s or 6 min is above what is predicted."""
    three, uneven = (of("t2_tse_ax", slice_count=n, concatenations=2) for n in (6, 5))
    assert uneven.b1_rms_ut == pytest.approx(three.b1_rms_ut)
    assert uneven.head_w_per_kg == pytest.approx(three.head_w_per_kg)


@pytest.mark.parametrize(
    ("mark", "head", "most", "least"),
    [
        ("nasion", 1.0, 0.25, 0.10),
        ("chin", 1.0, 0.40, 0.20),
        ("sternum", 0.3, 0.55, 0.30),
        ("iliac_crest", 0.0, 0.60, 0.35),
        ("knee", 0.0, 0.25, 0.12),
    ],
)
def test_what_lies_in_the_transmit_coil_is_what_is_exposed(
    mark: str, head: float, most: float, least: float
) -> None:
    at_head, here = of("t2_tse_ax"), of("t2_tse_ax", replace(ADULT, mark=mark))
    assert here.head_w_per_kg == pytest.approx(head * at_head.head_w_per_kg, abs=0.25)
    assert (head == 0) == (here.head_w_per_kg == 0)
    share = replace(ADULT, mark=mark).exposed_share
    assert least < share < most
    assert here.normal.partial_body_w_per_kg == pytest.approx(10 - 8 * share)
    assert here.first_level.partial_body_w_per_kg == pytest.approx(10 - 6 * share)
    assert here.partial_body_w_per_kg == pytest.approx(here.whole_body_w_per_kg / share)


def test_the_trunk_takes_most_power_and_legs_less_than_it() -> None:
    whole = {mark: of("t2_tse_ax", replace(ADULT, mark=mark)).whole_body_w_per_kg for mark in MARKS}
    assert max(whole, key=whole.__getitem__) == "sternum"
    assert whole["nasion"] < whole["iliac_crest"] < whole["sternum"]
    assert whole["knee"] < whole["iliac_crest"]


def test_a_child_lies_in_the_coil_with_more_of_itself() -> None:
    child = Patient(weight_kg=12, height_cm=85, age_years=2)
    assert child.exposed_share > 2 * ADULT.exposed_share


def test_steep_gradients_need_first_level_by_stimulation_alone() -> None:
    exposure = of("t1_3d_sag", te_ms=3.0)
    assert 80 < exposure.pns_percent <= 100
    assert exposure.rf_mode == "normal"
    assert exposure.gradient_mode == exposure.operating_mode == "first_level"


def test_db_dt_of_an_epi_train_is_the_reversal_of_its_readout_gradient_a_quarter_metre_off() -> None:
    step = next(s for s in BRAIN_STROKE.steps if s.sequence == "epi_dwi")
    values = step.values
    hz_per_m = number(values, "bandwidth_hz_per_px") * number(values, "acquisition_matrix_read")
    gradient_t_per_m = hz_per_m / (number(values, "fov_read_mm") / 1000) / 42.577478518e6
    reversal = 2 * gradient_t_per_m / (EPI_RAMPS_MS / 1000) * 0.25
    found = predict(step.sequence, values, ADULT, Hardware())
    assert found.db_dt_t_per_s == pytest.approx(reversal, rel=1e-4)
    threshold = 20 * (1 + 0.36 / EPI_RAMPS_MS)
    assert found.pns_percent == pytest.approx(100 * reversal / threshold, rel=1e-4)


def test_lobes_in_less_time_change_the_field_faster_by_the_square() -> None:
    step = STEPS["t1_3d_sag"]
    slow, fast = ({**step.values, "te_ms": te_ms} for te_ms in (4.0, 3.0))
    windows = [prephase_window_ms(step.sequence, values, Hardware()) for values in (slow, fast)]
    steeper = of("t1_3d_sag", te_ms=3.0).db_dt_t_per_s / of("t1_3d_sag", te_ms=4.0).db_dt_t_per_s
    assert windows[0] > windows[1]
    assert steeper == pytest.approx((windows[0] / windows[1]) ** 2)


@pytest.mark.parametrize("fov_read_mm", [80, 120, 250])
@pytest.mark.parametrize("te_ms", [1.0, 3.0, 20.0])
def test_no_gradient_changes_faster_than_the_hardware_can(te_ms: float, fov_read_mm: float) -> None:
    """Three axes at 150 T/m/s, a quarter of a metre off; the shortest echo and the largest lobes."""
    step = STEPS["t1_3d_sag"]
    edges = {"te_ms": te_ms, "fov_read_mm": fov_read_mm, "phase_fov_percent": 50.0}
    large = {**step.values, **edges, "acquisition_matrix_phase": 512}
    for values in ({**step.values, **edges}, large):
        found = predict(step.sequence, values, ADULT, Hardware())
        assert 0 < found.db_dt_t_per_s <= 3**0.5 * 150 * 0.25 + 1e-9
        assert 0 < found.pns_percent < 250


def test_the_shortest_lobe_is_a_triangle_at_the_slew_rate() -> None:
    """Two axes alike, the third gentle; ramps last half of the time, not a third, and stimulate sooner."""
    step = STEPS["t1_3d_sag"]
    square = {"acquisition_matrix_read": 64, "acquisition_matrix_phase": 64, "phase_fov_percent": 100.0}
    values = {**step.values, **square, "te_ms": 1.0, "fov_read_mm": 80, "slice_thickness_mm": 5.0}
    found = predict(step.sequence, values, ADULT, Hardware())
    ramp_s = prephase_window_ms(step.sequence, values, Hardware()) / 2 / 1000
    gentle = 4.5 * min(prephase_areas(step.sequence, values, Hardware())) / (2 * ramp_s) ** 2
    assert found.db_dt_t_per_s == pytest.approx(0.25 * (2 * 150**2 + gentle**2) ** 0.5, rel=1e-6)
    steep = 100 * 0.25 * 150 / (20 * (1 + 0.36e-3 / ramp_s))
    assert found.pns_percent == pytest.approx(2**0.5 * steep, rel=0.02)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.floats(90, 175),
    st.floats(1, 5),
    st.floats(2, 200),
    st.floats(1, 100),
    st.sampled_from(["tse", "flair"]),
)
def test_exposure_rises_with_the_angle_and_never_rises_with_mass(
    angle: float, more: float, weight: float, extra: float, sequence: str
) -> None:
    step = next(step for step in BRAIN_ROUTINE.steps if step.sequence == sequence)
    light, heavy = Patient(weight, 170, 40), Patient(weight + extra, 170, 40)
    before = of(step.step_id, light, refocusing_flip_angle_deg=angle)
    after = of(step.step_id, light, refocusing_flip_angle_deg=angle + more)
    assert after.b1_rms_ut > before.b1_rms_ut
    assert after.head_w_per_kg > before.head_w_per_kg
    heavier = of(step.step_id, heavy, refocusing_flip_angle_deg=angle)
    assert heavier.head_w_per_kg <= before.head_w_per_kg
    assert heavier.whole_body_w_per_kg < before.whole_body_w_per_kg


def test_the_limits_are_those_of_the_standard() -> None:
    normal, first = limits_of("normal", 0.25), limits_of("first_level", 0.25)
    assert (normal.whole_body_w_per_kg, normal.partial_body_w_per_kg) == (2.0, 8.0)
    assert (normal.head_w_per_kg, normal.pns_percent) == (3.2, 80.0)
    assert (first.whole_body_w_per_kg, first.partial_body_w_per_kg) == (4.0, 8.5)
    assert (first.head_w_per_kg, first.pns_percent) == (3.2, 100.0)


def test_a_warm_room_lowers_the_first_level_whole_body_limit_down_to_two() -> None:
    warm = [
        limits_of("first_level", 0.2, ambient_c=at).whole_body_w_per_kg for at in (25.0, 27.0, 33.0, 45.0)
    ]
    assert warm == [4.0, 3.5, 2.0, 2.0]


@pytest.mark.parametrize("weight", [float("nan"), 0.0, -3.0, 9000.0])
def test_an_absurd_weight_is_refused_with_its_range(weight: float) -> None:
    with pytest.raises(ValueError, match=r"weight .* is outside 0\.5 to 350: correct the registration"):
        Patient(weight, 170, 40)
