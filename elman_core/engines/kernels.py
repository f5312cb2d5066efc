"""Truncated BPTT in compiled loops, in place on the tensors' memory. Nothing here knows torch.

`advance` trains by any rule, `advance_one_step_rule` by Elman's own with plain gradient steps. Both go on from
where `Run.places` stands, do a bounded amount of work, and take a range of the ensemble's networks, so that several
threads can share one. B sequences run side by side; what belongs to time step t and sequence b stands in row
t * B + b.
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
    "DIVERGED",
    "EPOCH",
    "FORWARD",
    "MOVE",
    "MOVES",
    "NO_OPTIMIZER",
    "PHASE",
    "PLACE_COLUMNS",
    "TIME_STEP",
    "UPDATE_AT",
    "VALIDATED",
    "VALIDATION",
    "Network",
    "Rule",
    "Run",
    "advance",
    "advance_one_step_rule",
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
_SQUARED_ERROR, _CROSS_ENTROPY = range(2)

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8  # of Adam, as torch.optim has them
_RISE, _FALL, _LEAST_STEP, _GREATEST_STEP = 1.2, 0.5, 1e-6, 50.0  # of Rprop


FORWARD, BACKWARD, MOVE, VALIDATION = range(4)
"""What a network does next."""

EPOCH, TIME_STEP, PHASE, UPDATE_AT, BACK_TO, VALIDATED, BASE, MOVES, DIVERGED, PLACE_COLUMNS = range(10)
"""Where a network stands: the columns of `Run.places`. BASE is the time step in the first row of `Run.xh`."""


class Rule(NamedTuple):
    """How a network learns: BPTT(k1, k2), the functions by their place in the config's enums, and the optimiser."""

    activation: int
    output: int
    loss: int
    biases: int
    sequences: int
    k1: int
    k2: int
    carry_context: int
    initial_context: float
    optimizer: int
    momentum: float
    weight_decay: float
    clip_norm: float


class Network(NamedTuple):
    """Weights, their gradients and the optimiser's memory of them: (N, P, H) and (N, R, O) each."""

    w1: Any
    w2: Any
    gradient1: Any
    gradient2: Any
    first1: Any
    first2: Any
    second1: Any
    second2: Any
    before1: Any
    before2: Any
    best1: Any
    best2: Any


class Run(NamedTuple):
    """Series (T * B, I), (T * B, O), the validation part's after that, and what a run keeps for each network.

    Attributes
    ----------
    xh : (N, rows * B, P)
        Inputs of the steps in reach; h_t stands only once, as the context of step t + 1.
    carried : (N, B, H)
        Context that the next epoch begins with.
    validation_xh : (N, B, P)
    later : (N, B, H)
        d loss / d z of the step after the one that is propagated back next.
    places : (N, PLACE_COLUMNS)
    totals : (N, 2)
        Loss of this epoch so far, training and validation.
    best_losses, best_epochs : (N,)
    """

    inputs: Any
    targets: Any
    validation_inputs: Any
    validation_targets: Any
    xh: Any
    carried: Any
    validation_xh: Any
    later: Any
    places: Any
    totals: Any
    best_losses: Any
    best_epochs: Any


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
def _activate(z, h, activation):
    """h = f(z)."""
    if activation == _TANH:
        for j in range(len(z)):
            h[j] = _tanh(z[j])
    elif activation == _LOGISTIC:
        for j in range(len(z)):
            h[j] = _HALF + _HALF * _tanh(_HALF * z[j])
    else:
        for j in range(len(z)):
            h[j] = max(z[j], _ZERO)


@_inline
def _multiply_by_slope(delta, h, activation):
    """delta *= f'(z), written in terms of h = f(z)."""
    if activation == _TANH:
        for j in range(len(delta)):
            delta[j] *= _ONE - h[j] * h[j]
    elif activation == _LOGISTIC:
        for j in range(len(delta)):
            delta[j] *= h[j] * (_ONE - h[j])
    else:
        for j in range(len(delta)):
            delta[j] = delta[j] if h[j] > _ZERO else _ZERO


@_inline
def _multiply(x, w, z):
    """z = x @ w, four rows of w at a time."""
    rows, columns = w.shape
    for j in range(columns):
        z[j] = _ZERO
    i = 0
    while i + 4 <= rows:
        x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(columns):
            z[j] += x0 * w[i, j] + x1 * w[i + 1, j] + x2 * w[i + 2, j] + x3 * w[i + 3, j]
        i += 4
    while i < rows:
        x0 = x[i]
        for j in range(columns):
            z[j] += x0 * w[i, j]
        i += 1


@_inline
def _multiply_transposed(x, w, first, z):
    """z = w[first : first + len(z)] @ x, four rows of w at a time."""
    rows, columns = len(z), len(x)
    i = 0
    while i + 4 <= rows:
        k = first + i
        s0, s1, s2, s3 = x[0] * _ZERO, x[0] * _ZERO, x[0] * _ZERO, x[0] * _ZERO
        for j in range(columns):
            s0 += x[j] * w[k, j]
            s1 += x[j] * w[k + 1, j]
            s2 += x[j] * w[k + 2, j]
            s3 += x[j] * w[k + 3, j]
        z[i], z[i + 1], z[i + 2], z[i + 3] = s0, s1, s2, s3
        i += 4
    while i < rows:
        s0 = x[0] * _ZERO
        for j in range(columns):
            s0 += x[j] * w[first + i, j]
        z[i] = s0
        i += 1


@_inline
def _read_out(h, w2, column, y, output, biases):
    """y = g(cat(h [, 1]) @ w2). With one output, `column` is w2 as a line, which is read faster."""
    hidden, outputs = len(h), len(y)
    if outputs == 1:
        total = column[hidden] if biases else _ZERO * column[0]
        for j in range(hidden):
            total += h[j] * column[j]
        y[0] = total
    else:
        for o in range(outputs):
            y[o] = w2[hidden, o] if biases else _ZERO
        for j in range(hidden):
            for o in range(outputs):
                y[o] += h[j] * w2[j, o]
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
    if loss == _CROSS_ENTROPY or output == _LINEAR:
        return
    if output == _LOGISTIC_OUTPUT:
        for o in range(outputs):
            e[o] *= y[o] * (_ONE - y[o])
    else:
        total = y[0] * _ZERO
        for o in range(outputs):
            total += e[o] * y[o]
        for o in range(outputs):
            e[o] = y[o] * (e[o] - total)


# -- forward, back, move --------------------------------------------------------------------------


@_inline
def _put_inputs(inputs, row, x):
    for i in range(inputs.shape[1]):
        x[i] = inputs[row, i]


@_inline
def _put_row(x, xh, row):
    for i in range(len(x)):
        xh[row, i] = x[i]


@_inline
def _take_row(xh, row, x):
    for i in range(len(x)):
        x[i] = xh[row, i]


@_inline
def _add_what_the_outputs_say(h, w2, column, e, delta, gradient2, gradient_column, biases):
    """delta += e W2^T; gradient of w2 += cat(h [, 1])^T e."""
    hidden, outputs = len(h), len(e)
    if outputs == 1:
        error = e[0]
        for j in range(hidden):
            delta[j] += column[j] * error
            gradient_column[j] += h[j] * error
        if biases:
            gradient_column[hidden] += error
        return
    for j in range(hidden):
        total = e[0] * _ZERO
        for o in range(outputs):
            total += w2[j, o] * e[o]
            gradient2[j, o] += h[j] * e[o]
        delta[j] += total
    if biases:
        for o in range(outputs):
            gradient2[hidden, o] += e[o]


@_part
def _add_to_gradient(xh, xh_row, deltas, delta_row, count, gradient):
    """Gradient += xh^T deltas over `count` rows: two rows of the gradient and four steps at a time."""
    rows, columns = gradient.shape
    i = 0
    while i + 2 <= rows:
        k = 0
        while k + 4 <= count:
            r, d = xh_row + k, delta_row + k
            a0, a1, a2, a3 = xh[r, i], xh[r + 1, i], xh[r + 2, i], xh[r + 3, i]
            b0, b1, b2, b3 = xh[r, i + 1], xh[r + 1, i + 1], xh[r + 2, i + 1], xh[r + 3, i + 1]
            for j in range(columns):
                d0, d1, d2, d3 = deltas[d, j], deltas[d + 1, j], deltas[d + 2, j], deltas[d + 3, j]
                gradient[i, j] += a0 * d0 + a1 * d1 + a2 * d2 + a3 * d3
                gradient[i + 1, j] += b0 * d0 + b1 * d1 + b2 * d2 + b3 * d3
            k += 4
        while k < count:
            a0, b0 = xh[xh_row + k, i], xh[xh_row + k, i + 1]
            for j in range(columns):
                gradient[i, j] += a0 * deltas[delta_row + k, j]
                gradient[i + 1, j] += b0 * deltas[delta_row + k, j]
            k += 1
        i += 2
    if i < rows:
        for k in range(count):
            a0 = xh[xh_row + k, i]
            for j in range(columns):
                gradient[i, j] += a0 * deltas[delta_row + k, j]


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
def _move(w, gradient, first, second, rate, moves, rule, scalars):
    """One step of the optimiser, as torch.optim does it. `scalars` brings numbers to the weights' type."""
    rows, columns = w.shape
    if rule.optimizer == _SGD:
        scalars[0], scalars[1] = rate, rule.momentum
        step, momentum = scalars[0], scalars[1]
        if rule.momentum == 0.0:
            for i in range(rows):
                for j in range(columns):
                    w[i, j] -= step * gradient[i, j]
        else:
            for i in range(rows):
                for j in range(columns):
                    first[i, j] = momentum * first[i, j] + gradient[i, j]
                    w[i, j] -= step * first[i, j]
    elif rule.optimizer == _ADAM:
        scalars[0], scalars[1], scalars[2] = _BETA1, _BETA2, _EPSILON
        scalars[3] = rate / (1.0 - _BETA1**moves)
        scalars[4] = 1.0 / math.sqrt(1.0 - _BETA2**moves)
        beta1, beta2, epsilon, step, root = scalars[0], scalars[1], scalars[2], scalars[3], scalars[4]
        for i in range(rows):
            for j in range(columns):
                g = gradient[i, j]
                first[i, j] += (_ONE - beta1) * (g - first[i, j])
                second[i, j] = beta2 * second[i, j] + (_ONE - beta2) * g * g
                w[i, j] -= step * first[i, j] / (math.sqrt(second[i, j]) * root + epsilon)
    else:
        scalars[0], scalars[1] = _RISE, _FALL
        scalars[2], scalars[3] = _LEAST_STEP, _GREATEST_STEP
        rise, fall, least, greatest = scalars[0], scalars[1], scalars[2], scalars[3]
        for i in range(rows):
            for j in range(columns):
                g, agreement = gradient[i, j], gradient[i, j] * first[i, j]
                if agreement > _ZERO:
                    second[i, j] = min(second[i, j] * rise, greatest)
                elif agreement < _ZERO:
                    second[i, j] = max(second[i, j] * fall, least)
                    g = _ZERO * g
                if g > _ZERO:
                    w[i, j] -= second[i, j]
                elif g < _ZERO:
                    w[i, j] += second[i, j]
                first[i, j] = g


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
def _put_context(context, xh, row, first):
    for b in range(context.shape[0]):
        for j in range(context.shape[1]):
            xh[row * context.shape[0] + b, first + j] = context[b, j]


@_part
def _end_training_part(n, network, run, rule):
    """Keep the context, and go on with the validation part."""
    place, xh, carried = run.places[n], run.xh[n], run.carried[n]
    first = xh.shape[1] - rule.biases - carried.shape[1]
    row = (place[TIME_STEP] - place[BASE]) * rule.sequences
    for b in range(rule.sequences):
        for j in range(carried.shape[1]):
            carried[b, j] = xh[row + b, first + j]
    _put_context(carried, run.validation_xh[n], 0, first)
    place[PHASE] = VALIDATION
    place[VALIDATED] = 0
    run.totals[n, 1] = 0.0


@_part
def _validate(n, network, run, rule, work, x, h, z, y):
    """Predict some steps of the validation part; return how many."""
    place, contexts = run.places[n], run.validation_xh[n]
    inputs, targets = run.validation_inputs, run.validation_targets
    w1, w2 = network.w1[n], network.w2[n]
    column = w2.reshape(w2.size)
    activation, output, loss, biases = rule.activation, rule.output, rule.loss, rule.biases
    done = 0
    steps = len(inputs) // rule.sequences
    total = run.totals[n, 1]
    while place[VALIDATED] < steps and done < work:
        for b in range(rule.sequences):
            row = place[VALIDATED] * rule.sequences + b
            _take_row(contexts, b, x)
            _put_inputs(inputs, row, x)
            _multiply(x, w1, z)
            _activate(z, h, activation)
            _put_row(x, contexts, b)
            _read_out(h, w2, column, y, output, biases)
            total += _loss(y, targets, row, output, loss)
        place[VALIDATED] += 1
        done += 1
    run.totals[n, 1] = total
    return done


@_part
def _begin_epoch(n, network, run, rule):
    place, carried = run.places[n], run.carried[n]
    _copy(network.w1[n], network.before1[n])
    _copy(network.w2[n], network.before2[n])
    if not rule.carry_context:
        for b in range(rule.sequences):
            for j in range(carried.shape[1]):
                carried[b, j] = rule.initial_context
    _put_context(carried, run.xh[n], 0, run.xh.shape[2] - rule.biases - carried.shape[1])
    place[TIME_STEP] = place[BASE] = 0
    place[PHASE] = FORWARD
    place[UPDATE_AT] = min(rule.k1, len(run.inputs) // rule.sequences)
    run.totals[n, 0] = 0.0


@_part
def _end_epoch(n, network, run, rule, ended, losses, validation_losses):
    """Write the epoch's losses down, and begin the next one; return whether all is finite."""
    place = run.places[n]
    train, validation = run.totals[n, 0], run.totals[n, 1]
    finite = math.isfinite(train) and math.isfinite(validation)
    if not (finite and _all_finite(network.w1[n]) and _all_finite(network.w2[n])):
        place[DIVERGED] = 1
        return False
    place[EPOCH] += 1
    losses[ended, n] = train
    validation_losses[ended, n] = validation
    if len(run.validation_inputs) and validation < run.best_losses[n]:
        run.best_losses[n] = validation
        run.best_epochs[n] = place[EPOCH]
        _copy(network.w1[n], network.best1[n])
        _copy(network.w2[n], network.best2[n])
    _begin_epoch(n, network, run, rule)
    return True


# -- whole runs -----------------------------------------------------------------------------------


@_kernel
def advance(first_network, last_network, network, run, rule, rate, work, last_epoch, losses, validation_losses):
    """Do about `work` steps forward or back with each network of the range; return the work that is left.

    Ends early when as many epochs have ended as `losses` has rows, and before a MOVE where there is no optimiser.
    """
    series, targets = run.inputs, run.targets
    activation, output, loss, biases = rule.activation, rule.output, rule.loss, rule.biases
    inputs, hidden = series.shape[1], network.w1.shape[2]
    outputs, dtype, sequences = network.w2.shape[2], network.w1.dtype, rule.sequences
    z, delta = np.empty(hidden, dtype), np.empty(hidden, dtype)
    y, e = np.empty(outputs, dtype), np.empty(outputs, dtype)
    x = np.ones(network.w1.shape[1], dtype)
    h = x[inputs : inputs + hidden]
    scalars = np.empty(5, dtype)
    recurrent = np.empty((min(hidden, _SMALL), min(hidden, _SMALL)), dtype)
    deltas = np.empty((BLOCK * sequences, hidden), dtype)
    steps, least_left = len(series) // sequences, work
    for n in range(first_network, last_network):
        w1, w2, gradient1, gradient2 = network.w1[n], network.w2[n], network.gradient1[n], network.gradient2[n]
        column, gradient_column = w2.reshape(w2.size), gradient2.reshape(gradient2.size)
        xh, later, place = run.xh[n], run.later[n], run.places[n]
        capacity = len(xh) // sequences - 1
        left, ended = work, 0
        while left > 0 and ended < len(losses) and place[EPOCH] < last_epoch and not place[DIVERGED]:
            if place[PHASE] == FORWARD:
                if place[TIME_STEP] - place[BASE] == capacity:
                    gone = capacity - rule.k2
                    for row in range((rule.k2 + 1) * sequences):
                        _take_row(xh, gone * sequences + row, x)
                        _put_row(x, xh, row)
                    place[BASE] += gone
                t, base = place[TIME_STEP], place[BASE]
                stop = min(t + left, place[UPDATE_AT], base + capacity)
                left -= stop - t
                if sequences == 1:
                    _take_row(xh, t - base, x)
                    while t < stop:
                        _put_inputs(series, t, x)
                        _put_row(x, xh, t - base)
                        _multiply(x, w1, z)
                        _activate(z, h, activation)
                        t += 1
                    _put_row(x, xh, t - base)
                while t < stop:
                    for b in range(sequences):
                        row = (t - base) * sequences + b
                        _take_row(xh, row, x)
                        _put_inputs(series, t * sequences + b, x)
                        _put_row(x, xh, row)
                        _multiply(x, w1, z)
                        _activate(z, h, activation)
                        _put_row(x, xh, row + sequences)
                    t += 1
                place[TIME_STEP] = t
                if t == place[UPDATE_AT]:
                    place[PHASE] = BACKWARD
                    place[BACK_TO] = t
                    gradient1[:] = _ZERO
                    gradient2[:] = _ZERO
                    later[:] = _ZERO
            elif place[PHASE] == BACKWARD:
                update_at, base = place[UPDATE_AT], place[BASE]
                begin = max(0, update_at - rule.k2)
                block_start = (update_at - 1) // rule.k1 * rule.k1
                back_to = place[BACK_TO]
                is_recurrent = update_at - begin > 1
                if is_recurrent and hidden <= _SMALL:
                    for i in range(hidden):
                        for j in range(hidden):
                            recurrent[j, i] = w1[inputs + i, j]
                total = run.totals[n, 0]
                while back_to > begin and left > 0:
                    stop = max(begin, (back_to - 1) // BLOCK * BLOCK)
                    block = stop // BLOCK * BLOCK
                    for t in range(back_to - 1, stop - 1, -1):
                        # delta_t = f'(h_t) * (e_t W2^T + delta_{t+1} W_hh^T); e_t only since the last update
                        for b in range(sequences):
                            _take_row(xh, (t - base + 1) * sequences + b, x)
                            if is_recurrent:
                                _take_row(later, b, z)
                                if hidden <= _SMALL:
                                    _multiply(z, recurrent, delta)
                                else:
                                    _multiply_transposed(z, w1, inputs, delta)
                            else:
                                delta[:] = _ZERO
                            if t >= block_start:
                                row = t * sequences + b
                                _read_out(h, w2, column, y, output, biases)
                                total += _loss(y, targets, row, output, loss)
                                _output_delta(y, targets, row, output, loss, e)
                                _add_what_the_outputs_say(h, w2, column, e, delta, gradient2, gradient_column, biases)
                            _multiply_by_slope(delta, h, activation)
                            _put_row(delta, deltas, (t - block) * sequences + b)
                            _put_row(delta, later, b)
                    _add_to_gradient(
                        xh,
                        (stop - base) * sequences,
                        deltas,
                        (stop - block) * sequences,
                        (back_to - stop) * sequences,
                        gradient1,
                    )
                    left -= back_to - stop
                    back_to = stop
                run.totals[n, 0] = total
                place[BACK_TO] = back_to
                if back_to == begin:
                    place[PHASE] = MOVE
            if place[PHASE] == MOVE:
                if rule.optimizer == NO_OPTIMIZER:
                    break
                if rule.clip_norm > 0.0 or rule.weight_decay > 0.0:
                    scalars[0], scalars[1] = 1.0, rule.weight_decay
                    if rule.clip_norm > 0.0:
                        norm = math.sqrt(_squared_norm(gradient1) + _squared_norm(gradient2))
                        scalars[0] = min(1.0, rule.clip_norm / (norm + 1e-6))
                    _prepare_gradient(w1, gradient1, scalars[0], scalars[1])
                    _prepare_gradient(w2, gradient2, scalars[0], scalars[1])
                place[MOVES] += 1
                moves = place[MOVES]
                _move(w1, gradient1, network.first1[n], network.second1[n], rate, moves, rule, scalars)
                _move(w2, gradient2, network.first2[n], network.second2[n], rate, moves, rule, scalars)
                if place[TIME_STEP] < steps:
                    place[PHASE] = FORWARD
                    place[UPDATE_AT] = min(place[TIME_STEP] + rule.k1, steps)
                else:
                    _end_training_part(n, network, run, rule)
            if place[PHASE] == VALIDATION:
                left -= _validate(n, network, run, rule, left, x, h, z, y)
                if place[VALIDATED] * sequences == len(run.validation_inputs):
                    if not _end_epoch(n, network, run, rule, ended, losses, validation_losses):
                        break
                    ended += 1
        least_left = min(left, least_left)
    return least_left


@_kernel
def advance_one_step_rule(
    first_network, last_network, network, run, rule, rate, work, last_epoch, losses, validation_losses
):
    """BPTT(1, 1) of one sequence by plain gradient steps, each of which is one work.

    The weights are moved and multiplied by the next input in one pass over them, which is what this takes its
    time with.
    """
    series, targets = run.inputs, run.targets
    activation, output, loss, biases = rule.activation, rule.output, rule.loss, rule.biases
    inputs, hidden = series.shape[1], network.w1.shape[2]
    outputs, dtype = network.w2.shape[2], network.w1.dtype
    z, delta = np.empty(hidden, dtype), np.empty(hidden, dtype)
    y, e = np.empty(outputs, dtype), np.empty(outputs, dtype)
    columns = network.w1.shape[1]
    x, x_before = np.ones(columns, dtype), np.ones(columns, dtype)
    h = x[inputs : inputs + hidden]
    scalars = np.empty(1, dtype)
    scalars[0] = rate
    step = scalars[0]
    steps, least_left = len(series), work
    for n in range(first_network, last_network):
        w1, w2 = network.w1[n], network.w2[n]
        column, place = w2.reshape(w2.size), run.places[n]
        left, ended = work, 0
        while left > 0 and ended < len(losses) and place[EPOCH] < last_epoch and not place[DIVERGED]:
            if place[PHASE] == FORWARD:
                t = place[TIME_STEP]
                stop = min(t + left, steps)
                left -= stop - t
                _take_row(run.xh[n], 0, x)
                delta[:] = _ZERO
                total = run.totals[n, 0]
                while True:
                    if t < steps:
                        _put_inputs(series, t, x)
                    _move_and_multiply(w1, x_before, delta, step, x, z)
                    if t == stop:
                        break
                    for i in range(columns):
                        x_before[i] = x[i]
                    _activate(z, h, activation)
                    _read_out(h, w2, column, y, output, biases)
                    total += _loss(y, targets, t, output, loss)
                    _output_delta(y, targets, t, output, loss, e)
                    if outputs == 1:
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
                    if biases:
                        for o in range(outputs):
                            w2[hidden, o] -= step * e[o]
                    _multiply_by_slope(delta, h, activation)
                    t += 1
                _put_row(x, run.xh[n], 0)
                run.totals[n, 0] = total
                place[TIME_STEP] = place[BASE] = t
                if t == steps:
                    _end_training_part(n, network, run, rule)
            if place[PHASE] == VALIDATION:
                left -= _validate(n, network, run, rule, left, x, h, z, y)
                if place[VALIDATED] == len(run.validation_inputs):
                    if not _end_epoch(n, network, run, rule, ended, losses, validation_losses):
                        break
                    ended += 1
        least_left = min(left, least_left)
    return least_left


@_inline
def _move_and_multiply(w, x_before, delta, step, x, z):
    """W -= step * x_before^T delta; z = x @ w: four rows of w at a time."""
    rows, columns = w.shape
    for j in range(columns):
        z[j] = _ZERO
    i = 0
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
