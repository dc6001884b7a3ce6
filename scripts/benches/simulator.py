"""The simulated scanner's physics: seconds and memory of what it acquires and reconstructs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache

from benches.report import Row
from benches.simulator_served import served_rows

TSE_GOAL, UPDATE_GOAL, MPRAGE_GOAL, MPRAGE_MEMORY_GOAL = "<= 2 s", "<= 10 ms", "<= 20 s", "<= 600 MB"
ELEMENTS = 8
CASE_WITHIN_S = 600


def run() -> list[Row]:
    """Each case in a process of its own, with one thread, as a served scanner has; a few minutes at most."""
    whole = _case("mprage", 256, 176, ELEMENTS)
    slices, combined = (_case("tse", 256, 24, elements) for elements in (ELEMENTS, 1))
    rows = [
        Row(f"T2 TSE 256² × 24, {ELEMENTS} elements", "s", slices["seconds"], goal=TSE_GOAL),
        Row("the same, seconds of processor", "s", slices["cpu_s"]),
        Row("the same, combined channel, as served", "s", combined["seconds"], goal=TSE_GOAL),
        Row("progressive update, 256² (p95)", "ms", _case("updates", 256, 1, 1)["p95_ms"], goal=UPDATE_GOAL),
        Row(f"MPRAGE 256² × 176, {ELEMENTS} elements", "s", whole["seconds"], goal=MPRAGE_GOAL),
        Row("the same, seconds of processor", "s", whole["cpu_s"]),
        Row("its memory at most", "MB", whole["peak_mb"], goal=MPRAGE_MEMORY_GOAL),
    ]  # fmt: skip
    rows += served_rows()
    for matrix in (128, 256, 384):
        for elements in (1, 4, ELEMENTS):
            seen = _case("tse", matrix, 24, elements)
            what = "combined channel" if elements == 1 else f"{elements} elements"
            rows.append(Row(f"growth: TSE {matrix}² × 24, {what}", "s", seen["seconds"]))
            rows.append(Row("its memory at most", "MB", seen["peak_mb"]))
    return rows


@cache
def _case(name: str, matrix: int, slices: int, elements: int) -> dict[str, float]:
    """Raises OSError if the case did not end well, with its last words."""
    done = subprocess.run(
        [sys.executable, "-m", "benches.simulator_cases", name, str(matrix), str(slices), str(elements)],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=CASE_WITHIN_S, check=False,
    )  # fmt: skip
    if done.returncode:
        raise OSError(f"{name} {matrix} {slices} {elements}: {done.stderr.strip().splitlines()[-1]}")
    seen: dict[str, float] = json.loads(done.stdout)
    return seen
