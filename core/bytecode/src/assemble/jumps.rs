//! Jump targets to distances (`resolve_unconditional_jumps`, `resolve_jump_offsets`).

use super::instruction_size;
use crate::flowgraph::{Instr, MalformedCode};
use crate::opcode::Opcode;
use crate::target::Encoding;

/// Code units from a `SEND` to the `END_SEND` that monitoring wants from `END_ASYNC_FOR`.
const END_SEND_OFFSET: u32 = 5;

/// Resolves the jumps of one code object after another, in the same memory.
#[derive(Default, Debug)]
pub(super) struct Resolver {
    /// The index of each jump and of what it jumps to.
    jumps: Vec<(u32, u32)>,
    offsets: Vec<u32>,
}

impl Resolver {
    /// Replaces the indices in jumps by distances in code units; gives the
    /// instructions' offsets, and behind them that of the code's end.
    ///
    /// Distances need `EXTENDED_ARG`s, which change distances: repeated until stable,
    /// from the same start as CPython, which decides among several stable layouts.
    pub(super) fn resolve(
        &mut self,
        instructions: &mut [Instr],
        encoding: &Encoding,
    ) -> Result<&[u32], MalformedCode> {
        // A cache of the `RESUME` in between counts.
        let end_send_offset = END_SEND_OFFSET + encoding.caches(Opcode::RESUME) as u32;
        let Self { jumps, offsets } = self;
        jumps.clear();
        for (index, instruction) in (0..).zip(instructions.iter_mut()) {
            if instruction.opcode.is_pseudo() {
                let forward = instruction.arg > index;
                instruction.opcode = match instruction.opcode {
                    Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT if forward => Opcode::JUMP_FORWARD,
                    Opcode::JUMP => Opcode::JUMP_BACKWARD,
                    Opcode::JUMP_NO_INTERRUPT => Opcode::JUMP_BACKWARD_NO_INTERRUPT,
                    _ => return Err(MalformedCode("pseudo-instruction left in the code")),
                };
            }
            if instruction.opcode.has_jump() {
                jumps.push((index, instruction.arg));
            }
        }
        let len = instructions.len();
        if jumps.iter().any(|&(_, target)| target as usize >= len) {
            return Err(MalformedCode("jump out of the code"));
        }
        loop {
            offsets.clear();
            let mut total = 0;
            offsets.extend(instructions.iter().map(|instruction| {
                let offset = total;
                total += instruction_size(instruction, encoding) as u32;
                offset
            }));
            offsets.push(total);
            let mut resized = false;
            for &(index, target) in jumps.iter() {
                let instruction = &mut instructions[index as usize];
                let size = instruction_size(instruction, encoding);
                // Distances count from behind the jump.
                let (from, to) = (
                    offsets[index as usize] + size as u32,
                    offsets[target as usize],
                );
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
}
