"""What the story did, when, and what was seen of it from another side."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rig.output import BEGUN


@dataclass(slots=True)
class Step:
    """One step: acted at one side, observed at another."""

    name: str
    began_s: float
    took_s: float = 0.0
    seen: list[tuple[str, str]] = field(default_factory=list)
    """Where it was observed, and what."""
    failed: str = ""


@dataclass(slots=True)
class Report:
    """Steps in order, and notes on what was left in the folder."""

    steps: list[Step] = field(default_factory=list)
    not_reached: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.not_reached and all(s.seen and not s.failed for s in self.steps)

    def write(self, path: Path) -> None:
        """As Markdown."""
        lines = [BEGUN]
        lines += ["Simulated patient and scanners. Not for clinical use.", ""]
        lines += ["| # | step | at | took | observed at | what was observed |", "|---|---|---|---|---|---|"]
        for number, step in enumerate(self.steps, 1):
            lines.append(self._row(number, step))
        lines += [f"| – | {name} | | | **not reached** | |" for name in self.not_reached]
        lines += ["", "Every step was observed." if self.complete else "**Not every step was observed.**", ""]
        lines += [f"- {note}" for note in self.notes]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    @staticmethod
    def _row(number: int, step: Step) -> str:
        where = "<br>".join(place for place, _ in step.seen)
        what = "<br>".join(_in_a_cell(words) for _, words in step.seen)
        if step.failed:
            where, what = "**not observed**", _in_a_cell(step.failed)
        return f"| {number} | {step.name} | {step.began_s:.1f} s | {step.took_s:.1f} s | {where} | {what} |"


def _in_a_cell(words: str) -> str:
    return " ".join(words.replace("|", "/").split())
