"""The site's register of tablets, as the tablet's door asks it."""

from __future__ import annotations

from datetime import UTC, datetime

from local_agent.authority.boot_time import read_boot_instant
from local_agent.authority.pairing import Paired, Tablets
from local_agent.tablet.pairing_port import PairAnswer, PairedTablet
from mr_contract.reasons import Reason, finding


class SitePairing:
    """Implements `TabletPairing` on a `Tablets` register, with the machine's own clocks."""

    def __init__(self, tablets: Tablets) -> None:
        self._tablets = tablets

    def pair(self, code: str, pin: str) -> PairAnswer:
        answer = self._tablets.pair(code, pin, read_boot_instant(), datetime.now(UTC))
        if isinstance(answer, Paired):
            return PairAnswer(answer.token)
        reason = Reason.TOO_MANY if answer.wait_s > 0 else Reason.NOT_PAIRED
        return PairAnswer(None, (finding(reason),))

    def paired(self, token: str) -> PairedTablet | None:
        known = self._tablets.paired(token) if token else None
        return None if known is None else PairedTablet(known.tablet, known.scanner)
