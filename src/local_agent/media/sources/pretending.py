"""Pictures that show no room at all, drawn or played from a file, must never stand for one. Pure.

Rules upheld here:
- Where the scanner is real nothing is pretended: a start could rest on a patient who is not there.
- A scanner that is not heard may be a real one.
"""

from __future__ import annotations

from local_agent.media.sources.source import SourceFailed
from mr_contract.device_reasons import DeviceReason
from mr_contract.views import ScannerStatus
from mr_contract.vocabulary import ScannerMode


def check_nothing_is_real(status: ScannerStatus | None) -> None:
    """Go on only beside a scanner that says it is simulated or under test.

    Raises:
        SourceFailed: it is real, or not heard.
    """
    if status is None or status.mode is None:
        raise SourceFailed(DeviceReason.WAITS_FOR_SIMULATED)
    if status.mode is ScannerMode.REAL:
        raise SourceFailed(DeviceReason.SCANNER_IS_REAL)
