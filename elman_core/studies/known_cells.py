"""KnownCells: what the cells of a study are tried with, against which the lines of its runs are held."""

from __future__ import annotations

from typing import cast

from elman_core.config.study import AxisValue, SearchKind
from elman_core.studies.study import Study
from elman_core.studies.trial import Settings, Trial
from elman_core.support.text_format import counted, shortened

__all__ = ["KnownCells"]


class KnownCells:
    """What the cells of a study are tried with, against which each line is held, and against the others of its cell."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._settings: dict[int, Settings] = {}
        self._axes = {axis.field: axis for axis in study.config.axes}
        self._values = {axis.field: {(type(value), value) for value in axis.values} for axis in study.config.axes}

    def checked(self, trial: Trial) -> Trial:
        """Return a run, once its settings are found to be those of its cell.

        Raises
        ------
        ValueError
            With the rest of a sentence that begins with the line's place.
        """
        config = self._study.config
        if trial.cell >= config.cells:
            raise ValueError(f"has cell {trial.cell:,}, and the study has {counted(config.cells, 'cell')}, from 0 on")
        if trial.cell not in self._settings:
            if config.search is SearchKind.GRID:
                self._settings[trial.cell] = self._study.settings_of(trial.cell)
            else:
                self._check_drawn(trial.settings)
                self._settings[trial.cell] = trial.settings
        known = self._settings[trial.cell]
        if known != trial.settings or any(type(known[name]) is not type(own) for name, own in trial.settings.items()):
            raise ValueError(f"has other settings than cell {trial.cell:,} of the study")
        return trial

    def _check_drawn(self, settings: Settings) -> None:
        """Refuse what a search cannot have drawn from the axes."""
        missing = next((field for field in self._axes if field not in settings), None)
        if missing is not None:
            raise ValueError(f"has no value of {missing}, which the study varies")
        for field, value in settings.items():
            if field not in self._axes:
                raise ValueError(f"has a value of {shortened(field)}, which the study does not vary")
            if not self._is_of_axis(field, value):
                raise ValueError(f"has {field} {shortened(value)}, {self._what_there_is(field)}")

    def _is_of_axis(self, field: str, value: AxisValue) -> bool:
        own = self._axes[field].range
        if own is None:
            return (type(value), value) in self._values[field]
        kinds = (int,) if own.is_whole else (int, float)
        return type(value) in kinds and own.low <= cast(float, value) <= own.high

    def _what_there_is(self, field: str) -> str:
        axis = self._axes[field]
        if axis.range is None:
            return "which is not among the study's values"
        what = "whole numbers" if axis.range.is_whole else "numbers"
        return f"and the study draws {what} from {axis.range.low:g} to {axis.range.high:g}"
