"""Every approved protocol loads at a served scanner, whatever lies in it; a short step gives its pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_simulated_mri_process import run, served

from mr_contract.scanner_messages import (
    ListScannerProtocols,
    LoadProtocol,
    ProtocolLoaded,
    ScannerProtocolsListed,
)
from simulated_mri.protocols import PROTOCOLS

pytestmark = pytest.mark.process


async def test_every_protocol_is_offered_and_loads_without_a_conflict(tmp_path: Path) -> None:
    with served(tmp_path, "--subject", "abdomen") as scanner:
        async with scanner.bench.ready() as ready:
            client = ready.client
            listed = await client.ask(ListScannerProtocols, ScannerProtocolsListed)
            assert {offer.protocol_id for offer in listed.protocols} == {own.protocol_id for own in PROTOCOLS}
            for offer in listed.protocols:
                loaded = await client.ask(LoadProtocol, ProtocolLoaded, protocol_id=offer.protocol_id)
                assert [step.conflicts for step in loaded.steps] == [()] * len(loaded.steps)
                assert all({spec.key for spec in step.specs} == set(step.values) for step in loaded.steps)
        assert "Traceback" not in scanner.end()


def test_an_unknown_subject_is_refused_with_the_choices(tmp_path: Path) -> None:
    refused = run("serve", "--subject", "banana", "--secret-file", str(tmp_path / "s"))
    assert refused.returncode == 2
    assert "phantom_acr" in refused.stderr
