"""Every command of the window, once: its words, its keys, where they work. Help and palette read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from PySide6.QtGui import QKeySequence

from mr_contract.vocabulary import BreathCommand
from remote_console.core.phrases import Phrase, p
from remote_console.core.vocabulary_words import BREATH_WORDS
from remote_console.texts import say


@unique
class Where(StrEnum):
    """Where the keys of an action work."""

    ANYWHERE = "anywhere"
    IMAGES = "images"
    BUTTON = "button"
    HELD = "held"
    """Anywhere, as long as the key is down."""


@dataclass(frozen=True, slots=True)
class Action:
    """A command of the window. `key` is a Qt key sequence; empty: by mouse or palette only."""

    name: str
    words: Phrase
    key: str = ""
    where: Where = Where.ANYWHERE


FOCUS = "focus_"
TALK_KEY, PATIENT_KEY = "F9", "F10"
BREATH = "breath_"
BREATH_KEYS = {
    BreathCommand.BREATHE_IN: "F5",
    BreathCommand.BREATHE_OUT: "F6",
    BreathCommand.HOLD: "F7",
    BreathCommand.BREATHE: "F8",
}
ACTIONS: tuple[Action, ...] = (
    Action("stop", p("STOP the scanner in focus"), "Shift+Esc"),
    Action("report_wrong", p("Say that patient or side is wrong"), "Ctrl+Shift+X"),
    Action("report_earlier", p("Say that an earlier exam was wrong"), "Ctrl+Shift+E"),
    Action("go_to_start", p("Go to START, then press or hold Space"), "Ctrl+Return"),
    Action("press_start", p("Press or hold START"), "Space", Where.BUTTON),
    *(Action(f"{FOCUS}{n}", p("Scanner {number}", number=str(n)), f"Ctrl+{n}") for n in range(1, 10)),
    Action("previous_step", p("Previous step"), "Ctrl+Up"),
    Action("next_step", p("Next step"), "Ctrl+Down"),
    Action("undo", p("Undo the last edit of this step"), "Ctrl+Z"),
    Action("compare", p("Compare with the approved protocol"), "Ctrl+D"),
    Action("repeat", p("Repeat this step, with a reason"), "Ctrl+R"),
    Action("open_protocol", p("Open an approved protocol"), "Ctrl+O"),
    Action("go_to_parameters", p("Go to the parameters"), "Ctrl+E"),
    Action("show_planes", p("Show slice planning"), "F2"),
    Action("show_series", p("Show images"), "F3"),
    Action("show_picture", p("Show the picture of the camera large"), "F4"),
    Action("next_camera", p("Next camera"), "Ctrl+P"),
    Action("talk", p("Talk, while it is held"), TALK_KEY, Where.HELD),
    Action("speak_to_patient", p("Speak to the patient, while it is held"), PATIENT_KEY, Where.HELD),
    *(
        Action(f"{BREATH}{breath}", p("To the patient: {words}", words=BREATH_WORDS[breath]), key, Where.HELD)
        for breath, key in BREATH_KEYS.items()
    ),
    Action("open_microphone", p("Open microphone"), "Shift+F9"),
    Action("sound", p("Sound: devices and levels")),
    Action("request", p("Ask for control"), "Ctrl+Shift+A"),
    Action("responsibilities", p("Who does what at this exam"), "Ctrl+Shift+L"),
    Action("withdraw", p("Withdraw the request for control"), "Ctrl+Shift+W"),
    Action("release", p("Release control"), "Ctrl+Shift+R"),
    Action("decide", p("Decide for first level"), "Ctrl+Shift+D"),
    Action("sign_screening", p("Sign the MR safety screening")),
    Action("acknowledge", p("Acknowledge the first alarm"), "Ctrl+M"),
    Action("note", p("Write to the local operator"), "Ctrl+T"),
    Action("close_notice", p("Close the notice that is open"), "Ctrl+W"),
    Action("go_to_planes", p("Go to the slices, then move them with the Alt key"), "Ctrl+G"),
    Action("connect", p("Connect another site")),
    Action("palette", p("Find a command"), "Ctrl+K"),
    Action("language", p("Next language"), "Ctrl+L"),
    Action("help", p("Help"), "F1"),
    Action("about", p("About this program")),
    Action("slice_back", p("Slice back"), "Up", Where.IMAGES),
    Action("slice_on", p("Slice on"), "Down", Where.IMAGES),
    Action("first_slice", p("First slice"), "Home", Where.IMAGES),
    Action("last_slice", p("Last slice"), "End", Where.IMAGES),
    Action("previous_series", p("Previous series of this step"), "PgUp", Where.IMAGES),
    Action("next_series", p("Next series of this step"), "PgDown", Where.IMAGES),
    Action("darker", p("Level up (darker)"), "]", Where.IMAGES),
    Action("brighter", p("Level down (brighter)"), "[", Where.IMAGES),
    Action("flatter", p("Wider window (less contrast)"), "+", Where.IMAGES),
    Action("steeper", p("Narrower window (more contrast)"), "-", Where.IMAGES),
    Action("preset", p("Next window preset"), "W", Where.IMAGES),
    Action("reset_window", p("Window of the header"), "0", Where.IMAGES),
    Action("next_plane", p("Next plane"), "Space", Where.IMAGES),
    Action("move_left", p("Move the slices 1 mm to the left"), "Alt+Left", Where.IMAGES),
    Action("move_right", p("Move the slices 1 mm to the right"), "Alt+Right", Where.IMAGES),
    Action("move_up", p("Move the slices 1 mm up"), "Alt+Up", Where.IMAGES),
    Action("move_down", p("Move the slices 1 mm down"), "Alt+Down", Where.IMAGES),
    Action("turn_left", p("Turn the slices by 1° to the left"), "Alt+Shift+Left", Where.IMAGES),
    Action("turn_right", p("Turn the slices by 1° to the right"), "Alt+Shift+Right", Where.IMAGES),
)
MOUSE: tuple[tuple[Phrase, Phrase], ...] = (
    (p("Wheel"), p("Scroll through slices")),
    (p("Right or middle drag"), p("Level and window")),
    (p("Double click"), p("Window of the header")),
    (p("Drag slices"), p("Move the slice group")),
    (p("Drag a handle"), p("Turn the slice group")),
)


KEY_NAMES: tuple[Phrase, ...] = (
    p("Ctrl"), p("Shift"), p("Return"), p("Space"), p("Esc"), p("Up"), p("Down"), p("Left"), p("Right"),
    p("Home"), p("End"), p("PgUp"), p("PgDown"),
)  # fmt: skip
_SAID = {k.text: k for k in KEY_NAMES}


def keys_of(key: str) -> str:
    """A key sequence as the keyboard says it; signs where the system has signs for its keys."""
    native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    if len(native) == 1:
        return native
    return "+".join(say(_SAID[part]) if part in _SAID else part for part in native.split("+"))


def named(name: str) -> Action:
    """The action of this name."""
    return next(a for a in ACTIONS if a.name == name)
