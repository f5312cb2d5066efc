"""The lanes' optimisers: how gradients become changes of the weights."""

from __future__ import annotations

from llvmlite import ir

from elman_core.training.engines.kernels import (
    ADAM,
    BETA1,
    BETA2,
    EPSILON,
    FALL,
    GREATEST_STEP,
    LEAST_STEP,
    RISE,
    SGD,
    constant,
    emit_root,
)
from elman_core.training.engines.lane_rule import DECAY, FACTOR, MOMENTUM, ROOT, STEP, Argument
from elman_core.training.engines.lane_source import LaneCode, Number, Values

__all__ = ["write_move", "write_norms"]


def write_norms(code: LaneCode) -> None:
    """Put them into two rows of `TOTALS`, in the order of `kernels._squared_norm`."""
    rule, b = code.rule, code.builder
    norms = code.address(Argument.TOTALS, code.wide)
    first = code.places.gradient
    for which, (rows, columns) in enumerate(((rule.rows1, rule.hidden), (rule.rows2, rule.outputs))):

        def add_row(i: Number, *sums: ir.Value, first: int = first, columns: int = columns) -> Values:
            found = list(sums)
            for j in range(columns):
                g = code.load(code.memory, code.plus(code.times(i, columns), first + j))
                found[j % 4] = b.fadd(found[j % 4], code.widened(b.fmul(g, g)))
            return found

        s = code.loop(0, rows, add_row, *[constant(code.wide, 0.0)] * 4)
        code.store(b.fadd(b.fadd(s[0], s[1]), b.fadd(s[2], s[3])), norms, which)
        first += rows * columns


def write_move(code: LaneCode) -> None:
    """One step of the optimiser, as `kernels._move` does it."""
    rule, b, places = code.rule, code.builder, code.places
    step = code.scalar(STEP)

    def move(k: Number) -> None:
        w, g = code.load(code.memory, k), code.load(code.memory, code.plus(k, places.gradient))
        if rule.prepares:
            changed = code.fma(code.scalar(FACTOR), g, b.fmul(code.scalar(DECAY), w))
            # A network alone whose weights do not decay leaves its gradient as it is.
            as_it_is = b.and_(
                b.fcmp_ordered("==", code.scalar(FACTOR), code.one), b.fcmp_ordered("==", code.scalar(DECAY), code.zero)
            )
            g = b.select(as_it_is, g, changed)
            code.store(g, code.memory, code.plus(k, places.gradient))
        first, second = code.plus(k, places.moment1), code.plus(k, places.moment2)
        if rule.optimizer == SGD:
            if rule.momentum:
                kept, old = code.scalar(MOMENTUM), code.load(code.memory, first)
                velocity = code.fma(kept, old, g)
                has = b.fcmp_ordered("!=", kept, code.zero)
                code.store(b.select(has, velocity, old), code.memory, first)
                g = b.select(has, velocity, g)
            w = code.fma(code.minus(step), g, w)
        elif rule.optimizer == ADAM:
            m, v = code.load(code.memory, first), code.load(code.memory, second)
            # The difference is taken in the weights' own type, as kernels.py does.
            beta1, beta2 = constant(code.kind, BETA1), constant(code.kind, BETA2)
            m = code.fma(b.fsub(code.one, beta1), b.fsub(g, m), m)
            v = code.fma(b.fmul(b.fsub(code.one, beta2), g), g, b.fmul(beta2, v))
            below = code.fma(emit_root(b, v), code.scalar(ROOT), constant(code.kind, EPSILON))
            w = b.fsub(w, b.fdiv(b.fmul(step, m), below))
            code.store(m, code.memory, first)
            code.store(v, code.memory, second)
        else:
            before, size = code.load(code.memory, first), code.load(code.memory, second)
            agreement = b.fmul(g, before)
            agrees, differs = (b.fcmp_ordered(sign, agreement, code.zero) for sign in "><")
            grown, shrunk = b.fmul(size, constant(code.kind, RISE)), b.fmul(size, constant(code.kind, FALL))
            most, least = constant(code.kind, GREATEST_STEP), constant(code.kind, LEAST_STEP)
            grown = b.select(b.fcmp_ordered("<", grown, most), grown, most)
            shrunk = b.select(b.fcmp_ordered(">", shrunk, least), shrunk, least)
            size = b.select(agrees, grown, b.select(differs, shrunk, size))
            g = b.select(differs, code.zero, g)
            down, up = (b.fcmp_ordered(sign, g, code.zero) for sign in "><")
            w = b.select(down, b.fsub(w, size), b.select(up, b.fadd(w, size), w))
            code.store(g, code.memory, first)
            code.store(size, code.memory, second)
        code.store(w, code.memory, k)

    code.loop(0, rule.weights, move)
