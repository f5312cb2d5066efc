"""From format 3, which knew no forecaster of several parts, to format 4."""

from __future__ import annotations

from elman_core.config import Config, DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.data.calendar import Calendar
from elman_core.data.table import TableFormat
from elman_core.errors import ModelFileError
from elman_core.storage.migrations.content import Raw, Tensors, part_of
from elman_core.support.text_format import shortened

__all__ = ["migrate"]

_DATA = (
    "columns", "inputs", "known", "lags", "horizon", "strategy", "transforms", "season", "relative_to_last", "split",
    "train_percent", "validation_percent", "validation_rows", "test_rows", "scaling", "fill_gaps",
)  # fmt: skip
_NETWORK = (
    "inputs", "hidden", "outputs", "activation", "output", "biases", "direct", "initial_context", "initialization",
    "input_spread", "output_spread", "begin", "ridge",
)  # fmt: skip
_TRAINING = (
    "epochs", "learning_rate", "optimizer", "momentum", "weight_decay", "clip_norm", "schedule", "schedule_epochs",
    "schedule_factor", "warm_up_share", "update_every", "truncation", "loss", "loss_reduction", "warm_up_steps",
    "batch", "context_reset", "hold_direct", "patience", "networks", "precision", "seed", "learning_rates", "momenta",
    "weight_decays",
)  # fmt: skip
_FORMAT = ("encoding", "delimiter", "decimal", "header", "time_column", "date_format", "sequence_column")
_SYMBOL_CONFIG = (
    "unit", "sequences", "lower_case", "spaces", "punctuation", "largest_vocabulary", "minimum_count",
)  # fmt: skip
"""The settings that format 3 knew. Those that came later have defaults that mean what was done then."""


def migrate(raw: Raw, tensors: Tensors) -> tuple[Raw, Tensors]:
    """Say that the network stands alone, and give every setting that came later its default."""
    changed = {**raw, "format_version": 4, "forecaster": None}
    for name, config, known in (
        ("data", DataConfig, _DATA),
        ("network", NetworkConfig, _NETWORK),
        ("training", TrainingConfig, _TRAINING),
    ):
        changed[name] = _extended(part_of(raw, name), config, known, name)
    if isinstance(raw.get("axis"), dict):
        changed["axis"] = {**raw["axis"], "calendar": Calendar().model_dump(mode="json")}
    source = part_of(raw, "source")
    if isinstance(source.get("format"), dict):
        source["format"] = _extended(source["format"], TableFormat, _FORMAT, "source")
    changed["source"] = source
    if raw.get("symbols") is not None:
        symbols = part_of(raw, "symbols")
        changed["symbols"] = symbols | {
            "config": _extended(part_of(symbols, "config"), SymbolConfig, _SYMBOL_CONFIG, "symbols")
        }
    return changed, tensors


def _extended(part: Raw, config: type[Config], known: tuple[str, ...], where: str) -> Raw:
    new = {name: value for name, value in config().model_dump(mode="json").items() if name not in known}
    for setting in part:
        if setting in new:
            raise ModelFileError(f"there is no setting called {shortened(setting)} in the metadata's {where!r} of then")
    return part | new
