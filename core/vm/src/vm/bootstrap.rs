//! Bringing a machine up: the first types, names, and all built-ins.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell, UnsafeCell};
use std::collections::HashMap;

use crate::error::PyResult;
use crate::heap::{Heap, Kind, Layout, LayoutId};
use crate::interp::Exec;
use crate::object::{Dict, Ref, Slot, Slots, Ty, Type, type_flags};
use crate::text::Text;
use crate::vm::{Budgets, Config, Exceptions, Names, Types, Vm};

const TYPE_LAYOUT: LayoutId = 1;
const DICT_LAYOUT: LayoutId = 2;
/// Slots of the main thread's value stack; memory is committed as it is touched.
const STACK_SLOTS: usize = 8 << 20;

fn empty_layout(ty: Option<Ty>, first: u16, dict: bool) -> Layout {
    Layout {
        ty,
        names: Vec::new(),
        first,
        transitions: HashMap::new(),
        dict,
    }
}

impl Layout {
    /// The two layouts every type begins with.
    pub(crate) fn for_type(ty: Ty, first: u16) -> [Self; 2] {
        [
            empty_layout(Some(ty), first, false),
            empty_layout(Some(ty), first, true),
        ]
    }
}

/// A type object with nothing in it yet.
#[allow(clippy::too_many_arguments)]
pub(crate) fn blank_type(
    name: &str,
    module: &'static str,
    base: Option<Ty>,
    kind: Kind,
    flags: u32,
    dict: Ref,
) -> Type {
    Type {
        name: RefCell::new(name.to_owned()),
        qualname: Slot::empty(),
        dict,
        base: Cell::new(base),
        bases: Slot::empty(),
        mro: RefCell::new(Box::default()),
        mro_tuple: Slot::empty(),
        slots: UnsafeCell::new(Slots::EMPTY),
        flags: Cell::new(flags),
        base_kind: Cell::new(kind),
        layout: Cell::new(0),
        dict_layout: Cell::new(0),
        fixed_slots: Cell::new(0),
        inline_slots: Cell::new(0),
        version: Cell::new(0),
        subclasses: RefCell::new(Vec::new()),
        cache: UnsafeCell::new(HashMap::default()),
        cached_names: Cell::new(0),
        flushes: Cell::new(0),
        doc: Cell::new(None),
        module,
    }
}

fn first_type(
    heap: &mut Heap,
    name: &'static str,
    module: &'static str,
    base: Option<Ty>,
    kind: Kind,
    flags: u32,
) -> Ty {
    let dict = heap.alloc(Dict::default(), DICT_LAYOUT, 0, 0);
    let object = heap.alloc(
        blank_type(name, module, base, kind, flags, dict),
        TYPE_LAYOUT,
        0,
        0,
    );
    let ty = Ty::from_ref(&object.immortal());
    let mut mro = vec![ty];
    if let Some(base) = base {
        mro.extend(base.mro.borrow().iter().copied());
        base.subclasses.borrow_mut().push(ty);
        let inherited = type_flags::HAS_DICT
            | type_flags::HAS_WEAKREF
            | type_flags::EXCEPTION
            | type_flags::MATCH_SELF
            | type_flags::SEQUENCE
            | type_flags::MAPPING
            | type_flags::TYPE_SUBCLASS;
        ty.set_flag(base.flags.get() & inherited, true);
    }
    *ty.mro.borrow_mut() = mro.into();
    let fixed = u16::from(ty.has(type_flags::HAS_DICT));
    ty.fixed_slots.set(fixed);
    ty.inline_slots.set(fixed);
    let [plain, dict] = Layout::for_type(ty, fixed);
    match name {
        "type" => {
            heap.layouts[TYPE_LAYOUT as usize] = plain;
            ty.layout.set(TYPE_LAYOUT);
        }
        "dict" => {
            heap.layouts[DICT_LAYOUT as usize] = plain;
            ty.layout.set(DICT_LAYOUT);
        }
        _ => ty.layout.set(heap.add_layout(plain)),
    }
    ty.dict_layout.set(heap.add_layout(dict));
    ty
}

impl Vm {
    /// A machine with all built-ins, ready to run code.
    pub fn new(config: Config) -> PyResult<Box<Self>> {
        let mut heap = Heap::boxed();
        for _ in 0..3 {
            heap.add_layout(empty_layout(None, 0, false));
        }
        let base = type_flags::BASETYPE;
        let object = first_type(&mut heap, "object", "builtins", None, Kind::Instance, base);
        let type_ = first_type(
            &mut heap,
            "type",
            "builtins",
            Some(object),
            Kind::Type,
            base | type_flags::TYPE_SUBCLASS | type_flags::HAS_WEAKREF | type_flags::MATCH_SELF,
        );
        type_.set_flag(type_flags::MATCH_SELF, false);
        let types = Types::make(object, type_, |name, module, base, kind, flags| {
            first_type(&mut heap, name, module, Some(base), kind, flags)
        });
        let flags = base | type_flags::HAS_DICT | type_flags::EXCEPTION;
        let base_exception = first_type(
            &mut heap,
            "BaseException",
            "builtins",
            Some(object),
            Kind::Exception,
            flags,
        );
        let exc = Exceptions::make(base_exception, |name, base| {
            first_type(
                &mut heap,
                name,
                "builtins",
                Some(base),
                Kind::Exception,
                flags,
            )
        });

        let (str_layout, tuple_layout) = (types.str.layout.get(), types.tuple.layout.get());
        let empty_str = heap.alloc_str(Text::Ascii(""), str_layout, 0).immortal();
        let empty_tuple = heap.alloc_tuple(0, [], tuple_layout, 0).immortal();
        let latin1 = (0..=255u8)
            .map(|byte| {
                let bytes = [byte];
                let text = match std::str::from_utf8(&bytes) {
                    Ok(text) => Text::Ascii(text),
                    Err(_) => Text::Latin1(&bytes),
                };
                heap.alloc_str(text, str_layout, 0).immortal()
            })
            .collect();
        let mut interned = HashMap::new();
        let names = Names::make(|name| {
            let string = heap.alloc_str(Text::Ascii(name), str_layout, 0).immortal();
            string.set_flags(crate::heap::flags::INTERNED);
            interned.insert(crate::text::TextBuf::from(name), string.clone());
            string
        });
        let builtins = heap.alloc(Dict::default(), DICT_LAYOUT, 0, 0);
        let modules = heap.alloc(Dict::default(), DICT_LAYOUT, 0, 0);
        let now = config.host.monotonic_ns();
        let mut exec = Exec::new(STACK_SLOTS);
        exec.stack_floor = super::budget::stack_floor(config.native_stack);
        let mut vm = Box::new(Self {
            exec,
            types,
            exc,
            names: std::rc::Rc::new(names),
            builtins,
            modules,
            empty_tuple,
            empty_str,
            latin1,
            interned,
            dict_version: 0,
            type_version: 0,
            budget: super::budget::State::new(Budgets::default(), now),
            host: config.host,
            argv: config.argv,
            native_modules: config.modules,
            library: config.library,
            sources: HashMap::new(),
            codes: Vec::new(),
            threads: Default::default(),
            states: HashMap::new(),
            heap,
        });
        for ty in vm.all_types() {
            let mro = ty.mro().iter().map(|t| t.to_ref()).collect();
            let mro = vm.new_tuple(mro);
            ty.mro_tuple.set(Some(mro));
            let bases = ty.base().map(Ty::to_ref).into_iter().collect();
            let bases = vm.new_tuple(bases);
            ty.bases.set(Some(bases));
            let name = ty.name();
            let qualname = vm.intern(&name);
            ty.qualname.set(Some(qualname));
            let version = vm.next_type_version();
            ty.version.set(version);
        }
        crate::types::define_all(&mut vm)?;
        vm.set_budgets(config.budgets);
        Ok(vm)
    }

    /// The built-in types, bases first.
    pub(crate) fn all_types(&self) -> Vec<Ty> {
        let mut all = vec![self.types.object];
        let mut at = 0;
        while at < all.len() {
            let subclasses = all[at].subclasses.borrow().clone();
            all.extend(subclasses);
            at += 1;
        }
        all
    }
}
