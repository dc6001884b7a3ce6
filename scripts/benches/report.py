"""What a bench found: rows, their goals, a table for people and JSON for programs."""

from __future__ import annotations

import operator
import os
import platform
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_GOAL = re.compile(r"(?:(?P<ratio>ratio) )?(?P<sign><=|>=) (?P<limit>\d+(?:\.\d+)?)(?: (?P<unit>\S+))?")
_SIGNS: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `ours` is None when it could not be measured; `name` then says why."""

    name: str
    unit: str
    ours: float | None
    peer: float | None = None
    goal: str | None = None

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's; None without both, or when the peer's is nothing."""
        if self.ours is None or not self.peer:
            return None
        return self.ours / self.peer

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None without a goal or a figure."""
        if self.goal is None:
            return None
        goal = parse_goal(self.goal, self.unit)
        value = self.ratio if goal.of_ratio else self.ours
        return None if value is None else _SIGNS[goal.sign](value, goal.limit)

    def as_json(self) -> dict[str, Any]:
        """The row as the JSON report holds it."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": rounded(self.ours),
            "peer": rounded(self.peer),
            "ratio": rounded(self.ratio),
            "goal": self.goal,
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class Goal:
    """A parsed goal: of the ratio, or of our own figure in the row's unit."""

    of_ratio: bool
    sign: str
    limit: float


def parse_goal(words: str, unit: str) -> Goal:
    """`ratio <= 3`, `<= 20 ms`. Raises ValueError for other words or another unit than the row's."""
    found = _GOAL.fullmatch(words)
    if found is None:
        raise ValueError(f"{words!r} is no goal; write 'ratio <= 3' or '<= 20 {unit}'")
    of_ratio = found["ratio"] is not None
    if not of_ratio and found["unit"] != unit:
        raise ValueError(f"the goal {words!r} is not in the row's unit, {unit}")
    return Goal(of_ratio, found["sign"], float(found["limit"]))


def not_measured(name: str, unit: str, why: str, goal: str | None = None) -> Row:
    """A row that says why there is no figure."""
    return Row(f"{name} (not measured: {why})", unit, None, goal=goal)


def rounded(value: float | None) -> float | None:
    """Four significant digits: more would be noise."""
    return None if value is None else float(f"{value:.4g}")


def machine() -> dict[str, Any]:
    """Where this was measured, and how busy it was when asked."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_1_min": round(os.getloadavg()[0], 2),
    }


def as_json(bench: str, where: dict[str, Any], rows: Iterable[Row]) -> dict[str, Any]:
    """The whole report."""
    return {"bench": bench, "machine": where, "rows": [row.as_json() for row in rows]}


def as_table(rows: Sequence[Row]) -> str:
    """The rows in columns, for a terminal."""
    head = ("", "ours", "peer", "ratio", "unit", "goal", "")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 1 <= column <= 3 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {True: "met", False: "NOT MET", None: ""}[row.met]
    return (
        row.name,
        _number(row.ours),
        _number(row.peer),
        _number(row.ratio),
        row.unit,
        row.goal or "",
        verdict,
    )


def _number(value: float | None) -> str:
    shown = rounded(value)
    return "–" if shown is None else f"{shown:g}"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
