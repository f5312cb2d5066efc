"""What follows from a choice: so that one choice never needs two clicks, and settings without effect are known."""

from __future__ import annotations

from elman_core.config import (
    ALL,
    SEQUENCE,
    Begin,
    Config,
    DataConfig,
    Initialization,
    LossReduction,
    NetworkConfig,
    Optimizer,
    Output,
    Schedule,
    Strategy,
    TrainingConfig,
)

__all__ = ["has_effect", "with_what_follows"]

Changes = dict[str, object]


def with_what_follows(config: Config, changed: Changes) -> Changes:
    """Add the settings that a change brings with it."""
    if isinstance(config, TrainingConfig):
        return _of_training(config, changed)
    if isinstance(config, NetworkConfig):
        return _of_network(config, changed)
    if isinstance(config, DataConfig):
        return _of_data(config, changed)
    return changed


def has_effect(config: Config) -> dict[str, bool]:
    """Say which settings have an effect beside the others; those that are not named always have."""
    if isinstance(config, TrainingConfig):
        by_epochs = config.schedule in (Schedule.STEP, Schedule.PLATEAU)
        return {
            "momentum": config.optimizer is Optimizer.SGD,
            "schedule_epochs": by_epochs,
            "schedule_factor": by_epochs,
        }
    if isinstance(config, NetworkConfig):
        return {
            "begin": config.output is Output.LINEAR,
            "ridge": config.begin == Begin.LEAST_SQUARES,
            "input_spread": config.initialization is not Initialization.FAN_IN,
            "output_spread": config.initialization is not Initialization.FAN_IN,
        }
    if isinstance(config, DataConfig):
        return {"strategy": config.horizon > 1}
    return {}


def _of_training(config: TrainingConfig, changed: Changes) -> Changes:
    """Another optimiser drops what it has no use for, and Rprop and L-BFGS update once an epoch; k1 never exceeds k2;
    batches, the mean loss and a rate warm-up are for updates at the end of sequences.
    """
    follows = dict(changed)
    if "learning_rate" in changed:
        follows["learning_rates"] = config.with_learning_rate(float(str(changed["learning_rate"]))).learning_rates
    if "optimizer" in changed and changed["optimizer"] != Optimizer.SGD:
        follows["momentum"] = 0.0
        if changed["optimizer"] != Optimizer.ADAM:
            follows |= {"update_every": ALL, "truncation": ALL}
        if changed["optimizer"] == Optimizer.LBFGS:
            follows |= {"weight_decay": 0.0, "clip_norm": 0.0}

    def now(name: str) -> object:
        return follows.get(name, getattr(config, name))

    changes_inputs = now("input_noise") != 0.0 or now("closed_loop_steps") != 1
    if changes_inputs and {"input_noise", "closed_loop_steps"} & changed.keys():
        follows["update_every"] = SEQUENCE
    elif changes_inputs and now("update_every") != SEQUENCE:
        follows |= {"input_noise": 0.0, "closed_loop_steps": 1}
    several = now("batch") != 1
    of_sequences = now("loss_reduction") == LossReduction.MEAN or now("warm_up_share") != 0
    if "batch" in changed and several and now("update_every") != SEQUENCE:
        follows["update_every"] = SEQUENCE
    elif {"loss_reduction", "warm_up_share"} & changed.keys() and of_sequences:
        if now("update_every") not in (SEQUENCE, ALL):
            follows["update_every"] = SEQUENCE
    elif "context_reset" in changed and changed["context_reset"] != SEQUENCE and now("update_every") == SEQUENCE:
        follows["update_every"] = ALL
    if now("update_every") == SEQUENCE and isinstance(changed.get("truncation"), int):
        follows["update_every"] = changed["truncation"]
    if now("update_every") == SEQUENCE:
        follows["truncation"] = ALL
        if config.update_every != SEQUENCE:
            follows["context_reset"] = SEQUENCE
    elif _exceeds(now("update_every"), now("truncation")):
        if "update_every" in follows:
            follows["truncation"] = follows["update_every"]
        else:
            follows["update_every"] = now("truncation")
    if now("update_every") != SEQUENCE:
        follows["batch"] = 1
        if now("update_every") != ALL:
            follows |= {"loss_reduction": LossReduction.SUM, "warm_up_share": 0.0}
    return follows


def _of_network(config: NetworkConfig, changed: Changes) -> Changes:
    """Least squares are what direct connections to linear outputs begin at, and only they have a ridge."""
    follows = dict(changed)
    if changed.get("ridge", 0.0) != 0.0:
        follows["begin"] = Begin.LEAST_SQUARES
    if follows.get("begin") == Begin.LEAST_SQUARES:
        follows["direct"] = True
    direct, output = (follows.get(name, getattr(config, name)) for name in ("direct", "output"))
    if not direct or output != Output.LINEAR:
        follows["begin"] = Begin.RANDOM
    if follows.get("begin", config.begin) == Begin.RANDOM:
        follows["ridge"] = 0.0
    return follows


def _of_data(config: DataConfig, changed: Changes) -> Changes:
    """What inputs will be is not known, so that several steps ahead are predicted at once."""
    inputs, horizon = (changed.get(name, getattr(config, name)) for name in ("inputs", "horizon"))
    ahead_before = bool(config.inputs) and config.horizon > 1
    if inputs and horizon != 1 and not ahead_before and "strategy" not in changed:
        return {**changed, "strategy": Strategy.DIRECT}
    return changed


def _exceeds(steps: object, most: object) -> bool:
    if not isinstance(most, int):  # all, or no number of steps at all
        return False
    return steps == ALL or (isinstance(steps, int) and steps > most)
