//! `_sre` (`Modules/_sre/sre.c`): compiled patterns, matches, and the engine
//! that runs the codes that `re._compiler` makes.
//!
//! Backtracking keeps its state on one explicit stack, so that a long subject
//! needs no Rust recursion: only lookarounds and atomic groups recurse, as deep
//! as they are nested in the pattern. Every step is charged, so a pattern that
//! explodes is stopped by the budget. Codes are not trusted: what `re._compiler`
//! would never make ends the match with [`Stop::InvalidCode`].

#[cfg(test)]
mod cases;
mod charset;
mod code;
mod engine;
mod found;
mod pattern;
mod template;

use vitrine_vm::object::{Args, MethodDef, Ref, Ty};
use vitrine_vm::text::unicode;
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, add_functions};
use charset::lower_ascii;

pub(crate) const MODULE: NativeModule = NativeModule { name: "_sre", init };

/// The types that `compile` and matching make.
#[derive(Clone, Copy, Default)]
struct Types {
    pattern: Option<Ty>,
    found: Option<Ty>,
    scanner: Option<Ty>,
    template: Option<Ty>,
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let types = Types {
        pattern: Some(vm.new_type(None, &pattern::TYPE)),
        found: Some(vm.new_type(None, &found::TYPE)),
        scanner: Some(vm.new_type(None, &pattern::SCANNER)),
        template: Some(vm.new_type(None, &template::TYPE)),
    };
    *vm.state::<Types>() = types;
    for (name, value) in [
        ("MAGIC", i64::from(code::MAGIC)),
        ("CODESIZE", 4),
        ("MAXREPEAT", i64::from(code::MAXREPEAT)),
        ("MAXGROUPS", i64::from(i32::MAX) / 2),
    ] {
        let value = vm.new_int(value);
        add(vm, module, name, value);
    }
    add_functions(vm, module, FUNCTIONS)
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "compile",
        "(pattern, flags, code, groups, groupindex, indexgroup)",
        "Make a pattern from its codes.",
        pattern::compile,
    ),
    MethodDef::new(
        "template",
        "(pattern, template, /)",
        "Make a replacement template.",
        template::new,
    ),
    MethodDef::new("getcodesize", "()", "Bytes of a code.", |vm, _| {
        Ok(vm.new_int(4))
    }),
    MethodDef::new(
        "ascii_iscased",
        "(character, /)",
        "Whether an ASCII letter.",
        |vm, args| {
            let c = character(vm, args)?;
            Ok(Ref::bool(
                u8::try_from(c).is_ok_and(|c| c.is_ascii_alphabetic()),
            ))
        },
    ),
    MethodDef::new(
        "unicode_iscased",
        "(character, /)",
        "Whether it has case.",
        |vm, args| {
            let c = character(vm, args)?;
            Ok(Ref::bool(
                unicode::simple_lower(c) != c || unicode::simple_upper(c) != c,
            ))
        },
    ),
    MethodDef::new(
        "ascii_tolower",
        "(character, /)",
        "In lower case, if ASCII.",
        |vm, args| {
            let c = character(vm, args)?;
            Ok(vm.new_int(lower_ascii(c)))
        },
    ),
    MethodDef::new(
        "unicode_tolower",
        "(character, /)",
        "In lower case.",
        |vm, args| {
            let c = character(vm, args)?;
            Ok(vm.new_int(unicode::simple_lower(c)))
        },
    ),
];

fn character(vm: &mut Vm, args: Args<'_>) -> PyResult<u32> {
    let c = vm.index_isize(&args[0], "character")?;
    u32::try_from(c).map_err(|_| vm.value_error("not a character"))
}

/// Text or bytes to match in, indexed by character.
pub(crate) trait Subject: Copy {
    /// How many characters there are.
    fn len(self) -> usize;
    /// The code point (or byte) at an index below `len`.
    fn at(self, index: usize) -> u32;
}

macro_rules! subjects {
    ($($unit:ty),*) => {$(
        impl Subject for &[$unit] {
            fn len(self) -> usize {
                <[$unit]>::len(self)
            }
            #[inline]
            fn at(self, index: usize) -> u32 {
                u32::from(self[index])
            }
        }
    )*};
}

subjects!(u8, u16, u32);
