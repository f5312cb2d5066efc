"""SymbolAxis: a time axis that writes the symbols themselves, where there is room for them."""

from __future__ import annotations

from math import ceil, floor

from elman_core.data.text.vocabulary import Symbols, shown
from elman_gui.views.axis import PlotAxis

__all__ = ["SymbolAxis"]

_MOST_SYMBOLS = 80
_PIXELS_A_LETTER = 7


class SymbolAxis(PlotAxis):
    """Numbers while many rows are in view, a symbol a row when few are."""

    gap = 1.0

    def __init__(self, symbols: Symbols) -> None:
        super().__init__("bottom")
        self._symbols = symbols
        self._longest = max(map(len, symbols.vocabulary.names))
        self._letters = self._longest

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return a tick for each row in view, where its symbol has room."""
        rows = maxVal - minVal
        room = size / max(rows, 1e-9)
        if rows > _MOST_SYMBOLS or room < _PIXELS_A_LETTER * min(self._longest, 4):
            return super().tickValues(minVal, maxVal, size)  # type: ignore[no-any-return]
        self._letters = max(1, int(room // _PIXELS_A_LETTER))
        return [(1.0, [float(row) for row in range(max(0, ceil(minVal)), floor(maxVal) + 1)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the symbols, or numbers."""
        if spacing != 1.0 or len(values) > _MOST_SYMBOLS + 1:
            return super().tickStrings(values, scale, spacing)  # type: ignore[no-any-return]
        symbols = self._symbols
        names = (shown(symbols.name(int(value))) if 0 <= value < len(symbols) else "" for value in values)
        return [name if len(name) <= self._letters else f"{name[: self._letters - 1]}…" for name in names]
