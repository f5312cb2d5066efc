"""Measure: what the runs of a study are compared by, where an axis changes what a loss means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from elman_core.config.study import StudyConfig, StudyMetric
from elman_core.studies.results import StudyResults

__all__ = ["CHANGES", "Change", "Measure", "measure_of"]


class Change(StrEnum):
    """What a setting changes of the losses that runs come to, beside how good they are."""

    NOTHING = "nothing"
    UNITS = "what losses are measured in"
    """Or how they are summed up: errors in the data's own units can be compared, losses cannot."""
    ROWS = "which rows are validated"
    TARGETS = "what is predicted"


_DECLARED: dict[Change, dict[str, str]] = {
    Change.NOTHING: {
        "network": "hidden activation biases direct initial_context initialization input_spread output_spread begin "
        "ridge",
        "training": "epochs learning_rate optimizer momentum weight_decay clip_norm schedule schedule_epochs "
        "schedule_factor warm_up_share update_every truncation batch context_reset hold_direct patience restarts "
        "restart_above precision",
        "data": "inputs known lags fill_gaps",
        "automatic": "transforms season lags ridge calendar residual pure networks inner_networks hidden pure_hidden "
        "shared_hidden shared_epochs epochs patience",
    },
    Change.UNITS: {
        "network": "output",
        "training": "loss loss_reduction warm_up_steps input_noise closed_loop_steps",
        "data": "strategy transforms season relative_to_last scaling",
    },
    Change.ROWS: {"data": "split train_percent validation_percent validation_rows test_rows"},
    Change.TARGETS: {
        "data": "columns horizon",
        "symbols": "unit sequences lower_case spaces line_ends punctuation largest_vocabulary minimum_count",
        "automatic": "horizon",
    },
}
CHANGES: dict[str, Change] = {
    f"{group}.{name}": change
    for change, groups in _DECLARED.items()
    for group, names in groups.items()
    for name in names.split()
}
"""What each setting that can be varied changes, by its full name."""


@dataclass(frozen=True)
class Measure:
    """What runs are compared by.

    Attributes
    ----------
    is_automatic
        Whether the runs are forecasters by the automatic recipe, whose figures are errors anyhow.
    unlike_losses
        The axis for which training and validation are measured as the test part is: by the RMSE in the data's own
        units, of symbols by the bits for each. Empty where losses can be compared.
    not_compared
        The axis for which no two cells can be compared at all; else empty.
    """

    is_automatic: bool = False
    unlike_losses: str = ""
    not_compared: str = ""

    @property
    def in_errors(self) -> bool:
        """Whether the figures of networks are errors in place of losses."""
        return bool(self.unlike_losses)

    @property
    def is_compared(self) -> bool:
        """Whether one cell may be called better than another."""
        return not self.not_compared

    @property
    def sentence(self) -> str:
        """What a person should know of it, in a sentence; empty where runs are compared by their losses."""
        if self.not_compared:
            return (
                f"Cells are not compared, and none is chosen: {self.not_compared} changes "
                f"{CHANGES[self.not_compared].value}."
            )
        if self.unlike_losses:
            return (
                f"Since {self.unlike_losses} changes {Change.UNITS.value}, runs are compared by their error in the "
                "data's units: the RMSE, of symbols the bits for each."
            )
        return ""

    def words(self, results: StudyResults, metric: StudyMetric) -> str:
        """Say what a metric is, as of these runs: without a validation part it is that of training."""
        if self.is_automatic:
            return {
                StudyMetric.VALIDATION: "RMSE of the inner validation",
                StudyMetric.TRAIN: "RMSE of the rows before the test part",
                StudyMetric.TEST: "RMSE of the test part",
            }[metric]
        if metric is StudyMetric.VALIDATION and not results.has(metric):
            metric = StudyMetric.TRAIN
        if metric is StudyMetric.TEST:
            return "error of the test part"
        if self.in_errors:
            part = "validation" if metric is StudyMetric.VALIDATION else "training"
            return f"error of the {part} part in the data's units"
        return "validation loss" if metric is StudyMetric.VALIDATION else "training loss"


def measure_of(config: StudyConfig, *, automatic: bool = False) -> Measure:
    """Return what the runs of a study are compared by; an axis of one value changes nothing."""
    varied = [axis.field for axis in config.axes if axis.size != 1]
    apart = [field for field in varied if CHANGES[field] in (Change.ROWS, Change.TARGETS)]
    units = [] if automatic else [field for field in varied if CHANGES[field] is Change.UNITS]
    return Measure(automatic, units[0] if units else "", apart[0] if apart else "")
