"""Options of the command line that are settings of a config: what each kind of setting takes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from commands import Elman
from pydantic import Field

from elman_core.cli.options import TRAINING_SETTINGS, Setting, chosen, with_settings
from elman_core.config import Config, DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.errors import ConfigError
from elman_core.storage.model_file import load_model


class Kind(StrEnum):
    """Choices."""

    ONE = "one"
    TWO = "two"


class Example(Config):
    """A setting of every kind."""

    number: int = Field(1, ge=1, description="A number.")
    share: float = Field(0.5, description="A share.")
    switch: bool = Field(False, description="A switch.")
    kind: Kind = Field(Kind.ONE, description="A choice.")
    steps: Annotated[int, Field(ge=1)] | Literal["all"] = Field(1, description="Steps.")
    season: Annotated[int, Field(ge=2)] | None = Field(12, description="A season.")
    names: tuple[str, ...] = Field((), description="Names.")
    rates: tuple[Annotated[float, Field(gt=0)], ...] = Field((), description="Rates.")
    kinds: tuple[Kind, ...] = Field((Kind.ONE,), description="Choices.")


class Other(Config):
    """Settings of another group."""

    epochs: int = Field(1, description="Epochs.")


SETTINGS = (
    *(Setting(Example, name) for name in Example.model_fields if name != "names"),
    Setting(Example, "names", "C", "--name"),
    Setting(Other, "epochs", "N"),
)


def given(*words: str, settings: Sequence[Setting] = SETTINGS) -> dict[str, Any]:
    """Return the settings of Example that a command line gives."""
    found: dict[str, Any] = {}

    @with_settings(settings)
    def run(what: str, own: str = "here", **values: Any) -> None:
        assert (what, own) == ("it", "here")
        found.update(chosen(Example, settings, values))

    app = typer.Typer(add_completion=False)
    app.command()(run)
    typer.main.get_command(app).main(["it", *words], standalone_mode=False)
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", {}),
        ("--epochs 3", {}),
        ("--number 3 --share 0.25", {"number": 3, "share": 0.25}),
        ("--switch", {"switch": True}),
        ("--no-switch", {"switch": False}),
        ("--kind two", {"kind": Kind.TWO}),
        ("--steps all", {"steps": "all"}),
        ("--steps 20", {"steps": 20}),
        ("--season none", {"season": None}),
        ("--season 7", {"season": 7}),
        ("--name a,b --name c --name a,b", {"names": ("a,b", "c")}),
        ("--rates 0.1,1", {"rates": (0.1, 1.0)}),
        ("--rates none", {"rates": ()}),
        ("--kinds one,two", {"kinds": (Kind.ONE, Kind.TWO)}),
    ],
)
def test_an_option_sets_its_setting(line: str, expected: dict[str, Any]) -> None:
    found = given(*line.split())
    assert found.keys() == expected.keys()
    config = Example(**found)
    assert {name: getattr(config, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--number 0", "number must be at least 1, got 0"),
        ("--steps few", "steps must be a whole number"),
        ("--season 1", "season must be at least 2"),
        ("--rates 0.1,-1", "rates.1 must be more than 0"),
        ("--kinds one,three", "kinds must be 'one' or 'two', got 'three'"),
    ],
)
def test_a_value_outside_its_limits_is_refused_by_the_config(line: str, sentence: str) -> None:
    found = given(*line.split())
    with pytest.raises(ConfigError) as refused:
        Example(**found)
    assert str(refused.value).startswith(sentence)


def test_settings_of_a_training_have_names_and_flags_of_their_own() -> None:
    assert len({setting.key for setting in TRAINING_SETTINGS}) == len(TRAINING_SETTINGS)
    for setting in TRAINING_SETTINGS:
        assert setting.config.model_fields[setting.name].description, setting.name


@pytest.mark.parametrize("config", [DataConfig, NetworkConfig, TrainingConfig, SymbolConfig])
def test_whatever_the_forms_have_has_an_option(config: type[Config]) -> None:
    follows_from_the_data = {"inputs", "outputs"} if config is NetworkConfig else set()
    shown = {setting.name for setting in TRAINING_SETTINGS if setting.config is config and not setting.hidden}
    assert shown == config.model_fields.keys() - follows_from_the_data


OLD = [
    Setting(Example, "number", "N", "--count"),
    Setting(Example, "number", "N", "--number", hidden=True),
]


def test_an_old_flag_is_still_understood_but_no_longer_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert given("--number", "4", settings=OLD) == {"number": 4}
    assert given("--number", "4", "--count", "5", settings=OLD) == {"number": 5}
    given("--help", settings=OLD)
    shown = capsys.readouterr().out
    assert "--count" in shown
    assert "--number" not in shown


def test_clip_was_once_called_clip_norm(done: Elman, tmp_path: Path) -> None:
    for flag in ("--clip", "--clip-norm"):
        path = tmp_path / f"{flag[2:]}.safetensors"
        done("train", "sine", "--epochs", 1, flag, 0.5, "--save", path)
        assert load_model(path).training.clip_norm == 0.5


@pytest.mark.parametrize(
    ("line", "transforms", "scaling"),
    [
        ("--scaling none", [], "none"),
        ("--scaling min-max", [], "min-max"),
        ("--transform difference --scaling none", ["difference"], "none"),
        ("--transform difference,min-max", ["difference"], "min-max"),
        ("--transform none --scaling mean-absolute-step", [], "mean-absolute-step"),
    ],
)
def test_a_scaling_is_chosen_with_the_transforms_or_alone(
    done: Elman, tmp_path: Path, line: str, transforms: list[str], scaling: str
) -> None:
    path = tmp_path / "model.safetensors"
    done("train", "sunspots", "--epochs", 1, *line.split(), "--save", path)
    data = load_model(path).data
    assert ([name.value for name in data.transforms], data.scaling.value) == (transforms, scaling)


def test_a_scaling_that_is_given_twice_is_refused(elman: Elman) -> None:
    ended = elman("train", "sunspots", "--transform", "min-max", "--scaling", "none")
    assert ended.code == 2
    assert "the scaling is given twice, as none and in --transform min-max" in ended.messages


def test_rates_of_members_are_options_too(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    done("train", "sine", "--epochs", 1, "--networks", 2, "--learning-rates", "0.1,0.2", "--save", path)
    assert load_model(path).training.learning_rates == (0.1, 0.2)


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        ("share", "0,25", 0.25), ("share", "0.25", 0.25), ("share", "1e-3", 0.001), ("number", "1,000", 1000),
        ("number", "٣", 3), ("steps", "1,000", "1,000"), ("season", "12", "12"),
    ],
)  # fmt: skip
def test_a_number_is_read_with_either_mark(option: str, text: str, value: object) -> None:
    assert given(f"--{option}", text) == {option: value}


@pytest.mark.parametrize(
    ("option", "text", "sentence"),
    [
        ("number", "1.000", "must be a whole number, got '1.000'"), ("number", "2.0", "must be a whole number"),
        ("share", "1,000", "can be read in two ways, got 1,000: write 1000 or 1.000"),
        ("share", "many", "must be a number, got 'many'"),
    ],
)  # fmt: skip
def test_a_number_that_would_change_in_silence_is_refused(option: str, text: str, sentence: str) -> None:
    with pytest.raises(typer.BadParameter, match=sentence):
        given(f"--{option}", text)


@pytest.mark.parametrize("text", ["1.000", "12.0", "0,25"])
def test_a_text_with_decimals_is_no_number_of_steps(text: str) -> None:
    for name in ("truncation", "update_every", "context_reset"):
        with pytest.raises(ConfigError, match=f"{name} must be a whole number.* or .*, got '{text}'"):
            TrainingConfig(**{name: text})
    assert TrainingConfig(truncation="1,000").truncation == 1000
    with pytest.raises(ConfigError, match=f"season must be a whole number, got '{text}'"):
        DataConfig(season=text)
