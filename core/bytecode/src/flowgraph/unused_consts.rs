//! Drops the constants that no instruction loads.

use std::hint::select_unpredictable;

use super::{Cfg, Instr, MalformedCode, Result};
use crate::code::Const;

impl Cfg {
    pub(super) fn remove_unused_consts(&mut self, consts: &mut Vec<Const>) -> Result<()> {
        if consts.is_empty() {
            return Ok(());
        }
        // What is no constant counts for one behind the last, what loads none for one more:
        // which is which no processor foresees, so it is no branch.
        let count = consts.len();
        let const_of = |instr: &Instr| {
            let number = (instr.arg as usize).min(count);
            select_unpredictable(instr.opcode.has_const(), number, count + 1)
        };
        let mut numbers = std::mem::take(&mut self.const_numbers);
        numbers.clear();
        numbers.resize(count + 2, 0);
        // The first may be the docstring.
        numbers[0] = 1;
        // Where one block ends is not foreseen either, so these loops are over all there is.
        for instr in &self.instrs {
            numbers[const_of(instr)] = 1;
        }
        if numbers[count] != 0 {
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
            for instr in &mut self.instrs {
                let number = numbers[const_of(instr)];
                instr.arg = select_unpredictable(instr.opcode.has_const(), number, instr.arg);
            }
        }
        self.const_numbers = numbers;
        Ok(())
    }
}
