//! `defaultdict`: a dict that makes what it does not have.

use vitrine_vm::object::{Args, MethodDef, Ref, Slots, TypeDef, type_flags};
use vitrine_vm::{PyResult, Vm};

pub(super) const TYPE: TypeDef = TypeDef {
    name: "defaultdict",
    module: "collections",
    doc: "A dict that calls default_factory for a key it does not have.",
    flags: type_flags::BASETYPE
        | type_flags::HAS_DICT
        | type_flags::HAS_WEAKREF
        | type_flags::MAPPING,
    slots: Slots {
        init: Some(init),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__missing__",
            "($self, key, /)",
            "Make, keep and return the value of a key.",
            missing,
        ),
        MethodDef::new("copy", "($self, /)", "Return a shallow copy.", copy),
        MethodDef::new("__copy__", "($self, /)", "Return a shallow copy.", copy),
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state for pickling.",
            reduce,
        ),
    ],
    ..TypeDef::EMPTY
};

const FACTORY: &str = "default_factory";

fn factory(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let factory = vm.get_attr_str(this, FACTORY)?;
    Ok(Some(factory).filter(|factory| !factory.is_none()))
}

fn init(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult<()> {
    let positional = args.positional();
    let factory = positional.first().cloned().unwrap_or_else(Ref::none);
    if !factory.is_none() && !vm.is_callable(&factory) {
        return Err(vm.type_error("first argument must be callable or None"));
    }
    let name = vm.new_str(FACTORY);
    vm.set_attr(this, &name, &factory)?;
    let rest: Vec<Ref> = positional
        .iter()
        .skip(1)
        .chain(args.keywords().map(|(_, value)| value))
        .cloned()
        .collect();
    match vm.types.dict.slot(|slots| slots.init) {
        Some(init) => init(vm, this, Args::from_refs(&rest, args.kwnames())),
        None => Ok(()),
    }
}

fn missing(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(factory) = factory(vm, &args[0])? else {
        return Err(vm.key_error(&args[1]));
    };
    let value = vm.call(&factory, &[])?;
    vm.set_item(&args[0], &args[1], &value)?;
    Ok(value)
}

fn copy(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let factory = factory(vm, &args[0])?.unwrap_or_else(Ref::none);
    let ty = vm.type_of(&args[0]).to_ref();
    vm.call(&ty, &[factory, args[0].clone()])
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let ty = vm.type_of(&args[0]).to_ref();
    let arguments = factory(vm, &args[0])?.into_iter().collect();
    let arguments = vm.new_tuple(arguments);
    let items = vm.call_method(&args[0], "items", &[])?;
    let items = vm.iter(&items)?;
    Ok(vm.new_tuple(vec![ty, arguments, Ref::none(), Ref::none(), items]))
}

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    let factory = factory(vm, this)?.unwrap_or_else(Ref::none);
    let factory = match vm.repr_enter(this) {
        true => {
            let text = vm.repr_string(&factory);
            vm.repr_leave();
            text?
        }
        false => "...".to_owned(),
    };
    let dict = match vm.types.dict.slot(|slots| slots.repr) {
        Some(repr) => repr(vm, this)?,
        None => vm.default_repr(this),
    };
    let dict = vm.text_of(&dict);
    let name = vm.type_of(this).name();
    Ok(vm.new_str(&format!("{name}({factory}, {dict})")))
}
