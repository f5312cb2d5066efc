"""Truncated BPTT in compiled loops, in place on the tensors' memory. Nothing here knows torch.

`advance` trains by any rule, `advance_one_step_rule` by Elman's own with gradient steps, plain or with momentum. Both
go on from where `Run.cursor` stands, do a bounded amount of work, and take a range of the ensemble's networks, so that
several threads can share one. A network that has ended is left as it is.

The steps of an epoch are divided into segments, over whose ends no gradient and no update reaches: sequences, or
shorter where the context is reset within them. B sequences may run side by side; what belongs to time step t and
sequence b stands in row t * B + b.

All stands in one file, since Numba's cache notices a change only in the file that a kernel itself is written in.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import overload

__all__ = [
    "BACKWARD",
    "BACK_TO",
    "BASE",
    "BLOCK",
    "CURSOR_COLUMNS",
    "DIVERGED",
    "EARLY",
    "EPOCH",
    "FORWARD",
    "MOVE",
    "MOVES",
    "NO_OPTIMIZER",
    "PHASE",
    "SEGMENT",
    "TIME_STEP",
    "UPDATE_AT",
    "VALIDATED",
    "VALIDATION",
    "Network",
    "Rates",
    "Rule",
    "Run",
    "advance",
    "advance_one_step_rule",
    "begin_epoch",
    "loss_and_gradient",
    "move_weights",
]

# Not "fast" altogether: infinity and NaN stay what they are, so that a run that diverges is seen.
_LOOSE = {"reassoc", "contract", "arcp", "nsz"}
_kernel = njit(nogil=True, cache=True, error_model="numpy", fastmath=_LOOSE)
_part = njit(nogil=True, error_model="numpy", fastmath=_LOOSE)
_inline = njit(nogil=True, error_model="numpy", fastmath=_LOOSE, inline="always")  # for what is done at every step

BLOCK = 32
"""Steps back in time whose share of the gradient is summed at once. A slice of work ends between blocks only."""

_SMALL = 32
"""Up to so many hidden units, a transposed copy of the recurrent weights is faster than none."""

NO_OPTIMIZER, _SGD, _ADAM, _RPROP = range(4)
_TANH, _LOGISTIC, _RELU = range(3)
_LINEAR, _LOGISTIC_OUTPUT, _SOFTMAX = range(3)
_SQUARED_ERROR, _CROSS_ENTROPY, _ABSOLUTE_ERROR = range(3)

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8  # of Adam, as torch.optim has them
_RISE, _FALL, _LEAST_STEP, _GREATEST_STEP = 1.2, 0.5, 1e-6, 50.0  # of Rprop


FORWARD, BACKWARD, MOVE, VALIDATION = range(4)
"""What a network does next."""

EPOCH, TIME_STEP, PHASE, UPDATE_AT, BACK_TO, VALIDATED, BASE, MOVES, SEGMENT, CURSOR_COLUMNS = range(10)
"""Where a network stands: the columns of `Run.cursor`. The first of `Run.states` is the context of step BASE."""

NOT_YET, EARLY, DIVERGED = range(3)
"""Why a network has ended, as in `MemberEnd`."""


class Rule(NamedTuple):
    """How networks learn: BPTT(k1, k2), the functions by their place in the config's enums, and the optimiser.

    With `gathers`, what all segments give is one update at the end of the epoch. With `resets`, the context starts
    afresh at each segment; with `carries`, not even at an epoch. With `weighted`, some steps weigh more or less than 1.
    """

    activation: int
    output: int
    loss: int
    biases: int
    direct: int
    hold_direct: int
    sequences: int
    k1: int
    k2: int
    gathers: int
    resets: int
    carries: int
    initial_context: float
    optimizer: int
    clip_norm: float
    patience: int
    weighted: int


class Rates(NamedTuple):
    """What may differ from network to network: (N,) each."""

    rate: Any
    momentum: Any
    weight_decay: Any


class Network(NamedTuple):
    """Weights, their gradients and the optimiser's memory of them: (N, P, H) and (N, R, O) each."""

    w1: Any
    w2: Any
    w1_gradient: Any
    w2_gradient: Any
    w1_moment1: Any
    w2_moment1: Any
    w1_moment2: Any
    w2_moment2: Any
    w1_epoch_start: Any
    w2_epoch_start: Any
    w1_best: Any
    w2_best: Any
    w1_last: Any
    w2_last: Any


class _General(NamedTuple):
    """What is needed where steps are weighted, connections direct, or errors absolute."""

    vectors: Any
    rows: Any
    weights: Any
    direct: int


class Run(NamedTuple):
    """The sequences, and what a run keeps for each network.

    Attributes
    ----------
    inputs : (K, I)
    targets : (K, O)
        The vectors that there are in the sequences.
    input_rows, target_rows : (T * B,)
        Which of them each step has.
    weights : (T,)
        What the loss of each step is multiplied by. At 0 the target is not read: it may be NaN.
    segments : (G + 1,)
        The first step of each segment, and T.
    ends : (G,)
        The row of `end_contexts` that takes the context after a segment; -1 where none does.
    validation_input_rows, validation_target_rows : (V * B,)
    validation_weights : (V,)
    validation_segments : (G' + 1,)
    validation_begins : (G',)
        The row of `end_contexts` that a segment begins with; -1 for a fresh context.
    states : (N, rows * B, H)
        Hidden states of the steps in reach; the first row is the context of step BASE.
    epoch_context : (N, B, H)
        Context that the next epoch begins with.
    end_contexts : (N, E * B, H)
    validation_context : (N, B, H)
    next_delta : (N, B, H)
        d loss / d z of the step after the one that is propagated back next.
    cursor : (N, CURSOR_COLUMNS)
    totals : (N, 2)
        Loss of this epoch so far, training and validation.
    best_losses, best_epochs, patience_from, member_ends, end_epochs : (N,)
        As in `StoppingState`.
    """

    inputs: Any
    targets: Any
    input_rows: Any
    target_rows: Any
    weights: Any
    segments: Any
    ends: Any
    validation_input_rows: Any
    validation_target_rows: Any
    validation_weights: Any
    validation_segments: Any
    validation_begins: Any
    states: Any
    epoch_context: Any
    end_contexts: Any
    validation_context: Any
    next_delta: Any
    cursor: Any
    totals: Any
    best_losses: Any
    best_epochs: Any
    patience_from: Any
    member_ends: Any
    end_epochs: Any


# -- functions of the units -----------------------------------------------------------------------

_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)
_SMALLEST = np.float32(1e-30)

# tanh(x) = x p(x^2) / q(x^2) for |x| <= 7.9, where it is 1 in float32: fitted for the least greatest error, 3.3e-7 with
# float32's rounding. Unlike a call of tanh, it is vectorised.
_EDGE = np.float32(7.9)
_P0, _P1, _P2, _P3, _P4 = (
    np.float32(p)
    for p in (0.9999999736368664, 0.1344447272410442, 0.003571720872755015, 2.1903825438443417e-05, 1.5260248367274e-08)
)
_Q1, _Q2, _Q3, _Q4 = (
    np.float32(q) for q in (0.4677779492660327, 0.026164507576909246, 0.0003411783677020404, 8.53077954939587e-07)
)


def _tanh(x):
    return math.tanh(x)


@overload(_tanh, inline="always")
def _compiled_tanh(x):
    if x == types.float32:
        return _fast_tanh
    return lambda x: math.tanh(x)


def _fast_tanh(x):
    x = min(max(x, -_EDGE), _EDGE)
    u = x * x
    p = (((_P4 * u + _P3) * u + _P2) * u + _P1) * u + _P0
    return x * p / ((((_Q4 * u + _Q3) * u + _Q2) * u + _Q1) * u + _ONE)


@_inline
def _activate(z, states, row, activation):
    """States[row] = f(z)."""
    if activation == _TANH:
        for j in range(len(z)):
            states[row, j] = _tanh(z[j])
    elif activation == _LOGISTIC:
        for j in range(len(z)):
            states[row, j] = _HALF + _HALF * _tanh(_HALF * z[j])
    else:
        for j in range(len(z)):
            states[row, j] = max(z[j], _ZERO)


@_inline
def _multiply_by_slope(deltas, at, states, row, activation):
    """deltas[at] *= f'(z), written in terms of h = f(z)."""
    hidden = deltas.shape[1]
    if activation == _TANH:
        for j in range(hidden):
            deltas[at, j] *= _ONE - states[row, j] * states[row, j]
    elif activation == _LOGISTIC:
        for j in range(hidden):
            deltas[at, j] *= states[row, j] * (_ONE - states[row, j])
    else:
        for j in range(hidden):
            deltas[at, j] = deltas[at, j] if states[row, j] > _ZERO else _ZERO


@_inline
def _put_delta(z, states, row, deltas, at, next_delta, b, activation):
    """deltas[at] = next_delta[b] = z * f', with f' written in terms of h = f."""
    hidden = len(z)
    if activation == _TANH:
        for j in range(hidden):
            value = z[j] * (_ONE - states[row, j] * states[row, j])
            deltas[at, j] = value
            next_delta[b, j] = value
    elif activation == _LOGISTIC:
        for j in range(hidden):
            value = z[j] * (states[row, j] * (_ONE - states[row, j]))
            deltas[at, j] = value
            next_delta[b, j] = value
    else:
        for j in range(hidden):
            value = z[j] if states[row, j] > _ZERO else _ZERO
            deltas[at, j] = value
            next_delta[b, j] = value


# A loop that sets a short array to zero becomes a call of memset, which takes as long as a step: so the first of
# several products is put in place, and the others are added.


@_inline
def _drive(vectors, row, w1, hidden, biases, z):
    """z = cat(x [, 1]) @ w1: all that goes into the hidden units but the context. Most numbers of a symbol are 0."""
    inputs = vectors.shape[1]
    x = vectors[row, 0]
    if biases:
        for j in range(hidden):
            z[j] = w1[inputs + hidden, j] + x * w1[0, j]
    else:
        for j in range(hidden):
            z[j] = x * w1[0, j]
    for i in range(1, inputs):
        x = vectors[row, i]
        if x != _ZERO:
            for j in range(hidden):
                z[j] += x * w1[i, j]


@_inline
def _add_product(states, row, w, first, start, z):
    """z += states[row, start:] @ w[first + start :], four rows of w at a time."""
    hidden = len(z)
    i = start
    while i + 4 <= hidden:
        k = first + i
        x0, x1, x2, x3 = states[row, i], states[row, i + 1], states[row, i + 2], states[row, i + 3]
        for j in range(hidden):
            z[j] += x0 * w[k, j] + x1 * w[k + 1, j] + x2 * w[k + 2, j] + x3 * w[k + 3, j]
        i += 4
    while i < hidden:
        x0 = states[row, i]
        for j in range(hidden):
            z[j] += x0 * w[first + i, j]
        i += 1


@_inline
def _add_transposed_product(x, row, w, first, z):
    """z += w[first : first + H] @ x[row], four rows of w at a time."""
    hidden = len(z)
    i = 0
    while i + 4 <= hidden:
        k = first + i
        s0, s1, s2, s3 = z[i], z[i + 1], z[i + 2], z[i + 3]
        for j in range(hidden):
            s0 += x[row, j] * w[k, j]
            s1 += x[row, j] * w[k + 1, j]
            s2 += x[row, j] * w[k + 2, j]
            s3 += x[row, j] * w[k + 3, j]
        z[i], z[i + 1], z[i + 2], z[i + 3] = s0, s1, s2, s3
        i += 4
    while i < hidden:
        s0 = z[i]
        for j in range(hidden):
            s0 += x[row, j] * w[first + i, j]
        z[i] = s0
        i += 1


@_inline
def _read_out(states, row, w2, column, y, output, biases):
    """y = g(cat(h [, 1]) @ w2). With one output, `column` is w2 as a line, which is read faster."""
    hidden, outputs = states.shape[1], len(y)
    last = len(w2) - 1
    if outputs == 1:
        total = column[last] if biases else _ZERO * column[0]
        for j in range(hidden):
            total += states[row, j] * column[j]
        y[0] = total
    else:
        for o in range(outputs):
            y[o] = w2[last, o] if biases else _ZERO
        for j in range(hidden):
            for o in range(outputs):
                y[o] += states[row, j] * w2[j, o]
    _respond(y, output)


@_inline
def _respond(y, output):
    """y = g(y)."""
    outputs = len(y)
    if output == _LOGISTIC_OUTPUT:
        for o in range(outputs):
            y[o] = _HALF + _HALF * _tanh(_HALF * y[o])
    elif output == _SOFTMAX:
        greatest = y[0]
        for o in range(outputs):
            greatest = max(greatest, y[o])
        total = _ZERO * greatest
        for o in range(outputs):
            y[o] = math.exp(y[o] - greatest)
            total += y[o]
        for o in range(outputs):
            y[o] /= total


@_inline
def _loss(y, targets, row, output, loss):
    total = 0.0
    for o in range(len(y)):
        target = targets[row, o]
        if loss == _SQUARED_ERROR:
            error = y[o] - target
            total += _HALF * error * error
        else:
            total -= target * math.log(max(y[o], _SMALLEST))
            if output != _SOFTMAX:
                total -= (_ONE - target) * math.log(max(_ONE - y[o], _SMALLEST))
    return total


@_inline
def _output_delta(y, targets, row, output, loss, e):
    """e = d loss / d z, where y = g(z)."""
    outputs = len(y)
    if loss == _CROSS_ENTROPY and output == _SOFTMAX:
        total = targets[row, 0] * _ZERO
        for o in range(outputs):
            total += targets[row, o]
        for o in range(outputs):
            e[o] = y[o] * total - targets[row, o]
        return
    for o in range(outputs):
        e[o] = y[o] - targets[row, o]
    if loss == _SQUARED_ERROR:
        _multiply_by_output_slope(y, output, e)


@_inline
def _multiply_by_output_slope(y, output, e):
    """e = d loss / d z, where e is d loss / d y and y = g(z)."""
    outputs = len(y)
    if output == _LOGISTIC_OUTPUT:
        for o in range(outputs):
            e[o] *= y[o] * (_ONE - y[o])
    elif output == _SOFTMAX:
        total = y[0] * _ZERO
        for o in range(outputs):
            total += e[o] * y[o]
        for o in range(outputs):
            e[o] = y[o] * (e[o] - total)


# Direct connections and the absolute error have functions of their own, so that who has neither need not ask for them
# at every step.


@_inline
def _read_out_in_general(states, row, vectors, vector, w2, column, y, output, biases, direct):
    """y = g(cat(h [, x] [, 1]) @ w2)."""
    if direct:
        _read_out(states, row, w2, column, y, _LINEAR, biases)
        for i in range(vectors.shape[1]):
            x = vectors[vector, i]
            if x != _ZERO:
                for o in range(len(y)):
                    y[o] += x * w2[states.shape[1] + i, o]
        _respond(y, output)
    else:
        _read_out(states, row, w2, column, y, output, biases)


@_inline
def _loss_in_general(y, targets, row, output, loss):
    if loss != _ABSOLUTE_ERROR:
        return _loss(y, targets, row, output, loss)
    total = 0.0
    for o in range(len(y)):
        total += abs(y[o] - targets[row, o])
    return total


@_inline
def _output_delta_in_general(y, targets, row, output, loss, e):
    """e = d loss / d z, where y = g(z)."""
    if loss != _ABSOLUTE_ERROR:
        _output_delta(y, targets, row, output, loss, e)
    else:
        for o in range(len(y)):
            error = y[o] - targets[row, o]
            e[o] = _ONE if error > _ZERO else (-_ONE if error < _ZERO else _ZERO)
        _multiply_by_output_slope(y, output, e)


# -- forward, back, move --------------------------------------------------------------------------


@_inline
def _copy_row(source, row, copy, copy_row):
    for j in range(copy.shape[1]):
        copy[copy_row, j] = source[row, j]


@_part
def _go_forward(t, stop, base, sequences, vectors, rows, w1, states, activation, biases, z):
    inputs, hidden = vectors.shape[1], states.shape[1]
    while t < stop:
        for b in range(sequences):
            row = (t - base) * sequences + b
            _drive(vectors, rows[t * sequences + b], w1, hidden, biases, z)
            _add_product(states, row, w1, inputs, 0, z)
            _activate(z, states, row + sequences, activation)
        t += 1


@_part
def _put_errors(
    first, stop, counted_from, base, sequences, states, targets, target_rows, w2, w2_gradient, deltas, y, e, output,
    loss, biases, general,
):  # fmt: skip
    """Put e_t W2^T into the deltas of a block's steps, 0 before `counted_from`; return the loss of these steps.

    What e_t gives for w2 is added to its gradient. `general` brings what weighted steps, direct connections and
    absolute errors need. Where there are none it is None, and compiled away: to ask at every step takes a twentieth of
    the time.
    """
    hidden, outputs, last = states.shape[1], len(y), len(w2) - 1
    column, gradient_column = w2.reshape(w2.size), w2_gradient.reshape(w2_gradient.size)
    block = first // BLOCK * BLOCK
    total = 0.0
    for t in range(first, stop):
        for b in range(sequences):
            at, row = (t - block) * sequences + b, (t - base + 1) * sequences + b
            is_counted = t >= counted_from
            if general is not None:
                is_counted = is_counted and general.weights[t] != _ZERO
            if not is_counted:
                for j in range(hidden):
                    deltas[at, j] = _ZERO
                continue
            target = target_rows[t * sequences + b]
            if general is None:
                _read_out(states, row, w2, column, y, output, biases)
                total += _loss(y, targets, target, output, loss)
                _output_delta(y, targets, target, output, loss, e)
            else:
                vectors, vector, weight = general.vectors, general.rows[t * sequences + b], general.weights[t]
                direct = general.direct
                _read_out_in_general(states, row, vectors, vector, w2, column, y, output, biases, direct)
                total += weight * _loss_in_general(y, targets, target, output, loss)
                _output_delta_in_general(y, targets, target, output, loss, e)
                for o in range(outputs):
                    e[o] *= weight
                if direct:
                    for i in range(vectors.shape[1]):
                        x = vectors[vector, i]
                        if x != _ZERO:
                            for o in range(outputs):
                                w2_gradient[hidden + i, o] += x * e[o]
            if outputs == 1:
                error = e[0]
                for j in range(hidden):
                    deltas[at, j] = column[j] * error
                    gradient_column[j] += states[row, j] * error
            else:
                for j in range(hidden):
                    share = e[0] * _ZERO
                    for o in range(outputs):
                        share += w2[j, o] * e[o]
                        w2_gradient[j, o] += states[row, j] * e[o]
                    deltas[at, j] = share
            if biases:
                for o in range(outputs):
                    w2_gradient[last, o] += e[o]
    return total


@_part
def _go_back(first, stop, base, sequences, states, next_delta, w1, recurrent, inputs, deltas, activation, z):
    """delta_t = f'(h_t) * (e_t W2^T + delta_{t+1} W_hh^T) over a block's steps, whose e_t W2^T stands there."""
    hidden = states.shape[1]
    block = first // BLOCK * BLOCK
    for t in range(stop - 1, first - 1, -1):
        for b in range(sequences):
            at, row = (t - block) * sequences + b, (t - base + 1) * sequences + b
            for j in range(hidden):
                z[j] = deltas[at, j]
            if hidden <= _SMALL:
                _add_product(next_delta, b, recurrent, 0, 0, z)
            else:
                _add_transposed_product(next_delta, b, w1, inputs, z)
            _put_delta(z, states, row, deltas, at, next_delta, b, activation)


@_part
def _add_to_gradient(left, left_row, deltas, delta_row, count, gradient, first):
    """gradient[first :] += left^T deltas over `count` rows: two rows of the gradient and four steps at a time."""
    rows, columns = left.shape[1], gradient.shape[1]
    i = 0
    while i + 2 <= rows:
        k = 0
        while k + 4 <= count:
            r, d = left_row + k, delta_row + k
            a0, a1, a2, a3 = left[r, i], left[r + 1, i], left[r + 2, i], left[r + 3, i]
            b0, b1, b2, b3 = left[r, i + 1], left[r + 1, i + 1], left[r + 2, i + 1], left[r + 3, i + 1]
            for j in range(columns):
                d0, d1, d2, d3 = deltas[d, j], deltas[d + 1, j], deltas[d + 2, j], deltas[d + 3, j]
                gradient[first + i, j] += a0 * d0 + a1 * d1 + a2 * d2 + a3 * d3
                gradient[first + i + 1, j] += b0 * d0 + b1 * d1 + b2 * d2 + b3 * d3
            k += 4
        while k < count:
            a0, b0 = left[left_row + k, i], left[left_row + k, i + 1]
            for j in range(columns):
                gradient[first + i, j] += a0 * deltas[delta_row + k, j]
                gradient[first + i + 1, j] += b0 * deltas[delta_row + k, j]
            k += 1
        i += 2
    if i < rows:
        k = 0
        while k + 4 <= count:
            r, d = left_row + k, delta_row + k
            a0, a1, a2, a3 = left[r, i], left[r + 1, i], left[r + 2, i], left[r + 3, i]
            for j in range(columns):
                gradient[first + i, j] += (
                    a0 * deltas[d, j] + a1 * deltas[d + 1, j] + a2 * deltas[d + 2, j] + a3 * deltas[d + 3, j]
                )
            k += 4
        while k < count:
            a0 = left[left_row + k, i]
            for j in range(columns):
                gradient[first + i, j] += a0 * deltas[delta_row + k, j]
            k += 1


@_part
def _add_to_input_gradient(vectors, rows, first, deltas, delta_row, count, gradient):
    """gradient += x^T deltas over `count` rows."""
    for k in range(count):
        row = rows[first + k]
        for i in range(vectors.shape[1]):
            x = vectors[row, i]
            if x != _ZERO:
                for j in range(gradient.shape[1]):
                    gradient[i, j] += x * deltas[delta_row + k, j]


@_part
def _add_to_bias(deltas, delta_row, count, gradient):
    last = gradient.shape[0] - 1
    for k in range(count):
        for j in range(gradient.shape[1]):
            gradient[last, j] += deltas[delta_row + k, j]


@_part
def _prepare_gradient(w, gradient, factor, weight_decay):
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            gradient[i, j] = factor * gradient[i, j] + weight_decay * w[i, j]


@_part
def _squared_norm(gradient):
    total = 0.0
    for i in range(gradient.shape[0]):
        for j in range(gradient.shape[1]):
            total += gradient[i, j] * gradient[i, j]
    return total


@_part
def _move(w, gradient, moment1, moment2, rate, momentum, moves, optimizer, scalars):
    """One step of the optimiser, as torch.optim does it. `scalars` brings numbers to the weights' type."""
    rows, columns = w.shape
    if optimizer == _SGD:
        without_momentum = momentum == 0.0
        scalars[0], scalars[1] = rate, momentum
        step, momentum = scalars[0], scalars[1]
        if without_momentum:
            for i in range(rows):
                for j in range(columns):
                    w[i, j] -= step * gradient[i, j]
        else:
            for i in range(rows):
                for j in range(columns):
                    moment1[i, j] = momentum * moment1[i, j] + gradient[i, j]
                    w[i, j] -= step * moment1[i, j]
    elif optimizer == _ADAM:
        scalars[0], scalars[1], scalars[2] = _BETA1, _BETA2, _EPSILON
        scalars[3] = rate / (1.0 - _BETA1**moves)
        scalars[4] = 1.0 / math.sqrt(1.0 - _BETA2**moves)
        beta1, beta2, epsilon, step, root = scalars[0], scalars[1], scalars[2], scalars[3], scalars[4]
        for i in range(rows):
            for j in range(columns):
                g = gradient[i, j]
                moment1[i, j] += (_ONE - beta1) * (g - moment1[i, j])
                moment2[i, j] = beta2 * moment2[i, j] + (_ONE - beta2) * g * g
                w[i, j] -= step * moment1[i, j] / (math.sqrt(moment2[i, j]) * root + epsilon)
    else:
        scalars[0], scalars[1] = _RISE, _FALL
        scalars[2], scalars[3] = _LEAST_STEP, _GREATEST_STEP
        rise, fall, least, greatest = scalars[0], scalars[1], scalars[2], scalars[3]
        for i in range(rows):
            for j in range(columns):
                g, agreement = gradient[i, j], gradient[i, j] * moment1[i, j]
                if agreement > _ZERO:
                    moment2[i, j] = min(moment2[i, j] * rise, greatest)
                elif agreement < _ZERO:
                    moment2[i, j] = max(moment2[i, j] * fall, least)
                    g = _ZERO * g
                if g > _ZERO:
                    w[i, j] -= moment2[i, j]
                elif g < _ZERO:
                    w[i, j] += moment2[i, j]
                moment1[i, j] = g


@_inline
def _move_both(
    w1, w2, w1_gradient, w2_gradient, w1_moment1, w2_moment1, w1_moment2, w2_moment2, rate, momentum, weight_decay,
    moves, rule, scalars,
):  # fmt: skip
    """Shorten the gradients of a network, let its weights decay, and move them."""
    if rule.hold_direct:
        w2_gradient[w1.shape[1] : len(w2) - rule.biases] = _ZERO
    if rule.clip_norm > 0.0 or weight_decay > 0.0:
        scalars[0], scalars[1] = 1.0, weight_decay
        if rule.clip_norm > 0.0:
            norm = math.sqrt(_squared_norm(w1_gradient) + _squared_norm(w2_gradient))
            scalars[0] = min(1.0, rule.clip_norm / (norm + 1e-6))
        _prepare_gradient(w1, w1_gradient, scalars[0], scalars[1])
        _prepare_gradient(w2, w2_gradient, scalars[0], scalars[1])
        if rule.hold_direct:
            w2_gradient[w1.shape[1] : len(w2) - rule.biases] = _ZERO
    _move(w1, w1_gradient, w1_moment1, w1_moment2, rate, momentum, moves, rule.optimizer, scalars)
    _move(w2, w2_gradient, w2_moment1, w2_moment2, rate, momentum, moves, rule.optimizer, scalars)


# -- epochs ---------------------------------------------------------------------------------------


@_part
def _all_finite(w):
    total = 0.0
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            total += w[i, j] * _ZERO  # 0 for a finite number, NaN for any other
    return total == 0.0


@_part
def _copy(source, copy):
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            copy[i, j] = source[i, j]


@_part
def _begin_segment(n, run, rule):
    """Put the context that the segment begins with into the first row of the states."""
    cursor, states = run.cursor[n], run.states[n]
    segment = cursor[SEGMENT]
    start = run.segments[segment]
    for b in range(rule.sequences):
        if segment == 0:
            _copy_row(run.epoch_context[n], b, states, b)
        elif rule.resets:
            for j in range(states.shape[1]):
                states[b, j] = rule.initial_context
        else:
            _copy_row(states, (start - cursor[BASE]) * rule.sequences + b, states, b)
    cursor[BASE] = cursor[TIME_STEP] = start
    cursor[UPDATE_AT] = min(start + rule.k1, run.segments[segment + 1])
    cursor[PHASE] = FORWARD


@_part
def _end_segment(n, run, rule):
    """Keep the context where validation goes on with it; go on to the next segment, or to the validation part."""
    cursor = run.cursor[n]
    for b in range(rule.sequences):
        row = (cursor[TIME_STEP] - cursor[BASE]) * rule.sequences + b
        end = run.ends[cursor[SEGMENT]]
        if end >= 0:
            _copy_row(run.states[n], row, run.end_contexts[n], end * rule.sequences + b)
        if cursor[SEGMENT] + 2 == len(run.segments):
            _copy_row(run.states[n], row, run.epoch_context[n], b)
    cursor[SEGMENT] += 1
    if cursor[SEGMENT] + 1 < len(run.segments):
        _begin_segment(n, run, rule)
    else:
        cursor[PHASE] = VALIDATION
        cursor[VALIDATED] = 0
        cursor[SEGMENT] = 0
        run.totals[n, 1] = 0.0


@_part
def _validate(n, network, run, rule, work, z, y):
    """Predict some steps of the validation part; return how many."""
    cursor, context = run.cursor[n], run.validation_context[n]
    inputs, targets, weights = run.inputs, run.targets, run.validation_weights
    input_rows, target_rows = run.validation_input_rows, run.validation_target_rows
    w1, w2 = network.w1[n], network.w2[n]
    column = w2.reshape(w2.size)
    activation, output, loss, biases, direct = rule.activation, rule.output, rule.loss, rule.biases, rule.direct
    done = 0
    total = run.totals[n, 1]
    while cursor[VALIDATED] < len(weights) and done < work:
        if cursor[VALIDATED] == run.validation_segments[cursor[SEGMENT]]:
            begin = run.validation_begins[cursor[SEGMENT]]
            for b in range(rule.sequences):
                if begin >= 0:
                    _copy_row(run.end_contexts[n], begin * rule.sequences + b, context, b)
                else:
                    for j in range(context.shape[1]):
                        context[b, j] = rule.initial_context
            cursor[SEGMENT] += 1
        weight = weights[cursor[VALIDATED]]
        for b in range(rule.sequences):
            row = cursor[VALIDATED] * rule.sequences + b
            _drive(inputs, input_rows[row], w1, len(z), biases, z)
            _add_product(context, b, w1, inputs.shape[1], 0, z)
            _activate(z, context, b, activation)
            if weight != _ZERO:
                _read_out_in_general(context, b, inputs, input_rows[row], w2, column, y, output, biases, direct)
                total += weight * _loss_in_general(y, targets, target_rows[row], output, loss)
        cursor[VALIDATED] += 1
        done += 1
    run.totals[n, 1] = total
    return done


@_inline
def _begin_epoch(n, network, run, rule):
    cursor, context = run.cursor[n], run.epoch_context[n]
    _copy(network.w1[n], network.w1_epoch_start[n])
    _copy(network.w2[n], network.w2_epoch_start[n])
    if not rule.carries:
        for b in range(rule.sequences):
            for j in range(context.shape[1]):
                context[b, j] = rule.initial_context
    run.totals[n, 0] = 0.0
    cursor[SEGMENT] = 0
    _begin_segment(n, run, rule)


@_part
def _judge_epoch(n, network, run, rule, validation):
    """Keep the weights if they are the best, and go back to the best if the patience has run out."""
    epoch = run.cursor[n, EPOCH]
    if validation < run.best_losses[n]:
        run.best_losses[n] = validation
        run.best_epochs[n] = run.patience_from[n] = epoch
        _copy(network.w1[n], network.w1_best[n])
        _copy(network.w2[n], network.w2_best[n])
    if 0 < rule.patience <= epoch - run.patience_from[n]:
        run.member_ends[n] = EARLY
        run.end_epochs[n] = epoch
        _take_best(n, network, run)


@_part
def _take_best(n, network, run):
    """Keep the weights as the last ones, and go back to the best, where there are any."""
    if run.best_epochs[n] > 0:
        _copy(network.w1[n], network.w1_last[n])
        _copy(network.w2[n], network.w2_last[n])
        _copy(network.w1_best[n], network.w1[n])
        _copy(network.w2_best[n], network.w2[n])


@_inline
def _end_epoch(n, network, run, rule, ended, losses, validation_losses):
    """Write the epoch's losses down, and begin the next one or end."""
    cursor = run.cursor[n]
    train, validation = run.totals[n, 0], run.totals[n, 1]
    finite = math.isfinite(train) and math.isfinite(validation)
    if finite and _all_finite(network.w1[n]) and _all_finite(network.w2[n]):
        cursor[EPOCH] += 1
        losses[ended, n] = train
        validation_losses[ended, n] = validation
        if len(run.validation_weights):
            _judge_epoch(n, network, run, rule, validation)
    else:
        run.member_ends[n] = DIVERGED
        run.end_epochs[n] = cursor[EPOCH]
        _copy(network.w1_epoch_start[n], network.w1[n])
        _copy(network.w2_epoch_start[n], network.w2[n])
        _take_best(n, network, run)
    if run.member_ends[n] == NOT_YET:
        _begin_epoch(n, network, run, rule)


# -- whole runs -----------------------------------------------------------------------------------


@_kernel
def begin_epoch(n, network, run, rule):
    """Begin an epoch of network n."""
    _begin_epoch(n, network, run, rule)


@_kernel
def advance(first_network, last_network, network, run, rule, rates, work, last_epoch, losses, validation_losses):
    """Do about `work` steps forward or back with each network of the range; return the work that is left.

    Ends early when as many epochs have ended as `losses` has rows, and before a MOVE where there is no optimiser.
    """
    vectors, rows, targets, target_rows = run.inputs, run.input_rows, run.targets, run.target_rows
    activation, output, loss, biases = rule.activation, rule.output, rule.loss, rule.biases
    inputs, hidden = vectors.shape[1], network.w1.shape[2]
    outputs, dtype, sequences = network.w2.shape[2], network.w1.dtype, rule.sequences
    z, y, e = np.empty(hidden, dtype), np.empty(outputs, dtype), np.empty(outputs, dtype)
    scalars = np.empty(5, dtype)
    recurrent = np.empty((min(hidden, _SMALL), min(hidden, _SMALL)), dtype)
    deltas = np.empty((BLOCK * sequences, hidden), dtype)
    least_left = work
    last_segment = len(run.segments) - 2
    for n in range(first_network, last_network):
        if run.member_ends[n] != NOT_YET:
            continue
        w1, w2, w1_gradient, w2_gradient = network.w1[n], network.w2[n], network.w1_gradient[n], network.w2_gradient[n]
        w1_moment1, w2_moment1 = network.w1_moment1[n], network.w2_moment1[n]
        w1_moment2, w2_moment2 = network.w1_moment2[n], network.w2_moment2[n]
        states, next_delta, cursor = run.states[n], run.next_delta[n], run.cursor[n]
        capacity = len(states) // sequences - 1
        left, ended = work, 0
        while left > 0 and ended < len(losses) and cursor[EPOCH] < last_epoch:
            if cursor[PHASE] == FORWARD:
                if cursor[TIME_STEP] - cursor[BASE] == capacity:
                    gone = capacity - rule.k2
                    for row in range((rule.k2 + 1) * sequences):
                        _copy_row(states, gone * sequences + row, states, row)
                    cursor[BASE] += gone
                t, base = cursor[TIME_STEP], cursor[BASE]
                stop = min(t + left, cursor[UPDATE_AT], base + capacity)
                left -= stop - t
                _go_forward(t, stop, base, sequences, vectors, rows, w1, states, activation, biases, z)
                cursor[TIME_STEP] = stop
                if stop == cursor[UPDATE_AT]:
                    cursor[PHASE] = BACKWARD
                    cursor[BACK_TO] = stop
                    if not rule.gathers or cursor[SEGMENT] == 0:
                        w1_gradient[:] = _ZERO
                        w2_gradient[:] = _ZERO
                    next_delta[:] = _ZERO
            elif cursor[PHASE] == BACKWARD:
                update_at, base = cursor[UPDATE_AT], cursor[BASE]
                start = run.segments[cursor[SEGMENT]]
                begin = max(start, update_at - rule.k2)
                counted_from = start + (update_at - 1 - start) // rule.k1 * rule.k1
                back_to = cursor[BACK_TO]
                if hidden <= _SMALL:
                    for i in range(hidden):
                        for j in range(hidden):
                            recurrent[j, i] = w1[inputs + i, j]
                while back_to > begin and left > 0:
                    stop = max(begin, (back_to - 1) // BLOCK * BLOCK)
                    if rule.weighted or rule.direct or loss == _ABSOLUTE_ERROR:
                        run.totals[n, 0] += _put_errors(
                            stop, back_to, counted_from, base, sequences, states, targets, target_rows, w2, w2_gradient,
                            deltas, y, e, output, loss, biases, _General(vectors, rows, run.weights, rule.direct),
                        )  # fmt: skip
                    else:
                        run.totals[n, 0] += _put_errors(
                            stop, back_to, counted_from, base, sequences, states, targets, target_rows, w2, w2_gradient,
                            deltas, y, e, output, loss, biases, None,
                        )  # fmt: skip
                    _go_back(
                        stop, back_to, base, sequences, states, next_delta, w1, recurrent, inputs, deltas, activation, z
                    )
                    at, count = stop % BLOCK * sequences, (back_to - stop) * sequences
                    _add_to_input_gradient(vectors, rows, stop * sequences, deltas, at, count, w1_gradient)
                    _add_to_gradient(states, (stop - base) * sequences, deltas, at, count, w1_gradient, inputs)
                    if biases:
                        _add_to_bias(deltas, at, count, w1_gradient)
                    left -= back_to - stop
                    back_to = stop
                cursor[BACK_TO] = back_to
                if back_to == begin:
                    cursor[PHASE] = MOVE
            if cursor[PHASE] == MOVE:
                at_end = cursor[TIME_STEP] == run.segments[cursor[SEGMENT] + 1]
                if not rule.gathers or (at_end and cursor[SEGMENT] == last_segment):
                    if rule.optimizer == NO_OPTIMIZER:
                        break
                    cursor[MOVES] += 1
                    _move_both(
                        w1, w2, w1_gradient, w2_gradient, w1_moment1, w2_moment1, w1_moment2, w2_moment2,
                        rates.rate[n], rates.momentum[n], rates.weight_decay[n], cursor[MOVES], rule, scalars,
                    )  # fmt: skip
                if at_end:
                    _end_segment(n, run, rule)
                else:
                    cursor[PHASE] = FORWARD
                    cursor[UPDATE_AT] = min(cursor[TIME_STEP] + rule.k1, run.segments[cursor[SEGMENT] + 1])
            if cursor[PHASE] == VALIDATION:
                if len(run.validation_weights):
                    left -= _validate(n, network, run, rule, left, z, y)
                if cursor[VALIDATED] == len(run.validation_weights):
                    _end_epoch(n, network, run, rule, ended, losses, validation_losses)
                    if run.member_ends[n] != NOT_YET:
                        break
                    ended += 1
        if run.member_ends[n] == NOT_YET:
            least_left = min(left, least_left)
    return least_left


@_kernel
def advance_one_step_rule(
    first_network, last_network, network, run, rule, rates, work, last_epoch, losses, validation_losses
):
    """BPTT(1, 1) of one sequence after another by gradient steps, plain or with momentum, each of which is one work.

    Every step counts once, and there are no direct connections. The weights are moved and multiplied by the next input
    in one pass over them, which is what this takes its time with.
    """
    vectors, rows, targets, target_rows = run.inputs, run.input_rows, run.targets, run.target_rows
    activation, output, loss, biases = rule.activation, rule.output, rule.loss, rule.biases
    inputs, hidden = vectors.shape[1], network.w1.shape[2]
    outputs, dtype = network.w2.shape[2], network.w1.dtype
    z, y, e = np.empty(hidden, dtype), np.empty(outputs, dtype), np.empty(outputs, dtype)
    deltas = np.empty((1, hidden), dtype)
    delta = deltas[0]
    columns = network.w1.shape[1]
    x, x_before = np.ones(columns, dtype), np.ones(columns, dtype)
    h = x[inputs : inputs + hidden]
    state = h.reshape((1, hidden))
    scalars = np.empty(4, dtype)
    least_left = work
    for n in range(first_network, last_network):
        if run.member_ends[n] != NOT_YET:
            continue
        w1, w2, w1_moment1, w2_moment1 = network.w1[n], network.w2[n], network.w1_moment1[n], network.w2_moment1[n]
        column, cursor = w2.reshape(w2.size), run.cursor[n]
        scalars[0], scalars[1], scalars[2], scalars[3] = rates.rate[n], rates.momentum[n], 1.0, 0.0
        step, momentum, one, nothing = scalars[0], scalars[1], scalars[2], scalars[3]
        x_before[:] = _ONE  # the network before may have left numbers that are not finite
        left, ended = work, 0
        while left > 0 and ended < len(losses) and cursor[EPOCH] < last_epoch:
            if cursor[PHASE] == FORWARD:
                t = begin = cursor[TIME_STEP]
                segment_stop = run.segments[cursor[SEGMENT] + 1]
                stop = min(t + left, segment_stop)
                left -= stop - t
                cursor[MOVES] += stop - t
                _copy_row(run.states[n], 0, state, 0)
                delta[:] = _ZERO
                total = run.totals[n, 0]
                while True:
                    if t < segment_stop:
                        for i in range(inputs):
                            x[i] = vectors[rows[t], i]
                    if momentum == _ZERO:
                        _move_and_multiply(w1, x_before, delta, step, x, z)
                    else:
                        # A slice begins with no move, only with the product, rounded as it is in the midst of one.
                        decay, change = (momentum, step) if t > begin else (one, nothing)
                        _move_with_momentum_and_multiply(w1, w1_moment1, x_before, delta, change, decay, x, z)
                    if t == stop:
                        break
                    for i in range(columns):
                        x_before[i] = x[i]
                    _activate(z, state, 0, activation)
                    _read_out(state, 0, w2, column, y, output, biases)
                    total += _loss(y, targets, target_rows[t], output, loss)
                    _output_delta(y, targets, target_rows[t], output, loss, e)
                    if momentum != _ZERO:
                        _move_out_with_momentum(w2, w2_moment1, h, e, delta, step, momentum, biases)
                    elif outputs == 1:
                        error, change = e[0], step * e[0]
                        for j in range(hidden):
                            w = column[j]
                            delta[j] = error * w
                            column[j] = w - change * h[j]
                    else:
                        for j in range(hidden):
                            share, change = e[0] * _ZERO, step * h[j]
                            for o in range(outputs):
                                w = w2[j, o]
                                share += w * e[o]
                                w2[j, o] = w - change * e[o]
                            delta[j] = share
                    if biases and momentum == _ZERO:
                        for o in range(outputs):
                            w2[hidden, o] -= step * e[o]
                    _multiply_by_slope(deltas, 0, state, 0, activation)
                    t += 1
                _copy_row(state, 0, run.states[n], 0)
                run.totals[n, 0] = total
                cursor[TIME_STEP] = cursor[BASE] = t
                if t == segment_stop:
                    _end_segment(n, run, rule)
            if cursor[PHASE] == VALIDATION:
                if len(run.validation_weights):
                    left -= _validate(n, network, run, rule, left, z, y)
                if cursor[VALIDATED] == len(run.validation_weights):
                    _end_epoch(n, network, run, rule, ended, losses, validation_losses)
                    if run.member_ends[n] != NOT_YET:
                        break
                    ended += 1
        if run.member_ends[n] == NOT_YET:
            least_left = min(left, least_left)
    return least_left


@_kernel
def move_weights(n, network, rates, moves, rule):
    """Move the weights of network n by its gradients, update `moves` from 1 on."""
    _move_both(
        network.w1[n], network.w2[n], network.w1_gradient[n], network.w2_gradient[n], network.w1_moment1[n],
        network.w2_moment1[n], network.w1_moment2[n], network.w2_moment2[n], rates.rate[n], rates.momentum[n],
        rates.weight_decay[n], moves, rule, np.empty(5, network.w1.dtype),
    )  # fmt: skip


@_kernel
def loss_and_gradient(
    w1, w2, w1_gradient, w2_gradient, vectors, rows, targets, target_rows, weights, noise, closed, entered, states, ys,
    errors, rule,
):  # fmt: skip
    """Add the gradients of full BPTT over one sequence of T steps; return its loss.

    With noise (T, I), and where `closed` (T,) with the last output in place of the input. `entered` (T, I), `states`
    (T + 1, H), `ys` and `errors` (T, O) are memory for the work.
    """
    activation, output, loss, biases, direct = rule.activation, rule.output, rule.loss, rule.biases, rule.direct
    inputs, hidden, outputs, last = vectors.shape[1], w1.shape[1], w2.shape[1], len(w2) - 1
    z, y, e, x_delta = (np.zeros(hidden, w1.dtype), np.zeros(outputs, w1.dtype), np.zeros(outputs, w1.dtype),
                        np.zeros(inputs, w1.dtype))  # fmt: skip
    deltas, next_delta = np.zeros((1, hidden), w1.dtype), np.zeros((1, hidden), w1.dtype)
    column = w2.reshape(w2.size)
    for j in range(hidden):
        states[0, j] = rule.initial_context
    total = 0.0
    for t in range(len(noise)):
        for i in range(inputs):
            entered[t, i] = noise[t, i] + (y[i] if closed[t] else vectors[rows[t], i])
        _drive(entered, t, w1, hidden, biases, z)
        _add_product(states, t, w1, inputs, 0, z)
        _activate(z, states, t + 1, activation)
        _read_out_in_general(states, t + 1, entered, t, w2, column, y, output, biases, direct)
        if weights[t] != _ZERO:
            total += weights[t] * _loss_in_general(y, targets, target_rows[t], output, loss)
            _output_delta_in_general(y, targets, target_rows[t], output, loss, e)
        for o in range(outputs):
            ys[t, o] = y[o]
            errors[t, o] = weights[t] * e[o] if weights[t] != _ZERO else _ZERO
    for t in range(len(noise) - 1, -1, -1):
        if t + 1 < len(noise) and closed[t + 1]:  # what this output did one step later
            for o in range(outputs):
                y[o], e[o] = ys[t, o], x_delta[o]
            _multiply_by_output_slope(y, output, e)
            for o in range(outputs):
                e[o] += errors[t, o]
        else:
            for o in range(outputs):
                e[o] = errors[t, o]
        for j in range(hidden):
            share = e[0] * _ZERO
            for o in range(outputs):
                share += w2[j, o] * e[o]
                w2_gradient[j, o] += states[t + 1, j] * e[o]
            z[j] = share
        _add_transposed_product(next_delta, 0, w1, inputs, z)
        _put_delta(z, states, t + 1, deltas, 0, next_delta, 0, activation)
        for i in range(inputs):
            x, back = entered[t, i], _ZERO * e[0]
            for j in range(hidden):
                w1_gradient[i, j] += x * deltas[0, j]
                back += w1[i, j] * deltas[0, j]
            if direct:
                for o in range(outputs):
                    w2_gradient[hidden + i, o] += x * e[o]
                    back += w2[hidden + i, o] * e[o]
            x_delta[i] = back
        _add_to_gradient(states, t, deltas, 0, 1, w1_gradient, inputs)
        if biases:
            _add_to_bias(deltas, 0, 1, w1_gradient)
            for o in range(outputs):
                w2_gradient[last, o] += e[o]
    return total


@_inline
def _move_and_multiply(w, x_before, delta, step, x, z):
    """W -= step * x_before^T delta; z = x @ w: four rows of w at a time."""
    rows, columns = w.shape
    s0, x0 = step * x_before[0], x[0]
    for j in range(columns):
        w0 = w[0, j] - s0 * delta[j]
        w[0, j] = w0
        z[j] = x0 * w0
    i = 1
    while i + 4 <= rows:
        s0, s1, s2, s3 = step * x_before[i], step * x_before[i + 1], step * x_before[i + 2], step * x_before[i + 3]
        x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(columns):
            d = delta[j]
            w0, w1, w2, w3 = w[i, j] - s0 * d, w[i + 1, j] - s1 * d, w[i + 2, j] - s2 * d, w[i + 3, j] - s3 * d
            w[i, j], w[i + 1, j], w[i + 2, j], w[i + 3, j] = w0, w1, w2, w3
            z[j] += x0 * w0 + x1 * w1 + x2 * w2 + x3 * w3
        i += 4
    while i < rows:
        s0, x0 = step * x_before[i], x[i]
        for j in range(columns):
            w0 = w[i, j] - s0 * delta[j]
            w[i, j] = w0
            z[j] += x0 * w0
        i += 1


@_part
def _move_with_momentum_and_multiply(w, moment1, x_before, delta, step, momentum, x, z):
    """V = momentum * V + x_before^T delta; W -= step * V; z = x @ W: two rows at a time. V stands in `moment1`."""
    rows, columns = w.shape
    a0, x0 = x_before[0], x[0]
    for j in range(columns):
        v0 = momentum * moment1[0, j] + a0 * delta[j]
        w0 = w[0, j] - step * v0
        moment1[0, j], w[0, j] = v0, w0
        z[j] = x0 * w0
    i = 1
    while i + 2 <= rows:
        a0, a1, x0, x1 = x_before[i], x_before[i + 1], x[i], x[i + 1]
        for j in range(columns):
            d = delta[j]
            v0, v1 = momentum * moment1[i, j] + a0 * d, momentum * moment1[i + 1, j] + a1 * d
            w0, w1 = w[i, j] - step * v0, w[i + 1, j] - step * v1
            moment1[i, j], moment1[i + 1, j], w[i, j], w[i + 1, j] = v0, v1, w0, w1
            z[j] += x0 * w0 + x1 * w1
        i += 2
    if i < rows:
        a0, x0 = x_before[i], x[i]
        for j in range(columns):
            v0 = momentum * moment1[i, j] + a0 * delta[j]
            w0 = w[i, j] - step * v0
            moment1[i, j], w[i, j] = v0, w0
            z[j] += x0 * w0


@_part
def _move_out_with_momentum(w, moment1, h, e, delta, step, momentum, biases):
    """delta = W e; V = momentum * V + cat(h [, 1])^T e; W -= step * V. V stands in `moment1`."""
    hidden, outputs = len(delta), len(e)
    for j in range(hidden):
        share, x = e[0] * _ZERO, h[j]
        for o in range(outputs):
            before = w[j, o]
            v = momentum * moment1[j, o] + x * e[o]
            moment1[j, o] = v
            share += before * e[o]
            w[j, o] = before - step * v
        delta[j] = share
    if biases:
        for o in range(outputs):
            moment1[hidden, o] = momentum * moment1[hidden, o] + e[o]
            w[hidden, o] -= step * moment1[hidden, o]
