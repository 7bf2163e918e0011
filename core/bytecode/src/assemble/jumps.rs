//! Jump targets to distances (`resolve_unconditional_jumps`, `resolve_jump_offsets`).

use super::{extended_args, instruction_size};
use crate::flowgraph::{FinalSequence, MalformedCode};
use crate::instruction::Instruction;
use crate::opcode::Opcode;
use crate::target::Encoding;

/// Code units from a `SEND` to the `END_SEND` that monitoring wants from `END_ASYNC_FOR`.
const END_SEND_OFFSET: u32 = 5;

/// Replaces the indices in jumps by distances in code units; gives the instructions'
/// offsets, and behind them that of the code's end.
///
/// Distances need `EXTENDED_ARG`s, which change distances: repeated until stable,
/// from the same start as CPython, which decides among several stable layouts.
pub(super) fn resolve<'a>(
    sequence: &mut FinalSequence,
    offsets: &'a mut Vec<u32>,
    encoding: &Encoding,
) -> Result<&'a [u32], MalformedCode> {
    // A cache of the `RESUME` in between counts.
    let end_send_offset = END_SEND_OFFSET + encoding.caches(Opcode::RESUME) as u32;
    let FinalSequence {
        instructions,
        jumps,
    } = sequence;
    for &(index, target) in jumps.iter() {
        if target as usize >= instructions.len() {
            return Err(MalformedCode("jump out of the code"));
        }
        let opcode = &mut instructions[index as usize].opcode;
        *opcode = match *opcode {
            Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT if target > index => Opcode::JUMP_FORWARD,
            Opcode::JUMP => Opcode::JUMP_BACKWARD,
            Opcode::JUMP_NO_INTERRUPT => Opcode::JUMP_BACKWARD_NO_INTERRUPT,
            opcode => opcode,
        };
    }
    loop {
        if !write_offsets(instructions, offsets, encoding) {
            return Err(MalformedCode("pseudo-instruction left in the code"));
        }
        let mut resized = false;
        for &(index, target) in jumps.iter() {
            let instruction = &mut instructions[index as usize];
            let size = instruction_size(instruction, encoding);
            // Distances count from behind the jump.
            let (from, to) = (offsets[index as usize] + size, offsets[target as usize]);
            instruction.arg = match instruction.opcode {
                Opcode::END_ASYNC_FOR => from
                    .checked_sub(to + end_send_offset)
                    .ok_or(MalformedCode("END_ASYNC_FOR without a SEND"))?,
                opcode if (to < from) != opcode.is_backward_jump() => {
                    return Err(MalformedCode("jump in the wrong direction"));
                }
                _ => from.abs_diff(to),
            };
            resized |= instruction_size(instruction, encoding) != size;
        }
        if !resized {
            return Ok(offsets);
        }
    }
}

/// Writes down where each instruction begins; whether all of them exist in code.
fn write_offsets(
    instructions: &[Instruction],
    offsets: &mut Vec<u32>,
    encoding: &Encoding,
) -> bool {
    let (mut total, mut missing) = (0, 0);
    offsets.resize(instructions.len() + 1, 0);
    for (offset, instruction) in offsets.iter_mut().zip(instructions) {
        let units = encoding.units(instruction.opcode);
        *offset = total;
        total += units + extended_args(instruction.arg);
        // The highest bit of it, if there are no units.
        missing |= units.wrapping_sub(1);
    }
    offsets[instructions.len()] = total;
    missing as i32 >= 0
}
