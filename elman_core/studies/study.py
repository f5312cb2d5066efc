"""Study: what its runs begin from, and what is varied."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from elman_core.config import AutomaticConfig, Config, DataConfig, TrainingConfig, TransformName
from elman_core.config.study import AxisValue, SearchKind, StudyConfig, StudyMetric
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.data.preparation import prepare
from elman_core.data.scaling import named_transforms
from elman_core.data.table import Table, TableFormat
from elman_core.data.text.vocabulary import CodedRows
from elman_core.errors import ConfigError, ElmanError
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN
from elman_core.experiments.factory import begin_on, begin_series, read_data
from elman_core.studies.axes import checked_setting, field_named
from elman_core.studies.forecaster_block import Recipe
from elman_core.studies.measure import Measure, measure_of
from elman_core.studies.search import GridSearch
from elman_core.studies.trial import Settings
from elman_core.support.text_format import counted
from elman_core.training.checks import check_run

__all__ = ["MOST_RUNS", "Study", "StudyBase", "fingerprint", "settings_words", "short_names", "value_words"]

MOST_RUNS = 10**12
_DATASETS_KEPT = 4
_LAST_SEED = 2**63 - 1


class StudyBase(Config):
    """What every run of a study begins from: data, and the settings that are not the usual ones.

    A cell is what `elman train` would train with these settings and its own: what is not given follows from what is.

    Attributes
    ----------
    name
        What the experiment is called.
    what
        A built-in experiment's name, or the path of a table or a text; empty where the data are nowhere else.
    data, network, training, symbols
        Given settings of each config, by name.
    features
        The path of a table of features for symbols.
    format
        How a table is read, as far as that is not to be found out.
    automatic
        Whether a run is a forecaster by the automatic recipe, and its choices that are made already.
    device, engine
        Where and how networks are trained.
    """

    name: str = Field(max_length=300)
    what: str = Field("", max_length=4096)
    data: dict[str, Any] = Field(default_factory=dict)
    network: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    symbols: dict[str, Any] = Field(default_factory=dict)
    features: str | None = None
    format: TableFormat | None = None
    automatic: dict[str, Any] | None = None
    device: str = "auto"
    engine: str = "auto"

    @field_validator("data", "network", "training", "symbols", "automatic")
    @classmethod
    def _check_settings(cls, given: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        return (
            None
            if given is None
            else {name: checked_setting(str(info.field_name), name, value) for name, value in given.items()}
        )

    @classmethod
    def of_run(cls, run: Run, *, device: str = "auto", engine: str = "auto") -> StudyBase:
        """Return the base of an experiment that is open, with all its settings."""
        dataset = run.dataset
        source = dataset.source
        data = dataset.config.model_dump()
        if dataset.symbols is not None:
            data["columns"] = () if source.column is None else (source.column,)
        follow = {"inputs", "outputs"}
        rates = {"networks", "learning_rates", "momenta", "weight_decays"}  # each network of a study has its own cell's
        return cls(
            name=run.name,
            what={"built-in": source.name, "pasted": ""}.get(source.kind, source.path or ""),
            data=data,
            network=run.network.model_dump(exclude=follow),
            training=run.training.model_dump(exclude=rates),
            symbols={} if source.kind == "built-in" or dataset.symbols is None else dataset.symbols.config.model_dump(),
            format=source.format,
            device=device,
            engine=engine,
        )

    @property
    def is_automatic(self) -> bool:
        """Whether its runs are forecasters by the automatic recipe."""
        return self.automatic is not None

    @property
    def is_built_in(self) -> bool:
        """Whether its data are those of a built-in experiment."""
        return self.what in BUILT_IN


class Study:
    """A base, and what is varied. Tables and datasets are made when they are needed, and the last ones kept.

    Parameters
    ----------
    table
        What the base's data are, where they have been read already, or are nowhere else.

    Attributes
    ----------
    base, config
        What its runs begin from, and what differs between them.
    """

    def __init__(self, base: StudyBase, config: StudyConfig, table: Table | None = None) -> None:
        for axis in config.axes:
            field_named(axis.field, automatic=base.is_automatic)
        if config.runs > MOST_RUNS:
            raise ConfigError(
                f"a study has at most {MOST_RUNS:,} runs, and these settings and seeds make {config.runs:.2g}: give "
                "fewer values, or draw some of them with search random"
            )
        self.base, self.config = base, config
        if config.search is SearchKind.TPE and not self.measure.is_compared:
            raise ConfigError(
                f"TPE goes by which cells are better: try a grid or random search. {self.measure.sentence}"
            )
        if self.first_seed + config.seeds - 1 > _LAST_SEED:
            raise ConfigError(f"the last seed must be at most {_LAST_SEED}, got {self.first_seed + config.seeds - 1}")
        self._table = table
        self._other_tables: dict[str, Table] = {}
        self._datasets: dict[tuple[int, DataConfig], SequenceDataset] = {}

    @property
    def measure(self) -> Measure:
        """What its runs are compared by."""
        return measure_of(self.config, automatic=self.base.is_automatic)

    @property
    def lost_rows(self) -> int:
        """Rows at the head of each sequence that the differences of some cell lose, so that no cell is scored on them.

        None are left out where losses are compared.
        """
        if not self.measure.in_errors:
            return 0
        names = self._values_of("transforms", ())
        season = max((value for value in self._values_of("season", None) if isinstance(value, int)), default=0)
        lost = {TransformName.DIFFERENCE.value: 1, TransformName.SEASONAL_DIFFERENCE.value: season}
        return max(sum(lost.get(str(name), 0) for name in each or ()) for each in names)

    def _values_of(self, name: str, usual: Any) -> list[Any]:
        """Return each value that a setting of the data has in some cell; of a range its end."""
        full_name = f"data.{name}"
        axis = next((axis for axis in self.config.axes if axis.field == full_name), None)
        if axis is None:
            built_in = BUILT_IN[self.base.what].data if self.base.is_built_in else None
            return [self.base.data.get(name, usual if built_in is None else getattr(built_in, name))]
        if axis.range is not None:
            return [axis.range.high]
        return [field_named(full_name).setting(value) for value in axis.values]

    @property
    def first_seed(self) -> int:
        """The seed of the first network of every cell."""
        if self.base.automatic is not None:
            return int(self.base.automatic.get("seed", AutomaticConfig.model_fields["seed"].default))
        built_in = BUILT_IN[self.base.what].training.seed if self.base.is_built_in else None
        usual = TrainingConfig.model_fields["seed"].default if built_in is None else built_in
        return int(self.base.training.get("seed", usual))

    @property
    def table(self) -> Table:
        """The data of the base.

        Raises
        ------
        ConfigError, DataError
            When they cannot be had.
        """
        if self._table is None:
            self._table = self._read(self.base.symbols)
        return self._table

    def settings_of(self, cell: int) -> Settings:
        """Return what a cell of a grid is tried with; the last axis changes first."""
        return GridSearch(self.config.axes).propose(cell)

    def begin(self, settings: Settings) -> tuple[Run, list[str]]:
        """Return the untrained experiment of a cell, with the first seed, and notes for the person.

        Raises
        ------
        ConfigError, DataError
            When the settings do not go together, or not with the data.
        """
        groups = self._given(settings)
        data, training = groups["data"], groups["training"] | {"networks": 1}
        if "data.transforms" in settings:
            names = ",".join(data["transforms"]) or "none"
            data["transforms"], scaling = named_transforms(names, data.get("season"))
            data.setdefault("scaling", scaling)
        table = self.table_of(settings)
        if self.base.is_built_in:
            return begin_on(self.base.what, table, data, groups["network"], training, self._prepare)
        if table.kind is DataKind.SYMBOLS:
            data.pop("columns", None)
        return begin_series(self.base.name, table, DataConfig(**data), groups["network"], training, self._prepare)

    def table_of(self, settings: Settings) -> Table:
        """Return the data that a cell learns: a text whose symbols it takes otherwise is another table.

        Raises
        ------
        ConfigError, DataError
            When they cannot be had.
        """
        symbols = self._given(settings)["symbols"]
        return self.table if symbols == self.base.symbols else self._read_otherwise(symbols)

    def checked(self, settings: Settings) -> Run:
        """Return the experiment of a cell, with all checked that can be known before it is trained.

        Raises
        ------
        ConfigError, DataError, DeviceError
            When settings do not go together, or not with the data, the memory, the metric or the device.
        """
        from elman_core.devices import choose_device
        from elman_core.training.engines.choice import choose_engine

        run, _ = self.begin(settings)
        check_run(run, choose_engine(self.base.engine, choose_device(self.base.device)))
        if self.config.metric is StudyMetric.TEST and not len(run.dataset.scored_rows(Part.TEST)):
            raise ConfigError(_no_test_part(run.name))
        if self.measure.in_errors:
            self._check_validation(run)
        return run

    def _check_validation(self, run: Run) -> None:
        """Refuse a validation part that losses can be had of, and errors over the horizon cannot."""
        from elman_core.forecasting.horizons import first_rows_of, origins_within

        dataset, horizon = run.dataset, run.dataset.config.horizon
        first = first_rows_of(dataset, self.lost_rows)
        if len(dataset.scored_rows(Part.VALIDATION)) and not len(
            origins_within(dataset, Part.VALIDATION, horizon, first)
        ):
            raise ConfigError(
                f"{run.name} has too few validation rows for errors over {counted(horizon, 'step')}, by which these "
                f"cells would be compared since {self.measure.unlike_losses} is varied: give more validation rows"
            )

    def recipe(self, settings: Settings, seed: int) -> Recipe:
        """Return what the automatic recipe is asked for in a cell; all that can be known before is checked.

        Raises
        ------
        ConfigError, DataError
            When settings do not go together, or not with the table.
        """
        groups = self._given(settings)
        recipe = Recipe(
            self.base.name,
            DataConfig(**groups["data"]),
            AutomaticConfig(**(groups["automatic"] | {"seed": seed})),
            groups["network"],
            groups["training"],
        )
        fit = recipe.begun(self.table, self.base.engine)
        if self.config.metric is StudyMetric.TEST and not len(fit.views.plain.scored_rows(Part.TEST)):
            raise ConfigError(_no_test_part(self.base.name))
        return recipe

    def _given(self, settings: Settings) -> dict[str, dict[str, Any]]:
        """Return what is given of each config in a cell."""
        names = ("data", "network", "training", "symbols", "automatic")
        groups = {name: dict(getattr(self.base, name) or {}) for name in names}
        for name, value in settings.items():
            field = field_named(name, automatic=self.base.is_automatic)
            groups[field.group][field.name] = field.setting(value)
        return groups

    def refusal(self, settings: Settings) -> str:
        """Say why a cell cannot be trained; nothing where it can, as far as that is known before."""
        try:
            self.recipe(settings, self.first_seed) if self.base.is_automatic else self.checked(settings)
        except ElmanError as error:
            return str(error)
        return ""

    def _prepare(self, table: Table, data: DataConfig) -> SequenceDataset:
        """Make a dataset, or return it again: cells mostly differ in other settings."""
        key = id(table), data
        if key not in self._datasets:
            if len(self._datasets) >= _DATASETS_KEPT:
                del self._datasets[next(iter(self._datasets))]
            self._datasets[key] = prepare(table, data)
        return self._datasets[key]

    def _read_otherwise(self, symbols: dict[str, Any]) -> Table:
        """Return a text whose symbols are taken otherwise."""
        key = repr(sorted(symbols.items()))
        if key not in self._other_tables:
            if not self.base.what or (self.base.features is None and not self._is_one_hot):
                raise ConfigError("how symbols are taken can be varied for a text in a file, without features")
            self._other_tables[key] = self._read(symbols)
        return self._other_tables[key]

    @property
    def _is_one_hot(self) -> bool:
        symbols = self.table.symbols
        return symbols is None or symbols.vocabulary.is_one_hot

    def _read(self, symbols: Mapping[str, Any]) -> Table:
        base = self.base
        if not base.what:
            raise ConfigError(f"the data of {base.name} are not in the study, nor in a file")
        features = None if base.features is None else Path(base.features)
        table_format = None if base.is_built_in else base.format
        return read_data(base.what, dict(base.data), dict(symbols), features, table_format)


def _no_test_part(name: str) -> str:
    return f"{name} has no test part to be judged by: choose metric validation, or a test part"


def settings_words(settings: Settings) -> str:
    """Write the settings of a cell for a person: "hidden 6, optimizer adam"; "the same settings" where none differ."""
    if not settings:
        return "the same settings"
    names = short_names(list(settings))
    return ", ".join(f"{names[name].replace('_', ' ')} {value_words(value)}" for name, value in settings.items())


def short_names(fields: list[str]) -> dict[str, str]:
    """Return the short name of each setting, such as "hidden"; in full where two of them would be called the same."""
    short = [field.partition(".")[2] for field in fields]
    return {field: own if short.count(own) == 1 else field for field, own in zip(fields, short, strict=True)}


def value_words(value: AxisValue) -> str:
    """Write the value of a setting for a person."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def fingerprint(table: Table) -> str:
    """Return a digest of what was read: the same for the same rows, columns, times and sequences."""
    digest = hashlib.sha256(repr((table.columns, table.rows, table.panel.names)).encode())
    values = table.values
    arrays = [values.codes, values.vectors] if isinstance(values, CodedRows) else [values]
    for array in (*arrays, table.axis.positions, table.panel.starts):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
