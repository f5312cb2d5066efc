"""ContextMenu: what a person can do to a unit or a connection."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Connection, Layer, Unit, UnitNames, unit_name
from elman_gui.number_boxes import NumberDialog

__all__ = ["ContextMenu"]

_LARGEST = 1000.0
_HELD_LAYERS = (Layer.INPUT, Layer.CONTEXT, Layer.HIDDEN)


class ContextMenu(QObject):
    """Opens a menu for what was pointed at.

    Signals
    -------
    hold_wanted(dict, str)
        Units by the value they are to be held at, None to let go; and what that is called.
    weight_wanted(Connection, float)
    """

    hold_wanted = Signal(object, str)
    weight_wanted = Signal(object, float)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def open(
        self, target: Unit | Connection, at: QPoint, clamps: Clamps, names: UnitNames, hidden: int, value: float
    ) -> None:
        """Open the menu at a point of the screen; `value` is the unit's activation or the connection's weight."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if isinstance(target, Unit):
            self._fill_for_unit(menu, target, clamps, unit_name(target, names), hidden, value)
        else:
            self._fill_for_connection(menu, target, names, value)
        menu.popup(at)

    def _fill_for_unit(self, menu: QMenu, unit: Unit, clamps: Clamps, name: str, hidden: int, value: float) -> None:
        if unit.layer not in _HELD_LAYERS:
            menu.addAction("Only input, context and hidden units can be held").setEnabled(False)
            return
        if unit in clamps.values:
            menu.addAction(f"Let {name.capitalize()} Go", partial(self._hold, {unit: None}, f"Letting Go of {name}"))
        menu.addAction(f"Lesion {name.capitalize()}", partial(self._hold, {unit: 0.0}, f"Lesion of {name}"))
        menu.addAction(f"Hold {name.capitalize()} at…", partial(self._ask_value, unit, name, value))
        if unit.layer is Layer.CONTEXT and hidden > 1:
            everything = {Unit(Layer.CONTEXT, index): 0.0 for index in range(hidden)}
            menu.addSeparator()
            menu.addAction("Lesion the Whole Context", partial(self._hold, everything, "Lesion of the context"))

    def _fill_for_connection(self, menu: QMenu, connection: Connection, names: UnitNames, value: float) -> None:
        name = " → ".join(unit_name(unit, names) for unit in (connection.source, connection.target))
        menu.addAction(f"Cut {name}", partial(self.weight_wanted.emit, connection, 0.0))
        menu.addAction("Set the Weight…", partial(self._ask_weight, connection, name, value))

    def _hold(self, units: dict[Unit, float | None], what: str) -> None:
        self.hold_wanted.emit(units, what)

    def _ask_value(self, unit: Unit, name: str, value: float) -> None:
        dialog = self._number_dialog(f"Hold {name} at", value)
        dialog.number_chosen.connect(lambda chosen: self._hold({unit: chosen}, f"Holding {name}"))
        dialog.open()

    def _ask_weight(self, connection: Connection, name: str, value: float) -> None:
        dialog = self._number_dialog(f"Weight {name}", value)
        dialog.number_chosen.connect(lambda chosen: self.weight_wanted.emit(connection, chosen))
        dialog.open()

    def _number_dialog(self, question: str, value: float) -> NumberDialog:
        return NumberDialog(question, value, _LARGEST, self._window)
