"""SettingsPanel: what is learned, by what network, in what way."""

from __future__ import annotations

from functools import partial
from html import escape

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from elman_core.config import ALL, AutomaticConfig, Begin, NetworkConfig, Optimizer, Output, TrainingConfig, check_batch
from elman_core.data.kind import DataKind
from elman_core.data.table import AxisKind, Table
from elman_core.data.text.vocabulary import Symbols, shown
from elman_core.experiment import Experiment, Run
from elman_core.experiments.description import learned_sentence
from elman_core.support.text_format import counted
from elman_core.training.estimate import DataSizes, check_memory, estimate_training
from elman_core.training.rates import rates_sentence
from elman_gui.document import ForecastPlan
from elman_gui.panels.config_form import ConfigForm
from elman_gui.panels.forecaster_choice import ForecasterChoice
from elman_gui.panels.form_scroll import FormScroll
from elman_gui.panels.role_table import RoleTable
from elman_gui.plain_text import PlainLabel
from elman_gui.views.view_card import Card

__all__ = ["SettingsPanel", "network_sentence"]

_NAMES_SHOWN = 30
_OPTIMIZERS = {Optimizer.SGD: "SGD", Optimizer.ADAM: "Adam", Optimizer.RPROP: "Rprop", Optimizer.LBFGS: "L-BFGS"}


_DATA = (
    "lags", "horizon", "strategy", "transforms", "season", "train_percent", "validation_percent", "scaling",
    "fill_gaps",
)  # fmt: skip
_MORE_DATA = ("relative_to_last", "split", "validation_rows", "test_rows")
_NETWORK = ("hidden", "activation", "output", "initial_context", "biases", "direct")
_MORE_NETWORK = ("begin", "ridge", "initialization", "input_spread", "output_spread")
_TRAINING = (
    "epochs", "learning_rate", "optimizer", "momentum", "update_every", "truncation", "batch", "patience",
)  # fmt: skip
_MORE_TRAINING = (
    "loss", "loss_reduction", "context_reset", "warm_up_steps", "schedule", "schedule_epochs", "schedule_factor",
    "warm_up_share", "weight_decay", "clip_norm", "hold_direct", "networks", "precision",
)  # fmt: skip
_AUTOMATIC = ("transforms", "season", "lags", "ridge", "networks", "hidden", "horizon", "calendar")
_MORE_AUTOMATIC = (
    "residual", "pure", "pure_hidden", "inner_networks", "epochs", "patience", "shared_hidden", "shared_epochs", "seed",
)  # fmt: skip
_OF_PARTS = ("lags", "horizon", "strategy", "transforms", "season", "validation_percent", "scaling", "fill_gaps")
"""What a forecaster decides by itself."""
_OF_NUMBERS = ("lags", "transforms", "scaling", "relative_to_last", "fill_gaps", "season")


_FORECASTER = (
    "Least squares, and Elman networks that learn what these leave or the whole, weighted by what an inner validation "
    "says."
)


class SettingsPanel(Card):
    """One sentence that says it all, and three short forms.

    Signals
    -------
    automatic_changed(AutomaticConfig), data_changed(DataConfig), network_changed(NetworkConfig),
    training_changed(TrainingConfig)
        The person chose other settings.
    forecaster_wanted(bool)
        The person wants a forecaster of several parts, or a pure Elman network.
    """

    automatic_changed = Signal(object)
    forecaster_wanted = Signal(bool)
    data_changed = Signal(object)
    network_changed = Signal(object)
    training_changed = Signal(object)

    def __init__(self, experiment: Experiment, table: Table) -> None:
        super().__init__("Experiment")
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.RichText)
        self.cost = QLabel()
        self.cost.setObjectName("muted")
        self.cost.setWordWrap(True)
        self.cost.setToolTip("A rough estimate of the whole training, before it begins")
        self.kinds = ForecasterChoice()
        self.automatic = ConfigForm("Forecaster", AutomaticConfig(), _AUTOMATIC, _MORE_AUTOMATIC)
        self.automatic.hide()
        self.data = ConfigForm("Data", experiment.dataset.config, _DATA, _MORE_DATA)
        self._source = PlainLabel()
        self._source.setObjectName("muted")
        self._source.setWordWrap(True)
        self.roles = RoleTable(needs_target=True)
        self.data.extra.addWidget(self._source)
        self.data.extra.addWidget(self.roles)
        self.network = ConfigForm("Network", experiment.network, _NETWORK, _MORE_NETWORK)
        self.training = ConfigForm("Training", experiment.training, _TRAINING, _MORE_TRAINING)
        self.body.addWidget(self._scrolled(), 1)
        self._connect()
        self.show_experiment(experiment, table)

    def _scrolled(self) -> FormScroll:
        ground = QWidget()
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        for part in (
            self.kinds, self._sentence, self.cost, self.automatic, self.data, self.network, self.training,
        ):  # fmt: skip
            column.addWidget(part)
        column.addStretch(1)
        return FormScroll(ground)

    def _connect(self) -> None:
        self.kinds.forecaster_wanted.connect(self.forecaster_wanted)
        self.automatic.config_changed.connect(self.automatic_changed)
        self.data.config_changed.connect(self.data_changed)
        self.network.config_changed.connect(self.network_changed)
        self.training.config_changed.connect(self.training_changed)
        self.roles.roles_changed.connect(self._choose_roles)

    def show_experiment(self, experiment: Experiment, table: Table) -> None:
        """Show another experiment's settings."""
        dataset, network = experiment.dataset, experiment.network
        self.show_training(experiment)
        self._source.setText(_source_sentence(experiment, table))
        self.data.show_config(dataset.config)
        self.network.show_config(network)
        sizes = DataSizes.of(dataset)
        self.cost.setText(estimate_training(network, experiment.training, sizes).sentence)
        self.training.set_check(partial(_check_training, network, sizes))
        self.network.set_check(lambda changed: check_memory(changed, experiment.training, sizes))
        several, numbers = dataset.panel.has_several, dataset.kind is DataKind.NUMBERS
        self.data.set_usable({"split": several} | ({} if numbers else dict.fromkeys(_OF_NUMBERS, False)))
        self.training.set_usable({"batch": several, "hold_direct": network.direct})
        self.kinds.setVisible(numbers)
        self.roles.setVisible(len(table.columns) > 1 and numbers)
        if numbers:
            self.roles.show_columns(table.columns, dataset.config)

    def show_plan(self, plan: ForecastPlan | None) -> None:
        """Show how a forecaster is fitted; of a pure Elman network, the network and its training."""
        is_forecaster = plan is not None
        self.kinds.show_kind(is_forecaster)
        self.automatic.setVisible(is_forecaster)
        for form in (self.network, self.training, self.cost):
            form.setVisible(not is_forecaster)
        self.data.show_without(() if plan is None else _OF_PARTS)
        if plan is not None:
            self.automatic.show_config(plan.automatic)
            self.data.show_config(plan.data)
            self._sentence.setText(_forecaster_sentence(plan))

    def show_training(self, experiment: Experiment) -> None:
        """Show how the network is trained, and whether that was changed on the way."""
        changed = sentence_case(rates_sentence(experiment.history.rates)) if isinstance(experiment, Run) else ""
        self._sentence.setText(network_sentence(experiment) + (f" {changed}." if changed else ""))
        self.training.show_config(experiment.training)
        self._optimizer = experiment.training.optimizer

    def set_editable(self, editable: bool) -> None:
        """Lock the forms while the network trains, but for what may change meanwhile."""
        for form in (self.kinds, self.automatic, self.data, self.network):
            form.setEnabled(editable)
        # Rprop has steps of its own, which the rate is only the first of.
        is_rprop = self._optimizer is Optimizer.RPROP
        self.training.set_editable(editable, () if is_rprop else ("learning_rate",))

    @Slot()
    def _choose_roles(self) -> None:
        self.data.change(**self.roles.changes)


def _forecaster_sentence(plan: ForecastPlan) -> str:
    if plan.forecaster is None:
        return _FORECASTER
    from elman_core.forecasting.part_words import whole_words  # imports torch

    return escape(whole_words(plan.forecaster))


def _check_training(network: NetworkConfig, sizes: DataSizes, training: TrainingConfig) -> None:
    check_batch(training, sizes.sequences)
    check_memory(network, training, sizes)


def network_sentence(experiment: Experiment) -> str:
    """Say the whole in one sentence or two, as rich text: what is learned, by what network, in what way."""
    network, training = experiment.network, experiment.training
    count = f"{network.outputs} output{'s' if network.outputs != 1 else ''}"
    output = f"<b>{count}</b>" + ("" if network.output is Output.LINEAR else f" ({network.output.value})")
    linear = " (linear)" if network.output is Output.LINEAR else ""
    match (training.update_every, training.truncation):
        case (1, 1):
            rule = "one-step truncation"
        case ("all", "all"):
            rule = "full BPTT"
        case ("sequence", _):
            many = f"{training.batch:,} sequences at once" if training.batch > 1 else "each sequence"
            rule = f"full BPTT through {many}"
        case (every, back):
            rule = f"BPTT through {'all' if back == ALL else back} steps every {every}"
    inputs = f"{network.inputs} input{'s' if network.inputs != 1 else ''}"
    networks = f"{training.networks:,} networks of " if training.networks > 1 else ""
    direct = ", and directly from input to output" if network.direct else ""
    panel = experiment.dataset.panel
    many = f"; in {counted(len(panel), 'sequence')}" if panel.has_several else ""
    begin = ", from least squares on" if network.begin is Begin.LEAST_SQUARES else ""
    return (
        f"{networks}<b>{inputs} → {network.hidden} hidden</b> ({network.activation.value}), fed back → "
        f"{output}{linear}{direct}: "
        f"{network.weight_count:,} weights; {rule}; "
        f"{_OPTIMIZERS[training.optimizer]} {training.learning_rate:g}{begin}. "
        f"{escape(sentence_case(learned_sentence(experiment)))}{many}."
    )


def sentence_case(words: str) -> str:
    """Let words begin with a capital letter."""
    return words[:1].upper() + words[1:]


def _source_sentence(experiment: Experiment, table: Table) -> str:
    dataset = experiment.dataset
    axis, panel = dataset.axis, dataset.panel
    span = f" in {counted(len(panel), 'sequence')}" if panel.has_several else ""
    if axis.kind is not AxisKind.STEP:
        first, last = float(axis.positions.min()), float(axis.positions.max())
        span += f", {axis.label} {axis.text(first)} to {axis.text(last)}"
    filled = int(dataset.filled.sum())
    gaps = f"; {counted(filled, 'gap')} filled" if filled else ""
    if dataset.kind is DataKind.SYMBOLS:
        return f"{table.name}{span}: {_symbols_sentence(dataset.symbols)}"
    return f"{table.name}: {counted(dataset.rows, 'row')}{span}{gaps}"


def _symbols_sentence(symbols: Symbols) -> str:
    vocabulary = symbols.vocabulary
    vectors = "one-hot" if vocabulary.is_one_hot else counted(len(vocabulary.columns), "feature") + " each"
    names = " ".join(map(shown, vocabulary.names[:_NAMES_SHOWN]))
    more = len(vocabulary.names) - _NAMES_SHOWN
    return (
        f"{counted(len(symbols), symbols.config.unit.value.removesuffix('s'))}, {len(vocabulary.names):,} different, "
        f"{vectors}: {names}{f' and {more:,} more' if more > 0 else ''}"
    )
