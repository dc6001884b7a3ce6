"""A signature under the screening from a real console, over TLS, against a real roster."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from agent_site import SCANNER, AgentSite, agent_site
from link_site import until

from local_agent.authority.staff import MOST_WRONG_PINS, Staff
from local_agent.console_pins import ConsolePins
from local_agent.core import events as e
from local_agent.core.people import StaffMember
from local_agent.journal.audit import audit_messages
from mr_contract.console_messages import Outcome
from mr_contract.exam import PatientIdentity, WorklistItem
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Privilege, Qualification, Sex, Side
from remote_console.link.scanner_commands import ScannerCommands

MIA = StaffMember("mia.k", "mia", 2, Qualification.REGISTERED_TECHNOLOGIST)
TOM = StaffMember("tom.b", "tom", 1, Qualification.TECHNOLOGIST)
MIAS_PIN, TOMS_PIN, WRONG_PIN = "80264153", "71935042", "66554433"
OPENED = e.ExamOpened(
    exam_id="exam-1", procedure="MRI brain", side=Side.NONE, age_years=68, contrast_planned=False,
    identity_digest="ab" * 32,
)  # fmt: skip


@pytest.fixture
async def north(tmp_path: Path) -> AsyncIterator[AgentSite]:
    """A site whose roster has Mia and Tom; a screening was recorded."""
    async with agent_site(tmp_path) as made:
        staff = Staff(tmp_path / "north")
        staff.add(MIA, MIAS_PIN)
        staff.add(TOM, TOMS_PIN)
        ConsolePins(made.service, staff)
        made.record(OPENED, e.ScreeningRecorded(implant_free=True, implants=()))
        yield made
        staff.close()


async def watching(north: AgentSite, person: str) -> ScannerCommands:
    """This person's console, with `view` and a live picture, once the screening is shown there."""
    north.desk.item = north.desk.item or item()
    commands = ScannerCommands(await north.connect(person), SCANNER)
    north.grant(person, Privilege.VIEW, Privilege.EDIT)
    north.desk.read(seen_by=frozenset({north.holder(person).link}))
    await until(lambda: bool((exam := commands.view.exam) and exam.screening))
    return commands


def item() -> WorklistItem:
    return WorklistItem(
        item_id="i1", accession="A1", procedure="MRI brain", side=Side.NONE,
        scheduled_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
        patient=PatientIdentity(patient_id="1", name="DEMO", birth_date="1958-03-12", sex=Sex.FEMALE),
    )  # fmt: skip


def reasons(outcome: Outcome) -> list[Reason]:
    return [found.reason for found in outcome.findings]


async def test_who_the_certificate_names_signs_with_their_own_pin(north: AgentSite) -> None:
    mia = await watching(north, "mia")
    assert reasons(await mia.sign_screening(TOMS_PIN)) == [Reason.WRONG_PIN]
    assert (await mia.sign_screening(MIAS_PIN)).accepted
    exam = north.desk.facts.exam
    assert exam is not None
    assert [(s.staff_id, s.remote, s.by_video) for s in exam.signatures] == [("mia.k", True, True)]
    await until(lambda: bool((seen := mia.view.exam) and seen.screening and seen.screening.signatures))


async def test_a_stolen_console_is_locked_out_with_its_person_after_five_wrong_pins(north: AgentSite) -> None:
    mia = await watching(north, "mia")
    said = [await mia.sign_screening(WRONG_PIN) for _ in range(MOST_WRONG_PINS)]
    assert [reasons(outcome) for outcome in said[:-1]] == [[Reason.WRONG_PIN]] * (MOST_WRONG_PINS - 1)
    assert reasons(said[-1]) == [Reason.PIN_LOCKED]
    assert reasons(await mia.sign_screening(MIAS_PIN)) == [Reason.PIN_LOCKED]
    records = north.service.journal.read(0, 100)
    assert "Login" in "".join(audit_messages(r for r in records if r.kind == "command_refused"))


async def test_a_console_of_nobody_on_the_roster_signs_nothing(north: AgentSite) -> None:
    noa = await watching(north, "noa")
    assert reasons(await noa.sign_screening(MIAS_PIN)) == [Reason.NOT_ON_ROSTER]


async def test_no_pin_is_logged_or_written_to_the_disk(
    north: AgentSite, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mia = await watching(north, "mia")
    await mia.sign_screening(WRONG_PIN)
    await mia.sign_screening(MIAS_PIN)
    written = b"".join(path.read_bytes() for path in north.folder.rglob("*") if path.is_file())
    for pin in (MIAS_PIN, WRONG_PIN):
        assert pin not in caplog.text
        assert pin.encode() not in written
