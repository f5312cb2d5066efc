"""Options of the command line that are settings of a config: what each kind of setting takes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
import typer
from pydantic import Field

from elman_core.cli.options import TRAINING_SETTINGS, Setting, chosen, with_settings
from elman_core.config import Config, DataConfig, TrainingConfig
from elman_core.errors import ConfigError


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


def given(*words: str) -> dict[str, Any]:
    """Return the settings of Example that a command line gives."""
    found: dict[str, Any] = {}

    @with_settings(SETTINGS)
    def run(what: str, own: str = "here", **settings: Any) -> None:
        assert (what, own) == ("it", "here")
        found.update(chosen(Example, SETTINGS, settings))

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
    assert len({setting.name for setting in TRAINING_SETTINGS}) == len(TRAINING_SETTINGS)
    for setting in TRAINING_SETTINGS:
        assert setting.config.model_fields[setting.name].description, setting.name


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
