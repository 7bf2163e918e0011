//! Other versions of CPython than 3.14: a target is data and a few switches.
//!
//! Data are the tables that `generate_target.py` prints: numbers of instructions, sizes of
//! caches, which take an argument, the common constants. [`Switches`] name, one by one, the
//! decisions of the passes in which a version differs from 3.14; the passes ask for them.

mod v3_13;
mod v3_15;

use num_bigint::BigInt;
use vitrine_syntax::version::Version;

use crate::code::Const;
use crate::opcode::Opcode;

/// A version of CPython to compile for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Target {
    /// CPython 3.13.
    V3_13,
    /// CPython 3.14.
    #[default]
    V3_14,
    /// CPython 3.15.
    V3_15,
}

/// The tables of a version, as they are generated.
struct Tables {
    magic: u16,
    /// Instruction, number, cache units, whether it takes an argument.
    opcodes: &'static [(Opcode, u8, u8, bool)],
    cache_format: &'static [(Opcode, &'static [(&'static str, u8)])],
    common_constants: &'static [&'static str],
}

/// How instructions are written down.
#[derive(Debug)]
pub(crate) struct Encoding {
    numbers: [u8; OPCODES],
    caches: [u8; OPCODES],
    /// Code units of the instruction itself and its caches; none for what code has not.
    units: [u8; OPCODES],
    takes_argument: [bool; OPCODES],
    /// By number, specialized forms aside.
    opcodes: [Option<Opcode>; 256],
}

/// One more than the largest number in the compiler.
const OPCODES: usize = Opcode::RETURN_CONST as usize + 1;

static V3_14: Encoding = {
    let mut encoding = Encoding::EMPTY;
    let mut index = 0;
    while index < crate::opcode::ALL.len() {
        let opcode = crate::opcode::ALL[index];
        if !opcode.is_pseudo() && !opcode.is_foreign() {
            encoding.add(
                opcode,
                opcode as u8,
                opcode.caches() as u8,
                opcode.has_arg(),
            );
        }
        index += 1;
    }
    encoding
};

static V3_13: Encoding = Encoding::of(&v3_13::TABLES);
static V3_15: Encoding = Encoding::of(&v3_15::TABLES);

impl Encoding {
    const EMPTY: Self = Self {
        numbers: [0; OPCODES],
        caches: [0; OPCODES],
        units: [0; OPCODES],
        takes_argument: [false; OPCODES],
        opcodes: [None; 256],
    };

    const fn of(tables: &Tables) -> Self {
        let mut encoding = Self::EMPTY;
        let mut index = 0;
        while index < tables.opcodes.len() {
            let (opcode, number, caches, takes_argument) = tables.opcodes[index];
            encoding.add(opcode, number, caches, takes_argument);
            index += 1;
        }
        encoding
    }

    const fn add(&mut self, opcode: Opcode, number: u8, caches: u8, takes_argument: bool) {
        self.numbers[opcode as usize] = number;
        self.caches[opcode as usize] = caches;
        self.units[opcode as usize] = caches + 1;
        self.takes_argument[opcode as usize] = takes_argument;
        self.opcodes[number as usize] = Some(opcode);
    }

    #[inline]
    pub(crate) fn number(&self, opcode: Opcode) -> u8 {
        self.numbers[opcode as usize]
    }

    /// Code units of an instruction and its caches, `EXTENDED_ARG`s aside; 0 if the target's
    /// code has no such instruction.
    #[inline]
    pub(crate) fn units(&self, opcode: Opcode) -> u32 {
        u32::from(self.units[opcode as usize])
    }

    #[inline]
    pub(crate) fn caches(&self, opcode: Opcode) -> usize {
        usize::from(self.caches[opcode as usize])
    }
}

/// The decisions in which a version differs from 3.14.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Switches {
    /// `LOAD_COMMON_CONSTANT` loads None, True, False, -1 and the empty string.
    pub(crate) common_constants_are_values: bool,
    /// `GET_ITER` leaves two values, what is awaited stands on a NULL, and `yield from`
    /// gets its iterator as a loop does.
    pub(crate) iterators_take_two_places: bool,
    /// Comprehensions get their outermost iterator themselves: generator expressions
    /// before there is a generator, others when what they fill is made.
    pub(crate) comprehensions_iterate: bool,
    /// `list` and `set` of a generator expression are loops as `tuple` is.
    pub(crate) lists_and_sets_are_loops: bool,
    /// `IMPORT_NAME` says in its low bits whether the import may be put off: it may not in
    /// a function, a class or a `try`.
    pub(crate) imports_may_wait: bool,
    /// The `__annotate__` of a function `f` is `f.__annotate__`.
    pub(crate) annotations_are_named_for_functions: bool,
    /// The annotations of a function are in the order of its parameters: of those that may
    /// be named, before them the ones that may not.
    pub(crate) annotations_are_in_order: bool,
    /// What is made of a jump - its other direction, a jump to a jump's target, the mark of
    /// the path not taken - is as much in its `try` as the jump.
    pub(crate) new_jumps_have_handlers: bool,
    /// Two faults of 3.14 are mended: that nothing is borrowed behind an empty block, and that
    /// of some pushed values it is the block's first instruction that must own.
    pub(crate) borrowing_is_mended: bool,
    /// Constants are folded in the tree, before there are instructions (`codegen/fold_tree.rs`),
    /// and the instructions are folded only where a tuple of constants comes up.
    pub(crate) folds_in_tree: bool,
    /// Annotations are evaluated where they stand, and type parameters know no formats.
    pub(crate) annotates_at_once: bool,
    /// The first constant of a function is its docstring or None.
    pub(crate) first_constant_is_docstring: bool,
    /// The kinds of variables do not tell parameters from others.
    pub(crate) parameters_are_plain: bool,
    /// `and` and `or` copy what they test; the test of a `while` stands at its end, too.
    pub(crate) tests_are_spelled_out: bool,
    /// Loads are plain - no small integers, nothing borrowed - and `RETURN_CONST` returns constants.
    pub(crate) loads_are_plain: bool,
    /// No instruction marks the path not taken, nor the end of an iterator.
    pub(crate) paths_are_unmarked: bool,
    /// `with`, subscripts, dicts with constant keys and AssertionError have instructions of their own.
    pub(crate) has_special_instructions: bool,
    /// `CALL_FUNCTION_EX` says whether there are keywords, in place of a NULL.
    pub(crate) calls_say_keywords: bool,
    /// The loops of comprehensions get the iterator of their iterator (3.13.5).
    pub(crate) iterates_twice: bool,
    /// What a comprehension names in a class is a local variable while it runs, bound or not.
    pub(crate) comprehensions_hide_all_names: bool,
    /// Functions are called, whatever they get: generator expressions too.
    pub(crate) generators_are_passed: bool,
}

impl Switches {
    /// How the depth of the stack changes; `jump` for the path to the target.
    #[inline]
    pub(crate) fn stack_effect(self, opcode: Opcode, arg: u32, jump: bool) -> i32 {
        let effect = opcode.stack_effect(arg, jump);
        if self.calls_say_keywords && opcode == Opcode::CALL_FUNCTION_EX {
            return effect + 1 - (arg & 1) as i32;
        }
        if !self.iterators_take_two_places {
            return effect;
        }
        match opcode {
            Opcode::GET_ITER => effect + 1,
            Opcode::POP_ITER | Opcode::END_SEND => effect - 1,
            _ => effect,
        }
    }

    /// Whether instructions have 3.14's effects on the stack.
    #[inline]
    pub(crate) fn has_usual_effects(self) -> bool {
        !(self.calls_say_keywords | self.iterators_take_two_places)
    }

    /// How the depth of the stack changes where no jump is taken.
    #[inline(always)]
    pub(crate) fn effect(self, opcode: Opcode, arg: u32) -> i32 {
        match self.has_usual_effects() {
            true => opcode.effect(arg),
            false => self.stack_effect(opcode, arg, false),
        }
    }

    /// Values taken off the stack, and put there.
    #[inline]
    pub(crate) fn popped_and_pushed(self, opcode: Opcode, arg: u32) -> (u32, u32) {
        let (popped, pushed) = opcode.popped_pushed(arg);
        if self.has_usual_effects() {
            return (popped, pushed);
        }
        match opcode {
            Opcode::CALL_FUNCTION_EX if self.calls_say_keywords => (popped - 1 + (arg & 1), pushed),
            _ if !self.iterators_take_two_places => (popped, pushed),
            Opcode::GET_ITER => (popped, pushed + 1),
            Opcode::POP_ITER | Opcode::END_SEND => (popped + 1, pushed),
            _ => (popped, pushed),
        }
    }
}

/// The values that are common constants in 3.15, by number.
pub(crate) fn common_value(number: u32) -> Option<Const> {
    Some(
        match *Target::V3_15.common_constants().get(number as usize)? {
            "None" => Const::None,
            "''" => Const::Str(Default::default()),
            "True" => Const::Bool(true),
            "False" => Const::Bool(false),
            "-1" => Const::Int(BigInt::from(-1)),
            _ => return None,
        },
    )
}

/// The number of the common constant that a value is in 3.15.
pub(crate) fn common_constant(value: &Const) -> Option<u32> {
    let name = match value {
        Const::None => "None",
        Const::Bool(true) => "True",
        Const::Bool(false) => "False",
        Const::Int(value) if *value == BigInt::from(-1) => "-1",
        Const::Str(text) if text.is_empty() => "''",
        _ => return None,
    };
    Target::V3_15.common_constant(name)
}

impl Target {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::V3_13, Self::V3_14, Self::V3_15];

    /// The name: `3.15`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3_13 => "3.13",
            Self::V3_14 => "3.14",
            Self::V3_15 => "3.15",
        }
    }

    /// The target with a name like `3.15`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    /// The magic number of its `.pyc` files.
    pub fn magic(self) -> u16 {
        self.tables()
            .map_or(crate::marshal::pyc::MAGIC, |tables| tables.magic)
    }

    /// The target whose `.pyc` files have a magic number.
    pub fn from_magic(magic: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.magic() == magic)
    }

    fn tables(self) -> Option<&'static Tables> {
        match self {
            Self::V3_13 => Some(&v3_13::TABLES),
            Self::V3_14 => None,
            Self::V3_15 => Some(&v3_15::TABLES),
        }
    }

    pub(crate) fn encoding(self) -> &'static Encoding {
        match self {
            Self::V3_13 => &V3_13,
            Self::V3_14 => &V3_14,
            Self::V3_15 => &V3_15,
        }
    }

    pub(crate) fn switches(self) -> Switches {
        match self {
            Self::V3_13 => Switches {
                folds_in_tree: true,
                annotates_at_once: true,
                first_constant_is_docstring: true,
                parameters_are_plain: true,
                tests_are_spelled_out: true,
                loads_are_plain: true,
                paths_are_unmarked: true,
                has_special_instructions: true,
                calls_say_keywords: true,
                iterates_twice: true,
                comprehensions_hide_all_names: true,
                generators_are_passed: true,
                ..Switches::default()
            },
            Self::V3_14 => Switches::default(),
            Self::V3_15 => Switches {
                common_constants_are_values: true,
                iterators_take_two_places: true,
                comprehensions_iterate: true,
                lists_and_sets_are_loops: true,
                imports_may_wait: true,
                annotations_are_named_for_functions: true,
                annotations_are_in_order: true,
                new_jumps_have_handlers: true,
                borrowing_is_mended: true,
                ..Switches::default()
            },
        }
    }

    /// Whose grammar its texts are read by: what 3.13 lacks of 3.14's is refused behind it.
    pub fn grammar(self) -> Version {
        match self {
            Self::V3_13 | Self::V3_14 => Version::V3_14,
            Self::V3_15 => Version::V3_15,
        }
    }

    /// The version that a grammar is the one of.
    pub fn of_grammar(grammar: Version) -> Self {
        match grammar {
            Version::V3_14 => Self::V3_14,
            Version::V3_15 => Self::V3_15,
        }
    }

    /// Whether annotations are evaluated where they stand.
    pub fn annotates_at_once(self) -> bool {
        self.switches().annotates_at_once
    }

    /// The number of an instruction that the version has.
    pub fn number(self, opcode: Opcode) -> u8 {
        self.encoding().number(opcode)
    }

    /// The code units of an instruction's cache.
    pub fn caches(self, opcode: Opcode) -> usize {
        self.encoding().caches(opcode)
    }

    /// Whether an instruction takes an argument.
    pub fn has_arg(self, opcode: Opcode) -> bool {
        self.encoding().takes_argument[opcode as usize]
    }

    /// The instruction with a number, specialized forms of 3.14 included.
    pub fn opcode(self, byte: u8) -> Option<Opcode> {
        match self {
            Self::V3_14 => crate::opcode::deoptimize(byte),
            _ => self.encoding().opcodes[usize::from(byte)],
        }
    }

    /// The parts of an instruction's cache, in code units.
    pub fn cache_format(self, opcode: Opcode) -> &'static [(&'static str, u8)] {
        let formats = self
            .tables()
            .map_or(crate::opcode::CACHE_FORMAT, |tables| tables.cache_format);
        let found = formats.iter().find(|&&(known, _)| known == opcode);
        found.map_or(&[], |&(_, parts)| parts)
    }

    /// What `LOAD_COMMON_CONSTANT` numbers.
    pub fn common_constants(self) -> &'static [&'static str] {
        self.tables()
            .map_or(crate::opcode::COMMON_CONSTANTS, |tables| {
                tables.common_constants
            })
    }

    /// The number of a common constant.
    pub(crate) fn common_constant(self, name: &str) -> Option<u32> {
        let mut names = self.common_constants().iter();
        let at = names.position(|known| *known == name)?;
        Some(at as u32)
    }
}
