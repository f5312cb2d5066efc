"""What can be chosen, declared once, a file for each class.

Title, explanation, default and limits of every setting stand here. The forms, the command line, the checks and the
model file all read them from these classes.
"""

from elman_core.config.automatic import AUTO, NO_SEASON, AutomaticConfig, CalendarInput
from elman_core.config.base import ALL, SEQUENCE, Config, ContextReset, StepCount, UpdateEvery
from elman_core.config.checks import check_batch, check_together
from elman_core.config.data import DataConfig, Scaling, Split, Strategy, TransformName
from elman_core.config.network import Activation, Begin, Initialization, NetworkConfig, Output
from elman_core.config.symbols import SymbolConfig, SymbolUnit
from elman_core.config.training import Loss, LossReduction, Optimizer, Precision, Schedule, TrainingConfig

__all__ = [
    "ALL", "AUTO", "NO_SEASON", "SEQUENCE", "Activation", "AutomaticConfig", "Begin", "CalendarInput", "Config",
    "ContextReset", "DataConfig", "Initialization", "Loss", "LossReduction", "NetworkConfig", "Optimizer",
    "Output", "Precision", "Scaling", "Schedule", "Split", "StepCount", "Strategy", "SymbolConfig",
    "SymbolUnit", "TrainingConfig", "TransformName", "UpdateEvery", "check_batch", "check_together",
]  # fmt: skip
