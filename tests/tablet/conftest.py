from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tablet_site import TabletSite, open_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[TabletSite]:
    with open_site(tmp_path) as opened:
        yield opened
