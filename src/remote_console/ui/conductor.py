"""Between the window and the network: messages become state, state is shown, intentions become commands.

- Nothing is kept for later: a command for a site that is not heard is not sent at all.
- STOP goes out first and is noted afterwards; it asks nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from pydantic import BaseModel
from PySide6.QtCore import QObject, QTimer

from mr_contract import console_messages as cm
from mr_contract.vocabulary import LinkLossAction, Privilege
from remote_console.core import fleet as f
from remote_console.core.control_card import CardKind, control_card
from remote_console.core.fleet_reducer import reduce
from remote_console.core.images import Picture, SliceImage
from remote_console.core.phrases import p
from remote_console.core.readiness import StartOffer
from remote_console.core.signing import SigningOffer
from remote_console.link import JournalRolledBack, RenewalFailed
from remote_console.link.boot_clock import boot_s
from remote_console.texts import use
from remote_console.ui import rendering
from remote_console.ui.desk import Desk, DeskSignals
from remote_console.ui.dispatch import Dispatch
from remote_console.ui.dividing import Dividing
from remote_console.ui.edits import Edits
from remote_console.ui.gathering import Gathering
from remote_console.ui.looking import Looking
from remote_console.ui.main_window import MainWindow
from remote_console.ui.mistakes import Mistakes
from remote_console.ui.new_command import new_command
from remote_console.ui.patient_talking import PatientTalking
from remote_console.ui.sheet import Sheet
from remote_console.ui.sheets import ConnectSheet, RepeatSheet
from remote_console.ui.signing_sheet import SigningSheet
from remote_console.ui.talking import Talking

TICK_MS = 250
FRAMES_TOGETHER_MS = 40


class Conductor(QObject):
    """Owns the state of the desk; the only place where commands are made."""

    def __init__(
        self,
        window: MainWindow,
        desk: Desk,
        signals: DeskSignals,
        *,
        clock: Callable[[], float] = time.monotonic,
        boot_clock: Callable[[], float] = boot_s,
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(window)
        self._window, self._desk, self._clock, self._zone = window, desk, clock, zone
        self.state = f.FleetState(letters=window.settings.letters)
        self.gathering = Gathering(desk, lambda: self.state, self._command, clock)
        self.edits = Edits(lambda: self.state, self._send_shown, self._reduce_shown, window.editor, clock)
        self.looking = Looking(window, desk, signals, lambda: self.state, boot_clock)
        self.talking = Talking(window, desk, signals, self.looking, lambda: self.state)
        self.dividing = Dividing(window, lambda: self.state, self._command)
        self.mistakes = Mistakes(window, lambda: self.state, self._send, self._send_anyway, zone=zone)
        self.patient = PatientTalking(window, self.looking, self.talking, lambda: self.state, self._send)
        self._dispatch = Dispatch(window, self)
        window.images.preset = window.settings.preset
        self._shown_soon = QTimer(self, singleShot=True)
        self._shown_soon.timeout.connect(self.show)
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self.tick)
        signals.said.connect(self.hear)
        signals.lost.connect(self.lose)
        signals.frame.connect(self._take_frame)
        signals.unreadable.connect(self.gathering.take_unreadable)
        signals.not_fetched.connect(self.gathering.not_fetched)
        self._connect()
        self.change_language(window.settings.language)
        self._tick.start()
        self.show()

    def _connect(self) -> None:
        w = self._window
        w.acted.connect(self.act)
        w.fleet.chosen.connect(self.focus)
        w.fleet.connect_asked.connect(lambda: ConnectSheet(w.centre).open())
        w.top.about_asked.connect(lambda: self.act("about"))
        w.top.language_asked.connect(lambda: self.act("language"))
        w.alarms.acknowledged.connect(self.acknowledge)
        w.alarms.focus_asked.connect(self.focus)
        w.queue.step_chosen.connect(self.choose_step)
        w.queue.series_opened.connect(self.open_series)
        w.queue.repeat_asked.connect(self.ask_repeat)
        w.queue.protocols_wanted.connect(lambda: self._command(cm.ListProtocols))
        w.queue.protocol_chosen.connect(lambda i: self._command(cm.OpenProtocol, protocol_id=i))
        w.editor.offered.connect(self.edits.offer_value)
        w.editor.remedy_taken.connect(self.edits.take_remedy)
        w.editor.given_up.connect(self.edits.give_up)
        w.editor.undo_asked.connect(self.edits.undo)
        w.images.series_chosen.connect(self.look_at)
        w.images.groups_dragged.connect(self.edits.try_slices)
        w.images.groups_dropped.connect(self.edits.set_slices)
        w.control.asked.connect(self.request_control)
        w.control.withdrawn.connect(self.withdraw)
        w.control.released.connect(self.release)
        w.readiness.start_pressed.connect(self.start)
        w.readiness.arm_pressed.connect(self.arm)
        w.readiness.disarm_pressed.connect(
            lambda o: self._send(o.key, new_command(cm.DisarmStep, o.key, step_id=o.step_id))
        )
        w.readiness.stop_pressed.connect(self.stop)
        w.readiness.first_level_decided.connect(
            lambda offer: self._command(
                cm.DecideFirstLevel, up_to_w_per_kg=offer.w_per_kg, up_to_pns_percent=offer.pns_percent
            )
        )
        w.readiness.signature_asked.connect(self.ask_signature)
        w.sound.check.asked.connect(lambda: self._command(cm.AskAudioCheck))
        w.sound.check.answered.connect(
            lambda check, hears: self._command(cm.ConfirmAudioCheck, check_id=check, hears=hears)
        )
        w.timeline.note_written.connect(lambda t: self._command(cm.SendNote, text=t))
        w.stop_notice.put_away.connect(lambda key: self._reduce(f.StopNoticePutAway(key)))
        w.site_notice.put_away.connect(w.site_notice.hide)
        w.away.put_away.connect(lambda: self._of_focus(f.AwayRead))
        w.refusal.put_away.connect(lambda: self._of_focus(f.AnswerRead))

    # ------------------------------------------------------------------ what arrives

    def hear(self, site: str, message: object) -> None:
        """A message of a site's agent."""
        if not isinstance(message, BaseModel):
            self._heard_of_link(site, message)
            return
        before = self.state
        self._reduce(f.AgentSaid(site, message, self._clock(), datetime.now(UTC)))  # type: ignore[arg-type]
        match message:
            case cm.AgentHello():
                self.gathering.begin_anew(site)
                self._window.settings.letters = self.state.letters
            case cm.ExamChanged(scanner=scanner) | cm.ControlChanged(scanner=scanner):
                self.gathering.forget_unless_viewed(before, f.ScannerKey(site, scanner))
            case cm.EditTried():
                self.edits.tried(message)
            case cm.Outcome(command_id=command_id, accepted=accepted):
                if not accepted:
                    self._window.images.show_anew()  # slices that were dragged go back to where they are
                self.edits.answered(command_id, accepted=accepted)
            case _:
                pass
        self.gathering.ask_for_missing()

    def _heard_of_link(self, site: str, happening: object) -> None:
        """Words of the link itself: they are no sign of life of the agent."""
        match happening:
            case JournalRolledBack():
                words = p(
                    "The site's journal ends earlier than this desk remembers: "
                    "it was replaced or cut. Call the site"
                )
            case RenewalFailed(why=why):
                words = p("This desk's certificate could not be renewed: {why}", why=why)
            case _:
                return
        self._window.site_notice.show_state(p("{site}: read this", site=site), (words,))

    def lose(self, site: str) -> None:
        """The link of this site is down."""
        if self.state.focus is not None and self.state.focus.site == site:
            self.edits.forget()
        self._reduce(f.LinkLost(site, self._clock()))

    def _take_frame(self, site: str, header: Picture, image: SliceImage) -> None:
        """Many come at once: they are shown together."""
        self.gathering.take_frame(site, header, image)
        if not self._shown_soon.isActive():
            self._shown_soon.start(FRAMES_TOGETHER_MS)

    def tick(self) -> None:
        """The window lives: say so, and let what depends on time be seen."""
        self._desk.window_alive()
        self._reduce(f.Ticked(self._clock()))
        self.gathering.tick()

    def rest(self) -> None:
        """No tick any more: the window is closing, so the lease ends."""
        self._tick.stop()
        self._shown_soon.stop()
        self.looking.rest()
        self.talking.rest()

    def show(self) -> None:
        """Show the state now."""
        self._shown_soon.stop()
        rendering.show(
            self._window, self.state, self.gathering.pictures, zone=self._zone, wall=datetime.now(UTC)
        )
        self.dividing.look()
        self.looking.look()
        self.talking.look()
        self.patient.look()

    def _reduce(self, event: f.FleetEvent) -> None:
        self.state = reduce(self.state, event)
        self._shown_soon.start(0)

    def _reduce_shown(self, event: f.FleetEvent) -> None:
        """Shown before the next press can come: what is drawn is never behind what was typed."""
        self._reduce(event)
        self.show()

    def _send_shown(self, key: f.ScannerKey, command: cm.ConsoleCommand) -> None:
        self._send(key, command)
        self.show()

    def _of_focus(self, event: Callable[[f.ScannerKey], f.FleetEvent]) -> None:
        if self.state.focus is not None:
            self._reduce(event(self.state.focus))

    # ------------------------------------------------------------------ commands

    def _send(self, key: f.ScannerKey, command: cm.ConsoleCommand) -> None:
        site = self.state.sites.get(key.site)
        if site is None or not site.connected:
            return
        self._send_anyway(key, command)

    def _send_anyway(self, key: f.ScannerKey, command: cm.ConsoleCommand) -> None:
        """Sent first, whatever is known of the link, and noted afterwards."""
        self._desk.send(key.site, command)
        self._reduce(f.CommandSent(key, command, self._clock()))

    def _command(self, kind: Callable[..., cm.ConsoleCommand], **fields: object) -> None:
        """A command for the scanner in focus."""
        if self.state.focus is not None:
            self._send(self.state.focus, new_command(kind, self.state.focus, **fields))

    def stop(self) -> None:
        """Stop the scanner in focus: sent first, noted afterwards."""
        key = self.state.focus
        if key is None:
            return
        command = new_command(cm.StopScan, key)
        self._desk.stop(key.site, key.scanner, command.command_id)
        self._reduce(f.CommandSent(key, command, self._clock()))
        if self._window.readiness.start.hasFocus():
            self._window.readiness.go_to_reasons()  # after a stop, no key that is pressed by habit starts

    def start(self, offer: StartOffer) -> None:
        """Start what was drawn when the press began; the beat dates the command, not the picture."""
        beat = self.state.sites[offer.key.site].beat
        if beat is None:
            return  # not heard any more: nothing is sent, now or later
        self._send(
            offer.key,
            new_command(
                cm.StartStep, offer.key, step_id=offer.step_id, revision=offer.revision,
                standing=offer.standing, beat=beat,
            ),
        )  # fmt: skip

    def arm(self, offer: StartOffer) -> None:
        """Let the agent put this step through the gate when the running one ends."""
        self._send(
            offer.key, new_command(cm.ArmStep, offer.key, step_id=offer.step_id, revision=offer.revision)
        )

    def request_control(
        self, privileges: tuple[Privilege, ...], action: LinkLossAction, digest: str | None = None
    ) -> None:
        """Ask the local operator; `digest` is of the list of who does what that was shown."""
        self._command(
            cm.RequestControl, privileges=privileges, link_loss_action=action, responsibilities=digest
        )

    def acknowledge(self, key: f.ScannerKey, alarm_id: str) -> None:
        """End an alarm's sound."""
        self._send(key, new_command(cm.AcknowledgeAlarm, key, alarm_id=alarm_id))

    # ------------------------------------------------------------------ looking around

    def focus(self, key: f.ScannerKey) -> None:
        """The keyboard belongs to this scanner from now on."""
        self.edits.forget()
        self._reduce(f.Focused(key))
        self.gathering.ask_for_missing()
        self.show()

    def choose_step(self, step_id: str) -> None:
        """Take a step in hand."""
        if self.state.focus is not None:
            self.edits.forget()
            self._reduce(f.StepSelected(self.state.focus, step_id))
            self.gathering.ask_for_missing()

    def open_series(self, step_id: str) -> None:
        """Show the images of a step."""
        self.choose_step(step_id)
        self._window.images.show_page(1)

    def look_at(self, uid: str) -> None:
        """Show another series of the step in hand."""
        self.gathering.look_at(uid)
        self.show()

    def ask_repeat(self, step_id: str) -> None:
        """Ask for the reason first; it is of this scanner and this exam, wherever one looks meanwhile."""
        scanner = self.state.focused
        step = scanner.step if scanner else None
        if scanner is None or step is None or step.step_id != step_id:
            return
        if self._window.queue.repeat_button.isEnabled():
            sheet = RepeatSheet(self._window.centre, step_id, step.name)
            exam_id = scanner.exam.exam_id if scanner.exam else ""
            sheet.reason_given.connect(lambda s, r: self._repeat(scanner.key, exam_id, step_id=s, reason=r))
            sheet.open()

    def _repeat(self, key: f.ScannerKey, exam_id: str, **asked: str) -> None:
        exam = self.state.scanners[key].exam
        if exam is not None and exam.exam_id == exam_id:
            self._send(key, new_command(cm.RepeatStep, key, **asked))

    def ask_signature(self, offer: SigningOffer) -> None:
        """Show what is to be signed; the PIN goes into the command and nowhere else."""
        sheet = SigningSheet(self._window.centre, offer)
        sheet.signed.connect(
            lambda o, pin: self._send(
                o.key,
                new_command(cm.SignScreeningRemotely, o.key, exam_id=o.exam_id, screening=o.digest, pin=pin),
            )
        )
        sheet.open()

    def change_language(self, code: str) -> None:
        """Speak another language at once, everywhere."""
        use(code)
        self._window.settings.language = code
        self._window.top.show_language(code)
        for sheet in self._window.findChildren(Sheet):
            sheet.put_away()
        self._window.retranslate()
        self._shown_soon.start(0)

    def act(self, name: str) -> None:
        """Carry out an action of the table."""
        self._dispatch.act(name)

    def withdraw(self) -> None:
        """Take this desk's own request back, where one is open."""
        scanner = self.state.focused
        if scanner is not None and control_card(self.state, scanner).kind is CardKind.WAITING:
            self._command(cm.WithdrawRequest)

    def release(self) -> None:
        """Give control back, where this desk holds it."""
        if self.state.focused is not None and self.state.focused.control.yours:
            self._command(cm.ReleaseControl)
