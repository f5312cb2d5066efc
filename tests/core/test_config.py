"""Every limit of a setting says in one sentence what it is and what it got."""

from __future__ import annotations

from typing import Any

import pytest

from elman_core.config import Config, DataConfig, NetworkConfig, TrainingConfig, check_together
from elman_core.data.dataset import Scale
from elman_core.errors import ConfigError

CONFIGS = [
    NetworkConfig(hidden=3, activation="relu", output="softmax", biases=True, initial_context=0.5),
    TrainingConfig(optimizer="adam", update_every=3, truncation="all", loss="cross-entropy", seed=2**63 - 1),
    TrainingConfig(momentum=0.9, learning_rate=1e-3, patience=7, precision="float64", context_reset="never"),
    DataConfig(columns=("a", "b"), train_percent=33.3, scaling="none", fill_gaps=True),
    Scale(mean=(0.1, 1e-300), deviation=(1 / 3, 2.0)),
]


@pytest.mark.parametrize(
    ("config", "values", "sentence"),
    [
        (NetworkConfig, {"inputs": 0}, "inputs must be at least 1, got 0"),
        (NetworkConfig, {"inputs": 100_001}, "inputs must be at most 100000, got 100001"),
        (NetworkConfig, {"hidden": 0}, "hidden must be at least 1, got 0"),
        (NetworkConfig, {"hidden": 4097}, "hidden must be at most 4096, got 4097"),
        (NetworkConfig, {"hidden": 2.5}, "hidden must be a whole number, got 2.5"),
        (NetworkConfig, {"hidden": "six"}, "hidden must be a whole number, got 'six'"),
        (NetworkConfig, {"outputs": -1}, "outputs must be at least 1, got -1"),
        (NetworkConfig, {"outputs": 100_001}, "outputs must be at most 100000, got 100001"),
        (NetworkConfig, {"activation": "sine"}, "activation must be 'tanh', 'logistic' or 'relu', got 'sine'"),
        (NetworkConfig, {"output": "relu"}, "output must be 'linear', 'logistic' or 'softmax', got 'relu'"),
        (NetworkConfig, {"biases": "perhaps"}, "biases must be true or false, got 'perhaps'"),
        (NetworkConfig, {"biases": 2.5}, "biases must be true or false, got 2.5"),
        (NetworkConfig, {"initial_context": -1.5}, "initial_context must be at least -1, got -1.5"),
        (NetworkConfig, {"initial_context": 1.5}, "initial_context must be at most 1, got 1.5"),
        (
            NetworkConfig,
            {"initialization": "zero"},
            "initialization must be 'normal', 'uniform' or 'fan-in', got 'zero'",
        ),
        (NetworkConfig, {"input_spread": -0.1}, "input_spread must be at least 0, got -0.1"),
        (NetworkConfig, {"input_spread": 11}, "input_spread must be at most 10, got 11"),
        (NetworkConfig, {"input_spread": float("nan")}, "input_spread must be a finite number, got nan"),
        (NetworkConfig, {"output_spread": -0.1}, "output_spread must be at least 0, got -0.1"),
        (NetworkConfig, {"output_spread": float("inf")}, "output_spread must be a finite number, got inf"),
        (NetworkConfig, {"layers": 2}, "there is no setting called 'layers'"),
        (TrainingConfig, {"epochs": 0}, "epochs must be at least 1, got 0"),
        (TrainingConfig, {"epochs": 10_000_001}, "epochs must be at most 10000000, got 10000001"),
        (TrainingConfig, {"learning_rate": 0}, "learning_rate must be more than 0, got 0"),
        (TrainingConfig, {"learning_rate": 101}, "learning_rate must be at most 100, got 101"),
        (TrainingConfig, {"learning_rate": "fast"}, "learning_rate must be a finite number, got 'fast'"),
        (TrainingConfig, {"optimizer": "magic"}, "optimizer must be 'sgd', 'adam', 'rprop' or 'lbfgs', got 'magic'"),
        (TrainingConfig, {"momentum": -0.1}, "momentum must be at least 0, got -0.1"),
        (TrainingConfig, {"momentum": 1}, "momentum must be less than 1, got 1"),
        (
            TrainingConfig,
            {"momentum": 0.5, "optimizer": "adam"},
            "momentum is for sgd only, got 0.5 with adam",
        ),
        (TrainingConfig, {"update_every": 0}, "update_every must be at least 1, got 0"),
        (TrainingConfig, {"update_every": "some"}, "update_every must be a whole number, 'sequence' or 'all', got 'some'"),  # noqa: E501
        (TrainingConfig, {"truncation": 0}, "truncation must be at least 1, got 0"),
        (TrainingConfig, {"truncation": 1.5}, "truncation must be a whole number or 'all', got 1.5"),
        (TrainingConfig, {"truncation": 200_000_000}, "truncation must be at most 100000000, got 200000000"),
        (
            TrainingConfig,
            {"update_every": 5, "truncation": 4},
            "truncation must be at least update_every (5), got 4: "
            "the loss of all steps since the last update has to be propagated back",
        ),
        (
            TrainingConfig,
            {"update_every": "all", "truncation": 4},
            "truncation must be at least update_every (all), got 4: "
            "the loss of all steps since the last update has to be propagated back",
        ),
        (
            TrainingConfig,
            {"optimizer": "rprop"},
            "rprop needs one update an epoch: set update_every and truncation to all",
        ),
        (
            TrainingConfig,
            {"optimizer": "lbfgs", "truncation": "all"},
            "lbfgs needs one update an epoch: set update_every and truncation to all",
        ),
        (
            TrainingConfig,
            {"loss": "guess"},
            "loss must be 'squared-error', 'cross-entropy' or 'absolute-error', got 'guess'",
        ),
        (TrainingConfig, {"patience": -1}, "patience must be at least 0, got -1"),
        (TrainingConfig, {"seed": -1}, "seed must be at least 0, got -1"),
        (TrainingConfig, {"seed": 2**63}, "seed must be at most 9223372036854775807, got 9223372036854775808"),
        (TrainingConfig, {"precision": "float16"}, "precision must be 'float32' or 'float64', got 'float16'"),
        (DataConfig, {"train_percent": 0}, "train_percent must be more than 0, got 0"),
        (DataConfig, {"train_percent": 101}, "train_percent must be at most 100, got 101"),
        (DataConfig, {"validation_percent": -1}, "validation_percent must be at least 0, got -1"),
        (DataConfig, {"validation_percent": 100}, "validation_percent must be less than 100, got 100"),
        (
            DataConfig,
            {"train_percent": 90, "validation_percent": 20},
            "train_percent and validation_percent must not exceed 100 % together, got 90 % and 20 %",
        ),
        (
            DataConfig,
            {"scaling": "log"},
            "scaling must be 'standardize', 'min-max', 'mean-absolute-step' or 'none', got 'log'",
        ),
        (Scale, {"mean": (0.0,)}, "deviation is missing"),
    ],
)  # fmt: skip
def test_a_setting_outside_its_limits_is_refused_in_one_sentence(
    config: type[Config], values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError) as error:
        config(**values)
    assert str(error.value) == sentence


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: type(config).__name__)
def test_a_config_comes_back_from_json_as_it_was(config: Config) -> None:
    assert type(config).model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: type(config).__name__)
def test_a_config_cannot_be_changed(config: Config) -> None:
    name = next(iter(type(config).model_fields))
    with pytest.raises(ValueError, match="frozen"):
        setattr(config, name, getattr(config, name))


def test_replacing_checks_the_whole_anew() -> None:
    config = TrainingConfig(update_every=2, truncation=4)
    assert config.replace(epochs=5) == TrainingConfig(epochs=5, update_every=2, truncation=4)
    with pytest.raises(ConfigError, match=r"truncation must be at least update_every \(5\)"):
        config.replace(update_every=5)
    with pytest.raises(ConfigError, match="no setting called 'epoch'"):
        config.replace(epoch=5)


def test_the_tutorials_network_has_48_weights() -> None:
    assert NetworkConfig().weight_count == 7 * 6 + 6
    assert NetworkConfig(inputs=2, outputs=3, biases=True).weight_count == (2 + 6 + 1) * 6 + (6 + 1) * 3


@pytest.mark.parametrize(
    ("network", "training", "sentence"),
    [
        ({}, {"loss": "cross-entropy"}, "cross-entropy needs logistic or softmax outputs, got linear ones"),
        (
            {},
            {"update_every": 21, "truncation": 21},
            "update_every must be at most the 20 training steps there are, got 21",
        ),
        ({}, {"truncation": 1_000}, "truncation must be at most the 20 training steps there are, got 1,000"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    network: dict[str, Any], training: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError) as error:
        check_together(NetworkConfig(**network), TrainingConfig(**training), 20)
    assert str(error.value) == sentence


def test_settings_that_go_together_are_not_refused() -> None:
    check_together(NetworkConfig(output="softmax"), TrainingConfig(loss="cross-entropy", truncation=20), 20)
    check_together(NetworkConfig(), TrainingConfig(update_every="all", truncation="all"), 20)
