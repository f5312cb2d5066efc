"""LogAxis: a logarithmic axis whose labels never crowd."""

from __future__ import annotations

from math import ceil, floor

from elman_gui.views.axis import PlotAxis

__all__ = ["LogAxis"]

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LABEL_HEIGHT = 22
_FRACTIONS = {2: 0.30103, 5: 0.69897}  # log10 of 2 and 5


class LogAxis(PlotAxis):
    """Labels powers of ten, and 2 and 5 times them where there is room; values are log10."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the labelled values, in log10."""
        decades = max(maxVal - minVal, 1e-9)
        room = max(2, int(size / _LABEL_HEIGHT))
        every = max(1, ceil(decades / room))
        first, last = floor(minVal), ceil(maxVal)
        powers = [float(power) for power in range(first, last + 1) if power % every == 0]
        between = []
        if decades * 3 <= room:
            between = [power + part for power in range(first, last + 1) for part in _FRACTIONS.values()]
        shown = [value for value in powers + between if minVal <= value <= maxVal]
        if len(shown) < 2:  # less than a step of 1, 2, 5: even steps say more than one label
            return [(decades / 3, [minVal + decades * part / 4 for part in (1, 2, 3)])]
        return [(float(every), shown)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Write 0.001 to 1,000 in full, other powers as 10⁻⁵."""
        return [_label(value) for value in values]


def _label(value: float) -> str:
    if -3 <= value <= 4:
        return f"{10**value:.3g}" if value < 3 else f"{10**value:,.0f}"
    power = floor(value + 1e-9)
    factor = 10 ** (value - power)
    times = "" if abs(factor - 1) < 1e-6 else f"{factor:.2g}·"
    return f"{times}10{str(power).translate(_SUPERSCRIPTS)}"
