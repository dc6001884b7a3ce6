"""Typed values and dragged slices: tried at the scanner first, then applied.

- Every edit is noted at once, so that START is disabled before the press that follows it.
- A text that is no value never leaves this window; it is explained under its field.
- What was tried is applied only if it is still the newest try, at the same scanner, without a conflict.
- One value at a time: what is typed meanwhile waits here until the one before was answered, and is then
  tried under the revision that it left. Nothing waits across another step, another scanner or a lost link.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from mr_contract import console_messages as cm
from mr_contract.geometry import SliceGroup
from mr_contract.model import ParameterValue, ParameterValues
from mr_contract.vocabulary import Privilege
from remote_console.core.fleet import (
    FieldSettled,
    FleetEvent,
    FleetState,
    ScannerKey,
    TextNotRead,
    ValuesQueued,
)
from remote_console.core.parameters import NotAValue, parse, with_unit
from remote_console.core.phrases import NOTHING
from remote_console.ui.parameter_editor import ParameterEditor

TRY_EVERY_S = 0.2


class Edits:
    """Edits of the step in hand of the scanner in focus."""

    def __init__(
        self,
        state: Callable[[], FleetState],
        send: Callable[[ScannerKey, cm.ConsoleCommand], None],
        note: Callable[[FleetEvent], None],
        editor: ParameterEditor,
        clock: Callable[[], float],
    ) -> None:
        """`send` and `note` have shown what follows from them when they return."""
        self._state, self._send, self._note = state, send, note
        self._editor, self._clock = editor, clock
        self._trying: tuple[str, ParameterValues] | None = None
        self._at: tuple[ScannerKey, str, str] | None = None
        """Scanner, exam and step in which all of this was typed or dragged: it is applied nowhere else."""
        self._last_try_s = 0.0
        self._applying: str | None = None
        self._waiting: dict[str, ParameterValue] = {}
        self._dropped: tuple[SliceGroup, ...] | None = None

    def offer_value(self, key: str, text: str) -> None:
        """A typed value: wrong ones are explained here, right ones are tried at the scanner."""
        scanner = self._state().focused
        detail = scanner.detail if scanner else None
        spec = next((s for s in detail.specs if s.key == key), None) if detail else None
        if scanner is None or spec is None:
            return
        value = parse(spec, text)
        if isinstance(value, NotAValue):
            nearest = {key: value.nearest} if value.nearest is not None else None
            shown = with_unit(spec, value.nearest) if value.nearest is not None else NOTHING
            self._note(TextNotRead(scanner.key, key))
            self._editor.show_problem(key, value.words, nearest, shown)
            return
        self._go_to_here()
        trying = self._trying[1] if self._trying else {}
        if self._applying is not None or (trying and set(trying) != {key}):
            self._waiting[key] = value
            self._note_waiting(scanner.key)
            return
        self._try({key: value}, None)

    def take_remedy(self, key: str, changes: ParameterValues) -> None:
        """A remedy was achievable when it was offered: it is the edit."""
        self.give_up(key)
        self._go_to_here()
        self._edit(changes, None)

    def give_up(self, key: str) -> None:
        """What was typed into this field is forgotten; what the scanner said stands."""
        scanner = self._state().focused
        if scanner is not None:
            self._waiting.pop(key, None)
            self._note_waiting(scanner.key)
            self._note(FieldSettled(scanner.key, key))

    def _note_waiting(self, key: ScannerKey) -> None:
        self._note(ValuesQueued(key, tuple(self._waiting)))

    def tried(self, answer: cm.EditTried) -> None:
        """What was tried without a conflict is applied; a drag that goes on is not."""
        if self._trying is None or self._trying[0] != answer.command_id:
            return
        _, changes = self._trying
        self._trying = None
        if self._at != self._here():
            self.forget()
        elif changes and not answer.step.conflicts:
            self._edit(changes, None)
        else:
            self._go_on()

    def answered(self, command_id: str, *, accepted: bool) -> None:
        """An edit was answered, or a try was refused: the next value may be tried."""
        if self._trying is not None and self._trying[0] == command_id and not accepted:
            self._trying = None
            self._go_on()
        elif self._applying == command_id:
            self._applying = None
            self._go_on()

    def _here(self) -> tuple[ScannerKey, str, str] | None:
        """What is in hand now."""
        scanner = self._state().focused
        if scanner is None or scanner.exam is None or scanner.detail is None:
            return None
        return scanner.key, scanner.exam.exam_id, scanner.detail.step_id

    def _go_to_here(self) -> None:
        """A new value is of what is in hand now; what waits for elsewhere is forgotten."""
        here = self._here()
        if self._at not in (None, here):
            self.forget()
        self._at = here

    def _go_on(self) -> None:
        if self._at != self._here():
            self.forget()
        elif self._dropped is not None:
            groups, self._dropped = self._dropped, None
            self._edit({}, groups)
        elif self._waiting:
            key = next(iter(self._waiting))
            self._try({key: self._waiting.pop(key)}, None)
            if scanner := self._state().focused:
                self._note_waiting(scanner.key)

    def try_slices(self, groups: tuple[SliceGroup, ...]) -> None:
        """While slices are dragged: what would it do? At most five times a second."""
        self._go_to_here()
        now = self._clock()
        if now - self._last_try_s >= TRY_EVERY_S:
            self._last_try_s = now
            self._try({}, groups)

    def set_slices(self, groups: tuple[SliceGroup, ...]) -> None:
        """Slices were let go: that is the edit."""
        self._go_to_here()
        self._trying = None
        if self._applying is None:
            self._edit({}, groups)
        else:
            self._dropped = groups

    def undo(self) -> None:
        """Take the last edit of the step in hand back."""
        scanner = self._state().focused
        if scanner and scanner.detail and scanner.detail.can_undo and scanner.may(Privilege.EDIT):
            detail = scanner.detail
            undo = cm.UndoEdit(
                command_id=uuid.uuid4().hex, scanner=scanner.key.scanner, step_id=detail.step_id,
                revision=detail.revision,
            )  # fmt: skip
            self._send(scanner.key, undo)

    def forget(self) -> None:
        """Another step, scanner or a lost link: an answer that still comes applies nothing."""
        self._trying, self._applying = None, None
        self._waiting.clear()
        self._dropped = None
        if scanner := self._state().focused:
            self._note_waiting(scanner.key)

    def _try(self, changes: ParameterValues, slices: tuple[SliceGroup, ...] | None) -> None:
        scanner = self._state().focused
        if scanner is None or scanner.detail is None:
            return
        command = cm.TryEdit(
            command_id=uuid.uuid4().hex, scanner=scanner.key.scanner, step_id=scanner.detail.step_id,
            revision=scanner.detail.revision, changes=changes, slices=slices,
        )  # fmt: skip
        self._trying = (command.command_id, changes)
        self._send(scanner.key, command)

    def _edit(self, changes: ParameterValues, slices: tuple[SliceGroup, ...] | None) -> None:
        scanner = self._state().focused
        if scanner is None or scanner.detail is None:
            return
        command = cm.EditStep(
            command_id=uuid.uuid4().hex, scanner=scanner.key.scanner, step_id=scanner.detail.step_id,
            revision=scanner.detail.revision, changes=changes, slices=slices,
        )  # fmt: skip
        self._applying = command.command_id
        self._send(scanner.key, command)
