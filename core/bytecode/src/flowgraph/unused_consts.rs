//! Drops the constants that no instruction loads.

use super::{Cfg, Instr, MalformedCode, Result};
use crate::code::Const;
use crate::opcode::class;

impl Cfg {
    pub(super) fn remove_unused_consts(&mut self, consts: &mut Vec<Const>) -> Result<()> {
        if consts.is_empty() {
            return Ok(());
        }
        let count = consts.len();
        // What loads no constant counts for one behind the last, rather than by a branch
        // that the processor cannot foresee.
        let const_of = |instr: &Instr| match instr.opcode.class() & class::CONST {
            0 => count,
            _ => (instr.arg as usize).min(count),
        };
        let mut numbers = std::mem::take(&mut self.const_numbers);
        numbers.clear();
        numbers.resize(count + 1, 0);
        // The first may be the docstring.
        numbers[0] = 1;
        let mut missing = false;
        self.for_each_with(class::CONST, |_, instrs| {
            for instr in instrs {
                let constant = const_of(instr);
                numbers[constant] = 1;
                missing |= (constant == count) & instr.opcode.has_const();
            }
        });
        if missing {
            return Err(MalformedCode("no such constant"));
        }
        let used = &mut numbers[..count];
        if used.contains(&0) {
            let mut all = used.iter();
            consts.retain(|_| all.next() == Some(&1));
            let mut kept = 0;
            for number in used {
                kept += std::mem::replace(number, kept);
            }
            self.for_each_with(class::CONST, |_, instrs| {
                for instr in instrs {
                    let number = numbers[const_of(instr)];
                    let is_const = instr.opcode.has_const();
                    instr.arg = if is_const { number } else { instr.arg };
                }
            });
        }
        self.const_numbers = numbers;
        Ok(())
    }
}
