"""What each action of the table does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from remote_console.texts import LANGUAGES
from remote_console.ui.main_window import MainWindow
from remote_console.ui.sheets import AboutSheet, HelpSheet, PaletteSheet

if TYPE_CHECKING:
    from remote_console.ui.conductor import Conductor


class Dispatch:
    """Carries out actions by name, from keys, buttons and the palette alike."""

    def __init__(self, window: MainWindow, conductor: Conductor) -> None:
        self._window, self._conductor = window, conductor
        self._deeds = {**self._on_the_desk(), **self._in_the_images()}

    def act(self, name: str) -> None:
        """Carry out an action of the table."""
        if name.startswith("focus_"):
            number = int(name.removeprefix("focus_")) - 1
            scanners = self._conductor.state.in_order
            if number < len(scanners):
                self._conductor.focus(scanners[number].key)
            return
        self._deeds[name]()

    def _on_the_desk(self) -> dict[str, Callable[[], object]]:
        w, c = self._window, self._conductor
        return {
            "stop": c.stop,
            "go_to_start": w.readiness.start.setFocus,
            "previous_step": lambda: self._step_by(-1),
            "next_step": lambda: self._step_by(1),
            "undo": c.edits.undo,
            "compare": w.editor.toggle_compare,
            "repeat": self._repeat,
            "open_protocol": w.queue.ask_protocols,
            "go_to_parameters": w.editor.go_to,
            "show_planes": lambda: w.images.show_page(0),
            "show_series": lambda: w.images.show_page(1),
            "request": w.control.ask,
            "release": c.release,
            "acknowledge": w.alarms.acknowledge_first,
            "note": w.timeline.note.setFocus,
            "palette": self._open_palette,
            "language": self._next_language,
            "help": lambda: HelpSheet(w.centre).open(),
            "about": lambda: AboutSheet(w.centre).open(),
        }

    def _in_the_images(self) -> dict[str, Callable[[], object]]:
        images = self._window.images
        return {
            "slice_back": lambda: images.active.scroll(-1),
            "slice_on": lambda: images.active.scroll(1),
            "first_slice": lambda: images.active.go_to(0),
            "last_slice": lambda: images.active.go_to(images.active.count - 1),
            "darker": lambda: images.change_window(0.05, 0.0),
            "brighter": lambda: images.change_window(-0.05, 0.0),
            "flatter": lambda: images.change_window(0.0, 0.1),
            "steeper": lambda: images.change_window(0.0, -0.1),
            "preset": self._next_preset,
            "reset_window": images.reset_window,
        }

    def _next_preset(self) -> None:
        self._window.images.next_preset()
        self._window.settings.preset = self._window.images.preset

    def _step_by(self, by: int) -> None:
        scanner = self._conductor.state.focused
        steps = [s.step_id for s in scanner.exam.steps] if scanner and scanner.exam else []
        if not steps or scanner is None:
            return
        here = steps.index(scanner.step.step_id) if scanner.step else 0
        self._conductor.choose_step(steps[min(max(here + by, 0), len(steps) - 1)])

    def _repeat(self) -> None:
        scanner = self._conductor.state.focused
        if scanner is not None and scanner.step is not None:
            self._conductor.ask_repeat(scanner.step.step_id)

    def _open_palette(self) -> None:
        sheet = PaletteSheet(self._window.centre)
        sheet.chosen.connect(self._conductor.act)
        sheet.open()

    def _next_language(self) -> None:
        codes = list(LANGUAGES)
        here = codes.index(self._window.settings.language)
        self._conductor.change_language(codes[(here + 1) % len(codes)])
