"""Wrong patient or side, from the desk: reported by one press more, a correction read and agreed to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from mr_contract.console_messages import AgreeCorrection, ConsoleCommand, ReportWrong
from mr_contract.vocabulary import Mistaken
from remote_console.core.fleet import FleetState, ScannerKey
from remote_console.core.quarantine import Correction, Mistakable, earlier_exams, mistakable
from remote_console.ui.main_window import MainWindow
from remote_console.ui.new_command import new_command
from remote_console.ui.quarantine_sheets import CorrectionSheet, EarlierSheet, MistakeSheet

Send = Callable[[ScannerKey, ConsoleCommand], None]


class Mistakes:
    """Makes the two commands of an exam that was mistaken.

    `send_anyway` sends whatever is known of the link, as a stop is sent.
    """

    def __init__(
        self,
        window: MainWindow,
        state: Callable[[], FleetState],
        send: Send,
        send_anyway: Send,
        *,
        zone: tzinfo | None,
    ) -> None:
        self._window, self._state, self._send, self._send_anyway = window, state, send, send_anyway
        self._zone = zone
        window.band.mistake_pressed.connect(self.ask)
        window.band.earlier_pressed.connect(self.ask_earlier)
        window.quarantine.read_asked.connect(self._show_correction)

    def ask(self) -> None:
        """What is wrong with the open exam: one press more. Where none is open: with an earlier one."""
        scanner = self._state().focused
        exam = mistakable(scanner)
        if exam is not None:
            earlier = bool(earlier_exams(scanner, zone=self._zone))
            sheet = MistakeSheet(self._window.centre, exam, earlier=earlier)
            sheet.said.connect(self._report)
            sheet.earlier_asked.connect(self.ask_earlier)
            sheet.open()
        elif scanner is not None and scanner.exam is None:
            self.ask_earlier()

    def ask_earlier(self) -> None:
        """Which of the exams that were closed lately, and what was wrong."""
        scanner = self._state().focused
        if scanner is not None:
            sheet = EarlierSheet(self._window.centre, earlier_exams(scanner, zone=self._zone))
            sheet.said.connect(self._report)
            sheet.open()

    def _report(self, exam: Mistakable, mistaken: Mistaken) -> None:
        self._send_anyway(
            exam.key, new_command(ReportWrong, exam.key, exam_id=exam.exam_id, mistaken=mistaken)
        )

    def _show_correction(self, key: ScannerKey, correction: Correction) -> None:
        sheet = CorrectionSheet(self._window.centre, correction)
        sheet.signed.connect(
            lambda c: self._send(
                key, new_command(AgreeCorrection, key, exam_id=c.exam_id, correction_id=c.correction_id)
            )
        )
        sheet.open()
