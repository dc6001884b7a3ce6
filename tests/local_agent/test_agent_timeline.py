"""What a console without `view` is told: that something happened, never of whom."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.authority.enrolment import Enrolment
from local_agent.console_door import ConsoleDesk
from local_agent.core import events as e
from local_agent.core.control_inputs import Allowed, Asked
from local_agent.core.control_state import Holder, Request
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk
from local_agent.core.policy import Policy
from local_agent.core.repeated_lines import AT_ONCE_OF_OTHERS
from local_agent.history import timeline_after
from local_agent.journal.database import JournalUnreadable, JournalUnwritable
from local_agent.journal.record import NewRecord, Record
from local_agent.journal.store import Journal
from local_agent.link.tickets import TicketOffice
from local_agent.media.config import MediaSetting
from local_agent.media_door import MediaDesk
from local_agent.ports import ConsolePeer
from local_agent.service import Service
from mr_contract.console_messages import (
    ConsoleHello,
    Outcome,
    RequestControl,
    ScannerStatusChanged,
    SendNote,
    StopScan,
    TimelineAdded,
    VitalsChanged,
)
from mr_contract.findings import Finding
from mr_contract.views import ScannerCard, TimelineEntry
from mr_contract.vitals import Vitals
from mr_contract.vocabulary import LinkLossAction, PatientPosition, Privilege, Role, Side

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


class StillClock:
    def boot_s(self) -> float:
        return 50.0

    def wall(self) -> datetime:
        return NOW


class NotedLink:
    """A console's link that keeps what it is sent."""

    def __init__(self, name: str, role: Role) -> None:
        self.peer = ConsolePeer(name, (name[0].encode().hex() * 32)[:64], 1, name, role, NOW)
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def close(self, findings: Sequence[Finding]) -> None:
        self.sent.append(tuple(findings))

    @property
    def entries(self) -> list[TimelineEntry]:
        return [entry for m in self.sent if isinstance(m, TimelineAdded) for entry in m.entries]

    @property
    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries]


class Place:
    """One agent in memory with a real journal, and the doors of its consoles."""

    def __init__(self, journal: Journal) -> None:
        self.desk = Desk("mr1", "boot-1", Policy(picture="waived"))
        self.service = Service("North", "boot-1", StillClock(), journal, {"mr1": self.desk})
        card = ScannerCard(
            scanner="mr1", site="North", name="MR 1", letter="A", colour="#6ea8fe", field_t=3.0, site_phone=""
        )
        self.door = ConsoleDesk(
            service=self.service,
            cards=(card,),
            statement_key=Ed25519PrivateKey.generate(),
            enrolment=Enrolment.__new__(Enrolment),
            timeline=lambda seq, limit: timeline_after(journal, seq, limit),
            program="test",
            tickets=TicketOffice(StillClock()),
            media=MediaDesk(self.service, MediaSetting("", {})),
        )
        self._written: list[str] = []
        self.service.on_written.append(lambda event: self._written.append(event.kind))
        self.service.begin({})

    def wrote(self, kind: str) -> bool:
        """Whether the service heard that such an event was written."""
        return kind in self._written

    def open(self, name: str, role: Role = Role.REMOTE_OPERATOR) -> NotedLink:
        link = NotedLink(name, role)
        self.door.console_opened(link)
        hello = ConsoleHello(protocol=1, program="test")
        self.door.console_frame(link, hello.model_dump_json())
        return link

    def record(self, *events: e.JournalEvent) -> None:
        with self.service.turn(self.desk):
            for event in events:
                self.desk.record(event)

    def grant_view(self, link: NotedLink) -> None:
        peer = link.peer
        holder = Holder(peer.link, peer.device, peer.name, peer.role)
        view = frozenset({Privilege.VIEW, Privilege.TALK})
        request = Request("r1", holder, view, LinkLossAction.FINISH_SEQUENCE, 50.0)
        with self.service.turn(self.desk) as moment:
            apply_control(self.desk, Asked(request), moment)
            apply_control(self.desk, Allowed("r1", view, 50.0), moment)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    key = Ed25519PrivateKey.generate()
    with Journal.open(tmp_path / "journal.sqlite", key, site="North", boot_id="boot-1") as journal:
        made = Place(journal)
        yield made
        made.service.end()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


OPENED = e.ExamOpened(
    exam_id="exam-1", procedure="MRI brain", side=Side.NONE, age_years=68, contrast_planned=False,
    identity_digest="ab" * 32,
)  # fmt: skip
WEIGHED = e.PatientDataRecorded(weight_kg=81.93, height_cm=175.0, position=PatientPosition.HFS)
STOPPED = e.StopGiven(by="Anna", command_id="stop-1")


async def test_without_view_only_what_tells_of_no_patient_is_heard(place: Place) -> None:
    trainee = place.open("tom", Role.TRAINEE)
    place.record(OPENED, WEIGHED, STOPPED)
    await until(lambda: "stop_given" in trainee.kinds)
    assert trainee.kinds == ["stop_given"]
    assert "81.93" not in "".join(m.model_dump_json() for m in trainee.sent)


async def test_vital_signs_go_only_where_view_is_granted(place: Place) -> None:
    trainee, doctor = place.open("tom", Role.TRAINEE), place.open("rita", Role.RADIOLOGIST)
    place.record(OPENED)
    place.grant_view(doctor)
    seen = Vitals(heart_rate_per_min=88, respiration_per_min=17)
    with place.service.turn(place.desk) as moment:
        place.desk.read(vitals=seen, vitals_at_s=moment.at_s)
    await until(lambda: VitalsChanged(scanner="mr1", vitals=seen) in doctor.sent)
    told = [message.vitals for message in trainee.sent if isinstance(message, VitalsChanged)]
    assert told == [None]


async def test_what_waited_comes_with_the_view_and_in_order(place: Place) -> None:
    doctor = place.open("rita", Role.RADIOLOGIST)
    place.record(OPENED, WEIGHED)
    place.grant_view(doctor)
    await until(lambda: "patient_data_recorded" in doctor.kinds)
    seen = [entry.seq for entry in doctor.entries if entry.kind in {"exam_opened", "patient_data_recorded"}]
    assert seen == sorted(seen)
    assert len(seen) == 2


async def test_what_waited_of_one_patient_is_not_shown_with_the_next(place: Place) -> None:
    doctor = place.open("rita", Role.RADIOLOGIST)
    again = OPENED.model_copy(update={"exam_id": "exam-2", "age_years": 30})
    place.record(OPENED, WEIGHED, e.ExamClosed(), again)
    await until(lambda: "exam_closed" in doctor.kinds)
    await until(lambda: bool(place.service.journal.read(0, 100)[-1].kind == "exam_opened"))
    await asyncio.sleep(0.05)
    place.grant_view(doctor)
    await until(lambda: "exam_opened" in doctor.kinds)
    assert "patient_data_recorded" not in doctor.kinds
    assert [x.figures["age_years"] for x in doctor.entries if x.kind == "exam_opened"] == ["30"]


async def test_a_replay_on_connecting_keeps_the_same_rule(place: Place) -> None:
    place.record(OPENED, WEIGHED, STOPPED)
    await until(lambda: place.service.journal.head.seq >= 4)
    late = place.open("tom", Role.TRAINEE)
    await until(lambda: late.kinds == ["stop_given"])


async def test_what_happens_while_the_past_is_read_comes_after_it_once_and_whole(
    place: Place,
) -> None:
    place.record(OPENED)
    await until(lambda: place.service.journal.head.seq >= 2)
    may_read, read = threading.Event(), place.door.timeline

    def slowly(seq: int, limit: int) -> tuple[TimelineEntry, ...]:
        assert may_read.wait(5)
        return read(seq, limit)

    place.door.timeline = slowly
    mia = place.open("mia")
    place.grant_view(mia)
    place.record(STOPPED)
    note = SendNote(command_id="n1", scanner="mr1", text="All well?")
    place.door.console_frame(mia, note.model_dump_json())
    await until(lambda: "note_sent" in [r.kind for r in place.service.journal.read(0, 100)])
    await until(lambda: place.wrote("note_sent"))
    assert mia.kinds == []
    may_read.set()
    await until(lambda: "note_sent" in mia.kinds)
    assert mia.kinds == ["exam_opened", "control_asked", "control_granted", "stop_given", "note_sent"]
    assert mia.entries[-1].figures["text"] == "All well?"


async def test_a_stop_is_carried_out_while_the_past_is_read_for_a_console(place: Place) -> None:
    place.record(OPENED)
    await until(lambda: place.service.journal.head.seq >= 2)
    may_read = threading.Event()

    def slowly(_seq: int, _limit: int) -> tuple[TimelineEntry, ...]:
        assert may_read.wait(5)
        return ()

    place.door.timeline = slowly
    mia = place.open("mia")
    stop = StopScan(command_id="s1", scanner="mr1")
    place.door.console_frame(mia, stop.model_dump_json())
    answered = [m.command_id for m in mia.sent if isinstance(m, Outcome)]
    may_read.set()
    assert answered == ["s1"]


async def test_a_replay_that_comes_after_view_was_granted_tells_of_no_earlier_patient(place: Place) -> None:
    place.record(OPENED, WEIGHED, e.ExamClosed(), OPENED.model_copy(update={"exam_id": "exam-2"}))
    await until(lambda: place.wrote("exam_closed") and place.service.journal.head.seq >= 5)
    mia = place.open("mia")
    place.grant_view(mia)
    await until(lambda: "control_granted" in mia.kinds)
    assert "patient_data_recorded" not in mia.kinds
    assert mia.kinds.count("exam_opened") == 1


async def test_a_note_is_shown_with_its_words_under_the_number_of_its_record(place: Place) -> None:
    mia = place.open("mia")
    place.record(OPENED)
    place.grant_view(mia)
    note = SendNote(command_id="n1", scanner="mr1", text="All well?")
    place.door.console_frame(mia, note.model_dump_json())
    await until(lambda: "note_sent" in mia.kinds)
    entry = next(x for x in mia.entries if x.kind == "note_sent")
    record = next(r for r in place.service.journal.read(0, 100) if r.kind == "note_sent")
    assert (entry.figures["text"], entry.seq) == ("All well?", record.seq)
    assert "All well" not in record.body_json


class FullDisk:
    """A journal whose next record cannot be written."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.refused = 0

    def append(self, events: Sequence[NewRecord], *, durable: bool) -> Future[tuple[Record, ...]]:
        if self.refused:
            return self._journal.append(events, durable=durable)
        self.refused += 1
        work: Future[tuple[Record, ...]] = Future()
        work.set_exception(JournalUnwritable("The disk is full."))
        return work

    def probe(self) -> Future[bool]:
        return self._journal.probe()


@pytest.mark.logs
async def test_the_words_of_a_note_that_was_not_written_never_appear_under_the_next(place: Place) -> None:
    mia = place.open("mia")
    place.record(OPENED)
    place.grant_view(mia)
    place.service.journal = cast("Journal", FullDisk(place.service.journal))
    for command_id, text in (("n1", "lost"), ("n2", "heard")):
        note = SendNote(command_id=command_id, scanner="mr1", text=text)
        place.door.console_frame(mia, note.model_dump_json())
    await until(lambda: "note_sent" in mia.kinds)
    assert [x.figures["text"] for x in mia.entries if x.kind == "note_sent"] == ["heard"]


async def test_a_console_is_welcomed_though_the_journal_cannot_be_read_back(place: Place) -> None:
    def unreadable(_seq: int, _limit: int) -> tuple[TimelineEntry, ...]:
        raise JournalUnreadable("The disk does not answer.")

    place.door.timeline = unreadable
    mia = place.open("mia")
    assert any(isinstance(m, ScannerStatusChanged) for m in mia.sent)


async def test_a_stop_before_the_hello_stops_and_does_not_end_the_link(place: Place) -> None:
    link = NotedLink("tom", Role.TRAINEE)
    place.door.console_opened(link)
    place.door.console_frame(link, '{"kind":"stop_scan","command_id":"s1","scanner":"mr1"}')
    await until(lambda: any(r.kind == "stop_given" for r in place.service.journal.read(0, 100)))
    assert not any(isinstance(m, tuple) for m in link.sent)


async def test_a_device_that_reconnects_without_end_is_counted_and_written_as_here_when_it_asks(
    place: Place,
) -> None:
    for number in range(50):
        link = place.open("rosa")
        if number % 2:
            place.door.console_frame(link, "no message")  # another way to go
        place.door.console_closed(link)
    coming = [line async for line in comings(place)]
    assert len(coming) == 2 * AT_ONCE_OF_OTHERS
    link = place.open("rosa")
    ask = RequestControl(
        command_id="r1",
        scanner="mr1",
        privileges=(Privilege.VIEW,),
        link_loss_action=LinkLossAction.FINISH_SEQUENCE,
    )
    place.door.console_frame(link, ask.model_dump_json())
    coming = [line async for line in comings(place)]
    assert coming[-1] == ("link_opened", 51 - AT_ONCE_OF_OTHERS)
    place.door.console_closed(link)
    coming = [line async for line in comings(place)]
    assert coming[-1] == ("link_closed", 1)
    for kind in ("link_opened", "link_closed"):
        assert sum(count for what, count in coming if what == kind) == 51


async def comings(place: Place) -> AsyncIterator[tuple[str, int]]:
    """Kind and count of each coming and going in the journal."""
    await asyncio.wrap_future(place.service.journal.probe())  # written in its order, in a thread
    for record in place.service.journal.read(0, 1000):
        if record.kind in {"link_opened", "link_closed"}:
            yield record.kind, json.loads(record.body_json)["count"]
