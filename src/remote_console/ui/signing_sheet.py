"""The screening as it was recorded, and a field for the PIN that signs it."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from remote_console.core.signing import SigningOffer
from remote_console.texts import say, tr
from remote_console.ui.pieces import button, label, row
from remote_console.ui.sheet import Sheet

LEAST_DIGITS, MOST_DIGITS = 4, 8


class SigningSheet(Sheet):
    """Signs what it shows; the PIN is kept nowhere and gone with the press."""

    signed = Signal(object, str)

    def __init__(self, over: QWidget, offer: SigningOffer) -> None:
        super().__init__(over, tr("Sign the MR safety screening"), (0.55, 0.0))
        self.offer = offer
        self.body.addWidget(label(say(offer.target), "strong", wrap=True))
        for words in (*offer.lines, *offer.signed):
            self.body.addWidget(label("• " + say(words), wrap=True))
        self.body.addWidget(
            label(
                tr("You asked the patient yourself or heard the answers, and they are what is written here."),
                "dim",
                wrap=True,
            )
        )
        if offer.by_video:
            self.body.addWidget(
                label(
                    tr("By video: a live picture of the room, the patient or the tablet must be in sight."),
                    "dim",
                    wrap=True,
                )
            )
        line = row()
        self.pin = QLineEdit()
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setMaxLength(MOST_DIGITS)
        self.pin.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d*"), self.pin))
        self.pin.setPlaceholderText(tr("Your PIN at this site"))
        self.pin.setAccessibleName(tr("Your PIN at this site"))
        self.pin.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
        self.sign_button = button(tr("Sign"), self._sign, "primary")
        self.pin.textChanged.connect(self._typed)
        self.pin.returnPressed.connect(self._sign)
        line.addWidget(self.pin, 1)
        line.addWidget(self.sign_button)
        self.body.addLayout(line)
        self.body.addStretch(1)
        self._typed()

    def open(self) -> None:
        super().open()
        self.pin.setFocus(Qt.FocusReason.PopupFocusReason)

    def _typed(self) -> None:
        self.sign_button.setEnabled(len(self.pin.text()) >= LEAST_DIGITS)

    def _sign(self) -> None:
        pin = self.pin.text()
        if len(pin) < LEAST_DIGITS:
            return
        self.pin.clear()
        self.signed.emit(self.offer, pin)
        self.put_away()
