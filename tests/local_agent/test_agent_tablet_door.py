"""Tablet pages at the service: what happens when something beside the turns goes wrong."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.authority.register_file import RegisterUnusable
from local_agent.core.desk import Desk
from local_agent.core.people import StaffMember
from local_agent.core.policy import Policy
from local_agent.journal.identities import Identities
from local_agent.journal.store import Journal
from local_agent.media.config import MediaSetting
from local_agent.media_door import MediaDesk
from local_agent.ports import PinAnswer, TabletPeer
from local_agent.service import Service
from local_agent.site_lists import READ_EVERY_S
from local_agent.tablet_door import TabletDesk
from mr_contract.exam import WorklistItem
from mr_contract.findings import Finding
from mr_contract.model import Model
from mr_contract.reasons import Reason
from mr_contract.tablet_messages import (
    CheckIn,
    StaffView,
    TabletBeat,
    TabletHello,
    TabletStaff,
    TabletView,
    TakePatient,
)
from mr_contract.views import ScannerCard
from mr_contract.vocabulary import Qualification

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
CARD = ScannerCard(
    scanner="mr1", site="North", name="MR 1", letter="A", colour="#6ea8fe", field_t=3.0, site_phone=""
)
ITEM = WorklistItem.model_validate_json(
    '{"item_id": "i1", "accession": "A1", "procedure": "MRI knee", "side": "left",'
    ' "scheduled_at": "2026-11-24T09:00:00Z",'
    ' "patient": {"patient_id": "1", "name": "DEMO", "birth_date": "1990-01-01", "sex": "F"}}'
)
CHECK_IN = CheckIn(command_id="c1", staff_id="lea", pin="2468")


class SteppedClock:
    def __init__(self) -> None:
        self.at_s = 50.0

    def boot_s(self) -> float:
        return self.at_s

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.at_s)


def person(number: int) -> StaffMember:
    return StaffMember(f"p{number:03}", f"Person {number}", 2, Qualification.TECHNOLOGIST)


@dataclass
class WornRoster:
    """People of a site, in a register that may fail in different ways."""

    people: tuple[StaffMember, ...] = (person(1),)
    broken: Exception | None = None
    asked: int = 0

    def members(self) -> tuple[StaffMember, ...]:
        self.asked += 1
        if self.broken is not None:
            raise self.broken
        return self.people

    def verify_pin(self, staff_id: str, pin: str, at_s: float) -> PinAnswer:
        if self.broken is not None:
            raise self.broken
        assert min(len(staff_id), len(pin), at_s)
        return PinAnswer(person(1))


class SlowWorklist:
    """What is planned, on a disk that may keep a reader waiting."""

    def __init__(self) -> None:
        self.planned: tuple[WorklistItem, ...] = (ITEM,)
        self.answers = threading.Event()
        self.answers.set()

    def items(self, scanner: str) -> Sequence[WorklistItem]:
        assert scanner
        assert self.answers.wait(5)
        return self.planned


@dataclass
class NotedPage:
    peer: TabletPeer = field(default_factory=lambda: TabletPeer("tablet-1", "tablet", "mr1"))
    sent: list[Any] = field(default_factory=list)

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def close(self, findings: Sequence[Finding]) -> None:
        self.sent.append(tuple(findings))

    @property
    def shown(self) -> TabletView:
        return next(m for m in reversed(self.sent) if isinstance(m, TabletView))

    @property
    def staff(self) -> tuple[StaffView, ...]:
        return next(m for m in reversed(self.sent) if isinstance(m, TabletStaff)).people


class Room:
    """One desk, its door for tablets, and one page."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.desk, self.clock, self.roster = Desk("mr1", "boot-1", Policy()), SteppedClock(), WornRoster()
        self.service = Service("North", "boot-1", self.clock, journal, {"mr1": self.desk})
        self.identities, self.worklist = Identities(folder / "identities"), SlowWorklist()
        media = MediaDesk(self.service, MediaSetting("", {}))
        self.door = TabletDesk(
            self.service, {"mr1": CARD}, self.roster, self.worklist, self.identities, media
        )
        self.page = NotedPage()
        self.service.begin({})

    def open(self) -> None:
        self.door.tablet_opened(self.page)
        self.send(TabletHello(protocol=1))

    def send(self, message: Model) -> None:
        self.door.tablet_frame(self.page, message.model_dump_json())

    async def later(self, holds: Callable[[], bool]) -> None:
        """Time passes, and lists are read again, until this holds."""

        def passed() -> bool:
            self.clock.at_s += READ_EVERY_S
            self.door.beat()
            return holds()

        await until(passed)

    async def reasons(self, command_id: str) -> list[Reason]:
        """Why the command was refused, once it is answered."""
        async with asyncio.timeout(5):
            while True:
                for message in self.page.sent:
                    if getattr(message, "command_id", "") == command_id:
                        return [f.reason for f in message.findings]
                await asyncio.sleep(0.002)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.002)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    key = Ed25519PrivateKey.generate()
    with Journal.open(tmp_path / "journal.sqlite", key, site="North", boot_id="boot-1") as journal:
        made = Room(tmp_path, journal)
        yield made
        await made.service.faults.close()
        made.service.end()
        made.identities.close()


async def test_a_pin_that_cannot_be_checked_is_refused_and_the_agent_goes_on(room: Room) -> None:
    room.open()
    room.roster.broken = RegisterUnusable("staff.sqlite cannot be used: locked.")
    room.send(CHECK_IN)
    assert await room.reasons("c1") == [Reason.REGISTER_UNUSABLE]
    room.roster.broken = None
    room.send(CHECK_IN.model_copy(update={"command_id": "c2"}))
    assert await room.reasons("c2") == []


async def test_a_programming_error_beside_the_turns_ends_the_agent(room: Room) -> None:
    room.open()
    room.roster.broken = ZeroDivisionError("a mistake of ours")
    room.send(CHECK_IN)
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(5):
            await room.service.faults.first()


async def test_a_programming_error_in_a_turn_ends_the_agent(room: Room) -> None:
    with pytest.raises(KeyError), room.service.turn(room.desk):
        raise KeyError("a mistake of ours")
    with pytest.raises(KeyError):
        await room.service.faults.first()


async def test_a_programming_error_while_showing_ends_the_agent(room: Room) -> None:
    def stumble(_desk: Desk) -> None:
        raise ZeroDivisionError("a mistake of ours")

    room.service.on_changed.append(stumble)
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    room.service.changed(room.desk)
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(5):
            await room.service.faults.first()


async def test_a_patient_whose_identity_cannot_be_kept_is_refused(room: Room) -> None:
    room.open()
    room.identities.close()
    room.send(TakePatient(command_id="t1", item_id="i1"))
    assert await room.reasons("t1") == [Reason.REGISTER_UNUSABLE]
    assert room.desk.facts.exam is None


async def test_everybody_of_a_large_hospital_can_check_in(room: Room) -> None:
    room.roster.people = tuple(map(person, range(320)))
    room.open()
    await room.later(lambda: len(room.page.staff) == 320)
    room.send(CHECK_IN)
    await until(lambda: [p.staff_id for p in room.page.shown.staff] == ["p001"])


async def test_who_is_checked_in_is_shown_though_removed_from_the_register_meanwhile(room: Room) -> None:
    room.open()
    room.send(CHECK_IN)
    await until(lambda: bool(room.page.shown.staff))
    room.roster.people = ()
    await room.later(lambda: room.page.staff == ())
    assert [p.staff_id for p in room.page.shown.staff] == ["p001"]


async def test_a_roster_that_cannot_be_read_leaves_the_people_shown(room: Room) -> None:
    room.open()
    room.roster.broken = RegisterUnusable("staff.sqlite cannot be used: locked.")
    await room.later(lambda: room.roster.asked > 2)
    assert len(room.page.staff) == 1
    room.roster.broken, room.roster.people = None, (person(1), person(2))
    await room.later(lambda: len(room.page.staff) == 2)


async def test_a_disk_that_does_not_answer_holds_up_no_view_and_no_beat(room: Room) -> None:
    room.worklist.answers.clear()
    room.open()
    room.door.beat()
    room.clock.at_s += READ_EVERY_S
    for _ in range(8):
        room.door.beat()
    sent = len([m for m in room.page.sent if isinstance(m, TabletBeat)])
    room.worklist.answers.set()
    assert sent == 9
    assert room.page.shown.worklist == (ITEM,)


async def test_a_procedure_planned_later_appears_by_itself(room: Room) -> None:
    room.open()
    later = ITEM.model_copy(update={"item_id": "i2"})
    room.worklist.planned = (ITEM, later)
    await room.later(lambda: room.page.shown.worklist == (ITEM, later))


async def test_refusals_that_were_only_counted_are_written_when_the_agent_ends(room: Room) -> None:
    room.open()
    for number in range(3):
        room.send(TakePatient(command_id=f"gone-{number}", item_id="gone"))
        assert await room.reasons(f"gone-{number}") == [Reason.REQUEST_GONE]
    room.service.end()

    def counts() -> list[object]:
        records = room.service.journal.read(0, 50)
        return [r.body["count"] for r in records if r.kind == "command_refused"]

    await until(lambda: counts() == [1, 2])
