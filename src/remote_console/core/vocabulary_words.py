"""The contract's closed words as sentences; a test keeps the tables complete."""

from __future__ import annotations

from types import MappingProxyType

from mr_contract.parameters import ParameterGroup
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    BreathCommand,
    Interlock,
    Landmark,
    LinkLossAction,
    OperatingMode,
    Party,
    Privilege,
    ScannerActivity,
    ScannerMode,
    Side,
    SourceKind,
    StepState,
)
from remote_console.core.phrases import Words, p, verbatim

PRIVILEGE_WORDS = MappingProxyType(
    {
        Privilege.VIEW: p("view"),
        Privilege.TALK: p("talk"),
        Privilege.EDIT: p("edit"),
        Privilege.START: p("start"),
        Privilege.PATIENT: p("speak to patient"),
    }
)
BREATH_WORDS = MappingProxyType(
    {
        BreathCommand.BREATHE_IN: p("breathe in"),
        BreathCommand.BREATHE_OUT: p("breathe out"),
        BreathCommand.HOLD: p("hold your breath"),
        BreathCommand.BREATHE: p("breathe freely"),
    }
)
SOURCE_WORDS = MappingProxyType(
    {
        SourceKind.ROOM: p("room"),
        SourceKind.PATIENT: p("patient"),
        SourceKind.INJECTOR: p("injector"),
        SourceKind.CONSOLE_SCREEN: p("scanner's screen"),
        SourceKind.TABLET: p("tablet"),
    }
)
PARTY_WORDS = MappingProxyType(
    {
        Party.REMOTE_OPERATOR: p("you"),
        Party.LOCAL_OPERATOR: p("local operator"),
        Party.BOTH: p("both"),
        Party.SITE_SUPPORT: p("site support"),
        Party.TIME: p("wait"),
        Party.NOBODY: p("nobody"),
    }
)
INTERLOCK_WORDS = MappingProxyType(
    {
        Interlock.CONTROL: p("Control"),
        Interlock.CONSENT: p("Consent"),
        Interlock.PRESENCE: p("Presence"),
        Interlock.IDENTITY: p("Identity"),
        Interlock.SCREENING: p("Screening"),
        Interlock.PATIENT_READY: p("Patient ready"),
        Interlock.PRESCRIPTION: p("Step"),
        Interlock.EXPOSURE: p("Exposure"),
        Interlock.LINK: p("Link"),
        Interlock.PICTURE: p("Picture"),
        Interlock.AUDIO_CHECK: p("Audio check"),
        Interlock.SCANNER: p("Scanner"),
        Interlock.WORKLOAD: p("Workload"),
    }
)
STEP_WORDS = MappingProxyType(
    {
        StepState.PLANNED: p("planned"),
        StepState.ARMED: p("armed as next"),
        StepState.STARTING: p("starting"),
        StepState.ACCEPTED: p("accepted"),
        StepState.ACQUIRING: p("acquiring"),
        StepState.ACQUIRED: p("acquired, reconstructing"),
        StepState.IMAGES_READY: p("images ready"),
        StepState.STORED: p("stored"),
        StepState.STOPPED: p("stopped, incomplete"),
        StepState.FAILED: p("failed"),
        StepState.UNKNOWN: p("not known whether it ran"),
    }
)
ACTIVITY_WORDS = MappingProxyType(
    {
        ScannerActivity.IDLE: p("Idle"),
        ScannerActivity.PREPARING: p("Preparing"),
        ScannerActivity.ACQUIRING: p("Acquiring"),
        ScannerActivity.STOPPING: p("Stopping"),
        ScannerActivity.FAULT: p("Fault"),
    }
)
SCANNER_MODE_WORDS = MappingProxyType(
    {
        ScannerMode.REAL: p("real scanner"),
        ScannerMode.TEST: p("test"),
        ScannerMode.DEMO: p("simulated"),
    }
)
MODE_WORDS = MappingProxyType(
    {
        OperatingMode.NORMAL: p("normal mode"),
        OperatingMode.FIRST_LEVEL: p("first level controlled mode"),
        OperatingMode.SECOND_LEVEL: p("second level: not allowed"),
    }
)
LINK_LOSS_WORDS = MappingProxyType(
    {
        LinkLossAction.FINISH_SEQUENCE: p("finish this sequence"),
        LinkLossAction.STOP_NOW: p("stop now"),
    }
)
SIDE_WORDS = MappingProxyType(
    {
        Side.LEFT: p("LEFT"),
        Side.RIGHT: p("RIGHT"),
        Side.BOTH: p("both sides"),
        Side.NONE: p(""),
    }
)
LANDMARK_WORDS = MappingProxyType(
    {
        Landmark.NASION: p("landmark nasion"),
        Landmark.CHIN: p("landmark chin"),
        Landmark.STERNUM: p("landmark sternum"),
        Landmark.ILIAC_CREST: p("landmark iliac crest"),
        Landmark.KNEE: p("landmark knee"),
    }
)
GROUP_WORDS = MappingProxyType(
    {
        ParameterGroup.CONTRAST: p("Contrast"),
        ParameterGroup.GEOMETRY: p("Geometry"),
        ParameterGroup.RESOLUTION: p("Resolution"),
        ParameterGroup.SPEED: p("Speed"),
        ParameterGroup.SAFETY: p("Safety"),
    }
)
PRIORITY_WORDS = MappingProxyType(
    {
        AlarmPriority.HIGH: p("HIGH"),
        AlarmPriority.MEDIUM: p("MEDIUM"),
        AlarmPriority.LOW: p("LOW"),
    }
)
ALARM_WORDS = MappingProxyType(
    {
        AlarmKind.SQUEEZE_BULB: p("The patient squeezed the bulb: stop and talk"),
        AlarmKind.LINK_LOST_WHILE_SCANNING: p("Link lost while scanning"),
        AlarmKind.SCANNER_FAULT: p("Scanner fault"),
        AlarmKind.LATE_ACCEPTANCE_STOPPED: p("A start was accepted too late and stopped"),
        AlarmKind.WRONG_PATIENT: p("Wrong patient or side: exam in quarantine"),
        AlarmKind.DOOR_OPENED_DURING_SCAN: p("The door was opened during the scan"),
        AlarmKind.SCANNER_NOT_HEARD: p("The scanner does not answer"),
        AlarmKind.LOCAL_OPERATOR_ABSENT: p("No sign of the local operator"),
        AlarmKind.PICTURE_FROZEN: p("The picture stands still during a scan"),
        AlarmKind.LINK_DEGRADED: p("The link is slow"),
    }
)
CHOICE_WORDS = MappingProxyType(
    {
        "ROW": p("rows"),
        "COL": p("columns"),
        "OFF": p("off"),
        "ON": p("on"),
        "NONE": p("none"),
        "GIVEN": p("given"),
        "AT_START": p("at the start"),
        "PULSE": p("pulse sensor"),
        "ECG": p("ECG leads"),
        "RESPIRATION": p("breathing"),
    }
)
"""Values of parameters that take one of a few words; a scanner's own words are shown as they came."""


def choice_words(value: str) -> Words:
    """A value of a parameter with choices."""
    return CHOICE_WORDS.get(value, verbatim(value))


COMMAND_WORDS = MappingProxyType(
    {
        "request_control": p("ask for control"),
        "move_responsibility": p("change who does what"),
        "acknowledge_responsibilities": p("acknowledge who does what"),
        "start_step": p("start"),
        "arm_step": p("arm"),
        "disarm_step": p("disarm"),
        "edit_step": p("edit"),
        "try_edit": p("edit"),
        "undo_edit": p("undo"),
        "repeat_step": p("repeat"),
        "open_protocol": p("open the protocol"),
        "open_step": p("open the step"),
        "list_protocols": p("list the protocols"),
        "release_control": p("release control"),
        "withdraw_request": p("withdraw"),
        "stop_scan": p("STOP"),
        "report_wrong": p("wrong patient or side"),
        "agree_correction": p("sign the correction"),
        "decide_first_level": p("decide for first level"),
        "sign_screening_remotely": p("sign the screening"),
        "acknowledge_alarm": p("acknowledge"),
        "send_note": p("send the note"),
        "ask_audio_check": p("ask “can you hear me?”"),
        "confirm_audio_check": p("confirm the audio check"),
        "void_audio_check": p("void the audio check"),
        "open_intercom": p("speak to the patient"),
        "close_intercom": p("end speaking to the patient"),
        "give_breath_command": p("give a breath-hold command"),
    }
)
"""By kind."""


def command_words(kind: str) -> Words:
    """A command by what people call it."""
    return COMMAND_WORDS.get(kind, verbatim(kind))
