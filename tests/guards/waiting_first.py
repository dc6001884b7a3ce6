"""Files that start real processes wait most: they run first, so that no core waits for them at the end."""

from __future__ import annotations

import pytest

WAITING = ("rig", "process", "simulated_scanner", "tablet")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.parent.name not in WAITING)
