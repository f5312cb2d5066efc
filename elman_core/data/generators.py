"""Series that are computed, not read.

Only sums, products and quotients are taken of the chaotic ones, which are the same numbers on every machine: of a power
or an exponential the last digit may differ, and such a series makes a large difference of that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.table import AxisKind, Source, Table, TimeAxis

__all__ = ["lorenz_table", "mackey_glass_table", "sine_table"]

_STEPS = 1000
_DELAY, _PER_STEP = 170, 10
"""Of the Mackey-Glass equation, in integration steps of 0.1: tau = 17, and one value a unit of time."""
_SETTLING = 2000
"""Steps of the Lorenz equations that are left out, in which the state comes to the attractor."""


def sine_table() -> Table:
    """Return the CPUheater tutorial's series: sin(t) at 21 points of t from 2 to 10."""
    t = np.linspace(2, 10, 21)
    return Table(
        name="sine",
        columns=("sin(t)",),
        values=np.sin(t)[:, np.newaxis],  # (R, 1)
        axis=TimeAxis("t", AxisKind.NUMBER, t),
        source=Source(kind="built-in", name="sine"),
    )


def mackey_glass_table() -> Table:
    """Return 1,000 values of the Mackey-Glass equation with a delay of 17, scaled to 0 to 1.

        dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x(t),    x(t) = 1.2 for t <= 0

    Fourth-order Runge-Kutta in steps of 0.1, the delayed value at half a step being the mean of its neighbours; every
    tenth value from t = 0 on, none left out, scaled by the least and greatest of all. Source: Mackey and Glass (1977);
    500 values to learn and 500 to test are those of Chandra and Zhang (2012).
    """
    x = [1.2]
    for step in range((_STEPS - 1) * _PER_STEP):
        before, after = (x[max(0, step + k - _DELAY)] for k in (0, 1))
        middle = 0.5 * (before + after)
        k1 = _mackey_glass(x[step], before)
        k2 = _mackey_glass(x[step] + 0.05 * k1, middle)
        k3 = _mackey_glass(x[step] + 0.05 * k2, middle)
        k4 = _mackey_glass(x[step] + 0.1 * k3, after)
        x.append(x[step] + 0.1 * (k1 + 2 * k2 + 2 * k3 + k4) / 6)
    values = np.array(x[::_PER_STEP])
    return _chaotic_table("mackey-glass", "x(t)", "t", (values - values.min()) / np.ptp(values), 1.0)


def _mackey_glass(x: float, delayed: float) -> float:
    square = delayed * delayed
    fourth = square * square
    return 0.2 * delayed / (1 + fourth * fourth * square) - 0.1 * x


def lorenz_table() -> Table:
    """Return 1,000 values of x of the Lorenz equations, scaled to -1 to 1.

        dx/dt = 10 (y - x),    dy/dt = x (28 - z) - y,    dz/dt = x y - 8/3 z,    (x, y, z) = (1, 1, 1) for t = 0

    Fourth-order Runge-Kutta in steps of 0.01, each of which gives a value; the first 2,000 are left out, the others are
    scaled by the least and greatest of all. Source: Lorenz (1963); 500 to learn and 500 to test as in Chandra and Zhang
    (2012).
    """
    state, values = (1.0, 1.0, 1.0), []
    for _ in range(_SETTLING + _STEPS):
        values.append(state[0])
        state = _lorenz_step(state)
    kept = np.array(values[_SETTLING:])
    return _chaotic_table("lorenz", "x(t)", "t", 2 * (kept - kept.min()) / np.ptp(kept) - 1, 0.01)


State = tuple[float, float, float]


def _lorenz(state: State) -> State:
    x, y, z = state
    return 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z


def _lorenz_step(state: State) -> State:
    k1 = _lorenz(state)
    k2 = _lorenz(_moved(state, k1, 0.005))
    k3 = _lorenz(_moved(state, k2, 0.005))
    k4 = _lorenz(_moved(state, k3, 0.01))
    x, y, z = ((a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(k1, k2, k3, k4, strict=True))
    return _moved(state, (x, y, z), 0.01)


def _moved(state: State, slope: State, time: float) -> State:
    return state[0] + time * slope[0], state[1] + time * slope[1], state[2] + time * slope[2]


def _chaotic_table(name: str, column: str, time: str, values: NDArray[np.float64], step: float) -> Table:
    return Table(
        name=name,
        columns=(column,),
        values=values[:, np.newaxis],  # (R, 1)
        axis=TimeAxis(time, AxisKind.NUMBER, np.arange(len(values), dtype=np.float64) * step),
        source=Source(kind="built-in", name=name),
    )
