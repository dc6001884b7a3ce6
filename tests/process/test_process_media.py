"""Pictures from the site through its agent to a console: real processes, a real peer, and what goes wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from benches.media_line import LineRules, udp_line
from process_desk import DeskSignalling, Shown
from process_observing import eventually, reasons
from process_peer import HERE, HIGH, LOW, boot_s, peer_of
from process_stage import LOCALIZER, PASSPHRASE, Stage, stage_of
from process_voice import TabletVoice, Tone, record
from rig import preparing
from rig.processes import program, run

import media_kit
from mr_contract.console_messages import Outcome
from mr_contract.intercom import IntercomView
from mr_contract.media_messages import MediaAnswer, MediaClosed
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    BreathCommand,
    ControlPhase,
    HeardAs,
    Interlock,
    InterlockState,
    LinkLossAction,
    Privilege,
    SourceState,
)
from remote_console.media.scanner_pictures import Patience, ScannerPictures

pytestmark = pytest.mark.asyncio(loop_scope="module")
WINDOW = Path(__file__).parent / "window_looking.py"
SCRIPTS = Path(__file__).parents[2] / "scripts"
LOUD = 0.5
"""A tone makes a level meter at least this long."""
EXCEPTIONS = 'emergency_exception = "signed_by_physician"\n'
MARIAS_PIN, PHYSICIANS_PIN = "97531864", "86420975"
SOURCES = (("patient", "Patient", "synthetic:"), ("room", "Magnet room", "synthetic:"))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    policy = f'picture = "required"\n{EXCEPTIONS}'
    async with stage_of(folder, policy=policy, sources=SOURCES, intercom="de", opened=False) as made:
        await asyncio.to_thread(made.make)
        for breath in BreathCommand:
            await asyncio.to_thread(record, made.site.folder, breath)
        await made.open()
        yield made


@pytest.fixture(autouse=True)
def corrected() -> Iterator[None]:
    with media_kit.correct(HERE):
        yield


def media_process(stage: Stage) -> psutil.Process:
    """The one child of the agent that plays cameras."""
    assert stage.site.agent is not None
    (child,) = (
        c
        for c in psutil.Process(stage.site.agent.pid).children()
        if "local_agent.media.process" in c.cmdline()
    )
    return child


async def media_runs(stage: Stage) -> None:
    def plays() -> bool:
        sources = stage.tablet.view["sources"]
        return bool(sources) and all(s["state"] in ("playing", "paused") for s in sources)

    await eventually(plays, "every camera playing")


async def test_pictures_come_to_the_console_and_are_dated(stage: Stage) -> None:
    await stage.prepared()
    await stage.control()
    await media_runs(stage)
    async with peer_of(stage.console, stage.room.name) as peer:
        await peer.connect()
        await peer.learn_offset()
        await peer.want(patient=HIGH)
        await peer.more_of("patient", 5)
        assert "room" not in peer.seen or peer.seen["room"].count == 0
        age_s = peer.seen["patient"].age_s
        assert age_s is not None
        assert 0.0 < age_s < 2.0
        await peer.want(room=LOW, patient=LOW)
        await peer.more_of("room")
        given = peer.given()
        assert given is not None
        assert {p.quality for p in given.pictures} == {LOW}


async def test_a_console_signs_the_screening_only_while_pictures_reach_it(stage: Stage) -> None:
    await stage.prepared()
    await stage.control()
    await media_runs(stage)
    await asyncio.to_thread(join_staff, stage, "maria", stage.person, "registered_technologist", MARIAS_PIN)
    await screened_anew(stage)
    exam = {"exam_id": stage.tablet.exam_id}
    await stage.tablet.must("sign_screening", staff_id="ben", pin="0815", **exam)
    await eventually(lambda: signatures(stage) == 1, "the first signature at the console")
    blind = await stage.commands().sign_screening(MARIAS_PIN)
    assert reasons(blind) == {Reason.SCREENING_NEEDS_VIDEO}
    async with peer_of(stage.console, stage.room.name) as peer:
        await peer.connect()
        await peer.want(room=LOW)
        async with asyncio.timeout(20):
            while not (said := await stage.commands().sign_screening(MARIAS_PIN)).accepted:
                assert reasons(said) == {Reason.SCREENING_NEEDS_VIDEO}
                await peer.more_of("room")
    await eventually(lambda: signatures(stage) == 2, "the second signature at the console")
    await stage.tablet.must("confirm_full_stop", **exam)
    (signed,) = await stage.records("screening_signed_remotely")
    assert (signed["body"]["by"], signed["body"]["by_video"]) == (stage.person, True)
    assert MARIAS_PIN not in stage.agent_log() + str(await stage.records())


async def test_a_physician_who_is_there_signs_an_emergency_exception(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    await asyncio.to_thread(join_staff, stage, "roth", "Dr. Roth", "physician", PHYSICIANS_PIN)
    await screened_anew(stage)
    exam, signs = {"exam_id": stage.tablet.exam_id}, {"staff_id": "roth", "pin": PHYSICIANS_PIN}
    outcome = await stage.tablet.do("sign_emergency_exception", reason="stroke", **exam, **signs)
    assert [f["reason"] for f in outcome["findings"]] == ["not_checked_in"]
    await stage.tablet.must("check_in", **signs)
    await stage.tablet.must("sign_emergency_exception", reason="stroke", **exam, **signs)
    await eventually(
        lambda: stage.interlock(Interlock.SCREENING) == (InterlockState.OPEN, {Reason.SCREENING_FULL_STOP}),
        "the exception at the console",
    )
    await stage.tablet.must("confirm_full_stop", **exam)
    await stage.unblocked(step)
    await stage.tablet.must("check_out", staff_id="roth")
    (signed,) = await stage.records("emergency_exception_signed")
    assert (signed["body"]["by"], signed["body"]["reason"]) == ("Dr. Roth", "stroke")


def join_staff(stage: Stage, staff_id: str, name: str, qualification: str, pin: str) -> None:
    """One more on the roster, while the agent runs."""
    words = ("staff-add", staff_id, "--dir", str(stage.site.folder), "--name", name, "--level", "2")
    run(program("local-agent"), *words, "--qualification", qualification, "--pin-stdin", given=f"{pin}\n")


async def screened_anew(stage: Stage) -> None:
    """Recorded once more, which voids every signature."""
    await stage.tablet.must(
        "record_screening",
        exam_id=stage.tablet.exam_id, questions_answered=True, implants=[], implant_free=True,
    )  # fmt: skip


def signatures(stage: Stage) -> int:
    """As many as the console is shown."""
    view = stage.view()
    screening = view.exam.screening if view and view.exam else None
    return len(screening.signatures) if screening else -1


async def test_what_the_local_operator_pauses_nobody_sees_and_no_start_is_made_by_it(stage: Stage) -> None:
    step = await stage.startable()
    async with peer_of(stage.console, stage.room.name) as peer:
        await peer.connect()
        await peer.want(patient=HIGH, room=LOW)
        await peer.more_of("patient")
        await stage.tablet.must("pause_source", source="patient", paused=True)
        await stage.tablet.until(
            lambda v: {s["source"]: s["state"] for s in v["sources"]}["patient"] == SourceState.PAUSED,
            "the pause at the tablet",
        )
        await eventually(
            lambda: stage.interlock(Interlock.PICTURE) == (InterlockState.OPEN, {Reason.PICTURE_PAUSED}),
            "the pause keeping starts away",
        )
        await peer.more_of("room", 10)  # what was on its way has come
        before = peer.seen["patient"].count
        await peer.more_of("room", 10)
        assert peer.seen["patient"].count == before
        await stage.tablet.must("pause_source", source="patient", paused=False)
        await peer.more_of("patient")
    await stage.unblocked(step)
    paused = await stage.records("source_paused", "source_resumed")
    assert [(r["kind"], r["body"]["source"]) for r in paused] == [
        ("source_paused", "patient"),
        ("source_resumed", "patient"),
    ]


async def test_a_picture_that_froze_keeps_a_start_away_and_its_process_comes_back(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    frozen = media_process(stage)
    async with peer_of(stage.console, stage.room.name) as peer:
        await peer.connect()
        prepared = stage.commands().prepare_start(step)
        beats = stage.console.view.beat
        os.kill(frozen.pid, signal.SIGSTOP)
        await eventually(
            lambda: Reason.PICTURE_FROZEN in stage.interlock(Interlock.PICTURE)[1], "the frozen picture"
        )
        refused = await stage.commands().start(prepared)
        assert Reason.PICTURE_FROZEN in reasons(refused)
        stopped = await stage.console.stop(stage.room.name)
        assert stopped.accepted
        await eventually(lambda: peer.closed() is not None, "word of the end")
        closed = peer.closed()
        assert closed is not None
        assert {f.reason for f in closed.findings} == {Reason.MEDIA_DOWN}
    await stage.unblocked(step)
    assert media_process(stage).pid != frozen.pid
    assert stage.console.link.connected
    assert beats is not None
    assert stage.console.view.beat is not None
    assert stage.console.view.beat.beat > beats.beat
    await stage.start(step)
    await stage.idle()


@dataclass(slots=True)
class Clock:
    """The desk's boot time, and what the test adds to it."""

    ahead_s: float = 0.0

    def __call__(self) -> float:
        return boot_s() + self.ahead_s


async def test_a_desk_that_moves_from_wifi_to_cable_sees_again_without_another_consent(stage: Stage) -> None:
    await stage.prepared()
    await stage.control()
    await media_runs(stage)
    asked = await stage.records("control_asked", "control_granted", "control_ended")
    wifi, clock, shown = LineRules(), Clock(), Shown()
    async with udp_line(wifi) as first, udp_line(LineRules()) as second:
        link = DeskSignalling(stage.console, (first, second))
        looking = ScannerPictures(
            stage.room.name, link, shown, lambda: frozenset({"room"}), Patience(clock_s=clock)
        )
        try:
            await looking.wish((("room", LOW),))
            await eventually(lambda: shown.pictures.get("room", 0) > 5, "pictures by the first way")
            wifi.cut = True

            def is_built_anew() -> bool:
                clock.ahead_s += 0.5
                return len(link.media_ids) == 2

            await eventually(is_built_anew, "another offer")
            before = shown.pictures["room"]
            await eventually(lambda: shown.pictures["room"] > before + 5, "pictures by the second way")
        finally:
            await looking.close()
    assert await stage.records("control_asked", "control_granted", "control_ended") == asked
    assert stage.phase() is ControlPhase.REMOTE


@pytest.mark.parametrize("sdp", ["v=0\r\n", "garbage", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 97\r\n"])
async def test_an_answer_that_is_none_ends_its_connection_and_nothing_else(stage: Stage, sdp: str) -> None:
    await stage.prepared()
    await stage.control()
    await media_runs(stage)
    async with peer_of(stage.console, stage.room.name) as peer:
        await peer.ask()
        await peer.answer(sdp)
        await eventually(lambda: peer.closed() is not None, "the refusal")
        closed = peer.closed()
        assert closed is not None
        assert {f.reason for f in closed.findings} == {Reason.MEDIA_REFUSED}
    await asyncio.sleep(0)
    assert stage.console.link.connected


async def test_a_connection_of_nobody_has_ended(stage: Stage) -> None:
    async with peer_of(stage.console, stage.room.name) as peer:
        await stage.console.send_plain(MediaAnswer(media_id="m-of-another", sdp="v=0"))
        await eventually(lambda: bool(peer.said), "word of it")
        (closed,) = peer.said
        assert isinstance(closed, MediaClosed)
        assert {f.reason for f in closed.findings} == {Reason.MEDIA_ENDED}


async def test_the_desk_and_the_room_hear_each_other_while_talk_is_granted(stage: Stage) -> None:
    await stage.prepared()
    await stage.control()
    await media_runs(stage)
    tablet = TabletVoice(stage.tablet)
    try:
        async with peer_of(stage.console, stage.room.name) as peer:
            peer.voice = Tone(440.0)
            await peer.connect()
            await tablet.connect()
            await peer.hearing.more()
            await tablet.hearing.more()
            await stage.tablet.until(lambda v: v["talkers"] == ["Maria"], "who hears the room")
            await stage.tablet.must("revoke_control")
            await eventually(lambda: peer.closed() is not None, "the cut", within_s=1.0)
            await stage.tablet.until(lambda v: v["talkers"] == [], "that nobody hears the room")
        async with peer_of(stage.console, stage.room.name) as peer:
            peer.voice = Tone(440.0)
            asked = await stage.commands().request_control((Privilege.VIEW,), LinkLossAction.FINISH_SEQUENCE)
            assert asked.accepted
            await preparing.allow(stage.tablet, ("view",))
            await peer.connect()
            await peer.want(room=LOW)
            await peer.more_of("room", 10)
            assert (peer.hearing.frames, stage.tablet.view["talkers"]) == (0, [])
    finally:
        await tablet.close()


def sounds_at(stage: Stage) -> bool:
    """Whether the patient's loudspeaker sounds, as the tablet shows it."""
    return bool(stage.tablet.view["intercom"]["level"] > LOUD)


async def test_a_voice_moves_to_the_patient_only_while_the_site_consented_and_the_key_is_held(
    stage: Stage,
) -> None:
    await stage.prepared()
    await stage.control()  # with everything but this
    await media_runs(stage)
    commands = stage.commands()
    async with peer_of(stage.console, stage.room.name) as peer:
        peer.voice = Tone(440.0)
        await peer.connect()
        tablet = TabletVoice(stage.tablet)
        try:
            await tablet.connect()
            await tablet.hearing.more()  # the voice is there, and goes to the local operator only
        finally:
            await tablet.close()
        assert not sounds_at(stage)
        assert reasons(await commands.open_intercom()) == {Reason.PATIENT_NOT_GRANTED}
        asked = await commands.request_control(tuple(Privilege), LinkLossAction.FINISH_SEQUENCE)
        assert asked.accepted
        await preparing.allow(stage.tablet, tuple(Privilege))
        await eventually(
            lambda: (
                (v := stage.view()) is not None
                and v.control is not None
                and Privilege.PATIENT in v.control.privileges
            ),
            "the grant",
        )
        assert not sounds_at(stage)
        assert (await commands.open_intercom()).accepted
        view = await stage.tablet.until(lambda v: v["intercom"]["level"] > LOUD, "the voice at the patient")
        assert view["intercom"]["speaker"] == "Maria"
        await eventually(lambda: heard_of(stage) == (True, HeardAs.LIVE), "PATIENT HEARS YOU at the console")
        assert (await commands.close_intercom()).accepted
        await stage.tablet.until(
            lambda v: (v["intercom"]["speaker"], v["intercom"]["level"]) == ("", 0.0),
            "silence at the patient",
        )
        assert (await commands.open_intercom()).accepted
        await stage.tablet.until(lambda v: v["intercom"]["level"] > LOUD, "the voice again")
        await stage.tablet.must("cut_intercom")
        await stage.tablet.until(lambda v: v["intercom"]["speaker"] == "", "the cut")
        assert reasons(await commands.open_intercom()) == {Reason.PATIENT_NOT_GRANTED}
    await eventually(lambda: closed_by(stage) == "cut", "the cut written down")
    spoken = await stage.records("intercom_opened", "intercom_closed", "intercom_withdrawn")
    assert [(r["kind"], r["body"].get("why")) for r in spoken] == [
        ("intercom_opened", None),
        ("intercom_closed", "let_go"),
        ("intercom_opened", None),
        ("intercom_withdrawn", None),
        ("intercom_closed", "cut"),
    ]
    await stage.true_journal()


async def test_over_a_slow_line_a_breath_hold_command_is_the_recording_at_the_site(stage: Stage) -> None:
    await stage.prepared()
    await stage.tablet.do("revoke_control")
    commands = stage.commands()
    asked = await commands.request_control(tuple(Privilege), LinkLossAction.FINISH_SEQUENCE)
    assert asked.accepted
    await preparing.allow(stage.tablet, tuple(Privilege))
    await media_runs(stage)
    stage.line.delay_s = 0.2  # each way
    try:
        await eventually(lambda: line_ms(stage) > 320.0, "the line measured anew")
        await eventually(
            lambda: (i := intercom_of(stage)) is not None and i.plays_recorded, "the line known to be slow"
        )
        assert (await commands.give_breath_command(BreathCommand.HOLD)).accepted
        await stage.tablet.until(lambda v: v["intercom"]["level"] > LOUD, "the recording at the patient")
        await eventually(lambda: stage.room.watch.vitals.get("respiration_per_min") == 0, "the breath held")
        await stage.tablet.until(lambda v: v["intercom"]["speaker"] == "", "its end")
    finally:
        stage.line.delay_s = 0.0
    await eventually(lambda: closed_by(stage) == "played", "its end written down")
    (opened, closed) = (await stage.records("intercom_opened", "intercom_closed"))[-2:]
    assert (opened["body"]["heard_as"], opened["body"]["language"]) == ("recorded", "de")
    assert opened["body"]["round_trip_ms"] > 300
    assert closed["body"]["why"] == "played"


def closed_by(stage: Stage) -> str:
    """Why the intercom was closed last, as the journal has it."""
    entries = [e for e in stage.console.view.timeline if e.kind == "intercom_closed"]
    return entries[-1].figures["why"] if entries else ""


def line_ms(stage: Stage) -> float:
    link = stage.console.view.link
    return link.round_trip_ms or 0.0 if link is not None else 0.0


def intercom_of(stage: Stage) -> IntercomView | None:
    view = stage.view()
    return view.intercom if view is not None else None


def heard_of(stage: Stage) -> tuple[bool, HeardAs | None]:
    """Whether it is this console that the patient hears, and as what."""
    intercom = intercom_of(stage)
    return (intercom.yours, intercom.heard_as) if intercom is not None else (False, None)


async def test_view_withdrawn_cuts_the_pictures_at_once_and_refuses_others(stage: Stage) -> None:
    await stage.prepared()
    await stage.control()
    await media_runs(stage)
    async with peer_of(stage.console, stage.room.name) as peer:
        await peer.connect()
        await peer.want(patient=HIGH)
        await peer.more_of("patient")
        await stage.tablet.must("revoke_control")
        await eventually(lambda: peer.closed() is not None, "the cut", within_s=1.0)
        closed = peer.closed()
        assert closed is not None
        assert {f.reason for f in closed.findings} == {Reason.VIEW_NOT_GRANTED}
        refused = await peer.ask()
        assert isinstance(refused, Outcome)
        assert reasons(refused) == {Reason.VIEW_NOT_GRANTED}
    await stage.true_journal()


async def test_the_real_window_shows_live_pictures_the_pause_and_a_media_process_that_died(
    stage: Stage,
) -> None:
    await stage.prepared()
    await media_runs(stage)
    await stage.leave()
    window = await asyncio.create_subprocess_exec(
        *(sys.executable, str(WINDOW), str(stage.store.directory), PASSPHRASE),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
    )
    assert window.stdout is not None

    async def said() -> list[str]:
        assert window.stdout is not None
        return (await window.stdout.readline()).decode().split()

    try:
        assert await said() == ["asked"]
        await preparing.allow(stage.tablet)
        live, age_ms, unit = await said()
        assert (live, unit) == ("live", "ms")
        assert 0 <= int(age_ms) < 1000
        await stage.tablet.must("pause_source", source="patient", paused=True)
        assert await said() == ["paused"]
        await stage.tablet.must("pause_source", source="patient", paused=False)
        assert (await said())[0] == "live"
        media_process(stage).kill()
        assert await said() == ["gone"]
        assert (await said())[0] == "live"
        assert await asyncio.wait_for(window.wait(), 20) == 0
    finally:
        if window.returncode is None:
            window.kill()
            await window.wait()
    await stage.join()
