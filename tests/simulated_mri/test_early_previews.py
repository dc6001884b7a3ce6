"""What a preview shows long before the end: lines near the centre of k-space come first, where they can."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from acquiring import acquisition_of

from simulated_mri.acquisition import Acquisition
from simulated_mri.protocols import PROTOCOLS, ProtocolStep
from simulated_mri.sequences import Value, traits

STEPS = {step.sequence: step for protocol in reversed(PROTOCOLS) for step in reversed(protocol.steps)}
USABLE_CORRELATION = 0.78  # with trains of neighbouring lines a FLAIR has 0.73
SLAB: dict[str, Value] = {
    "slice_count": 16, "slice_thickness_mm": 8.0, "slice_spacing_mm": 8.0,
    "acquisition_matrix_read": 96, "acquisition_matrix_phase": 96,
}  # fmt: skip


def begun(step: ProtocolStep) -> Acquisition:
    """One slice of each group, or a small slab."""
    few: dict[str, Value] = SLAB if traits(step.sequence).volume else {"slice_count": len(step.groups)}
    return acquisition_of(step, few)


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_after_a_quarter_of_the_shots_the_preview_is_a_usable_picture(step: ProtocolStep) -> None:
    acquisition = begun(step)
    plan = acquisition.plan
    shots, middle = islice(plan.shots(), plan.shots_per_pass), plan.slice_count // 2
    acquisition.acquire(islice(shots, max(plan.shots_per_pass // 4, 1)))
    early = acquisition.picture(middle)
    acquisition.acquire(shots)
    correlation = np.corrcoef(early.ravel(), acquisition.picture(middle).ravel())[0, 1]
    assert correlation > USABLE_CORRELATION
