//! Code objects as the machine keeps them, and the functions made from them.

use std::cell::{Cell, OnceCell, UnsafeCell};
use std::rc::Rc;
use std::sync::Arc;

use vitrine_bytecode::code::{CodeFlags, CodeObject, LocalKind};

use crate::heap::{Kind, Payload, Visitor};
use crate::interp::translate::Translated;
use crate::object::{Ref, Slot};
use crate::vm::Vm;

/// The payload of a code object.
pub(crate) struct Code {
    /// CPython's code object.
    pub data: Arc<CodeObject>,
    pub(crate) consts: Vec<Ref>,
    pub(crate) names: Vec<Ref>,
    /// Names of the fast locals.
    pub(crate) varnames: Vec<Ref>,
    pub(crate) name: Ref,
    pub(crate) qualname: Ref,
    pub(crate) filename: Ref,
    pub(crate) translated: OnceCell<Rc<Translated>>,
    /// Slots of a frame.
    pub(crate) frame_size: usize,
    /// Positional and keyword-only parameters, `*args`, `**kwargs`.
    pub(crate) parameters: usize,
}

impl Payload for Code {
    const KIND: Kind = Kind::Code;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for list in [&self.consts, &self.names, &self.varnames] {
            for item in list {
                visitor.visit(item);
            }
        }
        visitor.visit(&self.name);
        visitor.visit(&self.qualname);
        visitor.visit(&self.filename);
    }
}

impl Code {
    pub(crate) fn has(&self, flag: u32) -> bool {
        self.data.flags & flag != 0
    }

    pub(crate) fn nlocals(&self) -> usize {
        self.varnames.len()
    }

    /// Whether a local is a cell or free variable.
    pub(crate) fn is_cell(&self, local: usize) -> bool {
        self.data.localspluskinds[local] & (LocalKind::CELL | LocalKind::FREE) != 0
    }
}

/// The payload of a function.
pub(crate) struct Function {
    /// `__code__`
    pub(crate) code: Slot,
    /// The dict of `__globals__`.
    pub(crate) globals: Ref,
    /// The dict of `__builtins__`.
    pub(crate) builtins: Ref,
    pub(crate) name: Slot,
    pub(crate) qualname: Slot,
    pub(crate) defaults: Slot,
    pub(crate) kwdefaults: Slot,
    pub(crate) closure: Slot,
    pub(crate) doc: Slot,
    pub(crate) module: Slot,
    pub(crate) annotations: Slot,
    pub(crate) annotate: Slot,
    pub(crate) type_params: Slot,
    /// The code's payload, for the interpreter; `code` keeps it alive.
    pub(crate) raw_code: UnsafeCell<*const Code>,
    /// Calls by position with this many arguments need no binding; `usize::MAX`: always bind.
    pub(crate) simple: Cell<usize>,
}

impl Payload for Function {
    const KIND: Kind = Kind::Function;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.globals);
        visitor.visit(&self.builtins);
        for slot in self.slots() {
            slot.visit(visitor);
        }
    }

    fn clear(&self) {
        // The code stays: a frame may still run it.
        for slot in &self.slots()[1..] {
            slot.take();
        }
    }
}

impl Function {
    fn slots(&self) -> [&Slot; 11] {
        [
            &self.code,
            &self.name,
            &self.qualname,
            &self.defaults,
            &self.kwdefaults,
            &self.closure,
            &self.doc,
            &self.module,
            &self.annotations,
            &self.annotate,
            &self.type_params,
        ]
    }

    /// The code's payload.
    #[inline(always)]
    pub(crate) fn code(&self) -> &Code {
        // SAFETY: `raw_code` always points into the code object in `code`.
        unsafe { &**self.raw_code.get() }
    }

    /// Changes `__code__`.
    pub(crate) fn set_code(&self, code: &Ref) {
        let payload: *const Code = code.payload::<Code>();
        // SAFETY: nobody holds a borrow of the old pointer.
        unsafe { *self.raw_code.get() = payload };
        self.simple.set(simple_count(code.payload()));
        self.code.set(Some(code.clone()));
    }
}

fn simple_count(code: &Code) -> usize {
    let complex = CodeFlags::VARARGS | CodeFlags::VARKEYWORDS;
    if code.has(complex) || code.data.kwonlyargcount > 0 {
        usize::MAX
    } else {
        code.data.argcount as usize
    }
}

impl Vm {
    /// A code object as a value.
    pub fn new_code(&mut self, data: Arc<CodeObject>) -> Ref {
        let consts = data.consts.iter().map(|c| self.new_const(c)).collect();
        let names = data.names.iter().map(|n| self.intern(n)).collect();
        let varnames: Vec<Ref> = data
            .localsplusnames
            .iter()
            .map(|n| self.intern(n))
            .collect();
        let name = self.intern(&data.name);
        let qualname = self.intern(&data.qualname);
        let filename = self.intern(&data.filename);
        let frame_size = varnames.len() + data.stacksize as usize + 2;
        let flag = |f| usize::from(data.flags & f != 0);
        let parameters = (data.argcount + data.kwonlyargcount) as usize
            + flag(CodeFlags::VARARGS)
            + flag(CodeFlags::VARKEYWORDS);
        let payload = Code {
            consts,
            names,
            varnames,
            name,
            qualname,
            filename,
            translated: OnceCell::new(),
            frame_size,
            parameters,
            data,
        };
        self.new_object(self.types.code, payload)
    }

    /// A function of a code object.
    pub fn new_python_function(&mut self, code: &Ref, globals: &Ref) -> Ref {
        let payload: &Code = code.payload();
        let names = self.names.clone();
        let dict: &crate::object::Dict = globals.payload();
        let module = dict.get_str(self, &names.__name__);
        let builtins = match dict.get_str(self, &names.__builtins__) {
            Some(b) if b.kind() == Some(Kind::Dict) => b,
            Some(b) => match b.downcast::<crate::object::Module>() {
                Some(module) => module.dict.clone(),
                None => self.builtins.clone(),
            },
            None => self.builtins.clone(),
        };
        let doc = if payload.has(CodeFlags::HAS_DOCSTRING) {
            payload.consts.first().cloned()
        } else {
            None
        };
        let function = Function {
            code: Slot::new(code.clone()),
            globals: globals.clone(),
            builtins,
            name: Slot::new(payload.name.clone()),
            qualname: Slot::new(payload.qualname.clone()),
            defaults: Slot::empty(),
            kwdefaults: Slot::empty(),
            closure: Slot::empty(),
            doc: Slot::new(doc.unwrap_or_else(Ref::none)),
            module: Slot::new(module.unwrap_or_else(Ref::none)),
            annotations: Slot::empty(),
            annotate: Slot::empty(),
            type_params: Slot::empty(),
            raw_code: UnsafeCell::new(payload),
            simple: Cell::new(simple_count(payload)),
        };
        self.new_object(self.types.function, function)
    }
}
