"""Which microphone and which headset; how loud they are is seen beside the talk button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from remote_console.core.sound import SoundFacts
from remote_console.texts import tr
from remote_console.ui.pieces import ChoiceBox, button, column, label
from remote_console.ui.sheet import Sheet


class SoundSheet(Sheet):
    """A choice counts at once."""

    chosen = Signal(str, str)
    """Microphone and headset; empty: the system's own choice."""
    tone_asked = Signal()

    def __init__(self, over: QWidget, facts: SoundFacts | None, microphone: str, speaker: str) -> None:
        super().__init__(over, tr("Sound"), (0.5, 0.3))
        known = facts or SoundFacts()
        self.microphone = _choice(known.microphones, microphone)
        self.speaker = _choice(known.speakers, speaker)
        table = QGridLayout()
        table.setColumnStretch(1, 1)
        for number, (name, box) in enumerate(
            ((tr("Microphone"), self.microphone), (tr("Headset or speaker"), self.speaker))
        ):
            table.addWidget(label(name), number, 0)
            table.addWidget(box, number, 1)
            box.currentIndexChanged.connect(self._choose)
        self.body.addLayout(table)
        self.tone_button = button(tr("Play a tone"), self.tone_asked.emit)
        self.body.addWidget(self.tone_button, 0, Qt.AlignmentFlag.AlignLeft)
        words = column(gap=6)
        for sentence in (
            tr("Use a headset: from a loudspeaker the site hears itself."),
            tr("Speak, and look at your meter beside Talk; ask “can you hear me?” before the exam."),
            "" if known.microphones or known.speakers else tr("No sound device: everything else works"),
        ):
            if sentence:
                words.addWidget(label(sentence, "small", wrap=True))
        self.body.addLayout(words)
        self.body.addStretch(1)

    def _choose(self) -> None:
        self.chosen.emit(str(self.microphone.currentData()), str(self.speaker.currentData()))


def _choice(names: tuple[str, ...], chosen: str) -> ChoiceBox:
    """The system's choice first; a device that was chosen and is not there stays in the list."""
    box = ChoiceBox()
    box.addItem(tr("As the system chooses"), "")
    for name in names if not chosen or chosen in names else (*names, chosen):
        box.addItem(name, name)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box
