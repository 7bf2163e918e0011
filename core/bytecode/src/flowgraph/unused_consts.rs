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
        let mut missing = false;
        self.for_each_with(class::CONST, |_, instrs| {
            for instr in instrs.iter().filter(|instr| instr.opcode.has_const()) {
                match used.get_mut(instr.arg as usize) {
                    Some(used) => used.0 = true,
                    None => missing = true,
                }
            }
        });
        if missing {
            return Err(MalformedCode("no such constant"));
        }
        if !used.iter().all(|&(used, _)| used) {
            let mut kept = 0;
            for (used, number) in &mut used {
                *number = kept;
                kept += u32::from(*used);
            }
            let mut all = used.iter();
            consts.retain(|_| all.next().is_some_and(|&(used, _)| used));
            self.for_each_with(class::CONST, |_, instrs| {
                for instr in instrs.iter_mut().filter(|instr| instr.opcode.has_const()) {
                    instr.arg = used[instr.arg as usize].1;
                }
            });
        }
        self.used_consts = used;
        Ok(())
    }
}
