"""A journal that cannot be written: what is refused, still done, said, and made up for afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_agent_durable_intent import INTENT
from test_agent_tablet_door import CHECK_IN, Room, until

from local_agent.core import events as e
from local_agent.core.control_inputs import Allowed, Asked
from local_agent.core.control_state import Holder, RemoteControl, Request
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Purpose
from local_agent.core.facts import Facts, fold
from local_agent.history import read_history
from local_agent.journal.database import JournalUnwritable
from local_agent.journal.record import NewRecord, Record
from local_agent.journal.store import Journal
from local_agent.scanner.client import ScannerClient
from mr_contract.console_messages import Outcome
from mr_contract.model import Model
from mr_contract.reasons import Reason
from mr_contract.scanner_messages import Stop
from mr_contract.tablet_messages import (
    AnswerRequest,
    MoveTable,
    RevokeControl,
    TabletNote,
    TabletStop,
    TakePatient,
)
from mr_contract.vocabulary import LinkLossAction, Privilege, Role, Side

pytestmark = pytest.mark.logs

FULL = "The disk is full."
OPENED = e.ExamOpened(
    exam_id="exam-1", procedure="MRI brain", side=Side.NONE, age_years=68, contrast_planned=False,
    identity_digest="ab" * 32,
)  # fmt: skip
HOLDER = Holder("console-1", "d" * 64, "Ruth Meyer", Role.REMOTE_OPERATOR)
ALL = frozenset(Privilege)


class Disk:
    """A journal on a disk that fills up and gets space again, or takes its time."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.full = self.slow = False
        self._refusing, self.refused = False, 0
        self.probes_wait = False
        self.probes: list[Future[bool]] = []
        self.when_refused: list[Callable[[], None]] = []
        """Done once each, as the disk refuses."""
        self._waiting: list[tuple[Sequence[NewRecord], bool, Future[tuple[Record, ...]]]] = []

    @property
    def head(self) -> Any:
        return self._journal.head

    def append(self, events: Sequence[NewRecord], *, durable: bool) -> Future[tuple[Record, ...]]:
        work: Future[tuple[Record, ...]] = Future()
        self._refusing |= self.full
        if self._refusing:
            self.refused += 1
            if self.when_refused:
                self.when_refused.pop()()
            work.set_exception(JournalUnwritable(FULL))
        elif self.slow:
            self._waiting.append((events, durable, work))
        else:
            return self._journal.append(events, durable=durable)
        return work

    def go_on(self) -> None:
        """The slow disk has written what waited."""
        self.slow = False
        for events, durable, work in self._waiting:
            work.set_result(self._journal.append(events, durable=durable).result(5))

    def probe(self) -> Future[bool]:
        self._refusing = self.full
        answer: Future[bool] = Future()
        self.probes.append(answer)
        if not self.probes_wait:
            answer.set_result(not self.full)
        return answer


class UnrecordedRoom(Room):
    def __init__(self, folder: Path, journal: Journal) -> None:
        super().__init__(folder, journal)
        self.journal, self.disk = journal, Disk(journal)
        self.service.journal = cast("Journal", self.disk)
        self.open()

    async def outcome(self, command: Model) -> Outcome:
        self.send(command)
        command_id = getattr(command, "command_id", "")
        found: list[Outcome] = []

        def answered() -> bool:
            found.extend(m for m in self.page.sent if isinstance(m, Outcome) and m.command_id == command_id)
            return bool(found)

        await until(answered)
        return found[0]

    async def fill(self) -> None:
        """The disk is full, and the agent has noticed."""
        self.disk.full = True
        self.record(e.BulbSqueezed())
        await until(lambda: self.desk.readings.journal_fault == FULL)

    async def empty(self) -> None:
        """There is space again, and the agent has noticed."""
        self.disk.full = False
        self.clock.at_s += 10
        self.service.probe_journal()
        await until(lambda: not self.desk.readings.journal_fault)

    def record(self, *events: e.JournalEvent) -> None:
        with self.service.turn(self.desk):
            for event in events:
                self.desk.record(event)

    def give_control(self) -> None:
        request = Request("r1", HOLDER, ALL, LinkLossAction.FINISH_SEQUENCE, self.clock.at_s)
        with self.service.turn(self.desk) as moment:
            apply_control(self.desk, Asked(request), moment)
            apply_control(self.desk, Allowed("r1", ALL, moment.at_s), moment)

    def kinds(self) -> list[str]:
        return [r.kind for r in self.journal.read(0, 100)]

    def refolded(self) -> Facts:
        """What the next agent would know."""
        facts = Facts()
        for event in read_history(self.journal).get("mr1", []):
            facts = fold(facts, event)
        return facts


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[UnrecordedRoom]:
    key = Ed25519PrivateKey.generate()
    with Journal.open(tmp_path / "journal.sqlite", key, site="North", boot_id="boot-1") as journal:
        made = UnrecordedRoom(tmp_path, journal)
        yield made
        await made.service.faults.close()
        made.service.end()
        made.identities.close()


def reasons(outcome: Outcome) -> list[Reason]:
    return [f.reason for f in outcome.findings]


async def test_nothing_is_accepted_before_it_is_written(room: UnrecordedRoom) -> None:
    room.disk.slow = True
    room.send(TabletNote(command_id="n1", text="All well"))
    room.send(CHECK_IN)
    await until(lambda: bool(room.desk.facts.roster))
    assert not [m for m in room.page.sent if isinstance(m, Outcome)]
    room.disk.go_on()
    await until(lambda: len([m for m in room.page.sent if isinstance(m, Outcome)]) == 2)
    assert all(m.accepted and not m.findings for m in room.page.sent if isinstance(m, Outcome))


async def test_the_first_command_that_is_not_written_says_so(room: UnrecordedRoom) -> None:
    room.disk.full = True
    said = await room.outcome(TabletNote(command_id="n1", text="All well"))
    assert (said.accepted, reasons(said)) == (True, [Reason.JOURNAL_UNWRITABLE])
    assert said.findings[0].figures["why"] == FULL
    assert room.desk.answered.outcome("n1") == said


@pytest.mark.parametrize(
    "command",
    [
        TabletNote(command_id="c1", text="All well"),
        TakePatient(command_id="c1", item_id="i1"),
        AnswerRequest(command_id="c1", request_id="r1", granted=(Privilege.VIEW,), held_ms=1200),
        CHECK_IN,
    ],
)
async def test_what_must_be_recorded_is_refused_in_words_and_changes_nothing(
    room: UnrecordedRoom, command: Model
) -> None:
    await room.fill()
    before = room.desk.facts
    said = await room.outcome(command)
    assert (said.accepted, reasons(said)) == (False, [Reason.JOURNAL_UNWRITABLE])
    assert room.desk.facts == before


async def test_control_is_taken_back_all_the_same_and_what_is_not_written_is_said(
    room: UnrecordedRoom,
) -> None:
    room.give_control()
    await room.fill()
    said = await room.outcome(RevokeControl(command_id="c1"))
    assert (said.accepted, reasons(said)) == (True, [Reason.JOURNAL_UNWRITABLE])
    assert not isinstance(room.desk.control.operator, RemoteControl)


async def test_a_no_and_a_way_out_for_the_patient_need_no_journal(room: UnrecordedRoom) -> None:
    await room.fill()
    no = await room.outcome(AnswerRequest(command_id="c1", request_id="r1", granted=()))
    assert Reason.JOURNAL_UNWRITABLE not in reasons(no)
    out = await room.outcome(MoveTable(command_id="c2", to="out"))
    assert Reason.JOURNAL_UNWRITABLE not in reasons(out)


async def test_a_stop_is_answered_while_a_slow_disk_writes(room: UnrecordedRoom) -> None:
    room.disk.slow = True
    room.send(TabletStop(command_id="s1"))
    assert [m.command_id for m in room.page.sent if isinstance(m, Outcome)] == ["s1"]
    room.disk.go_on()


async def test_what_happened_meanwhile_is_written_first_and_in_order_when_there_is_space(
    room: UnrecordedRoom,
) -> None:
    await room.fill()
    room.record(OPENED)
    room.record(e.BulbAnswered(by="Anna"))
    await room.empty()
    assert room.kinds()[-3:] == ["bulb_squeezed", "exam_opened", "bulb_answered"]
    assert room.refolded().exam == room.desk.facts.exam
    said = await room.outcome(CHECK_IN)
    assert (said.accepted, reasons(said)) == (True, [])
    assert room.refolded() == room.desk.facts


async def test_what_waits_is_kept_when_the_space_was_not_enough(room: UnrecordedRoom) -> None:
    await room.fill()
    room.record(OPENED)
    room.disk.full = False
    room.clock.at_s += 10
    room.service.probe_journal()
    room.disk.full = True  # full again before what waits is written
    await until(lambda: room.disk.refused == 2)
    await room.empty()
    assert room.kinds()[-2:] == ["bulb_squeezed", "exam_opened"]


async def test_a_disk_that_is_slow_to_answer_is_not_taken_for_one_that_wrote_what_waits(
    room: UnrecordedRoom,
) -> None:
    await room.fill()
    room.record(OPENED)
    room.disk.full, room.disk.probes_wait = False, True
    for _ in range(2):
        room.clock.at_s += 10
        room.service.probe_journal()
    room.disk.full = room.disk._refusing = True  # full again before what waits is written
    for asked in room.disk.probes:
        asked.set_result(True)
    await until(lambda: room.disk.refused == 2)
    await until(lambda: bool(room.service._unwritten))
    assert room.desk.readings.journal_fault == FULL
    room.disk.probes_wait = False
    await room.empty()
    assert room.kinds()[-2:] == ["bulb_squeezed", "exam_opened"]


async def test_what_is_sent_goes_out_before_the_disk_is_asked(room: UnrecordedRoom) -> None:
    order: list[str] = []

    class Wire:
        def send(self, request: Model) -> bool:
            order.append(getattr(request, "kind", ""))
            return True

    append = room.disk.append

    class Told(Disk):
        def append(self, events: Sequence[NewRecord], *, durable: bool) -> Future[tuple[Record, ...]]:
            order.extend(event.kind for event in events)
            return append(events, durable=durable)

    room.service.scanners["mr1"] = cast("ScannerClient", Wire())
    room.service.journal = cast("Journal", Told(room.journal))
    with room.service.turn(room.desk) as moment:
        room.desk.record(e.BulbAnswered(by="Anna"))
        room.desk.ask(Stop, Purpose("stop", moment.at_s), by="Anna")
    assert order == ["stop", "bulb_answered"]


async def test_an_acceptance_at_once_waits_for_no_disk_and_another_does(room: UnrecordedRoom) -> None:
    room.disk.slow = True
    with room.service.turn(room.desk):
        room.desk.record(e.BulbAnswered(by="Anna"))
        room.desk.answer(room.page.peer.link, "later")
        room.desk.answer(room.page.peer.link, "stop", at_once=True)
    answered = [m.command_id for m in room.page.sent if isinstance(m, Outcome)]
    assert answered == ["stop"]
    room.disk.go_on()


async def test_an_intent_that_was_not_written_is_not_written_later(room: UnrecordedRoom) -> None:
    room.disk.full = True
    with room.service.turn(room.desk):
        room.desk.intend(INTENT)
    await until(lambda: room.desk.readings.journal_fault == FULL)
    await room.empty()
    room.record(e.BulbAnswered(by="Anna"))
    await until(lambda: "bulb_answered" in room.kinds())
    assert "start_intended" not in room.kinds()


async def test_what_waits_stays_before_what_came_while_it_was_written_in_vain(room: UnrecordedRoom) -> None:
    await room.fill()
    room.disk.full, room.disk.probes_wait = False, True
    room.clock.at_s += 10
    room.service.probe_journal()
    room.disk.full = room.disk._refusing = True
    room.disk.when_refused.append(lambda: room.record(e.BulbAnswered(by="Anna")))
    room.disk.probes[0].set_result(True)
    await until(lambda: len(room.service._unwritten) == 2)
    room.disk.probes_wait = False
    await room.empty()
    assert room.kinds()[-2:] == ["bulb_squeezed", "bulb_answered"]


async def test_an_agent_that_ends_writes_what_waits_if_there_is_space_by_then(room: UnrecordedRoom) -> None:
    await room.fill()
    room.record(OPENED)
    room.disk.full = False
    room.service.end()
    room.journal.probe().result(5)  # one writer: what was asked before is written by now
    assert room.kinds()[-2:] == ["bulb_squeezed", "exam_opened"]


async def test_the_timeline_tells_of_it_once_it_is_written(room: UnrecordedRoom) -> None:
    told: list[str] = []
    room.service.on_timeline.append(lambda entry: told.append(entry.kind))
    await room.fill()
    assert told == []
    await room.empty()
    await until(lambda: told == ["bulb_squeezed"])
