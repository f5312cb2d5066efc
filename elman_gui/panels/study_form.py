"""StudyForm: what a study varies, over how many seeds, what its runs are judged by, and where they run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import create_model
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from elman_core.config import Config
from elman_core.config.study import AxisValue, SearchKind, StudyConfig
from elman_core.errors import ConfigError
from elman_core.studies.axes import StudyField
from elman_gui.messages import as_sentence
from elman_gui.number_boxes import WholeNumberBox
from elman_gui.panels.config_form import ConfigForm
from elman_gui.panels.form_scroll import FormScroll
from elman_gui.panels.study_axes import StudyAxes
from elman_gui.plain_text import PlainLabel
from elman_gui.views.view_card import Card

__all__ = ["StudyForm", "StudyPlace"]

_MOST_WORKERS = 1_024
_SHOWN, _MORE = ("seeds", "search", "trials", "metric", "threshold"), ("keep",)
_Design: type[Config] = create_model(
    "StudyDesign",
    __base__=Config,
    **{name: (StudyConfig.model_fields[name].annotation, StudyConfig.model_fields[name]) for name in _SHOWN + _MORE},
)
"""A study without its axes, which are checked together with it once all are there."""


@dataclass(frozen=True)
class StudyPlace:
    """Where the runs of a study are trained and kept.

    Attributes
    ----------
    workers
        How many blocks of runs are trained at once.
    cluster
        The address of a cluster's scheduler; empty for this computer.
    folder
        The folder in which each study gets one of its own; None where they are not kept.
    """

    workers: int = 1
    cluster: str = ""
    folder: Path | None = None


class StudyForm(Card):
    """The settings of a study; what is wrong with them is said below, and what it will take.

    Signals
    -------
    config_changed(object)
        The StudyConfig that is meant now; None while there is something wrong with it.
    """

    config_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__("Study")
        self._config: StudyConfig | None = StudyConfig()
        self.base = PlainLabel()
        self.base.setObjectName("muted")
        self.base.setWordWrap(True)
        self.axes = StudyAxes()
        self.design = ConfigForm("Runs", _Design(), _SHOWN, _MORE)
        self.workers = WholeNumberBox(1, _MOST_WORKERS)
        self.workers.setValue(os.cpu_count() or 1)
        self.cluster, self.folder = QLineEdit(), QLineEdit()
        self.estimate = PlainLabel()
        self.estimate.setWordWrap(True)
        self.problem = PlainLabel()
        self.problem.setObjectName("error")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.body.addWidget(self._scrolled(), 1)
        for words in (self.problem, self.estimate):  # below what scrolls: it is read before the study begins
            self.body.addWidget(words)
        self._connect()
        self._enable()

    def _scrolled(self) -> FormScroll:
        ground = QWidget()
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addWidget(self.base)
        column.addWidget(self._heading("What is varied"))
        for part in (self.axes, self.design, self._heading("Where it runs")):
            column.addWidget(part)
        column.addLayout(self._place_grid())
        column.addStretch(1)
        return FormScroll(ground)

    @staticmethod
    def _heading(words: str) -> QLabel:
        label = QLabel(words)
        label.setObjectName("formTitle")
        return label

    def _place_grid(self) -> QGridLayout:
        browse = self.browse = QToolButton()
        browse.setObjectName("flat")
        browse.setText("…")
        browse.setToolTip("Choose the folder")
        browse.setAccessibleName("Choose the folder that studies are kept in")
        browse.clicked.connect(self._on_browse)
        self.cluster.setPlaceholderText("this computer")
        self.folder.setPlaceholderText("not kept")
        beside = QHBoxLayout()
        beside.setSpacing(4)
        beside.addWidget(self.folder, 1)
        beside.addWidget(browse)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, self.fontMetrics().horizontalAdvance("Direct connections"))
        grid.setColumnStretch(1, 1)
        for row, (words, field, tip) in enumerate(
            (
                ("Workers", self.workers, "How many blocks of runs are trained at once; as many as processors"),
                (
                    "Cluster", self.cluster,
                    "The address of a Dask scheduler, such as tcp://10.0.0.1:8786; empty: the runs are trained here",
                ),
                (
                    "Kept in", self.folder,
                    "The folder in which each study gets one of its own, to which its runs are written as they end; "
                    "empty: they are gone with the window",
                ),
            )
        ):  # fmt: skip
            label = QLabel(words)
            label.setObjectName("muted")
            label.setBuddy(field)
            field.setAccessibleName(words)
            field.setMinimumWidth(80)
            for widget in (label, field):
                widget.setToolTip(tip)
            grid.addWidget(label, row, 0)
            if field is self.folder:
                grid.addLayout(beside, row, 1)
            else:
                grid.addWidget(field, row, 1)
        return grid

    def _connect(self) -> None:
        self.axes.axes_changed.connect(self._on_change)
        self.design.config_changed.connect(self._on_change)
        self.workers.valueChanged.connect(self._on_change)
        for field in (self.cluster, self.folder):  # what a study takes depends on where it runs and is kept
            field.textChanged.connect(self._on_change)

    # -- what it says ---------------------------------------------------------------------------

    @property
    def config(self) -> StudyConfig | None:
        """What is meant; None while there is something wrong with it."""
        return self._config

    @property
    def place(self) -> StudyPlace:
        """Where it runs."""
        folder = self.folder.text().strip()
        return StudyPlace(
            self.workers.value(), self.cluster.text().strip(), Path(folder).expanduser() if folder else None
        )

    @Slot()
    def _on_change(self) -> None:
        config, wrong = None, ""
        try:
            config = StudyConfig(axes=self.axes.axes(), **self.design.config.model_dump())
        except ConfigError as error:
            wrong = str(error)
        self._config = config
        self.problem.setText(f"⚠ {as_sentence(wrong)}" if wrong else "")
        self.problem.setVisible(bool(wrong))
        if wrong:
            self.estimate.setText("")
        self._enable()
        self.config_changed.emit(config)

    def _enable(self) -> None:
        self.design.set_usable({"trials": self.design.config.model_dump()["search"] is not SearchKind.GRID})

    @Slot()
    def _on_browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Keep Studies In", self.folder.text() or str(Path.home()))
        if folder:
            self.folder.setText(folder)

    # -- what it shows --------------------------------------------------------------------------

    def offer(
        self, words: str, fields: Sequence[StudyField], now: Mapping[str, AxisValue], *, automatic: bool = False
    ) -> None:
        """Say what the runs begin from, and offer the settings that can be varied with the values they have now."""
        self.base.setText(words)
        self.axes.offer(fields, now, automatic=automatic)
        self._on_change()

    def show_config(self, config: StudyConfig) -> None:
        """Show the settings of a study."""
        self.design.show_config(_Design(**{name: getattr(config, name) for name in _SHOWN + _MORE}))
        self.axes.show_axes(config.axes)
        self._on_change()

    def show_estimate(self, words: str) -> None:
        """Say what the study will take."""
        self.estimate.setText(words)

    def set_editable(self, editable: bool) -> None:
        """Lock the form while a study runs, or let it be changed again."""
        for widget in (self.axes, self.design, self.workers, self.cluster, self.folder, self.browse):
            widget.setEnabled(editable)
