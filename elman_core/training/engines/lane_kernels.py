"""The course of a run with networks in lanes: what `kernels.advance` does, for a block of networks at once.

The arithmetic of a time step is done by the kernels of `lane_programs`, which are called by their addresses; here is
what follows from where a block stands. All networks of a block stand at the same place. One that has ended leaves its
lane idle: its weights are written out and set to 0, and nothing of it is looked at again.

All stands in one file, since Numba's cache notices a change only in the file that a kernel itself is written in.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["TOTALS", "Lanes", "advance_lanes", "pack", "unpack"]

_kernel = njit(nogil=True, cache=True, error_model="numpy")
_part = njit(nogil=True, error_model="numpy")
# To hand over all that a run has takes as long as a dozen time steps: what is done in every epoch is no call.
_inline = njit(nogil=True, error_model="numpy", inline="always")

BLOCK = 32
"""As in `kernels.py`, and so are the numbers that follow."""

_FORWARD, _BACKWARD, _MOVE, _VALIDATION = range(4)
(
    _EPOCH, _TIME_STEP, _PHASE, _UPDATE_AT, _BACK_TO, _VALIDATED, _BASE, _MOVES, _SEGMENT,
) = range(9)  # fmt: skip
_NOT_YET, _EARLY, _DIVERGED, _IDLE = range(4)
_ADAM = 2
_BETA1, _BETA2 = 0.9, 0.999
_STEPS, _GO_FORWARD, _BACK, _NORMS, _MOVE_WEIGHTS, _VALIDATE, _FINITE = range(7)
(
    _MEMORY, _STATES, _DELTAS, _CONTEXT, _TOTALS, _VECTORS, _ROWS, _TARGETS, _TARGET_ROWS, _WEIGHTS, _FIRST, _STOP,
    _COUNTED_FROM, _BASE_STEP,
) = range(14)  # fmt: skip
_STEP, _MOMENTUM, _FACTOR, _DECAY, _ROOT = range(5)


TOTALS = 4
_TRAINING_TOTAL, _VALIDATION_TOTAL, _WORK = range(3)


class Lanes(NamedTuple):
    """What the blocks of an ensemble keep, L networks each, and what their kernels are.

    Attributes
    ----------
    memory : (blocks, rows, L)
        In the order of `Places`.
    states : (blocks, steps + 1, H, L)
    end_contexts : (blocks, E, H, L)
    cursor : (blocks, columns)
    moves : (blocks, L)
        Updates done by each network.
    totals : (blocks, TOTALS, L)
        Loss of this epoch so far, training and validation; and two rows for the work.
    deltas : (threads, BLOCK, H, L)
        Memory for the work.
    programs : (7,)
        Addresses of the kernels, in the order of `PROGRAMS`.
    places : (8,)
        First rows of gradient, epoch start, best and last weights, epoch context, validation context, next delta and
        scalars.
    held : (2,)
        First and last row of the gradient of weights that are held.
    """

    memory: Any
    states: Any
    end_contexts: Any
    cursor: Any
    moves: Any
    totals: Any
    deltas: Any
    programs: Any
    places: Any
    held: Any


_GRADIENT, _EPOCH_START, _BEST, _LAST, _EPOCH_CONTEXT, _VALIDATION_CONTEXT, _NEXT_DELTA, _SCALARS = range(8)


@intrinsic
def _call(typing, address, table):
    """Call the function at an address with the address of a table."""

    def generate(_context, builder, _signature, values):
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64).as_pointer()])
        function = builder.inttoptr(values[0], kind.as_pointer())
        builder.call(function, [builder.inttoptr(values[1], ir.IntType(64).as_pointer())])
        return ir.Constant(ir.IntType(64), 0)

    return types.int64(types.int64, types.int64), generate


# -- epochs ---------------------------------------------------------------------------------------


@intrinsic
def _copy_numbers(typing, source, copy, count):
    """Copy the first numbers of an array that stands in one piece."""

    def generate(context, builder, signature, values):
        pointers = [context.make_array(signature.args[k])(context, builder, values[k]).data for k in (1, 0)]
        size = context.get_constant(types.intp, source.dtype.bitwidth // 8)
        cgutils.raw_memmove(builder, *pointers, values[2], size)
        return context.get_dummy_value()

    return types.void(source, copy, types.intp), generate


@_inline
def _copy_rows(memory, source, copy, rows):
    _copy_numbers(memory[source:], memory[copy:], rows * memory.shape[1])


@_part
def _copy_lane(memory, source, copy, rows, lane):
    for row in range(rows):
        memory[copy + row, lane] = memory[source + row, lane]


@_inline
def _put_context(rows, value):
    for j in range(rows.shape[0]):
        for lane in range(rows.shape[1]):
            rows[j, lane] = value


@_inline
def _copy_context(source, copy):
    _copy_numbers(source, copy, source.size)


@_inline
def _begin_segment(block, lanes, run, rule):
    cursor, states = lanes.cursor[block], lanes.states[block]
    hidden, place = states.shape[1], lanes.places[_EPOCH_CONTEXT]
    segment = cursor[_SEGMENT]
    start = run.segments[segment]
    if segment == 0:
        _copy_context(lanes.memory[block, place : place + hidden], states[0])
    elif rule.resets:
        _put_context(states[0], rule.initial_context)
    else:
        _copy_context(states[start - cursor[_BASE]], states[0])
    cursor[_BASE] = cursor[_TIME_STEP] = start
    cursor[_UPDATE_AT] = min(start + rule.k1, run.segments[segment + 1])
    cursor[_PHASE] = _FORWARD


@_inline
def _end_segment(block, lanes, run, rule):
    cursor, states = lanes.cursor[block], lanes.states[block]
    hidden, place = states.shape[1], lanes.places[_EPOCH_CONTEXT]
    row, end = cursor[_TIME_STEP] - cursor[_BASE], run.ends[cursor[_SEGMENT]]
    if end >= 0:
        _copy_context(states[row], lanes.end_contexts[block, end])
    if cursor[_SEGMENT] + 2 == len(run.segments):
        _copy_context(states[row], lanes.memory[block, place : place + hidden])
    cursor[_SEGMENT] += 1
    if cursor[_SEGMENT] + 1 < len(run.segments):
        _begin_segment(block, lanes, run, rule)
    else:
        cursor[_PHASE] = _VALIDATION
        cursor[_VALIDATED] = 0
        cursor[_SEGMENT] = 0
        lanes.totals[block, _VALIDATION_TOTAL] = 0.0


@_inline
def _begin_epoch(block, lanes, run, rule):
    cursor, memory = lanes.cursor[block], lanes.memory[block]
    hidden, place = lanes.states.shape[2], lanes.places[_EPOCH_CONTEXT]
    _copy_rows(memory, 0, lanes.places[_EPOCH_START], lanes.places[_GRADIENT])
    if not rule.carries:
        _put_context(memory[place : place + hidden], rule.initial_context)
    lanes.totals[block, _TRAINING_TOTAL] = 0.0
    cursor[_SEGMENT] = 0
    _begin_segment(block, lanes, run, rule)


@_part
def _note_losses(first, member_ends, totals, losses, validation_losses, validates):
    """Write down what the networks that learn have lost, where it is finite and so are their weights."""
    for lane in range(min(totals.shape[1], len(member_ends) - first)):
        if member_ends[first + lane] == _NOT_YET:
            train, validation = totals[_TRAINING_TOTAL, lane], totals[_VALIDATION_TOTAL, lane]
            if math.isfinite(train) and math.isfinite(validation) and totals[_WORK, lane] == 0.0:
                losses[first + lane] = train
                if validates:
                    validation_losses[first + lane] = validation
                totals[_WORK + 1, lane] = _NOT_YET
            else:
                totals[_WORK + 1, lane] = _DIVERGED
        else:
            totals[_WORK + 1, lane] = _IDLE


@_part
def _note_validation(first, epoch, patience, totals, memory, best, weights, best_losses, best_epochs, patience_from):
    """Keep weights that are the best so far, and note which networks have run out of patience."""
    any_better = False
    for lane in range(min(totals.shape[1], len(best_losses) - first)):
        n, validation = first + lane, totals[_VALIDATION_TOTAL, lane]
        is_better = totals[_WORK + 1, lane] == _NOT_YET and validation < best_losses[n]
        totals[_WORK, lane] = 1.0 if is_better else 0.0
        if is_better:
            any_better = True
            best_losses[n] = validation
            best_epochs[n] = patience_from[n] = epoch
        if totals[_WORK + 1, lane] == _NOT_YET and 0 < patience <= epoch - patience_from[n]:
            totals[_WORK + 1, lane] = _EARLY
    if any_better:
        for lane in range(len(best_losses) - first, totals.shape[1]):
            totals[_WORK, lane] = 0.0
        for row in range(weights):
            for lane in range(totals.shape[1]):
                old = memory[best + row, lane]
                memory[best + row, lane] = memory[row, lane] if totals[_WORK, lane] > 0.0 else old


@_part
def _end_members(block, lanes, network, run):
    """End the networks of which that was noted: each has its best weights, where there are any."""
    memory, totals, weights = lanes.memory[block], lanes.totals[block], lanes.places[_GRADIENT]
    width = memory.shape[1]
    for lane in range(min(width, len(run.member_ends) - block * width)):
        n, end = block * width + lane, totals[_WORK + 1, lane]
        if end not in (_EARLY, _DIVERGED):
            continue
        if end == _DIVERGED:
            _copy_lane(memory, lanes.places[_EPOCH_START], 0, weights, lane)
        if run.best_epochs[n] > 0:
            _copy_lane(memory, 0, lanes.places[_LAST], weights, lane)
            _copy_lane(memory, lanes.places[_BEST], 0, weights, lane)
        _write_member(n, lanes, network, run)
        if end == _DIVERGED:
            run.cursor[n, _EPOCH] -= 1
        run.member_ends[n] = end
        run.end_epochs[n] = run.cursor[n, _EPOCH]
        _set_lane(memory, 0, weights, lane, 0.0)


@_inline
def _end_epoch(block, lanes, network, run, rule, ended, losses, validation_losses, table):
    """End an epoch, and begin the next one if any network still learns; return whether one does."""
    memory, cursor, totals = lanes.memory[block], lanes.cursor[block], lanes.totals[block]
    first = block * memory.shape[1]
    table[_TOTALS] = totals[_WORK].ctypes.data
    _call(lanes.programs[_FINITE], table.ctypes.data)
    cursor[_EPOCH] += 1
    validates = len(run.validation_weights) > 0
    _note_losses(first, run.member_ends, totals, losses[ended], validation_losses[ended], validates)
    if validates:
        _note_validation(
            first, cursor[_EPOCH], rule.patience, totals, memory, lanes.places[_BEST], lanes.places[_GRADIENT],
            run.best_losses, run.best_epochs, run.patience_from,
        )  # fmt: skip
    learns = ends = False
    for lane in range(min(memory.shape[1], len(run.member_ends) - first)):
        learns = learns or totals[_WORK + 1, lane] == _NOT_YET
        ends = ends or totals[_WORK + 1, lane] == _EARLY or totals[_WORK + 1, lane] == _DIVERGED
    if ends:
        _end_members(block, lanes, network, run)
    if learns:
        _begin_epoch(block, lanes, run, rule)
    return learns


# -- updates --------------------------------------------------------------------------------------


@_part
def _set_lane(memory, first, rows, lane, value):
    for row in range(first, first + rows):
        memory[row, lane] = value


@_part
def _clip_factor(clip_norm, squared_norm):
    factor = clip_norm / (math.sqrt(squared_norm) + 1e-6)
    return min(1.0, factor)


@_part
def _adam_step_and_root(rate, moves):
    return rate / (1.0 - _BETA1**moves), 1.0 / math.sqrt(1.0 - _BETA2**moves)


@_inline
def _set_rates(block, lanes, run, rates):
    memory, place = lanes.memory[block], lanes.places[_SCALARS]
    for lane in range(memory.shape[1]):
        n = min(block * memory.shape[1] + lane, len(run.member_ends) - 1)
        memory[place + _STEP, lane] = rates.rate[n]
        memory[place + _MOMENTUM, lane] = rates.momentum[n]
        memory[place + _FACTOR, lane] = 1.0
        memory[place + _DECAY, lane] = rates.weight_decay[n]


@_inline
def _hold(memory, lanes):
    """Leave the weights as they are that are held."""
    for row in range(lanes.held[0], lanes.held[1]):
        for lane in range(memory.shape[1]):
            memory[row, lane] = 0.0


@_inline
def _move(block, lanes, run, rule, rates, table):
    """Shorten the gradients, let weights decay, and move them, as `kernels._move_both` does."""
    memory, place, totals = lanes.memory[block], lanes.places[_SCALARS], lanes.totals[block]
    _hold(memory, lanes)
    if rule.clip_norm > 0.0:
        table[_TOTALS] = totals[_WORK].ctypes.data
        _call(lanes.programs[_NORMS], table.ctypes.data)
    for lane in range(memory.shape[1]):
        n = min(block * memory.shape[1] + lane, len(run.member_ends) - 1)
        if run.member_ends[n] == _NOT_YET:
            lanes.moves[block, lane] += 1
        if rule.clip_norm > 0.0:
            memory[place + _FACTOR, lane] = _clip_factor(rule.clip_norm, totals[_WORK, lane] + totals[_WORK + 1, lane])
        if rule.optimizer == _ADAM:
            step, root = _adam_step_and_root(rates.rate[n], lanes.moves[block, lane])
            memory[place + _STEP, lane] = step
            memory[place + _ROOT, lane] = root
    _call(lanes.programs[_MOVE_WEIGHTS], table.ctypes.data)


# -- whole runs -----------------------------------------------------------------------------------


@_inline
def _aim_at_training(table, run):
    table[_ROWS], table[_TARGET_ROWS] = run.input_rows.ctypes.data, run.target_rows.ctypes.data
    table[_WEIGHTS] = run.weights.ctypes.data


@_inline
def _validate(block, lanes, run, rule, work, table):
    """Predict some steps of the validation part; return how many."""
    cursor, place = lanes.cursor[block], lanes.places[_VALIDATION_CONTEXT]
    hidden = lanes.states.shape[2]
    context = lanes.memory[block, place : place + hidden]
    table[_ROWS] = run.validation_input_rows.ctypes.data
    table[_TARGET_ROWS] = run.validation_target_rows.ctypes.data
    table[_WEIGHTS] = run.validation_weights.ctypes.data
    table[_CONTEXT] = context.ctypes.data
    table[_TOTALS] = lanes.totals[block, _VALIDATION_TOTAL].ctypes.data
    done = 0
    while cursor[_VALIDATED] < len(run.validation_weights) and done < work:
        if cursor[_VALIDATED] == run.validation_segments[cursor[_SEGMENT]]:
            begin = run.validation_begins[cursor[_SEGMENT]]
            if begin >= 0:
                _copy_context(lanes.end_contexts[block, begin], context)
            else:
                _put_context(context, rule.initial_context)
            cursor[_SEGMENT] += 1
        stop = min(run.validation_segments[cursor[_SEGMENT]], cursor[_VALIDATED] + work - done)
        table[_FIRST], table[_STOP] = cursor[_VALIDATED], stop
        _call(lanes.programs[_VALIDATE], table.ctypes.data)
        done += stop - cursor[_VALIDATED]
        cursor[_VALIDATED] = stop
    _aim_at_training(table, run)
    return done


@_inline
def _take_steps(block, lanes, run, rule, left, table):
    """Go some steps by Elman's own rule; return how many."""
    cursor = lanes.cursor[block]
    first, segment_stop = cursor[_TIME_STEP], run.segments[cursor[_SEGMENT] + 1]
    stop = min(first + left, segment_stop)
    for lane in range(lanes.moves.shape[1]):
        lanes.moves[block, lane] += stop - first
    table[_FIRST], table[_STOP] = first, stop
    table[_TOTALS] = lanes.totals[block, _TRAINING_TOTAL].ctypes.data
    _call(lanes.programs[_STEPS], table.ctypes.data)
    cursor[_TIME_STEP] = cursor[_BASE] = stop
    if stop == segment_stop:
        _end_segment(block, lanes, run, rule)
    return stop - first


@_inline
def _go_forward(block, lanes, rule, left, table):
    """Go some steps forward, up to the next update; return how many."""
    cursor, states, memory = lanes.cursor[block], lanes.states[block], lanes.memory[block]
    capacity = len(states) - 1
    if cursor[_TIME_STEP] - cursor[_BASE] == capacity:
        gone = capacity - rule.k2
        for row in range(rule.k2 + 1):
            _copy_context(states[gone + row], states[row])
        cursor[_BASE] += gone
    first = cursor[_TIME_STEP]
    stop = min(first + left, cursor[_UPDATE_AT], cursor[_BASE] + capacity)
    table[_FIRST], table[_STOP], table[_BASE_STEP] = first, stop, cursor[_BASE]
    _call(lanes.programs[_GO_FORWARD], table.ctypes.data)
    cursor[_TIME_STEP] = stop
    if stop == cursor[_UPDATE_AT]:
        cursor[_PHASE] = _BACKWARD
        cursor[_BACK_TO] = stop
        weights, next_delta = lanes.places[_GRADIENT], lanes.places[_NEXT_DELTA]
        if not rule.gathers or cursor[_SEGMENT] == 0:
            _put_context(memory[weights : 2 * weights], 0.0)
        _put_context(memory[next_delta : next_delta + states.shape[1]], 0.0)
    return stop - first


@_inline
def _go_back(block, lanes, run, rule, left, table):
    """Go some steps back; return how many."""
    cursor = lanes.cursor[block]
    update_at, start = cursor[_UPDATE_AT], run.segments[cursor[_SEGMENT]]
    begin = max(start, update_at - rule.k2)
    back_to, done = cursor[_BACK_TO], 0
    table[_COUNTED_FROM] = start + (update_at - 1 - start) // rule.k1 * rule.k1
    table[_BASE_STEP] = cursor[_BASE]
    table[_TOTALS] = lanes.totals[block, _TRAINING_TOTAL].ctypes.data
    while back_to > begin and left > done:
        stop = max(begin, (back_to - 1) // BLOCK * BLOCK)
        table[_FIRST], table[_STOP] = stop, back_to
        _call(lanes.programs[_BACK], table.ctypes.data)
        done += back_to - stop
        back_to = stop
    cursor[_BACK_TO] = back_to
    if back_to == begin:
        cursor[_PHASE] = _MOVE
    return done


@_kernel
def advance_lanes(
    first_block, last_block, thread, lanes, network, run, rule, rates, one_step, work, last_epoch, losses,
    validation_losses,
):  # fmt: skip
    """Do about `work` steps forward or back with each network of the blocks; return the work that is left.

    Ends early when as many epochs have ended as `losses` has rows.
    """
    width, networks = lanes.memory.shape[2], len(run.member_ends)
    table = np.zeros(16, np.int64)
    table[_DELTAS] = lanes.deltas[thread].ctypes.data
    table[_VECTORS], table[_TARGETS] = run.inputs.ctypes.data, run.targets.ctypes.data
    _aim_at_training(table, run)
    least_left, last_segment = work, len(run.segments) - 2
    for block in range(first_block, last_block):
        learns = False
        for n in range(block * width, min((block + 1) * width, networks)):
            learns = learns or run.member_ends[n] == _NOT_YET
        if not learns:
            continue
        cursor = lanes.cursor[block]
        table[_MEMORY], table[_STATES] = lanes.memory[block].ctypes.data, lanes.states[block].ctypes.data
        _set_rates(block, lanes, run, rates)
        left, ended = work, 0
        while left > 0 and ended < len(losses) and cursor[_EPOCH] < last_epoch:
            if cursor[_PHASE] == _FORWARD:
                if one_step:
                    left -= _take_steps(block, lanes, run, rule, left, table)
                else:
                    left -= _go_forward(block, lanes, rule, left, table)
            elif cursor[_PHASE] == _BACKWARD:
                left -= _go_back(block, lanes, run, rule, left, table)
            if cursor[_PHASE] == _MOVE:
                at_end = cursor[_TIME_STEP] == run.segments[cursor[_SEGMENT] + 1]
                if not rule.gathers or (at_end and cursor[_SEGMENT] == last_segment):
                    _move(block, lanes, run, rule, rates, table)
                if at_end:
                    _end_segment(block, lanes, run, rule)
                else:
                    cursor[_PHASE] = _FORWARD
                    cursor[_UPDATE_AT] = min(cursor[_TIME_STEP] + rule.k1, run.segments[cursor[_SEGMENT] + 1])
            if cursor[_PHASE] == _VALIDATION:
                if len(run.validation_weights):
                    left -= _validate(block, lanes, run, rule, left, table)
                if cursor[_VALIDATED] == len(run.validation_weights):
                    learns = _end_epoch(block, lanes, network, run, rule, ended, losses, validation_losses, table)
                    if not learns:
                        break
                    ended += 1
        if learns:
            least_left = min(left, least_left)
            _write_weights(block * width, block, lanes, network, run.cursor, run.member_ends)
    return least_left


# -- to and from the order of the other kernels ---------------------------------------------------


@_part
def _read_matrix(matrix, memory, first, lane):
    row = first
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[1]):
            memory[row, lane] = matrix[i, j]
            row += 1
    return row


@_part
def _write_matrix(matrix, memory, first, lane):
    row = first
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[1]):
            matrix[i, j] = memory[row, lane]
            row += 1
    return row


@_part
def _read_rows(rows, memory, lane):
    """Rows (r or more, H) to memory (r, H, L)."""
    for r in range(memory.shape[0]):
        for j in range(rows.shape[1]):
            memory[r, j, lane] = rows[r, j]


@_part
def _write_rows(rows, memory, lane):
    for r in range(memory.shape[0]):
        for j in range(rows.shape[1]):
            rows[r, j] = memory[r, j, lane]


@_part
def _write_weights(first, block, lanes, network, cursor, member_ends):
    """Write the weights of a block's networks that still learn, and where they stand."""
    memory = lanes.memory[block]
    for lane in range(min(memory.shape[1], len(member_ends) - first)):
        n = first + lane
        if member_ends[n] == _NOT_YET:
            _write_matrix(network.w2[n], memory, _write_matrix(network.w1[n], memory, 0, lane), lane)
            cursor[n] = lanes.cursor[block]
            cursor[n, _MOVES] = lanes.moves[block, lane]


@_part
def _write_member(n, lanes, network, run):
    """Write all that belongs to a network where the other kernels have it."""
    width, hidden = lanes.memory.shape[2], lanes.states.shape[2]
    block, lane = n // width, n % width
    memory = lanes.memory[block]
    row = _write_matrix(network.w2[n], memory, _write_matrix(network.w1[n], memory, 0, lane), lane)
    row = _write_matrix(network.w1_gradient[n], memory, lanes.places[_GRADIENT], lane)
    row = _write_matrix(network.w2_gradient[n], memory, row, lane)
    row = _write_matrix(network.w1_moment1[n], memory, row, lane)
    row = _write_matrix(network.w2_moment1[n], memory, row, lane)
    row = _write_matrix(network.w1_moment2[n], memory, row, lane)
    row = _write_matrix(network.w2_moment2[n], memory, row, lane)
    row = _write_matrix(network.w1_epoch_start[n], memory, row, lane)
    row = _write_matrix(network.w2_epoch_start[n], memory, row, lane)
    row = _write_matrix(network.w1_best[n], memory, row, lane)
    row = _write_matrix(network.w2_best[n], memory, row, lane)
    row = _write_matrix(network.w1_last[n], memory, row, lane)
    _write_matrix(network.w2_last[n], memory, row, lane)
    for j in range(hidden):
        run.epoch_context[n, 0, j] = memory[lanes.places[_EPOCH_CONTEXT] + j, lane]
        run.validation_context[n, 0, j] = memory[lanes.places[_VALIDATION_CONTEXT] + j, lane]
        run.next_delta[n, 0, j] = memory[lanes.places[_NEXT_DELTA] + j, lane]
    _write_rows(run.states[n], lanes.states[block], lane)
    _write_rows(run.end_contexts[n], lanes.end_contexts[block], lane)
    run.cursor[n] = lanes.cursor[block]
    run.cursor[n, _MOVES] = lanes.moves[block, lane]
    run.totals[n, 0], run.totals[n, 1] = lanes.totals[block, 0, lane], lanes.totals[block, 1, lane]


@_kernel
def pack(lanes, network, run):
    """Bring all networks into lanes; those that have ended have weights of 0 there."""
    width, hidden = lanes.memory.shape[2], lanes.states.shape[2]
    for n in range(len(run.member_ends)):
        if run.member_ends[n] != _NOT_YET:
            continue
        block, lane = n // width, n % width
        memory = lanes.memory[block]
        row = _read_matrix(network.w2[n], memory, _read_matrix(network.w1[n], memory, 0, lane), lane)
        row = _read_matrix(network.w1_gradient[n], memory, row, lane)
        row = _read_matrix(network.w2_gradient[n], memory, row, lane)
        row = _read_matrix(network.w1_moment1[n], memory, row, lane)
        row = _read_matrix(network.w2_moment1[n], memory, row, lane)
        row = _read_matrix(network.w1_moment2[n], memory, row, lane)
        row = _read_matrix(network.w2_moment2[n], memory, row, lane)
        row = _read_matrix(network.w1_epoch_start[n], memory, row, lane)
        row = _read_matrix(network.w2_epoch_start[n], memory, row, lane)
        row = _read_matrix(network.w1_best[n], memory, row, lane)
        row = _read_matrix(network.w2_best[n], memory, row, lane)
        row = _read_matrix(network.w1_last[n], memory, row, lane)
        row = _read_matrix(network.w2_last[n], memory, row, lane)
        for j in range(hidden):
            memory[lanes.places[_EPOCH_CONTEXT] + j, lane] = run.epoch_context[n, 0, j]
            memory[lanes.places[_VALIDATION_CONTEXT] + j, lane] = run.validation_context[n, 0, j]
            memory[lanes.places[_NEXT_DELTA] + j, lane] = run.next_delta[n, 0, j]
        _read_rows(run.states[n], lanes.states[block], lane)
        _read_rows(run.end_contexts[n], lanes.end_contexts[block], lane)
        lanes.cursor[block] = run.cursor[n]
        lanes.moves[block, lane] = run.cursor[n, _MOVES]
        lanes.totals[block, 0, lane], lanes.totals[block, 1, lane] = run.totals[n, 0], run.totals[n, 1]


@_kernel
def unpack(lanes, network, run):
    """Bring all that networks have that still learn back; of others it was done when they ended."""
    for n in range(len(run.member_ends)):
        if run.member_ends[n] == _NOT_YET:
            _write_member(n, lanes, network, run)
