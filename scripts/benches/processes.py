"""What the system says of a running process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rig.processes import Program

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def pss_mb(pid: int) -> float:
    """Proportional set size in MB (10⁶ bytes): shared pages count for each process by their share."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"/proc/{pid}/smaps_rollup has no Pss")


def family(pid: int) -> tuple[int, ...]:
    """A process and all that it started and that still run, through any of its threads."""
    children = " ".join(own.read_text() for own in Path(f"/proc/{pid}/task").glob("*/children")).split()
    return (pid, *(member for child in children for member in family(int(child))))


def cpu_s(pid: int) -> float:
    """Processor seconds used so far, user and system, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def bench_program(module: str, folder: Path, *words: str) -> Program:
    """A process of this package: `python -m benches.MODULE … --ready-file F`."""
    log, ready = folder / f"{module}.log", folder / f"{module}.ready.json"
    return Program((sys.executable, "-m", f"benches.{module}", *words), log, ready)
