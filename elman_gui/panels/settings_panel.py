"""SettingsPanel: what is learned, by what network, in what way."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QScrollArea, QVBoxLayout, QWidget

from elman_core.config import ALL, NetworkConfig, Optimizer, Output, TrainingConfig
from elman_core.data.table import AxisKind, Table
from elman_core.data.text.vocabulary import Symbols, shown
from elman_core.experiment import Experiment
from elman_core.support.text_format import counted
from elman_gui.panels.config_form import ConfigForm
from elman_gui.views.card import Card

__all__ = ["SettingsPanel", "network_sentence"]

_NAMES_SHOWN = 30
_OPTIMIZERS = {Optimizer.SGD: "SGD", Optimizer.ADAM: "Adam", Optimizer.RPROP: "Rprop", Optimizer.LBFGS: "L-BFGS"}


class SettingsPanel(Card):
    """One sentence that says it all, and three short forms.

    Signals
    -------
    data_changed(DataConfig), network_changed(NetworkConfig), training_changed(TrainingConfig)
        The person chose other settings.
    """

    data_changed = Signal(object)
    network_changed = Signal(object)
    training_changed = Signal(object)

    def __init__(self, experiment: Experiment, table: Table) -> None:
        super().__init__("Experiment")
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.RichText)
        self.body.addWidget(self._sentence)
        self.data = ConfigForm(
            "Data", experiment.dataset.config, ("train_percent", "validation_percent", "scaling", "fill_gaps")
        )
        self._source = QLabel()
        self._source.setObjectName("muted")
        self._source.setWordWrap(True)
        self._columns = QListWidget()
        self._columns.setToolTip("Columns that are learned and predicted together. Check at least one.")
        self._columns.setAccessibleName("Columns")
        self.data.extra.addWidget(self._source)
        self.data.extra.addWidget(self._columns)
        self.network = ConfigForm(
            "Network",
            experiment.network,
            ("hidden", "activation", "output", "initial_context", "biases"),
            ("initialization", "input_spread", "output_spread"),
        )
        self.training = ConfigForm(
            "Training",
            experiment.training,
            ("epochs", "learning_rate", "optimizer", "momentum", "update_every", "truncation", "patience"),
            (
                *("loss", "context_reset", "schedule", "schedule_epochs", "schedule_factor"),
                *("weight_decay", "clip_norm", "networks", "precision"),
            ),
        )
        self.body.addWidget(self._scrolled(), 1)
        self._connect()
        self.show_experiment(experiment, table)

    def _scrolled(self) -> QScrollArea:
        ground = QWidget()
        ground.setObjectName("formGround")
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        for form in (self.data, self.network, self.training):
            column.addWidget(form)
        column.addStretch(1)
        area = QScrollArea()
        area.setObjectName("formScroll")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(ground)
        return area

    def _connect(self) -> None:
        self.data.config_changed.connect(self.data_changed)
        self.network.config_changed.connect(self.network_changed)
        self.training.config_changed.connect(self.training_changed)
        self._columns.itemChanged.connect(self._choose_columns)

    def show_experiment(self, experiment: Experiment, table: Table) -> None:
        """Show another experiment's settings."""
        self._sentence.setText(network_sentence(experiment.network, experiment.training))
        self._source.setText(_source_sentence(experiment, table))
        self.data.show_config(experiment.dataset.config)
        self.network.show_config(experiment.network)
        self.training.show_config(experiment.training)
        self._show_columns(table, experiment.dataset.columns)

    def set_editable(self, editable: bool) -> None:
        """Lock the forms while the network trains."""
        for form in (self.data, self.network, self.training):
            form.setEnabled(editable)

    def _show_columns(self, table: Table, chosen: tuple[str, ...]) -> None:
        self._columns.setVisible(len(table.columns) > 1 and table.symbols is None)
        self._columns.blockSignals(True)
        self._columns.clear()
        for name in table.columns:
            item = QListWidgetItem(name)
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if name in chosen else Qt.CheckState.Unchecked)
            self._columns.addItem(item)
        self._columns.blockSignals(False)
        self._columns.setFixedHeight(min(4, len(table.columns)) * 22 + 6)

    def _choose_columns(self, changed: QListWidgetItem) -> None:
        items = [self._columns.item(row) for row in range(self._columns.count())]
        chosen = tuple(item.text() for item in items if item.checkState() is Qt.CheckState.Checked)
        if not chosen:
            changed.setCheckState(Qt.CheckState.Checked)  # one column at least stays
            return
        self.data.config_changed.emit(self.data.config.replace(columns=chosen))


def network_sentence(network: NetworkConfig, training: TrainingConfig) -> str:
    """Say the whole in one sentence, as rich text."""
    count = f"{network.outputs} output{'s' if network.outputs != 1 else ''}"
    output = f"<b>{count}</b>" + ("" if network.output is Output.LINEAR else f" ({network.output.value})")
    linear = " (linear)" if network.output is Output.LINEAR else ""
    match (training.update_every, training.truncation):
        case (1, 1):
            rule = "one-step truncation"
        case ("all", "all"):
            rule = "full BPTT"
        case (every, back):
            rule = f"BPTT through {'all' if back == ALL else back} steps every {every}"
    inputs = f"{network.inputs} input{'s' if network.inputs != 1 else ''}"
    networks = f"{training.networks:,} networks of " if training.networks > 1 else ""
    return (
        f"{networks}<b>{inputs} → {network.hidden} hidden</b> ({network.activation.value}), fed back → "
        f"{output}{linear}: "
        f"{network.weight_count:,} weights; {rule}; {_OPTIMIZERS[training.optimizer]} {training.learning_rate:g}."
    )


def _source_sentence(experiment: Experiment, table: Table) -> str:
    dataset = experiment.dataset
    axis = dataset.axis
    span = ""
    if axis.kind is not AxisKind.STEP:
        span = f", {axis.label} {axis.text(axis.positions[0])} to {axis.text(axis.positions[-1])}"
    filled = int(dataset.filled.sum())
    gaps = f"; {filled:,} gaps filled" if filled else ""
    if dataset.symbols is not None:
        return f"{table.name}: {_symbols_sentence(dataset.symbols)}"
    return f"{table.name}: {dataset.rows:,} rows{span}{gaps}"


def _symbols_sentence(symbols: Symbols) -> str:
    vocabulary = symbols.vocabulary
    vectors = "one-hot" if vocabulary.is_one_hot else counted(len(vocabulary.columns), "feature") + " each"
    names = " ".join(map(shown, vocabulary.names[:_NAMES_SHOWN]))
    more = len(vocabulary.names) - _NAMES_SHOWN
    return (
        f"{counted(len(symbols), symbols.config.unit.value.removesuffix('s'))}, {len(vocabulary.names):,} different, "
        f"{vectors}: {names}{f' and {more:,} more' if more > 0 else ''}"
    )
