"""Loss and gradient of full BPTT over a batch of whole sequences, for one network. Nothing here knows torch.

The sequences stand side by side, the longest first, and go through the time steps in blocks of BLOCK sequences, whose
states stay in the cache from the way forward to the way back. At each step only those sequences of a block are
calculated that are still there, so that unequal lengths cost what their steps cost.

Each weight matrix is multiplied as a whole, since what it multiplies stands side by side in one row of memory::

    [h_before, 1, x] @ [context rows of w1; bias row; input rows]    forward
    [delta_after, e] @ [context rows of w1; hidden rows of w2]^T     back

The order of all sums depends on the batch and the sizes alone: the same batch gives the same bits, in any thread.

All stands in one file, since Numba's cache notices a change only in the file that a kernel itself is written in.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

__all__ = [
    "BLOCK",
    "Batch",
    "Rule",
    "Scratch",
    "Steps",
    "Vectors",
    "loss",
    "loss_and_gradient",
    "make_scratch",
    "make_vectors",
]

Array = NDArray[np.floating[Any]]

# As in kernels.py: infinity and NaN stay what they are.
_LOOSE = {"reassoc", "contract", "arcp", "nsz"}
_kernel = njit(nogil=True, cache=True, error_model="numpy", fastmath=_LOOSE)
_part = njit(nogil=True, error_model="numpy", fastmath=_LOOSE)
_inline = njit(nogil=True, error_model="numpy", fastmath=_LOOSE, inline="always")

BLOCK = 64
"""Sequences that go through all time steps together."""


def _has_wide_registers() -> bool:
    """Whether the processor has 32 registers of 64 bytes."""
    try:
        return bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
    except RuntimeError:  # not told on this system
        return False


_BYTES, _TALL, _LOW = (64, 8, 4) if _has_wide_registers() else (32, 4, 2)
"""Size of a vector of numbers, and how many rows of a product are summed at once, in registers."""

_MANY_ZEROS = 8
"""Vectors of which at most one number in so many is not 0 are multiplied number by number."""

_TANH, _LOGISTIC, _RELU = range(3)
_LINEAR, _LOGISTIC_OUTPUT, _SOFTMAX = range(3)
_SQUARED_ERROR, _CROSS_ENTROPY, _ABSOLUTE_ERROR = range(3)

_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
_SMALLEST = np.float32(1e-30)


class Rule(NamedTuple):
    """What the network is like, the functions by their place in the config's enums. Loss 2 is the absolute error."""

    activation: int
    output: int
    loss: int
    biases: int
    direct: int
    initial_context: float


class Vectors(NamedTuple):
    """Vectors of numbers, and where they are not 0.

    Attributes
    ----------
    numbers : (K, C)
    sparse : int
        Whether nearly all numbers are 0, as those of symbols are. The others are empty if not.
    first : (K + 1,)
        Those of vector k that are not 0 stand from first[k] up to first[k + 1].
    columns, values : (first[K],)
    """

    numbers: Any
    sparse: int
    first: Any
    columns: Any
    values: Any


class Steps(NamedTuple):
    """All time steps of all sequences there are, of which a batch takes some.

    Attributes
    ----------
    inputs : Vectors of (K, I)
    targets : (L, O)
    input_rows, target_rows : (steps,)
        Which vectors each step has.
    weights : (weights,)
        What the loss of a step is multiplied by: 0 or more. At 0 the target is not read: it may be NaN.
    """

    inputs: Vectors
    targets: Any
    input_rows: Any
    target_rows: Any
    weights: Any


class Batch(NamedTuple):
    """B sequences, the longest first.

    Attributes
    ----------
    starts : (B,)
        Place of each sequence's first step in `input_rows` and `target_rows`; the others come after it.
    weight_starts : (B,)
        Place of its weight in `weights`.
    lengths : (B,)
        Steps of each, in falling order, at most the scratch memory's.
    """

    starts: Any
    weight_starts: Any
    lengths: Any


class Scratch(NamedTuple):
    """Memory for the work, made once for the longest sequence. Each thread needs its own.

    Attributes
    ----------
    rows : ((T + 1) * BLOCK, H + 1 + I, and room)
        [h_before, 1, x] of each step; x only where it is not sparse.
    back : (2 * BLOCK, H + O, and room)
        [delta_after, e] of two steps in turn.
    panels1, panels2, panels_direct, panels_back : (numbers of the matrix, and room)
        The weights in the order in which products read them.
    gradient1 : (H + 1 + I, H)
    gradient2, gradient_direct : (O, H), (O, I)
        Transposed, since there often are few outputs.
    """

    rows: Any
    back: Any
    panels1: Any
    panels2: Any
    panels_direct: Any
    panels_back: Any
    gradient1: Any
    gradient2: Any
    gradient_direct: Any


def make_vectors(numbers: Array, dtype: type[np.floating[Any]] | np.dtype[Any]) -> Vectors:
    """Take vectors (K, C), and find the numbers that are not 0 where there are few."""
    numbers = np.array(numbers, dtype, order="C")
    counts = np.count_nonzero(numbers, axis=1)
    sparse = int(counts.sum()) * _MANY_ZEROS <= numbers.size
    if not sparse:
        return Vectors(numbers, 0, np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0, numbers.dtype))
    at, columns = np.nonzero(numbers)
    return Vectors(numbers, 1, np.concatenate([[0], np.cumsum(counts)]), columns, numbers[at, columns])


def make_scratch(w1: Array, w2: Array, inputs: Vectors, steps: int) -> Scratch:
    """Make room for sequences of up to so many steps, for weights of the shapes of w1 (P, H) and w2 (R, O)."""
    ins, hidden, outs, dtype = inputs.numbers.shape[1], w1.shape[1], w2.shape[1], w1.dtype
    lanes = _BYTES // dtype.itemsize
    panel = 2 * lanes
    dense = 0 if inputs.sparse else ins

    def zeros(rows: int, columns: int) -> Array:
        return _aligned((_up(rows, 8), _up(columns, lanes)), dtype)

    def panels(rows: int, columns: int) -> Array:
        return _aligned((1, rows * _up(columns, panel)), dtype)

    return Scratch(
        rows=zeros((steps + 1) * BLOCK, max(hidden + 1 + _up(dense, lanes), _up(hidden, lanes))),
        back=zeros(2 * BLOCK, hidden + _up(outs, lanes)),
        panels1=panels(hidden + 1 + dense, hidden),
        panels2=panels(hidden + 1, outs),
        panels_direct=panels(dense, outs),
        panels_back=panels(hidden + outs, hidden),
        gradient1=zeros(hidden + 1 + dense, hidden),
        gradient2=zeros(outs, hidden),
        gradient_direct=zeros(outs, dense),
    )


def _up(number: int, step: int) -> int:
    """Return the next multiple of `step`."""
    return -(-number // step) * step


def _aligned(shape: tuple[int, int], dtype: np.dtype[Any]) -> Array:
    """Return zeros that begin where a vector register is read at once."""
    size = math.prod(shape) * dtype.itemsize
    memory = np.zeros(size + 64, np.uint8)
    at = -memory.ctypes.data % 64
    return memory[at : at + size].view(dtype).reshape(shape)


# -- products -------------------------------------------------------------------------------------


def _tile(rows: int, vectors: int, *, fresh: bool) -> Any:
    """Return a function that sums `rows` rows and `vectors` vectors of a product at once, in registers.

    With `lanes` numbers in a vector, it does for m < rows and j < vectors * lanes::

        out[out_at + m * out_row + j] = sum_k left[left_at + m * left_row + k * left_step] * w[w_at + k * w_step + j]

    over k < steps, where "=" is "+=" if not fresh. Written in LLVM's own terms, since loops do not stay in registers.
    """

    @intrinsic
    def tile(typing: Any, out: Any, out_at: Any, out_row: Any, left: Any, left_at: Any, left_row: Any, left_step: Any,
             w: Any, w_at: Any, w_step: Any, steps: Any) -> Any:  # fmt: skip
        place = types.intp
        signature = types.void(out, place, place, left, place, place, place, w, place, place, place)
        size = out.dtype.bitwidth // 8
        lanes = _BYTES // size
        pairs = [(m, n) for m in range(rows) for n in range(vectors)]

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            number, integer = context.get_value_type(out.dtype), context.get_value_type(place)
            vector = ir.VectorType(number, lanes)
            out_data, left_data, w_data = (
                context.make_array(signature.args[k])(context, builder, values[k]).data for k in (0, 3, 7)
            )
            _, out_at, out_row, _, left_at, left_row, left_step, _, w_at, w_step, steps = values

            def at(data: Any, start: Any, index: Any, step: Any, beyond: int = 0) -> Any:
                place = builder.add(builder.add(start, builder.mul(index, step)), integer(beyond))
                return builder.gep(data, [place])

            def load(pointer: Any) -> Any:
                return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=size)

            places = {(m, n): at(out_data, out_at, integer(m), out_row, n * lanes) for m, n in pairs}
            nothing = vector([0.0] * lanes)
            first = {pair: nothing if fresh else load(places[pair]) for pair in pairs}
            left_starts = [builder.add(left_at, builder.mul(left_row, integer(m))) for m in range(rows)]
            before, loop, after = builder.block, *(builder.append_basic_block(name) for name in ("loop", "after"))
            builder.cbranch(builder.icmp_signed(">", steps, integer(0)), loop, after)

            builder.position_at_end(loop)
            k = builder.phi(integer)
            sums = {pair: builder.phi(vector) for pair in pairs}
            w_vectors = [load(at(w_data, w_at, k, w_step, n * lanes)) for n in range(vectors)]
            added = {}
            for m in range(rows):
                single = builder.load(at(left_data, left_starts[m], k, left_step))
                one = builder.insert_element(vector(ir.Undefined), single, ir.IntType(32)(0))
                all_lanes = ir.VectorType(ir.IntType(32), lanes)([0] * lanes)
                spread = builder.shuffle_vector(one, vector(ir.Undefined), all_lanes)
                for n in range(vectors):
                    product = builder.fmul(spread, w_vectors[n], flags=("contract",))
                    added[m, n] = builder.fadd(sums[m, n], product, flags=("contract",))
            next_k = builder.add(k, integer(1))
            builder.cbranch(builder.icmp_signed("<", next_k, steps), loop, after)
            k.add_incoming(integer(0), before)
            k.add_incoming(next_k, loop)

            builder.position_at_end(after)
            results = {pair: builder.phi(vector) for pair in pairs}
            for pair in pairs:
                sums[pair].add_incoming(first[pair], before)
                sums[pair].add_incoming(added[pair], loop)
                results[pair].add_incoming(first[pair], before)
                results[pair].add_incoming(added[pair], loop)
            for pair in pairs:
                builder.store(results[pair], builder.bitcast(places[pair], vector.as_pointer()), align=size)
            return context.get_dummy_value()

        return signature, generate

    return tile


def _product(*, fresh: bool) -> Any:
    """Return a function for whole products, with room for whole tiles in all that it reads and writes."""
    tall2, tall1 = _tile(_TALL, 2, fresh=fresh), _tile(_TALL, 1, fresh=fresh)
    low2, low1 = _tile(_LOW, 2, fresh=fresh), _tile(_LOW, 1, fresh=fresh)
    one2, one1 = _tile(1, 2, fresh=fresh), _tile(1, 1, fresh=fresh)

    @_part
    def product(
        out, out_at, left, left_at, left_row, left_step, w, w_at, w_panel, w_step, rows, columns, steps
    ):  # fmt: skip
        """Do what a tile does, for m < rows and j < columns; vectors of w stand `w_panel` after one another."""
        lanes, out_row = _BYTES // out.itemsize, out.shape[1]
        j = 0
        while j < columns:
            m = 0
            two = j + lanes < columns
            while m < rows:
                to, start = out_at + m * out_row + j, left_at + m * left_row
                if rows - m > _LOW:
                    if two:
                        tall2(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps)
                    else:
                        tall1(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps)
                    m += _TALL
                elif rows - m > 1:
                    if two:
                        low2(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps)
                    else:
                        low1(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps)
                    m += _LOW
                else:
                    if two:
                        one2(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps)
                    else:
                        one1(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps)
                    m += 1
            j += 2 * lanes
            w_at += w_panel

    return product


_put, _add = _product(fresh=True), _product(fresh=False)


@_part
def _multiply(left, row, column, count, panels, steps, columns, out, out_row, out_column):
    """out[out_row :, out_column :] = left[row :, column :] @ w over `count` rows and `steps` columns of left."""
    width, panel = left.shape[1], 2 * (_BYTES // out.itemsize)
    _put(
        out, out_row * out.shape[1] + out_column, left, row * width + column, width, 1, panels, 0, panel * steps, panel,
        count, columns, steps,
    )  # fmt: skip


@_part
def _multiply_and_add(left, row, column, count, panels, steps, columns, out, out_row, out_column):
    """out[out_row :, out_column :] += left[row :, column :] @ w over `count` rows and `steps` columns of left."""
    width, panel = left.shape[1], 2 * (_BYTES // out.itemsize)
    _add(
        out, out_row * out.shape[1] + out_column, left, row * width + column, width, 1, panels, 0, panel * steps, panel,
        count, columns, steps,
    )  # fmt: skip


@_part
def _add_to_gradient(left, left_row, left_column, rows, right, right_row, right_column, columns, count, gradient):
    """gradient += left^T right over `count` rows, from `rows` columns of left and `columns` of right."""
    left_width, right_width, panel = left.shape[1], right.shape[1], 2 * (_BYTES // gradient.itemsize)
    _add(
        gradient, 0, left, left_row * left_width + left_column, 1, left_width, right,
        right_row * right_width + right_column, panel, right_width, rows, columns, count,
    )  # fmt: skip


@_part
def _put_in_panels(w, first, rows, panels, at, steps):
    """Put rows of w at place `at` of the panels' `steps` rows."""
    panel = 2 * (_BYTES // panels.itemsize)
    for i in range(rows):
        for j in range(w.shape[1]):
            panels[0, (j // panel * steps + at + i) * panel + j % panel] = w[first + i, j]


@_part
def _put_transposed_in_panels(w, first, rows, panels, at, steps):
    """Put rows of w as columns at place `at` of the panels' `steps` rows."""
    panel = 2 * (_BYTES // panels.itemsize)
    for j in range(rows):
        for i in range(w.shape[1]):
            panels[0, (j // panel * steps + at + i) * panel + j % panel] = w[first + j, i]


@_part
def _add_sparse(vectors, row, w, first, out, out_row, out_column):
    """out[out_row, out_column :] += x @ w[first :], over the numbers of x that are not 0."""
    for k in range(vectors.first[row], vectors.first[row + 1]):
        i, x = first + vectors.columns[k], vectors.values[k]
        for j in range(w.shape[1]):
            out[out_row, out_column + j] += x * w[i, j]


@_part
def _add_sparse_to_gradient(vectors, row, deltas, delta_row, delta_column, gradient, first):
    """gradient[first :] += x^T delta, over the numbers of x that are not 0."""
    for k in range(vectors.first[row], vectors.first[row + 1]):
        i, x = first + vectors.columns[k], vectors.values[k]
        for j in range(gradient.shape[1]):
            gradient[i, j] += x * deltas[delta_row, delta_column + j]


# -- functions of the units -----------------------------------------------------------------------

# The same approximation as in kernels.py.
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
def _activate(rows, first, count, columns, activation):
    """h = f(z) in place, over so many rows and columns."""
    for r in range(first, first + count):
        if activation == _TANH:
            for j in range(columns):
                rows[r, j] = _tanh(rows[r, j])
        elif activation == _LOGISTIC:
            for j in range(columns):
                rows[r, j] = _HALF + _HALF * _tanh(_HALF * rows[r, j])
        else:
            for j in range(columns):
                rows[r, j] = max(rows[r, j], _ZERO)


@_part
def _multiply_by_slope(deltas, first, count, columns, rows, row, activation):
    """delta *= f'(z), written in terms of h = f(z)."""
    for b in range(count):
        r, d = row + b, first + b
        if activation == _TANH:
            for j in range(columns):
                deltas[d, j] *= _ONE - rows[r, j] * rows[r, j]
        elif activation == _LOGISTIC:
            for j in range(columns):
                deltas[d, j] *= rows[r, j] * (_ONE - rows[r, j])
        else:
            for j in range(columns):
                deltas[d, j] = deltas[d, j] if rows[r, j] > _ZERO else _ZERO


@_inline
def _give_out(z, row, first, outputs, output):
    """y = g(z) in place, in the columns from `first` on."""
    if output == _LOGISTIC_OUTPUT:
        for o in range(first, first + outputs):
            z[row, o] = _HALF + _HALF * _tanh(_HALF * z[row, o])
    elif output == _SOFTMAX:
        greatest = z[row, first]
        for o in range(first, first + outputs):
            greatest = max(greatest, z[row, o])
        total = _ZERO * greatest
        for o in range(first, first + outputs):
            z[row, o] = math.exp(z[row, o] - greatest)
            total += z[row, o]
        share = _ONE / total
        for o in range(first, first + outputs):
            z[row, o] *= share


@_inline
def _loss(y, row, first, targets, target_row, output, loss):
    outputs = targets.shape[1]
    total = y[row, first] * _ZERO
    if loss == _SQUARED_ERROR:
        for o in range(outputs):
            error = y[row, first + o] - targets[target_row, o]
            total += _HALF * error * error
    elif loss == _ABSOLUTE_ERROR:
        for o in range(outputs):
            total += abs(y[row, first + o] - targets[target_row, o])
    else:
        for o in range(outputs):
            target, value = targets[target_row, o], y[row, first + o]
            if target != _ZERO:
                total -= target * math.log(max(value, _SMALLEST))
            if output != _SOFTMAX and target != _ONE:
                total -= (_ONE - target) * math.log(max(_ONE - value, _SMALLEST))
    return total


@_inline
def _put_output_delta(y, row, first, targets, target_row, output, loss, weight):
    """e = weight * d loss / d z in the place of y = g(z)."""
    outputs = targets.shape[1]
    if loss == _CROSS_ENTROPY and output == _SOFTMAX:
        total = y[row, first] * _ZERO
        for o in range(outputs):
            total += targets[target_row, o]
        for o in range(outputs):
            y[row, first + o] = weight * (y[row, first + o] * total - targets[target_row, o])
    elif loss == _CROSS_ENTROPY or (loss == _SQUARED_ERROR and output == _LINEAR):
        for o in range(outputs):
            y[row, first + o] = weight * (y[row, first + o] - targets[target_row, o])
    elif output == _SOFTMAX:
        total = y[row, first] * _ZERO
        for o in range(outputs):
            value = y[row, first + o]
            total += _loss_slope(value - targets[target_row, o], loss) * value
        for o in range(outputs):
            value = y[row, first + o]
            y[row, first + o] = weight * value * (_loss_slope(value - targets[target_row, o], loss) - total)
    else:
        for o in range(outputs):
            value = y[row, first + o]
            slope = value * (_ONE - value) if output == _LOGISTIC_OUTPUT else _ONE
            y[row, first + o] = weight * slope * _loss_slope(value - targets[target_row, o], loss)


@_inline
def _loss_slope(error, loss):
    """Return d loss / d y of the squared or the absolute error."""
    if loss == _SQUARED_ERROR:
        return error
    return (_ONE if error > _ZERO else _ZERO) - (_ONE if error < _ZERO else _ZERO) + _ZERO * error


# -- time steps -----------------------------------------------------------------------------------


@_part
def _sequences_left(lengths, first, t):
    """Return how many of a block's sequences have a step t."""
    count = min(BLOCK, len(lengths) - first)
    while count > 0 and lengths[first + count - 1] <= t:
        count -= 1
    return count


@_part
def _begin(rows, hidden, initial_context):
    """Put the initial context into the rows of the first step."""
    for b in range(BLOCK):
        for j in range(hidden):
            rows[b, j] = initial_context


@_part
def _complete_rows(rows, row, count, hidden, steps, starts, first, t):
    """Put [1, x] of step t behind the states that stand in the rows."""
    numbers, dense = steps.inputs.numbers, not steps.inputs.sparse
    for b in range(count):
        rows[row + b, hidden] = _ONE
        if dense:
            vector = steps.input_rows[starts[first + b] + t]
            for i in range(numbers.shape[1]):
                rows[row + b, hidden + 1 + i] = numbers[vector, i]


@_part
def _go_on(rows, row, next_row, count, w1, panels1, steps, starts, first, t, activation):
    """h = f([h_before, 1, x] @ w1) of step t, from `row` on to `next_row`."""
    hidden, lanes = w1.shape[1], _BYTES // rows.itemsize
    inputs = steps.inputs
    length = hidden + 1 + (0 if inputs.sparse else inputs.numbers.shape[1])
    _multiply(rows, row, 0, count, panels1, length, hidden, rows, next_row, 0)
    if inputs.sparse:
        for b in range(count):
            _add_sparse(inputs, steps.input_rows[starts[first + b] + t], w1, 0, rows, next_row + b, 0)
    _activate(rows, next_row, count, (hidden + lanes - 1) // lanes * lanes, activation)


@_part
def _read_out(rows, row, next_row, count, w2, scratch, hidden, steps, starts, first, t, direct, out, out_row):
    """z = [h, 1 [, x]] @ w2 of step t, behind the deltas."""
    outputs, inputs = w2.shape[1], steps.inputs
    _multiply(rows, next_row, 0, count, scratch.panels2, hidden + 1, outputs, out, out_row, hidden)
    if direct and inputs.sparse:
        for b in range(count):
            vector = steps.input_rows[starts[first + b] + t]
            for k in range(inputs.first[vector], inputs.first[vector + 1]):
                i, x = hidden + inputs.columns[k], inputs.values[k]
                for o in range(outputs):
                    out[out_row + b, hidden + o] += x * w2[i, o]
    elif direct:
        _multiply_and_add(
            rows, row, hidden + 1, count, scratch.panels_direct, inputs.numbers.shape[1], outputs, out, out_row, hidden
        )


@_part
def _any_counts(steps, batch, first, count, t):
    """Whether any of a block's steps t has a weight."""
    for b in range(first, first + count):
        if steps.weights[batch.weight_starts[b] + t] != _ZERO:
            return True
    return False


@_part
def _prepare_forward(w1, w2, scratch, inputs, rule):
    """Put the weights into panels, zero where there are no biases."""
    hidden, ins = w1.shape[1], inputs.numbers.shape[1]
    dense = 0 if inputs.sparse else ins
    _put_in_panels(w1, ins, hidden, scratch.panels1, 0, hidden + 1 + dense)
    _put_in_panels(w1, 0, dense, scratch.panels1, hidden + 1, hidden + 1 + dense)
    _put_in_panels(w2, 0, hidden, scratch.panels2, 0, hidden + 1)
    if rule.biases:
        _put_in_panels(w1, ins + hidden, 1, scratch.panels1, hidden, hidden + 1 + dense)
        _put_in_panels(w2, w2.shape[0] - 1, 1, scratch.panels2, hidden, hidden + 1)
    if rule.direct and dense:
        _put_in_panels(w2, hidden, dense, scratch.panels_direct, 0, dense)


# -- whole batches --------------------------------------------------------------------------------


@_kernel
def loss_and_gradient(w1, w2, gradient1, gradient2, steps, batch, rule, scratch):
    """Return the loss, and put its gradient into `gradient1` and `gradient2`.

    For each step, with e the derivative by the output units' weighted input, times the step's weight::

        h       = f([h_before, 1, x] @ w1)
        y       = g([h, 1 [, x]] @ w2)
        delta   = f'(h) * [delta_after, e] @ [w_hh; w2_h]^T
        grad w1 = sum of [h_before, 1, x]^T delta
        grad w2 = sum of [h, 1 [, x]]^T e

    Parameters
    ----------
    w1, gradient1 : (I + H [+ 1], H)
        Rows in the order input, context, bias.
    w2, gradient2 : (H [+ I] [+ 1], O)
        Rows in the order hidden, input (with direct connections), bias.
    steps : Steps
    batch : Batch
    rule : Rule
    scratch : Scratch
    """
    inputs, hidden, outputs = steps.inputs, w1.shape[1], w2.shape[1]
    ins, starts, lanes = inputs.numbers.shape[1], batch.starts, _BYTES // w1.itemsize
    dense = 0 if inputs.sparse else ins
    wide = (hidden + lanes - 1) // lanes * lanes
    rows, back = scratch.rows, scratch.back
    _prepare_forward(w1, w2, scratch, inputs, rule)
    _put_transposed_in_panels(w1, ins, hidden, scratch.panels_back, 0, hidden + outputs)
    _put_transposed_in_panels(w2, 0, hidden, scratch.panels_back, hidden, hidden + outputs)
    scratch.gradient1[:] = _ZERO
    scratch.gradient2[:] = _ZERO
    scratch.gradient_direct[:] = _ZERO
    gradient1[:] = _ZERO
    gradient2[:] = _ZERO
    total = 0.0
    for first in range(0, len(starts), BLOCK):
        length = batch.lengths[first]
        _begin(rows, hidden, rule.initial_context)
        for t in range(length):
            count = _sequences_left(batch.lengths, first, t)
            row, next_row = t * BLOCK, (t + 1) * BLOCK
            _complete_rows(rows, row, count, hidden, steps, starts, first, t)
            _go_on(rows, row, next_row, count, w1, scratch.panels1, steps, starts, first, t, rule.activation)
        last_row = length * BLOCK
        for b in range(BLOCK):
            rows[last_row + b, hidden] = _ONE
        here, before = 0, BLOCK  # rows of `back` for this step and the one before it
        known = 0  # rows that have a delta_after
        for t in range(length - 1, -1, -1):
            count = _sequences_left(batch.lengths, first, t)
            row, next_row = t * BLOCK, (t + 1) * BLOCK
            for b in range(known, count):
                rows[next_row + b, hidden] = _ONE
                for j in range(hidden):
                    back[here + b, j] = _ZERO
            known = count
            counts = _any_counts(steps, batch, first, count, t)
            if counts:
                _read_out(
                    rows, row, next_row, count, w2, scratch, hidden, steps, starts, first, t, rule.direct, back, here
                )
                for b in range(count):
                    weight = steps.weights[batch.weight_starts[first + b] + t]
                    if weight == _ZERO:
                        for o in range(hidden, hidden + outputs):
                            back[here + b, o] = _ZERO
                        continue
                    target = steps.target_rows[starts[first + b] + t]
                    _give_out(back, here + b, hidden, outputs, rule.output)
                    total += weight * _loss(back, here + b, hidden, steps.targets, target, rule.output, rule.loss)
                    _put_output_delta(
                        back, here + b, hidden, steps.targets, target, rule.output, rule.loss, weight
                    )  # fmt: skip
                _add_to_gradient(
                    back, here, hidden, outputs, rows, next_row, 0, hidden, count, scratch.gradient2
                )  # fmt: skip
                if rule.biases:
                    last = gradient2.shape[0] - 1
                    for b in range(count):
                        for o in range(outputs):
                            gradient2[last, o] += back[here + b, hidden + o]
                if rule.direct and inputs.sparse:
                    for b in range(count):
                        vector = steps.input_rows[starts[first + b] + t]
                        _add_sparse_to_gradient(inputs, vector, back, here + b, hidden, gradient2, hidden)
                elif rule.direct:
                    _add_to_gradient(
                        back, here, hidden, outputs, rows, row, hidden + 1, ins, count, scratch.gradient_direct
                    )  # fmt: skip
            else:
                for b in range(count):
                    for o in range(hidden, hidden + outputs):
                        back[here + b, o] = _ZERO
            _multiply(back, here, 0, count, scratch.panels_back, hidden + outputs, hidden, back, before, 0)
            _multiply_by_slope(back, before, count, wide, rows, next_row, rule.activation)
            _add_to_gradient(
                rows, row, 0, hidden + 1 + dense, back, before, 0, hidden, count, scratch.gradient1
            )  # fmt: skip
            if inputs.sparse:
                for b in range(count):
                    vector = steps.input_rows[starts[first + b] + t]
                    _add_sparse_to_gradient(inputs, vector, back, before + b, 0, gradient1, 0)
            here, before = before, here
    _put_gradients(gradient1, gradient2, scratch, ins, dense, rule)
    return total


@_part
def _put_gradients(gradient1, gradient2, scratch, ins, dense, rule):
    """Bring the sums into the order of the weights."""
    hidden, outputs = gradient1.shape[1], gradient2.shape[1]
    for j in range(hidden):
        for i in range(dense):
            gradient1[i, j] = scratch.gradient1[hidden + 1 + i, j]
        for i in range(hidden):
            gradient1[ins + i, j] = scratch.gradient1[i, j]
        if rule.biases:
            gradient1[ins + hidden, j] = scratch.gradient1[hidden, j]
    for o in range(outputs):
        for j in range(hidden):
            gradient2[j, o] = scratch.gradient2[o, j]
        if rule.direct:
            for i in range(dense):
                gradient2[hidden + i, o] = scratch.gradient_direct[o, i]


@_kernel
def loss(w1, w2, steps, batch, rule, scratch):
    """Return the loss alone; the arguments are those of `loss_and_gradient`."""
    inputs, hidden, outputs = steps.inputs, w1.shape[1], w2.shape[1]
    starts, rows, back = batch.starts, scratch.rows, scratch.back
    _prepare_forward(w1, w2, scratch, inputs, rule)
    total = 0.0
    for first in range(0, len(starts), BLOCK):
        _begin(rows, hidden, rule.initial_context)
        row, next_row = 0, BLOCK
        for t in range(batch.lengths[first]):
            count = _sequences_left(batch.lengths, first, t)
            _complete_rows(rows, row, count, hidden, steps, starts, first, t)
            _go_on(rows, row, next_row, count, w1, scratch.panels1, steps, starts, first, t, rule.activation)
            if _any_counts(steps, batch, first, count, t):
                for b in range(count):
                    rows[next_row + b, hidden] = _ONE
                _read_out(
                    rows, row, next_row, count, w2, scratch, hidden, steps, starts, first, t, rule.direct, back, 0
                )
                for b in range(count):
                    weight = steps.weights[batch.weight_starts[first + b] + t]
                    if weight != _ZERO:
                        target = steps.target_rows[starts[first + b] + t]
                        _give_out(back, b, hidden, outputs, rule.output)
                        total += weight * _loss(back, b, hidden, steps.targets, target, rule.output, rule.loss)
            row, next_row = next_row, row
    return total
