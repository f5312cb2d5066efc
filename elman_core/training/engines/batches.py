"""Loss and gradient of full BPTT over a batch of whole sequences, for one network. Nothing here knows torch.

The sequences stand side by side, the longest first, and go through the time steps in blocks of BLOCK sequences, whose
states stay in the cache from the way forward to the way back. At each step only those sequences of a block are
calculated that are still there, so that unequal lengths cost what their steps cost.

Each weight matrix is multiplied as a whole, since what it multiplies stands side by side in one row of memory::

    [h_before, 1, x] @ [context rows of w1; bias row; input rows]    forward
    delta_after @ [context rows of w1]^T + e @ [hidden rows of w2]^T    back

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
from numpy.typing import DTypeLike, NDArray

__all__ = [
    "BLOCK",
    "Batch",
    "Rule",
    "Scratch",
    "Steps",
    "Vectors",
    "loss",
    "loss_and_gradient",
    "make_batch",
    "make_scratch",
    "make_steps",
    "make_vectors",
]

Array = NDArray[np.floating[Any]]

# As in kernels.py: infinity and NaN stay what they are.
_LOOSE = {"reassoc", "contract", "arcp", "nsz"}
_kernel = njit(nogil=True, cache=True, error_model="numpy", fastmath=_LOOSE)
# Nothing but the kernel calls its parts: a quarter of the time to compile is saved without what Python would call.
_part = njit(nogil=True, error_model="numpy", fastmath=_LOOSE, no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]

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
    errors : (BLOCK, O, and room)
        e of one step.
    deltas : (2 * BLOCK, H, and room)
        Those of two steps in turn.
    input_rows, target_rows, weights : (BLOCK,)
        Those of one step.
    panels1, panels2, panels_direct, panels_back1, panels_back2 : (1, numbers of the matrix, and room)
        The weights in the order in which products read them.
    gradient1 : (H + 1 + I, H)
    gradient2, gradient_direct : (O, H), (O, I)
        Transposed, since there often are few outputs.
    """

    rows: Any
    errors: Any
    deltas: Any
    input_rows: Any
    target_rows: Any
    weights: Any
    panels1: Any
    panels2: Any
    panels_direct: Any
    panels_back1: Any
    panels_back2: Any
    gradient1: Any
    gradient2: Any
    gradient_direct: Any


def make_vectors(numbers: Array, dtype: DTypeLike) -> Vectors:
    """Take vectors (K, C), and find the numbers that are not 0 where there are few."""
    numbers = np.array(numbers, dtype, order="C")
    counts = np.count_nonzero(numbers, axis=1)
    if int(counts.sum()) * _MANY_ZEROS > numbers.size:
        return Vectors(numbers, 0, np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0, numbers.dtype))
    at, columns = np.nonzero(numbers)
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    return Vectors(numbers, 1, first, columns.astype(np.int64), numbers[at, columns])


def make_steps(
    inputs: Array,
    targets: Array,
    input_rows: NDArray[np.integer[Any]],
    target_rows: NDArray[np.integer[Any]],
    weights: Array,
    dtype: DTypeLike,
) -> Steps:
    """Bring all into the types that the kernel is compiled for, with numbers of the weights' own `dtype`."""
    return Steps(
        make_vectors(inputs, dtype),
        np.array(targets, dtype, order="C"),
        np.array(input_rows, np.int32),
        np.array(target_rows, np.int32),
        np.array(weights, dtype),
    )


def make_batch(
    starts: NDArray[np.integer[Any]], lengths: NDArray[np.integer[Any]], weight_starts: NDArray[np.integer[Any]]
) -> Batch:
    """Take B sequences, the longest first; those of equal length stay in their order."""
    order = np.argsort(-np.asarray(lengths), kind="stable")
    return Batch(*(np.asarray(each)[order].astype(np.int64) for each in (starts, weight_starts, lengths)))


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
        errors=zeros(BLOCK, outs),
        deltas=zeros(2 * BLOCK, hidden),
        input_rows=np.zeros(BLOCK, np.int64),
        target_rows=np.zeros(BLOCK, np.int64),
        weights=np.zeros(BLOCK, dtype),
        panels1=panels(hidden + 1 + dense, hidden),
        panels2=panels(hidden + 1, outs),
        panels_direct=panels(dense, outs),
        panels_back1=panels(hidden, hidden),
        panels_back2=panels(outs, hidden),
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


def _tile(rows: int, vectors: int) -> Any:
    """Return a function that sums `rows` rows and `vectors` vectors of a product at once, in registers.

    With `lanes` numbers in a vector, it does for m < rows and j < vectors * lanes::

        out[out_at + m * out_row + j] = sum_k left[left_at + m * left_row + k * left_step] * w[w_at + k * w_step + j]

    over k < steps, and adds it to what stands there if `adds`. Written in LLVM's own terms, since the sums of a loop
    would go through memory.
    """

    @intrinsic
    def tile(typing: Any, out: Any, out_at: Any, out_row: Any, left: Any, left_at: Any, left_row: Any, left_step: Any,
             w: Any, w_at: Any, w_step: Any, steps: Any, adds: Any) -> Any:  # fmt: skip
        place = types.intp
        signature = types.void(out, place, place, left, place, place, place, w, place, place, place, types.boolean)
        size = out.dtype.bitwidth // 8
        lanes = _BYTES // size
        pairs = [(m, n) for m in range(rows) for n in range(vectors)]

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            number, integer = context.get_value_type(out.dtype), context.get_value_type(place)
            vector, index = ir.VectorType(number, lanes), ir.IntType(32)
            out_data, left_data, w_data = (
                context.make_array(signature.args[k])(context, builder, values[k]).data for k in (0, 3, 7)
            )
            _, out_at, out_row, _, left_at, left_row, left_step, _, w_at, w_step, steps, adds = values
            before = builder.block
            start, loop, end = (builder.append_basic_block(name) for name in ("start", "loop", "end"))

            def at(data: Any, first: Any, k: Any, step: Any, beyond: int = 0) -> Any:
                return builder.gep(data, [builder.add(builder.add(first, builder.mul(k, step)), integer(beyond))])

            def load(pointer: Any) -> Any:
                return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=size)

            def phi(kind: Any, *incoming: Any) -> Any:
                chosen = builder.phi(kind)
                for value, block in incoming:
                    chosen.add_incoming(value, block)
                return chosen

            places = {(m, n): at(out_data, out_at, integer(m), out_row, n * lanes) for m, n in pairs}
            left_rows = [builder.add(left_at, builder.mul(left_row, integer(m))) for m in range(rows)]
            there = builder.append_basic_block("there")
            builder.cbranch(adds, there, start)
            builder.position_at_end(there)
            old = {pair: load(places[pair]) for pair in pairs}
            builder.branch(start)

            builder.position_at_end(start)
            nothing = vector([0.0] * lanes)
            first = {pair: phi(vector, (nothing, before), (old[pair], there)) for pair in pairs}
            builder.cbranch(builder.icmp_signed(">", steps, integer(0)), loop, end)

            builder.position_at_end(loop)
            k = phi(integer, (integer(0), start))
            sums = {pair: phi(vector, (first[pair], start)) for pair in pairs}
            w_vectors = [load(at(w_data, w_at, k, w_step, n * lanes)) for n in range(vectors)]
            added = {}
            for m in range(rows):
                single = builder.load(at(left_data, left_rows[m], k, left_step))
                one = builder.insert_element(vector(ir.Undefined), single, index(0))
                spread = builder.shuffle_vector(one, vector(ir.Undefined), ir.VectorType(index, lanes)([0] * lanes))
                for n in range(vectors):
                    product = builder.fmul(spread, w_vectors[n], flags=("contract",))
                    added[m, n] = builder.fadd(sums[m, n], product, flags=("contract",))
            next_k = builder.add(k, integer(1))
            k.add_incoming(next_k, loop)
            for pair in pairs:
                sums[pair].add_incoming(added[pair], loop)
            builder.cbranch(builder.icmp_signed("<", next_k, steps), loop, end)

            builder.position_at_end(end)
            results = {pair: phi(vector, (first[pair], start), (added[pair], loop)) for pair in pairs}
            for pair in pairs:
                builder.store(results[pair], builder.bitcast(places[pair], vector.as_pointer()), align=size)
            return context.get_dummy_value()

        return signature, generate

    return tile


_tall_and_wide, _tall, _low_and_wide, _low = _tile(_TALL, 2), _tile(_TALL, 1), _tile(_LOW, 2), _tile(_LOW, 1)


@_part
def _product(
    out, out_at, left, left_at, left_row, left_step, w, w_at, w_panel, w_step, rows, columns, steps, adds
):  # fmt: skip
    """Do what a tile does, for m < rows and j < columns. The next two vectors of w stand `w_panel` further on.

    There must be room for whole tiles in all that is read and written.
    """
    lanes, out_row = _BYTES // out.itemsize, out.shape[1]
    for j in range(0, columns, 2 * lanes):
        wide = j + lanes < columns
        m = 0
        while m < rows:
            to, start = out_at + m * out_row + j, left_at + m * left_row
            if rows - m > _LOW:
                if wide:
                    _tall_and_wide(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps, adds)
                else:
                    _tall(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps, adds)
                m += _TALL
            else:
                if wide:
                    _low_and_wide(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps, adds)
                else:
                    _low(out, to, out_row, left, start, left_row, left_step, w, w_at, w_step, steps, adds)
                m += _LOW
        w_at += w_panel


@_part
def _multiply(left, row, column, count, panels, steps, columns, out, out_row, adds):
    """out[out_row :] = left[row :, column :] @ w, or += if `adds`, over `count` rows and `steps` columns of left."""
    width, panel = left.shape[1], 2 * (_BYTES // out.itemsize)
    _product(
        out, out_row * out.shape[1], left, row * width + column, width, 1, panels, 0, panel * steps, panel,
        count, columns, steps, adds,
    )  # fmt: skip


@_part
def _add_to_gradient(left, left_row, rows, right, right_row, right_column, columns, count, gradient):
    """gradient += left^T right over `count` rows, from `rows` columns of left and `columns` of right."""
    left_width, right_width, panel = left.shape[1], right.shape[1], 2 * (_BYTES // gradient.itemsize)
    _product(
        gradient, 0, left, left_row * left_width, 1, left_width, right,
        right_row * right_width + right_column, panel, right_width, rows, columns, count, True,
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
def _add_sparse(inputs, vectors, count, w, first, out, out_row):
    """out[out_row + b] += x_b @ w[first :] for b < count, over the numbers of x that are not 0."""
    starts, columns, values = inputs.first, inputs.columns, inputs.values
    for b in range(count):
        for k in range(starts[vectors[b]], starts[vectors[b] + 1]):
            i, x = first + columns[k], values[k]
            for j in range(w.shape[1]):
                out[out_row + b, j] += x * w[i, j]


@_part
def _add_sparse_to_gradient(inputs, vectors, count, deltas, delta_row, gradient, first):
    """gradient[first :] += x_b^T deltas[delta_row + b] for b < count, over the numbers of x that are not 0."""
    starts, columns, values = inputs.first, inputs.columns, inputs.values
    for b in range(count):
        for k in range(starts[vectors[b]], starts[vectors[b] + 1]):
            i, x = first + columns[k], values[k]
            for j in range(gradient.shape[1]):
                gradient[i, j] += x * deltas[delta_row + b, j]


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


# exp(x) for x <= 0: 2^n exp(r) with |r| <= log(2) / 2. Below -87, where 2^n is hardly a float32 any more, x is -87.
_LEAST, _LOG2, _PER_LOG2 = np.float32(-87.0), np.float32(math.log(2.0)), np.float32(1 / math.log(2.0))
_E2, _E3, _E4, _E5, _E6, _E7 = (
    np.float32(e)
    for e in (0.50000001201, 0.16666665459, 0.041665795894, 0.0083334519073, 0.0013981999507, 0.00019875691500)
)
_EXPONENT_OF_1, _EXPONENT_AT = np.int32(127), np.int32(23)


def _exp(x):
    return math.exp(x)


@overload(_exp, inline="always")
def _compiled_exp(x):
    if x == types.float32:
        return _fast_exp
    return lambda x: math.exp(x)


def _fast_exp(x):
    x = max(x, _LEAST)
    n = np.int32(x * _PER_LOG2 - _HALF)
    r = x - np.float32(n) * _LOG2
    p = (((((_E7 * r + _E6) * r + _E5) * r + _E4) * r + _E3) * r + _E2) * r * r + r + _ONE
    return p * np.int32((n + _EXPONENT_OF_1) << _EXPONENT_AT).view(np.float32)


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


# What follows goes over all rows of a step in one call, with a loop for each case: calls take time, and a loop that
# has one thing to do is vectorised.


@_part
def _give_out(z, count, outputs, output):
    """y = g(z) in place, in so many rows and columns."""
    if output == _LOGISTIC_OUTPUT:
        for b in range(count):
            for o in range(outputs):
                z[b, o] = _HALF + _HALF * _tanh(_HALF * z[b, o])
    elif output == _SOFTMAX:
        for b in range(count):
            one = other = z[b, 0]  # the greatest so far, by two at a time
            for o in range(0, outputs - 1, 2):
                one, other = max(one, z[b, o]), max(other, z[b, o + 1])
            greatest = max(max(one, other), z[b, outputs - 1])
            total = _ZERO * greatest
            for o in range(outputs):
                power = _exp(z[b, o] - greatest)
                z[b, o] = power
                total += power
            share = _ONE / total
            for o in range(outputs):
                z[b, o] *= share


@_part
def _compare_by_squares(y, count, targets, target_rows, weights, output):
    """Put e = weight * d loss / d z in the place of y = g(z), and return the loss, by the squared error."""
    outputs, total = targets.shape[1], 0.0
    for b in range(count):
        target, weight = target_rows[b], weights[b]
        loss = mean = _ZERO * weight
        if weight == _ZERO:
            for o in range(outputs):
                y[b, o] = _ZERO
        elif output == _LINEAR:
            for o in range(outputs):
                error = y[b, o] - targets[target, o]
                loss += _HALF * error * error
                y[b, o] = weight * error
        elif output == _LOGISTIC_OUTPUT:
            for o in range(outputs):
                error = y[b, o] - targets[target, o]
                loss += _HALF * error * error
                y[b, o] *= weight * error * (_ONE - y[b, o])
        else:
            for o in range(outputs):
                error = y[b, o] - targets[target, o]
                loss += _HALF * error * error
                mean += y[b, o] * error
            for o in range(outputs):
                y[b, o] *= weight * (y[b, o] - targets[target, o] - mean)
        total += weight * loss
    return total


@_part
def _compare_by_distances(y, count, targets, target_rows, weights, output):
    """Do the same by the absolute error."""
    outputs, total = targets.shape[1], 0.0
    for b in range(count):
        target, weight = target_rows[b], weights[b]
        loss = mean = _ZERO * weight
        if weight == _ZERO:
            for o in range(outputs):
                y[b, o] = _ZERO
        elif output == _LINEAR:
            for o in range(outputs):
                error = y[b, o] - targets[target, o]
                loss += abs(error)
                y[b, o] = weight * _sign(error)
        elif output == _LOGISTIC_OUTPUT:
            for o in range(outputs):
                error = y[b, o] - targets[target, o]
                loss += abs(error)
                y[b, o] *= weight * _sign(error) * (_ONE - y[b, o])
        else:
            for o in range(outputs):
                error = y[b, o] - targets[target, o]
                loss += abs(error)
                mean += y[b, o] * _sign(error)
            for o in range(outputs):
                y[b, o] *= weight * (_sign(y[b, o] - targets[target, o]) - mean)
        total += weight * loss
    return total


@_part
def _sign(error):
    """Return -1, 0 or 1, and NaN of NaN."""
    return _ONE if error > _ZERO else (-_ONE if error < _ZERO else _ZERO * error)


@_part
def _compare_by_cross_entropy(y, count, targets, target_rows, weights, output):
    """Do the same by cross-entropy, whose slope and the output function's cancel."""
    outputs, total = targets.shape[1], 0.0
    for b in range(count):
        row, weight = target_rows[b], weights[b]
        loss = all_targets = _ZERO * weight
        if weight == _ZERO:
            for o in range(outputs):
                y[b, o] = _ZERO
        elif output == _LOGISTIC_OUTPUT:
            for o in range(outputs):
                target = targets[row, o]
                if target != _ZERO:
                    loss -= target * math.log(max(y[b, o], _SMALLEST))
                if target != _ONE:
                    loss -= (_ONE - target) * math.log(max(_ONE - y[b, o], _SMALLEST))
            for o in range(outputs):
                y[b, o] = weight * (y[b, o] - targets[row, o])
        else:
            for o in range(outputs):
                if targets[row, o] != _ZERO:
                    loss -= targets[row, o] * math.log(max(y[b, o], _SMALLEST))
                    all_targets += targets[row, o]
            for o in range(outputs):
                y[b, o] = weight * (y[b, o] * all_targets - targets[row, o])
        total += weight * loss
    return total


# -- time steps -----------------------------------------------------------------------------------


@_part
def _put_weights_in_panels(w1, w2, inputs, rule, scratch):
    """Bring the weights into the order of the products, 0 where there are no biases."""
    hidden, outputs, ins = w1.shape[1], w2.shape[1], inputs.numbers.shape[1]
    dense = 0 if inputs.sparse else ins
    length = hidden + 1 + dense
    _put_in_panels(w1, ins, hidden, scratch.panels1, 0, length)
    _put_in_panels(w1, 0, dense, scratch.panels1, hidden + 1, length)
    _put_in_panels(w2, 0, hidden, scratch.panels2, 0, hidden + 1)
    if rule.biases:
        _put_in_panels(w1, ins + hidden, 1, scratch.panels1, hidden, length)
        _put_in_panels(w2, w2.shape[0] - 1, 1, scratch.panels2, hidden, hidden + 1)
    if rule.direct:
        _put_in_panels(w2, hidden, dense, scratch.panels_direct, 0, dense)
    _put_transposed_in_panels(w1, ins, hidden, scratch.panels_back1, 0, hidden)
    _put_transposed_in_panels(w2, 0, hidden, scratch.panels_back2, 0, outputs)


@_part
def _sequences_left(lengths, first, t):
    """Return how many of a block's sequences have a step t."""
    count = min(BLOCK, len(lengths) - first)
    while count > 0 and lengths[first + count - 1] <= t:
        count -= 1
    return count


@_part
def _begin(rows, hidden, initial_context):
    """Put the initial context into the first step's rows."""
    for b in range(BLOCK):
        for j in range(hidden):
            rows[b, j] = initial_context


@_part
def _look_up(steps, batch, first, t, count, scratch):
    """Put down which vectors and weights step t has; return whether any weight is not 0."""
    starts, weight_starts = batch.starts, batch.weight_starts
    all_input_rows, all_target_rows, all_weights = steps.input_rows, steps.target_rows, steps.weights
    input_rows, target_rows, weights = scratch.input_rows, scratch.target_rows, scratch.weights
    counts = False
    for b in range(count):
        place = starts[first + b] + t
        input_rows[b], target_rows[b] = all_input_rows[place], all_target_rows[place]
        weights[b] = all_weights[weight_starts[first + b] + t]
        counts |= weights[b] != _ZERO
    return counts


@_part
def _go_forward(w1, inputs, count, activation, scratch, row, next_row):
    """Put [1, x] of a step behind h_before from `row` on, and h = f([h_before, 1, x] @ w1) there from `next_row` on."""
    rows, vectors, numbers = scratch.rows, scratch.input_rows, inputs.numbers
    hidden, lanes = w1.shape[1], _BYTES // rows.itemsize
    dense = 0 if inputs.sparse else numbers.shape[1]
    for b in range(count):
        rows[row + b, hidden] = _ONE
        vector = vectors[b]
        for i in range(dense):
            rows[row + b, hidden + 1 + i] = numbers[vector, i]
    _multiply(rows, row, 0, count, scratch.panels1, hidden + 1 + dense, hidden, rows, next_row, False)
    if inputs.sparse:
        _add_sparse(inputs, vectors, count, w1, 0, rows, next_row)
    _activate(rows, next_row, count, (hidden + lanes - 1) // lanes * lanes, activation)


@_part
def _put_errors(w2, inputs, targets, count, rule, hidden, scratch, row, next_row):
    """Put e of a step in place, with x from `row` on and h from `next_row` on; return the loss."""
    rows, errors, target_rows, weights = scratch.rows, scratch.errors, scratch.target_rows, scratch.weights
    outputs, ins = w2.shape[1], inputs.numbers.shape[1]
    for b in range(count):
        rows[next_row + b, hidden] = _ONE
    _multiply(rows, next_row, 0, count, scratch.panels2, hidden + 1, outputs, errors, 0, False)
    if rule.direct and inputs.sparse:
        _add_sparse(inputs, scratch.input_rows, count, w2, hidden, errors, 0)
    elif rule.direct:
        _multiply(rows, row, hidden + 1, count, scratch.panels_direct, ins, outputs, errors, 0, True)
    _give_out(errors, count, outputs, rule.output)
    if rule.loss == _SQUARED_ERROR:
        return _compare_by_squares(errors, count, targets, target_rows, weights, rule.output)
    if rule.loss == _CROSS_ENTROPY:
        return _compare_by_cross_entropy(errors, count, targets, target_rows, weights, rule.output)
    return _compare_by_distances(errors, count, targets, target_rows, weights, rule.output)


@_part
def _add_to_gradient2(gradient2, inputs, count, rule, hidden, scratch, row, next_row):
    """grad w2 += [h, 1 [, x]]^T e of a step."""
    rows, errors = scratch.rows, scratch.errors
    outputs, ins = gradient2.shape[1], inputs.numbers.shape[1]
    last = gradient2.shape[0] - 1
    _add_to_gradient(errors, 0, outputs, rows, next_row, 0, hidden, count, scratch.gradient2)
    if rule.biases:
        for b in range(count):
            for o in range(outputs):
                gradient2[last, o] += errors[b, o]
    if rule.direct and inputs.sparse:
        _add_sparse_to_gradient(inputs, scratch.input_rows, count, errors, 0, gradient2, hidden)
    elif rule.direct:
        _add_to_gradient(errors, 0, outputs, rows, row, hidden + 1, ins, count, scratch.gradient_direct)


@_part
def _go_back(gradient1, inputs, outputs, count, activation, counts, scratch, row, next_row, here, before):
    """Put f'(h) * (delta_after @ w_hh^T + e @ w2_h^T) of a step from `before` on, and add it to the gradient of w1.

    With delta_after from `here` on, and e only if it counts.
    """
    rows, deltas = scratch.rows, scratch.deltas
    hidden, lanes = gradient1.shape[1], _BYTES // rows.itemsize
    dense = 0 if inputs.sparse else inputs.numbers.shape[1]
    _multiply(deltas, here, 0, count, scratch.panels_back1, hidden, hidden, deltas, before, False)
    if counts:
        _multiply(scratch.errors, 0, 0, count, scratch.panels_back2, outputs, hidden, deltas, before, True)
    _multiply_by_slope(deltas, before, count, (hidden + lanes - 1) // lanes * lanes, rows, next_row, activation)
    _add_to_gradient(rows, row, hidden + 1 + dense, deltas, before, 0, hidden, count, scratch.gradient1)
    if inputs.sparse:
        _add_sparse_to_gradient(inputs, scratch.input_rows, count, deltas, before, gradient1, 0)


@_part
def _put_gradients(gradient1, gradient2, inputs, rule, scratch):
    """Bring the sums into the order of the weights."""
    hidden, outputs, ins = gradient1.shape[1], gradient2.shape[1], inputs.numbers.shape[1]
    dense = 0 if inputs.sparse else ins
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


# -- whole batches --------------------------------------------------------------------------------


def loss_and_gradient(
    w1: Array, w2: Array, gradient1: Array, gradient2: Array, steps: Steps, batch: Batch, rule: Rule, scratch: Scratch
) -> float:
    """Return the loss, and put its gradient into `gradient1` and `gradient2`. Other threads go on meanwhile.

    For each step, with e the loss's derivative by the output units' weighted input::

        h       = f([h_before, 1, x] @ w1)
        y       = g([h, 1 [, x]] @ w2)
        delta   = f'(h) * (delta_after @ w_hh^T + e @ w2_h^T)
        grad w1 = sum of [h_before, 1, x]^T delta
        grad w2 = sum of [h, 1 [, x]]^T e

    Parameters
    ----------
    w1, gradient1 : (I + H [+ 1], H)
        Rows in the order input, context, bias.
    w2, gradient2 : (H [+ I] [+ 1], O)
        Rows in the order hidden, input (with direct connections), bias.
    """
    return float(_pass_over(w1, w2, gradient1, gradient2, steps, batch, rule, scratch, True))


def loss(w1: Array, w2: Array, steps: Steps, batch: Batch, rule: Rule, scratch: Scratch) -> float:
    """Return the loss alone. The arguments are those of `loss_and_gradient`."""
    return float(_pass_over(w1, w2, w1, w2, steps, batch, rule, scratch, False))


@_kernel
def _pass_over(w1, w2, gradient1, gradient2, steps, batch, rule, scratch, with_gradient):
    """Go over all blocks, forward and, for the gradient, back; return the loss. Without it, nothing is put into it."""
    inputs, lengths, rows, deltas = steps.inputs, batch.lengths, scratch.rows, scratch.deltas
    hidden, outputs, activation = w1.shape[1], w2.shape[1], rule.activation
    _put_weights_in_panels(w1, w2, inputs, rule, scratch)
    if with_gradient:
        for gradient in (gradient1, gradient2, scratch.gradient1, scratch.gradient2, scratch.gradient_direct):
            gradient[:] = _ZERO
    total = 0.0
    for first in range(0, len(lengths), BLOCK):
        _begin(rows, hidden, rule.initial_context)
        for t in range(lengths[first]):
            count, row = _sequences_left(lengths, first, t), t * BLOCK
            _look_up(steps, batch, first, t, count, scratch)
            _go_forward(w1, inputs, count, activation, scratch, row, row + BLOCK)
        here, before, count_after = 0, BLOCK, 0  # rows of the deltas for this step and for the one before it
        for t in range(lengths[first] - 1, -1, -1):
            count, row, next_row = _sequences_left(lengths, first, t), t * BLOCK, (t + 1) * BLOCK
            counts = _look_up(steps, batch, first, t, count, scratch)
            if counts:
                total += _put_errors(w2, inputs, steps.targets, count, rule, hidden, scratch, row, next_row)
            if not with_gradient:
                continue
            for b in range(count_after, count):  # sequences that end here
                for j in range(hidden):
                    deltas[here + b, j] = _ZERO
            if counts:
                _add_to_gradient2(gradient2, inputs, count, rule, hidden, scratch, row, next_row)
            _go_back(gradient1, inputs, outputs, count, activation, counts, scratch, row, next_row, here, before)
            here, before, count_after = before, here, count
    if with_gradient:
        _put_gradients(gradient1, gradient2, inputs, rule, scratch)
    return total
