//! Tuples whose items have names: `sys.version_info` and its like.

use crate::error::PyResult;
use crate::object::{Args, GetSetDef, Ref, Slots, Ty, TypeDef, type_flags};
use crate::vm::Vm;

fn item<const INDEX: usize>(_vm: &mut Vm, value: &Ref) -> PyResult {
    Ok(value
        .as_tuple()
        .and_then(|tuple| tuple.get(INDEX).cloned())
        .unwrap_or_else(Ref::none))
}

/// One getter for each place; a getter carries no state, so there is one function a place.
const ITEMS: [fn(&mut Vm, &Ref) -> PyResult; 20] = [
    item::<0>, item::<1>, item::<2>, item::<3>, item::<4>, item::<5>, item::<6>, item::<7>,
    item::<8>, item::<9>, item::<10>, item::<11>, item::<12>, item::<13>, item::<14>, item::<15>,
    item::<16>, item::<17>, item::<18>, item::<19>,
];

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let ty = vm.type_of(value);
    let key = vm.names.__match_args__.clone();
    let names = ty.namespace().get_str(vm, &key).unwrap_or_else(Ref::none);
    let names = names
        .as_tuple()
        .map(|names| names.to_vec())
        .unwrap_or_default();
    let mut parts = Vec::new();
    for (name, item) in names
        .iter()
        .zip(value.as_tuple().map_or(&[][..], |items| items))
    {
        parts.push(format!("{}={}", vm.text_of(name), vm.repr_string(item)?));
    }
    let name = vm.qualified_name(ty);
    Ok(vm.new_str(&format!("{name}({})", parts.join(", "))))
}

/// A type of such tuples; it cannot be called.
pub(super) fn new_type(
    vm: &mut Vm,
    module: &'static str,
    name: &'static str,
    fields: &[&'static str],
) -> Ty {
    make(
        vm,
        module,
        name,
        (fields, &[]),
        type_flags::DISALLOW_INSTANTIATION,
        None,
    )
}

impl Vm {
    /// A type of tuples whose items have names; called, it takes one iterable.
    /// Further attributes can be set on its instances; `hidden` are those that are `None`
    /// where they are not, and that the iterable may give behind the items.
    pub fn new_struct_type(
        &mut self,
        module: &'static str,
        name: &'static str,
        fields: &[&'static str],
        hidden: &[&'static str],
    ) -> Ty {
        make(
            self,
            module,
            name,
            (fields, hidden),
            type_flags::HAS_DICT,
            Some(construct),
        )
    }
}

fn construct(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let name = vm.qualified_name(ty);
    let Some(sequence) = args.positional().first() else {
        return Err(vm.type_error(format!(
            "{name}() missing required argument 'sequence' (pos 1)"
        )));
    };
    let mut items = vm.collect(sequence)?;
    let key = vm.names.__match_args__.clone();
    let names = ty.namespace().get_str(vm, &key);
    let shown = names.map_or(0, |names| names.as_tuple().map_or(0, |names| names.len()));
    let hidden = { vm.state::<HiddenFields>().0.iter() }.find(|(owner, _)| *owner == ty);
    let hidden = hidden.map_or(Vec::new(), |(_, names)| names.clone());
    let most = shown + hidden.len();
    let wrong = match items.len() {
        given if given < shown && most > shown => Some(("an at least ", shown)),
        given if given > most && most > shown => Some(("an at most ", most)),
        given if given != shown && most == shown => Some(("a ", shown)),
        _ => None,
    };
    if let Some((bound, count)) = wrong {
        let given = items.len();
        return Err(vm.type_error(format!(
            "{name}() takes {bound}{count}-sequence ({given}-sequence given)"
        )));
    }
    let further = items.split_off(shown);
    let result = vm.new_tuple_of(ty, items);
    for (name, value) in hidden.into_iter().zip(&further) {
        let name = vm.intern(name);
        vm.set_attr(&result, &name, value)?;
    }
    Ok(result)
}

/// The names of the hidden fields of those types that have any.
#[derive(Default)]
struct HiddenFields(Vec<(Ty, Vec<&'static str>)>);

fn make(
    vm: &mut Vm,
    module: &'static str,
    name: &'static str,
    (fields, hidden): (&[&'static str], &[&'static str]),
    flags: u32,
    new: Option<fn(&mut Vm, Ty, Args<'_>) -> PyResult>,
) -> Ty {
    let def = TypeDef {
        name,
        module,
        flags,
        slots: Slots {
            repr: Some(repr),
            new,
            ..Slots::EMPTY
        },
        ..TypeDef::EMPTY
    };
    let ty = vm.new_type(Some(vm.types.tuple), &def);
    for (field, get) in fields.iter().zip(ITEMS) {
        vm.add_getset(ty, GetSetDef::read_only(field, "", get));
    }
    let names = fields.iter().map(|field| vm.intern(field)).collect();
    let names = vm.new_tuple(names);
    let key = vm.names.__match_args__.clone();
    ty.namespace().set_str(vm, &key, names);
    if !hidden.is_empty() {
        for field in hidden {
            let name = vm.intern(field);
            ty.namespace().set_str(vm, &name, Ref::none());
        }
        vm.state::<HiddenFields>().0.push((ty, hidden.to_vec()));
    }
    for (key, count) in [
        ("n_fields", fields.len() + hidden.len()),
        ("n_sequence_fields", fields.len()),
    ] {
        let (key, count) = (vm.intern(key), vm.new_usize(count));
        ty.namespace().set_str(vm, &key, count);
    }
    let key = vm.intern("n_unnamed_fields");
    ty.namespace().set_str(vm, &key, Ref::small_int(0));
    ty
}

/// The one value of a type made for it.
pub(super) fn single(
    vm: &mut Vm,
    module: &'static str,
    name: &'static str,
    fields: Vec<(&'static str, Ref)>,
) -> Ref {
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let ty = new_type(vm, module, name, &names);
    vm.new_tuple_of(ty, values)
}
