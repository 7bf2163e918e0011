//! Drops the constants that no instruction loads.

use super::{Cfg, MalformedCode, Result};
use crate::code::Const;
use crate::opcode::class;

impl Cfg {
    pub(super) fn remove_unused_consts(&mut self, consts: &mut Vec<Const>) -> Result<()> {
        if consts.is_empty() {
            return Ok(());
        }
        let mut used = std::mem::take(&mut self.used_consts);
        used.clear();
        used.resize(consts.len(), (false, 0));
        // The first may be the docstring.
        used[0].0 = true;
        for block in self.order().filter(|block| block.has(class::CONST)) {
            for instr in block.instrs.iter().filter(|instr| instr.opcode.has_const()) {
                let used = used.get_mut(instr.arg as usize);
                used.ok_or(MalformedCode("no such constant"))?.0 = true;
            }
        }
        if !used.iter().all(|&(used, _)| used) {
            let mut kept = 0;
            for (used, number) in &mut used {
                *number = kept;
                kept += u32::from(*used);
            }
            let mut all = used.iter();
            consts.retain(|_| all.next().is_some_and(|&(used, _)| used));
            self.for_each(|block| {
                if !block.has(class::CONST) {
                    return;
                }
                let instrs = block.instrs.iter_mut();
                for instr in instrs.filter(|instr| instr.opcode.has_const()) {
                    instr.arg = used[instr.arg as usize].1;
                }
            });
        }
        self.used_consts = used;
        Ok(())
    }
}
