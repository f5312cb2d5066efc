"""The kernels of the lanes, each of which does a part of the work with all networks of a block.

`steps`
    Elman's own rule by gradient steps, plain or with momentum, from one time step up to another.
`forward`, `back`
    Forward through time steps; and back through those of a block of time, whose errors are added to the gradients.
`norms`, `move`
    Squared norms of the gradients of w1 and w2; and a step of the optimiser.
`validate`
    The loss of validation steps.
`finite`
    0 for a network whose weights are all finite, NaN for another.

Each takes a table of integers: addresses and time steps, in the order of `Argument`.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from elman_core.training.engines.kernels import constant
from elman_core.training.engines.lane_moves import write_move, write_norms
from elman_core.training.engines.lane_rule import MOMENTUM, STEP, Argument, LaneRule, Momentum
from elman_core.training.engines.lane_source import LaneCode, Number, Values, parts_of

__all__ = ["PROGRAMS", "module_of"]


def module_of(rule: LaneRule) -> ir.Module:
    """Write all kernels that a rule needs."""
    module = ir.Module("lanes")
    for name, write in PROGRAMS.items():
        code = LaneCode(module, name, rule)
        if name not in (_OF_OTHER_RULES if rule.one_step else ("steps",)):
            write(code)
        code.end()
    return module


# -- Elman's own rule -----------------------------------------------------------------------------


def _steps(code: LaneCode) -> None:
    """W1 is moved and multiplied by the next input in one pass over it."""
    rule, hidden, b = code.rule, code.rule.hidden, code.builder
    context = code.address(Argument.STATES, code.kind)
    totals = code.address(Argument.TOTALS, code.wide)
    h, h_before, delta, z_rows = (code.room(hidden) for _ in range(4))
    y, e = code.room(rule.outputs), code.room(rule.outputs)
    first, stop = code.argument(Argument.FIRST), code.argument(Argument.STOP)

    def begin(j: Number) -> None:
        for rows in (h, h_before):
            code.store(code.load(context, j), rows, j)
        code.store(code.zero, delta, j)

    code.loop(0, hidden, begin)
    step = code.scalar(STEP)

    def step_of_time(t: ir.Value, vector_before: ir.Value, total: ir.Value) -> Values:
        vector = code.vector(code.row_of(Argument.ROWS, t))
        kept, change = code.scalar(MOMENTUM), step
        if rule.momentum:  # the first of these steps begins with no move, only with the product
            is_first = b.icmp_signed("==", t, first)
            kept, change = b.select(is_first, code.one, kept), b.select(is_first, code.zero, change)
        _move_and_multiply(code, vector_before, vector, h_before, h, delta, kept, change, z_rows)

        def respond(j: Number) -> None:
            code.store(code.load(h, j), h_before, j)
            code.store(code.activated(code.load(z_rows, j)), h, j)

        code.loop(0, hidden, respond)
        target = code.row_of(Argument.TARGET_ROWS, t)
        code.read_out(vector, h, 0, y)
        total = b.fadd(total, code.loss(y, target))
        code.output_delta(y, target, e)
        _move_out(code, h, e, delta, step)
        return [vector, total]

    vector, total = code._loop_of_blocks(
        first, stop, 1, step_of_time, [code.vector(code.row_of(Argument.ROWS, first)), code.load(totals, 0)]
    )
    _move_and_multiply(code, vector, vector, h_before, h, delta, code.scalar(MOMENTUM), step, None)
    code.store(total, totals, 0)
    code.loop(0, hidden, lambda j: code.store(code.load(h, j), context, j))


def _move_and_multiply(
    code: LaneCode,
    vector_before: ir.Value,
    vector: ir.Value,
    h_before: ir.Value,
    h: ir.Value,
    delta: ir.Value,
    kept: ir.Value,
    step: ir.Value,
    z_rows: ir.Value | None,
) -> None:
    """W1 -= step * cat(x_before, h_before [, 1])^T delta; z = cat(x, h [, 1]) @ W1, unless it is None."""
    rule, hidden, b = code.rule, code.rule.hidden, code.builder
    minus_step = code.minus(step)
    for low, high in parts_of(hidden):
        deltas = [code.load(delta, j) for j in range(low, high)]

        def pass_row(
            row: Number, before: ir.Value, now: ir.Value, z: Values, deltas: Values = tuple(deltas), low: int = low
        ) -> list[ir.Value]:
            first = code.plus(code.times(row, hidden), low)
            plain = code.minus(b.fmul(step, before))
            moved = []
            for k, d in enumerate(deltas):
                place = code.plus(first, k)
                w = code.load(code.memory, place)
                if not rule.momentum:
                    w = code.fma(plain, d, w)
                else:
                    at = code.plus(place, code.places.moment1)
                    old = code.load(code.memory, at)
                    velocity = code.fma(before, d, b.fmul(kept, old))
                    with_momentum = code.fma(minus_step, velocity, w)
                    if rule.momentum is Momentum.SOME:
                        has = b.fcmp_ordered("!=", code.scalar(MOMENTUM), code.zero)
                        velocity = b.select(has, velocity, old)
                        w = b.select(has, with_momentum, code.fma(plain, d, w))
                    else:
                        w = with_momentum
                    code.store(velocity, code.memory, at)
                code.store(w, code.memory, place)
                moved.append(w)
            if not z:
                return [b.fmul(now, w) for w in moved]
            return [code.fma(now, w, value) for w, value in zip(moved, z, strict=True)]

        def number(of: ir.Value, i: Number) -> ir.Value:
            return code.everywhere(b.load(code.at(of, i)))

        z = pass_row(0, number(vector_before, 0), number(vector, 0), ())

        def pass_input(i: Number, *z: ir.Value, pass_row: Callable[..., Values] = pass_row) -> Values:
            return pass_row(i, number(vector_before, i), number(vector, i), z)

        def pass_context(i: Number, *z: ir.Value, pass_row: Callable[..., Values] = pass_row) -> Values:
            return pass_row(code.plus(i, rule.inputs), code.load(h_before, i), code.load(h, i), z)

        z = code.loop(1, rule.inputs, pass_input, *z)
        z = code.loop(0, hidden, pass_context, *z)
        if rule.biases:
            z = pass_row(rule.inputs + hidden, code.one, code.one, z)
        if z_rows is not None:
            for j, value in zip(range(low, high), z, strict=True):
                code.store(value, z_rows, j)


def _move_out(code: LaneCode, h: ir.Value, e: ir.Value, delta: ir.Value, step: ir.Value) -> None:
    """delta = (W2 e) f'(z); W2 -= step * cat(h [, 1])^T e."""
    rule, b, outputs = code.rule, code.builder, code.rule.outputs
    first = rule.rows1 * rule.hidden

    def move(place: Number, x: ir.Value | None, o: int, plain: ir.Value) -> None:
        """Move a weight; x is what entered, None for a bias."""
        w, error = code.load(code.memory, place), code.load(e, o)
        moved = plain
        if rule.momentum:
            at, kept = code.plus(place, code.places.moment1), code.scalar(MOMENTUM)
            old = code.load(code.memory, at)
            velocity = code.fma(kept, old, error) if x is None else code.fma(x, error, b.fmul(kept, old))
            moved = code.fma(code.minus(step), velocity, w)
            if rule.momentum is Momentum.SOME:
                has = b.fcmp_ordered("!=", kept, code.zero)
                velocity, moved = b.select(has, velocity, old), b.select(has, moved, plain)
            code.store(velocity, code.memory, at)
        code.store(moved, code.memory, place)

    def pass_unit(j: Number) -> None:
        state = code.load(h, j)
        shared = code.share(j, e)
        for o in range(outputs):
            place = code.plus(code.plus(code.times(j, outputs), first), o)
            w, error = code.load(code.memory, place), code.load(e, o)
            # As in kernels.py: with one output the rate is multiplied by the error, otherwise by the state.
            change = b.fmul(step, error) if outputs == 1 else b.fmul(step, state)
            move(place, state, o, code.fma(code.minus(change), state if outputs == 1 else error, w))
        code.store(code.times_slope(shared, state), delta, j)

    code.loop(0, rule.hidden, pass_unit)
    if rule.biases:
        for o in range(outputs):
            place = first + rule.hidden * outputs + o
            plain = code.fma(code.minus(step), code.load(e, o), code.load(code.memory, place))
            move(place, None, o, plain)


# -- truncated BPTT -------------------------------------------------------------------------------


def _forward(code: LaneCode) -> None:
    hidden, b = code.rule.hidden, code.builder
    states, base = code.address(Argument.STATES, code.kind), code.argument(Argument.BASE)

    def step_of_time(t: ir.Value) -> None:
        before = b.mul(b.sub(t, base), code.whole(hidden))
        vector = code.vector(code.row_of(Argument.ROWS, t))
        code.go_forward(vector, states, before, code.plus(before, hidden))

    code._loop_of_blocks(code.argument(Argument.FIRST), code.argument(Argument.STOP), 1, step_of_time, ())


def _back(code: LaneCode) -> None:
    rule, hidden, b = code.rule, code.rule.hidden, code.builder
    states, deltas = (code.address(place, code.kind) for place in (Argument.STATES, Argument.DELTAS))
    first, stop, base = (code.argument(place) for place in (Argument.FIRST, Argument.STOP, Argument.BASE))
    y, e = code.room(rule.outputs), code.room(rule.outputs)
    totals = code.address(Argument.TOTALS, code.wide)

    def at(t: ir.Value, begin: ir.Value, further: int = 0) -> ir.Value:
        """Return the row of a step, counted from another one."""
        place = code.times(code.plus(b.sub(t, begin), further), hidden)
        assert isinstance(place, ir.Value)
        return place

    def put_errors(t: ir.Value, total: ir.Value) -> Values:
        place, row = at(t, first), at(t, base, 1)

        def nothing(j: Number) -> None:
            code.store(code.zero, deltas, code.plus(place, j))

        code.loop(0, hidden, nothing)
        counts = b.icmp_signed(">=", t, code.argument(Argument.COUNTED_FROM))
        if rule.weighted:
            counts = b.and_(counts, code.is_not_zero(code.weight_of(t)))
        return code.when(counts, lambda: [b.fadd(total, put_error(t, place, row))], total)

    def put_error(t: ir.Value, place: ir.Value, row: ir.Value) -> ir.Value:
        vector, target = code.vector(code.row_of(Argument.ROWS, t)), code.row_of(Argument.TARGET_ROWS, t)
        code.read_out(vector, states, row, y)
        loss = code.loss(y, target)
        code.output_delta(y, target, e)
        if rule.weighted:
            weight = code.weight_of(t)
            loss = b.fmul(code.widened(code.everywhere(weight)), loss)
            code.loop(0, rule.outputs, lambda o: code.store(b.fmul(code.load(e, o), code.everywhere(weight)), e, o))
        if rule.direct:

            def add_direct(i: Number) -> None:
                x = b.load(code.at(vector, i))
                code.when(code.is_not_zero(x), lambda: add_errors(code.plus(i, hidden), code.everywhere(x)))

            code.loop(0, rule.inputs, add_direct)

        def give_back(j: Number) -> None:
            code.store(code.share(j, e), deltas, code.plus(place, j))
            add_errors(j, code.load(states, code.plus(row, j)))

        code.loop(0, hidden, give_back)
        if rule.biases:
            add_errors(rule.rows2 - 1, None)
        return loss

    def add_errors(row: Number, x: ir.Value | None) -> None:
        """Add x * e to a row of w2's gradient, or e."""
        begin = code.plus(code.times(row, rule.outputs), code.places.gradient + rule.rows1 * hidden)
        for o in range(rule.outputs):
            place, error = code.plus(begin, o), code.load(e, o)
            old = code.load(code.memory, place)
            code.store(b.fadd(old, error) if x is None else code.fma(x, error, old), code.memory, place)

    (total,) = code._loop_of_blocks(first, stop, 1, put_errors, [constant(code.wide, 0.0)])
    code.store(b.fadd(code.load(totals, 0), total), totals, 0)

    def go_back(t: ir.Value) -> None:
        place, row = at(t, first), at(t, base, 1)
        for low, high in parts_of(hidden):
            z = [code.load(deltas, code.plus(place, j)) for j in range(low, high)]

            def add(i: Number, *z: ir.Value, low: int = low) -> Values:
                after = code.load(code.memory, code.plus(i, code.places.next_delta))
                return [
                    code.fma(after, code.load(code.memory, code.plus(i, (rule.inputs + low + k) * hidden)), value)
                    for k, value in enumerate(z)
                ]

            z = code.loop(0, hidden, add, *z)
            for j, value in zip(range(low, high), z, strict=True):
                delta = code.times_slope(value, code.load(states, code.plus(row, j)))
                code.store(delta, deltas, code.plus(place, j))

        def keep(j: Number) -> None:
            code.store(code.load(deltas, code.plus(place, j)), code.memory, code.plus(j, code.places.next_delta))

        code.loop(0, hidden, keep)

    code.loop_down(first, stop, go_back)
    _add_gradients(code, states, deltas)


def _add_gradients(code: LaneCode, states: ir.Value, deltas: ir.Value) -> None:
    """Add x^T deltas, h_before^T deltas and the deltas themselves to w1's gradient, earlier steps first."""
    rule, hidden, b, gradient = code.rule, code.rule.hidden, code.builder, code.places.gradient
    first, stop, base = (code.argument(place) for place in (Argument.FIRST, Argument.STOP, Argument.BASE))
    begin = b.mul(b.sub(first, base), code.whole(hidden))

    def over_steps(body: Callable[..., Values | None], *values: ir.Value) -> list[ir.Value]:
        return code._loop_of_blocks(code.whole(0), b.sub(stop, first), 1, body, values)

    def add_inputs(k: ir.Value) -> None:
        vector = code.vector(code.row_of(Argument.ROWS, b.add(first, k)))
        delta = b.mul(k, code.whole(hidden))

        def add_input(i: Number) -> None:
            x = b.load(code.at(vector, i))

            def add() -> None:
                everywhere = code.everywhere(x)

                def add_one(j: Number) -> None:
                    place = code.plus(code.plus(code.times(i, hidden), gradient), j)
                    d = code.load(deltas, code.plus(delta, j))
                    code.store(code.fma(everywhere, d, code.load(code.memory, place)), code.memory, place)

                code.loop(0, hidden, add_one)

            code.when(code.is_not_zero(x), add)

        code.loop(0, rule.inputs, add_input)

    over_steps(add_inputs)
    for low, high in parts_of(hidden):
        columns = range(low, high)

        def add_context(pair: Number, low: int = low, columns: range = columns, rows: int = 2) -> None:
            """Two rows at once, whose sums stay in registers."""
            i = code.times(pair, 2)
            places = [
                code.plus(code.plus(code.times(code.plus(i, r), hidden), gradient + rule.inputs * hidden), j)
                for r in range(rows)
                for j in columns
            ]

            def add(k: ir.Value, *sums: ir.Value) -> Values:
                step = b.mul(k, code.whole(hidden))
                delta = [code.load(deltas, code.plus(step, j)) for j in columns]
                state = code.plus(b.add(begin, step), i)
                found = []
                for r in range(rows):
                    h = code.load(states, code.plus(state, r))
                    some = sums[r * len(columns) : (r + 1) * len(columns)]
                    found += [code.fma(h, d, total) for d, total in zip(delta, some, strict=True)]
                return found

            sums = over_steps(add, *(code.load(code.memory, place) for place in places))
            for place, total in zip(places, sums, strict=True):
                code.store(total, code.memory, place)

        code.loop(0, hidden // 2, add_context)
        if hidden % 2:
            add_context(hidden // 2, rows=1)
        if rule.biases:
            places = [gradient + (rule.inputs + hidden) * hidden + j for j in columns]

            def add_bias(k: ir.Value, *sums: ir.Value, columns: range = columns) -> Values:
                step = b.mul(k, code.whole(hidden))
                return [
                    b.fadd(total, code.load(deltas, code.plus(step, j))) for j, total in zip(columns, sums, strict=True)
                ]

            sums = over_steps(add_bias, *(code.load(code.memory, place) for place in places))
            for place, total in zip(places, sums, strict=True):
                code.store(total, code.memory, place)


# -- what an epoch ends with ----------------------------------------------------------------------


def _validate(code: LaneCode) -> None:
    b = code.builder
    context, totals = code.address(Argument.CONTEXT, code.kind), code.address(Argument.TOTALS, code.wide)
    y = code.room(code.rule.outputs)

    def step_of_time(t: ir.Value, total: ir.Value) -> Values:
        vector, target = code.vector(code.row_of(Argument.ROWS, t)), code.row_of(Argument.TARGET_ROWS, t)
        weight = code.weight_of(t)
        code.go_forward(vector, context, 0, 0)

        def compare() -> Values:
            code.read_out(vector, context, 0, y)
            loss = b.fmul(code.widened(code.everywhere(weight)), code.loss(y, target))
            return [b.fadd(total, loss)]

        return code.when(code.is_not_zero(weight), compare, total)

    first, stop = code.argument(Argument.FIRST), code.argument(Argument.STOP)
    (total,) = code._loop_of_blocks(first, stop, 1, step_of_time, [code.load(totals, 0)])
    code.store(total, totals, 0)


def _finite(code: LaneCode) -> None:
    """Put 0 or NaN into `TOTALS`."""

    b, sums, weights = code.builder, 4, code.rule.weights

    def add(k: Number, *totals: ir.Value) -> Values:
        first = code.times(k, sums)
        return [code.fma(code.load(code.memory, code.plus(first, n)), code.zero, t) for n, t in enumerate(totals)]

    totals = code.loop(0, weights // sums, add, *[code.zero] * sums)
    for k in range(weights // sums * sums, weights):
        totals[0] = code.fma(code.load(code.memory, k), code.zero, totals[0])
    total = b.fadd(b.fadd(totals[0], totals[1]), b.fadd(totals[2], totals[3]))
    code.store(code.widened(total), code.address(Argument.TOTALS, code.wide), 0)


PROGRAMS: dict[str, Callable[[LaneCode], None]] = {
    "steps": _steps,
    "forward": _forward,
    "back": _back,
    "norms": write_norms,
    "move": write_move,
    "validate": _validate,
    "finite": _finite,
}
"""What each kernel is written by, in the order of its number."""
_OF_OTHER_RULES = ("forward", "back", "norms", "move")
"""Not needed by Elman's own."""
