"""The site's register of tablets, as the tablet's door asks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from local_agent.authority.boot_time import read_boot_instant
from local_agent.authority.pairing import Paired, Tablets
from local_agent.authority.register_file import RegisterUnusable
from local_agent.tablet.pairing_port import PairAnswer, PairedTablet, PairingUnavailable
from mr_contract.findings import finding
from mr_contract.reasons import Reason


class SitePairing:
    """Implements `TabletPairing` on a `Tablets` register, with the machine's own clocks."""

    def __init__(self, tablets: Tablets) -> None:
        self._tablets = tablets

    def pair(self, code: str, pin: str) -> PairAnswer:
        with _in_words():
            answer = self._tablets.pair(code, pin, read_boot_instant(), datetime.now(UTC))
        if isinstance(answer, Paired):
            return PairAnswer(answer.token)
        reason = Reason.TOO_MANY if answer.wait_s > 0 else Reason.NOT_PAIRED
        return PairAnswer(None, (finding(reason),))

    def paired(self, token: str) -> PairedTablet | None:
        if not token:
            return None
        with _in_words():
            known = self._tablets.paired(token)
        return None if known is None else PairedTablet(known.tablet, known.scanner)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except RegisterUnusable as error:
        raise PairingUnavailable(str(error)) from error
