//! Drops the constants that no instruction loads.

use super::{Cfg, MalformedCode, Result};
use crate::code::Const;

impl Cfg {
    pub(super) fn remove_unused_consts(&mut self, consts: &mut Vec<Const>) -> Result<()> {
        if consts.is_empty() {
            return Ok(());
        }
        let mut used = vec![false; consts.len()];
        // The first may be the docstring.
        used[0] = true;
        for block in self.order() {
            for instr in block.instrs.iter().filter(|instr| instr.opcode.has_const()) {
                *used
                    .get_mut(instr.arg as usize)
                    .ok_or(MalformedCode("no such constant"))? = true;
            }
        }
        if used.iter().all(|&used| used) {
            return Ok(());
        }
        let mut kept = 0;
        let new_index: Vec<u32> = used
            .iter()
            .map(|&used| {
                kept += u32::from(used);
                kept.wrapping_sub(1)
            })
            .collect();
        let mut index = 0;
        consts.retain(|_| {
            index += 1;
            used[index - 1]
        });
        self.for_each(|block| {
            for instr in block
                .instrs
                .iter_mut()
                .filter(|instr| instr.opcode.has_const())
            {
                instr.arg = new_index[instr.arg as usize];
            }
        });
        Ok(())
    }
}
