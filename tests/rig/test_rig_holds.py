"""What counts as a hold is what the page makes one."""

from __future__ import annotations

import re
from pathlib import Path

from rig.tablet import HELD

PAGE = Path(__file__).parents[2] / "src" / "local_agent" / "tablet" / "page"
ASKED = re.compile(r'(?<!function )holdButton\(\{.*?onHeld: .*?\bact\("(\w+)"', re.DOTALL)


def test_the_commands_counted_as_holds_are_those_of_the_pages_hold_buttons() -> None:
    page = "\n".join(file.read_text(encoding="utf-8") for file in sorted(PAGE.rglob("*.js")))
    assert set(ASKED.findall(page)) == HELD
    assert len(ASKED.findall(page)) == page.count("holdButton({") - page.count("function holdButton({")
