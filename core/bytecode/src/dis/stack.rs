//! The depth of the stack before each instruction, along every path.

use std::collections::HashMap;

use super::unpack::{Unpacked, unpack};
use crate::exception_table::ExceptionEntry;
use crate::opcode::Opcode;
use crate::target::Target;

/// Depths by offset; what no path reaches has none. Where paths disagree, which
/// happens in no code a compiler makes, the first one's depth stays.
pub(super) fn depths(
    code: &[u8],
    handlers: &[ExceptionEntry],
    target: Target,
) -> HashMap<u32, u32> {
    let switches = target.switches();
    let instructions: Vec<Unpacked> = unpack(code, target).collect();
    let index_of = |offset: u32| {
        instructions
            .binary_search_by_key(&offset, |i| i.offset)
            .ok()
    };
    let mut depths = HashMap::with_capacity(instructions.len());
    let mut todo = vec![(0, 0_u32)];
    for handler in handlers {
        // The exception, and the raising instruction's offset if asked for.
        let depth = handler.depth.saturating_add(1 + u32::from(handler.lasti));
        if let Some(index) = index_of(handler.target.saturating_mul(2)) {
            todo.push((index, depth));
        }
    }
    // The entry first, it is on top.
    todo.reverse();
    while let Some((mut index, mut depth)) = todo.pop() {
        while let Some(instruction) = instructions.get(index) {
            if depths.contains_key(&instruction.offset) {
                break;
            }
            depths.insert(instruction.offset, depth);
            let Some(opcode) = instruction.opcode else {
                break;
            };
            let arg = instruction.arg.unwrap_or(0);
            if opcode != Opcode::END_ASYNC_FOR
                && let Some(target) = instruction.jump_target().and_then(index_of)
                && let Some(depth) =
                    depth.checked_add_signed(switches.stack_effect(opcode, arg, true))
            {
                todo.push((target, depth));
            }
            if opcode.is_unconditional_jump() || opcode.is_scope_exit() {
                break;
            }
            let Some(after) = depth.checked_add_signed(switches.stack_effect(opcode, arg, false))
            else {
                break;
            };
            depth = after;
            index += 1;
        }
    }
    depths
}
