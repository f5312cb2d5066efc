"""The course of a run with networks in lanes: what `kernels.advance` does, for a block of networks at once.

The arithmetic of a time step is done by the kernels of `lane_programs`, which are called by their addresses; here is
what follows from where a block stands. All networks of a block stand at the same place. One that has ended leaves its
lane idle: its weights are written out and set to 0, and nothing of it is looked at again.

All stands in one file, since Numba's cache notices a change only in the file that a kernel itself is written in.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["TOTALS", "Lanes", "advance_lanes", "pack", "unpack"]

# Nothing here makes an array, and Numba is told so (_nrt). Else it would count who holds each array of a tuple whenever
# that is handed over, which takes longer than all that an epoch needs beside its time steps.
_kernel: Any = njit(nogil=True, cache=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload]
_part: Any = njit(nogil=True, error_model="numpy", _nrt=False)  # type: ignore[call-overload]
_inline: Any = njit(nogil=True, error_model="numpy", inline="always", _nrt=False)  # type: ignore[call-overload]

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
_DOUBLE_BYTES = 8
_TRAINING_TOTAL, _VALIDATION_TOTAL, _WORK = range(3)


class Lanes(NamedTuple):
    """What the blocks of an ensemble keep, L networks each, and what their kernels are.

    Attributes
    ----------
    memory : (blocks, rows, L)
        In the order of `Places`.
    states : (blocks, (steps + 1) * H, L)
        H rows for each time step.
    end_contexts : (blocks, E * H, L)
    cursor : (blocks, columns)
    moves : (blocks, L)
        Updates done by each network.
    totals : (blocks, TOTALS, L)
        Loss of this epoch so far, training and validation; and two rows for the work.
    deltas : (threads, BLOCK, H, L)
        Memory for the work.
    tables : (threads, 16)
        What the kernels are called with, in the order of `Argument`.
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
    tables: Any
    programs: Any
    places: Any
    held: Any


class Block(NamedTuple):
    """What one block has of all that.

    Attributes
    ----------
    first
        The number of its first network.
    memory, states, end_contexts, cursor, moves, totals
        As in `Lanes`.
    """

    first: Any
    memory: Any
    states: Any
    end_contexts: Any
    cursor: Any
    moves: Any
    totals: Any


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
def _copy_numbers(typing, source, source_at, copy, copy_at, count):
    """Copy numbers between arrays that each stand in one piece, or within one."""

    def generate(context, builder, signature, values):
        pointers = [
            builder.gep(context.make_array(signature.args[k])(context, builder, values[k]).data, [values[k + 1]])
            for k in (2, 0)
        ]
        size = context.get_constant(types.intp, source.dtype.bitwidth // 8)
        cgutils.raw_memmove(builder, *pointers, values[4], size)
        return context.get_dummy_value()

    return types.void(source, types.intp, copy, types.intp, types.intp), generate


@_inline
def _copy_rows(source, source_row, copy, copy_row, rows):
    width = source.shape[1]
    _copy_numbers(source, source_row * width, copy, copy_row * width, rows * width)


@_inline
def _put_rows(rows, first, count, value):
    for row in range(first, first + count):
        for lane in range(rows.shape[1]):
            rows[row, lane] = value


@_part
def _copy_lane(memory, source, copy, rows, lane):
    for row in range(rows):
        memory[copy + row, lane] = memory[source + row, lane]


@_inline
def _begin_segment(block, lanes, run, rule, hidden):
    cursor, segment = block.cursor, block.cursor[_SEGMENT]
    start = run.segments[segment]
    if segment == 0:
        _copy_rows(block.memory, lanes.places[_EPOCH_CONTEXT], block.states, 0, hidden)
    elif rule.resets:
        _put_rows(block.states, 0, hidden, rule.initial_context)
    else:
        _copy_rows(block.states, (start - cursor[_BASE]) * hidden, block.states, 0, hidden)
    cursor[_BASE] = cursor[_TIME_STEP] = start
    cursor[_UPDATE_AT] = min(start + rule.k1, run.segments[segment + 1])
    cursor[_PHASE] = _FORWARD


@_inline
def _end_segment(block, lanes, run, rule, hidden):
    cursor = block.cursor
    row, end = (cursor[_TIME_STEP] - cursor[_BASE]) * hidden, run.ends[cursor[_SEGMENT]]
    if end >= 0:
        _copy_rows(block.states, row, block.end_contexts, end * hidden, hidden)
    if cursor[_SEGMENT] + 2 == len(run.segments):
        _copy_rows(block.states, row, block.memory, lanes.places[_EPOCH_CONTEXT], hidden)
    cursor[_SEGMENT] += 1
    if cursor[_SEGMENT] + 1 < len(run.segments):
        _begin_segment(block, lanes, run, rule, hidden)
    else:
        cursor[_PHASE] = _VALIDATION
        cursor[_VALIDATED] = 0
        cursor[_SEGMENT] = 0
        _put_rows(block.totals, _VALIDATION_TOTAL, 1, 0.0)


@_inline
def _begin_epoch(block, lanes, run, rule, hidden):
    places = lanes.places
    _copy_rows(block.memory, 0, block.memory, places[_EPOCH_START], places[_GRADIENT])
    if not rule.carries:
        _put_rows(block.memory, places[_EPOCH_CONTEXT], hidden, rule.initial_context)
    _put_rows(block.totals, _TRAINING_TOTAL, 1, 0.0)
    block.cursor[_SEGMENT] = 0
    _begin_segment(block, lanes, run, rule, hidden)


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
def _end_members(first, lanes, network, run):
    """End the networks of which that was noted: each has its best weights, where there are any."""
    width = lanes.memory.shape[2]
    block, weights = first // width, lanes.places[_GRADIENT]
    memory, totals = lanes.memory[block], lanes.totals[block]
    for lane in range(min(width, len(run.member_ends) - first)):
        n, end = first + lane, totals[_WORK + 1, lane]
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
def _end_epoch(block, learning, lanes, network, run, rule, hidden, ended, losses, validation_losses, table, address):
    """End an epoch, and begin the next one if any network still learns; return how many do."""
    memory, cursor, totals, first = block.memory, block.cursor, block.totals, block.first
    validates, width = len(run.validation_weights) > 0, memory.shape[1]
    table[_TOTALS] = totals.ctypes.data + _WORK * width * _DOUBLE_BYTES
    _call(lanes.programs[_FINITE], address)
    cursor[_EPOCH] += 1
    goes_on = learning == width and not validates  # as it is most often
    for lane in range(width):
        goes_on &= math.isfinite(totals[_TRAINING_TOTAL, lane] + totals[_WORK, lane])
    if goes_on:
        _copy_numbers(totals, _TRAINING_TOTAL * width, losses, ended * losses.shape[1] + first, width)
    else:
        learning = _judge(first, cursor[_EPOCH], lanes, network, run, rule, losses[ended], validation_losses[ended])
    if learning:
        _begin_epoch(block, lanes, run, rule, hidden)
    return learning


@_part
def _judge(first, epoch, lanes, network, run, rule, losses, validation_losses):
    """Write down an epoch's losses, keep the best weights, and end who is to end; return how many still learn."""
    block = first // lanes.memory.shape[2]
    memory, totals, validates = lanes.memory[block], lanes.totals[block], len(run.validation_weights) > 0
    _note_losses(first, run.member_ends, totals, losses, validation_losses, validates)
    if validates:
        _note_validation(
            first, epoch, rule.patience, totals, memory, lanes.places[_BEST], lanes.places[_GRADIENT],
            run.best_losses, run.best_epochs, run.patience_from,
        )  # fmt: skip
    learn = ends = 0
    for lane in range(min(memory.shape[1], len(run.member_ends) - first)):
        learn += totals[_WORK + 1, lane] == _NOT_YET
        ends += totals[_WORK + 1, lane] == _EARLY or totals[_WORK + 1, lane] == _DIVERGED
    if ends:
        _end_members(first, lanes, network, run)
    return learn


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
    memory, place = block.memory, lanes.places[_SCALARS]
    for lane in range(memory.shape[1]):
        n = min(block.first + lane, len(run.member_ends) - 1)
        memory[place + _STEP, lane] = rates.rate[n]
        memory[place + _MOMENTUM, lane] = rates.momentum[n]
        memory[place + _FACTOR, lane] = 1.0
        memory[place + _DECAY, lane] = rates.weight_decay[n]


@_inline
def _move(block, lanes, run, rule, rates, table, address):
    """Shorten the gradients, let weights decay, and move them, as `kernels._move_both` does."""
    memory, place, totals = block.memory, lanes.places[_SCALARS], block.totals
    width = memory.shape[1]
    _put_rows(memory, lanes.held[0], lanes.held[1] - lanes.held[0], 0.0)  # weights that are held stay as they are
    if rule.clip_norm > 0.0:
        table[_TOTALS] = totals.ctypes.data + _WORK * width * _DOUBLE_BYTES
        _call(lanes.programs[_NORMS], address)
    for lane in range(width):
        n = min(block.first + lane, len(run.member_ends) - 1)
        if run.member_ends[n] == _NOT_YET:
            block.moves[lane] += 1
        if rule.clip_norm > 0.0:
            memory[place + _FACTOR, lane] = _clip_factor(rule.clip_norm, totals[_WORK, lane] + totals[_WORK + 1, lane])
        if rule.optimizer == _ADAM:
            step, root = _adam_step_and_root(rates.rate[n], block.moves[lane])
            memory[place + _STEP, lane] = step
            memory[place + _ROOT, lane] = root
    _call(lanes.programs[_MOVE_WEIGHTS], address)


# -- whole runs -----------------------------------------------------------------------------------


@_inline
def _aim_at_training(table, run):
    table[_ROWS], table[_TARGET_ROWS] = run.input_rows.ctypes.data, run.target_rows.ctypes.data
    table[_WEIGHTS] = run.weights.ctypes.data


@_inline
def _validate(block, lanes, run, rule, hidden, work, table, address):
    """Predict some steps of the validation part; return how many."""
    cursor, memory, context = block.cursor, block.memory, lanes.places[_VALIDATION_CONTEXT]
    row_bytes = memory.shape[1] * memory.itemsize
    table[_ROWS] = run.validation_input_rows.ctypes.data
    table[_TARGET_ROWS] = run.validation_target_rows.ctypes.data
    table[_WEIGHTS] = run.validation_weights.ctypes.data
    table[_CONTEXT] = memory.ctypes.data + context * row_bytes
    table[_TOTALS] = block.totals.ctypes.data + _VALIDATION_TOTAL * memory.shape[1] * _DOUBLE_BYTES
    done = 0
    while cursor[_VALIDATED] < len(run.validation_weights) and done < work:
        if cursor[_VALIDATED] == run.validation_segments[cursor[_SEGMENT]]:
            begin = run.validation_begins[cursor[_SEGMENT]]
            if begin >= 0:
                _copy_rows(block.end_contexts, begin * hidden, memory, context, hidden)
            else:
                _put_rows(memory, context, hidden, rule.initial_context)
            cursor[_SEGMENT] += 1
        stop = min(run.validation_segments[cursor[_SEGMENT]], cursor[_VALIDATED] + work - done)
        table[_FIRST], table[_STOP] = cursor[_VALIDATED], stop
        _call(lanes.programs[_VALIDATE], address)
        done += stop - cursor[_VALIDATED]
        cursor[_VALIDATED] = stop
    _aim_at_training(table, run)
    return done


@_inline
def _take_steps(block, lanes, run, rule, hidden, left, table, address):
    """Go some steps by Elman's own rule; return how many."""
    cursor = block.cursor
    first, segment_stop = cursor[_TIME_STEP], run.segments[cursor[_SEGMENT] + 1]
    stop = min(first + left, segment_stop)
    for lane in range(len(block.moves)):
        block.moves[lane] += stop - first
    table[_FIRST], table[_STOP] = first, stop
    table[_TOTALS] = block.totals.ctypes.data
    _call(lanes.programs[_STEPS], address)
    cursor[_TIME_STEP] = cursor[_BASE] = stop
    if stop == segment_stop:
        _end_segment(block, lanes, run, rule, hidden)
    return stop - first


@_inline
def _go_forward(block, lanes, rule, hidden, left, table, address):
    """Go some steps forward, up to the next update; return how many."""
    cursor, states, memory = block.cursor, block.states, block.memory
    capacity = len(states) // hidden - 1
    if cursor[_TIME_STEP] - cursor[_BASE] == capacity:
        gone = capacity - rule.k2
        _copy_rows(states, gone * hidden, states, 0, (rule.k2 + 1) * hidden)
        cursor[_BASE] += gone
    first = cursor[_TIME_STEP]
    stop = min(first + left, cursor[_UPDATE_AT], cursor[_BASE] + capacity)
    table[_FIRST], table[_STOP], table[_BASE_STEP] = first, stop, cursor[_BASE]
    _call(lanes.programs[_GO_FORWARD], address)
    cursor[_TIME_STEP] = stop
    if stop == cursor[_UPDATE_AT]:
        cursor[_PHASE] = _BACKWARD
        cursor[_BACK_TO] = stop
        weights = lanes.places[_GRADIENT]
        if not rule.gathers or cursor[_SEGMENT] == 0:
            _put_rows(memory, weights, weights, 0.0)
        _put_rows(memory, lanes.places[_NEXT_DELTA], hidden, 0.0)
    return stop - first


@_inline
def _go_back(block, lanes, run, rule, left, table, address):
    """Go some steps back; return how many."""
    cursor = block.cursor
    update_at, start = cursor[_UPDATE_AT], run.segments[cursor[_SEGMENT]]
    begin = max(start, update_at - rule.k2)
    back_to, done = cursor[_BACK_TO], 0
    table[_COUNTED_FROM] = start + (update_at - 1 - start) // rule.k1 * rule.k1
    table[_BASE_STEP] = cursor[_BASE]
    table[_TOTALS] = block.totals.ctypes.data
    while back_to > begin and left > done:
        stop = max(begin, (back_to - 1) // BLOCK * BLOCK)
        table[_FIRST], table[_STOP] = stop, back_to
        _call(lanes.programs[_BACK], address)
        done += back_to - stop
        back_to = stop
    cursor[_BACK_TO] = back_to
    if back_to == begin:
        cursor[_PHASE] = _MOVE
    return done


@_part
def _learning(first, width, member_ends):
    """Count the networks of a block that still learn."""
    count = 0
    for n in range(first, min(first + width, len(member_ends))):
        count += member_ends[n] == _NOT_YET
    return count


@_kernel
def advance_lanes(
    first_block, last_block, thread, lanes, network, run, rule, rates, one_step, work, last_epoch, losses,
    validation_losses,
):  # fmt: skip
    """Do about `work` steps forward or back with each network of the blocks; return the work that is left.

    Ends early when as many epochs have ended as `losses` has rows.
    """
    hidden, width = lanes.deltas.shape[2:]
    table = lanes.tables[thread]
    address = table.ctypes.data
    table[_DELTAS] = lanes.deltas[thread].ctypes.data
    table[_VECTORS], table[_TARGETS] = run.inputs.ctypes.data, run.targets.ctypes.data
    _aim_at_training(table, run)
    least_left, last_segment = work, len(run.segments) - 2
    for number in range(first_block, last_block):
        learning = _learning(number * width, width, run.member_ends)
        if learning == 0:
            continue
        block = Block(
            number * width, lanes.memory[number], lanes.states[number], lanes.end_contexts[number],
            lanes.cursor[number], lanes.moves[number], lanes.totals[number],
        )  # fmt: skip
        cursor = block.cursor
        table[_MEMORY], table[_STATES] = block.memory.ctypes.data, block.states.ctypes.data
        _set_rates(block, lanes, run, rates)
        left, ended = work, 0
        while left > 0 and ended < len(losses) and cursor[_EPOCH] < last_epoch:
            if cursor[_PHASE] == _FORWARD:
                if one_step:
                    left -= _take_steps(block, lanes, run, rule, hidden, left, table, address)
                else:
                    left -= _go_forward(block, lanes, rule, hidden, left, table, address)
            elif cursor[_PHASE] == _BACKWARD:
                left -= _go_back(block, lanes, run, rule, left, table, address)
            if cursor[_PHASE] == _MOVE:
                at_end = cursor[_TIME_STEP] == run.segments[cursor[_SEGMENT] + 1]
                if not rule.gathers or (at_end and cursor[_SEGMENT] == last_segment):
                    _move(block, lanes, run, rule, rates, table, address)
                if at_end:
                    _end_segment(block, lanes, run, rule, hidden)
                else:
                    cursor[_PHASE] = _FORWARD
                    cursor[_UPDATE_AT] = min(cursor[_TIME_STEP] + rule.k1, run.segments[cursor[_SEGMENT] + 1])
            if cursor[_PHASE] == _VALIDATION:
                if len(run.validation_weights):
                    left -= _validate(block, lanes, run, rule, hidden, left, table, address)
                if cursor[_VALIDATED] == len(run.validation_weights):
                    learning = _end_epoch(
                        block, learning, lanes, network, run, rule, hidden, ended, losses, validation_losses, table,
                        address,
                    )  # fmt: skip
                    if learning == 0:
                        break
                    ended += 1
        if learning:
            least_left = min(left, least_left)
            _write_weights(number * width, number, lanes, network, run.cursor, run.member_ends)
    return least_left


# -- to and from the order of the other kernels ---------------------------------------------------


@_part
def _copy_row(source, source_row, copy, copy_row):
    for column in range(source.shape[1]):
        copy[copy_row, column] = source[source_row, column]


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
    """Rows (r or more, H) to memory (r * H, L)."""
    hidden = rows.shape[1]
    for row in range(memory.shape[0]):
        memory[row, lane] = rows[row // hidden, row % hidden]


@_part
def _write_rows(rows, memory, lane):
    hidden = rows.shape[1]
    for row in range(memory.shape[0]):
        rows[row // hidden, row % hidden] = memory[row, lane]


@_part
def _write_weights(first, block, lanes, network, cursor, member_ends):
    """Write the weights of a block's networks that still learn, and where they stand."""
    memory = lanes.memory[block]
    for lane in range(min(memory.shape[1], len(member_ends) - first)):
        n = first + lane
        if member_ends[n] == _NOT_YET:
            _write_matrix(network.w2[n], memory, _write_matrix(network.w1[n], memory, 0, lane), lane)
            _copy_row(lanes.cursor, block, cursor, n)
            cursor[n, _MOVES] = lanes.moves[block, lane]


@_part
def _write_member(n, lanes, network, run):
    """Write all that belongs to a network where the other kernels have it."""
    hidden, width = lanes.deltas.shape[2:]
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
    _copy_row(lanes.cursor, block, run.cursor, n)
    run.cursor[n, _MOVES] = lanes.moves[block, lane]
    run.totals[n, 0], run.totals[n, 1] = lanes.totals[block, 0, lane], lanes.totals[block, 1, lane]


@_kernel
def pack(lanes, network, run):
    """Bring all networks into lanes; those that have ended have weights of 0 there."""
    hidden, width = lanes.deltas.shape[2:]
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
        _copy_row(run.cursor, n, lanes.cursor, block)
        lanes.moves[block, lane] = run.cursor[n, _MOVES]
        lanes.totals[block, 0, lane], lanes.totals[block, 1, lane] = run.totals[n, 0], run.totals[n, 1]


@_kernel
def unpack(lanes, network, run):
    """Bring all that networks have that still learn back; of others it was done when they ended."""
    for n in range(len(run.member_ends)):
        if run.member_ends[n] == _NOT_YET:
            _write_member(n, lanes, network, run)
