"""Speaking to the patient of the scanner in focus: what a key or button asks of the agent.

- A voice is asked for when the key goes down and given up when it goes up; losing the focus, the window or
  the grant gives it up too. Nothing is kept for later.
- The microphone goes to the site while the key is held; whether the patient hears it, the agent decides.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from mr_contract.console_messages import CloseIntercom, ConsoleCommand, GiveBreathCommand, OpenIntercom
from mr_contract.vocabulary import BreathCommand, LinkLossAction, Privilege
from remote_console.core.fleet import FleetState, ScannerKey
from remote_console.core.patient_hearing import PatientHearing, patient_banner, patient_hearing
from remote_console.core.picture_tiles import MediaLink
from remote_console.texts import say
from remote_console.ui.looking import Looking
from remote_console.ui.main_window import MainWindow
from remote_console.ui.new_command import new_command
from remote_console.ui.talking import Talking

Send = Callable[[ScannerKey, ConsoleCommand], None]


class PatientTalking(QObject):
    """Owns the key with which one speaks to the patient."""

    def __init__(
        self,
        window: MainWindow,
        looking: Looking,
        talking: Talking,
        state: Callable[[], FleetState],
        send: Send,
    ) -> None:
        super().__init__(window)
        self._window, self._looking, self._talking = window, looking, talking
        self._state, self._send = state, send
        self._to: ScannerKey | None = None
        self.shown = PatientHearing()
        """What the panel says."""
        for source in (window.patient_held, window.patient.held):
            source.connect(self.hold)
        for breaths in (window.breath_held, window.patient.breath_held):
            breaths.connect(self.breathe)
        window.patient.asked.connect(self.ask)

    def hold(self, held: bool) -> None:
        """The key goes down or up."""
        if not held:
            self._let_go()
        elif self._to is None and self.shown.may_speak:
            self._begin(OpenIntercom)

    def breathe(self, breath: BreathCommand, held: bool) -> None:
        """A breath-hold command: said while it is held, or played."""
        if not held:
            self._let_go()
            return
        panel, focus = self._window.patient, self._state().focus
        if self._to is not None or focus is None or not panel.breaths[breath].isEnabled():
            return
        recorded = self.shown.must_play or panel.recorded.isChecked()
        fields = {"breath": breath, "recorded": recorded, "language": panel.chosen_language()}
        if recorded:
            self._send(focus, new_command(GiveBreathCommand, focus, **fields))
        else:
            self._begin(GiveBreathCommand, **fields)

    def ask(self) -> None:
        """Ask the local operator for it too; everything else stays as it is granted."""
        scanner = self._state().focused
        if scanner is not None and self.shown.may_ask:
            self._window.control.ask_for(
                (*scanner.control.privileges, Privilege.PATIENT),
                scanner.control.link_loss_action or LinkLossAction.FINISH_SEQUENCE,
            )

    def look(self) -> None:
        """Show what is so now."""
        state = self._state()
        scanner = state.focused
        link = self._looking.link_of(scanner.key) if scanner else MediaLink()
        self.shown = patient_hearing(state, scanner, link, self._talking.facts)
        if self._to is not None and (self._to != state.focus or not self.shown.may_speak):
            self._let_go()
        self._window.patient.show_state(self.shown)
        self._window.patient_banner.show_words(say(patient_banner(state)))

    def _begin(self, kind: Callable[..., ConsoleCommand], **fields: object) -> None:
        focus = self._state().focus
        if focus is not None:
            self._to = focus
            self._talking.speak_to_patient(focus)
            self._send(focus, new_command(kind, focus, **fields))

    def _let_go(self) -> None:
        to, self._to = self._to, None
        if to is not None:
            self._talking.speak_to_patient(None)
            self._send(to, new_command(CloseIntercom, to))
