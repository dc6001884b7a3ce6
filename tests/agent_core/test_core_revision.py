"""The revision: any change of a named ingredient changes it; the dust of a float does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from core_scanner import AXIAL, prediction
from core_site import prepared_site
from hypothesis import given, settings
from hypothesis import strategies as st

from local_agent.core.digests import content_digest
from local_agent.core.exam_state import Exam, Step
from local_agent.core.facts import Facts
from local_agent.core.revision import step_revision
from mr_contract.vocabulary import Landmark, PatientPosition

SITE = prepared_site()
FACTS = SITE.desk.facts
STEP = SITE.step("T2 TSE ax")


def revision(facts: Facts = FACTS, step: Step = STEP, **exam: Any) -> str:
    assert facts.exam is not None
    now: Exam = replace(facts.exam, **exam)
    return step_revision(replace(facts, exam=now), now, step)


def planned(**plan: Any) -> Step:
    return replace(STEP, plan=STEP.plan.model_copy(update=plan))


def valued(**values: Any) -> Step:
    return planned(values={**STEP.plan.values, **values})


INGREDIENTS: dict[str, Callable[[], str]] = {
    "coil": lambda: revision(replace(FACTS, coil="body 18")),
    "no coil": lambda: revision(replace(FACTS, coil=None)),
    "exam": lambda: revision(exam_id="exam-2"),
    "weight": lambda: revision(weight_kg=70.1),
    "height": lambda: revision(height_cm=171.0),
    "age": lambda: revision(age_years=56),
    "position": lambda: revision(position=PatientPosition.FFS),
    "landmark": lambda: revision(landmark=Landmark.CHIN),
    "operating mode": lambda: revision(step=planned(prediction=prediction(160.0))),
    "sequence": lambda: revision(step=planned(sequence="gre")),
    "step": lambda: revision(step=planned(step_id="s9")),
    "a value": lambda: revision(step=valued(te_ms=90.0)),
    "a value by the smallest step": lambda: revision(step=valued(te_ms=89.000001)),
    "a value more": lambda: revision(step=valued(averages=1.0)),
    "a value's sign": lambda: revision(step=valued(te_ms=-89.0)),
    "a choice": lambda: revision(step=valued(phase_encoding="ROW")),
    "a choice spelt like the number": lambda: revision(step=valued(te_ms="89.000000")),
    "slices moved": lambda: revision(
        step=planned(slices=(AXIAL.model_copy(update={"centre_mm": (0.0, 0.0, 0.001)}),))
    ),
    "slices turned": lambda: revision(
        step=planned(slices=(AXIAL.model_copy(update={"row": (-1.0, 0.0, 0.0)}),))
    ),
    "a slice group more": lambda: revision(step=planned(slices=(AXIAL, AXIAL))),
}


@pytest.mark.parametrize("what", INGREDIENTS)
def test_a_change_of_it_changes_the_revision(what: str) -> None:
    assert INGREDIENTS[what]() != revision()


def test_all_of_these_differ_from_each_other() -> None:
    revisions = [change() for change in INGREDIENTS.values()]
    assert len(set(revisions)) == len(revisions)


def test_what_is_only_predicted_or_called_changes_nothing() -> None:
    assert revision(step=planned(duration_s=99.0, relative_snr=2.0, name="T2 again")) == revision()
    assert revision(step=planned(prediction=prediction(91.0))) == revision()
    assert revision(step=replace(STEP, history=(STEP.plan,))) == revision()


@given(
    st.sampled_from([0.0, 1.0, -1.0, 89.0, 0.1, 12.5, 4000.0, 1e6]),
    st.sampled_from([0.0, 1.0, -12.5, 0.089, -199.999]),
    st.floats(min_value=-1e-10, max_value=1e-10),
)
@settings(derandomize=True, max_examples=150, deadline=None)
def test_the_dust_of_a_float_does_not(value: float, place_mm: float, dust: float) -> None:
    assert revision(step=valued(te_ms=value + dust)) == revision(step=valued(te_ms=value))
    moved = AXIAL.model_copy(update={"centre_mm": (0.0, place_mm, 0.0)})
    dusty = AXIAL.model_copy(update={"centre_mm": (dust, place_mm + dust, -dust)})
    assert revision(step=planned(slices=(moved,))) == revision(step=planned(slices=(dusty,)))


def test_a_whole_number_is_the_same_however_it_is_written() -> None:
    assert revision(step=valued(te_ms=89)) == revision()


@given(
    st.dictionaries(
        st.from_regex(r"\A[a-z][a-z0-9_]{0,8}\Z"),
        st.integers(-(10**6), 10**6) | st.text(max_size=8),
        max_size=6,
    ),
    st.dictionaries(
        st.from_regex(r"\A[a-z][a-z0-9_]{0,8}\Z"),
        st.integers(-(10**6), 10**6) | st.text(max_size=8),
        max_size=6,
    ),
)
@settings(derandomize=True, max_examples=150, deadline=None)
def test_two_sets_of_values_share_a_revision_only_if_they_are_equal(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    same = revision(step=planned(values=one)) == revision(step=planned(values=other))
    assert same == (one == other)


def test_a_huge_value_that_the_contract_permits_has_a_revision() -> None:
    assert len(revision(step=valued(te_ms=1e9))) == 64


def test_a_digest_takes_no_infinity() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        content_digest({"x": float("inf")})
