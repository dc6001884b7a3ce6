"""Every state of the desk that must be drawn and looked at, as a scene: a name and what the agents say.

`draw_states.py` draws them into a folder; `test_console_states.py` looks for words that are cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from console_scenes import (
    CLIP,
    EXCEPTED,
    NOON,
    NORTH,
    PACEMAKER,
    SCREENING,
    SOUTH,
    VALUES,
    A,
    B,
    Play,
    alarm,
    beat,
    cameras,
    detail,
    earlier,
    earlier_quarantined,
    exam,
    excepted,
    granted,
    hello,
    local,
    looking,
    outcome,
    pending,
    quarantined,
    ready,
    running,
    screened,
    show_camera,
    show_localizer,
    slice_of,
    status,
    step_view,
    suspended,
)

from mr_contract import console_messages as cm
from mr_contract.audio_check import AudioCheckView
from mr_contract.bulk_messages import InstanceHeader
from mr_contract.device_reasons import DeviceReason, device
from mr_contract.exam import Deviation
from mr_contract.exposure import ExposurePrediction
from mr_contract.findings import finding
from mr_contract.intercom import IntercomView
from mr_contract.media_messages import SourcesChanged, TalkChanged
from mr_contract.parameters import Conflict, ParameterChange, Remedy
from mr_contract.reasons import Reason
from mr_contract.views import AlarmView, LastCommand, TimelineEntry
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    AudioCheckPhase,
    BreathCommand,
    HeardAs,
    Interlock,
    LinkGrade,
    LinkLossAction,
    OperatingMode,
    Privilege,
    ScannerActivity,
    SourceState,
    StepState,
)
from remote_console.core.images import SeriesLabel
from remote_console.core.phrases import p
from remote_console.core.picture_tiles import MediaLink, MediaPhase
from remote_console.core.sound import SoundFacts
from remote_console.ui.quarantine_sheets import EarlierSheet

Scene = Callable[[Play], None]
FIRST_LEVEL = ExposurePrediction(
    whole_body_sar_w_per_kg=2.44, partial_body_sar_w_per_kg=3.1, head_sar_w_per_kg=2.6,
    whole_body_limit_w_per_kg=4.0, partial_body_limit_w_per_kg=7.0, head_limit_w_per_kg=3.2,
    b1_rms_ut=3.4, pns_percent=42.0, pns_limit_percent=80.0, rf_mode=OperatingMode.FIRST_LEVEL,
    gradient_mode=OperatingMode.NORMAL, db_dt_t_per_s=31.0,
)  # fmt: skip
STORED = tuple(step_view(s, StepState.STORED) for s in ("localizer", "dwi"))

NOT_GRANTED = {
    Interlock.CONTROL: (finding(Reason.NO_CONTROL),), Interlock.CONSENT: (finding(Reason.START_NOT_GRANTED),),
}  # fmt: skip


def _no_site(play: Play) -> None:
    play.conductor.show()


def _connecting(play: Play) -> None:
    play.signals.lost.emit(NORTH)
    play.conductor.show()


def _local(play: Play) -> None:
    play.opening()
    play.say(A, exam(view=False), local(), ready(A, opened=NOT_GRANTED))


def _no_exam(play: Play) -> None:
    play.opening()
    none = (finding(Reason.NO_EXAM),)
    without = dict.fromkeys((Interlock.IDENTITY, Interlock.SCREENING, Interlock.PATIENT_READY), none)
    play.say(A, local(), ready(A, opened={**NOT_GRANTED, **without}))


def _waiting(play: Play) -> None:
    _local(play)
    play.conductor.request_control(tuple(Privilege), LinkLossAction.FINISH_SEQUENCE)
    asked = {**NOT_GRANTED, Interlock.CONSENT: (finding(Reason.CONSENT_PENDING),)}
    play.say(A, pending(), ready(A, opened=asked))


def _who_does_what(play: Play) -> None:
    _in_control(play)
    unread = (finding(Reason.RESPONSIBILITIES_UNREAD_REMOTE, name="Remote MERM"),)
    play.say(A, ready(A, opened={Interlock.CONSENT: unread}))
    play.conductor.show()
    play.conductor.act("responsibilities")


def _denied(play: Play) -> None:
    _waiting(play)
    play.say(A, local(), ready(A, opened=NOT_GRANTED))


def _view_only(play: Play) -> None:
    _in_control(play)
    missing = {Interlock.CONSENT: (finding(Reason.START_NOT_GRANTED),)}
    play.say(A, granted((Privilege.VIEW,)), ready(A, opened=missing))


def _in_control(play: Play) -> None:
    play.in_control()
    show_localizer(play)
    for index in range(3):
        play.signals.frame.emit(NORTH, *slice_of("t2", index))


def _three_blockers(play: Play) -> None:
    _in_control(play)
    play.say(
        A,
        ready(A, opened={
            Interlock.PATIENT_READY: (finding(Reason.PATIENT_READY_MISSING),),
            Interlock.PRESENCE: (finding(Reason.PRESENCE_LAPSED, minutes=10),),
            Interlock.SCREENING: (finding(Reason.SCREENING_SECOND_SIGNATURE),),
        }),
    )  # fmt: skip


def _conflict(play: Play) -> None:
    _in_control(play)
    play.conductor.edits.offer_value("te_ms", "84")
    why = "84.0 ms is not available: 80 or 90 ms (echo spacing 10 ms, 16 echoes)"
    remedies = tuple(Remedy(changes={"te_ms": v}, words=f"{v:.1f} ms") for v in (80.0, 90.0))
    conflict = Conflict(key="te_ms", wanted=84.0, why=why, remedies=remedies)
    tried = play.desk.of(cm.TryEdit)[-1]
    step = detail("t2", conflicts=(conflict,))
    play.say(A, cm.EditTried(command_id=tried.command_id, scanner=A.scanner, step=step))


def _all_parameters(play: Play) -> None:
    _in_control(play)
    play.window.editor.show_tab(None)
    moved = dict(VALUES, te_ms=80.0, acquisition_matrix_phase=288.0, slice_thickness_mm=4.0)
    play.say(A, cm.StepChanged(scanner=A.scanner, step=detail("t2", values=moved)))
    play.window.editor.toggle_compare()
    deviations = tuple(
        Deviation(key=key, label=name, approved=before, value=after)
        for key, name, before, after in (
            ("te_ms", "Echo time", "90", "80"), ("acquisition_matrix_phase", "Matrix, phase", "224", "288"),
            ("slice_thickness_mm", "Slice thickness", "5", "4"), ("slices", "slices", "", ""),
        )
    )  # fmt: skip
    play.say(A, exam(*STORED, step_view("t2", deviations=deviations), step_view("flair")))


def _edit_unanswered(play: Play) -> None:
    _in_control(play)
    play.conductor.edits.offer_value("te_ms", "80")


def _also_changed(play: Play) -> None:
    _in_control(play)
    change = ParameterChange(
        key="tr_ms", before=9000.0, after=9460.0, why="all that one repetition holds needs this long"
    )
    play.say(A, cm.StepChanged(scanner=A.scanner, step=detail("t2", changes=(change,), can_undo=True)))


def _edit_refused(play: Play) -> None:
    _in_control(play)
    play.conductor.edits.take_remedy("te_ms", {"te_ms": 80.0})
    sent = play.desk.of(cm.EditStep)[-1]
    play.say(A, outcome(sent.command_id, Reason.STALE_REVISION, step="T2 TSE ax"))


def _running(play: Play) -> None:
    _in_control(play)
    busy = ready(
        A, opened={Interlock.SCANNER: (finding(Reason.SCANNER_BUSY, activity="T2 TSE ax is running"),)}
    )
    t2 = step_view("t2", StepState.ACQUIRING)
    play.say(A, exam(*STORED, t2, *(step_view(s) for s in ("flair", "t2star", "mprage"))), running(), busy)
    play.conductor.choose_step("t2")
    for index in range(3):
        play.signals.frame.emit(NORTH, *slice_of("t2", index, lines=158, acquisition="acq-t2"))
    play.conductor.open_series("t2")
    play.say(A, _last("start T2 TSE ax", "carried out"))


def _armed(play: Play) -> None:
    _running(play)
    t2, flair = step_view("t2", StepState.ACQUIRING), step_view("flair", StepState.ARMED)
    play.say(A, exam(*STORED, t2, flair, *(step_view(s) for s in ("t2star", "mprage"))))
    play.conductor.choose_step("flair")
    play.window.images.show_page(0)


def _several_series(play: Play) -> None:
    """A Dixon series with what was derived of it, and a file that came damaged."""
    _in_control(play)
    play.say(A, exam(*STORED, step_view("t2", StepState.STORED), step_view("flair")))
    play.conductor.open_series("t2")
    kinds = ("", " water", " fat", " subtraction", " MIP")
    for place, kind in enumerate(kinds):
        label = SeriesLabel(f"1.2.{place}", 400 + place if place else 4, f"T1 Dixon dyn cor{kind} SIMULATED",
                            derived=place > 0)  # fmt: skip
        marks = ("SIMULATED", "DERIVED") if place else ("SIMULATED",)
        for index in range(6):
            _, image = slice_of("t2", index % 3)
            echo = p("TE {ms} ms", ms="2.46" if index < 3 else "1.23")
            shown = replace(image, index=index, series=label, marks=marks, weighting=(echo,))
            play.signals.frame.emit(NORTH, _instance(place), shown)
    torn = p("Image {number} of {count}: {why}", number="6", count="6", why=p("it is not a DICOM file"))
    play.signals.unreadable.emit(NORTH, _instance(5), torn)
    play.conductor.show()
    play.window.images.series_list.go_on(1)


def _instance(index: int) -> InstanceHeader:
    return InstanceHeader(scanner=A.scanner, series_id="series-t2", index=index, count=6, sha256="0" * 64)


def _stopped(play: Play) -> None:
    _in_control(play)
    stopped = step_view("t2", StepState.STOPPED, lines_acquired=128, lines_total=256)
    again = step_view("flair", repeat_reason="")
    play.say(A, exam(*STORED, stopped, again, *(step_view(s) for s in ("t2star", "mprage"))))
    play.conductor.open_series("t2")
    play.say(A, _last("stop", "carried out"))


def _bulb(play: Play) -> None:
    _running(play)
    play.say(A, ready(A, opened={Interlock.SCANNER: (finding(Reason.SQUEEZE_BULB),)}))
    play.say(A, _alarms(alarm(AlarmKind.SQUEEZE_BULB, AlarmPriority.HIGH)))


def _first_level(play: Play) -> None:
    _in_control(play)
    figures = {"step": "T2 TSE ax", "value": "2.4 W/kg whole body", "w_per_kg": "2.4"}
    undecided = finding(Reason.FIRST_LEVEL_UNDECIDED, **figures)
    t2 = step_view("t2", findings=(undecided,))
    play.say(
        A,
        exam(*STORED, t2, *(step_view(s) for s in ("flair", "t2star", "mprage"))),
        cm.StepChanged(scanner=A.scanner, step=detail("t2", prediction=FIRST_LEVEL)),
    )


def _implant_label(play: Play) -> None:
    """A step above the label of one implant, in first level, while another runs."""
    _running(play)
    shown = detail("flair", prediction=FIRST_LEVEL)
    play.say(A, screened(SCREENING, CLIP, PACEMAKER), running())
    play.say(A, cm.StepChanged(scanner=A.scanner, step=shown))
    play.conductor.choose_step("flair")
    play.window.images.show_page(0)


def _sar_wait(play: Play) -> None:
    _in_control(play)
    wait = finding(Reason.SAR_AVERAGE_WAIT, wait="0:40")
    play.say(A, ready(A, opened={Interlock.EXPOSURE: (wait,)}))


def _door_open(play: Play) -> None:
    _in_control(play)
    play.say(
        A,
        status(A, door_closed=False),
        ready(A, count=5, opened={Interlock.PATIENT_READY: (finding(Reason.DOOR_OPEN),)}),
        cm.TimelineAdded(entries=(
            TimelineEntry(seq=90, at=NOON, scanner=A.scanner, kind="door_opened"),
        )),
    )  # fmt: skip


def _picture_frozen(play: Play) -> None:
    _in_control(play)
    play.say(A, ready(A, opened={Interlock.PICTURE: (finding(Reason.PICTURE_FROZEN, age_s=4),)}))


def _cameras(play: Play) -> None:
    _in_control(play)
    looking(play)


def _camera_frozen(play: Play) -> None:
    _cameras(play)
    play.wait(3.9)
    show_camera(play, "patient")
    play.say(A, beat(8), ready(A, opened={Interlock.PICTURE: (finding(Reason.PICTURE_FROZEN, age_s=4),)}))


def _cameras_in_trouble(play: Play) -> None:
    _cameras(play)
    soon = datetime.now(UTC) + timedelta(seconds=7.5)
    unplugged = {"state": SourceState.FAILING, "why": device(DeviceReason.UNPLUGGED), "retry_at": soon}
    play.say(A, cameras(room={"state": SourceState.PAUSED}, patient=unplugged))
    given = MediaLink(MediaPhase.UP, given={"tablet": None})
    play.signals.media_changed.emit(A.site, A.scanner, given)
    play.say(A, ready(A, opened={Interlock.PICTURE: (finding(Reason.PICTURE_PAUSED),)}))


def _no_way_for_pictures(play: Play) -> None:
    _in_control(play)
    play.say(A, cameras())
    no_way = MediaLink(MediaPhase.WAITING, (finding(Reason.MEDIA_NO_PATH),), play.now_s + 8.0)
    play.signals.media_changed.emit(A.site, A.scanner, no_way)


def _camera_large(play: Play) -> None:
    _cameras(play)
    show_camera(play, "patient", age_s=1.4)
    play.conductor.looking.enlarge(A, "patient")
    play.window.images.show_page(2)


def _talking(play: Play) -> None:
    _cameras(play)
    play.signals.media_changed.emit(A.site, A.scanner, MediaLink(MediaPhase.UP, talk=True))
    play.signals.sound_changed.emit(SoundFacts(("Headset",), ("Headset",)))
    play.desk.levels = (0.7, 0.3)
    play.conductor.act("open_microphone")
    play.window.sound.show_levels(0.7, 0.3)


def _check(phase: AudioCheckPhase) -> Callable[[Play], None]:
    def state(play: Play) -> None:
        _cameras(play)
        play.signals.media_changed.emit(A.site, A.scanner, MediaLink(MediaPhase.UP, talk=True))
        play.signals.sound_changed.emit(SoundFacts(("Headset",), ("Headset",)))
        check = AudioCheckView(check_id="c1", phase=phase, by="Maria", yours=True)
        play.say(A, TalkChanged(scanner=A.scanner, site_listens=True, audio_check=check))
        missing = {
            AudioCheckPhase.ASKED: Reason.AUDIO_UNANSWERED,
            AudioCheckPhase.HEARD_AT_SITE: Reason.AUDIO_UNCONFIRMED,
            AudioCheckPhase.UNHEARD_AT_SITE: Reason.AUDIO_UNHEARD_AT_SITE,
        }
        opened = {Interlock.AUDIO_CHECK: (finding(missing[phase]),)} if phase in missing else {}
        play.say(A, ready(A, opened=opened))

    return state


def _patient_hears(play: Play) -> None:
    _talking(play)
    heard = IntercomView(
        speaker="Remote MERM", yours=True, heard_as=HeardAs.LIVE, level=0.6, languages=("de", "fr"),
        language="fr",
    )  # fmt: skip
    play.say(A, cm.IntercomChanged(scanner=A.scanner, intercom=heard))


def _patient_hears_the_recording(play: Play) -> None:
    _talking(play)
    heard = IntercomView(
        speaker="Remote MERM", yours=True, heard_as=HeardAs.RECORDED, breath=BreathCommand.HOLD, level=0.6,
        plays_recorded=True, languages=("de", "fr"), language="fr",
    )  # fmt: skip
    play.say(A, beat(9, 420.0, LinkGrade.AMBER), cm.IntercomChanged(scanner=A.scanner, intercom=heard))


def _nobody_listens(play: Play) -> None:
    _talking(play)
    play.say(A, TalkChanged(scanner=A.scanner, site_listens=False))


def _no_sound_device(play: Play) -> None:
    _cameras(play)
    play.signals.media_changed.emit(A.site, A.scanner, MediaLink(MediaPhase.UP, talk=True))
    play.signals.sound_changed.emit(SoundFacts())


def _sound_sheet(play: Play) -> None:
    _talking(play)
    play.conductor.act("sound")


def _no_camera(play: Play) -> None:
    _in_control(play)
    play.say(A, SourcesChanged(scanner=A.scanner, sources=()))


def _cameras_not_granted(play: Play) -> None:
    _local(play)
    play.say(A, cameras())


def _link_amber(play: Play) -> None:
    _in_control(play)
    slow = beat(9, 312.0, LinkGrade.AMBER)
    play.say(A, slow, _alarms(alarm(AlarmKind.LINK_DEGRADED, AlarmPriority.LOW)))


def _link_lost(play: Play) -> None:
    _running(play)
    play.conductor.lose(NORTH)
    play.wait(1.0)


def _link_resume(play: Play) -> None:
    _running(play)
    play.conductor.lose(NORTH)
    play.wait(21.0)
    play.beat_of(SOUTH)


def _resumable(play: Play) -> None:
    _link_resume(play)
    play.say(NORTH, hello(NORTH), beat())
    play.say(A, status(A), exam(view=False), suspended(38.0), ready(A, opened={
        Interlock.CONTROL: (finding(Reason.CONTROL_SUSPENDED),),
    }))  # fmt: skip


def _stop_not_delivered(play: Play) -> None:
    _running(play)
    play.conductor.stop()
    play.now_s += 0.9
    play.signals.said.emit(NORTH, beat(11))
    play.wait(0.3)


def _two_alarms(play: Play) -> None:
    _in_control(play)
    play.say(A, running(), _alarms(alarm(AlarmKind.DOOR_OPENED_DURING_SCAN, AlarmPriority.MEDIUM)))
    bulb = alarm(AlarmKind.SQUEEZE_BULB, AlarmPriority.HIGH)
    told = alarm(AlarmKind.LOCAL_OPERATOR_ABSENT, AlarmPriority.MEDIUM, acknowledged_by="Jo Local")
    play.say(B, cm.AlarmsChanged(scanner=B.scanner, alarms=(bulb, told)))


def _away(play: Play) -> None:
    _in_control(play)
    play.conductor.focus(B)
    happened = ("door_opened", "door_closed", "patient_ready_confirmed", "bulb_squeezed", "bulb_answered")
    entries = tuple(
        TimelineEntry(seq=50 + n, at=NOON + timedelta(seconds=20 * n), scanner=A.scanner, kind=kind)
        for n, kind in enumerate(happened)
    )
    play.say(A, cm.TimelineAdded(entries=entries))
    play.conductor.focus(A)


def _unknown(play: Play) -> None:
    _in_control(play)
    nothing = dict.fromkeys(Interlock, ())
    del nothing[Interlock.CONTROL], nothing[Interlock.CONSENT]
    play.say(A, status(A, None), ready(A, opened=nothing))
    play.say(A, _alarms(alarm(AlarmKind.SCANNER_NOT_HEARD, AlarmPriority.MEDIUM)))


def _no_software_stop(play: Play) -> None:
    _in_control(play)
    play.say(A, status(A, can_stop=False))


def _fault(play: Play) -> None:
    _in_control(play)
    cold = finding(Reason.SCANNER_FAULT, fault="cold head")
    play.say(
        A, status(A, ScannerActivity.FAULT, fault="cold head"), ready(A, opened={Interlock.SCANNER: (cold,)})
    )
    play.say(A, _alarms(alarm(AlarmKind.SCANNER_FAULT, AlarmPriority.HIGH)))


def _held_by_another(play: Play) -> None:
    _local(play)
    held = {Interlock.CONTROL: (finding(Reason.NOT_HOLDER, holder="Kim Second"),)}
    play.say(A, granted(yours=False, holder="Kim Second"), exam(view=False), ready(A, opened=held))


def _quarantined(play: Play) -> None:
    _in_control(play)
    show_localizer(play)
    found = alarm(AlarmKind.WRONG_PATIENT, AlarmPriority.HIGH)
    held = {Interlock.IDENTITY: (finding(Reason.EXAM_QUARANTINED),)}
    play.say(A, quarantined(), ready(A, opened=held), _alarms(found))


def _correction_proposed(play: Play) -> None:
    _quarantined(play)
    play.say(A, quarantined(proposed=True), _alarms())
    play.window.quarantine.read_button.click()


def _earlier_quarantined(play: Play) -> None:
    _in_control(play)
    show_localizer(play)
    play.say(A, earlier_quarantined())


def _mistake_sheet(play: Play) -> None:
    _running(play)
    play.conductor.act("report_wrong")


def _earlier(play: Play) -> None:
    play.opening()
    play.say(A, local(), *earlier())


def _earlier_sheet(play: Play) -> None:
    _earlier(play)
    play.conductor.act("report_earlier")
    play.window.findChildren(EarlierSheet)[0].list.setCurrentRow(0)


def _sheet(name: str) -> Scene:
    def scene(play: Play) -> None:
        _stopped(play)
        play.conductor.act(name)

    return scene


def _signing(play: Play) -> None:
    _in_control(play)
    lacking = (finding(Reason.SCREENING_SECOND_SIGNATURE), finding(Reason.SCREENING_LEVEL_2))
    play.say(A, screened(SCREENING, CLIP), ready(A, opened={Interlock.SCREENING: lacking}))
    play.window.readiness.sign_button.click()


def _excepted(play: Play) -> None:
    _in_control(play)
    play.say(A, screened(EXCEPTED), excepted())


def _alarms(*shown: AlarmView) -> cm.AlarmsChanged:
    return cm.AlarmsChanged(scanner=A.scanner, alarms=shown)


def _last(words: str, became: str) -> cm.LastCommandChanged:
    last = LastCommand(command_id="last", words=words, by="Remote MERM", at=NOON, outcome=became)
    return cm.LastCommandChanged(scanner=A.scanner, last=last)


STATES: dict[str, Scene] = {
    "no-site-yet": _no_site,
    "wrong-patient-or-side": _mistake_sheet,
    "no-exam-but-earlier-ones": _earlier,
    "wrong-in-an-earlier-exam": _earlier_sheet,
    "quarantined": _quarantined,
    "earlier-exam-quarantined": _earlier_quarantined,
    "correction-proposed": _correction_proposed,
    "connecting": _connecting,
    "no-exam": _no_exam,
    "local-control": _local,
    "waiting-for-consent": _waiting,
    "denied": _denied,
    "held-by-another": _held_by_another,
    "view-only": _view_only,
    "nothing-to-clear": _in_control,
    "three-blockers": _three_blockers,
    "all-parameters": _all_parameters,
    "edit-unanswered": _edit_unanswered,
    "conflict-with-remedies": _conflict,
    "also-changed": _also_changed,
    "edit-refused": _edit_refused,
    "running-with-preview": _running,
    "armed-next": _armed,
    "several-series": _several_series,
    "stopped-incomplete": _stopped,
    "squeeze-bulb": _bulb,
    "first-level-decision": _first_level,
    "signing-the-screening": _signing,
    "emergency-exception": _excepted,
    "implant-label": _implant_label,
    "waiting-for-sar-average": _sar_wait,
    "door-open": _door_open,
    "picture-frozen": _picture_frozen,
    "cameras": _cameras,
    "camera-frozen": _camera_frozen,
    "cameras-in-trouble": _cameras_in_trouble,
    "no-way-for-pictures": _no_way_for_pictures,
    "camera-large": _camera_large,
    "talking": _talking,
    "patient_hears": _patient_hears,
    "patient_hears_the_recording": _patient_hears_the_recording,
    "nobody-listens": _nobody_listens,
    "audio-check-asked": _check(AudioCheckPhase.ASKED),
    "audio-check-heard": _check(AudioCheckPhase.HEARD_AT_SITE),
    "audio-check-unheard": _check(AudioCheckPhase.UNHEARD_AT_SITE),
    "audio-check-passed": _check(AudioCheckPhase.PASSED),
    "no-sound-device": _no_sound_device,
    "sound": _sound_sheet,
    "no-camera": _no_camera,
    "cameras-not-granted": _cameras_not_granted,
    "link-amber": _link_amber,
    "link-lost": _link_lost,
    "link-lost-resume": _link_resume,
    "control-suspended": _resumable,
    "stop-not-delivered": _stop_not_delivered,
    "two-scanners-alarming": _two_alarms,
    "while-you-were-away": _away,
    "scanner-unknown": _unknown,
    "scanner-fault": _fault,
    "no-software-stop": _no_software_stop,
    "help": _sheet("help"),
    "find-a-command": _sheet("palette"),
    "who-does-what": _who_does_what,
    "repeat": _sheet("repeat"),
    "about": _sheet("about"),
}
