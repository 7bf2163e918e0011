//! Opcodes: the instruction set of CPython 3.14.
//!
//! Everything here is generated from CPython by `generate_opcodes.py` and never
//! typed by hand; a test regenerates it where a CPython 3.14 is found. Numbers
//! below 256 are instructions, those from 256 on exist only inside the compiler.

mod generated;
#[cfg(test)]
mod tests;

use std::fmt;

pub use generated::{
    ALL, BINARY_OP_NAMES, BINARY_OPS, CACHE_FORMAT, COMMON_CONSTANTS, COMPARE_OPS, INTRINSICS_1,
    INTRINSICS_2, Opcode, SPECIAL_METHODS, SPECIALIZED, number,
};

/// What is known of one opcode number.
pub(crate) struct Metadata {
    opcode: Option<Opcode>,
    name: &'static str,
    caches: u8,
    flags: u8,
}

impl Metadata {
    const NONE: Self = Self {
        opcode: None,
        name: "",
        caches: 0,
        flags: 0,
    };
}

/// The flags alone: the passes ask for them at every step.
static FLAGS: [u8; generated::METADATA.len()] = {
    let mut flags = [0; generated::METADATA.len()];
    let mut number = 0;
    while number < flags.len() {
        flags[number] = generated::METADATA[number].flags;
        number += 1;
    }
    flags
};

/// The caches alone.
static CACHES: [u8; generated::METADATA.len()] = {
    let mut caches = [0; generated::METADATA.len()];
    let mut number = 0;
    while number < caches.len() {
        caches[number] = generated::METADATA[number].caches;
        number += 1;
    }
    caches
};

/// How many values an instruction pops or pushes: a number, and the bits of the argument that
/// count, for all but two instructions none, the last or all.
#[derive(Clone, Copy)]
struct Count {
    base: i8,
    counting: i8,
}

impl Count {
    /// Of what needs more than that.
    const OTHER: Self = Self {
        base: i8::MIN,
        counting: 0,
    };

    /// From what there is with arguments that tell the cases apart.
    const fn of(counts: [u32; 4]) -> Self {
        let mut counting = -1;
        while counting <= 1 {
            let base = counts[0] as i32 - (Self::ARGS[0] & counting as u32) as i32;
            let mut at = 1;
            let mut fits = true;
            while at < counts.len() {
                fits &= counts[at] as i32 == base + (Self::ARGS[at] & counting as u32) as i32;
                at += 1;
            }
            if fits {
                return Self {
                    base: base as i8,
                    counting: counting as i8,
                };
            }
            counting += 1;
        }
        Self::OTHER
    }

    const ARGS: [u32; 4] = [1, 2, 3, 0x304];

    #[inline]
    fn with(self, arg: u32) -> u32 {
        (i32::from(self.base) as u32).wrapping_add(arg & i32::from(self.counting) as u32)
    }
}

/// What a pass over the control-flow graph looks for, as bits: a block in which
/// none of a pass's opcodes occurs is not looked at.
pub(crate) mod class {
    pub(crate) const NOP: u32 = 1;
    pub(crate) const POP_TOP: u32 = 1 << 1;
    pub(crate) const SWAP: u32 = 1 << 2;
    /// Loads of constants and small integers.
    pub(crate) const VALUE: u32 = 1 << 3;
    /// Instructions whose argument is a constant.
    pub(crate) const CONST: u32 = 1 << 4;
    /// `SETUP_*`.
    pub(crate) const SETUP: u32 = 1 << 5;
    /// What peephole rewriting begins with whatever is behind it, jumps aside.
    pub(crate) const PEEPHOLE: u32 = 1 << 6;
    /// Instructions whose argument is a cell or free variable.
    pub(crate) const CELL: u32 = 1 << 7;
    /// Pseudo-instructions that become others at the end, jumps aside.
    pub(crate) const PSEUDO: u32 = 1 << 8;
    pub(crate) const LOAD_LOCAL: u32 = 1 << 9;
    pub(crate) const STORE_LOCAL: u32 = 1 << 10;
    /// Instructions that leave a local without a value.
    pub(crate) const UNSET_LOCAL: u32 = 1 << 11;
    pub(crate) const EVAL_BREAK: u32 = 1 << 12;
    pub(crate) const JUMP: u32 = 1 << 13;
    /// What leaves the frame.
    pub(crate) const SCOPE_EXIT: u32 = 1 << 14;
    pub(crate) const UNCONDITIONAL_JUMP: u32 = 1 << 15;
    /// What ends a block.
    pub(crate) const TERMINATOR: u32 = JUMP | SCOPE_EXIT;
    /// What control does not pass by.
    pub(crate) const NO_FALLTHROUGH: u32 = UNCONDITIONAL_JUMP | SCOPE_EXIT;
    /// Not of an opcode: an instruction without a line.
    pub(crate) const NO_LINE: u32 = 1 << 16;
    /// Not of an opcode: an instruction where the next one is.
    pub(crate) const NEXT_LINE: u32 = 1 << 17;
    /// Conditional jumps that leave what they test.
    pub(crate) const PSEUDO_JUMP: u32 = 1 << 18;
    /// Loads of locals that there are borrowing forms of.
    pub(crate) const BORROWABLE: u32 = 1 << 19;
    /// What depends on more of the stack or of the locals than how many values it pops and
    /// pushes, when loads of locals are followed.
    pub(crate) const OF_REFERENCES: u32 = 1 << 20;
    /// What labelling exception targets takes notice of, jumps aside.
    pub(crate) const OF_HANDLERS: u32 = 1 << 21;
    /// What peephole rewriting begins with if a [`SECOND`] is behind it.
    pub(crate) const FIRST: u32 = 1 << 22;
    pub(crate) const SECOND: u32 = FIRST << 1;
    /// What may be decided where it follows the load of a constant.
    pub(crate) const USES_VALUE: u32 = 1 << 24;
}

static CLASSES: [u32; generated::METADATA.len()] = {
    let mut classes = [0; generated::METADATA.len()];
    let mut index = 0;
    while index < ALL.len() {
        let opcode = ALL[index];
        let flags = generated::METADATA[opcode as usize].flags;
        let mut bits = match opcode {
            Opcode::NOP => class::NOP,
            Opcode::POP_TOP => class::POP_TOP,
            Opcode::SWAP => class::SWAP | class::PEEPHOLE,
            Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT => class::VALUE,
            Opcode::BUILD_TUPLE
            | Opcode::BUILD_LIST
            | Opcode::BUILD_SET
            | Opcode::UNARY_INVERT
            | Opcode::UNARY_NEGATIVE
            | Opcode::CALL_INTRINSIC_1
            | Opcode::BINARY_OP => class::PEEPHOLE,
            Opcode::UNARY_NOT => class::PEEPHOLE | class::SECOND,
            Opcode::LOAD_GLOBAL | Opcode::COMPARE_OP | Opcode::LIST_APPEND | Opcode::SET_ADD => {
                class::FIRST
            }
            Opcode::IS_OP => class::FIRST | class::USES_VALUE,
            Opcode::CONTAINS_OP => class::FIRST | class::SECOND,
            Opcode::TO_BOOL => class::FIRST | class::SECOND | class::USES_VALUE,
            Opcode::PUSH_NULL | Opcode::GET_ITER => class::SECOND,
            Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE | Opcode::COPY => {
                class::USES_VALUE
            }
            Opcode::MAKE_CELL
            | Opcode::LOAD_DEREF
            | Opcode::STORE_DEREF
            | Opcode::DELETE_DEREF
            | Opcode::LOAD_FROM_DICT_OR_DEREF => class::CELL,
            Opcode::LOAD_CLOSURE => class::CELL | class::PSEUDO,
            Opcode::STORE_FAST_MAYBE_NULL => {
                class::STORE_LOCAL | class::UNSET_LOCAL | class::PSEUDO
            }
            Opcode::STORE_FAST => class::STORE_LOCAL | class::FIRST | class::SECOND,
            Opcode::LOAD_FAST => class::LOAD_LOCAL | class::BORROWABLE,
            Opcode::LOAD_FAST_CHECK => class::LOAD_LOCAL,
            Opcode::LOAD_FAST_LOAD_FAST => class::BORROWABLE,
            Opcode::LOAD_FAST_AND_CLEAR => class::LOAD_LOCAL | class::UNSET_LOCAL,
            Opcode::DELETE_FAST => class::UNSET_LOCAL,
            Opcode::JUMP_IF_FALSE | Opcode::JUMP_IF_TRUE => class::PSEUDO_JUMP | class::USES_VALUE,
            _ => 0,
        };
        if matches!(
            opcode,
            Opcode::LOAD_FAST_AND_CLEAR
                | Opcode::DELETE_FAST
                | Opcode::STORE_FAST
                | Opcode::STORE_FAST_LOAD_FAST
                | Opcode::STORE_FAST_STORE_FAST
                | Opcode::COPY
                | Opcode::SWAP
                | Opcode::GET_ITER
                | Opcode::END_SEND
                | Opcode::SET_FUNCTION_ATTRIBUTE
                | Opcode::FORMAT_SIMPLE
                | Opcode::GET_ANEXT
                | Opcode::GET_LEN
                | Opcode::GET_YIELD_FROM_ITER
                | Opcode::IMPORT_FROM
                | Opcode::MATCH_KEYS
                | Opcode::MATCH_MAPPING
                | Opcode::MATCH_SEQUENCE
                | Opcode::WITH_EXCEPT_START
                | Opcode::DICT_MERGE
                | Opcode::DICT_UPDATE
                | Opcode::LIST_APPEND
                | Opcode::LIST_EXTEND
                | Opcode::MAP_ADD
                | Opcode::RERAISE
                | Opcode::SET_ADD
                | Opcode::SET_UPDATE
                | Opcode::CHECK_EXC_MATCH
                | Opcode::FOR_ITER
                | Opcode::LOAD_SUPER_ATTR
                | Opcode::LOAD_SPECIAL
                | Opcode::PUSH_EXC_INFO
                | Opcode::SEND
        ) {
            bits |= class::OF_REFERENCES;
        }
        if flags & flag::EXC != 0
            || matches!(
                opcode,
                Opcode::POP_BLOCK | Opcode::YIELD_VALUE | Opcode::RESUME | Opcode::RETURN_GENERATOR
            )
        {
            bits |= class::OF_HANDLERS;
        }
        if flags & flag::CONST != 0 {
            bits |= class::CONST;
        }
        if flags & flag::EXC != 0 {
            bits |= class::SETUP | class::PSEUDO | class::OF_REFERENCES;
        }
        if flags & flag::EVAL_BREAK != 0 {
            bits |= class::EVAL_BREAK;
        }
        if flags & flag::JUMP != 0 {
            bits |= class::JUMP;
        }
        if opcode.is_unconditional_jump() {
            bits |= class::UNCONDITIONAL_JUMP;
        }
        if opcode.is_scope_exit() {
            bits |= class::SCOPE_EXIT;
        }
        classes[opcode as usize] = bits;
        index += 1;
    }
    classes
};

/// What each instruction pops, and pushes.
static POPPED_PUSHED: [[Count; 2]; generated::METADATA.len()] = {
    let mut table = [[Count::OTHER; 2]; generated::METADATA.len()];
    let mut index = 0;
    while index < ALL.len() {
        let opcode = ALL[index];
        let (mut popped, mut pushed) = ([0; 4], [0; 4]);
        let mut at = 0;
        while at < 4 {
            popped[at] = opcode.num_popped(Count::ARGS[at]);
            pushed[at] = opcode.num_pushed(Count::ARGS[at]);
            at += 1;
        }
        let counts = [Count::of(popped), Count::of(pushed)];
        // Either both or none, so that one look tells.
        if counts[0].base != i8::MIN && counts[1].base != i8::MIN {
            table[opcode as usize] = counts;
        }
        index += 1;
    }
    table
};

/// How an instruction changes the depth of the stack: by a number, and the bits of the
/// argument that count for what it pushes and pops.
#[derive(Clone, Copy)]
struct Effect {
    base: i8,
    popped: i8,
    pushed: i8,
}

/// What each instruction does to the depth where no jump is taken; as in [`Count::OTHER`],
/// if that needs more.
static EFFECTS: [Effect; generated::METADATA.len()] = {
    let nothing = Effect {
        base: 0,
        popped: 0,
        pushed: 0,
    };
    let mut table = [nothing; generated::METADATA.len()];
    let mut index = 0;
    while index < ALL.len() {
        let opcode = ALL[index];
        index += 1;
        if FLAGS[opcode as usize] & flag::EXC != 0 {
            // What `SETUP_*` pushes is there in the handler.
            continue;
        }
        let [popped, pushed] = POPPED_PUSHED[opcode as usize];
        table[opcode as usize] = Effect {
            base: if popped.base == i8::MIN {
                i8::MIN
            } else {
                pushed.base - popped.base
            },
            popped: popped.counting,
            pushed: pushed.counting,
        };
    }
    table
};

/// The bits of [`Metadata::flags`].
mod flag {
    pub(super) const ARG: u8 = 1;
    pub(super) const CONST: u8 = 2;
    pub(super) const NAME: u8 = 4;
    pub(super) const JUMP: u8 = 8;
    pub(super) const FREE: u8 = 16;
    pub(super) const LOCAL: u8 = 32;
    pub(super) const EXC: u8 = 64;
    pub(super) const EVAL_BREAK: u8 = 128;
}

impl Opcode {
    /// The instruction with this number, pseudo-instructions included.
    #[inline]
    pub fn from_number(number: u32) -> Option<Self> {
        generated::METADATA.get(number as usize)?.opcode
    }

    /// The number: below 256 unless it is a pseudo-instruction.
    #[inline]
    pub const fn number(self) -> u16 {
        self as u16
    }

    fn metadata(self) -> &'static Metadata {
        &generated::METADATA[self as usize]
    }

    #[inline]
    const fn has(self, flag: u8) -> bool {
        FLAGS[self as usize] & flag != 0
    }

    /// CPython's name.
    pub fn name(self) -> &'static str {
        self.metadata().name
    }

    /// Code units of inline cache behind the instruction.
    #[inline]
    pub const fn caches(self) -> usize {
        CACHES[self as usize] as usize
    }

    /// The bits of [`class`] it has.
    #[inline]
    pub(crate) fn class(self) -> u32 {
        CLASSES[self as usize]
    }

    /// Values taken off the stack, and then put on it.
    #[inline]
    pub(crate) fn popped_pushed(self, oparg: u32) -> (u32, u32) {
        let [popped, pushed] = POPPED_PUSHED[self as usize];
        if popped.base == i8::MIN {
            return (self.num_popped(oparg), self.num_pushed(oparg));
        }
        (popped.with(oparg), pushed.with(oparg))
    }

    /// Whether the argument means something.
    #[inline]
    pub const fn has_arg(self) -> bool {
        self.has(flag::ARG)
    }

    /// Whether the argument indexes the constants.
    #[inline]
    pub fn has_const(self) -> bool {
        self.has(flag::CONST)
    }

    /// Whether the argument indexes the names (for some, with low bits of its own).
    #[inline]
    pub fn has_name(self) -> bool {
        self.has(flag::NAME)
    }

    /// Whether the argument is a jump's distance.
    #[inline]
    pub fn has_jump(self) -> bool {
        self.has(flag::JUMP)
    }

    /// Whether the argument indexes a cell or free variable.
    #[inline]
    pub fn has_free(self) -> bool {
        self.has(flag::FREE)
    }

    /// Whether the argument indexes the fast locals.
    #[inline]
    pub fn has_local(self) -> bool {
        self.has(flag::LOCAL)
    }

    /// Whether it is a `SETUP_*` pseudo-instruction.
    #[inline]
    pub fn is_block_push(self) -> bool {
        self.has(flag::EXC)
    }

    /// Whether signals and other threads are let in here.
    #[inline]
    pub fn has_eval_break(self) -> bool {
        self.has(flag::EVAL_BREAK)
    }

    /// Whether the compiler holds a label for it: a jump or a `SETUP_*`.
    #[inline]
    pub fn has_target(self) -> bool {
        self.has(flag::JUMP | flag::EXC)
    }

    /// Whether it exists in the compiler only.
    #[inline]
    pub const fn is_pseudo(self) -> bool {
        self as u16 >= 256 && !self.is_foreign()
    }

    /// Whether 3.14 has it not, but another target.
    #[inline]
    pub const fn is_foreign(self) -> bool {
        self as u16 > Self::STORE_FAST_MAYBE_NULL as u16
    }

    /// Whether it is one of the forms written by instrumentation at run time.
    #[inline]
    pub const fn is_instrumented(self) -> bool {
        self as u16 >= Self::INSTRUMENTED_END_FOR as u16
            && self as u16 <= Self::INSTRUMENTED_LINE as u16
    }

    /// Whether the frame is left here, by value or by exception.
    #[inline]
    pub const fn is_scope_exit(self) -> bool {
        matches!(
            self,
            Self::RETURN_VALUE | Self::RETURN_CONST | Self::RAISE_VARARGS | Self::RERAISE
        )
    }

    /// Whether control never passes to the next instruction but goes to the target.
    #[inline]
    pub const fn is_unconditional_jump(self) -> bool {
        matches!(
            self,
            Self::JUMP
                | Self::JUMP_NO_INTERRUPT
                | Self::JUMP_FORWARD
                | Self::JUMP_BACKWARD
                | Self::JUMP_BACKWARD_NO_INTERRUPT
        )
    }

    /// Whether the jump's distance counts backwards.
    #[inline]
    pub const fn is_backward_jump(self) -> bool {
        matches!(
            self,
            Self::JUMP_BACKWARD | Self::JUMP_BACKWARD_NO_INTERRUPT | Self::END_ASYNC_FOR
        )
    }

    /// Whether it ends its basic block.
    #[inline]
    pub fn is_terminator(self) -> bool {
        self.has_jump() || self.is_scope_exit()
    }

    /// Values taken off the stack.
    #[inline]
    pub const fn num_popped(self, oparg: u32) -> u32 {
        generated::num_popped(self, oparg)
    }

    /// Values put on the stack.
    #[inline]
    pub const fn num_pushed(self, oparg: u32) -> u32 {
        generated::num_pushed(self, oparg)
    }

    /// How the depth of the stack changes where no jump is taken.
    #[inline]
    pub(crate) fn effect(self, oparg: u32) -> i32 {
        let Effect {
            base,
            popped,
            pushed,
        } = EFFECTS[self as usize];
        if base == i8::MIN {
            return self.stack_effect(oparg, false);
        }
        let counting = |mask: i8| oparg as i32 & i32::from(mask);
        i32::from(base)
            .wrapping_add(counting(pushed))
            .wrapping_sub(counting(popped))
    }

    /// How the depth of the stack changes; `jump` for the path to the target.
    #[inline]
    pub fn stack_effect(self, oparg: u32, jump: bool) -> i32 {
        if !jump && self.is_block_push() {
            return 0;
        }
        // Far beyond any argument that means something, near enough not to overflow.
        let (popped, pushed) = self.popped_pushed(oparg.min(1 << 28));
        pushed as i32 - popped as i32
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The instruction a byte of running or stored code stands for: specialized
/// forms give the instruction they specialize.
pub fn deoptimize(byte: u8) -> Option<Opcode> {
    if let Some(opcode) = Opcode::from_number(u32::from(byte)) {
        return Some(opcode);
    }
    SPECIALIZED
        .iter()
        .find(|&&(_, number, _)| number == byte)
        .map(|&(_, _, base)| base)
}
