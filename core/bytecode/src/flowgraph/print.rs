//! A control-flow graph as plain data, for `vitrine dis --stage`.

use super::Cfg;
use crate::instruction::Location;
use crate::opcode::Opcode;

/// A basic block as it is shown; blocks are named by number.
pub(crate) struct PrintedBlock {
    pub(crate) id: usize,
    pub(crate) except_handler: bool,
    pub(crate) cold: bool,
    pub(crate) instrs: Vec<PrintedInstr>,
}

/// An instruction in it.
pub(crate) struct PrintedInstr {
    pub(crate) opcode: Opcode,
    pub(crate) arg: u32,
    pub(crate) loc: Location,
    pub(crate) target: Option<usize>,
    pub(crate) except: Option<usize>,
}

impl Cfg {
    /// The blocks in the order of the code.
    pub(crate) fn printed(&self) -> Vec<PrintedBlock> {
        let mut blocks = Vec::new();
        let mut at = Some(super::BlockId::ENTRY);
        while let Some(id) = at {
            let block = &self[id];
            let instrs = self.instrs(id).iter().map(|instr| PrintedInstr {
                opcode: instr.opcode,
                arg: instr.arg,
                loc: instr.loc,
                target: instr.target.map(super::BlockId::index),
                except: instr.except.map(super::BlockId::index),
            });
            blocks.push(PrintedBlock {
                id: id.index(),
                except_handler: block.except_handler,
                cold: block.cold,
                instrs: instrs.collect(),
            });
            at = block.next;
        }
        blocks
    }
}
