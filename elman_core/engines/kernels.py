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

BLOCK = 32
"""Steps back in time whose share of the gradient is summed at once. A slice of work ends between blocks only."""

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


@_part
def _activate(z, xh, row, first, activation):
    """Put f(z) into a row of xh, from column `first` on."""
    if activation == _TANH:
        for j in range(z.shape[1]):
            xh[row, first + j] = _tanh(z[0, j])
    elif activation == _LOGISTIC:
        for j in range(z.shape[1]):
            xh[row, first + j] = _HALF + _HALF * _tanh(_HALF * z[0, j])
    else:
        for j in range(z.shape[1]):
            xh[row, first + j] = max(z[0, j], _ZERO)


@_part
def _multiply_by_slope(delta, at, xh, row, first, activation):
    """delta *= f'(z), written in terms of h = f(z)."""
    hidden = delta.shape[1]
    if activation == _TANH:
        for j in range(hidden):
            h = xh[row, first + j]
            delta[at, j] *= _ONE - h * h
    elif activation == _LOGISTIC:
        for j in range(hidden):
            h = xh[row, first + j]
            delta[at, j] *= h * (_ONE - h)
    else:
        for j in range(hidden):
            if xh[row, first + j] <= _ZERO:
                delta[at, j] = _ZERO


@_part
def _multiply(x, row, w, z, at):
    """z[at] = x[row] @ w, four rows of w at a time."""
    rows, columns = w.shape
    for j in range(columns):
        z[at, j] = _ZERO
    i = 0
    while i + 4 <= rows:
        x0, x1, x2, x3 = x[row, i], x[row, i + 1], x[row, i + 2], x[row, i + 3]
        for j in range(columns):
            z[at, j] += x0 * w[i, j] + x1 * w[i + 1, j] + x2 * w[i + 2, j] + x3 * w[i + 3, j]
        i += 4
    while i < rows:
        x0 = x[row, i]
        for j in range(columns):
            z[at, j] += x0 * w[i, j]
        i += 1


@_part
def _read_out(xh, row, first, w2, y, rule):
    """y = g(cat(h [, 1]) @ w2)."""
    rows, outputs = w2.shape
    if outputs == 1:
        total = w2[rows - 1, 0] if rule.biases else w2[0, 0] * _ZERO
        for j in range(rows - rule.biases):
            total += xh[row, first + j] * w2[j, 0]
        y[0] = total
    else:
        for o in range(outputs):
            y[o] = w2[rows - 1, o] if rule.biases else _ZERO
        for j in range(rows - rule.biases):
            h = xh[row, first + j]
            for o in range(outputs):
                y[o] += h * w2[j, o]
    if rule.output == _LOGISTIC_OUTPUT:
        for o in range(outputs):
            y[o] = _HALF + _HALF * _tanh(_HALF * y[o])
    elif rule.output == _SOFTMAX:
        greatest = y[0]
        for o in range(outputs):
            greatest = max(greatest, y[o])
        total = _ZERO * greatest
        for o in range(outputs):
            y[o] = math.exp(y[o] - greatest)
            total += y[o]
        for o in range(outputs):
            y[o] /= total


@_part
def _loss(y, targets, row, rule):
    total = 0.0
    for o in range(len(y)):
        target = targets[row, o]
        if rule.loss == _SQUARED_ERROR:
            error = y[o] - target
            total += _HALF * error * error
        else:
            total -= target * math.log(max(y[o], _SMALLEST))
            if rule.output != _SOFTMAX:
                total -= (_ONE - target) * math.log(max(_ONE - y[o], _SMALLEST))
    return total


@_part
def _output_delta(y, targets, row, rule, e):
    """e = d loss / d z, where y = g(z)."""
    outputs = len(y)
    if rule.loss == _CROSS_ENTROPY and rule.output == _SOFTMAX:
        total = targets[row, 0] * _ZERO
        for o in range(outputs):
            total += targets[row, o]
        for o in range(outputs):
            e[o] = y[o] * total - targets[row, o]
        return
    for o in range(outputs):
        e[o] = y[o] - targets[row, o]
    if rule.loss == _CROSS_ENTROPY or rule.output == _LINEAR:
        return
    if rule.output == _LOGISTIC_OUTPUT:
        for o in range(outputs):
            e[o] *= y[o] * (_ONE - y[o])
    else:
        total = y[0] * _ZERO
        for o in range(outputs):
            total += e[o] * y[o]
        for o in range(outputs):
            e[o] = y[o] * (e[o] - total)


# -- forward, back, move --------------------------------------------------------------------------


@_part
def _put_inputs(inputs, t, sequences, xh, row):
    for b in range(sequences):
        for i in range(inputs.shape[1]):
            xh[row * sequences + b, i] = inputs[t * sequences + b, i]


@_part
def _step_back(t, place, w2, targets, xh, recurrent, gradient2, deltas, later, y, e, rule, totals):
    """delta_t = f'(h_t) * (e_t W2^T + delta_{t+1} W_hh^T); e_t only for the steps since the last update."""
    first = xh.shape[1] - rule.biases - deltas.shape[1]
    hidden, outputs = deltas.shape[1], w2.shape[1]
    update_at = place[UPDATE_AT]
    block_start = (update_at - 1) // rule.k1 * rule.k1
    for b in range(rule.sequences):
        at = t % BLOCK * rule.sequences + b
        row = (t - place[BASE] + 1) * rule.sequences + b
        if t + 1 < update_at:
            _multiply(later, b, recurrent, deltas, at)
        else:
            for j in range(hidden):
                deltas[at, j] = _ZERO
        if t >= block_start:
            _read_out(xh, row, first, w2, y, rule)
            totals[0] += _loss(y, targets, t * rule.sequences + b, rule)
            _output_delta(y, targets, t * rule.sequences + b, rule, e)
            if outputs == 1:
                error = e[0]
                for j in range(hidden):
                    deltas[at, j] += w2[j, 0] * error
                    gradient2[j, 0] += xh[row, first + j] * error
            else:
                for j in range(hidden):
                    total, h = e[0] * _ZERO, xh[row, first + j]
                    for o in range(outputs):
                        total += w2[j, o] * e[o]
                        gradient2[j, o] += h * e[o]
                    deltas[at, j] += total
            if rule.biases:
                for o in range(outputs):
                    gradient2[hidden, o] += e[o]
        _multiply_by_slope(deltas, at, xh, row, first, rule.activation)
    for b in range(rule.sequences):
        for j in range(hidden):
            later[b, j] = deltas[t % BLOCK * rule.sequences + b, j]


@_part
def _add_to_gradient(xh, xh_row, deltas, delta_row, count, gradient):
    """Gradient += xh^T deltas over `count` rows, four at a time."""
    rows, columns = gradient.shape
    for i in range(rows):
        k = 0
        while k + 4 <= count:
            r, d = xh_row + k, delta_row + k
            x0, x1, x2, x3 = xh[r, i], xh[r + 1, i], xh[r + 2, i], xh[r + 3, i]
            for j in range(columns):
                gradient[i, j] += (
                    x0 * deltas[d, j] + x1 * deltas[d + 1, j] + x2 * deltas[d + 2, j] + x3 * deltas[d + 3, j]
                )
            k += 4
        while k < count:
            x0 = xh[xh_row + k, i]
            for j in range(columns):
                gradient[i, j] += x0 * deltas[delta_row + k, j]
            k += 1


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
def _validate(n, network, run, rule, work, z, y):
    """Predict some steps of the validation part; return how many."""
    place, xh = run.places[n], run.validation_xh[n]
    first = xh.shape[1] - rule.biases - z.shape[1]
    done = 0
    total_steps = len(run.validation_inputs) // rule.sequences
    while place[VALIDATED] < total_steps and done < work:
        t = place[VALIDATED]
        _put_inputs(run.validation_inputs, t, rule.sequences, xh, 0)
        for b in range(rule.sequences):
            _multiply(xh, b, network.w1[n], z, 0)
            _activate(z, xh, b, first, rule.activation)
            _read_out(xh, b, first, network.w2[n], y, rule)
            run.totals[n, 1] += _loss(y, run.validation_targets, t * rule.sequences + b, rule)
        place[VALIDATED] += 1
        done += 1
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
    inputs, hidden = run.inputs.shape[1], network.w1.shape[2]
    outputs, dtype = network.w2.shape[2], network.w1.dtype
    z, y, e = np.empty((1, hidden), dtype), np.empty(outputs, dtype), np.empty(outputs, dtype)
    scalars = np.empty(5, dtype)
    recurrent = np.empty((hidden, hidden), dtype)
    deltas = np.empty((BLOCK * rule.sequences, hidden), dtype)
    steps, least_left = len(run.inputs) // rule.sequences, work
    for n in range(first_network, last_network):
        w1, w2, gradient1, gradient2 = network.w1[n], network.w2[n], network.gradient1[n], network.gradient2[n]
        xh, later, place, totals = run.xh[n], run.later[n], run.places[n], run.totals[n]
        capacity = len(xh) // rule.sequences - 1
        left, ended = work, 0
        while left > 0 and ended < len(losses) and place[EPOCH] < last_epoch and not place[DIVERGED]:
            if place[PHASE] == FORWARD:
                if place[TIME_STEP] - place[BASE] == capacity:
                    kept = (rule.k2 + 1) * rule.sequences
                    gone = (capacity - rule.k2) * rule.sequences
                    for r in range(kept):
                        for i in range(xh.shape[1]):
                            xh[r, i] = xh[gone + r, i]
                    place[BASE] += capacity - rule.k2
                t = place[TIME_STEP]
                stop = min(t + left, place[UPDATE_AT], place[BASE] + capacity)
                left -= stop - t
                while t < stop:
                    row = t - place[BASE]
                    _put_inputs(run.inputs, t, rule.sequences, xh, row)
                    for b in range(rule.sequences):
                        _multiply(xh, row * rule.sequences + b, w1, z, 0)
                        _activate(z, xh, (row + 1) * rule.sequences + b, inputs, rule.activation)
                    t += 1
                place[TIME_STEP] = t
                if t == place[UPDATE_AT]:
                    place[PHASE] = BACKWARD
                    place[BACK_TO] = t
                    for i in range(w1.shape[0]):
                        for j in range(hidden):
                            gradient1[i, j] = _ZERO
                    for i in range(w2.shape[0]):
                        for o in range(outputs):
                            gradient2[i, o] = _ZERO
            elif place[PHASE] == BACKWARD:
                begin = max(0, place[UPDATE_AT] - rule.k2)
                back_to = place[BACK_TO]
                if place[UPDATE_AT] - begin > 1:
                    for i in range(hidden):
                        for j in range(hidden):
                            recurrent[j, i] = w1[inputs + i, j]
                while back_to > begin and left > 0:
                    stop = max(begin, (back_to - 1) // BLOCK * BLOCK)
                    for t in range(back_to - 1, stop - 1, -1):
                        _step_back(
                            t, place, w2, run.targets, xh, recurrent, gradient2, deltas, later, y, e, rule, totals
                        )
                    _add_to_gradient(
                        xh,
                        (stop - place[BASE]) * rule.sequences,
                        deltas,
                        stop % BLOCK * rule.sequences,
                        (back_to - stop) * rule.sequences,
                        gradient1,
                    )
                    left -= back_to - stop
                    back_to = stop
                place[BACK_TO] = back_to
                if back_to == begin:
                    place[PHASE] = MOVE
            if place[PHASE] == MOVE:
                if rule.optimizer == NO_OPTIMIZER:
                    break
                if rule.clip_norm > 0.0 or rule.weight_decay > 0.0:
                    factor = 1.0
                    if rule.clip_norm > 0.0:
                        norm = math.sqrt(_squared_norm(gradient1) + _squared_norm(gradient2))
                        factor = min(1.0, rule.clip_norm / (norm + 1e-6))
                    scalars[0], scalars[1] = factor, rule.weight_decay
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
                left -= _validate(n, network, run, rule, left, z, y)
                if place[VALIDATED] * rule.sequences == len(run.validation_inputs):
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
    inputs, hidden = run.inputs.shape[1], network.w1.shape[2]
    outputs, dtype = network.w2.shape[2], network.w1.dtype
    z, y, e = np.empty((1, hidden), dtype), np.empty(outputs, dtype), np.empty(outputs, dtype)
    delta = np.zeros((1, hidden), dtype)
    scalars = np.empty(1, dtype)
    scalars[0] = rate
    step = scalars[0]
    columns = network.w1.shape[1]
    x, x_before = np.ones((1, columns), dtype), np.ones((1, columns), dtype)
    steps, least_left = len(run.inputs), work
    for n in range(first_network, last_network):
        w1, w2 = network.w1[n], network.w2[n]
        place, totals = run.places[n], run.totals[n]
        left, ended = work, 0
        while left > 0 and ended < len(losses) and place[EPOCH] < last_epoch and not place[DIVERGED]:
            if place[PHASE] == FORWARD:
                t = place[TIME_STEP]
                stop = min(t + left, steps)
                left -= stop - t
                for j in range(hidden):
                    x[0, inputs + j] = run.xh[n, 0, inputs + j]
                for j in range(hidden):
                    delta[0, j] = _ZERO
                while True:
                    if t < steps:
                        _put_inputs(run.inputs, t, 1, x, 0)
                    _move_and_multiply(w1, x_before, delta, step, x, z)
                    if t == stop:
                        break
                    for i in range(columns):
                        x_before[0, i] = x[0, i]
                    _activate(z, x, 0, inputs, rule.activation)
                    _read_out(x, 0, inputs, w2, y, rule)
                    totals[0] += _loss(y, run.targets, t, rule)
                    _output_delta(y, run.targets, t, rule, e)
                    if outputs == 1:
                        error, change = e[0], step * e[0]
                        for j in range(hidden):
                            w = w2[j, 0]
                            delta[0, j] = error * w
                            w2[j, 0] = w - change * x[0, inputs + j]
                    else:
                        for j in range(hidden):
                            total, change = e[0] * _ZERO, step * x[0, inputs + j]
                            for o in range(outputs):
                                w = w2[j, o]
                                total += w * e[o]
                                w2[j, o] = w - change * e[o]
                            delta[0, j] = total
                    if rule.biases:
                        for o in range(outputs):
                            w2[hidden, o] -= step * e[o]
                    _multiply_by_slope(delta, 0, x, 0, inputs, rule.activation)
                    t += 1
                for j in range(hidden):
                    run.xh[n, 0, inputs + j] = x[0, inputs + j]
                place[TIME_STEP] = place[BASE] = t
                if t == steps:
                    _end_training_part(n, network, run, rule)
            if place[PHASE] == VALIDATION:
                left -= _validate(n, network, run, rule, left, z, y)
                if place[VALIDATED] == len(run.validation_inputs):
                    if not _end_epoch(n, network, run, rule, ended, losses, validation_losses):
                        break
                    ended += 1
        least_left = min(left, least_left)
    return least_left


@_part
def _move_and_multiply(w, x_before, delta, step, x, z):
    """W -= step * x_before^T delta; z = x @ w: four rows of w at a time."""
    rows, columns = w.shape
    for j in range(columns):
        z[0, j] = _ZERO
    i = 0
    while i + 4 <= rows:
        s0, s1, s2, s3 = (
            step * x_before[0, i],
            step * x_before[0, i + 1],
            step * x_before[0, i + 2],
            step * x_before[0, i + 3],
        )
        x0, x1, x2, x3 = x[0, i], x[0, i + 1], x[0, i + 2], x[0, i + 3]
        for j in range(columns):
            d = delta[0, j]
            w0, w1, w2, w3 = w[i, j] - s0 * d, w[i + 1, j] - s1 * d, w[i + 2, j] - s2 * d, w[i + 3, j] - s3 * d
            w[i, j], w[i + 1, j], w[i + 2, j], w[i + 3, j] = w0, w1, w2, w3
            z[0, j] += x0 * w0 + x1 * w1 + x2 * w2 + x3 * w3
        i += 4
    while i < rows:
        s0, x0 = step * x_before[0, i], x[0, i]
        for j in range(columns):
            w0 = w[i, j] - s0 * delta[0, j]
            w[i, j] = w0
            z[0, j] += x0 * w0
        i += 1
