//! `attrgetter`, `itemgetter`, `methodcaller`.

use vitrine_vm::object::{Args, MethodDef, Payload, Ref, Slots, Ty, TypeDef, Visitor};
use vitrine_vm::{PyResult, Vm};

pub(super) const TYPES: [&TypeDef; 3] = [&ATTRGETTER, &ITEMGETTER, &METHODCALLER];

/// The keys of an `itemgetter`, or the dotted names of an `attrgetter`.
struct Getter {
    keys: Vec<Ref>,
    /// The parts of each dotted name.
    paths: Vec<Vec<Ref>>,
}

impl Payload for Getter {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for key in self.keys.iter().chain(self.paths.iter().flatten()) {
            visitor.visit(key);
        }
    }
}

fn given<'a>(vm: &mut Vm, name: &str, args: Args<'a>) -> PyResult<&'a [Ref]> {
    if !args.kwnames().is_empty() {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    let given = args.positional();
    if given.is_empty() {
        return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    Ok(given)
}

/// The one argument of a call.
fn target<'a>(vm: &mut Vm, name: &str, args: Args<'a>) -> PyResult<&'a Ref> {
    if !args.kwnames().is_empty() {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    match args.positional() {
        [target] => Ok(target),
        other => {
            let count = other.len();
            Err(vm.type_error(format!("{name} expected 1 argument, got {count}")))
        }
    }
}

/// One result, or a tuple of several.
fn results(vm: &mut Vm, mut results: Vec<Ref>) -> Ref {
    match results.len() {
        1 => results.remove(0),
        _ => vm.new_tuple(results),
    }
}

fn new_itemgetter(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let keys = given(vm, "itemgetter", args)?.to_vec();
    let getter = Getter {
        keys,
        paths: Vec::new(),
    };
    Ok(vm.new_object(ty, getter))
}

fn new_attrgetter(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let keys = given(vm, "attrgetter", args)?.to_vec();
    let mut paths = Vec::with_capacity(keys.len());
    for key in &keys {
        if key.as_str().is_none() {
            return Err(vm.type_error("attribute name must be a string"));
        }
        if !vm.text_of(key).contains('.') {
            let name = vm.intern_ref(key);
            paths.push(vec![name]);
            continue;
        }
        let text = vm.text_of(key);
        paths.push(text.split('.').map(|part| vm.intern(part)).collect());
    }
    Ok(vm.new_object(ty, Getter { keys, paths }))
}

fn call_itemgetter(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult {
    let target = target(vm, "itemgetter", args)?;
    let getter: &Getter = this.payload();
    let mut found = Vec::with_capacity(getter.keys.len());
    for key in &getter.keys {
        found.push(vm.get_item(target, key)?);
    }
    Ok(results(vm, found))
}

fn call_attrgetter(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult {
    let target = target(vm, "attrgetter", args)?;
    let getter: &Getter = this.payload();
    let mut found = Vec::with_capacity(getter.paths.len());
    for path in &getter.paths {
        let mut object = target.clone();
        for name in path {
            object = vm.get_attr(&object, name)?;
        }
        found.push(object);
    }
    Ok(results(vm, found))
}

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    let ty = vm.type_of(this);
    let name = vm.qualified_name(ty);
    if !vm.repr_enter(this) {
        return Ok(vm.new_str(&format!("{name}(...)")));
    }
    let keys = this.payload::<Getter>().keys.clone();
    let shown: PyResult<Vec<String>> = keys.iter().map(|key| vm.repr_string(key)).collect();
    vm.repr_leave();
    let shown = shown?.join(", ");
    Ok(vm.new_str(&format!("{name}({shown})")))
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let keys = args.this::<Getter>().keys.clone();
    let ty = vm.type_of(&args[0]).to_ref();
    let keys = vm.new_tuple(keys);
    Ok(vm.new_pair(ty, keys))
}

const REDUCE: MethodDef = MethodDef::new(
    "__reduce__",
    "($self, /)",
    "Return state information for pickling",
    reduce,
);

static ATTRGETTER: TypeDef = TypeDef {
    name: "attrgetter",
    module: "operator",
    doc: "Return a callable object that fetches the given attribute(s) from its operand.",
    slots: Slots {
        new: Some(new_attrgetter),
        call: Some(call_attrgetter),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[REDUCE],
    ..TypeDef::EMPTY
};

static ITEMGETTER: TypeDef = TypeDef {
    name: "itemgetter",
    module: "operator",
    doc: "Return a callable object that fetches the given item(s) from its operand.",
    slots: Slots {
        new: Some(new_itemgetter),
        call: Some(call_itemgetter),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[REDUCE],
    ..TypeDef::EMPTY
};

struct MethodCaller {
    name: Ref,
    args: Vec<Ref>,
    kwnames: Vec<Ref>,
}

impl Payload for MethodCaller {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.name);
        for value in self.args.iter().chain(&self.kwnames) {
            visitor.visit(value);
        }
    }
}

static METHODCALLER: TypeDef = TypeDef {
    name: "methodcaller",
    module: "operator",
    doc: "Return a callable object that calls the given method on its operand.",
    slots: Slots {
        new: Some(|vm, ty, args| {
            let Some((name, rest)) = args.positional().split_first() else {
                return Err(
                    vm.type_error("methodcaller needs at least one argument, the method name")
                );
            };
            if name.as_str().is_none() {
                return Err(vm.type_error("method name must be a string"));
            }
            let mut all = rest.to_vec();
            all.extend(args.keywords().map(|(_, value)| value.clone()));
            let caller = MethodCaller {
                name: vm.intern_ref(name),
                args: all,
                kwnames: args.kwnames().to_vec(),
            };
            Ok(vm.new_object(ty, caller))
        }),
        call: Some(|vm, this, args| {
            let target = target(vm, "methodcaller", args)?;
            let caller: &MethodCaller = this.payload();
            let method = vm.get_attr(target, &caller.name)?;
            vm.call_kw(&method, &caller.args, &caller.kwnames)
        }),
        repr: Some(|vm, this| {
            let ty = vm.type_of(this);
            let class = vm.qualified_name(ty);
            if !vm.repr_enter(this) {
                return Ok(vm.new_str(&format!("{class}(...)")));
            }
            let shown = parts(vm, this.payload());
            vm.repr_leave();
            let shown = shown?.join(", ");
            Ok(vm.new_str(&format!("{class}({shown})")))
        }),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "__reduce__",
        "($self, /)",
        "Return state information for pickling",
        reduce_caller,
    )],
    ..TypeDef::EMPTY
};

fn parts(vm: &mut Vm, caller: &MethodCaller) -> PyResult<Vec<String>> {
    let mut shown = vec![vm.repr_string(&caller.name)?];
    let positional = caller.args.len() - caller.kwnames.len();
    for (at, value) in caller.args.iter().enumerate() {
        let text = vm.repr_string(value)?;
        shown.push(match at.checked_sub(positional) {
            Some(at) => format!("{}={text}", vm.text_of(&caller.kwnames[at])),
            None => text,
        });
    }
    Ok(shown)
}

fn reduce_caller(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let caller: &MethodCaller = args.this();
    let ty = vm.type_of(&args[0]).to_ref();
    let positional = caller.args.len() - caller.kwnames.len();
    let mut plain = vec![caller.name.clone()];
    plain.extend_from_slice(&caller.args[..positional]);
    if caller.kwnames.is_empty() {
        let plain = vm.new_tuple(plain);
        return Ok(vm.new_pair(ty, plain));
    }
    // partial(methodcaller, name, **kwargs), called with the positional ones.
    let functools = vm.import("functools")?;
    let partial = vm.get_attr_str(&functools, "partial")?;
    let mut all = vec![ty, caller.name.clone()];
    all.extend_from_slice(&caller.args[positional..]);
    let partial = vm.call_kw(&partial, &all, &caller.kwnames)?;
    let rest = vm.new_tuple(caller.args[..positional].to_vec());
    Ok(vm.new_pair(partial, rest))
}
