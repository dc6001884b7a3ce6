"""What each action of the table does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from remote_console.core.fleet_cards import full_name
from remote_console.texts import LANGUAGES
from remote_console.ui.actions import FOCUS
from remote_console.ui.main_window import MainWindow
from remote_console.ui.sheets import AboutSheet, HelpSheet, PaletteSheet

if TYPE_CHECKING:
    from remote_console.ui.conductor import Conductor


MOVE_MM, TURN_DEG = 1.0, 1.0


class Dispatch:
    """Carries out actions by name, from keys, buttons and the palette alike."""

    def __init__(self, window: MainWindow, conductor: Conductor) -> None:
        self._window, self._conductor = window, conductor
        self._deeds = {**self._on_the_desk(), **self._in_the_images()}

    def act(self, name: str) -> None:
        """Carry out an action of the table."""
        if name.startswith(FOCUS):
            number = int(name.removeprefix(FOCUS)) - 1
            scanners = self._conductor.state.in_order
            if number < len(scanners):
                self._conductor.focus(scanners[number].key)
            return
        self._deeds[name]()

    def _on_the_desk(self) -> dict[str, Callable[[], object]]:
        w, c = self._window, self._conductor
        return {
            "stop": c.stop,
            "report_wrong": c.mistakes.ask,
            "report_earlier": c.mistakes.ask_earlier,
            "go_to_start": w.readiness.go_to_start,
            "previous_step": lambda: self._step_by(-1),
            "next_step": lambda: self._step_by(1),
            "undo": c.edits.undo,
            "compare": w.editor.toggle_compare,
            "repeat": self._repeat,
            "open_protocol": w.queue.ask_protocols,
            "go_to_parameters": w.editor.go_to,
            "show_planes": lambda: w.images.show_page(0),
            "show_series": lambda: w.images.show_page(1),
            "show_picture": lambda: w.images.show_page(2),
            "next_camera": c.looking.enlarge_next,
            "open_microphone": c.talking.toggle_open,
            "sound": c.talking.ask_devices,
            "request": w.control.ask,
            "responsibilities": c.dividing.ask,
            "withdraw": c.withdraw,
            "release": c.release,
            "decide": w.readiness.decide,
            "sign_screening": w.readiness.sign,
            "close_notice": w.close_notice,
            "go_to_planes": self._go_to_planes,
            "connect": w.fleet.connect_asked.emit,
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
            "previous_series": lambda: images.series_list.go_on(-1),
            "next_series": lambda: images.series_list.go_on(1),
            "darker": lambda: images.change_window(0.05, 0.0),
            "brighter": lambda: images.change_window(-0.05, 0.0),
            "flatter": lambda: images.change_window(0.0, 0.1),
            "steeper": lambda: images.change_window(0.0, -0.1),
            "preset": self._next_preset,
            "reset_window": images.reset_window,
            "next_plane": images.next_plane,
            "move_left": lambda: images.active.nudge(-MOVE_MM, 0.0),
            "move_right": lambda: images.active.nudge(MOVE_MM, 0.0),
            "move_up": lambda: images.active.nudge(0.0, -MOVE_MM),
            "move_down": lambda: images.active.nudge(0.0, MOVE_MM),
            "turn_left": lambda: images.active.nudge_angle(-TURN_DEG),
            "turn_right": lambda: images.active.nudge_angle(TURN_DEG),
        }

    def _go_to_planes(self) -> None:
        self._window.images.show_page(0)
        self._window.images.next_plane()

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
        names = [f"{s.letter} · {full_name(s)}" for s in self._conductor.state.in_order]
        sheet = PaletteSheet(self._window.centre, names)
        sheet.chosen.connect(self._conductor.act)
        sheet.open()

    def _next_language(self) -> None:
        codes = list(LANGUAGES)
        here = codes.index(self._window.settings.language)
        self._conductor.change_language(codes[(here + 1) % len(codes)])
