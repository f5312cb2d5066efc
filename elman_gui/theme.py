"""Colours, light and dark, and the style sheet made of them.

An own palette is set because `QStyleHints.setColorScheme` does nothing on a bare X server or off
screen. Curves are from the colour-blind-safe set of Okabe and Ito.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from elman_core.resources import resource

__all__ = ["DARK", "LIGHT", "Theme", "ThemeChoice", "apply_theme", "theme_for"]


class ThemeChoice(StrEnum):
    """What the person can choose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Theme:
    """Named colours; `signed` runs from the most negative to the most positive value."""

    name: str
    ground: str
    card: str
    ink: str
    muted: str
    line: str
    accent: str
    accent_hover: str
    on_accent: str
    hover: str
    field: str
    one_step: str
    free_run: str
    best: str
    validation_band: str
    test_band: str
    warning: str
    error: str
    signed: tuple[str, str, str]


LIGHT = Theme(
    name="light",
    ground="#F5F6F8",
    card="#FFFFFF",
    ink="#1B2430",
    muted="#667085",
    line="#E3E6EB",
    accent="#2457D6",
    accent_hover="#1D49B8",
    on_accent="#FFFFFF",
    hover="#EEF1F6",
    field="#FFFFFF",
    one_step="#0072B2",
    free_run="#D55E00",
    best="#009E73",
    validation_band="#FFF3DC",
    test_band="#ECE8FB",
    warning="#8A5A00",
    error="#B42318",
    signed=("#2166AC", "#FFFFFF", "#B2182B"),
)
DARK = Theme(
    name="dark",
    ground="#14181F",
    card="#1C222B",
    ink="#E6EAF0",
    muted="#98A2B3",
    line="#2E3744",
    accent="#5B8CFF",
    accent_hover="#7AA2FF",
    on_accent="#0B1220",
    hover="#26303C",
    field="#181D25",
    one_step="#56B4E9",
    free_run="#F2934A",
    best="#2BC79A",
    validation_band="#332A16",
    test_band="#2A2440",
    warning="#F0B95B",
    error="#FF8A80",
    signed=("#4393C3", "#1C222B", "#D6604D"),
)


def theme_for(choice: ThemeChoice) -> Theme:
    """Return the theme that the choice comes to on this system now."""
    if choice is ThemeChoice.SYSTEM:
        dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if choice is ThemeChoice.DARK else LIGHT


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Colour the whole application; plots made from now on too."""
    application.setPalette(_palette(theme))
    application.setStyleSheet(_style_sheet(theme))
    pg.setConfigOptions(background=theme.card, foreground=theme.muted)


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for group, color in (
        (role.Window, theme.ground),
        (role.WindowText, theme.ink),
        (role.Base, theme.field),
        (role.AlternateBase, theme.hover),
        (role.Text, theme.ink),
        (role.Button, theme.card),
        (role.ButtonText, theme.ink),
        (role.BrightText, theme.error),
        (role.ToolTipBase, theme.card),
        (role.ToolTipText, theme.ink),
        (role.PlaceholderText, theme.muted),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent),
        (role.Mid, theme.line),
        (role.Light, theme.card),
        (role.Dark, theme.line),
    ):
        palette.setColor(group, QColor(color))
    for group in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, group, QColor(theme.muted))
    return palette


def _style_sheet(theme: Theme) -> str:
    def image(name: str) -> str:
        return resource(f"icons/{name}-{theme.name}.svg").as_posix()

    return f"""
    * {{ font-size: 12px; }}
    QMainWindow, QDialog {{ background: {theme.ground}; }}
    QFrame#card, QFrame#transport {{ background: {theme.card}; border: 1px solid {theme.line}; border-radius: 8px; }}
    QFrame#transport {{ border-radius: 0; border-width: 0 0 1px 0; }}
    QFrame#card QLabel, QFrame#transport QLabel {{ background: transparent; }}
    QLabel#cardTitle {{ font-weight: 600; font-size: 13px; }}
    QLabel#formTitle {{ font-weight: 600; }}
    QLabel#muted {{ color: {theme.muted}; }}
    QLabel#warning {{ color: {theme.warning}; }}
    QLabel#error {{ color: {theme.error}; }}
    QWidget#formGround, QScrollArea#formScroll {{ background: {theme.card}; border: none; }}
    QPushButton, QToolButton#button {{
        background: {theme.card}; border: 1px solid {theme.line}; border-radius: 6px; padding: 5px 12px; min-height: 16px;
    }}
    QToolButton#button {{ padding-right: 20px; }}
    QToolButton#button::menu-button {{ border: none; width: 18px; }}
    QToolButton#button::menu-arrow, QToolButton#button::menu-indicator {{
        image: url({image("chevron-down")}); width: 10px; height: 10px;
    }}
    QToolButton#button::menu-indicator {{ subcontrol-position: right center; right: 6px; }}
    QToolButton#flat {{ background: transparent; border: none; border-radius: 4px; padding: 2px 4px; color: {theme.muted}; }}
    QPushButton:hover, QToolButton#button:hover, QToolButton#flat:hover {{ background: {theme.hover}; }}
    QPushButton:focus, QToolButton#button:focus, QToolButton#flat:focus, QComboBox:focus, QAbstractSpinBox:focus,
    QLineEdit:focus, QListWidget:focus, QTableView:focus {{ border: 1px solid {theme.accent}; }}
    QPushButton:disabled, QToolButton#button:disabled {{ color: {theme.muted}; background: {theme.ground}; }}
    QPushButton#primary {{
        background: {theme.accent}; color: {theme.on_accent}; border-color: {theme.accent}; font-weight: 600; padding: 5px 16px;
    }}
    QPushButton#primary:hover {{ background: {theme.accent_hover}; }}
    QPushButton#primary:focus {{ border: 2px solid {theme.ink}; padding: 4px 15px; }}
    QPushButton#primary:disabled {{ background: {theme.line}; border-color: {theme.line}; color: {theme.muted}; }}
    QComboBox, QAbstractSpinBox, QLineEdit {{
        background: {theme.field}; border: 1px solid {theme.line}; border-radius: 5px; padding: 3px 6px; min-height: 18px;
        selection-background-color: {theme.accent}; selection-color: {theme.on_accent};
    }}
    QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{ border: none; background: transparent; padding: 0; min-height: 0; }}
    QAbstractSpinBox QLineEdit {{ padding-left: 4px; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QComboBox {{ padding-right: 20px; }}
    QComboBox:disabled, QAbstractSpinBox:disabled, QLineEdit:disabled {{ color: {theme.muted}; background: {theme.ground}; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: url({image("chevron-down")}); width: 10px; height: 10px; }}
    QComboBox QAbstractItemView {{ background: {theme.card}; border: 1px solid {theme.line}; outline: 0;
        selection-background-color: {theme.hover}; selection-color: {theme.ink}; }}
    QAbstractSpinBox {{ padding-right: 18px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: 18px; background: transparent; }}
    QAbstractSpinBox::up-arrow {{ image: url({image("chevron-up")}); width: 9px; height: 9px; }}
    QAbstractSpinBox::down-arrow {{ image: url({image("chevron-down")}); width: 9px; height: 9px; }}
    QCheckBox {{ spacing: 6px; background: transparent; }}
    QCheckBox::indicator, QListWidget::indicator {{
        width: 14px; height: 14px; border: 1px solid {theme.muted}; border-radius: 3px; background: {theme.field};
    }}
    QCheckBox::indicator:checked, QListWidget::indicator:checked {{
        background: {theme.accent}; border-color: {theme.accent}; image: url({image("check")});
    }}
    QCheckBox:focus {{ color: {theme.accent}; }}
    QListWidget, QTableView {{ background: {theme.field}; border: 1px solid {theme.line}; border-radius: 5px;
        gridline-color: {theme.line}; }}
    QHeaderView::section {{ background: {theme.card}; color: {theme.muted}; border: none;
        border-bottom: 1px solid {theme.line}; padding: 4px 6px; }}
    QTableCornerButton::section {{ background: {theme.card}; border: none; }}
    QSlider {{ border: none; outline: none; background: transparent; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {theme.line}; }}
    QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {theme.accent}; }}
    QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -5px 0; border-radius: 7px;
        background: {theme.card}; border: 1px solid {theme.muted}; }}
    QSlider::handle:horizontal:focus {{ border: 2px solid {theme.accent}; width: 10px; height: 10px; }}
    QProgressBar {{ border: none; border-radius: 2px; background: {theme.line}; max-height: 5px; }}
    QProgressBar::chunk {{ border-radius: 2px; background: {theme.accent}; }}
    QMenuBar {{ background: {theme.card}; }}
    QMenuBar::item {{ padding: 4px 10px; background: transparent; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {theme.hover}; }}
    QMenu {{ background: {theme.card}; border: 1px solid {theme.line}; padding: 4px; }}
    QMenu::item {{ padding: 5px 28px 5px 8px; border-radius: 4px; }}
    QMenu::icon {{ padding-left: 6px; }}
    QMenu::item:selected {{ background: {theme.hover}; color: {theme.ink}; }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 6px; }}
    QStatusBar {{ background: {theme.card}; border-top: 1px solid {theme.line}; }}
    QStatusBar::item {{ border: none; }}
    QStatusBar QLabel {{ background: transparent; padding: 0 4px; }}
    QToolTip {{ background: {theme.card}; color: {theme.ink}; border: 1px solid {theme.line}; padding: 4px; }}
    QSplitter::handle {{ background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
    QScrollBar::handle {{ background: {theme.line}; border-radius: 3px; min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none; border: none;
        width: 0; height: 0; }}
    """
