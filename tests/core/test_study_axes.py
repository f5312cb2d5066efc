"""Every setting of every config can be an axis, or is refused with a reason; its values are those the config takes."""

from __future__ import annotations

from typing import Any

import pytest

from elman_core.config import AutomaticConfig, DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.config.study import Axis, Range
from elman_core.errors import ConfigError
from elman_core.studies.axes import FieldKind, axis_of, field_named, parse_axis, study_fields
from elman_core.studies.study import settings_words

CONFIGS = {"network": NetworkConfig, "training": TrainingConfig, "data": DataConfig, "symbols": SymbolConfig}


def test_every_setting_is_an_axis_but_those_that_follow_or_are_the_seeds() -> None:
    fields = {field.full_name for field in study_fields()}
    every = {f"{group}.{name}" for group, config in CONFIGS.items() for name in config.model_fields}
    members = {"training.learning_rates", "training.momenta", "training.weight_decays"}
    assert every - fields == {"network.inputs", "network.outputs", "training.seed", "training.networks", *members}
    assert fields < every
    automatic = {field.full_name for field in study_fields(automatic=True)}
    own = {f"automatic.{name}" for name in AutomaticConfig.model_fields if name != "seed"}
    assert own < automatic and "network.activation" in automatic
    assert not automatic & {"network.hidden", "training.epochs", "data.lags", "data.scaling", "symbols.unit"}


@pytest.mark.parametrize("automatic", [False, True])
def test_the_usual_value_of_every_setting_is_one_of_its_values(automatic: bool) -> None:
    for field in study_fields(automatic=automatic):
        usual = field.config.model_fields[field.name].default
        (value,) = axis_of(field, [field.checked(usual if not isinstance(usual, tuple) else "none")]).values
        text = "none" if value is None else str(value)
        assert field.parse(text) == value, field.full_name
        assert field.title and field.description
        if field.low is not None:
            assert isinstance(field.high, int | float) and field.low < field.high
            beyond = field.low if field.excludes_low else field.low - 1
            with pytest.raises(ConfigError, match=f"^{field.name}"):
                field.checked(beyond)
            if not field.excludes_high:
                assert field.checked(field.high) == field.high
        for choice in field.choices:
            assert field.parse(choice) in (choice, None)
            assert field.parse(choice.upper()) in (choice, None)


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("hidden=6,20", ("network.hidden", (6, 20))),
        ("learning-rate = 0.1, 1e-2", ("training.learning_rate", (0.1, 0.01))),
        ("training.truncation=all,3", ("training.truncation", ("all", 3))),
        ("biases=on,no", ("network.biases", (True, False))),
        ("optimizer=Adam,sgd", ("training.optimizer", ("adam", "sgd"))),
        ("transforms=none,log+difference", ("data.transforms", ("none", "log+difference"))),
        ("season=none,12", ("data.season", (None, 12))),
        ("inputs=a+b,none", ("data.inputs", ("a+b", "none"))),
        ("sequences=lines", ("symbols.sequences", ("lines",))),
    ],
)  # fmt: skip
def test_an_axis_is_read_as_a_person_writes_it(text: str, axis: tuple[str, tuple[Any, ...]]) -> None:
    found = parse_axis(text)
    assert (found.field, found.values) == axis
    assert [type(value) for value in found.values] == [type(value) for value in axis[1]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("learning_rat=1", "there is no setting called 'learning_rat' (did you mean learning_rate?)"),
        ("netwrk.hidden=1", "there is no setting called 'netwrk.hidden' (did you mean network.hidden?)"),
        ("qqq=1", "there is no setting called 'qqq'"),
        ("hidden=0", "hidden must be at least 1, got 0"),
        ("hidden=1.5", "hidden must be a whole number, got '1.5'"),
        ("learning_rate=fast", "learning_rate must be a number, got 'fast'"),
        ("truncation=some", "truncation must be a whole number or 'all', got 'some'"),
        ("context_reset=now", "context_reset must be a whole number, 'never', 'epoch' or 'sequence', got 'now'"),
        ("optimizer=sgd,adm", "optimizer must be 'sgd', 'adam', 'rprop' or 'lbfgs', got 'adm'"),
        ("biases=perhaps", "biases must be true or false, got 'perhaps'"),
        ("transforms=log+lag",
         "transforms must be 'log', 'log1p', 'log-where-positive', 'difference', 'seasonal-difference', "
         "'seasonal-additive', 'seasonal-multiplicative' or 'seasonal-if-found', got 'lag'"),
        ("learning_rate=0.1,1e-1", "training.learning_rate has the value 0.1 twice"),
        ("networks=1,2",
         "training.networks cannot be varied: it is what the networks of every cell differ in: choose the number of "
         "seeds"),
        ("momenta=0.1",
         "training.momenta cannot be varied: it is for networks of one ensemble, which the cells of a study are not: "
         "vary training.momentum"),
    ],
)  # fmt: skip
def test_what_is_no_axis_is_told_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_axis(text)
    assert str(refused.value) == sentence


def test_a_search_draws_numbers_from_a_range() -> None:
    assert parse_axis("hidden=2:20", ranges=True) == Axis(field="network.hidden", range=Range(low=2, high=20))
    log = parse_axis("learning_rate=1e-3:0.1:log", ranges=True)
    assert log == Axis(field="training.learning_rate", range=Range(low=0.001, high=0.1, log=True))
    for text in ("optimizer=sgd:adam", "hidden=2:20:lag", "hidden=2:3:log:4"):
        with pytest.raises(ConfigError, match="must have values, or be a number with a range low:high or low:high:log"):
            parse_axis(text, ranges=True)
    with pytest.raises(ConfigError, match="hidden must be at least 1, got 0"):
        parse_axis("hidden=0:4", ranges=True)
    with pytest.raises(ConfigError, match="a range goes from one number to another"):
        parse_axis("truncation=3:all", ranges=True)


def test_with_auto_the_recipes_own_settings_are_varied() -> None:
    assert field_named("hidden", automatic=True).full_name == "automatic.hidden"
    with pytest.raises(ConfigError, match=r"is a choice of the automatic recipe: vary automatic.hidden"):
        field_named("network.hidden", automatic=True)
    with pytest.raises(ConfigError, match="is a choice that the automatic recipe makes for each part"):
        field_named("scaling", automatic=True)
    with pytest.raises(ConfigError, match="is for the automatic recipe: give --auto"):
        field_named("pure_hidden")
    assert field_named("lags").kind is FieldKind.WHOLE


def test_settings_are_called_as_the_options_of_the_command_line() -> None:
    words = settings_words({"network.hidden": 6, "training.learning_rate": 0.1, "network.biases": True})
    assert words == "hidden 6, learning rate 0.1, biases on"
    assert settings_words({}) == "the same settings"
    assert settings_words({"network.inputs": 1, "data.inputs": "a"}) == "network.inputs 1, data.inputs a"
