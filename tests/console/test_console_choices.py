"""Values of parameters that take one of a few words, in the language of the desk and nowhere as code."""

from __future__ import annotations

from datetime import UTC
from typing import get_args

import pytest
from console_scenes import NOON, A, Play, detail
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel

from mr_contract import console_messages as cm
from mr_contract.exam import Deviation
from mr_contract.parameters import Conflict, ParameterChange, ParameterGroup, ParameterSpec, Remedy
from mr_contract.views import TimelineEntry
from remote_console import texts
from remote_console.core.parameters import conflict_words, range_words
from remote_console.core.timeline import timeline_rows
from remote_console.core.vocabulary_words import CHOICE_WORDS, choice_words
from remote_console.texts import say
from simulated_mri.sequences import Choice, SequenceType, parameters

PHASE = ParameterSpec(
    key="phase_encoding", label="Phase encoding", group=ParameterGroup.GEOMETRY, choices=("ROW", "COL")
)


def test_every_choice_of_the_simulated_scanner_has_its_words() -> None:
    every = {
        choice
        for sequence in get_args(SequenceType)
        for parameter in parameters(sequence).values()
        if isinstance(parameter, Choice)
        for choice in parameter.choices
    }
    assert every == set(CHOICE_WORDS)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_no_choice_is_said_as_it_is_written_in_messages(language: str) -> None:
    texts.use(language)
    for value in CHOICE_WORDS:
        assert say(choice_words(value)) != value
    assert say(choice_words("SPAIR")) == "SPAIR"


def test_a_choice_is_shown_in_words_and_offered_as_the_scanner_knows_it(play: Play) -> None:
    play.in_control()
    play.conductor.change_language("de")
    play.conductor.show()
    field = play.window.editor.fields["phase_encoding"]
    box = field.edit
    assert isinstance(box, QComboBox)
    now, other = field.text, box.itemData(1 - box.currentIndex())
    assert {now, other} == {"ROW", "COL"}
    assert {box.itemText(n) for n in range(box.count())} == {"Zeilen", "Spalten"}
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down if box.currentIndex() == 0 else Qt.Key.Key_Up)
    assert play.desk.of(cm.TryEdit)[-1].changes == {"phase_encoding": other}
    play.conductor.change_language("fr")
    play.conductor.show()
    assert box.currentText() == ("lignes" if field.text == "ROW" else "colonnes")


def test_what_was_changed_approved_or_cannot_be_had_is_said_in_words_too(play: Play) -> None:
    play.in_control()
    before = detail("t2")
    now = before.values["phase_encoding"]
    other = "COL" if now == "ROW" else "ROW"
    change = ParameterChange(key="phase_encoding", before=now, after=other, why="x")
    step = before.model_copy(
        update={"values": {**before.values, "phase_encoding": other}, "changes": (change,)}
    )
    texts.use("de")
    play.say(A, cm.StepChanged(scanner=A.scanner, step=step))
    play.window.editor.toggle_compare()
    words = {"ROW": "Zeilen", "COL": "Spalten"}
    assert f"Phasenkodierung {words[str(now)]} → {words[other]}" in play.window.editor.also.text()
    field = play.window.editor.fields["phase_encoding"]
    assert any(words[str(now)] in part.text() for part in field.findChildren(QLabel))
    remedy = Remedy(changes={"phase_encoding": "ROW"}, words="Phase encoding ROW")
    conflict = Conflict(key="phase_encoding", wanted="COL", why="one coil", remedies=(remedy,))
    assert say(conflict_words(PHASE, conflict)) == "Spalten ist nicht verfügbar: one coil"
    assert say(range_words(PHASE)) == "Zeilen, Spalten"


def test_the_timeline_and_the_queue_say_choices_in_words(play: Play) -> None:
    texts.use("fr")
    edited = TimelineEntry(
        seq=1, at=NOON, scanner=A.scanner, kind="step_set", by=A.scanner,
        figures={"step": "T1", "asked": "contrast_agent AT_START"},
    )  # fmt: skip
    rows = timeline_rows((edited,), you="", zone=UTC, labels={"contrast_agent": "Contrast agent"})
    assert say(rows[0].words) == "T1\u00a0: Produit de contraste au début"
    play.in_control()
    exam = play.conductor.state.scanners[A].exam
    assert exam is not None
    found = Deviation(key="contrast_agent", label="Contrast agent", approved="NONE", value="GIVEN")
    steps = tuple(s.model_copy(update={"deviations": (found,)}) for s in exam.steps)
    play.say(A, cm.ExamChanged(scanner=A.scanner, exam=exam.model_copy(update={"steps": steps})))
    said = [part.text() for part in play.window.queue.findChildren(QLabel)]
    assert any("Produit de contraste aucun → injecté" in text for text in said)
