"""Colours and painting: every widget is in those of the theme, and none is styled more often than it must be."""

from __future__ import annotations

from driving import Driver
from PySide6.QtCore import QEvent, QSettings, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QLayout, QSplitter, QWidget

from elman_core.support.jobs import complete
from elman_gui.controllers.loading import load_built_in
from elman_gui.controllers.session import TrainingSession
from elman_gui.theme import DARK, LIGHT, ThemeChoice, apply_theme
from elman_gui.window.main_window import MainWindow

_DEPTH = 12


class _Counting(QWidget):
    """Counts how often it is told that its style is another."""

    styled = 0

    def changeEvent(self, event: QEvent) -> None:
        self.styled += event.type() == QEvent.Type.StyleChange
        super().changeEvent(event)


def test_a_deep_widget_is_styled_no_more_often_than_a_window(qapp: QApplication) -> None:
    apply_theme(qapp, LIGHT)
    window = inner = _Counting()
    for _ in range(_DEPTH):
        inner = _Counting(inner)
    window.ensurePolished()
    inner.ensurePolished()
    window.styled = inner.styled = 0
    apply_theme(qapp, DARK)
    assert inner.styled == window.styled > 0
    window.deleteLater()


def test_a_change_of_theme_and_back_leaves_everything_in_its_place(driver: Driver) -> None:
    window = driver.window

    def sizes() -> list[list[int]]:
        return [splitter.sizes() for splitter in window.findChildren(QSplitter)]

    def shown_in(choice: ThemeChoice) -> tuple[QImage, list[list[int]]]:
        window.set_theme(choice)
        driver.worker_answers()
        driver.until_laid_out()
        return window.grab().toImage(), sizes()

    shown_in(ThemeChoice.DARK)
    light, places = shown_in(ThemeChoice.LIGHT)
    dark, places_in_dark = shown_in(ThemeChoice.DARK)
    light_again, places_at_last = shown_in(ThemeChoice.LIGHT)
    assert places == places_in_dark == places_at_last
    assert light == light_again != dark


def test_no_size_is_kept_from_before_a_change_of_theme(driver: Driver) -> None:
    def least_sizes() -> dict[QWidget, QSize]:
        return {widget: widget.minimumSizeHint() for widget in driver.window.findChildren(QWidget)}

    driver.build_pages()
    for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT, ThemeChoice.DARK):
        driver.window.set_theme(choice)
        driver.worker_answers()
        driver.until_laid_out()
        kept = least_sizes()
        for layout in driver.window.findChildren(QLayout):
            layout.invalidate()
        for widget in kept:
            widget.updateGeometry()
        assert least_sizes() == kept


def test_the_muted_label_of_each_theme_has_its_colour(qapp: QApplication) -> None:
    label = QLabel("a word")
    label.setObjectName("muted")
    for theme in (LIGHT, DARK, LIGHT):
        apply_theme(qapp, theme)
        label.ensurePolished()
        assert label.palette().windowText().color().name().upper() == theme.muted
    label.deleteLater()


def test_views_that_wait_to_be_painted_are_painted_in_the_end(qapp: QApplication, settings: QSettings) -> None:
    window = MainWindow(settings)
    window.show()
    waited = False
    for _ in window.fill(TrainingSession(complete(load_built_in("sine")))):
        waited |= window.is_filled and not all(view.updatesEnabled() for view in window.views)
    assert waited
    assert all(view.updatesEnabled() for view in window.views)
    window.close()
    window.deleteLater()
