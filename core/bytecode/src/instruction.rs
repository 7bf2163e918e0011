//! Instructions as code generation emits them, before there are basic blocks.
//!
//! CPython's `Python/instruction_sequence.c`. The argument of a jump or `SETUP_*`
//! is the number of a label until the graph is built of them, or
//! [`InstructionSequence::resolve`] turns it into the index of the instruction jumped to.

use crate::flowgraph::BlockId;
use crate::opcode::Opcode;

/// Where in the source an instruction comes from: lines from 1, byte columns from 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Location {
    /// First line, or one of the marks of [`Location::NONE`] and [`Location::NEXT`].
    pub line: i32,
    /// Last line.
    pub end_line: i32,
    /// First column, -1 if there is none.
    pub column: i32,
    /// Column behind the last, -1 if there is none.
    pub end_column: i32,
}

impl Location {
    /// Nowhere: the instruction has no counterpart in the source.
    pub const NONE: Self = Self::new(-1, -1, -1, -1);
    /// Where the next instruction is.
    pub const NEXT: Self = Self::new(-2, -2, -2, -2);

    /// A place from its four numbers.
    #[inline]
    pub const fn new(line: i32, end_line: i32, column: i32, end_column: i32) -> Self {
        Self {
            line,
            end_line,
            column,
            end_column,
        }
    }

    /// Whether it is the same place; all four numbers are compared at once.
    #[inline]
    pub(crate) const fn is_same(&self, other: &Self) -> bool {
        (self.lines() ^ other.lines()) | (self.columns() ^ other.columns()) == 0
    }

    #[inline]
    const fn lines(&self) -> u64 {
        self.line as u32 as u64 | (self.end_line as u32 as u64) << 32
    }

    #[inline]
    const fn columns(&self) -> u64 {
        self.column as u32 as u64 | (self.end_column as u32 as u64) << 32
    }

    /// A whole line, without columns.
    #[inline]
    pub const fn line(line: i32) -> Self {
        Self::new(line, line, -1, -1)
    }
}

/// A place to jump to, within its sequence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Label(pub(crate) u32);

impl Label {
    /// The number that stands in a jump's argument.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// One instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// What to do.
    pub opcode: Opcode,
    /// With what; a label's number for jumps and `SETUP_*`.
    pub arg: u32,
    /// Where it comes from.
    pub loc: Location,
    /// In a graph: where a jump goes, or the handler that a `SETUP_*` sets up.
    pub(crate) target: Option<BlockId>,
    /// In a graph: where an exception raised here goes.
    pub(crate) except: Option<BlockId>,
}

impl Instruction {
    /// An instruction from its three parts, which is in no graph yet.
    #[inline]
    pub const fn new(opcode: Opcode, arg: u32, loc: Location) -> Self {
        Self {
            opcode,
            arg,
            loc,
            target: None,
            except: None,
        }
    }
}

/// A label that has not been placed.
const UNPLACED: u32 = u32::MAX;

/// The instructions of one code object in the order of their emission.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InstructionSequence {
    pub(crate) instructions: Vec<Instruction>,
    /// Indices of those whose arguments are labels.
    pub(crate) jumps: Vec<u32>,
    /// Index of the instruction behind each label.
    pub(crate) labels: Vec<u32>,
    /// Whether an `ANNOTATIONS_PLACEHOLDER` is among the instructions.
    has_placeholder: bool,
    pub(crate) annotations_code: Option<Box<InstructionSequence>>,
}

impl InstructionSequence {
    /// An empty sequence.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many instructions there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.instructions.len()
    }

    /// For how many there is memory.
    pub(crate) fn capacity(&self) -> usize {
        self.instructions.capacity()
    }

    /// Whether there is no instruction.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.instructions.is_empty()
    }

    /// The instructions.
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Empties it, but for its memory.
    pub(crate) fn clear(&mut self) {
        self.instructions.clear();
        self.jumps.clear();
        self.labels.clear();
        self.has_placeholder = false;
        self.annotations_code = None;
    }

    /// A new label, yet to be placed.
    #[inline]
    pub fn new_label(&mut self) -> Label {
        self.labels.push(UNPLACED);
        Label(self.labels.len() as u32 - 1)
    }

    /// Places a label before the next instruction.
    #[inline]
    pub fn use_label(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.instructions.len() as u32;
    }

    /// Appends an instruction.
    #[inline]
    pub fn push(&mut self, opcode: Opcode, arg: u32, loc: Location) {
        // In 3.15 `GET_ITER` takes one, in 3.13 `CALL_FUNCTION_EX`.
        let elsewhere = matches!(opcode, Opcode::GET_ITER | Opcode::CALL_FUNCTION_EX);
        debug_assert!(
            opcode.has_arg() || arg == 0 || elsewhere,
            "{opcode} takes no argument"
        );
        self.instructions.push(Instruction::new(opcode, arg, loc));
    }

    /// Appends the place for the code of the annotations.
    pub fn push_placeholder(&mut self, loc: Location) {
        self.has_placeholder = true;
        self.push(Opcode::ANNOTATIONS_PLACEHOLDER, 0, loc);
    }

    /// Appends a jump or `SETUP_*`.
    #[inline]
    pub fn push_jump(&mut self, opcode: Opcode, target: Label, loc: Location) {
        debug_assert!(opcode.has_target(), "{opcode} has no target");
        self.jumps.push(self.instructions.len() as u32);
        self.push(opcode, target.0, loc);
    }

    /// Inserts an instruction; labels at `index` and behind move on with what they name.
    pub fn insert(&mut self, index: usize, opcode: Opcode, arg: u32, loc: Location) {
        let instruction = Instruction::new(opcode, arg, loc);
        self.instructions.insert(index, instruction);
        for moved in self.labels.iter_mut().chain(&mut self.jumps) {
            if *moved != UNPLACED && *moved as usize >= index {
                *moved += 1;
            }
        }
        if opcode.has_target() {
            self.jumps.push(index as u32);
        }
    }

    /// The code that stands in for `ANNOTATIONS_PLACEHOLDER`.
    pub fn set_annotations_code(&mut self, annotations: Self) {
        self.annotations_code = Some(Box::new(annotations));
    }

    /// Splices the annotations' code in, where its place is.
    pub(crate) fn splice_annotations(&mut self) {
        if !std::mem::take(&mut self.has_placeholder) {
            return;
        }
        let annotations = self
            .annotations_code
            .take()
            .map_or_else(Vec::new, |code| code.instructions);
        debug_assert!(
            annotations.iter().all(|i| !i.opcode.has_target()),
            "labels would clash"
        );
        let is_placeholder = |i: &Instruction| i.opcode == Opcode::ANNOTATIONS_PLACEHOLDER;
        if let Some(at) = self.instructions.iter().position(is_placeholder) {
            let added = annotations.len() as u32;
            self.instructions.splice(at..=at, annotations);
            for moved in self.labels.iter_mut().chain(&mut self.jumps) {
                if *moved != UNPLACED && *moved as usize > at {
                    *moved = *moved + added - 1;
                }
            }
        }
    }
}

impl InstructionSequence {
    /// Replaces labels by the indices of the instructions they name.
    pub fn resolve(&mut self) {
        self.splice_annotations();
        for instruction in &mut self.instructions {
            if instruction.opcode.has_target() {
                instruction.arg = self.labels[instruction.arg as usize];
            }
        }
        self.labels.clear();
    }
}
