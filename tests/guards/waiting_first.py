"""What takes longest runs first, so that no core waits for it at the end: a file is one process's.

First the files that take most of a minute or more, the longest first; then the others that start real
processes, since they wait most.
"""

from __future__ import annotations

import pytest

LONGEST = (
    "test_tablet_page_browser",
    "test_rig_demo",
    "test_process_granted_in_part",  # waits for a minute without a sign of anybody
    "test_simulated_mri_process",
    "test_process_console_lost",
    "test_process_agent_killed",
    "test_process_scanner_killed",
    "test_process_interlocks",
    "test_process_media",
    "test_core_history",
    "test_physics_dicom",
)
WAITING = ("rig", "process", "simulated_scanner", "tablet")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[int, bool]:
    longest = LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST)
    return longest, item.path.parent.name not in WAITING
