//! Functions and methods, Python's and native ones.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::interp::code::{Code, Function};
use crate::object::{
    Args, BoundMethod, Builtin, CompareOp, Flavor, GetSetDef, Kind, MethodDef, MethodDescr, Ref,
    Slots, Ty, TypeDef,
};
use crate::vm::Vm;

pub(super) fn define(vm: &mut Vm) {
    let t = vm.types;
    vm.define(t.function, &FUNCTION);
    vm.define(t.builtin, &BUILTIN);
    vm.define(t.method, &METHOD);
}

macro_rules! slot_attr {
    ($name:literal, $field:ident, $check:expr) => {
        GetSetDef::new(
            $name,
            "",
            |_, f| Ok(function(f).$field.get().unwrap_or_else(Ref::none)),
            |vm, f, value| {
                let check: fn(&mut Vm, Option<&Ref>) -> PyResult<()> = $check;
                check(vm, value)?;
                function(f).$field.set(value.cloned());
                Ok(())
            },
        )
    };
}

const FUNCTION: TypeDef = TypeDef {
    name: "function",
    doc: "function(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)\n--\n\nCreate a function object.",
    slots: Slots {
        repr: Some(|vm, f| {
            let name = function(f)
                .qualname
                .get()
                .map(|q| vm.text_of(&q))
                .unwrap_or_default();
            Ok(vm.new_str(&format!("<function {name} at {:#x}>", f.id())))
        }),
        call: Some(call_function),
        descr_get: Some(bind),
        new: Some(function_new),
        ..Slots::EMPTY
    },
    getset: &[
        slot_attr!("__name__", name, |vm, v| want_str(vm, v, "__name__")),
        slot_attr!("__qualname__", qualname, |vm, v| want_str(
            vm,
            v,
            "__qualname__"
        )),
        slot_attr!("__doc__", doc, |_, _| Ok(())),
        slot_attr!("__module__", module, |_, _| Ok(())),
        GetSetDef::new(
            "__defaults__",
            "",
            |_, f| Ok(function(f).defaults.get().unwrap_or_else(Ref::none)),
            |vm, f, value| {
                let value = value.filter(|value| !value.is_none());
                if value.is_some_and(|value| value.as_tuple().is_none()) {
                    return Err(vm.type_error("__defaults__ must be set to a tuple object"));
                }
                function(f).defaults.set(value.cloned());
                Ok(())
            },
        ),
        GetSetDef::new(
            "__kwdefaults__",
            "",
            |_, f| Ok(function(f).kwdefaults.get().unwrap_or_else(Ref::none)),
            |vm, f, value| {
                let value = value.filter(|value| !value.is_none());
                if value.is_some_and(|value| value.kind() != Some(Kind::Dict)) {
                    return Err(vm.type_error("__kwdefaults__ must be set to a dict object"));
                }
                function(f).kwdefaults.set(value.cloned());
                Ok(())
            },
        ),
        slot_attr!("__annotate__", annotate, |_, _| Ok(())),
        GetSetDef::read_only("__closure__", "", |_, f| {
            Ok(function(f).closure.get().unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("__globals__", "", |_, f| Ok(function(f).globals.clone())),
        GetSetDef::read_only("__builtins__", "", |_, f| Ok(function(f).builtins.clone())),
        GetSetDef::new(
            "__code__",
            "",
            |_, f| Ok(function(f).code.get().unwrap_or_else(Ref::none)),
            |vm, f, v| match v.filter(|v| v.kind() == Some(Kind::Code)) {
                Some(code) => {
                    function(f).set_code(code);
                    Ok(())
                }
                None => Err(vm.type_error("__code__ must be set to a code object")),
            },
        ),
        GetSetDef::new("__annotations__", "", annotations, |_, f, v| {
            function(f).annotations.set(v.cloned());
            Ok(())
        }),
        GetSetDef::new(
            "__type_params__",
            "",
            |vm, f| {
                Ok(function(f)
                    .type_params
                    .get()
                    .unwrap_or_else(|| vm.empty_tuple.clone()))
            },
            |_, f, v| {
                function(f).type_params.set(v.cloned());
                Ok(())
            },
        ),
        super::type_::DICT,
    ],
    ..TypeDef::EMPTY
};

fn function(f: &Ref) -> &Function {
    f.payload()
}

fn want_str(vm: &mut Vm, value: Option<&Ref>, name: &str) -> PyResult<()> {
    match value.filter(|v| v.as_str().is_some()) {
        Some(_) => Ok(()),
        None => Err(vm.type_error(format!("{name} must be set to a string object"))),
    }
}

fn annotations(vm: &mut Vm, f: &Ref) -> PyResult<Ref> {
    if let Some(found) = function(f).annotations.get() {
        if let Some(pairs) = found.as_tuple() {
            let dict = vm.new_dict();
            for pair in pairs.chunks(2) {
                vm.dict_set(&dict, &pair[0], pair[1].clone())?;
            }
            function(f).annotations.set(Some(dict.clone()));
            return Ok(dict);
        }
        return Ok(found);
    }
    let dict = match function(f).annotate.get().filter(|a| vm.is_callable(a)) {
        Some(annotate) => vm.call(&annotate, &[Ref::small_int(1)])?,
        None => vm.new_dict(),
    };
    function(f).annotations.set(Some(dict.clone()));
    Ok(dict)
}

/// The `call` slot of functions.
fn call_function(vm: &mut Vm, f: &Ref, args: Args<'_>) -> PyResult<Ref> {
    let all = (0..args.len())
        .filter_map(|i| args.get(i))
        .cloned()
        .collect();
    vm.call_function(f, all, args.kwnames())
}

fn bind(vm: &mut Vm, f: &Ref, object: Option<&Ref>, _ty: Ty) -> PyResult<Ref> {
    match object {
        Some(object) => Ok(vm.new_method(f.clone(), object.clone())),
        None => Ok(f.clone()),
    }
}

fn function_new(vm: &mut Vm, _ty: Ty, args: Args<'_>) -> PyResult<Ref> {
    let sig = crate::object::Signature::parse(
        "(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)",
    );
    let bound = sig.bind(vm, "function", args)?;
    let a = Args::new(&bound, &[]);
    if a[0].kind() != Some(Kind::Code) || a[1].kind() != Some(Kind::Dict) {
        return Err(vm.type_error("function() expects a code object and a dict"));
    }
    let f = vm.new_python_function(&a[0], &a[1]);
    let payload = function(&f);
    if let Some(name) = a.get_not_none(2) {
        payload.name.set(Some(name.clone()));
    }
    payload.defaults.set(a.get_not_none(3).cloned());
    payload.closure.set(a.get_not_none(4).cloned());
    payload.kwdefaults.set(a.get_not_none(5).cloned());
    let code: &Code = a[0].payload();
    let free = code
        .data
        .localspluskinds
        .iter()
        .filter(|k| **k & 0x80 != 0)
        .count();
    let given = a
        .get_not_none(4)
        .and_then(Ref::as_tuple)
        .map_or(0, |t| t.len());
    if free != given {
        return Err(vm.value_error(format!(
            "{} requires closure of length {free}, not {given}",
            vm.text_of(&code.name)
        )));
    }
    Ok(f)
}

const BUILTIN: TypeDef = TypeDef {
    name: "builtin_function_or_method",
    slots: Slots {
        repr: Some(|vm, f| {
            let b: &Builtin = f.payload();
            let text = match &b.this {
                Some(this) if b.owner.is_none() || b.flavor() != Flavor::Static => {
                    let ty = vm.type_of(this).name();
                    format!(
                        "<built-in method {} of {ty} object at {:#x}>",
                        b.def.name,
                        this.id()
                    )
                }
                Some(this) if b.pass_this => {
                    format!(
                        "<built-in method {} of type object at {:#x}>",
                        b.def.name,
                        this.id()
                    )
                }
                _ => format!("<built-in function {}>", b.def.name),
            };
            Ok(vm.new_str(&text))
        }),
        call: Some(crate::ops::call::call_builtin),
        richcompare: Some(|_, a, b, op| {
            let (Some(x), Some(y)) = (a.downcast::<Builtin>(), b.downcast::<Builtin>()) else {
                return Ok(Ref::not_implemented());
            };
            let same = x.def.call as usize == y.def.call as usize
                && x.this.as_ref().map(Ref::id) == y.this.as_ref().map(Ref::id);
            Ok(match op {
                CompareOp::Eq => Ref::bool(same),
                CompareOp::Ne => Ref::bool(!same),
                _ => Ref::not_implemented(),
            })
        }),
        hash: Some(|_, f| {
            let b: &Builtin = f.payload();
            let this = b.this.as_ref().map_or(0, Ref::id);
            Ok(crate::hash::hash_pointer(this ^ b.def.call as usize as u64))
        }),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "__reduce__",
        "($self, /)",
        "Helper for pickle.",
        |vm, a| {
            let b: &Builtin = a.this();
            let name = vm.intern(b.def.name);
            match b
                .this
                .clone()
                .filter(|this| this.downcast::<crate::object::Module>().is_none())
            {
                // What is bound to a module's name is a function of that module.
                Some(this) if this.as_str().is_none() || b.module.is_none() => {
                    let getattr = vm.intern("getattr");
                    let builtins = vm.builtins.clone();
                    let getattr = vm.dict_get(&builtins, &getattr)?.unwrap_or_else(Ref::none);
                    let arguments = vm.new_pair(this, name);
                    Ok(vm.new_pair(getattr, arguments))
                }
                _ => Ok(name),
            }
        },
    )],
    getset: &[
        GetSetDef::read_only("__name__", "", |vm, f| {
            Ok(vm.intern(f.payload::<Builtin>().def.name))
        }),
        GetSetDef::read_only("__qualname__", "", |vm, f| {
            let b: &Builtin = f.payload();
            let text = match (&b.this, b.owner) {
                (_, Some(owner)) => format!("{}.{}", owner.name(), b.def.name),
                (Some(this), None) => {
                    let ty = this.as_type().unwrap_or_else(|| vm.type_of(this));
                    format!("{}.{}", ty.name(), b.def.name)
                }
                _ => b.def.name.to_owned(),
            };
            Ok(vm.new_str(&text))
        }),
        GetSetDef::read_only("__module__", "", |_, f| {
            Ok(f.payload::<Builtin>()
                .module
                .clone()
                .unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("__self__", "", |_, f| {
            Ok(f.payload::<Builtin>()
                .this
                .clone()
                .unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("__doc__", "", |vm, f| {
            Ok(text_or_none(vm, f.payload::<Builtin>().def.doc))
        }),
        GetSetDef::read_only("__text_signature__", "", |vm, f| {
            Ok(text_or_none(vm, f.payload::<Builtin>().def.signature))
        }),
    ],
    ..TypeDef::EMPTY
};

/// A docstring or signature of a native function; an absent one is empty.
pub(super) fn text_or_none(vm: &mut Vm, text: &str) -> Ref {
    if text.is_empty() {
        Ref::none()
    } else {
        vm.new_str(text)
    }
}

/// A native method bound to an object.
pub(super) fn bind_native(vm: &mut Vm, descr: &MethodDescr, this: &Ref) -> Ref {
    let def: MethodDef = descr.def;
    let payload = Builtin {
        def,
        signature: descr.signature.clone(),
        this: Some(this.clone()),
        pass_this: true,
        module: None,
        owner: None,
    };
    vm.new_object(vm.types.builtin, payload)
}

const METHOD: TypeDef = TypeDef {
    name: "method",
    doc: "method(function, instance, /)\n--\n\nCreate a bound instance method object.",
    slots: Slots {
        repr: Some(|vm, m| {
            let method: &BoundMethod = m.payload();
            let name = vm.names.__qualname__.clone();
            let name = match vm.lookup_attr(&method.func, &name)? {
                Some(name) => vm.text_of(&name),
                None => "?".to_owned(),
            };
            let this = vm.repr_string(&method.this)?;
            Ok(vm.new_str(&format!("<bound method {name} of {this}>")))
        }),
        call: Some(crate::ops::call::call_bound_method),
        getattro: Some(|vm, m, name| {
            if let Some(value) = vm.generic_lookup(m, name)? {
                return Ok(value);
            }
            let func = m.payload::<BoundMethod>().func.clone();
            vm.get_attr(&func, name)
        }),
        richcompare: Some(|vm, a, b, op| {
            let (Some(x), Some(y)) = (a.downcast::<BoundMethod>(), b.downcast::<BoundMethod>())
            else {
                return Ok(Ref::not_implemented());
            };
            let same = x.this.is(&y.this) && vm.eq(&x.func, &y.func)?;
            Ok(match op {
                CompareOp::Eq => Ref::bool(same),
                CompareOp::Ne => Ref::bool(!same),
                _ => Ref::not_implemented(),
            })
        }),
        hash: Some(|vm, m| {
            let method: &BoundMethod = m.payload();
            let func = vm.hash(&method.func)?;
            Ok(crate::hash::hash_pointer(method.this.id()) ^ func)
        }),
        new: Some(|vm, _, args| match args.positional() {
            [func, this] if !this.is_none() && vm.is_callable(func) => {
                Ok(vm.new_method(func.clone(), this.clone()))
            }
            [func, _] if !vm.is_callable(func) => {
                Err(vm.type_error("first argument must be callable"))
            }
            [_, _] => Err(vm.type_error("instance must not be None")),
            args => {
                let n = args.len();
                Err(vm.type_error(format!("method expected 2 arguments, got {n}")))
            }
        }),
        descr_get: Some(|_, m, _, _| Ok(m.clone())),
        ..Slots::EMPTY
    },
    getset: &[
        GetSetDef::read_only("__func__", "", |_, m| {
            Ok(m.payload::<BoundMethod>().func.clone())
        }),
        GetSetDef::read_only("__self__", "", |_, m| {
            Ok(m.payload::<BoundMethod>().this.clone())
        }),
        GetSetDef::read_only("__doc__", "", |vm, m| {
            let f = m.payload::<BoundMethod>().func.clone();
            vm.get_attr_str(&f, "__doc__")
        }),
    ],
    ..TypeDef::EMPTY
};
