"""Talking on the desk: whom the microphone goes to, and what the devices are asked to do.

- Whoever talks talks to the scanner in focus; another focus ends it, and so does losing `talk`.
- While “can you hear me?” is asked the microphone is open by itself, and closed when it was answered.
- Other devices than those of a check void it: the agent is told.
- A held key counts only while the window is in front: what cannot be let go is not held.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from mr_contract.console_messages import VoidAudioCheck
from mr_contract.vocabulary import Privilege
from remote_console.core.audio_check import audio_check_state
from remote_console.core.fleet import FleetState, ScannerKey
from remote_console.core.picture_tiles import MediaLink, may_connect
from remote_console.core.sound import SoundFacts, SoundWish, Talk, sound_state
from remote_console.ui.desk import Desk, DeskSignals
from remote_console.ui.looking import Looking
from remote_console.ui.main_window import MainWindow
from remote_console.ui.sound_sheet import SoundSheet

LEVELS_MS = 100


class Talking(QObject):
    """Owns the talk key and the choice of devices."""

    def __init__(
        self,
        window: MainWindow,
        desk: Desk,
        signals: DeskSignals,
        looking: Looking,
        state: Callable[[], FleetState],
    ) -> None:
        super().__init__(window)
        self._window, self._desk, self._looking, self._state = window, desk, looking, state
        self._facts: SoundFacts | None = None
        self._talk: Talk | None = None
        self._to: ScannerKey | None = None
        self._patient: ScannerKey | None = None
        """Whose patient one speaks to."""
        self._sheet: SoundSheet | None = None
        self._asking = False
        self._devices: tuple[object, ...] = ()
        self.shown = sound_state(None, MediaLink(), None, None)
        """What the panel says."""
        signals.sound_changed.connect(self._devices_changed)
        window.talk_held.connect(self.hold)
        window.sound.held.connect(self.hold)
        window.sound.opened.connect(self.toggle_open)
        window.sound.devices_asked.connect(self.ask_devices)
        self._tick = QTimer(self, interval=LEVELS_MS)
        self._tick.timeout.connect(self._show_levels)
        self._tick.start()

    def rest(self) -> None:
        """Talk and listen no more: the window is closing."""
        self._tick.stop()
        self._desk.listen(SoundWish())

    def hold(self, held: bool) -> None:
        """The talk key or button goes down or up; an open microphone stays open."""
        if held and self._talk is None:
            self._begin(Talk.HELD)
        elif not held and self._talk is Talk.HELD:
            self._talk = None
        self.look()

    @property
    def facts(self) -> SoundFacts | None:
        """The sound devices; None until they were looked for."""
        return self._facts

    def speak_to_patient(self, key: ScannerKey | None) -> None:
        """The microphone goes to this site, also without talk; None: no more."""
        self._patient = key
        self._desk.listen(self._wish(self._state()))

    def toggle_open(self) -> None:
        """Open the microphone, or close it."""
        if self._talk is Talk.OPEN:
            self._talk = None
        else:
            self._begin(Talk.OPEN)
        self.look()

    def _begin(self, how: Talk) -> None:
        scanner = self._state().focused
        if scanner is None:
            return
        link = self._looking.link_of(scanner.key)
        if not sound_state(scanner, link, self._facts, how).may_talk:
            return
        self._talk, self._to = how, scanner.key

    def look(self) -> None:
        """Show what is so now, and tell the devices."""
        state = self._state()
        scanner = state.focused
        link = self._looking.link_of(scanner.key) if scanner else MediaLink()
        if scanner is None or scanner.key != self._to:
            self._talk = None
        self.shown = sound_state(scanner, link, self._facts, self._talk)
        if not self.shown.may_talk:
            self._talk = None
        check = audio_check_state(scanner, may_talk=self.shown.may_talk)
        if check.asking is not self._asking:
            self._ask_aloud(on=check.asking)
        self._void_checks(state)
        self._window.sound.show_state(self.shown, open_microphone=self._talk is Talk.OPEN)
        self._window.sound.check.show_state(check)
        self._desk.listen(self._wish(state))

    def _ask_aloud(self, *, on: bool) -> None:
        """The question begins or was answered: the microphone follows, and so does what is shown."""
        self._asking = on
        if on and self._talk is None:
            self._begin(Talk.OPEN)
        elif not on and self._talk is Talk.OPEN:
            self._talk = None
        scanner = self._state().focused
        link = self._looking.link_of(scanner.key) if scanner else MediaLink()
        self.shown = sound_state(scanner, link, self._facts, self._talk)

    def _void_checks(self, state: FleetState) -> None:
        """Tell every scanner with which a check was made over devices that are not in use any more."""
        settings = self._window.settings
        devices = (settings.microphone, settings.speaker, self._facts)
        if devices == self._devices:
            return
        self._devices = devices
        for scanner in state.in_order:
            if scanner.audio_check is not None and scanner.audio_check.yours:
                command = VoidAudioCheck(command_id=uuid.uuid4().hex, scanner=scanner.key.scanner)
                self._desk.send(scanner.key.site, command)

    def _wish(self, state: FleetState) -> SoundWish:
        settings = self._window.settings
        sounds = (Privilege.TALK, Privilege.PATIENT)
        on = any(may_connect(s) and any(s.may(x) for x in sounds) for s in state.in_order)
        talks = self._to if self._talk is not None else None
        return SoundWish(
            on=on,
            focus=_pair(state.focus),
            to=_pair(self._patient or talks),
            microphone=settings.microphone,
            speaker=settings.speaker,
        )

    # ------------------------------------------------------------ devices

    def ask_devices(self) -> None:
        """Which devices, and how loud they are."""
        settings = self._window.settings
        self._sheet = SoundSheet(self._window.centre, self._facts, settings.microphone, settings.speaker)
        self._sheet.chosen.connect(self._choose)
        self._sheet.tone_asked.connect(self._desk.play_tone)
        self._sheet.open()

    def _choose(self, microphone: str, speaker: str) -> None:
        self._window.settings.microphone, self._window.settings.speaker = microphone, speaker
        self.look()

    def _devices_changed(self, facts: SoundFacts) -> None:
        self._facts = facts
        self.look()

    def _show_levels(self) -> None:
        if self._window.sound.isVisible():
            self._window.sound.show_levels(*self._desk.sound_levels())


def _pair(key: ScannerKey | None) -> tuple[str, str] | None:
    return None if key is None else (key.site, key.scanner)
