"""What is said of a frame that cannot be read: where and what, and nothing of what its sender wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mr_contract.console_messages import FROM_CONSOLE
from mr_contract.wire import Violation, decode

STOP = {"kind": "stop_scan", "command_id": "s1", "scanner": "mri-a"}
FORGED = "x\n2026-11-24 09:12:44 ERROR local_agent patient Hans Meier"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({**STOP, FORGED: 1}, "stop_scan.…: Extra inputs are not permitted"),
        ({**STOP, "n" * 41: 1}, "stop_scan.…: Extra inputs are not permitted"),
        ({**STOP, "more": 1}, "stop_scan.more: Extra inputs are not permitted"),
        ({**STOP, "kind": FORGED}, "frame: of no kind that is known here"),
        ({**STOP, "scanner": FORGED}, "stop_scan.scanner: String should match pattern"),
        ({"kind": "edit_step", FORGED: {FORGED: FORGED}}, "edit_step."),
    ],
)
def test_a_line_forged_in_a_frame_is_repeated_to_nobody(message: dict[str, Any], words: str) -> None:
    with pytest.raises(Violation) as refused:
        decode(FROM_CONSOLE, json.dumps(message))
    assert refused.value.why.startswith(words)
    assert "Meier" not in refused.value.why
    assert refused.value.why.isprintable()
    assert len(refused.value.why) <= 160
