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
import platform
from typing import Any, NamedTuple

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

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

# Every sum has one order, and what is rounded once says so: the lanes of `lane_source` do the very same operations, so
# that a network of an ensemble comes out as it would alone, to the last bit.
_kernel = njit(nogil=True, cache=True, error_model="numpy")
# Only the kernels that are called from Python make arrays, and Numba is told so (_nrt): else it would count who holds
# each array of a tuple whenever that is handed over, which takes as long as a dozen time steps.
_part: Any = njit(nogil=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload]
_inline: Any = njit(nogil=True, error_model="numpy", inline="always", _nrt=False)  # type: ignore[call-overload]

# Where networks are too large for the lanes, sums may have any order. Not "fast" altogether: infinity and NaN stay what
# they are, so that a run that diverges is seen.
_LOOSE = {"reassoc", "contract", "arcp", "nsz"}
_loose: Any = njit(nogil=True, error_model="numpy", fastmath=_LOOSE, _nrt=False)  # type: ignore[call-overload]

BLOCK = 32
"""Steps back in time whose share of the gradient is summed at once. A slice of work ends between blocks only."""

_SMALL = 32
"""Up to so many hidden units, a transposed copy of the recurrent weights is faster than none."""

NO_OPTIMIZER, SGD, ADAM, RPROP = range(4)
TANH, LOGISTIC, RELU = range(3)
LINEAR, LOGISTIC_OUTPUT, SOFTMAX = range(3)
SQUARED_ERROR, CROSS_ENTROPY, ABSOLUTE_ERROR = range(3)

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # of Adam, as torch.optim has them
RISE, FALL, LEAST_STEP, GREATEST_STEP = 1.2, 0.5, 1e-6, 50.0  # of Rprop


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

# They are written as LLVM's operations, which number and vector types have alike: the lanes use the same ones. Unlike
# calls of the system's library they are vectorised, and the same bits everywhere.


def _has_fused() -> bool:
    try:
        return bool(llvmlite.binding.get_host_cpu_features().get("fma", "86" not in platform.machine()))
    except RuntimeError:  # not told on this system
        return False


_HAS_FUSED = _has_fused()
_DIGITS = {"float": (23, 127, 32), "double": (52, 1023, 64)}
"""Of a type's numbers: bits of the mantissa, the exponent's offset, and all bits."""

# tanh(x) = x p(x^2) / q(x^2) for |x| <= 7.9, where it is 1 in float32: fitted for the least greatest error, 3.3e-7 with
# float32's rounding.
_EDGE = 7.9
_P = 0.9999999736368664, 0.1344447272410442, 0.003571720872755015, 2.1903825438443417e-05, 1.5260248367274e-08
_Q = 1.0, 0.4677779492660327, 0.026164507576909246, 0.0003411783677020404, 8.53077954939587e-07
# exp(r) - 1 - r = r^2 (e2 + r e3 + ...) for |r| <= log(2) / 2: fitted for float32, and Taylor's series.
_EXP = {
    "float": (0.50000001201, 0.16666665459, 0.041665795894, 0.0083334519073, 0.0013981999507, 0.00019875691500),
    "double": tuple(1 / math.factorial(n) for n in range(2, 15)),
}
_LEAST = {"float": -87.0, "double": -708.0}
"""Where exp(x) is hardly a number of the type any more."""
_LOG2_HIGH = 0.693145751953125
_LOG2_LOW = 1.428606820309417232121458e-06
_LOG_TERMS = {"float": 5, "double": 13}


def element_of(kind: ir.Type) -> ir.Type:
    """Return the type of a vector's numbers, or of the number itself."""
    return kind.element if isinstance(kind, ir.VectorType) else kind


def constant(kind: ir.Type, value: float) -> ir.Constant:
    """Return the number, in each lane of a vector."""
    return ir.Constant(kind, [value] * kind.count if isinstance(kind, ir.VectorType) else value)


def _like(kind: ir.Type, element: ir.Type) -> ir.Type:
    return ir.VectorType(element, kind.count) if isinstance(kind, ir.VectorType) else element


def _call(builder: ir.IRBuilder, name: str, *values: ir.Value) -> ir.Value:
    """Call a function of LLVM's own, such as llvm.fma."""
    kind = values[0].type
    element = {"float": "f32", "double": "f64"}[str(element_of(kind))]
    name = f"llvm.{name}.{f'v{kind.count}' if isinstance(kind, ir.VectorType) else ''}{element}"
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(kind, [kind] * len(values)), name)
    return builder.call(function, values)


def emit_fma(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """a * b + c, rounded once where the processor can."""
    return _call(builder, "fma", a, b, c) if _HAS_FUSED else builder.fadd(builder.fmul(a, b), c)


def emit_root(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """The square root."""
    return _call(builder, "sqrt", x)


def emit_absolute(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """|x|."""
    return _call(builder, "fabs", x)


def _limited(builder: ir.IRBuilder, x: ir.Value, sign: str, limit: float) -> ir.Value:
    """The limit where x is beyond it; NaN stays NaN."""
    bound = constant(x.type, limit)
    return builder.select(builder.fcmp_ordered(sign, x, bound), bound, x)


def _polynomial(builder: ir.IRBuilder, x: ir.Value, terms: tuple[float, ...]) -> ir.Value:
    total = constant(x.type, terms[-1])
    for term in terms[-2::-1]:
        total = emit_fma(builder, total, x, constant(x.type, term))
    return total


def _power(builder: ir.IRBuilder, x: ir.Value) -> tuple[ir.Value, ir.Value]:
    """2^n and exp(r) - 1, where x = n log(2) + r."""
    kind, name = x.type, str(element_of(x.type))
    mantissa, offset, bits = _DIGITS[name]
    whole = _like(kind, ir.IntType(bits))
    rounding = constant(kind, 1.5 * 2.0**mantissa)  # so large a number has no digits after the point
    moved = emit_fma(builder, x, constant(kind, 1 / math.log(2.0)), rounding)
    n = builder.fsub(moved, rounding)
    r = emit_fma(builder, n, constant(kind, -_LOG2_HIGH), x)
    r = emit_fma(builder, n, constant(kind, -_LOG2_LOW), r)
    exponent = builder.add(builder.bitcast(moved, whole), constant(whole, offset))
    power = builder.bitcast(builder.shl(exponent, constant(whole, mantissa)), kind)
    tail = builder.fmul(_polynomial(builder, r, _EXP[name]), r)
    return power, emit_fma(builder, tail, r, r)


def emit_exp(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """exp(x) for x <= 0."""
    power, rest = _power(builder, _limited(builder, x, "<", _LEAST[str(element_of(x.type))]))
    return emit_fma(builder, power, rest, power)


def emit_tanh(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """tanh(x); in double precision by exp(-2 |x|) - 1."""
    kind = x.type
    if str(element_of(kind)) == "float":
        x = _limited(builder, _limited(builder, x, ">", _EDGE), "<", -_EDGE)
        square = builder.fmul(x, x)
        return builder.fdiv(builder.fmul(x, _polynomial(builder, square, _P)), _polynomial(builder, square, _Q))
    size = _limited(builder, emit_absolute(builder, x), ">", 20.0)
    power, rest = _power(builder, builder.fmul(size, constant(kind, -2.0)))
    less = emit_fma(builder, power, rest, builder.fsub(power, constant(kind, 1.0)))  # exp(-2 |x|) - 1
    positive = builder.fdiv(builder.fsub(constant(kind, 0.0), less), builder.fadd(less, constant(kind, 2.0)))
    return _call(builder, "copysign", positive, x)


def emit_log(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """log(x), but of 1e-30 where x is less."""
    x = _limited(builder, x, "<", 1e-30)
    kind, name = x.type, str(element_of(x.type))
    mantissa, _, bits = _DIGITS[name]
    whole = _like(kind, ir.IntType(bits))
    # x = 2^n (1 + f) with 1 + f from 2/3 to 4/3, and log(1 + f) = 2 artanh(s) with s = f / (2 + f).
    lowest = int(np.float32(2 / 3).view(np.int32)) if name == "float" else int(np.float64(2 / 3).view(np.int64))
    exponent = builder.sub(builder.bitcast(x, whole), constant(whole, lowest))
    n = builder.ashr(exponent, constant(whole, mantissa))
    digits = builder.sub(builder.bitcast(x, whole), builder.shl(n, constant(whole, mantissa)))
    f = builder.fsub(builder.bitcast(digits, kind), constant(kind, 1.0))
    s = builder.fdiv(f, builder.fadd(f, constant(kind, 2.0)))
    square, twice = builder.fmul(s, s), builder.fadd(s, s)
    terms = tuple(1 / (2 * k + 3) for k in range(_LOG_TERMS[name]))
    series = emit_fma(builder, builder.fmul(_polynomial(builder, square, terms), square), twice, twice)
    times = builder.sitofp(n, kind)
    total = emit_fma(builder, times, constant(kind, _LOG2_LOW), series)
    total = emit_fma(builder, times, constant(kind, _LOG2_HIGH), total)
    return emit_fma(builder, x, constant(kind, 0.0), total)  # NaN of NaN


def _of_floats(emit, *arguments):
    """Return the signature and the code of a function for numbers, in the widest type of its arguments."""
    kind = types.float64 if types.float64 in arguments else types.float32
    return kind(*[kind] * len(arguments)), lambda _context, builder, _signature, values: emit(builder, *values)


@intrinsic
def _fma(typing, a, b, c):
    return _of_floats(emit_fma, a, b, c)


@intrinsic
def _tanh(typing, x):
    return _of_floats(emit_tanh, x)


@intrinsic
def _exp(typing, x):
    return _of_floats(emit_exp, x)


@intrinsic
def _log(typing, x):
    return _of_floats(emit_log, x)


@intrinsic
def _zero_like(typing, x):
    """0 in the type of x."""
    return _of_floats(lambda _builder, value: constant(value.type, 0.0), x)


PARTIAL_SUMS = 8
"""Into how many sums a row of products is added, every eighth to the same; then each half is added to the other."""


def _pass_over_row(context, builder, arrays, row, count, start, emit, *, stores=True):
    """Go through a row of matrices PARTIAL_SUMS numbers at a time; return the sum of what is added up.

    `emit` takes functions that load from and store to the arrays, (matrix or vector, its row or 0), and the sums so
    far. What is left at the end is added up under a mask, but stored in fours and one by one: what a masked store
    leaves out is the beginning of the next row, which would wait for it.
    """
    (first, _), *_ = arrays
    number = context.get_value_type(first.dtype)
    kind, integer, index = ir.VectorType(number, PARTIAL_SUMS), count.type, ir.IntType(32)
    suffix, size = f"v{PARTIAL_SUMS}f{first.dtype.bitwidth}.p0", first.dtype.bitwidth // 8
    pointers = []
    for array, value in arrays:
        made = context.make_array(array)(context, builder, value)
        step = builder.mul(row, builder.extract_value(made.strides, 0)) if array.ndim == 2 else integer(0)
        pointers.append(builder.inttoptr(builder.add(builder.ptrtoint(made.data, integer), step), made.data.type))

    def spread(value, width):
        nothing = ir.Constant(ir.VectorType(value.type, width), ir.Undefined)
        alone = builder.insert_element(nothing, value, index(0))
        return builder.shuffle_vector(alone, nothing, ir.Constant(ir.VectorType(index, width), None))

    def everywhere(value):
        return spread(value, PARTIAL_SUMS)

    def vector_at(k, at, width=PARTIAL_SUMS):
        place = builder.gep(pointers[k], [at])
        return builder.bitcast(place, ir.VectorType(number, width).as_pointer())

    def loop(begin, end, step, sums, body):
        """Do the body, which takes a place and the sums so far, from one place up to another."""
        before = builder.block
        head, inside, after = (builder.append_basic_block(name) for name in ("head", "inside", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        at, so_far = builder.phi(integer), builder.phi(sums.type)
        at.add_incoming(begin, before)
        so_far.add_incoming(sums, before)
        builder.cbranch(builder.icmp_signed("<=", builder.add(at, integer(step)), end), inside, after)
        builder.position_at_end(inside)
        total = body(at, so_far)
        at.add_incoming(builder.add(at, integer(step)), builder.block)
        so_far.add_incoming(total, builder.block)
        builder.branch(head)
        builder.position_at_end(after)
        return at, so_far

    def whole(at, sums):
        return emit(
            lambda k: builder.load(vector_at(k, at), align=size),
            lambda value, k: builder.store(value, vector_at(k, at), align=size),
            everywhere,
            sums,
        )

    def four(at, sums):
        emit(
            lambda k: builder.load(vector_at(k, at, 4), align=size),
            lambda value, k: builder.store(value, vector_at(k, at, 4), align=size),
            lambda value: spread(value, 4),
            constant(ir.VectorType(number, 4), 0.0),
        )
        return sums

    def alone(at, sums):
        emit(
            lambda k: builder.load(builder.gep(pointers[k], [at])),
            lambda value, k: builder.store(value, builder.gep(pointers[k], [at])),
            lambda value: value,
            constant(number, 0.0),
        )
        return sums

    sums = builder.insert_element(ir.Constant(kind, None), start, index(0))
    at, sums = loop(integer(0), count, PARTIAL_SUMS, sums, whole)
    places = builder.add(everywhere(at), ir.Constant(ir.VectorType(integer, PARTIAL_SUMS), list(range(PARTIAL_SUMS))))
    mask = builder.icmp_signed("<", places, everywhere(count))
    name = f"llvm.masked.load.{suffix}"
    signature = ir.FunctionType(kind, [kind.as_pointer(), index, mask.type, kind])
    masked = builder.module.globals.get(name) or ir.Function(builder.module, signature, name)

    def rest(k):
        return builder.call(masked, [vector_at(k, at), index(size), mask, ir.Constant(kind, None)])

    total = emit(rest, lambda _value, _k: None, everywhere, sums)
    if stores:
        at, total = loop(at, count, 4, total, four)
        loop(at, count, 1, total, alone)
    width = PARTIAL_SUMS
    while width > 1:
        width //= 2
        low, high = (
            builder.shuffle_vector(
                total, total, ir.Constant(ir.VectorType(index, width), list(range(first, first + width)))
            )
            for first in (0, width)
        )
        total = builder.fadd(low, high)
    return builder.extract_element(total, index(0))


@intrinsic
def _sum_of_products(typing, w, row, e, count, start):
    """start + w[row] @ e, over so many columns."""

    def generate(context, builder, signature, values):
        w_value, row, e_value, count, start = values
        arrays = (signature.args[0], w_value), (signature.args[2], e_value)

        def emit(load, _store, _everywhere, sums):
            return emit_fma(builder, load(0), load(1), sums)

        return _pass_over_row(context, builder, arrays, row, count, start, emit, stores=False)

    return w.dtype(w, types.intp, e, types.intp, w.dtype), generate


@intrinsic
def _share_and_move(typing, w, row, e, count, change):
    """w[row] @ e; and then w[row] -= change * e."""

    def generate(context, builder, signature, values):
        w_value, row, e_value, count, change = values
        arrays = (signature.args[0], w_value), (signature.args[2], e_value)

        def emit(load, store, everywhere, sums):
            weights, errors = load(0), load(1)
            store(emit_fma(builder, everywhere(builder.fneg(change)), errors, weights), 0)
            return emit_fma(builder, weights, errors, sums)

        return _pass_over_row(context, builder, arrays, row, count, constant(change.type, 0.0), emit)

    return w.dtype(w, types.intp, e, types.intp, w.dtype), generate


@intrinsic
def _share_and_gradient(typing, w, gradient, row, e, count, h):
    """w[row] @ e; and gradient[row] += h * e."""

    def generate(context, builder, signature, values):
        w_value, gradient_value, row, e_value, count, h = values
        arrays = tuple(zip((signature.args[k] for k in (0, 1, 3)), (w_value, gradient_value, e_value), strict=True))

        def emit(load, store, everywhere, sums):
            errors = load(2)
            store(emit_fma(builder, everywhere(h), errors, load(1)), 1)
            return emit_fma(builder, load(0), errors, sums)

        return _pass_over_row(context, builder, arrays, row, count, constant(h.type, 0.0), emit)

    return w.dtype(w, gradient, types.intp, e, types.intp, w.dtype), generate


@intrinsic
def _share_and_move_with_momentum(typing, w, moment1, row, e, count, h, step, momentum):
    """w[row] @ e; and then V[row] = momentum * V[row] + h * e; w[row] -= step * V[row]. V stands in `moment1`."""

    def generate(context, builder, signature, values):
        w_value, moment_value, row, e_value, count, h, step, momentum = values
        arrays = tuple(zip((signature.args[k] for k in (0, 1, 3)), (w_value, moment_value, e_value), strict=True))

        def emit(load, store, everywhere, sums):
            weights, errors = load(0), load(2)
            kept = builder.fmul(everywhere(momentum), load(1))
            velocity = emit_fma(builder, everywhere(h), errors, kept)
            store(velocity, 1)
            store(emit_fma(builder, everywhere(builder.fneg(step)), velocity, weights), 0)
            return emit_fma(builder, weights, errors, sums)

        return _pass_over_row(context, builder, arrays, row, count, constant(h.type, 0.0), emit)

    return w.dtype(w, moment1, types.intp, e, types.intp, w.dtype, w.dtype, w.dtype), generate


# -- units ----------------------------------------------------------------------------------------


@_inline
def _activate(z, states, row, activation):
    """States[row] = f(z)."""
    if activation == TANH:
        for j in range(len(z)):
            states[row, j] = _tanh(z[j])
    elif activation == LOGISTIC:
        for j in range(len(z)):
            states[row, j] = _fma(_HALF, _tanh(_HALF * z[j]), _HALF)
    else:
        for j in range(len(z)):
            states[row, j] = max(_ZERO, z[j])


@_inline
def _multiply_by_slope(deltas, at, states, row, activation):
    """deltas[at] *= f'(z), written in terms of h = f(z)."""
    hidden = deltas.shape[1]
    if activation == TANH:
        for j in range(hidden):
            deltas[at, j] *= _fma(-states[row, j], states[row, j], _ONE)
    elif activation == LOGISTIC:
        for j in range(hidden):
            deltas[at, j] *= states[row, j] * (_ONE - states[row, j])
    else:
        for j in range(hidden):
            deltas[at, j] = deltas[at, j] if states[row, j] > _ZERO else _ZERO


@_inline
def _put_delta(z, states, row, deltas, at, next_delta, b, activation):
    """deltas[at] = next_delta[b] = z * f', with f' written in terms of h = f."""
    hidden = len(z)
    if activation == TANH:
        for j in range(hidden):
            value = z[j] * _fma(-states[row, j], states[row, j], _ONE)
            deltas[at, j] = value
            next_delta[b, j] = value
    elif activation == LOGISTIC:
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
            z[j] = _fma(x, w1[0, j], w1[inputs + hidden, j])
    else:
        for j in range(hidden):
            z[j] = x * w1[0, j]
    for i in range(1, inputs):
        x = vectors[row, i]
        if x != _ZERO:
            for j in range(hidden):
                z[j] = _fma(x, w1[i, j], z[j])


@_inline
def _add_product(states, row, w, first, start, z):
    """z += states[row, start:] @ w[first + start :], four rows of w at a time."""
    hidden = len(z)
    i = start
    while i + 4 <= hidden:
        k = first + i
        x0, x1, x2, x3 = states[row, i], states[row, i + 1], states[row, i + 2], states[row, i + 3]
        for j in range(hidden):
            z[j] = _fma(x3, w[k + 3, j], _fma(x2, w[k + 2, j], _fma(x1, w[k + 1, j], _fma(x0, w[k, j], z[j]))))
        i += 4
    while i < hidden:
        x0 = states[row, i]
        for j in range(hidden):
            z[j] = _fma(x0, w[first + i, j], z[j])
        i += 1


@_loose
def _share_and_move_many(w2, h, e, step, delta):
    """delta = W2 e; W2 -= step * h^T e."""
    for j in range(len(delta)):
        share, change = _zero_like(step), step * h[j]
        for o in range(len(e)):
            w = w2[j, o]
            share += w * e[o]
            w2[j, o] = w - change * e[o]
        delta[j] = share


@_loose
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
        start = column[last] if biases else _zero_like(column[0])
        y[0] = _sum_of_products(states, row, column, hidden, start)
    else:
        for o in range(outputs):
            y[o] = w2[last, o] if biases else _ZERO
        for j in range(hidden):
            for o in range(outputs):
                y[o] = _fma(states[row, j], w2[j, o], y[o])
    _respond(y, output)


@_inline
def _respond(y, output):
    """y = g(y)."""
    outputs = len(y)
    if output == LOGISTIC_OUTPUT:
        for o in range(outputs):
            y[o] = _fma(_HALF, _tanh(_HALF * y[o]), _HALF)
    elif output == SOFTMAX:
        greatest = y[0]
        for o in range(1, outputs):
            greatest = max(greatest, y[o])
        total = _zero_like(greatest)
        for o in range(outputs):
            y[o] = _exp(y[o] - greatest)
        for o in range(outputs):
            total += y[o]
        for o in range(outputs):
            y[o] /= total


@_inline
def _loss(y, targets, row, output, loss):
    total = 0.0
    for o in range(len(y)):
        target = targets[row, o]
        if loss == SQUARED_ERROR:
            error = y[o] - target
            total += _HALF * error * error
        else:
            if target != _ZERO:
                total -= target * _log(y[o])
            if output != SOFTMAX and target != _ONE:
                total -= (_ONE - target) * _log(_ONE - y[o])
    return total


@_inline
def _output_delta(y, targets, row, output, loss, e):
    """e = d loss / d z, where y = g(z)."""
    outputs = len(y)
    if loss == CROSS_ENTROPY and output == SOFTMAX:
        total = _zero_like(y[0])
        for o in range(outputs):
            total += targets[row, o]
        for o in range(outputs):
            e[o] = _fma(y[o], total, -targets[row, o])
        return
    for o in range(outputs):
        e[o] = y[o] - targets[row, o]
    if loss == SQUARED_ERROR:
        _multiply_by_output_slope(y, output, e)


@_inline
def _multiply_by_output_slope(y, output, e):
    """e = d loss / d z, where e is d loss / d y and y = g(z)."""
    outputs = len(y)
    if output == LOGISTIC_OUTPUT:
        for o in range(outputs):
            e[o] *= y[o] * (_ONE - y[o])
    elif output == SOFTMAX:
        total = _zero_like(y[0])
        for o in range(outputs):
            total = _fma(e[o], y[o], total)
        for o in range(outputs):
            e[o] = y[o] * (e[o] - total)


# Direct connections and the absolute error have functions of their own, so that who has neither need not ask for them
# at every step.


@_inline
def _read_out_in_general(states, row, vectors, vector, w2, column, y, output, biases, direct):
    """y = g(cat(h [, x] [, 1]) @ w2)."""
    if direct:
        _read_out(states, row, w2, column, y, LINEAR, biases)
        for i in range(vectors.shape[1]):
            x = vectors[vector, i]
            if x != _ZERO:
                for o in range(len(y)):
                    y[o] = _fma(x, w2[states.shape[1] + i, o], y[o])
        _respond(y, output)
    else:
        _read_out(states, row, w2, column, y, output, biases)


@_inline
def _loss_in_general(y, targets, row, output, loss):
    if loss != ABSOLUTE_ERROR:
        return _loss(y, targets, row, output, loss)
    total = 0.0
    for o in range(len(y)):
        total += abs(y[o] - targets[row, o])
    return total


@_inline
def _output_delta_in_general(y, targets, row, output, loss, e):
    """e = d loss / d z, where y = g(z)."""
    if loss != ABSOLUTE_ERROR:
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
                                w2_gradient[hidden + i, o] = _fma(x, e[o], w2_gradient[hidden + i, o])
            if outputs == 1:
                error = e[0]
                for j in range(hidden):
                    deltas[at, j] = column[j] * error
                    gradient_column[j] = _fma(states[row, j], error, gradient_column[j])
            else:
                for j in range(hidden):
                    deltas[at, j] = _share_and_gradient(w2, w2_gradient, j, e, outputs, states[row, j])
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
                g, f = gradient[first + i, j], gradient[first + i + 1, j]
                gradient[first + i, j] = _fma(a3, d3, _fma(a2, d2, _fma(a1, d1, _fma(a0, d0, g))))
                gradient[first + i + 1, j] = _fma(b3, d3, _fma(b2, d2, _fma(b1, d1, _fma(b0, d0, f))))
            k += 4
        while k < count:
            a0, b0 = left[left_row + k, i], left[left_row + k, i + 1]
            for j in range(columns):
                gradient[first + i, j] = _fma(a0, deltas[delta_row + k, j], gradient[first + i, j])
                gradient[first + i + 1, j] = _fma(b0, deltas[delta_row + k, j], gradient[first + i + 1, j])
            k += 1
        i += 2
    if i < rows:
        k = 0
        while k + 4 <= count:
            r, d = left_row + k, delta_row + k
            a0, a1, a2, a3 = left[r, i], left[r + 1, i], left[r + 2, i], left[r + 3, i]
            for j in range(columns):
                d0, d1, d2, d3 = deltas[d, j], deltas[d + 1, j], deltas[d + 2, j], deltas[d + 3, j]
                g = gradient[first + i, j]
                gradient[first + i, j] = _fma(a3, d3, _fma(a2, d2, _fma(a1, d1, _fma(a0, d0, g))))
            k += 4
        while k < count:
            a0 = left[left_row + k, i]
            for j in range(columns):
                gradient[first + i, j] = _fma(a0, deltas[delta_row + k, j], gradient[first + i, j])
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
                    gradient[i, j] = _fma(x, deltas[delta_row + k, j], gradient[i, j])


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
            gradient[i, j] = _fma(factor, gradient[i, j], weight_decay * w[i, j])


@_loose
def _large_squared_norm(gradient):
    total = 0.0
    for i in range(gradient.shape[0]):
        for j in range(gradient.shape[1]):
            total += gradient[i, j] * gradient[i, j]
    return total


@_part
def _squared_norm(gradient):
    """Sum the squares: of up to _SMALL columns, every fourth to one of four sums."""
    columns = gradient.shape[1]
    if columns > _SMALL:
        return _large_squared_norm(gradient)
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    for i in range(gradient.shape[0]):
        j = 0
        while j + 4 <= columns:
            s0, s1 = s0 + gradient[i, j] * gradient[i, j], s1 + gradient[i, j + 1] * gradient[i, j + 1]
            s2, s3 = s2 + gradient[i, j + 2] * gradient[i, j + 2], s3 + gradient[i, j + 3] * gradient[i, j + 3]
            j += 4
        if j < columns:
            s0 += gradient[i, j] * gradient[i, j]
        if j + 1 < columns:
            s1 += gradient[i, j + 1] * gradient[i, j + 1]
        if j + 2 < columns:
            s2 += gradient[i, j + 2] * gradient[i, j + 2]
    return (s0 + s1) + (s2 + s3)


@_part
def _clip_factor(clip_norm, squared_norm):
    """What gradients of this norm are multiplied by."""
    factor = clip_norm / (math.sqrt(squared_norm) + 1e-6)
    return min(1.0, factor)


@_part
def _adam_step_and_root(rate, moves):
    """What Adam's means of gradients and of their squares are multiplied by at its n-th update."""
    return rate / (1.0 - BETA1**moves), 1.0 / math.sqrt(1.0 - BETA2**moves)


@_part
def _move(w, gradient, moment1, moment2, rate, momentum, moves, optimizer, scalars):
    """One step of the optimiser, as torch.optim does it. `scalars` brings numbers to the weights' type."""
    rows, columns = w.shape
    if optimizer == SGD:
        without_momentum = momentum == 0.0
        scalars[0], scalars[1] = rate, momentum
        step, momentum = scalars[0], scalars[1]
        if without_momentum:
            for i in range(rows):
                for j in range(columns):
                    w[i, j] = _fma(-step, gradient[i, j], w[i, j])
        else:
            for i in range(rows):
                for j in range(columns):
                    moment1[i, j] = _fma(momentum, moment1[i, j], gradient[i, j])
                    w[i, j] = _fma(-step, moment1[i, j], w[i, j])
    elif optimizer == ADAM:
        scalars[0], scalars[1], scalars[2] = BETA1, BETA2, EPSILON
        scalars[3], scalars[4] = _adam_step_and_root(rate, moves)
        beta1, beta2, epsilon, step, root = scalars[0], scalars[1], scalars[2], scalars[3], scalars[4]
        for i in range(rows):
            for j in range(columns):
                g = gradient[i, j]
                moment1[i, j] = _fma(_ONE - beta1, g - moment1[i, j], moment1[i, j])
                moment2[i, j] = _fma((_ONE - beta2) * g, g, beta2 * moment2[i, j])
                w[i, j] -= step * moment1[i, j] / _fma(math.sqrt(moment2[i, j]), root, epsilon)
    else:
        scalars[0], scalars[1] = RISE, FALL
        scalars[2], scalars[3] = LEAST_STEP, GREATEST_STEP
        rise, fall, least, greatest = scalars[0], scalars[1], scalars[2], scalars[3]
        for i in range(rows):
            for j in range(columns):
                g, agreement = gradient[i, j], gradient[i, j] * moment1[i, j]
                if agreement > _ZERO:
                    grown = moment2[i, j] * rise
                    moment2[i, j] = min(greatest, grown)
                elif agreement < _ZERO:
                    shrunk = moment2[i, j] * fall
                    moment2[i, j] = max(least, shrunk)
                    g = _zero_like(g)
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
            scalars[0] = _clip_factor(rule.clip_norm, _squared_norm(w1_gradient) + _squared_norm(w2_gradient))
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
def begin_epoch(network, run, rule):
    """Begin an epoch of all networks."""
    for n in range(len(run.member_ends)):
        _begin_epoch(n, network, run, rule)


@_kernel
def advance(first_network, last_network, network, run, rule, rates, work, last_epoch, losses, validation_losses):
    """Do about `work` steps forward or back with each network of the range; return the work that is left.

    Ends early when as many epochs have ended as `losses` has rows, and before a MOVE where there is no optimiser.
    """
    hidden, outputs, dtype = network.w1.shape[2], network.w2.shape[2], network.w1.dtype
    z, y, e = np.empty(hidden, dtype), np.empty(outputs, dtype), np.empty(outputs, dtype)
    recurrent = np.empty((min(hidden, _SMALL), min(hidden, _SMALL)), dtype)
    deltas = np.empty((BLOCK * rule.sequences, hidden), dtype)
    return _advance(
        first_network, last_network, network, run, rule, rates, work, last_epoch, losses, validation_losses, z, y, e,
        np.empty(5, dtype), recurrent, deltas,
    )  # fmt: skip


@_part
def _advance(
    first_network, last_network, network, run, rule, rates, work, last_epoch, losses, validation_losses, z, y, e,
    scalars, recurrent, deltas,
):  # fmt: skip
    """Do as `advance`, with memory for the work."""
    vectors, rows, targets, target_rows = run.inputs, run.input_rows, run.targets, run.target_rows
    activation, output, loss, biases = rule.activation, rule.output, rule.loss, rule.biases
    inputs, hidden, sequences = vectors.shape[1], network.w1.shape[2], rule.sequences
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
                    if rule.weighted or rule.direct or loss == ABSOLUTE_ERROR:
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
    columns, hidden, outputs, dtype = network.w1.shape[1], network.w1.shape[2], network.w2.shape[2], network.w1.dtype
    z, y, e = np.empty(hidden, dtype), np.empty(outputs, dtype), np.empty(outputs, dtype)
    return _advance_one_step_rule(
        first_network, last_network, network, run, rule, rates, work, last_epoch, losses, validation_losses, z, y, e,
        np.empty(4, dtype), np.empty((1, hidden), dtype), np.ones(columns, dtype), np.ones(columns, dtype),
    )  # fmt: skip


@_part
def _advance_one_step_rule(
    first_network, last_network, network, run, rule, rates, work, last_epoch, losses, validation_losses, z, y, e,
    scalars, deltas, x, x_before,
):  # fmt: skip
    """Do as `advance_one_step_rule`, with memory for the work."""
    vectors, rows, targets, target_rows = run.inputs, run.input_rows, run.targets, run.target_rows
    activation, output, loss, biases = rule.activation, rule.output, rule.loss, rule.biases
    inputs, columns, hidden, outputs = vectors.shape[1], network.w1.shape[1], network.w1.shape[2], network.w2.shape[2]
    delta, h = deltas[0], x[inputs : inputs + hidden]
    state = h.reshape((1, hidden))
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
                            column[j] = _fma(-change, h[j], w)
                    elif hidden > _SMALL:
                        _share_and_move_many(w2, h, e, step, delta)
                    else:
                        for j in range(hidden):
                            delta[j] = _share_and_move(w2, j, e, outputs, step * h[j])
                    if biases and momentum == _ZERO:
                        for o in range(outputs):
                            w2[hidden, o] = _fma(-step, e[o], w2[hidden, o])
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
            z[j] = _share_and_gradient(w2, w2_gradient, j, e, outputs, states[t + 1, j])
        _add_transposed_product(next_delta, 0, w1, inputs, z)
        _put_delta(z, states, t + 1, deltas, 0, next_delta, 0, activation)
        for i in range(inputs):
            x, back = entered[t, i], _zero_like(e[0])
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
        w0 = _fma(-s0, delta[j], w[0, j])
        w[0, j] = w0
        z[j] = x0 * w0
    i = 1
    while i + 4 <= rows:
        s0, s1, s2, s3 = step * x_before[i], step * x_before[i + 1], step * x_before[i + 2], step * x_before[i + 3]
        x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(columns):
            d = delta[j]
            w0, w1 = _fma(-s0, d, w[i, j]), _fma(-s1, d, w[i + 1, j])
            w2, w3 = _fma(-s2, d, w[i + 2, j]), _fma(-s3, d, w[i + 3, j])
            w[i, j], w[i + 1, j], w[i + 2, j], w[i + 3, j] = w0, w1, w2, w3
            z[j] = _fma(x3, w3, _fma(x2, w2, _fma(x1, w1, _fma(x0, w0, z[j]))))
        i += 4
    while i < rows:
        s0, x0 = step * x_before[i], x[i]
        for j in range(columns):
            w0 = _fma(-s0, delta[j], w[i, j])
            w[i, j] = w0
            z[j] = _fma(x0, w0, z[j])
        i += 1


@_part
def _move_with_momentum_and_multiply(w, moment1, x_before, delta, step, momentum, x, z):
    """V = momentum * V + x_before^T delta; W -= step * V; z = x @ W: two rows at a time. V stands in `moment1`."""
    rows, columns = w.shape
    a0, x0 = x_before[0], x[0]
    for j in range(columns):
        v0 = _fma(a0, delta[j], momentum * moment1[0, j])
        w0 = _fma(-step, v0, w[0, j])
        moment1[0, j], w[0, j] = v0, w0
        z[j] = x0 * w0
    i = 1
    while i + 2 <= rows:
        a0, a1, x0, x1 = x_before[i], x_before[i + 1], x[i], x[i + 1]
        for j in range(columns):
            d = delta[j]
            v0, v1 = _fma(a0, d, momentum * moment1[i, j]), _fma(a1, d, momentum * moment1[i + 1, j])
            w0, w1 = _fma(-step, v0, w[i, j]), _fma(-step, v1, w[i + 1, j])
            moment1[i, j], moment1[i + 1, j], w[i, j], w[i + 1, j] = v0, v1, w0, w1
            z[j] = _fma(x1, w1, _fma(x0, w0, z[j]))
        i += 2
    if i < rows:
        a0, x0 = x_before[i], x[i]
        for j in range(columns):
            v0 = _fma(a0, delta[j], momentum * moment1[i, j])
            w0 = _fma(-step, v0, w[i, j])
            moment1[i, j], w[i, j] = v0, w0
            z[j] = _fma(x0, w0, z[j])


@_part
def _move_out_with_momentum(w, moment1, h, e, delta, step, momentum, biases):
    """delta = W e; V = momentum * V + cat(h [, 1])^T e; W -= step * V. V stands in `moment1`."""
    hidden, outputs = len(delta), len(e)
    for j in range(hidden):
        delta[j] = _share_and_move_with_momentum(w, moment1, j, e, outputs, h[j], step, momentum)
    if biases:
        for o in range(outputs):
            moment1[hidden, o] = _fma(momentum, moment1[hidden, o], e[o])
            w[hidden, o] = _fma(-step, moment1[hidden, o], w[hidden, o])
