//! `AST`, the root of all node classes: construction, copies and `repr`.

use vitrine_vm::object::{
    Args, Dict, GetSetDef, List, MethodDef, Ref, Slots, Ty, TypeDef, type_flags,
};
use vitrine_vm::{PyResult, Vm};

use crate::native::imported;

/// How deep `repr` shows a tree.
const REPR_DEPTH: usize = 3;

const TYPE: TypeDef = TypeDef {
    name: "AST",
    module: "ast",
    flags: type_flags::BASETYPE
        | type_flags::HEAPTYPE
        | type_flags::HAS_DICT
        | type_flags::HAS_WEAKREF,
    slots: Slots {
        init: Some(init),
        repr: Some(|vm, this| {
            let mut text = String::new();
            write_node(vm, &mut text, this, REPR_DEPTH)?;
            Ok(vm.new_str(&text))
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("__reduce__", "($self, /)", "", reduce),
        MethodDef::new(
            "__replace__",
            "",
            "Return a copy of the AST node with new values for the specified fields.",
            replace,
        ),
    ],
    getset: &[GetSetDef::read_only("__dict__", "", attributes)],
    ..TypeDef::EMPTY
};

pub(super) fn define(vm: &mut Vm) -> Ty {
    let root = vm.new_type(None, &TYPE);
    vm.state::<Defaults>().root = Some(root);
    root
}

/// What absent fields get by their types.
#[derive(Default)]
struct Defaults {
    /// The class `AST`.
    root: Option<Ty>,
    /// The class `expr_context`.
    context: Option<Ref>,
    /// What a field of it is without a value: a `Load()`.
    load: Option<Ref>,
}

pub(super) fn set_defaults(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let context = vm.get_attr_str(module, "expr_context")?;
    let load = vm.get_attr_str(module, "Load")?;
    let load = vm.call(&load, &[])?;
    let defaults = vm.state::<Defaults>();
    defaults.context = Some(context);
    defaults.load = Some(load);
    Ok(())
}

/// The names in a tuple (or any iterable) of a class, if it has one.
fn names(vm: &mut Vm, class: &Ref, attribute: &str) -> PyResult<Vec<Ref>> {
    let attribute = vm.intern(attribute);
    match vm.lookup_attr(class, &attribute)? {
        Some(names) => vm.collect(&names),
        None => Ok(Vec::new()),
    }
}

/// The place of a name among others.
fn find(vm: &mut Vm, names: &[Ref], name: &Ref) -> PyResult<Option<usize>> {
    for (index, other) in names.iter().enumerate() {
        if other.is(name) || vm.eq(other, name)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// A `DeprecationWarning`, if the program has imported `warnings`.
fn deprecated(vm: &mut Vm, message: &str) -> PyResult<()> {
    if let Ok(warnings) = imported(vm, "warnings") {
        let message = vm.new_str(message);
        let category = vm.exc.DeprecationWarning.to_ref();
        vm.call_method(&warnings, "warn", &[message, category])?;
    }
    Ok(())
}

fn init(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult<()> {
    let ty = vm.type_of(this);
    let class = ty.to_ref();
    let fields = names(vm, &class, "_fields")?;
    let values = args.positional();
    if values.len() > fields.len() {
        let (name, most) = (ty.name(), fields.len());
        let plural = if most == 1 { "" } else { "s" };
        return Err(vm.type_error(format!(
            "{name} constructor takes at most {most} positional argument{plural}"
        )));
    }
    let mut given = vec![false; fields.len()];
    for (index, value) in values.iter().enumerate() {
        vm.set_attr(this, &fields[index], value)?;
        given[index] = true;
    }
    for (key, value) in args.keywords() {
        match find(vm, &fields, key)? {
            Some(index) if given[index] => {
                let (name, key) = (ty.name(), vm.repr_string(key)?);
                return Err(vm.type_error(format!("{name} got multiple values for argument {key}")));
            }
            Some(index) => given[index] = true,
            None => {
                let attributes = names(vm, &class, "_attributes")?;
                if find(vm, &attributes, key)?.is_none() {
                    let (name, key) = (ty.name(), vm.repr_string(key)?);
                    deprecated(
                        vm,
                        &format!(
                            "{name}.__init__ got an unexpected keyword argument {key}. Support \
                             for arbitrary keyword arguments is deprecated and will be removed \
                             in Python 3.15."
                        ),
                    )?;
                }
            }
        }
        vm.set_attr(this, key, value)?;
    }
    if given.contains(&false) {
        let absent: Vec<&Ref> = fields
            .iter()
            .zip(given)
            .filter(|(_, given)| !given)
            .map(|(name, _)| name)
            .collect();
        fill(vm, this, ty, &absent)?;
    }
    Ok(())
}

/// Gives fields without a value what their types make of that.
fn fill(vm: &mut Vm, this: &Ref, ty: Ty, absent: &[&Ref]) -> PyResult<()> {
    let key = vm.intern("_field_types");
    let class = ty.to_ref();
    let Some(types) = vm.lookup_attr(&class, &key)? else {
        return Ok(());
    };
    if types.downcast::<Dict>().is_none() {
        return Ok(());
    }
    for name in absent {
        let Some(field_type) = vm.dict_get(&types, name)? else {
            let (name, class) = (vm.repr_string(name)?, ty.name());
            deprecated(
                vm,
                &format!(
                    "Field {name} is missing from {class}._field_types. This will become an \
                     error in Python 3.15."
                ),
            )?;
            continue;
        };
        if vm.is_exact(&field_type, vm.types.union) {
            // The class attribute is `None` already.
            continue;
        }
        if vm.is_exact(&field_type, vm.types.generic_alias) {
            let list = vm.new_list(Vec::new());
            vm.set_attr(this, name, &list)?;
            continue;
        }
        let defaults = vm.state::<Defaults>();
        let is_context = defaults
            .context
            .as_ref()
            .is_some_and(|context| context.is(&field_type));
        if let Some(load) = defaults.load.clone().filter(|_| is_context) {
            vm.set_attr(this, name, &load)?;
            continue;
        }
        let (name, class) = (vm.repr_string(name)?, ty.name());
        deprecated(
            vm,
            &format!(
                "{class}.__init__ missing 1 required positional argument: {name}. This will \
                 become an error in Python 3.15."
            ),
        )?;
    }
    Ok(())
}

/// `__dict__`
fn attributes(vm: &mut Vm, this: &Ref) -> PyResult {
    match vm.instance_dict(this) {
        Some(dict) => Ok(dict),
        None => Ok(vm.new_dict()),
    }
}

/// The attributes of a node, copied.
fn state(vm: &mut Vm, this: &Ref) -> PyResult {
    let dict = attributes(vm, this)?;
    vm.call_method(&dict, "copy", &[])
}

/// The class, a placeholder for each leading field that is set (so that making the
/// node warns of nothing), and the attributes.
fn reduce(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let class = vm.type_of(&args[0]).to_ref();
    let state = state(vm, &args[0])?;
    let mut placeholders = Vec::new();
    for name in names(vm, &class, "_fields")? {
        if vm.dict_get(&state, &name)?.is_none() {
            break;
        }
        placeholders.push(Ref::none());
    }
    let placeholders = vm.new_tuple(placeholders);
    Ok(vm.new_tuple(vec![class, placeholders, state]))
}

fn replace(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if args.positional().len() != 1 {
        return Err(vm.type_error("__replace__() takes no positional arguments"));
    }
    let ty = vm.type_of(&args[0]);
    let class = ty.to_ref();
    let state = state(vm, &args[0])?;
    let fields = names(vm, &class, "_fields")?;
    let attributes = names(vm, &class, "_attributes")?;
    for (key, value) in args.keywords() {
        if find(vm, &fields, key)?.is_none() && find(vm, &attributes, key)?.is_none() {
            let (name, key) = (ty.name(), vm.repr_string(key)?);
            return Err(vm.type_error(format!(
                "{name}.__replace__ got an unexpected keyword argument {key}."
            )));
        }
        vm.dict_set(&state, key, value.clone())?;
    }
    vm.call_dict(&class, &[], Some(&state))
}

/// Writes a node down to a depth, and only the ends of lists.
fn write_node(vm: &mut Vm, out: &mut String, node: &Ref, depth: usize) -> PyResult<()> {
    let ty = vm.type_of(node);
    out.push_str(&ty.name());
    if depth == 0 {
        out.push_str("(...)");
        return Ok(());
    }
    out.push('(');
    let fields = names(vm, &ty.to_ref(), "_fields")?;
    for (index, name) in fields.iter().enumerate() {
        let value = vm.get_attr(node, name)?;
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(&vm.text_of(name));
        out.push('=');
        let (items, brackets) = if let Some(list) = value.downcast::<List>() {
            (list.items(vm).clone(), ['[', ']'])
        } else if value.as_tuple().is_some() {
            (vm.collect(&value)?, ['(', ')'])
        } else {
            write_value(vm, out, &value, depth)?;
            continue;
        };
        out.push(brackets[0]);
        for (index, item) in items.iter().enumerate() {
            if index > 0 && index + 1 < items.len() {
                if index == 1 {
                    out.push_str(", ...");
                }
                continue;
            }
            if index > 0 {
                out.push_str(", ");
            }
            write_value(vm, out, item, depth)?;
        }
        out.push(brackets[1]);
    }
    out.push(')');
    Ok(())
}

fn write_value(vm: &mut Vm, out: &mut String, value: &Ref, depth: usize) -> PyResult<()> {
    let ty = vm.type_of(value);
    let root = vm.state::<Defaults>().root;
    let is_node = root.is_some_and(|root| ty.is_subtype(root));
    if is_node {
        return write_node(vm, out, value, depth - 1);
    }
    out.push_str(&vm.repr_string(value)?);
    Ok(())
}
