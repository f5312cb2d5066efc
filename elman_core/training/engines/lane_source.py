"""LaneCode: the parts of a time step as LLVM's operations, with a network in each lane of a vector.

What is done with each number, and in which order sums are added up, is the same as in `kernels.py`, operation by
operation, so that a network comes out as it would alone. A change there is one here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeAlias

from llvmlite import ir

from elman_core.training.engines.kernels import (
    ABSOLUTE_ERROR,
    LINEAR,
    LOGISTIC,
    LOGISTIC_OUTPUT,
    PARTIAL_SUMS,
    SOFTMAX,
    SQUARED_ERROR,
    TANH,
    constant,
    emit_absolute,
    emit_exp,
    emit_fma,
    emit_log,
    emit_tanh,
)
from elman_core.training.engines.lane_rule import LANE_BYTES, Argument, LaneRule, Places

__all__ = ["LaneCode", "Number", "Values", "parts_of"]

_UNROLLED = 8
"""Loops of so many rounds or fewer are written out; so are the accumulators that are kept in registers."""

_INTEGER, _INDEX = ir.IntType(64), ir.IntType(32)

Number: TypeAlias = "int | ir.Value"
"""A place, which is known or not."""
Values: TypeAlias = "Sequence[ir.Value]"


class LaneCode:
    """Writes one kernel."""

    def __init__(self, module: ir.Module, name: str, rule: LaneRule) -> None:
        self.rule, self.places = rule, Places(rule)
        self.number: ir.Type = ir.DoubleType() if rule.double else ir.FloatType()
        self.kind = ir.VectorType(self.number, rule.lanes)
        self.wide = ir.VectorType(ir.DoubleType(), rule.lanes)
        table = ir.FunctionType(ir.VoidType(), [_INTEGER.as_pointer()])
        self.function = ir.Function(module, table, name)
        # LLVM keeps rows on the stack too; where one lies across two lines of memory, a step takes a third longer.
        self.function.attributes.alignstack = LANE_BYTES
        self.function.attributes.add("nounwind")  # llvmlite writes an alignment down only beside another attribute
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self._scalars: dict[int, ir.Value] = {}
        self._arguments: dict[Argument, ir.Value] = {}
        self._addresses: dict[Argument, ir.Value] = {}
        self.zero, self.one, self.half = (constant(self.kind, value) for value in (0.0, 1.0, 0.5))

    # -- numbers ----------------------------------------------------------------------------------

    def argument(self, place: Argument) -> ir.Value:
        """Return a number of the table."""
        if place not in self._arguments:
            with self.builder.goto_entry_block():
                at = self.builder.gep(self.function.args[0], [ir.Constant(_INTEGER, int(place))])
                self._arguments[place] = self.builder.load(at)
        return self._arguments[place]

    def address(self, place: Argument, kind: ir.Type) -> ir.Value:
        """Return an address of the table."""
        if place not in self._addresses:
            number = self.argument(place)
            with self.builder.goto_entry_block():
                self._addresses[place] = self.builder.inttoptr(number, kind.as_pointer())
        return self._addresses[place]

    @property
    def memory(self) -> ir.Value:
        """The rows of a block."""
        return self.address(Argument.MEMORY, self.kind)

    def plus(self, a: Number, b: Number) -> Number:
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        if isinstance(b, int) and b == 0:
            return a
        return self.builder.add(self.whole(a), self.whole(b))

    def times(self, a: Number, b: int) -> Number:
        return a * b if isinstance(a, int) else self.builder.mul(a, self.whole(b))

    def whole(self, a: Number) -> ir.Value:
        return ir.Constant(_INTEGER, a) if isinstance(a, int) else a

    def at(self, base: ir.Value, place: Number) -> ir.Value:
        return self.builder.gep(base, [self.whole(place)])

    def load(self, base: ir.Value, place: Number) -> ir.Value:
        return self.builder.load(self.at(base, place), align=LANE_BYTES)

    def store(self, value: ir.Value, base: ir.Value, place: Number) -> None:
        self.builder.store(value, self.at(base, place), align=LANE_BYTES)

    def everywhere(self, value: ir.Value) -> ir.Value:
        """Return a number in each lane."""
        nothing = ir.Constant(ir.VectorType(value.type, self.rule.lanes), ir.Undefined)
        alone = self.builder.insert_element(nothing, value, ir.Constant(_INDEX, 0))
        zeros = ir.Constant(ir.VectorType(_INDEX, self.rule.lanes), None)
        return self.builder.shuffle_vector(alone, nothing, zeros)

    def room(self, rows: int) -> ir.Value:
        """Return memory for so many rows."""
        with self.builder.goto_entry_block():
            made = self.builder.alloca(self.kind, rows)
        made.align = LANE_BYTES
        return made

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        return emit_fma(self.builder, a, b, c)

    def minus(self, a: ir.Value) -> ir.Value:
        return self.builder.fneg(a)

    def widened(self, value: ir.Value) -> ir.Value:
        """Return a vector in double precision."""
        return value if self.rule.double else self.builder.fpext(value, self.wide)

    def scalar(self, which: int) -> ir.Value:
        """Return one of the rows that stay as they are."""
        if which not in self._scalars:
            memory = self.memory
            with self.builder.goto_entry_block():
                self._scalars[which] = self.load(memory, self.places.scalars + which)
        return self._scalars[which]

    # -- the course -------------------------------------------------------------------------------

    def loop(self, begin: Number, end: Number, body: Callable[..., Values | None], *values: ir.Value) -> list[ir.Value]:
        """Do the body, which takes a place and values and returns these anew, from one place up to another."""
        if isinstance(begin, int) and isinstance(end, int) and end - begin <= _UNROLLED:
            found: Values = values
            for place in range(begin, end):
                found = body(place, *found) or ()
            return list(found)
        return self._loop_of_blocks(self.whole(begin), self.whole(end), 1, body, values)

    def loop_down(self, begin: ir.Value, end: ir.Value, body: Callable[[ir.Value], None]) -> None:
        """Do the body from the place before `end` down to `begin`."""

        def mirrored(place: ir.Value) -> None:
            body(self.builder.sub(self.builder.add(begin, end), self.builder.add(place, self.whole(1))))

        self._loop_of_blocks(begin, end, 1, mirrored, ())

    def _loop_of_blocks(
        self, begin: ir.Value, end: ir.Value, step: int, body: Callable[..., Values | None], values: Values
    ) -> list[ir.Value]:
        b = self.builder
        before = b.block
        head, inside, after = (self.function.append_basic_block(name) for name in ("head", "inside", "after"))
        b.branch(head)
        b.position_at_end(head)
        place = b.phi(_INTEGER)
        place.add_incoming(begin, before)
        carried = [b.phi(value.type) for value in values]
        for phi, value in zip(carried, values, strict=True):
            phi.add_incoming(value, before)
        b.cbranch(b.icmp_signed("<", place, end), inside, after)
        b.position_at_end(inside)
        found = body(place, *carried) or ()
        place.add_incoming(b.add(place, self.whole(step)), b.block)
        for phi, value in zip(carried, found, strict=True):
            phi.add_incoming(value, b.block)
        b.branch(head)
        b.position_at_end(after)
        return list(carried)

    def when(self, condition: ir.Value, body: Callable[[], Values | None], *otherwise: ir.Value) -> list[ir.Value]:
        """Do the body if the condition holds, and return its values, or the others."""
        b = self.builder
        before, inside, after = b.block, *(self.function.append_basic_block(name) for name in ("then", "after"))
        b.cbranch(condition, inside, after)
        b.position_at_end(inside)
        found = body() or ()
        last = b.block
        b.branch(after)
        b.position_at_end(after)
        chosen = []
        for value, other in zip(found, otherwise, strict=True):
            phi = b.phi(value.type)
            phi.add_incoming(value, last)
            phi.add_incoming(other, before)
            chosen.append(phi)
        return chosen

    def sum_of(self, products: Sequence[tuple[ir.Value, ir.Value]], start: ir.Value | None = None) -> ir.Value:
        """Add products up in the order of `kernels._sum_of_products`."""
        sums = [start or self.zero] + [self.zero] * (PARTIAL_SUMS - 1)
        for k, (a, b) in enumerate(products):
            sums[k % PARTIAL_SUMS] = self.fma(a, b, sums[k % PARTIAL_SUMS])
        while len(sums) > 1:
            half = len(sums) // 2
            sums = [self.builder.fadd(sums[k], sums[k + half]) for k in range(half)]
        return sums[0]

    def end(self) -> None:
        self.builder.ret_void()

    # -- units ------------------------------------------------------------------------------------

    def activated(self, z: ir.Value) -> ir.Value:
        if self.rule.activation == TANH:
            return emit_tanh(self.builder, z)
        if self.rule.activation == LOGISTIC:
            return self.logistic(z)
        return self.builder.select(self.builder.fcmp_ordered(">", z, self.zero), z, self.zero)

    def logistic(self, z: ir.Value) -> ir.Value:
        return self.fma(self.half, emit_tanh(self.builder, self.builder.fmul(self.half, z)), self.half)

    def times_slope(self, delta: ir.Value, h: ir.Value) -> ir.Value:
        if self.rule.activation == TANH:
            return self.builder.fmul(delta, self.fma(self.minus(h), h, self.one))
        if self.rule.activation == LOGISTIC:
            return self.builder.fmul(delta, self.builder.fmul(h, self.builder.fsub(self.one, h)))
        return self.builder.select(self.builder.fcmp_ordered(">", h, self.zero), delta, self.zero)

    # -- the input and the outputs of a step ------------------------------------------------------

    def vector(self, row: ir.Value) -> ir.Value:
        """Return where an input vector begins."""
        return self.at(self.address(Argument.VECTORS, self.number), self.times(row, self.rule.inputs))

    def row_of(self, which: Argument, t: ir.Value) -> ir.Value:
        """Return which vector a step has."""
        return self.builder.sext(self.builder.load(self.at(self.address(which, _INDEX), t)), _INTEGER)

    def weight_of(self, t: ir.Value) -> ir.Value:
        return self.builder.load(self.at(self.address(Argument.WEIGHTS, self.number), t))

    def is_not_zero(self, x: ir.Value) -> ir.Value:
        return self.builder.fcmp_unordered("!=", x, ir.Constant(self.number, 0.0))

    def go_forward(self, vector: ir.Value, states: ir.Value, before: Number, after: Number) -> None:
        """h = f(cat(x, h_before [, 1]) @ w1), in other rows of the states or the same."""
        rule, hidden = self.rule, self.rule.hidden
        z_rows = self.room(hidden)
        for low, high in parts_of(hidden):
            x = self.everywhere(self.builder.load(vector))
            z = []
            for j in range(low, high):
                w = self.load(self.memory, j)
                bias = self.load(self.memory, (rule.inputs + hidden) * hidden + j) if rule.biases else None
                z.append(self.builder.fmul(x, w) if bias is None else self.fma(x, w, bias))

            def add_input(i: Number, *z: ir.Value, low: int = low) -> Values:
                x = self.builder.load(self.at(vector, i))

                def add() -> Values:
                    return self.plus_products(self.everywhere(x), self.times(i, hidden), low, z)

                return self.when(self.is_not_zero(x), add, *z)

            def add_context(i: Number, *z: ir.Value, low: int = low) -> Values:
                h = self.load(states, self.plus(before, i))
                return self.plus_products(h, self.times(self.plus(i, rule.inputs), hidden), low, z)

            z = self.loop(1, rule.inputs, add_input, *z)
            z = self.loop(0, hidden, add_context, *z)
            for j, value in zip(range(low, high), z, strict=True):
                self.store(value, z_rows, j)

        def activate(j: Number) -> None:
            self.store(self.activated(self.load(z_rows, j)), states, self.plus(after, j))

        self.loop(0, hidden, activate)

    def plus_products(self, x: ir.Value, first: Number, low: int, z: Values) -> Values:
        """z[j] += x * w[first + low + j]."""
        return [self.fma(x, self.load(self.memory, self.plus(first, low + k)), value) for k, value in enumerate(z)]

    def read_out(self, vector: ir.Value, states: ir.Value, row: Number, y: ir.Value) -> None:
        """y = g(cat(h [, x] [, 1]) @ w2)."""
        rule, hidden, outputs = self.rule, self.rule.hidden, self.rule.outputs
        first = rule.rows1 * hidden
        last = first + (rule.rows2 - 1) * outputs
        if outputs == 1:
            start = self.load(self.memory, last) if rule.biases else None
            products = [
                (self.load(states, self.plus(row, j)), self.load(self.memory, first + j)) for j in range(hidden)
            ]
            self.store(self.sum_of(products, start), y, 0)
        else:
            for low, high in parts_of(outputs):
                sums = [self.load(self.memory, last + o) if rule.biases else self.zero for o in range(low, high)]

                def add_hidden(j: Number, *sums: ir.Value, low: int = low) -> Values:
                    h = self.load(states, self.plus(row, j))
                    return self.plus_products(h, self.plus(self.times(j, outputs), first), low, sums)

                for o, value in zip(range(low, high), self.loop(0, hidden, add_hidden, *sums), strict=True):
                    self.store(value, y, o)
        if rule.direct:

            def add_direct(i: Number) -> None:
                x = self.builder.load(self.at(vector, i))

                def add() -> None:
                    everywhere = self.everywhere(x)

                    def add_one(o: Number) -> None:
                        w = self.load(
                            self.memory, self.plus(self.plus(self.times(i, outputs), first + hidden * outputs), o)
                        )
                        self.store(self.fma(everywhere, w, self.load(y, o)), y, o)

                    self.loop(0, outputs, add_one)

                self.when(self.is_not_zero(x), add)

            self.loop(0, rule.inputs, add_direct)
        self.respond(y)

    def respond(self, y: ir.Value) -> None:
        """y = g(y)."""
        b, outputs = self.builder, self.rule.outputs
        if self.rule.output == LOGISTIC_OUTPUT:
            self.loop(0, outputs, lambda o: self.store(self.logistic(self.load(y, o)), y, o))
        elif self.rule.output == SOFTMAX:

            def greater(o: Number, greatest: ir.Value) -> Values:
                value = self.load(y, o)
                return [b.select(b.fcmp_ordered(">", value, greatest), value, greatest)]

            (greatest,) = self.loop(1, outputs, greater, self.load(y, 0))

            def add(o: Number, total: ir.Value) -> Values:
                power = emit_exp(b, b.fsub(self.load(y, o), greatest))
                self.store(power, y, o)
                return [b.fadd(total, power)]

            (total,) = self.loop(0, outputs, add, self.zero)
            self.loop(0, outputs, lambda o: self.store(b.fdiv(self.load(y, o), total), y, o))

    def target(self, row: ir.Value, o: Number) -> ir.Value:
        """Return a number that is wanted, as it stands in the data."""
        place = self.plus(self.times(row, self.rule.outputs), o)
        return self.builder.load(self.at(self.address(Argument.TARGETS, self.number), place))

    def loss(self, y: ir.Value, row: ir.Value) -> ir.Value:
        """Return the loss of a step, in double precision."""
        b, rule = self.builder, self.rule

        def of_distance(o: Number, total: ir.Value) -> Values:
            error = b.fsub(self.load(y, o), self.everywhere(self.target(row, o)))
            if rule.loss == SQUARED_ERROR:
                return [b.fadd(total, self.widened(b.fmul(b.fmul(self.half, error), error)))]
            return [b.fadd(total, self.widened(emit_absolute(b, error)))]

        def of_entropy(o: Number, total: ir.Value) -> Values:
            target = self.target(row, o)
            one = ir.Constant(self.number, 1.0)

            def hit() -> Values:
                share = b.fmul(self.everywhere(target), emit_log(b, self.load(y, o)))
                return [b.fsub(total, self.widened(share))]

            found = self.when(self.is_not_zero(target), hit, total)
            if rule.output == SOFTMAX:
                return found

            def miss() -> Values:
                other = emit_log(b, b.fsub(self.one, self.load(y, o)))
                return [b.fsub(found[0], self.widened(b.fmul(self.everywhere(b.fsub(one, target)), other)))]

            return self.when(b.fcmp_unordered("!=", target, one), miss, *found)

        by_distance = rule.loss in (SQUARED_ERROR, ABSOLUTE_ERROR)
        return self.loop(0, rule.outputs, of_distance if by_distance else of_entropy, constant(self.wide, 0.0))[0]

    def output_delta(self, y: ir.Value, row: ir.Value, e: ir.Value) -> None:
        """e = d loss / d z, where y = g(z)."""
        b, rule, outputs = self.builder, self.rule, self.rule.outputs
        by_distance = rule.loss in (SQUARED_ERROR, ABSOLUTE_ERROR)
        if not by_distance and rule.output == SOFTMAX:

            def add(o: Number, total: ir.Value) -> Values:
                return [b.fadd(total, self.target(row, o))]

            total = self.everywhere(self.loop(0, outputs, add, ir.Constant(self.number, 0.0))[0])

            def put(o: Number) -> None:
                wanted = self.everywhere(self.target(row, o))
                self.store(self.fma(self.load(y, o), total, self.minus(wanted)), e, o)

            self.loop(0, outputs, put)
            return

        def error_of(o: Number) -> None:
            error = b.fsub(self.load(y, o), self.everywhere(self.target(row, o)))
            if rule.loss == ABSOLUTE_ERROR:
                below = b.select(b.fcmp_ordered("<", error, self.zero), constant(self.kind, -1.0), self.zero)
                error = b.select(b.fcmp_ordered(">", error, self.zero), self.one, below)
            self.store(error, e, o)

        self.loop(0, outputs, error_of)
        if not by_distance or rule.output == LINEAR:
            return
        if rule.output == LOGISTIC_OUTPUT:

            def multiply(o: Number) -> None:
                value = self.load(y, o)
                slope = b.fmul(value, b.fsub(self.one, value))
                self.store(b.fmul(self.load(e, o), slope), e, o)

            self.loop(0, outputs, multiply)
            return

        def add_share(o: Number, total: ir.Value) -> Values:
            return [self.fma(self.load(e, o), self.load(y, o), total)]

        (mean,) = self.loop(0, outputs, add_share, self.zero)
        self.loop(0, outputs, lambda o: self.store(b.fmul(self.load(y, o), b.fsub(self.load(e, o), mean)), e, o))

    def share(self, j: Number, e: ir.Value) -> ir.Value:
        """Return what the errors give back to a hidden unit."""
        first, outputs = (
            self.plus(self.times(j, self.rule.outputs), self.rule.rows1 * self.rule.hidden),
            self.rule.outputs,
        )
        products = [(self.load(self.memory, self.plus(first, o)), self.load(e, o)) for o in range(outputs)]
        return self.builder.fmul(*products[0]) if outputs == 1 else self.sum_of(products)


def parts_of(count: int) -> list[tuple[int, int]]:
    """Divide numbers that are calculated side by side into parts whose sums stay in registers."""
    parts = -(-count // _UNROLLED)
    edges = [count * k // parts for k in range(parts + 1)]
    return list(itertools.pairwise(edges))
