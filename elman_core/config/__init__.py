"""What can be chosen, declared once, a file for each class.

Title, explanation, default and limits of every setting stand here. The forms, the command line, the checks and the
model file all read them from these classes.
"""

from elman_core.config.base import ALL, Config, StepCount
from elman_core.config.checks import check_together
from elman_core.config.data import DataConfig, Scaling
from elman_core.config.network import Activation, Initialization, NetworkConfig, Output
from elman_core.config.symbols import SymbolConfig, SymbolUnit
from elman_core.config.training import Loss, Optimizer, Precision, Schedule, TrainingConfig

__all__ = [
    "ALL",
    "Activation",
    "Config",
    "DataConfig",
    "Initialization",
    "Loss",
    "NetworkConfig",
    "Optimizer",
    "Output",
    "Precision",
    "Scaling",
    "Schedule",
    "StepCount",
    "SymbolConfig",
    "SymbolUnit",
    "TrainingConfig",
    "check_together",
]
