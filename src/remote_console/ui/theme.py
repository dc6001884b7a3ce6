"""Colours, sizes and the style sheet. Red, yellow and cyan belong to alarms; amber asks for a decision."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

BACKGROUND, DEEP, SIDE = "#11151a", "#0d1116", "#0f1318"
PANEL, RAISED, LINE, FIELD = "#181d24", "#1f262e", "#2b343e", "#12171d"
TEXT, DIM, FAINT = "#e7ecf1", "#97a4b1", "#7a8794"
OK, AMBER, ACCENT, OVERLAY = "#5fbf8f", "#e9c46a", "#6ea8fe", "#ffd166"
HEARD = "#7c3aed"
"""What a patient hears now: no colour of alarms."""
FOCUS, SELECTED, BAR = "#1c2531", "#22303f", "#8fa1b3"
STOP_BACK, STOP_LINE, STOP_TEXT = "#2a1619", "#ff5a5f", "#ffb3b5"
START_BACK, START_OFF, START_OFF_TEXT = "#24507f", "#22303f", "#8aa0b5"

FAMILIES = ["Inter", "Segoe UI", "SF Pro Text", "DejaVu Sans", "sans-serif"]
TEXT_PX, SMALL_PX, BIG_PX = 14, 12, 18

STYLE = f"""
* {{ color: {TEXT}; font-size: {TEXT_PX}px; }}
QMainWindow, #central {{ background: {BACKGROUND}; }}
QLabel {{ background: transparent; }}
#deep {{ background: {DEEP}; }}
#side {{ background: {SIDE}; }}
#panel {{ background: {PANEL}; }}
#black {{ background: #000000; }}
QLabel[kind="dim"] {{ color: {DIM}; }}
QLabel[kind="small"] {{ color: {DIM}; font-size: {SMALL_PX}px; }}
QLabel[kind="faint"] {{ color: {FAINT}; font-size: {SMALL_PX}px; }}
QLabel[kind="amber"] {{ color: {AMBER}; }}
QLabel[kind="amberSmall"] {{ color: {AMBER}; font-size: {SMALL_PX}px; }}
QLabel[kind="plain"] {{ font-size: {SMALL_PX}px; }}
QLabel[kind="ok"] {{ color: {OK}; }}
QLabel[kind="strong"] {{ font-weight: 600; }}
QLabel[kind="heading"] {{ color: {DIM}; font-size: {SMALL_PX}px; letter-spacing: 0.5px; }}
QLabel[kind="big"] {{ font-size: {BIG_PX}px; font-weight: 600; }}
QLabel[kind="value"] {{ font-size: 17px; }}
QLabel[kind="amberValue"] {{ color: {AMBER}; font-size: 17px; }}
QLabel[kind="pill"] {{ background: {RAISED}; color: {DIM}; border-radius: 10px; padding: 3px 10px;
  font-size: 13px; }}
QLabel[kind="tag"] {{ color: {AMBER}; border: 1px solid #6b5c37; border-radius: 4px; padding: 0 5px;
  font-size: 11px; }}
QPushButton {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 6px; padding: 6px 12px; }}
QPushButton:hover {{ background: #283240; }}
QPushButton:focus, QLineEdit:focus, QComboBox:focus {{ border: 1px solid {ACCENT}; }}
QPushButton:disabled {{ color: {FAINT}; background: {PANEL}; }}
QPushButton[kind="primary"] {{ background: {START_BACK}; border-color: #2f6299; font-weight: 600; }}
QPushButton[kind="primary"]:disabled {{ background: {START_OFF}; color: {START_OFF_TEXT};
  border-color: {LINE}; }}
QPushButton[kind="amber"] {{ color: {AMBER}; border: 1px solid #6b5c37; background: transparent;
  padding: 3px 8px;
  font-size: {SMALL_PX}px; text-align: left; }}
QPushButton[kind="outlined"] {{ color: {DIM}; border: 1px solid #465361; background: transparent;
  padding: 3px 8px; font-size: {SMALL_PX}px; }}
QPushButton[kind="outlined"]:hover {{ color: {TEXT}; }}
QPushButton[kind="alarm"] {{ background: {BACKGROUND}; border: 2px solid {BACKGROUND}; border-radius: 5px;
  padding: 3px 12px; font-weight: 600; }}
QPushButton[kind="alarm"]:focus {{ border: 2px solid #ffffff; }}
QPushButton[kind="quiet"] {{ background: transparent; border: none; color: {DIM}; padding: 4px 8px;
  font-size: {SMALL_PX}px; }}
QPushButton[kind="quiet"]:hover {{ color: {TEXT}; }}
QPushButton[kind="quiet"]:checked {{ color: {ACCENT}; }}
QPushButton[kind="quiet"]:disabled {{ color: #4c5762; }}
QPushButton[kind="pill"] {{ background: {RAISED}; border: none; color: {DIM}; border-radius: 10px;
  padding: 4px 10px;
  font-size: {SMALL_PX}px; }}
QPushButton[kind="pill"]:hover {{ color: {TEXT}; }}
QPushButton[kind="pill"]:checked {{ color: {ACCENT}; }}
QPushButton[kind="talking"] {{ background: {START_BACK}; border: none; color: {TEXT}; border-radius: 10px;
  padding: 4px 10px; font-size: {SMALL_PX}px; font-weight: 600; }}
QPushButton[kind="heard"] {{ background: {HEARD}; border: none; color: #ffffff; border-radius: 10px;
  padding: 4px 10px; font-size: {SMALL_PX}px; font-weight: 700; }}
QPushButton[kind="pill"]:disabled {{ color: #4c5762; }}
QPushButton[kind="tab"] {{ background: transparent; border: none; border-radius: 0; color: {DIM};
  padding: 7px 10px; }}
QPushButton[kind="tabSmall"] {{ background: transparent; border: none; border-radius: 0; color: {DIM};
  padding: 6px 5px; font-size: {SMALL_PX}px; }}
QPushButton[kind="tabSmall"]:checked {{ color: {TEXT}; border-bottom: 2px solid {ACCENT}; }}
QPushButton[kind="decide"] {{ color: {AMBER}; border: 1px solid #6b5c37; background: #241f14;
  padding: 8px 12px; }}
QPushButton[kind="tab"]:checked {{ color: {TEXT}; border-bottom: 2px solid {ACCENT}; }}
QLineEdit, QComboBox {{ background: {FIELD}; border: 1px solid {LINE}; border-radius: 5px; padding: 5px 9px;
  selection-background-color: #2d4f78; }}
QLineEdit:disabled, QComboBox:disabled {{ color: {DIM}; background: {PANEL}; }}
QLineEdit[waiting="true"] {{ color: {DIM}; font-style: italic; }}
QLineEdit[bad="true"], QComboBox[bad="true"] {{ border: 1px solid {AMBER}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView, QMenu, QListWidget {{ background: {RAISED}; border: 1px solid {LINE};
  selection-background-color: {SELECTED}; outline: none; }}
QMenu::item {{ padding: 6px 18px; }}
QMenu::item:selected {{ background: {SELECTED}; }}
QListWidget::item {{ padding: 0; }}
QListWidget#series {{ background: {PANEL}; border: none; font-size: {SMALL_PX}px; }}
QListWidget#series::item {{ padding: 6px 4px; border-bottom: 1px solid {LINE};
  border-left: 3px solid transparent; }}
QListWidget#series::item:selected {{ background: {SELECTED}; border-left: 3px solid {ACCENT}; }}
QListWidget::item:selected {{ background: {SELECTED}; color: {TEXT}; }}
QPushButton[kind="quiet"]:focus, QPushButton[kind="tab"]:focus, QPushButton[kind="tabSmall"]:focus,
QPushButton[kind="pill"]:focus, QPushButton[kind="outlined"]:focus,
QPushButton[kind="amber"]:focus, QPushButton[kind="decide"]:focus {{
  outline: none; background: #26384f; color: {TEXT}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {TEXT}; }}
QScrollArea[kind="framed"], QScrollArea:focus[kind="timeline"] {{ border: 1px solid #3b5a85;
  border-radius: 4px; }}
QCheckBox {{ spacing: 6px; background: transparent; }}
QCheckBox::indicator {{ width: 15px; height: 15px; border: 1px solid #566472; border-radius: 4px;
  background: {FIELD}; }}
QCheckBox::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; }}
QCheckBox::indicator:focus {{ border: 2px solid {TEXT}; }}
QScrollArea {{ background: transparent; border: 1px solid transparent; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar::handle:vertical {{ background: #313b46; border-radius: 4px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QScrollBar:horizontal {{ height: 0; }}
QSplitter::handle {{ background: {LINE}; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px; }}
#sheet {{ background: {RAISED}; border: 1px solid #3a4653; border-radius: 10px; }}
#notice {{ background: #241f14; border: 1px solid #6b5c37; border-radius: 8px; }}
#calm {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 8px; }}
#undelivered {{ background: {STOP_BACK}; border: 3px solid {STOP_LINE}; border-radius: 12px; }}
#lost {{ background: #1a1f26; border: 2px solid {AMBER}; border-radius: 12px; }}
#patientHears {{ background: {HEARD}; color: #ffffff; font-size: 26px; font-weight: 800; padding: 8px;
  letter-spacing: 1px; }}
#line {{ background: {LINE}; }}
"""


def apply(app: QApplication) -> None:
    """Dress the application; the same on every system."""
    app.setStyle("Fusion")
    font = QFont(FAMILIES)
    font.setPixelSize(TEXT_PX)
    app.setFont(font)
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, BACKGROUND), (roles.WindowText, TEXT), (roles.Base, FIELD),
        (roles.AlternateBase, PANEL),
        (roles.Text, TEXT), (roles.Button, RAISED), (roles.ButtonText, TEXT), (roles.Highlight, "#2d4f78"),
        (roles.HighlightedText, TEXT), (roles.PlaceholderText, FAINT), (roles.ToolTipBase, RAISED),
        (roles.ToolTipText, TEXT), (roles.Link, ACCENT),
    ):  # fmt: skip
        palette.setColor(role, QColor(colour))
    app.setPalette(palette)
    app.setStyleSheet(STYLE)
