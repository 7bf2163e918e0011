//! The places of variables in the frame, and the instructions that prepare it
//! (`prepare_localsplus`, `insert_prefix_instructions`, `fix_cell_offsets`).

use std::collections::HashMap;
use std::hint::select_unpredictable;

use super::exception_labels::RESUME_AT_GEN_EXPR_START;
use super::{BlockId, Cfg, Instr, MalformedCode, Result, features};
use crate::instruction::Location;
use crate::names::NameList;
use crate::opcode::{Opcode, class};

/// The variables of a code object, each kind in the order of its numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variables<'a> {
    pub(crate) varnames: &'a NameList,
    pub(crate) cellvars: &'a NameList,
    pub(crate) freevars: &'a NameList,
    pub(crate) firstlineno: u32,
}

impl Variables<'_> {
    /// For each cell variable, the local of the same name, if there is one: an
    /// argument that is a cell needs one place only.
    pub(crate) fn locals_of_cells(&self) -> Vec<Option<u32>> {
        // Few variables are searched, many are looked up.
        if self.cellvars.len() * self.varnames.len() <= 256 {
            let find = |cell| {
                self.varnames
                    .iter()
                    .position(|name| name == cell)
                    .map(|at| at as u32)
            };
            return self.cellvars.iter().map(find).collect();
        }
        let places: HashMap<&str, u32> = self.varnames.iter().zip(0..).collect();
        self.cellvars
            .iter()
            .map(|cell| places.get(cell).copied())
            .collect()
    }
}

impl Cfg {
    pub(super) fn prepare_localsplus(
        &mut self,
        variables: &Variables<'_>,
        is_generator: bool,
    ) -> Result<()> {
        if variables.cellvars.is_empty() && variables.freevars.is_empty() {
            self.insert_prefix_instructions(variables, &[], is_generator);
            return Ok(());
        }
        let nlocals = variables.varnames.len() as u32;
        let free = variables.cellvars.len() as u32
            ..(variables.cellvars.len() + variables.freevars.len()) as u32;
        // Where each cell and free variable is before those that arguments hold are left out.
        let shared = variables.locals_of_cells();
        let mut places: Vec<u32> = shared
            .iter()
            .zip(0..)
            .map(|(local, index)| local.unwrap_or(nlocals + index))
            .collect();
        places.extend(free.map(|index| nlocals + index));

        self.insert_prefix_instructions(variables, &places, is_generator);

        let mut dropped = 0;
        for (place, index) in places.iter_mut().zip(0..) {
            if *place == nlocals + index {
                *place -= dropped;
            } else {
                dropped += 1;
            }
        }
        let mut missing = false;
        self.for_each_with(class::CELL, |_, instrs| {
            for instr in instrs {
                // Which instructions have to do with cells is not foreseen.
                let is_cell = instr.opcode.class() & class::CELL != 0;
                let index = select_unpredictable(is_cell, instr.arg as usize, 0);
                match places.get(index) {
                    Some(&place) => instr.arg = select_unpredictable(is_cell, place, instr.arg),
                    None => missing = true,
                }
            }
        });
        if missing {
            Err(MalformedCode("no such cell or free variable"))
        } else {
            Ok(())
        }
    }

    fn insert_prefix_instructions(
        &mut self,
        variables: &Variables<'_>,
        places: &[u32],
        is_generator: bool,
    ) {
        if places.is_empty() && !is_generator {
            return;
        }
        let mut prefix = Vec::new();
        if !variables.freevars.is_empty() {
            prefix.push(Instr::new(
                Opcode::COPY_FREE_VARS,
                variables.freevars.len() as u32,
                Location::NONE,
            ));
        }
        // In the order of their places; arguments come first.
        let mut cells: Vec<u32> = (0..variables.cellvars.len() as u32).collect();
        cells.sort_unstable_by_key(|&cell| places[cell as usize]);
        prefix.extend(
            cells
                .iter()
                .map(|&cell| Instr::new(Opcode::MAKE_CELL, cell, Location::NONE)),
        );
        // Those of 3.15 that begin with a `RESUME` of their own have it in their code.
        let first = self.first(BlockId::ENTRY);
        let begun = first.is_some_and(|first| {
            first.opcode == Opcode::RESUME && first.arg == RESUME_AT_GEN_EXPR_START
        });
        if is_generator && !begun {
            // No effect on the stack: resuming pushes what is popped here.
            let loc = Location::line(variables.firstlineno as i32);
            prefix.push(Instr::new(Opcode::RETURN_GENERATOR, 0, loc));
            prefix.push(Instr::new(Opcode::POP_TOP, 0, loc));
        }
        // What is there moves on, over what stood behind it.
        let added = prefix.len();
        self.reserve(BlockId::ENTRY, added);
        let entry = &mut self.blocks[BlockId::ENTRY.index()];
        let range = entry.range();
        self.instrs.copy_within(range.clone(), range.start + added);
        self.instrs[range.start..range.start + added].copy_from_slice(&prefix);
        entry.end += added as u32;
        entry.features |= features(&prefix);
    }
}
