"""Who does what, between the desk's state and its sheet: opened, kept up to date, changed, acknowledged."""

from __future__ import annotations

from collections.abc import Callable

from mr_contract import console_messages as cm
from remote_console.core.fleet import FleetState
from remote_console.core.responsibilities import ListState, responsibilities
from remote_console.ui.main_window import MainWindow
from remote_console.ui.responsibilities_sheet import ResponsibilitiesSheet


class Dividing:
    """Makes the two commands of the list, each for the list that was shown."""

    def __init__(
        self, window: MainWindow, state: Callable[[], FleetState], command: Callable[..., None]
    ) -> None:
        self._window, self._state, self._command = window, state, command
        window.control.list_wanted.connect(self.ask)
        window.control.list_acknowledged.connect(self._acknowledge)

    def ask(self) -> None:
        """Open the list of the exam in focus, where there is one."""
        shown = self._shown()
        if shown is None:
            return
        sheet = ResponsibilitiesSheet(self._window.centre)
        sheet.move_asked.connect(self._move)
        sheet.acknowledged.connect(self._acknowledge)
        sheet.show_state(shown)
        sheet.open()

    def look(self) -> None:
        """A sheet that is open shows the list that holds now; without a list it is put away."""
        shown = self._shown()
        for sheet in self._sheets():
            if shown is None:
                sheet.put_away()
            else:
                sheet.show_state(shown)

    def _sheets(self) -> tuple[ResponsibilitiesSheet, ...]:
        return tuple(s for s in self._window.centre.findChildren(ResponsibilitiesSheet) if s.isVisible())

    def _shown(self) -> ListState | None:
        fleet = self._state()
        return responsibilities(fleet, fleet.focused) if fleet.focused else None

    def _move(self, digest: str, item: str) -> None:
        self._command(cm.MoveResponsibility, digest=digest, item=item)

    def _acknowledge(self, digest: str) -> None:
        self._command(cm.AcknowledgeResponsibilities, digest=digest)
