"""Wrong patient or side, from the desk: reported by one press more, a correction read and agreed to."""

from __future__ import annotations

from collections.abc import Callable

from mr_contract.console_messages import AgreeCorrection, ConsoleCommand, ReportWrong
from mr_contract.vocabulary import Mistaken
from remote_console.core.fleet import FleetState, ScannerKey
from remote_console.core.quarantine import Correction, Mistakable, mistakable
from remote_console.ui.main_window import MainWindow
from remote_console.ui.new_command import new_command
from remote_console.ui.quarantine_sheets import CorrectionSheet, MistakeSheet

Send = Callable[[ScannerKey, ConsoleCommand], None]


class Mistakes:
    """Makes the two commands of an exam that was mistaken.

    `send_anyway` sends whatever is known of the link, as a stop is sent.
    """

    def __init__(
        self, window: MainWindow, state: Callable[[], FleetState], send: Send, send_anyway: Send
    ) -> None:
        self._window, self._state, self._send, self._send_anyway = window, state, send, send_anyway
        window.band.mistake_pressed.connect(self.ask)
        window.quarantine.read_asked.connect(self._show_correction)

    def ask(self) -> None:
        """What is wrong: one press more."""
        exam = mistakable(self._state().focused)
        if exam is not None:
            sheet = MistakeSheet(self._window.centre, exam)
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
