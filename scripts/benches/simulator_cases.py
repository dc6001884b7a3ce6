"""One measurement of the simulated scanner's physics in a process of its own: prints JSON.

python -m benches.simulator_cases CASE MATRIX SLICES ELEMENTS
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.geometry import Placement, replan
from simulated_mri.hardware import Hardware
from simulated_mri.protocols import BRAIN_ROUTINE
from simulated_mri.sequences import Value
from simulated_mri.subjects.head import load_head

UPDATES = 200
STEPS = {step.sequence: step for step in BRAIN_ROUTINE.steps}


def begun(sequence: str, changes: dict[str, Value], elements: int) -> Acquisition:
    """One element: the combined channel; more: so many of the head coil's, each simulated."""
    step = next(own for name, own in STEPS.items() if name == sequence)
    values = {**step.values, **changes}
    groups = replan(
        step.groups,
        slice_count=int(values["slice_count"]),
        slice_spacing_mm=float(values["slice_spacing_mm"]),
        slice_thickness_mm=float(values["slice_thickness_mm"]),
    )
    head = load_head()
    if 1 < elements < len(head.array.elements_mm):
        array = replace(head.array, elements_mm=head.array.elements_mm[:elements])
        head = replace(head, array=array)
    exam = Exam(head, Placement(), Hardware())
    prescription = Prescription(step.sequence, values, groups)
    return Acquisition(prescription, exam, seed=1, every_element=elements > 1)


def tse(matrix: int, slices: int, elements: int) -> dict[str, float]:
    """Acquire and reconstruct at unlimited speed; one element: the combined channel."""
    changes: dict[str, Value] = {
        "slice_count": slices, "acquisition_matrix_read": matrix, "acquisition_matrix_phase": matrix,
    }  # fmt: skip
    acquisition = begun("tse", changes, elements)
    return _taken(acquisition)


def _taken(acquisition: Acquisition) -> dict[str, float]:
    """Seconds by the clock and of the processor for all lines and all pictures."""
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    acquisition.prepare()
    acquisition.acquire(acquisition.plan.shots())
    for _ in acquisition.pictures():
        pass
    return {"seconds": time.perf_counter() - began_s, "cpu_s": time.process_time() - began_cpu_s}


def updates(matrix: int, slices: int, elements: int) -> dict[str, float]:
    """A line and the picture of its slice, once the slice is simulated; milliseconds."""
    changes: dict[str, Value] = {
        "slice_count": slices, "acquisition_matrix_read": matrix, "acquisition_matrix_phase": matrix,
    }  # fmt: skip
    acquisition = begun("gre_t2star", changes, elements)
    shots = acquisition.plan.shots()
    acquisition.acquire(islice(shots, slices))
    taken_ms = []
    for shot in islice(shots, UPDATES):
        began_s = time.perf_counter()
        acquisition.acquire((shot,))
        acquisition.picture(shot.slice_index or 0)
        taken_ms.append(1000 * (time.perf_counter() - began_s))
    return {"p95_ms": sorted(taken_ms)[round(0.95 * len(taken_ms)) - 1]}


def mprage(matrix: int, slices: int, elements: int) -> dict[str, float]:
    """A whole slab; its elements are made slice by slice."""
    changes: dict[str, Value] = {
        "slice_count": slices, "acquisition_matrix_read": matrix, "acquisition_matrix_phase": matrix,
        "slice_thickness_mm": 1.0, "slice_spacing_mm": 1.0,
    }  # fmt: skip
    acquisition = begun("gre_3d_t1", changes, elements)
    return _taken(acquisition)


CASES: dict[str, Callable[[int, int, int], dict[str, float]]] = {
    "tse": tse,
    "updates": updates,
    "mprage": mprage,
}


def main() -> None:
    case, matrix, slices, elements = sys.argv[1], *map(int, sys.argv[2:5])
    seen = CASES[case](matrix, slices, elements)
    seen["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
