"""Achieved values, dependent changes, conflicts and remedies."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulated_mri.encoding.coils import HEAD_ARRAY, plugged_array
from simulated_mri.hardware import Hardware
from simulated_mri.limits import Achieved, achieve
from simulated_mri.protocols import BRAIN_ROUTINE, PROTOCOLS, ProtocolStep
from simulated_mri.pulses import duty_percent
from simulated_mri.sequences import (
    SEQUENCE_TYPES,
    Choice,
    NumberRange,
    SequenceType,
    Value,
    Values,
    parameters,
    traits,
)
from simulated_mri.timing import timing

STEPS = {step.step_id: step for step in BRAIN_ROUTINE.steps}
EVERY_STEP = [step for protocol in PROTOCOLS for step in protocol.steps]
BASES: dict[SequenceType, Values] = {step.sequence: step.values for step in reversed(EVERY_STEP)}


def ask(step_id: str, **changes: object) -> Achieved:
    step = STEPS[step_id]
    return achieve(step.sequence, step.values, changes)


def test_every_sequence_is_in_an_approved_protocol() -> None:
    assert set(BASES) == set(SEQUENCE_TYPES)


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.step_id)
def test_the_approved_values_are_achievable_as_they_stand(step: ProtocolStep) -> None:
    achieved = achieve(step.sequence, step.values, {})
    assert dict(achieved.values) == dict(step.values)
    assert not achieved.changed
    assert not achieved.conflicts
    assert set(step.values) == set(parameters(step.sequence))


def test_an_echo_time_between_two_echoes_is_refused_and_both_neighbours_are_offered() -> None:
    (conflict,) = ask("t2_tse_ax", te_ms=84).conflicts
    assert conflict.reason.startswith("84 ms is not available: 80 or 90 ms (echo spacing 10 ms")
    assert conflict.choices == (80.0, 90.0)
    assert [dict(remedy.changes) for remedy in conflict.remedies] == [{"te_ms": 80.0}, {"te_ms": 90.0}]


def test_another_bandwidth_lets_the_echo_time_follow_the_echo_spacing() -> None:
    achieved = ask("t2_tse_ax", bandwidth_hz_per_px=300)
    (changed,) = achieved.changed
    assert (changed.key, changed.before, changed.after) == ("te_ms", 100.0, 99.0)
    assert "echo spacing, now 9 ms" in changed.why


def test_a_short_tr_raises_the_concatenations_and_says_why() -> None:
    achieved = ask("t2_tse_ax", tr_ms=2500)
    (changed,) = achieved.changed
    assert (changed.key, changed.before, changed.after) == ("concatenations", 1, 2)
    assert "24 slices do not fit into TR 2500 ms" in changed.why


def test_fixed_concatenations_raise_the_tr_instead() -> None:
    (changed,) = ask("t2_tse_ax", slice_count=40, concatenations=1).changed
    assert changed.key == "tr_ms"
    assert changed.after == 6700.0


def test_fixed_tr_and_concatenations_that_do_not_go_together_are_a_conflict() -> None:
    achieved = ask("t2_tse_ax", tr_ms=2500, concatenations=1)
    (conflict,) = achieved.conflicts
    assert conflict.low == 4020.0
    assert {"tr_ms": 4020.0, "concatenations": 1} in [dict(remedy.changes) for remedy in conflict.remedies]
    assert achieved.values == STEPS["t2_tse_ax"].values


def test_an_echo_time_too_short_for_the_readout_offers_a_faster_readout() -> None:
    (conflict,) = ask("t2star_gre_ax", te_ms=3.5).conflicts
    offers = [dict(remedy.changes) for remedy in conflict.remedies]
    assert {"te_ms": 4.1} in offers
    assert any(offer.get("te_ms") == 3.5 and offer.get("bandwidth_hz_per_px", 0) != 0 for offer in offers)


def test_the_smallest_field_of_view_follows_bandwidth_and_gradient() -> None:
    (conflict,) = ask("t2_tse_ax", fov_read_mm=100, bandwidth_hz_per_px=1000).conflicts
    # 1000 Hz/px × 320 px / (42.577 MHz/T × 40 mT/m) = 187.9 mm
    assert conflict.low == 188


@pytest.mark.parametrize("sequence", ["epi_dwi", "dixon_3d"])
def test_a_readout_gradient_that_is_turned_round_is_no_stronger_than_the_slew_rate_turns(
    sequence: SequenceType,
) -> None:
    asked = {"bandwidth_hz_per_px": 2000, "fov_read_mm": BASES[sequence]["fov_read_mm"]}
    (conflict,) = achieve(sequence, BASES[sequence], asked).conflicts
    assert "can be turned round in time" in conflict.reason
    hardware = Hardware()
    for remedy in conflict.remedies:
        cured = achieve(sequence, BASES[sequence], remedy.changes).values
        hz = float(cured["bandwidth_hz_per_px"]) * float(cured["acquisition_matrix_read"])
        gradient_t_per_m = hz / (42.577e6 * float(cured["fov_read_mm"]) / 1000)
        assert 2 * gradient_t_per_m / 0.3e-3 <= hardware.slew_t_per_m_per_s


@pytest.mark.parametrize("sequence", SEQUENCE_TYPES)
def test_values_that_nobody_achieved_are_conflicts_and_not_errors(sequence: SequenceType) -> None:
    """A console may send any set: a matrix and bandwidth for which no field of view is large enough."""
    known = parameters(sequence)
    edges = {key: own.high for key, own in known.items() if isinstance(own, NumberRange)}
    for values in (edges, {key: own.low for key, own in known.items() if isinstance(own, NumberRange)}):
        achieved = achieve(sequence, {**BASES[sequence], **values}, {})
        assert achieved.conflicts or achieve(sequence, achieved.values, {}).values == achieved.values


def test_the_amplifier_is_on_no_longer_than_its_duty_allows_although_all_slices_would_fit() -> None:
    """Short echo spacings: 46 % of each train is refocusing pulses."""
    values = {**STEPS["t2_tse_ax"].values, "bandwidth_hz_per_px": 1000, "fov_read_mm": 240}
    fast = achieve("tse", values, {"concatenations": 1}).values
    shortest = timing("tse", fast, Hardware()).tr_min_ms
    (conflict,) = achieve("tse", fast, {"tr_ms": shortest, "concatenations": 1}).conflicts
    assert "% of it (35 % are allowed)" in conflict.reason
    assert len(conflict.remedies) >= 2
    for remedy in conflict.remedies:
        cured = achieve("tse", fast, remedy.changes)
        assert not cured.conflicts
        assert duty_percent("tse", cured.values, Hardware()) <= 35
    assert achieve("tse", fast, {"tr_ms": shortest}).values["concatenations"] == 2


def test_flair_never_has_an_inversion_time_above_its_repetition_time() -> None:
    (conflict,) = ask("flair_ax", tr_ms=2400, ti_ms=2500).conflicts
    assert conflict.key == "tr_ms"
    assert conflict.remedies
    for remedy in conflict.remedies:
        merged = ask("flair_ax", **remedy.changes).values
        assert float(merged["ti_ms"]) < float(merged["tr_ms"])


def test_partitions_of_a_3d_sequence_touch() -> None:
    achieved = ask("t1_3d_sag", slice_thickness_mm=1.5)
    assert achieved.values["slice_spacing_mm"] == 1.5


def test_more_concatenations_than_slices_are_refused() -> None:
    (conflict,) = ask("localizer", slice_count=2, concatenations=4).conflicts
    assert "more than the 2 slices" in conflict.reason


@pytest.mark.parametrize(
    "wanted", [float("nan"), float("inf"), -1, 10**400, "fast", None, True, [], {"a": 1}]
)
def test_an_absurd_value_names_parameter_value_unit_range_and_a_remedy(wanted: object) -> None:
    (conflict,) = ask("t2_tse_ax", tr_ms=wanted).conflicts
    assert conflict.key == "tr_ms"
    assert "Repetition time" in conflict.reason
    assert "3.0 ms to 15000.0 ms" in conflict.reason
    assert conflict.remedies


def test_an_unknown_parameter_is_named_and_can_be_left_out() -> None:
    (conflict,) = ask("t2_tse_ax", turbo=3, te_ms=90).conflicts
    assert conflict.key == "turbo"
    assert [dict(remedy.changes) for remedy in conflict.remedies] == [{"te_ms": 90.0}]


def test_every_broken_value_of_a_request_is_told_at_once() -> None:
    conflicts = ask("t2_tse_ax", tr_ms=float("nan"), phase_encoding="UP", nonsense=1).conflicts
    assert {conflict.key for conflict in conflicts} == {"tr_ms", "phase_encoding", "nonsense"}


def test_scan_time_is_tr_times_repetitions_averages_and_concatenations_plus_lead_in() -> None:
    step = STEPS["flair_ax"]
    times = timing(step.sequence, step.values, Hardware())
    assert times.duration_s == pytest.approx(9.0 * 11 * 1 * 2 + 9.0 * 2 + 3.0)


def _wanted(sequence: SequenceType, key: str) -> st.SearchStrategy[object]:
    match parameters(sequence)[key]:
        case NumberRange(low=low, high=high):
            return st.one_of(st.floats(low, high), st.integers(int(low), int(high)))
        case Choice(choices=choices):
            return st.sampled_from(choices)


_ABSURD: st.SearchStrategy[object] = st.one_of(
    st.floats(), st.integers(), st.text(max_size=60), st.none(), st.booleans(), st.just([1])
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[SequenceType, dict[str, object]]:
    sequence = draw(st.sampled_from(SEQUENCE_TYPES))
    keys = draw(st.lists(st.sampled_from(sorted(parameters(sequence))), max_size=5, unique=True))
    sane = draw(st.booleans())
    changes = {key: draw(_wanted(sequence, key) if sane else _ABSURD) for key in keys}
    if not sane and draw(st.booleans()):
        changes[draw(st.text(max_size=12))] = draw(_ABSURD)
    return sequence, changes


def _assert_stable(sequence: SequenceType, values: Mapping[str, Value]) -> None:
    again = achieve(sequence, values, {})
    assert not again.conflicts
    assert not again.changed
    assert dict(again.values) == dict(values)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(requests())
def test_whatever_is_asked_the_answer_is_stable_and_every_remedy_works(
    request_: tuple[SequenceType, dict[str, object]],
) -> None:
    sequence, changes = request_
    base = BASES[sequence]
    achieved = achieve(sequence, base, changes)
    if not achieved.conflicts:
        _assert_stable(sequence, achieved.values)
        return
    assert achieved.values == base
    for conflict in achieved.conflicts:
        assert conflict.reason
        assert conflict.remedies, conflict
        for remedy in conflict.remedies:
            assert remedy.words
            cured = achieve(sequence, base, remedy.changes)
            assert not cured.conflicts, (conflict, remedy)
            assert all(cured.values[key] == value for key, value in remedy.changes.items())
            _assert_stable(sequence, cured.values)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(requests(), st.data())
def test_a_second_edit_on_top_of_an_achieved_set_is_as_safe_as_the_first(
    request_: tuple[SequenceType, dict[str, object]], data: st.DataObject
) -> None:
    sequence, changes = request_
    first = achieve(sequence, BASES[sequence], changes).values
    key = data.draw(st.sampled_from(sorted(parameters(sequence))))
    second = achieve(sequence, first, {key: data.draw(_wanted(sequence, key))})
    for conflict in second.conflicts:
        assert conflict.remedies
        for remedy in conflict.remedies:
            assert not achieve(sequence, first, remedy.changes).conflicts
    _assert_stable(sequence, second.values)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(requests())
def test_an_achieved_repetition_time_holds_every_slice_of_a_concatenation(
    request_: tuple[SequenceType, dict[str, object]],
) -> None:
    sequence, changes = request_
    values = achieve(sequence, BASES[sequence], changes).values
    times = timing(sequence, values, Hardware())
    inversion = float(values["ti_ms"]) if sequence == "flair" else 0.0
    each = float(values["ti_ms"]) if sequence == "stir" else 0.0
    slices = 1 if traits(sequence).volume else times.slices_per_concatenation
    assert inversion + slices * (each + times.slice_ms) <= float(values["tr_ms"]) + 1e-6


def test_a_repetition_time_a_tenth_too_short_for_its_slices_is_not_accepted() -> None:
    assert not ask("t2_tse_ax", tr_ms=4020.0, concatenations=1).conflicts
    assert ask("t2_tse_ax", tr_ms=4019.9, concatenations=1).conflicts


@pytest.mark.parametrize("step", ["t2_tse_ax", "t1_3d_sag"])
def test_acceleration_ends_with_the_elements_along_the_phase_direction(step: str) -> None:
    hardware = Hardware(elements_along_phase=(2, 3))
    own = STEPS[step]
    (conflict,) = achieve(own.sequence, own.values, {"acceleration_factor": 3}, hardware).conflicts
    assert (conflict.key, conflict.high) == ("acceleration_factor", 2)
    assert "the coil has 2" in conflict.reason
    offers = [dict(remedy.changes) for remedy in conflict.remedies]
    assert offers == [{"acceleration_factor": 2}, {"acceleration_factor": 3, "phase_encoding": "COL"}]
    for offer in offers:
        cured = achieve(own.sequence, own.values, offer, hardware)
        assert not cured.conflicts
        assert cured.values["acceleration_factor"] == offer["acceleration_factor"]


def test_turning_the_phase_direction_lets_the_acceleration_follow_the_coil() -> None:
    hardware, own = Hardware(elements_along_phase=(4, 2)), STEPS["t2_tse_ax"]
    fast = achieve(own.sequence, own.values, {"acceleration_factor": 4}, hardware).values
    turned = achieve(own.sequence, fast, {"phase_encoding": "COL"}, hardware)
    assert turned.values["acceleration_factor"] == 2
    assert any("2 elements along the phase direction" in changed.why for changed in turned.changed)


def test_a_head_coil_has_more_elements_around_the_head_than_along_the_body() -> None:
    around, along = (HEAD_ARRAY.elements_along(axis) for axis in ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
    assert around >= 4
    assert along == 2
    assert plugged_array("Head 20") is HEAD_ARRAY
    assert plugged_array("Knee 15") is None
