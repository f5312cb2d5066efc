"""Colours, light and dark, and the style sheet made of them.

An own palette is set because `QStyleHints.setColorScheme` does nothing on a bare X server or off
screen. Curves are from the colour-blind-safe set of Okabe and Ito.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QLayout

from elman_core.support.resources import resource

__all__ = ["DARK", "LIGHT", "Theme", "ThemeChoice", "apply_theme", "current_theme", "theme_for"]


class ThemeChoice(StrEnum):
    """What the person can choose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"

    @classmethod
    def _missing_(cls, value: object) -> ThemeChoice:
        """Settings may hold a choice that this version does not know."""
        return cls.SYSTEM


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
    closed_loop: str
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
    closed_loop="#D55E00",
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
    closed_loop="#F2934A",
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


def current_theme() -> Theme:
    """Return the theme that the application has been coloured with."""
    return DARK if QGuiApplication.palette().color(QPalette.ColorRole.Window) == QColor(DARK.ground) else LIGHT


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Colour the whole application; views take on a theme's colours by themselves."""
    application.setPalette(_palette(theme))
    sheet = _style_sheet(theme)
    if sheet != application.styleSheet():  # Qt would style every widget anew
        # Where one sheet follows another, Qt does so once for each of a widget's ancestors: ten times as much.
        application.setStyleSheet("")
        application.setStyleSheet(sheet)
        _measure_anew(application)


def _measure_anew(application: QApplication) -> None:
    """Let layouts ask every widget for its size again.

    Qt styles widgets one after another, in no certain order. Layouts that ask meanwhile keep the answers of widgets
    that are not styled yet, and those in pages that are hidden are not told when that has changed.
    """
    for window in application.topLevelWidgets():
        for layout in window.findChildren(QLayout):
            layout.invalidate()
    for widget in application.allWidgets():
        widget.updateGeometry()


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
    style = Template(resource("style.qss").read_text(encoding="utf-8"))
    return style.substitute(asdict(theme), icons=resource("icons").as_posix())
