//! Fewer `SWAP`s: runs of them made shortest, then applied to the instructions behind.

use super::Instr;
use crate::opcode::Opcode;

pub(super) fn optimize(instrs: &mut [Instr]) {
    let mut index = 0;
    while index < instrs.len() {
        if instrs[index].opcode == Opcode::SWAP {
            index = swaptimize(instrs, index);
            apply_static_swaps(instrs, index);
        }
        index += 1;
    }
}

/// Replaces a run of `SWAP`s and `NOP`s from `start` on by the shortest with the
/// same effect; gives the index of its last instruction.
fn swaptimize(instrs: &mut [Instr], start: usize) -> usize {
    let in_run = |instr: &&Instr| matches!(instr.opcode, Opcode::SWAP | Opcode::NOP);
    let len = instrs[start..].iter().take_while(in_run).count();
    let run = &mut instrs[start..start + len];
    let swaps = || run.iter().filter(|instr| instr.opcode == Opcode::SWAP);
    if swaps().count() < 2 {
        return start;
    }
    let depth = swaps().map(|instr| instr.arg as usize).max().unwrap_or(0);
    // What the run does to positions from the top.
    let mut stack: Vec<usize> = (0..depth).collect();
    for swap in swaps() {
        stack.swap(0, swap.arg as usize - 1);
    }
    // Each cycle of the permutation is undone by swaps with the top; written
    // from the end backwards they make the permutation itself.
    const VISITED: usize = usize::MAX;
    let mut left = len;
    for first in 0..depth {
        if stack[first] == VISITED || stack[first] == first {
            continue;
        }
        let mut at = first;
        loop {
            if at != 0 {
                left -= 1;
                run[left].set(Opcode::SWAP, at as u32 + 1);
            }
            if stack[at] == VISITED {
                break;
            }
            at = std::mem::replace(&mut stack[at], VISITED);
        }
    }
    for instr in &mut run[..left] {
        instr.set_nop();
    }
    start + len - 1
}

/// What may be reordered: it takes the top of the stack and nothing else happens.
fn swappable(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::STORE_FAST | Opcode::STORE_FAST_MAYBE_NULL | Opcode::POP_TOP
    )
}

fn stored_local(instr: &Instr) -> Option<u32> {
    matches!(
        instr.opcode,
        Opcode::STORE_FAST | Opcode::STORE_FAST_MAYBE_NULL
    )
    .then_some(instr.arg)
}

/// The next swappable instruction behind `index`, on `line` if there is one.
fn next_swappable(instrs: &[Instr], index: usize, line: i32) -> Option<usize> {
    for (position, instr) in instrs.iter().enumerate().skip(index + 1) {
        if line >= 0 && instr.loc.line != line {
            return None;
        }
        if instr.opcode != Opcode::NOP {
            return swappable(instr.opcode).then_some(position);
        }
    }
    None
}

/// Swaps instructions in place of values, from the run that ends at `end` leftwards.
fn apply_static_swaps(instrs: &mut [Instr], end: usize) {
    for index in (0..=end).rev() {
        let swap = instrs[index];
        if swap.opcode != Opcode::SWAP {
            if swap.opcode == Opcode::NOP || swappable(swap.opcode) {
                continue;
            }
            return;
        }
        let Some(first) = next_swappable(instrs, index, -1) else {
            return;
        };
        let line = instrs[first].loc.line;
        let mut second = first;
        for _ in 1..swap.arg {
            match next_swappable(instrs, second, line) {
                Some(position) => second = position,
                None => return,
            }
        }
        // Stores to the same name must keep their order.
        let (a, b) = (stored_local(&instrs[first]), stored_local(&instrs[second]));
        if a.is_some() || b.is_some() {
            if a == b {
                return;
            }
            let between = instrs.get(first + 1..second).unwrap_or_default();
            let mut stored = between.iter().filter_map(stored_local);
            if stored.any(|local| Some(local) == a || Some(local) == b) {
                return;
            }
        }
        instrs[index].set_nop();
        instrs.swap(first, second);
    }
}
