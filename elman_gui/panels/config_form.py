"""ConfigForm: a form made of a config class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from elman_core.config import Config
from elman_core.errors import ConfigError
from elman_gui.messages import as_sentence
from elman_gui.panels.fields import Field, make_field
from elman_gui.panels.what_follows import has_effect, with_what_follows
from elman_gui.plain_text import PlainLabel

__all__ = ["ConfigForm"]

_WIDEST_LABEL = "Direct connections"
"""All labels are as wide, so that all fields stand under each other."""


class ConfigForm(QWidget):
    """Shows and changes one config; what is wrong with it is said below.

    Signals
    -------
    config_changed(Config)
        The person chose other settings, which are valid.
    """

    config_changed = Signal(object)

    def __init__(self, title: str, config: Config, shown: Sequence[str], more: Sequence[str] = ()) -> None:
        super().__init__()
        self._config = config
        self._check: Callable[[Any], object] = lambda config: None
        self._usable: dict[str, bool] = {}
        self._editable: Sequence[str] | None = None
        self._fields: dict[str, Field] = {}
        self._labels: dict[str, QLabel] = {}
        self.heading = QLabel(title)
        self.heading.setObjectName("formTitle")
        self._problem = PlainLabel()
        self._problem.setObjectName("error")
        self._problem.setWordWrap(True)
        self._problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.heading)
        self.extra = QVBoxLayout()
        self.extra.setSpacing(4)
        column.addLayout(self.extra)
        column.addLayout(self._grid(shown))
        if more:
            column.addLayout(self._more(more))
        column.addWidget(self._problem)
        self.show_config(config)

    @property
    def config(self) -> Config:
        """The settings shown."""
        return self._config

    def show_config(self, config: Config) -> None:
        """Show these settings; nothing is emitted."""
        self._config = config
        for name, field in self._fields.items():
            value = getattr(config, name)
            with QSignalBlocker(field.widget):
                field.write(value)  # also where it reads the same, such as a number in other words
        self._problem.hide()
        self._enable_fields()

    def _grid(self, names: Sequence[str]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, self.fontMetrics().horizontalAdvance(_WIDEST_LABEL))
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(names):
            declared = type(self._config).model_fields[name]
            field = make_field(declared)
            label = QLabel(declared.title)
            label.setObjectName("muted")
            label.setBuddy(field.widget)
            label.setToolTip(field.widget.toolTip())
            field.changed.connect(self._on_change)
            field.widget.setObjectName(name)
            field.widget.setMinimumWidth(80)
            grid.addWidget(label, row, 0)
            grid.addWidget(field.widget, row, 1)
            self._fields[name], self._labels[name] = field, label
        return grid

    def _more(self, names: Sequence[str]) -> QVBoxLayout:
        """Settings that few people need, behind a button."""
        column = QVBoxLayout()
        button = QToolButton()
        button.setObjectName("flat")
        button.setText("More settings")
        button.setToolTip("Show or hide the settings that are seldom changed")
        button.setAccessibleName("More settings")
        button.setCheckable(True)
        button.setArrowType(Qt.ArrowType.RightArrow)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        folded = QWidget()
        folded.setLayout(self._grid(names))
        folded.hide()
        button.toggled.connect(folded.setVisible)
        button.toggled.connect(
            lambda shown: button.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        )
        column.addWidget(button)
        column.addWidget(folded)
        return column

    @Slot()
    def _on_change(self) -> None:
        values = {name: field.read() for name, field in self._fields.items()}
        changed = {name: value for name, value in values.items() if value != getattr(self._config, name)}
        if changed:
            self.change(**changed)

    def change(self, **changed: object) -> None:
        """Change some settings as the person does; what is wrong with them is said."""
        try:
            config = self._config.replace(**with_what_follows(self._config, changed))
            self._check(config)
        except ConfigError as error:
            self._problem.setText(f"⚠ {as_sentence(str(error))}")
            self._problem.show()
            return
        self.show_config(config)
        self.config_changed.emit(config)

    def show_without(self, hidden: Sequence[str]) -> None:
        """Show every setting but these, which are decided elsewhere."""
        for name, field in self._fields.items():
            for widget in (field.widget, self._labels[name]):
                widget.setVisible(name not in hidden)

    def set_check(self, check: Callable[[Any], object]) -> None:
        """Have other settings checked by this too, which raises a ConfigError."""
        self._check = check

    def set_usable(self, usable: dict[str, bool]) -> None:
        """Say which settings have an effect on what is open, where that does not follow from the config."""
        self._usable = usable
        self._enable_fields()

    def set_editable(self, editable: bool, always: Sequence[str]) -> None:
        """Lock every field but those that may always be changed, or let them all be changed again."""
        self._editable = None if editable else always
        self._enable_fields()

    def _enable_fields(self) -> None:
        """A field that has no effect, or is locked, is shown as such."""
        usable = has_effect(self._config)
        for name, field in self._fields.items():
            is_locked = self._editable is not None and name not in self._editable
            field.widget.setEnabled(not is_locked and usable.get(name, True) and self._usable.get(name, True))
