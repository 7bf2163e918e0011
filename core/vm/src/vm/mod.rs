//! The machine: heap, types, names, budgets, and the stacks code runs on.
#![deny(unsafe_code)]

mod baton;
mod bootstrap;
mod budget;
mod bytecode_file;
mod create;
mod errors;
mod execute;
mod import;
mod intern;
mod report;
mod syntax_errors;
pub(crate) mod threads;
mod types;

use std::collections::HashMap;

pub(crate) use bootstrap::blank_type;
pub use budget::{Budgets, InterruptHandle};
pub use types::{Exceptions, Names, Types};

use crate::heap::HeapBox;
use crate::host::Host;
use crate::interp::Exec;
use crate::object::Ref;
use crate::text::TextBuf;

/// How to set up a machine.
pub struct Config {
    /// Files, clock, environment, streams.
    pub host: Box<dyn Host>,
    /// Limits on steps, memory and time.
    pub budgets: Budgets,
    /// `sys.argv`
    pub argv: Vec<String>,
    /// Native stack the machine may use, in bytes; a little less than the thread has.
    pub native_stack: usize,
    /// Native modules, by name.
    pub modules: &'static [NativeModule],
    /// Finds pure-Python modules that are part of the binary.
    pub library: Option<Box<dyn Library>>,
}

/// A library module written in Rust.
pub struct NativeModule {
    /// Its name in `import`.
    pub name: &'static str,
    /// Fills the fresh module; called at the first import.
    pub init: fn(&mut Vm, &Ref) -> crate::error::PyResult<()>,
}

/// The packed pure-Python library.
pub trait Library: Send {
    /// A module's code, and whether it is a package.
    fn find(
        &self,
        name: &str,
    ) -> Option<(std::sync::Arc<vitrine_bytecode::code::CodeObject>, bool)>;

    /// The source text of one of its files, for tracebacks.
    fn source(&self, filename: &str) -> Option<String> {
        let _ = filename;
        None
    }
}

/// One Python machine. All its objects die with it.
pub struct Vm {
    pub(crate) exec: Exec,
    /// The built-in types.
    pub types: Types,
    /// The built-in exceptions.
    pub exc: Exceptions,
    /// Interned names.
    pub names: std::rc::Rc<Names>,
    /// The namespace of `builtins`, a dict.
    pub builtins: Ref,
    /// `sys.modules`, a dict.
    pub modules: Ref,
    pub(crate) empty_tuple: Ref,
    pub(crate) empty_str: Ref,
    /// The strings of one Latin-1 character.
    pub(crate) latin1: Vec<Ref>,
    pub(crate) interned: HashMap<TextBuf, Ref>,
    dict_version: u32,
    pub(crate) type_version: u32,
    pub(crate) budget: budget::State,
    /// Files, clock, environment, streams.
    pub host: Box<dyn Host>,
    pub(crate) argv: Vec<String>,
    pub(crate) native_modules: &'static [NativeModule],
    pub(crate) library: Option<Box<dyn Library>>,
    /// Texts of files, for tracebacks.
    pub(crate) sources: HashMap<String, Option<std::sync::Arc<str>>>,
    /// Register code that has been made.
    pub(crate) codes: Vec<std::rc::Weak<crate::interp::Translated>>,
    pub(crate) threads: threads::Threads,
    /// State of native modules, by Rust type.
    pub(crate) states: HashMap<std::any::TypeId, Box<dyn std::any::Any>>,
    /// Last, as it is given back when nothing in it is referred to any more: a handle that
    /// outlives its machine stays harmless.
    pub(crate) heap: HeapBox,
}

impl Vm {
    /// A number that no dict had as its version before.
    pub(crate) fn next_dict_version(&mut self) -> u32 {
        self.dict_version = self.dict_version.wrapping_add(1).max(1);
        self.dict_version
    }

    pub(crate) fn next_type_version(&mut self) -> u32 {
        self.type_version = self.type_version.wrapping_add(1).max(1);
        self.type_version
    }

    /// State that a native module keeps in the machine, made at first use.
    pub fn state<T: Default + 'static>(&mut self) -> &mut T {
        self.states
            .entry(std::any::TypeId::of::<T>())
            .or_insert_with(|| Box::new(T::default()))
            .downcast_mut()
            .expect("stored under its own type")
    }

    /// The command line of the program, `sys.argv`.
    pub fn argv(&self) -> &[String] {
        &self.argv
    }
}
